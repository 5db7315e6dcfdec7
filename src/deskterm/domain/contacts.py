"""Contacts: what a desk knows of the people who ask, over all of their addresses, and how two become one.

A ticket keeps the address that it was written from, which no merge changes: the journal and the tickets stay
as true as they were. Which addresses are one person's is said beside them, and looked up when it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from deskterm.domain.errors import Refused
from deskterm.domain.plain import clean_line, clean_text
from deskterm.domain.views import Row

NAME_LIMIT = 200
NOTES_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Card:
    """What is kept beside one address; all addresses of a contact hold the same but for the address.

    `contact` is the requester (id) whose further address this is, None for a contact's first one.
    """

    name: str
    address: str
    organization: int | None = None
    contact: int | None = None
    vip: bool = False
    zone: str = ""
    notes: str = ""

    @property
    def bare(self) -> bool:
        """Whether nothing is known but the address."""
        return self == Card(self.address, self.address)


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One contact in a list; tickets are counted as far as whoever asks may know of them."""

    id: int
    name: str
    address: str
    organization: str
    vip: bool
    addresses: int
    tickets: int
    active: int


@dataclass(frozen=True, slots=True)
class ContactEvent:
    """What was done to a contact: when, by whom, and in words."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact with everything that is known of them, as one actor may know it."""

    line: ContactLine
    addresses: tuple[str, ...]
    zone: str
    notes: str
    tickets: tuple[Row, ...]
    history: tuple[ContactEvent, ...]
    organization: int | None = None


def edited(card: Card, *, name: str | None, zone: str | None, vip: bool | None, notes: str | None) -> Card:
    """Return a card with what was given; None leaves a field. Raises Refused."""
    if name is not None:
        name = clean_line(name, NAME_LIMIT).strip()
        if not name:
            raise Refused("a contact needs a name", field="name")
    return replace(
        card,
        name=card.name if name is None else name,
        zone=card.zone if zone is None else zone,
        vip=card.vip if vip is None else vip,
        notes=card.notes if notes is None else clean_text(notes).strip()[:NOTES_LIMIT],
    )


def merged(card: Card, into: Card) -> Card:
    """Return what is known once the two are one: nothing that only one of them says is lost."""
    named = into.name != into.address
    notes = [text for text in (into.notes, card.notes) if text]
    return replace(
        into,
        name=into.name if named or card.name == card.address else card.name,
        organization=into.organization if into.organization is not None else card.organization,
        vip=into.vip or card.vip,
        zone=into.zone or card.zone,
        notes="\n\n".join(dict.fromkeys(notes))[:NOTES_LIMIT],
    )
