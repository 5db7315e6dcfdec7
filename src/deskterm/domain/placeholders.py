"""Placeholders: what a text may read of a ticket, filled in one pass, and gaps that stay to be seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

PLACEHOLDERS: Mapping[str, str] = MappingProxyType(
    {
        "requester.name": "the requester's name",
        "requester.first_name": "their first name",
        "requester.address": "their address",
        "organization.name": "their organization",
        "ticket.number": "the number, such as 1042",
        "ticket.subject": "the subject",
        "ticket.state": "the state",
        "ticket.priority": "P1 to P4",
        "ticket.type": "the type",
        "ticket.category": "the category",
        "ticket.component": "the component",
        "queue.name": "the queue's name",
        "owner.name": "who owns it",
        "agent.name": "who writes",
        "agent.first_name": "the first name of who writes",
    }
)
"""What a macro may read, and what it is; besides, field.NAME reads a form's field."""

FIELD = "field."

_NAME = r"[a-z][a-z_]*\.[\w.-]{1,60}"
_PLACEHOLDER = re.compile(r"\{(" + _NAME + r")\}")
_GAP = re.compile(r"‹(" + _NAME + r")\?›")


class Gap(NamedTuple):
    """A place where something is missing: from where to where (characters), and what."""

    start: int
    end: int
    name: str


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of placeholders, in one pass: what a value says is never read as a placeholder.

    What is missing, or no placeholder of the allow-list, is left as a gap such as ‹requester.name?›.
    """

    def one(found: re.Match[str]) -> str:
        value = values.get(found[1], "")
        # A value that looks like a gap would keep every answer to that customer from being sent.
        return _GAP.sub(r"<\1?>", value) if value else f"‹{found[1]}?›"

    return _PLACEHOLDER.sub(one, text)


def gaps(text: str) -> tuple[Gap, ...]:
    """Return the gaps that are left in a text, in their order."""
    if "‹" not in text:
        return ()
    return tuple(Gap(found.start(), found.end(), found[1]) for found in _GAP.finditer(text))


def names_in(text: str) -> tuple[str, ...]:
    """Return the placeholders of a text, each once, in their order."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def unknown(text: str) -> tuple[tuple[str, str], ...]:
    """Return what stands in braces and may not be read, each with the nearest that may ("": none)."""
    from difflib import get_close_matches

    found = []
    for name in names_in(text):
        if name not in PLACEHOLDERS and not name.startswith(FIELD):
            near = get_close_matches(name, PLACEHOLDERS, 1, 0.5)
            found.append((name, near[0] if near else ""))
    return tuple(found)
