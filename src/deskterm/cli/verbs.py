"""The verbs: what each is called, takes and says of itself, and where the code that answers it is."""

from __future__ import annotations

from argparse import ArgumentParser

from deskterm.cli.contact_verb_table import CONTACT_VERBS
from deskterm.cli.macro_arguments import MACROS, macro_arguments
from deskterm.cli.mail_verb_table import MAIL_VERBS
from deskterm.cli.side_verb_table import SIDE_VERBS
from deskterm.cli.step_verb_table import STEP_VERBS
from deskterm.cli.time_verb_table import TIME_VERBS, template
from deskterm.cli.verb import Verb, whole
from deskterm.domain.kinds import RESOLUTION_CODES

DESCRIPTION = """The helpdesk that lives in the terminal. Without a command it opens the screens.

The desk is --db, else DESKTERM_DB, else `db` of the configuration file, else desk.db in your data folder.
Exit codes: 0 done, 1 refused, 2 usage, 3 not found, 4 not allowed, 5 changed meanwhile, 6 storage,
7 input file refused, 75 try again (mail-in), 130 interrupted."""

SET_FIELDS = (
    "state", "priority", "impact", "urgency", "type", "category", "component", "channel", "subject", "queue",
    "owner", "tag",
)  # fmt: skip
SET_EXTRAS = ("reason", "priority_reason", "beyond", "until", "note", "code", "message")

_SET = f"""Change fields, several as one step with one undo: all of them or none.

  deskterm set 1042 priority=P1 reason="all of EU" owner=me tag=+outage,-vpn
  deskterm set 1042 state=hold reason=vendor until="fri 9am"
  deskterm set 1042 state=solved note="rolled back" code=fixed
  deskterm set 1042 state=closed reason=duplicate
  deskterm set 1042 field.vendor=acme --expect priority=P3

Fields: {", ".join(SET_FIELDS)}, field.NAME.
Beside them: {", ".join(SET_EXTRAS)}."""

_RULES = """What rules do, did, and would have done; rules are written in the policy file (docs/rules.md).

  deskterm rules list                       every rule, in order
  deskterm rules hits                       how often each fired
  deskterm rules test "VPN to network"      what a rule would have matched, and where rules disagree
  deskterm rules test policy.toml           the same for a file that is not applied yet
  deskterm rules test --when "vpn OR wifi"  the same for a condition alone
"""


_POLICY = """Everything an admin sets, as one TOML file that can be kept under version control.

  deskterm policy export desk.toml      write it out, with what each part means
  deskterm policy check desk.toml       name every mistake by its line (exit code 7)
  deskterm policy diff desk.toml        say what applying it would change
  deskterm policy apply desk.toml       apply it as one step with one undo
  deskterm policy holidays [desk.toml]  list the holidays its calendars keep, to look them over
  deskterm policy holidays days.ics     the holidays of an iCalendar file as a piece of a policy file

What a file leaves out stays as it is. See docs/policy.md."""


def _doctor(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--repair", action="store_true", help="judge by the priority of then what an older version did not"
    )


def _none(parser: ArgumentParser) -> None:
    return


def _number(parser: ArgumentParser) -> None:
    parser.add_argument("numbers", metavar="N", help="a ticket, or several as 12,15,18")


def _expect(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--expect", action="append", default=[], metavar="FIELD=VALUE",
        help="refuse (exit code 5) when the field holds something else by now",
    )  # fmt: skip


def _query(parser: ArgumentParser) -> None:
    parser.add_argument("query", nargs="*", metavar="QUERY", help="such as is:open queue:billing -tag:vpn")


def _paging(parser: ArgumentParser) -> None:
    parser.add_argument("--limit", type=whole, default=50, metavar="N", help="at most so many, 0 is all (50)")
    parser.add_argument(
        "--sort", metavar="BY", help="breach, number, updated, created or priority; -BY turns it round"
    )


def _text(parser: ArgumentParser) -> None:
    parser.add_argument("text", nargs="*", metavar="TEXT", help="the words, or - to read them from stdin")


