"""Reads what was typed: global options before or after the verb, queries with `-term`, errors that help."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from deskterm import __version__
from deskterm.cli.verb import Verb
from deskterm.cli.verbs import DESCRIPTION, VERBS
from deskterm.domain.errors import UsageError

MARK = "\x00"
"""Put before a negated term such as -tag:vpn, which argparse would take for an option."""

_TERM = re.compile(r"-[^-].*", re.DOTALL)
_SHORT = ("-h", "-q", "-o")
_HELP = frozenset({"-h", "--help"})
_WITH_VALUE = ("--db", "--as", "--config", "--layout", "--theme")


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises UsageError instead of ending the program."""

    def error(self, message: str) -> NoReturn:
        """Refuse with what is wrong and where help is."""
        raise UsageError(message.replace(repr(MARK)[1:-1], ""), hint=f"{self.prog} --help")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return what was asked for. Raises UsageError, SystemExit after --help and --version."""
    args = list(argv)
    at = _verb_at(args)
    name = args[at] if at < len(args) else ""
    if name and name not in VERBS:
        from deskterm.domain.query_parser import nearest

        close = nearest(name, VERBS)
        hint = f"did you mean {close}?" if close else "deskterm --help lists the commands"
        raise UsageError(f"{name!r} is no command", hint=hint)
    verb = VERBS.get(name)
    if verb is not None and verb.terms:
        args[at + 1 :] = _marked(args[at + 1 :])
    # Building one verb instead of all of them, or none for the screens, makes every run start quickly.
    parser = build(only=None if _HELP & set(args) and verb is None else name)
    options, rest = parser.parse_known_args(args)
    _take_rest(options, rest, verb)
    return _unmarked(options)


def build(only: str | None = None) -> Parser:
    """Return the parser; `only` names the one verb that is needed ("" for none of them), None needs all."""
    parser = Parser(
        prog="deskterm",
        description=DESCRIPTION,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"deskterm {__version__}")
    _globals(parser, top=True)
    parser.set_defaults(handler="screen:open_desk", verb="", rest="")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", dest="verb", parser_class=Parser)
    for name, verb in VERBS.items():
        if only not in (None, name):
            continue
        child = verbs.add_parser(
            name,
            help=verb.help,
            description=verb.description or verb.help[0].upper() + verb.help[1:] + ".",
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.arguments(child)
        _globals(child, top=False)
        child.set_defaults(handler=verb.handler, rest=verb.rest)
    return parser


def _globals(parser: argparse.ArgumentParser, *, top: bool) -> None:
    """Add the options every command takes; after the verb they only count when given."""

    def default(value: Any) -> Any:
        return value if top else argparse.SUPPRESS

    group = parser.add_argument_group("everywhere")
    group.add_argument("--db", metavar="PATH-or-URL", default=default(""), help="the desk (also DESKTERM_DB)")
    group.add_argument("--as", dest="agent", metavar="NAME", default=default(""), help="act as this agent")
    group.add_argument(
        "--json", action="store_true", default=default(False), help="results and errors as JSON"
    )
    group.add_argument("--config", metavar="FILE", default=default(""), help="the configuration file")
    group.add_argument(
        "--quiet", "-q", action="store_true", default=default(False), help="say only what was asked for"
    )
    if top:
        screen = parser.add_argument_group("screens")
        screen.add_argument("--layout", default="", metavar="NAME", help="default or wide")
        screen.add_argument("--theme", default="", metavar="NAME", help="the theme of the screens")


def _verb_at(args: Sequence[str]) -> int:
    """Return where the verb stands, the length when there is none."""
    at = 0
    while at < len(args):
        if args[at] in _WITH_VALUE:
            at += 2
        elif args[at].startswith("-") and args[at] != "-":
            at += 1
        else:
            return at
    return at


def _marked(args: Sequence[str]) -> list[str]:
    found: list[str] = []
    for place, arg in enumerate(args):
        if arg == "--":
            return [*found, *args[place:]]
        term = _TERM.fullmatch(arg) and arg not in _SHORT
        found.append(MARK + arg if term else arg)
    return found


def _take_rest(options: argparse.Namespace, rest: Sequence[str], verb: Verb | None) -> None:
    """Words that came after an option belong to the words before it."""
    strange = [word for word in rest if word.startswith("-") and word != "-"]
    if strange or (rest and not options.rest):
        from deskterm.domain.query_parser import nearest

        word = (strange or rest)[0]
        known = [] if verb is None else _options(options.verb)
        close = nearest(word, known) if strange else None
        where = f" {options.verb}" if options.verb else ""
        hint = f"did you mean {close}?" if close else f"deskterm{where} --help"
        raise UsageError(f"{word!r} is not understood here", hint=hint)
    if rest:
        setattr(options, options.rest, [*getattr(options, options.rest), *rest])


def _options(verb: str) -> list[str]:
    """Return the options of a verb."""
    child = Parser(prog=verb)
    VERBS[verb].arguments(child)
    _globals(child, top=False)
    return [option for action in child._actions for option in action.option_strings]


def _unmarked(options: argparse.Namespace) -> argparse.Namespace:
    for name, value in vars(options).items():
        if isinstance(value, list):
            setattr(options, name, [word.removeprefix(MARK) for word in value])
        elif isinstance(value, str):
            setattr(options, name, value.removeprefix(MARK))
    return options
