"""Fields as they are typed (`priority=P1`) and the values they mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from deskterm.domain.errors import UsageError
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.query_parser import nearest

if TYPE_CHECKING:
    from deskterm.cli.session import Session

Choice = TypeVar("Choice", bound=StrEnum)


def chosen(field: str, text: str, choices: type[Choice], *, unsaid: Sequence[Choice] = ()) -> Choice:
    """Return the member that was named, whatever the case. Raises UsageError naming the nearest.

    `unsaid` are those that are understood, but would be no help to anybody who is told of them.
    """
    for choice in choices:
        if choice.value.casefold() == text.strip().casefold():
            return choice
    known = [choice.value for choice in choices if choice not in unsaid]
    close = nearest(text, known)
    meant = f"did you mean {close}? " if close else ""
    raise UsageError(f"{text!r} is no {field}", field=field, hint=meant + "one of " + ", ".join(known))


def split(pairs: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return fields with their values, in the order typed. Raises UsageError naming the nearest field."""
    found: dict[str, str] = {}
    names = list(known)
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name = name.strip()
        name = name if name.startswith("field.") else name.casefold().replace("-", "_")
        if not equals:
            raise UsageError(f"{pair!r} sets nothing", hint="fields are set as field=value")
        if name not in names and not (name.startswith("field.") and len(name) > 6):
            close = nearest(name, names)
            hint = (f"did you mean {close}? " if close else "") + "one of " + ", ".join(names)
            raise UsageError(f"{name!r} is no field", field=name, hint=hint + ", field.NAME")
        if name in found:
            raise UsageError(f"{name} is given twice", field=name)
        found[name] = value
    return found


EXPECTED: Mapping[str, Callable[[Session, str], Any]] = {
    "state": lambda session, text: chosen("state", text, State),
    "priority": lambda session, text: chosen("priority", text, Priority),
    "impact": lambda session, text: chosen("impact", text, Level),
    "urgency": lambda session, text: chosen("urgency", text, Level),
    "owner": lambda session, text: session.owner(text),
    "queue": lambda session, text: session.queue(text).id,
    "type": lambda session, text: text,
    "category": lambda session, text: text,
    "component": lambda session, text: text,
    "channel": lambda session, text: text,
    "subject": lambda session, text: text,
    "messages": lambda session, text: _count("messages", text),
}
"""What --expect can look at, and how its value is read."""


def _count(field: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"{text!r} is no count", field=field)
    return int(text)


def expected(session: Session, pairs: Iterable[str]) -> dict[str, Any]:
    """Return the values the asker was looking at. Raises UsageError, NotFound."""
    found: dict[str, Any] = {}
    for name, value in split(pairs, EXPECTED).items():
        if name not in EXPECTED:
            known = ", ".join(EXPECTED)
            raise UsageError(f"--expect cannot look at {name}", field=name, hint=f"one of {known}")
        found[name] = EXPECTED[name](session, value)
    return found