def _new(parser: ArgumentParser) -> None:
    parser.add_argument("subject", nargs="*", metavar="SUBJECT")
    template(parser)


def _set(parser: ArgumentParser) -> None:
    _number(parser)
    parser.add_argument("pairs", nargs="*", metavar="field=value")
    _expect(parser)


def _written(parser: ArgumentParser) -> None:
    _number(parser)
    _text(parser)


def _note(parser: ArgumentParser) -> None:
    _written(parser)
    parser.add_argument(
        "--attach", action="append", default=[], metavar="FILE", help="may be given several times"
    )


def _reply(parser: ArgumentParser) -> None:
    _note(parser)
    parser.add_argument(
        "--and", dest="then", default="wait", choices=("wait", "solve", "open"),
        help="wait for the customer (the default), solve, or stay open",
    )  # fmt: skip
    parser.add_argument("--code", default="answered", help=f"when solving: {', '.join(RESOLUTION_CODES)}")


def _assign(parser: ArgumentParser) -> None:
    _number(parser)
    parser.add_argument("owner", metavar="AGENT", help="a login or name, me, or none")
    parser.add_argument("--reason", default="")
    _expect(parser)


def _take(parser: ArgumentParser) -> None:
    _number(parser)
    _expect(parser)


def _solve(parser: ArgumentParser) -> None:
    _written(parser)
    parser.add_argument("--code", default="fixed", help=", ".join(RESOLUTION_CODES))
    parser.add_argument("--message", default="", help="also send this to the customer")
    _expect(parser)


def _target(parser: ArgumentParser) -> None:
    _number(parser)
    parser.add_argument("target", metavar="TARGET", help="first-reply, next-reply, update or resolution")
    parser.add_argument("time", metavar="TIME", help="business time such as 4h, or policy to take it away")
    parser.add_argument("text", nargs="*", metavar="REASON")


def _recount(parser: ArgumentParser) -> None:
    _number(parser)
    parser.add_argument("text", nargs="*", metavar="REASON")


def _reasoned(parser: ArgumentParser) -> None:
    _number(parser)
    parser.add_argument("text", nargs="*", metavar="REASON")
    _expect(parser)


def _tag(parser: ArgumentParser) -> None:
    _number(parser)
    parser.add_argument("tags", nargs="*", metavar="+TAG|-TAG", help="add or remove; a bare word adds")


def _link(parser: ArgumentParser) -> None:
    parser.add_argument("numbers", metavar="N")
    parser.add_argument("words", nargs="*", metavar="[KIND] OTHER", help="such as blocked by 1051")
    parser.add_argument("--remove", action="store_true", help="take the link away")


def _duplicates(parser: ArgumentParser) -> None:
    parser.add_argument("numbers", metavar="N")
    parser.add_argument("--limit", type=whole, default=6, metavar="N", help="at most so many (6)")


def _merge(parser: ArgumentParser) -> None:
    parser.add_argument("numbers", metavar="N", help="the duplicate, or several as 12,15")
    parser.add_argument("into", metavar="INTO", help="the ticket that goes on")
    parser.add_argument("--children", action="store_true", help="also a ticket that has child tickets")


def _split(parser: ArgumentParser) -> None:
    parser.add_argument("numbers", metavar="N")
    parser.add_argument("subject", nargs="*", metavar="SUBJECT", help="of the new ticket")
    parser.add_argument(
        "--messages", required=True, metavar="IDS", help="as 12,15: the ids that show --json gives them"
    )
    parser.add_argument("--queue", default=None, help="key or name (the queue it is in)")


def _list(parser: ArgumentParser) -> None:
    _query(parser)
    _paging(parser)


def _search(parser: ArgumentParser) -> None:
    parser.add_argument("query", nargs="*", metavar="WORDS", help="words or any query; solved and closed too")
    _paging(parser)


