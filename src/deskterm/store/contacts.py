"""Commands on contacts: what is known of them, two that are one, further addresses; each with one undo.

Everything that is kept beside an address is one value in the journal, so undo puts back what was there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deskterm.domain import commands as c
from deskterm.domain.contacts import Card, edited, merged
from deskterm.domain.errors import NotFound, Refused
from deskterm.domain.events import Change
from deskterm.domain.people import mail_address
from deskterm.domain.plain import clean_line
from deskterm.storage import contact_reads, contacts, people, tickets, words

if TYPE_CHECKING:
    from deskterm.store.dispatch import Walk

ContactCommand = c.SaveContact | c.MergeContacts | c.AddContactAddress | c.RemoveContactAddress

REINDEXED = 500
"""Tickets that are found by a contact's new name at once; older ones are by `requester:`."""

RESETTLED = 200
"""Active tickets whose SLA policy is looked at again when their contact changes."""


def carry_out(walk: Walk, command: ContactCommand) -> str:
    """Carry out a command on a contact and say what it did. Raises Refused, NotFound."""
    match command:
        case c.SaveContact():
            return _save(walk, command)
        case c.MergeContacts():
            return _merge(walk, command)
        case c.AddContactAddress():
            return _add_address(walk, command)
        case c.RemoveContactAddress():
            return _remove_address(walk, command)


def _theirs(walk: Walk, number: int) -> tuple[int, dict[int, Card]]:
    """Return a contact's first address (id) and all cards of theirs. Raises NotFound."""
    first = contact_reads.known(walk.connection, tuple(walk.hidden), number)
    if first is None:
        raise NotFound("there is no such contact", field="contact")
    return first, contacts.cards(walk.connection, contacts.same_people(walk.connection, (first,)))


def _save(walk: Walk, command: c.SaveContact) -> str:
    first, cards = _theirs(walk, command.contact)
    if command.zone:
        _check_zone(command.zone)
    card = edited(cards[first], name=command.name, zone=command.zone, vip=command.vip, notes=command.notes)
    if command.organization is not None:
        wanted = clean_line(command.organization).strip()
        team = people.organization_id(walk.connection, wanted) if wanted else None
        card = replace(card, organization=team)
    _append(walk, {number: _as(card, held, first, number) for number, held in cards.items()})
    changed = [
        name
        for name in ("name", "organization", "zone", "vip", "notes")
        if getattr(card, name) != getattr(cards[first], name)
    ]
    return f"Changed {card.name}: {', '.join('VIP' if name == 'vip' else name for name in changed)}"


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(
            f"{clean_line(zone, 60)!r} is no time zone", field="zone", hint="such as Europe/Madrid"
        ) from None


def _merge(walk: Walk, command: c.MergeContacts) -> str:
    first, cards = _theirs(walk, command.contact)
    into, others = _theirs(walk, command.into)
    if first == into:
        raise Refused("those are one contact already", field="into")
    card = merged(cards[first], others[into])
    after = {number: _as(card, held, into, number) for number, held in (others | cards).items()}
    _append(walk, after)
    more = f" ({cards[first].address})" if cards[first].name != cards[first].address else ""
    return f"Merged {cards[first].name}{more} into {card.name}"


def _add_address(walk: Walk, command: c.AddContactAddress) -> str:
    first, cards = _theirs(walk, command.contact)
    address = mail_address(command.address).casefold()
    if not address:
        raise Refused("the address is missing", field="address", hint="such as ana@example.com")
    number = contacts.with_address(walk.connection, address)
    if number in cards:
        raise Refused(f"{address} is theirs already", field="address")
    if number is not None and _is_somebody(walk, number):
        hint = "merge the two contacts"
        raise Refused(f"{address} is another contact's", field="address", hint=hint)
    if number is None:
        number = contacts.next_id(walk.connection)
    _append(walk, {number: _as(cards[first], Card(address, address), first, number)})
    return f"Added {address} to {cards[first].name}"


def _remove_address(walk: Walk, command: c.RemoveContactAddress) -> str:
    first, cards = _theirs(walk, command.contact)
    address = mail_address(command.address).casefold()
    number = contacts.with_address(walk.connection, address) if address else None
    if number not in contact_reads.addresses_known(walk.connection, tuple(walk.hidden), cards):
        raise Refused(f"{address or 'that'} is no address of theirs", field="address")
    if len(cards) == 1:
        raise Refused(f"{address} is their only address", field="address", hint="add the new one first")
    card = cards[first]
    left = {each: held for each, held in cards.items() if each != number}
    # What is known of a contact stays with the addresses they keep; the oldest of those is the first now.
    head = first if number != first else min(left)
    after = {each: _as(card, held, head, each) for each, held in left.items()}
    _append(walk, after | {number: Card(address, address)})
    return f"Removed {address} from {card.name}"


def _is_somebody(walk: Walk, number: int) -> bool:
    """Say whether an address is more than one that was taken back: it is known, or wrote a ticket."""
    card = contacts.cards(walk.connection, (number,))[number]
    return not card.bare or contact_reads.known(walk.connection, (), number) is not None


def _as(card: Card, held: Card, first: int, number: int) -> Card:
    """Return what is known of a contact, beside one of their addresses."""
    return replace(card, address=held.address, contact=None if number == first else first)


def _append(walk: Walk, after: dict[int, Card]) -> None:
    """Write what differs as one event, and what must follow from it. Raises Refused for nothing."""
    before = {number: contacts.value(walk.connection, number) for number in after}
    changes = tuple(
        Change(f"{contacts.FIELD}{number}", before[number], packed)
        for number, card in after.items()
        if (packed := contacts.packed(card)) != before[number]
    )
    if not changes:
        raise Refused("that is so already")
    for change in changes:
        put(walk, change)
    walk.append(None, "contact", changes)
    for number in tickets.active_of(walk.connection, set(after), RESETTLED, tuple(walk.hidden)):
        walk.settle(walk.load(number))


def held(walk: Walk, number: int) -> str | None:
    """Return what is kept beside an address now, as the journal holds it."""
    return contacts.value(walk.connection, number)


def put(walk: Walk, change: Change) -> None:
    """Make an address be what a change says; its tickets are found by the new name."""
    number = int(change.field.removeprefix(contacts.FIELD))
    before = contacts.cards(walk.connection, (number,)).get(number)
    contacts.put(walk.connection, number, change.after)
    after = contacts.cards(walk.connection, (number,)).get(number)
    if before is not None and after is not None and before.name != after.name:
        for ticket in tickets.newest_of(walk.connection, number, REINDEXED):
            words.index(walk.connection, ticket)
