"""What `macros` takes and says of itself."""

from __future__ import annotations

from argparse import ArgumentParser

MACROS = """Canned answers with what goes with them; they are written in the policy file (docs/replying.md).

  deskterm macros list
  deskterm macros show "Ask for logs"
  deskterm macros use 1042 "Ask for logs" --dry-run           what would be sent and changed
  deskterm macros use 1042 "Ask for logs"                     reply with it, and do what it does
  deskterm macros use 12,15 Thanks --fill agent.name="Alice"  one step with one undo"""


def macro_arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("action", choices=("list", "show", "use"))
    parser.add_argument("rest", nargs="*", default=[], metavar="[N] NAME")
    parser.add_argument(
        "--and",
        dest="then",
        default=None,
        choices=("wait", "solve", "open"),
        help="what follows the reply, in place of what the macro says",
    )
    parser.add_argument(
        "--fill",
        action="append",
        default=[],
        metavar="PLACEHOLDER=TEXT",
        help="where something is missing; may be given several times",
    )
    parser.add_argument(
        "--beyond", default="", metavar="REASON", help="why P1 all the same, when too much is P1 already"
    )
    parser.add_argument("--attach", action="append", default=[], metavar="FILE")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be sent and changed")