def _metrics(parser: ArgumentParser) -> None:
    _query(parser)
    parser.add_argument("--since", default="", metavar="DAY", help="created from this day or time on, or 30d")
    parser.add_argument("--until", default="", metavar="DAY", help="created up to the end of this day")
    parser.add_argument("--all", action="store_true", help="whenever they were created (the default)")
    parser.add_argument("--sla", choices=("imported", "desk"), help="whose verdict counts")


def _import(parser: ArgumentParser) -> None:
    parser.add_argument("source", choices=("servicenow",), help="the system the file comes from")
    parser.add_argument("file", metavar="FILE", help="the file, also gzipped")
    parser.add_argument("--dry-run", action="store_true", help="only say what would happen")


def _export(parser: ArgumentParser) -> None:
    _query(parser)
    parser.add_argument("--format", default="json", choices=("json", "jsonl", "csv"))
    parser.add_argument("-o", "--output", default="", metavar="FILE", help="instead of stdout")


def _agent(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=("add", "list"))
    parser.add_argument("login", nargs="?", default="")
    parser.add_argument("--name", default="", help="the full name")
    parser.add_argument("--role", default=None, choices=("viewer", "agent", "lead", "admin"))
    parser.add_argument(
        "--queue", action="append", default=None, help="member of; may be given several times"
    )
    parser.add_argument("--tier", default=None, help="such as L1")
    parser.add_argument("--capacity", type=whole, default=None, help="active tickets they can carry (10)")
    parser.add_argument("--address", default=None, help="where they are mailed when nobody is at a screen")


def _away(parser: ArgumentParser) -> None:
    parser.add_argument("until", nargs="*", default=[], help='such as "monday 9am"; without it: until back')
    _back(parser)


def _back(parser: ArgumentParser) -> None:
    parser.add_argument("--for", dest="who", default="", metavar="AGENT", help="a colleague (a lead may)")


def _queue(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=("add", "list"))
    parser.add_argument("name", nargs="*", default=[])
    parser.add_argument("--confidential", action="store_true", help="visible to its members alone")


def _view(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=("add", "list", "remove"))
    parser.add_argument("name", nargs="?", default="")
    _query(parser)


def _rules(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=("list", "test", "hits"))
    parser.add_argument("rule", nargs="?", default="", metavar="NAME|FILE", help="a rule, or a policy file")
    parser.add_argument("--when", default=None, metavar="QUERY", help="try a condition before it is a rule")
    parser.add_argument(
        "--last", type=whole, default=1000, metavar="N", help="of so many tickets (1000; 0: all)"
    )
    parser.add_argument(
        "--limit", type=whole, default=20, metavar="N", help="show so many of those found (20)"
    )


def _rebalance(parser: ArgumentParser) -> None:
    parser.add_argument("--queue", default=None, help="only tickets of this queue, by key or name")
    parser.add_argument("--apply", action="store_true", help="move them, as one step with one undo")


def _demo(parser: ArgumentParser) -> None:
    parser.add_argument("--tickets", type=whole, default=1000, metavar="N", help="how many (1000)")
    parser.add_argument("--seed", type=whole, default=1, metavar="S", help="another seed, another desk (1)")
    parser.add_argument("--no-open", action="store_true", help="only fill it")
    parser.add_argument("--fresh", action="store_true", help="make a new one even when today's is there")


def _policy(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=("export", "diff", "apply", "check", "holidays"))
    parser.add_argument("file", nargs="*", metavar="FILE.toml", help="- is stdin or stdout")
    parser.add_argument("--dry-run", action="store_true", help="with apply: only say what would change")
    parser.add_argument(
        "--year", type=whole, metavar="YEAR", help="with holidays: instead of this and the next"
    )
    parser.add_argument(
        "--expect", type=whole, metavar="VERSION", help="with apply: refuse when another version holds by now"
    )


