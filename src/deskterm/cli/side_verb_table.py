"""The verb of side conversations: what it is called, takes and says of itself."""

from __future__ import annotations

from argparse import ArgumentParser

from deskterm.cli.verb import Verb

_SIDE = """Mail beside a ticket, with a vendor or another department, that shows nothing of the ticket
(docs/mail.md). ID is the number of the side conversation that list gives it.

  deskterm side 1042 new --to "ACME <help@acme.example>" --subject "Broken disk" "Can you replace it?"
  deskterm side 1042 list
  deskterm side 1042 show 3
  deskterm side 1042 reply 3 "Tomorrow is fine."
  deskterm side 1042 close 3                         ended; an answer takes it up again, as reopen does"""

ACTIONS = ("list", "new", "show", "reply", "close", "reopen")


def _side(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("numbers", metavar="N", help="a ticket")
    add("action", nargs="?", choices=ACTIONS, default="list")
    add("words", nargs="*", metavar="ID|TEXT", help="of which one; the words, or - to read them from stdin")
    add("--to", action="append", default=[], metavar="ADDRESS", help="may be given several times")
    add("--subject", default="", help="with new: what it is about")
    add("--attach", action="append", default=[], metavar="FILE", help="may be given several times")


SIDE_VERBS: dict[str, Verb] = {
    "side": Verb("write to others beside a ticket", "side_verb:side", _side, "words", description=_SIDE),
}
