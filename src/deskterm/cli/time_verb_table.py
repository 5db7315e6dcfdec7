"""The verbs of time: what is put off, rings, comes again, or is escalated until a date."""

from __future__ import annotations

from argparse import ArgumentParser

from deskterm.cli.verb import Verb, whole
from deskterm.domain.kinds import CHANNELS, TYPES, Level, Priority

_RECURRING = """Tickets that are opened again and again (docs/reminders.md).

  deskterm recurring add "every monday 9am" Rotate the keys --queue payments
  deskterm recurring add "every last business day 16:00" Close the month --type task --text "By 17:00."
  deskterm recurring list
  deskterm recurring change 3 "every friday 9am"         what is not said stays
  deskterm recurring change 3 --text "By 18:00." --queue billing
  deskterm recurring end 3"""


def template(parser: ArgumentParser) -> None:
    """What a ticket is opened with."""
    add = parser.add_argument
    add("--requester", "--from", default="", metavar="WHO", help="address, or Name <address> (yourself)")
    add("--name", default="", help="the requester's name")
    add("--org", default="", metavar="NAME", help="the requester's organization")
    add("--text", default="", help="what the requester wrote, or - to read it from stdin")
    add("--queue", default=None, help="key or name (the first queue)")
    add("--owner", default="", metavar="AGENT", help="give it to an agent, or me")
    add("--type", default="incident", metavar="TYPE", help=", ".join(TYPES))
    add("--channel", default="phone", metavar="CHANNEL", help=", ".join(CHANNELS))
    add("--impact", default="low", choices=[level.value for level in Level])
    add("--urgency", default="medium", choices=[level.value for level in Level])
    add("--priority", default="", metavar="P", help=f"{', '.join(Priority)}: overrides impact and urgency")
    add("--reason", default="", help="why the priority is overridden")
    add("--beyond", default="", metavar="REASON", help="why P1 all the same, when too much is P1 already")
    add("--category", default="")
    add("--component", default="")
    add("--tag", action="append", default=[], help="may be given several times")
    add("--field", action="append", default=[], metavar="NAME=VALUE", help="may be given several times")


def _escalate(parser: ArgumentParser) -> None:
    parser.add_argument("numbers", metavar="N", help="a ticket, or several as 12,15,18")
    to = parser.add_mutually_exclusive_group(required=True)
    to.add_argument("--to-queue", default=None, metavar="QUEUE", help="to a specialist queue: key or name")
    to.add_argument("--to-lead", action="store_true", help="to the lead of its queue")
    to.add_argument("--vendor", default=None, metavar="NAME", help="to a vendor: on hold until --follow-up")
    parser.add_argument("--reference", default="", help="what the vendor calls it")
    parser.add_argument("--follow-up", default="", metavar="WHEN", help='such as "fri 9am": rings the owner')
    parser.add_argument("--reason", default="", metavar="TEXT", help="read in the conversation")
    parser.add_argument(
        "--expect", action="append", default=[], metavar="FIELD=VALUE",
        help="refuse (exit code 5) when the field holds something else by now",
    )  # fmt: skip


def _snooze(parser: ArgumentParser) -> None:
    parser.add_argument("numbers", metavar="N", help="a ticket, or several as 12,15,18")
    parser.add_argument("when", nargs="*", metavar="WHEN", help="such as tomorrow 9am, or none to wake it")


def _words(parser: ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="[N] WHEN TEXT", help='such as 1042 "fri 9am" call Ana')
    parser.add_argument("--for", dest="who", default="", metavar="AGENT", help="remind a colleague")
    parser.add_argument("--list", action="store_true", help="show my reminders")
    parser.add_argument("--dismiss", type=whole, metavar="ID", help="take it away; what recurs, this once")
    parser.add_argument("--end", type=whole, metavar="ID", help="end a reminder that recurs")
    parser.add_argument("--change", type=whole, metavar="ID", help="change one: WHEN, TEXT, --for, --note")
    parser.add_argument("--note", default=None, metavar="TEXT", help="with --change: its text alone")


def _recurring(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=("add", "list", "change", "end"))
    parser.add_argument("words", nargs="*", default=[], metavar="[ID] WHEN SUBJECT")
    template(parser)
    # What is not said stays as it is when one is changed.
    parser.set_defaults(type=None, channel=None, impact=None, urgency=None)


_TIME = """The time worked on a ticket (docs/time.md).

  deskterm time 1042                            who worked how long, when, on what
  deskterm time 1042 add 25m called Ana back    also 1h30, 1:15 or 0.5h; of me, now
  deskterm time 1042 add 1h --at "yesterday 14:30"
  deskterm time 1042 edit 3107 40m              what is not said stays
  deskterm time 1042 edit 3107 --text "called Bo" --at yesterday
  deskterm time 1042 delete 3107"""


def _time(parser: ArgumentParser) -> None:
    parser.add_argument("numbers", metavar="N", help="a ticket")
    parser.add_argument(
        "action", nargs="?", default="list", choices=("list", "add", "edit", "delete"), help="list"
    )
    parser.add_argument("words", nargs="*", default=[], metavar="[ID] TIME TEXT")
    parser.add_argument("--at", default="", metavar="WHEN", help="such as yesterday 14:30 or 2026-11-20")
    parser.add_argument("--text", default=None, help="edit: another text")


TIME_VERBS: dict[str, Verb] = {
    "escalate": Verb("escalate to a queue, the lead or a vendor", "escalate_verb:escalate", _escalate),
    "snooze": Verb("hide a ticket from my lists for a while", "ticket_verbs:snooze", _snooze, "when"),
    "remind": Verb("ring at a time, or again and again", "recurring_verb:remind", _words, "words"),
    "recurring": Verb(
        "open tickets again and again",
        "recurring_verb:recurring",
        _recurring,
        "words",
        description=_RECURRING,
    ),
    "time": Verb(
        "the time worked on a ticket; record some", "time_verb:time", _time, "words", description=_TIME
    ),
}
"""In the order of the help."""
