"""Where a mail belongs: the table of CONTRACT section 6, asked in the order of SEMANTICS E1."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain.mail_identity import MOST_DIGITS

if TYPE_CHECKING:
    from deskterm.domain.mail import Mail
    from deskterm.domain.mail_identity import Claim, Signer

MOST_REFERENCES = 100
"""References that are looked at, the newest ones: a thread longer than that repeats itself."""

_IN_SUBJECT = re.compile(rf"\[#([0-9]{{1,{MOST_DIGITS}}})\]")


class Verdict(StrEnum):
    """What becomes of a mail."""

    JOINS = "joins"
    """It is a message of the ticket."""
    MAY_BELONG = "may belong"
    """A new ticket, linked to the one it may belong to: the reference is ours, the sender is a stranger."""
    FORGED = "forged"
    """A new ticket, marked: what claims to be signed by this desk is not."""
    NEW = "new"
    """A new ticket."""


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a mail belongs and why; `ticket` is the one meant, 0 when nothing was."""

    verdict: Verdict
    ticket: int = 0
    why: str = ""
    authentic: bool = True
    """False when it joins by a number that anybody could have guessed."""
    side: int = 0
    """The side conversation of the ticket that it joins, 0 for the one with the requester."""


Participates = Callable[[int], bool | None]
"""Says whether the sender takes part in a ticket; None when there is no such ticket (any more)."""


class SideThread(NamedTuple):
    """A side conversation, the ticket it belongs to, and whether the sender takes part in it."""

    side: int
    ticket: int
    mine: bool


NO_SIDES: Mapping[str, SideThread] = {}


def find_thread(
    mail: Mail,
    signer: Signer,
    stored: Mapping[str, int],
    participates: Participates,
    beside: Mapping[str, SideThread] = NO_SIDES,
    called: Callable[[str], SideThread | None] = NO_SIDES.get,
) -> Thread:
    """Say where a mail belongs.

    `stored` gives the tickets of ids that the desk has seen, `beside` the side conversations of such ids, and
    `called` one by its name. The first reference, in the order of E1, to a ticket or a side conversation that
    the sender takes part in decides: who takes part in the one is a stranger to the other. One that this desk
    signed tells agents of a stranger's mail where it may belong. Whoever forges a reference is believed none
    that would be asked after it.
    """
    search = _Search(participates, called)
    found = search.among(_signed_ids(mail, signer))
    found = found or _stored(mail, stored, participates, beside)
    found = found or search.among(_tokens(mail, signer))
    return found or search.stranger or _in_subject(mail, participates) or Thread(Verdict.NEW)


def references(mail: Mail) -> tuple[str, ...]:
    """Return the ids a mail refers to, each once: In-Reply-To, then References from the newest back."""
    newest_first = (*mail.in_reply_to, *reversed(mail.references))
    return tuple(dict.fromkeys(newest_first))[:MOST_REFERENCES]


class _Search:
    """Asks about what claims to be signed; `stranger` is what to tell of an authentic one of a stranger."""

    def __init__(self, participates: Participates, called: Callable[[str], SideThread | None]) -> None:
        self._participates = participates
        self._called = called
        self.stranger: Thread | None = None

    def among(self, claims: Iterable[tuple[Claim, str]]) -> Thread | None:
        forged: Thread | None = None
        for claim, what in claims:
            if not claim.authentic:
                named = "a side conversation" if claim.side else f"#{claim.ticket}"
                words = f"{what} names {named} and was not signed by this desk"
                forged = forged or Thread(Verdict.FORGED, claim.ticket, words)
                continue
            if claim.side:
                beside = self._called(claim.side)
                if beside is not None and beside.mine:
                    return Thread(Verdict.JOINS, beside.ticket, what, side=beside.side)
                if beside is not None and self.stranger is None:
                    of = f"of a side conversation of #{beside.ticket}"
                    words = f"{what} is that {of}, in which the sender takes no part"
                    self.stranger = Thread(Verdict.MAY_BELONG, beside.ticket, words)
                continue
            known = self._participates(claim.ticket)
            if known:
                return Thread(Verdict.JOINS, claim.ticket, what)
            if known is not None and self.stranger is None:
                words = f"{what} is that of #{claim.ticket}, in which the sender takes no part"
                self.stranger = Thread(Verdict.MAY_BELONG, claim.ticket, words)
        return forged


def _signed_ids(mail: Mail, signer: Signer) -> Iterator[tuple[Claim, str]]:
    for message_id in references(mail):
        claim = signer.read_id(message_id)
        if claim is not None:
            yield claim, "a message id that it answers"


def _tokens(mail: Mail, signer: Signer) -> Iterator[tuple[Claim, str]]:
    addresses = (*mail.recipients, *(one.address for one in (*mail.to, *mail.cc)))
    for address in dict.fromkeys(addresses):
        claim = signer.read_address(address)
        if claim is not None:
            yield claim, "the address it was sent to"
    for claim in signer.read_text(mail.text):
        yield claim, "a token in its text"


def _stored(
    mail: Mail,
    stored: Mapping[str, int],
    participates: Participates,
    beside: Mapping[str, SideThread],
) -> Thread | None:
    for message_id in references(mail):
        aside = beside.get(message_id)
        if aside is not None and aside.mine:
            return Thread(Verdict.JOINS, aside.ticket, "a mail that it answers", side=aside.side)
        ticket = stored.get(message_id)
        if ticket is not None and participates(ticket):
            return Thread(Verdict.JOINS, ticket, "a mail that it answers")
    return None


def _in_subject(mail: Mail, participates: Participates) -> Thread | None:
    for found in _IN_SUBJECT.finditer(mail.subject):
        number = int(found[1])
        if participates(number):
            return Thread(Verdict.JOINS, number, "the number in its subject", authentic=False)
    return None
