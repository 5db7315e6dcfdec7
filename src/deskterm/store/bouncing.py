"""Mail that came back: filed with a warning on the ticket it was sent for, and no more to the dead."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain import commands as c
from deskterm.domain.errors import Refused
from deskterm.domain.events import Change
from deskterm.domain.kinds import MessageKind
from deskterm.domain.mail_identity import AUTOMATIC
from deskterm.domain.plain import clean_line
from deskterm.domain.proposal import NewMessage, Proposal
from deskterm.domain.sides import BOUNCED, Side
from deskterm.storage import dead_addresses, outbox, sides, tickets
from deskterm.storage import mail as kept
from deskterm.store import merging, siding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from deskterm.domain.mail import Mail
    from deskterm.domain.mail_identity import Claim, Signer
    from deskterm.domain.ticket import Ticket
    from deskterm.store.dispatch import Walk

REASON_LIMIT = 200
"""Characters of what the other server said that are told on the ticket."""

BOUNCED_TAG = "bounced"


class Unknown(Refused):
    """A mail that belongs nowhere: it goes to quarantine."""


class Returned(NamedTuple):
    """What came back: the ticket or the side conversation it was sent for, and whom that mail was to, as far
    as it is known."""

    where: Ticket | Side
    to: tuple[str, ...] = ()


def about(walk: Walk, mail: Mail, signer: Signer) -> Returned | None:
    """Return what came back, by what this desk signed in it; None when it sent none such."""
    for claim in _claims(mail, signer):
        if not claim.authentic:
            continue
        if claim.side:
            side = sides.called(walk.connection, claim.side)
            if side is not None:
                return Returned(side, tuple(one.address for one in side.people))
            continue
        ticket = tickets.load(walk.connection, claim.ticket)
        if ticket is not None and not ticket.voided:
            return Returned(merging.heir(walk, ticket), _written_to(walk, claim, claim.ticket))
    return None


def _written_to(walk: Walk, claim: Claim, ticket: int) -> tuple[str, ...]:
    if claim.message >= AUTOMATIC:
        return outbox.written_to(walk.connection, ticket, number=claim.message - AUTOMATIC)
    return outbox.written_to(walk.connection, ticket, claim.message) if claim.message else ()


def _claims(mail: Mail, signer: Signer) -> Iterator[Claim]:
    ids = (*mail.bounced_ids, *mail.in_reply_to, *reversed(mail.references))
    found = [signer.read_id(one) for one in ids]
    addresses = (*mail.recipients, *(one.address for one in mail.to))
    found += [signer.read_address(address) for address in addresses]
    yield from (claim for claim in found if claim is not None)
    yield from signer.ids_in(mail.text)


def _named(mail: Mail, to: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses that are gone for good: those it names, or the only one the mail was for."""
    named = mail.bounce_dead or ((mail.bounce_for,) if mail.bounce_permanent and mail.bounce_for else ())
    if not named and mail.bounce_permanent and len(to) == 1:
        named = tuple(to)
    return tuple(dict.fromkeys(clean_line(one).strip().casefold() for one in named))


def _file_beside(walk: Walk, mail: Mail, side: Side, to: Sequence[str]) -> int:
    """Warn in a side conversation; returns its ticket's number. Nothing of the ticket itself changes."""
    walk.begin(c.Receive((side.ticket,), ""), f"A mail of a side conversation of #{side.ticket} came back")
    people = {one.address.casefold() for one in side.people}
    dead = [address for address in _named(mail, to) if address in people]
    changes = tuple(change for one in dead for change in _dead(walk, mail, one, side.ticket))
    siding.warn(walk, side, BOUNCED, changes, _warning(mail, dead))
    return side.ticket


def file(walk: Walk, mail: Mail, found: Returned) -> int:
    """Warn on the ticket; returns its number. Its state stays, nothing is sent, nothing reopens."""
    if isinstance(found.where, Side):
        return _file_beside(walk, mail, found.where, found.to)
    ticket = found.where
    walk.begin(c.Receive((ticket.number,), ""), f"A mail of #{ticket.number} came back")
    dead = [address for address in _named(mail, found.to) if _takes_part(walk, ticket, address)]
    changes = tuple(change for one in dead for change in _dead(walk, mail, one, ticket.number))
    if dead and BOUNCED_TAG not in ticket.tags:
        changes += (Change("tags", (), (BOUNCED_TAG,)),)
    message = NewMessage(MessageKind.SYSTEM, _warning(mail, dead))
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


def _warning(mail: Mail, dead: Sequence[str]) -> str:
    whom = ", ".join(dead) or clean_line(mail.bounce_for).strip().casefold()
    said = f"A mail {f'to {whom} ' if whom else ''}came back"
    said += f"{'' if dead or mail.bounce_permanent else ' for now'}: {_said(mail)}."
    if dead:
        which, it = ("these addresses", "them") if len(dead) > 1 else ("this address", "it")
        said += f" Nothing is sent to {which} until somebody allows {it} again."
    return said