def _completion(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def _next(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--skip", metavar="REASON", help='leave the one you were handed, such as "not my skill"'
    )


def _undo(parser: ArgumentParser) -> None:
    parser.add_argument("--command", type=whole, metavar="ID", help="another command than my last one")


VERBS: dict[str, Verb] = {
    "demo": Verb("open a believable desk of its own", "demo:demo", _demo),
    "list": Verb("list tickets", "reading:list_tickets", _list, "query", True),
    "show": Verb("show one ticket", "reading:show", _number),
    "search": Verb("search every ticket", "reading:search", _search, "query", True),
    "history": Verb("show what happened to a ticket", "reading:history", _number),
    "why": Verb("explain the clocks and the owner of a ticket", "why_verb:why", _number),
    "target": Verb("give tickets a target of their own", "why_verb:target", _target, "text"),
    "recount": Verb("count clocks anew from the beginning", "why_verb:recount", _recount, "text"),
    "metrics": Verb("show the figures", "figures:metrics", _metrics, "query", True),
    "new": Verb("open a ticket", "ticket_verbs:new", _new, "subject"),
    "set": Verb("change fields of a ticket", "set_verb:set_fields", _set, "pairs", description=_SET),
    "note": Verb("write an internal note", "ticket_verbs:note", _note, "text"),
    "reply": Verb("answer the requester", "ticket_verbs:reply", _reply, "text"),
    **SIDE_VERBS,
    "assign": Verb("give a ticket to an agent", "ticket_verbs:assign", _assign),
    "take": Verb("take a ticket", "ticket_verbs:take", _take),
    "solve": Verb("solve with a resolution note", "ticket_verbs:solve", _solve, "text"),
    "close": Verb("close for a reason", "ticket_verbs:close", _reasoned, "text"),
    "reopen": Verb("take a solved or closed ticket up again", "ticket_verbs:reopen", _reasoned, "text"),
    "tag": Verb("add and remove tags", "ticket_verbs:tag", _tag, "tags", True),
    "link": Verb("relate to another ticket", "ticket_verbs:link", _link, "words"),
    "duplicates": Verb("find tickets about the same thing", "triage_verbs:duplicates", _duplicates),
    "merge": Verb("close a duplicate into another ticket", "triage_verbs:merge", _merge),
    "unmerge": Verb("take merged tickets apart again", "triage_verbs:unmerge", _number),
    "split": Verb("make a ticket of some messages", "triage_verbs:split", _split, "subject"),
    **STEP_VERBS,
    "next": Verb("open the next best ticket for me", "next_verb:work_next", _next),
    **TIME_VERBS,
    "undo": Verb("take my last command back", "ticket_verbs:undo", _undo),
    "redo": Verb("do again what undo took back", "ticket_verbs:redo", _none),
    "rebalance": Verb("move tickets from who carries too much", "balance_verb:rebalance", _rebalance),
    "agent": Verb("add and list agents", "desk_verbs:agent", _agent),
    "away": Verb("be given no tickets until a time", "desk_verbs:away", _away, "until"),
    "back": Verb("be given tickets again", "desk_verbs:back", _back),
    "queue": Verb("add and list queues", "desk_verbs:queue", _queue, "name"),
    "view": Verb("keep searches under names", "desk_verbs:view", _view, "query", True),
    "macros": Verb(
        "list, show and use canned answers", "macro_verb:macros", macro_arguments, "rest", description=MACROS
    ),
    "rules": Verb("list rules, what they did and would do", "rule_verbs:rules", _rules, description=_RULES),
    "policy": Verb("the desk's policy as a file", "policy_verb:policy", _policy, "file", description=_POLICY),
    "import": Verb("bring tickets in with their history", "transfer:import_file", _import),
    "export": Verb("write tickets out", "transfer:export_tickets", _export, "query", True),
    **CONTACT_VERBS,
    **MAIL_VERBS,
    "serve": Verb("ring alarms without a screen", "service:serve", _none),
    "doctor": Verb("check that the desk is sound", "service:doctor", _doctor),
    "completion": Verb("print completion for a shell", "completion:completion", _completion),
}
"""Every command, in the order of the help."""
