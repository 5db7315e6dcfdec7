"""Mail that came back: filed with a warning on the ticket it was sent for, and no more to the dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain.errors import Refused
from deskterm.domain.events import Change
from deskterm.domain.kinds import MessageKind
from deskterm.domain.plain import clean_line
from deskterm.domain.proposal import NewMessage, Proposal
from deskterm.domain.sides import BOUNCED, Side
from deskterm.storage import dead_addresses, sides, tickets
from deskterm.storage import mail as kept
from deskterm.store import merging, siding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deskterm.domain.mail import Mail
    from deskterm.domain.mail_identity import Claim, Signer
    from deskterm.domain.ticket import Ticket
    from deskterm.store.dispatch import Walk

REASON_LIMIT = 200
"""Characters of what the other server said that are told on the ticket."""

BOUNCED_TAG = "bounced"


class Unknown(Refused):
    """A mail that belongs nowhere: it goes to quarantine."""


def about(walk: Walk, mail: Mail, signer: Signer) -> Ticket | Side | None:
    """Return the ticket or the side conversation whose mail came back, by what this desk signed in it; None
    when it sent none such."""
    for claim in _claims(mail, signer):
        if not claim.authentic:
            continue
        if claim.side:
            side = sides.called(walk.connection, claim.side)
            if side is not None:
                return side
            continue
        ticket = tickets.load(walk.connection, claim.ticket)
        if ticket is not None and not ticket.voided:
            return merging.heir(walk, ticket)
    return None


def _claims(mail: Mail, signer: Signer) -> Iterator[Claim]:
    ids = (*mail.bounced_ids, *mail.in_reply_to, *reversed(mail.references))
    found = [signer.read_id(one) for one in ids]
    addresses = (*mail.recipients, *(one.address for one in mail.to))
    found += [signer.read_address(address) for address in addresses]
    yield from (claim for claim in found if claim is not None)
    yield from signer.ids_in(mail.text)


def _file_beside(walk: Walk, mail: Mail, side: Side) -> int:
    """Warn in a side conversation; returns its ticket's number. Nothing of the ticket itself changes."""
    address = clean_line(mail.bounce_for).strip().casefold()
    walk.begin(c.Receive((side.ticket,), ""), f"A mail of a side conversation of #{side.ticket} came back")
    dead = mail.bounce_permanent and address in {one.address.casefold() for one in side.people}
    changes = _dead(walk, mail, address, side.ticket) if dead else ()
    siding.warn(walk, side, BOUNCED, changes, _warning(mail, address, dead=dead))
    return side.ticket


def file(walk: Walk, mail: Mail, found: Ticket | Side) -> int:
    """Warn on the ticket; returns its number. Its state stays, nothing is sent, nothing reopens."""
    if isinstance(found, Side):
        return _file_beside(walk, mail, found)
    ticket = found
    address = clean_line(mail.bounce_for).strip().casefold()
    walk.begin(c.Receive((ticket.number,), ""), f"A mail of #{ticket.number} came back")
    changes: tuple[Change, ...] = ()
    dead = mail.bounce_permanent and bool(address) and _takes_part(walk, ticket, address)
    if dead:
        changes += _dead(walk, mail, address, ticket.number)
        if BOUNCED_TAG not in ticket.tags:
            changes += (Change("tags", (), (BOUNCED_TAG,)),)
    message = NewMessage(MessageKind.SYSTEM, _warning(mail, address, dead=dead))
    walk.carry_out(ticket, ticket.number, ticket.requester, Proposal("bounced", changes, message))
    return ticket.number


def _dead(walk: Walk, mail: Mail, address: str, ticket: int) -> tuple[Change, ...]:
    number = dead_addresses.note(walk.connection, address, _said(mail), ticket, walk.now)
    before = dead_addresses.state_of(walk.connection, number)
    return (Change(f"dead:{number}", before, dead_addresses.DEAD),) if before != dead_addresses.DEAD else ()


def _takes_part(walk: Walk, ticket: Ticket, address: str) -> bool:
    """Say whether an address is one that this ticket's mail goes to: a report may name any other."""
    theirs = kept.requesters_with(walk.connection, address)
    return not theirs.isdisjoint({ticket.requester} | ticket.ccs)


def _said(mail: Mail) -> str:
    return clean_line(mail.auto_reason or mail.subject, REASON_LIMIT).strip()


def _warning(mail: Mail, address: str, *, dead: bool) -> str:
    whom = f"to {address} " if address else ""
    why = _said(mail)
    said = f"A mail {whom}came back{'' if mail.bounce_permanent else ' for now'}: {why}."
    if dead:
        said += " Nothing is sent to this address until somebody allows it again."
    return said
