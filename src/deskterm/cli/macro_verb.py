"""`macros`: which there are, what one says and does, and using it on tickets."""

from __future__ import annotations

from typing import Any

from deskterm.cli.session import Session
from deskterm.cli.ticket_verbs import THEN, attached
from deskterm.domain.actions import Macro
from deskterm.domain.errors import NotFound, Refused, UsageError
from deskterm.domain.macros import Filled, command_of, filled, found
from deskterm.domain.placeholders import gaps, names_in
from deskterm.domain.rule_views import action_words


def macros(session: Session) -> int:
    """Answer `macros list`, `macros show` and `macros use`."""
    return {"list": _list, "show": _show, "use": _use}[session.options.action](session)


def _list(session: Session) -> int:
    known, out = session.store.macros(), session.out
    if out.json:
        out.stream(_shape(one) for one in known)
        return 0
    rows = ((one.name, " ".join(one.text.split())[:60], _does(one)) for one in known)
    if not out.table(("MACRO", "TEXT", "DOES"), rows):
        out.say("there are no macros: docs/replying.md says how to write some")
    return 0


def _show(session: Session) -> int:
    macro, out = _named(session, session.options.rest), session.out
    if out.json:
        out.emit(_shape(macro))
        return 0
    out.line(macro.name)
    for line in macro.text.split("\n") if macro.text else ():
        out.line(f"  {line}")
    for action in macro.actions:
        out.line(f"  → {action_words(action)}")
    return 0


def _use(session: Session) -> int:
    options = session.options
    if len(options.rest) < 2:
        raise UsageError("a ticket and a macro are missing", field="macro", hint='macros use 1042 "Thanks"')
    numbers = session.numbers(options.rest[0])
    macro = _named(session, options.rest[1:])
    given = dict(_given(each) for each in options.fill)
    store = session.writer
    whole = {number: filled(macro, store.macro_values(number) | given) for number in numbers}
    if options.dry_run:
        return _told(session, whole)
    for number, one in whole.items():
        missing = tuple(dict.fromkeys((*(gap.name for gap in gaps(one.text)), *one.gaps)))
        if missing:
            raise Refused(
                f"#{number}: ‹{missing[0]}?› is missing", field="text", hint=f"--fill {missing[0]}=TEXT"
            )
    then = THEN[options.then] if options.then else None
    return session.told(
        store.dispatch(command_of(whole, then, files=attached(session), beyond=options.beyond))
    )


def _told(session: Session, whole: dict[int, Filled]) -> int:
    if session.out.json:
        session.out.emit([{"number": number, **_filled_shape(one)} for number, one in whole.items()])
        return 0
    for number, one in whole.items():
        session.out.line(f"#{number}")
        for line in one.text.split("\n") if one.text else ():
            session.out.line(f"  {line}")
        for action in one.actions:
            session.out.line(f"  → {action_words(action)}")
    return 0


def _given(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"{text!r} fills nothing", field="fill", hint="--fill requester.first_name=Ana")
    return name.strip().strip("{}"), value


def _named(session: Session, words: list[str]) -> Macro:
    known = session.store.macros()
    name = " ".join(words)
    if not name.strip():
        raise UsageError("the macro is missing", field="macro", hint="macros list says which there are")
    macro = found(known, name)
    if macro is None:
        names = ", ".join(one.name for one in known) or "there are none"
        raise NotFound(f"there is no macro {name!r}", field="macro", hint=f"macros: {names}")
    return macro


def _does(macro: Macro) -> str:
    return "; ".join(action_words(action) for action in macro.actions)


def _actions(macro: Macro | Filled) -> list[dict[str, str]]:
    return [{"do": one.do, "value": one.value, "text": one.text} for one in macro.actions]


def _shape(macro: Macro) -> dict[str, Any]:
    placeholders = list(names_in(macro.text))
    return {"name": macro.name, "text": macro.text, "placeholders": placeholders, "do": _actions(macro)}


def _filled_shape(one: Filled) -> dict[str, Any]:
    missing = [gap.name for gap in gaps(one.text)]
    return {"macro": one.name, "text": one.text, "missing": missing, "do": _actions(one)}
