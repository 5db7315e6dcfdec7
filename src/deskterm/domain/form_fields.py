"""Form fields: how they may be called, and what filling them changes."""

from __future__ import annotations

from collections.abc import Iterable

from deskterm.domain.errors import Refused
from deskterm.domain.events import Change
from deskterm.domain.plain import clean_line
from deskterm.domain.ticket import Ticket

NAME_LIMIT = 60


def field_name(text: str) -> str:
    """Return the name of a form field as it is kept. Raises Refused for what is none."""
    name = clean_line(text).strip()
    if not name or len(name) > NAME_LIMIT:
        raise Refused(
            f"{text!r} is no name of a field", field="fields", hint=f"at most {NAME_LIMIT} characters"
        )
    return name


def form_changes(values: Iterable[tuple[str, str]], ticket: Ticket) -> tuple[Change, ...]:
    """Return the change that fills form fields by their names; "" empties one, and the last one of a name
    counts. Raises Refused."""
    held = dict(ticket.fields)
    removed, added = list[tuple[str, str]](), list[tuple[str, str]]()
    for name, raw in {field_name(name): raw for name, raw in values}.items():
        value = clean_line(raw).strip()
        if held.get(name, "") != value:
            removed += [(name, held[name])] if name in held else []
            added += [(name, value)] if value else []
    if not removed and not added:
        return ()
    return (Change("fields", tuple(sorted(removed)), tuple(sorted(added))),)
