"""A delivery: a mail and the mailbox it came to, what a ticket takes from it, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from deskterm.domain.conversation import MESSAGE_LIMIT
from deskterm.domain.mail import Address, Mail
from deskterm.domain.mail_guard import OPENED
from deskterm.domain.mail_threading import Thread, Verdict
from deskterm.domain.plain import clean_line, clean_text
from deskterm.domain.ticket import Attachment
from deskterm.domain.triage import SUBJECT_LIMIT

SHOWN_LIMIT = 200_000
"""Characters of a mail that become the message; the whole is kept beside it."""

MOST_CCS = 20
"""People whom mail makes CCs of one ticket; an agent may add more."""

FORGED_TAG = "forged-reference"
NO_SUBJECT, NO_TEXT = "(no subject)", "(no text)"

_NOBODY = re.compile(r"(no|do-?not|never)[-_.]?reply|mailer-daemon|postmaster|bounces?|daemon", re.I)

assert SHOWN_LIMIT < MESSAGE_LIMIT


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where mail comes in: its queue (key or name, None the first one) and the addresses that are our own.

    `trusted_server` names the mail server whose word on senders (Authentication-Results) is believed; only
    then is an agent known by their address. Empty, everybody who writes is a customer.

    One sender opens at most `tickets_an_hour`, and none beyond `open_tickets` that are active; 0 is no limit.
    None holds for `many_from` (addresses, or `@domain`).
    """

    name: str = ""
    queue: str | None = None
    addresses: tuple[str, ...] = ()
    trusted_server: str = ""
    tickets_an_hour: int = OPENED
    open_tickets: int = 0
    many_from: tuple[str, ...] = ()

    def may_flood(self, address: str) -> bool:
        """Say whether a sender is one of whom much is expected, such as a form or a monitoring system."""
        _, at, domain = address.casefold().rpartition("@")
        return any(one.casefold() in (address.casefold(), at + domain) for one in self.many_from)

    def owns(self, address: str) -> bool:
        """Say whether an address is one of the desk's own, with or without something after a plus sign."""
        return bare(address) in {bare(own) for own in self.addresses}


class Became(StrEnum):
    """What became of a mail."""

    CREATED = "created"
    JOINED = "joined"
    FOLLOWED_UP = "follow-up"
    BESIDE = "side"
    """It answers in a side conversation."""
    BOUNCED = "bounced"
    KNOWN = "known"
    """It was here already, or is one of ours that came back: nothing happened."""
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a mail, for whoever reports it or answers: all of it is committed.

    `address` is whom a confirmation would go to. `automatic` says why a machine must have written the mail,
    "" when a person may have; `reason` why it went to quarantine, where `quarantined` is its number.
    """

    became: Became
    ticket: int | None = None
    message: int | None = None
    thread: Thread = field(default=Thread(Verdict.NEW))
    address: str = ""
    automatic: str = ""
    reason: str = ""
    quarantined: int | None = None

    @property
    def opened(self) -> bool:
        """Say whether a ticket was opened, which its requester may be told of."""
        return self.became in (Became.CREATED, Became.FOLLOWED_UP)


def bare(address: str) -> str:
    """Return an address as it is compared: without what stands after a plus sign, whatever the case."""
    local, at, domain = address.strip().casefold().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def is_nobody(address: str) -> bool:
    """Say whether an address is one behind which nobody reads, by how it is called."""
    return _NOBODY.match(address) is not None


def why_automatic(mail: Mail, mailbox: Mailbox) -> str:
    """Say why a mail is taken for a machine's, "" when a person may have written it."""
    if mail.is_auto or mail.is_bounce:
        return mail.auto_reason or "it says so"
    if mail.sender is not None and mailbox.owns(mail.sender.address):
        return "it comes from an address of this desk"
    return ""


def subject_of(mail: Mail) -> str:
    """Return the subject of the ticket that a mail opens."""
    return clean_line(mail.subject, SUBJECT_LIMIT).strip() or NO_SUBJECT


def text_of(mail: Mail) -> tuple[str, str]:
    """Return what is new in a mail, for the message, and all of its text when that says more, else ""."""
    new = mail.new_text.strip("\n")
    if not new.strip():
        new = mail.text.strip("\n")
    if not new.strip():
        new = NO_TEXT
    if len(new) > SHOWN_LIMIT:
        new = new[:SHOWN_LIMIT] + f"\n\n… ({len(mail.text):,} characters; the whole mail is kept)"
    whole = clean_text(mail.text).strip("\n")
    return new, whole if whole.strip() and whole != new else ""


def files_of(mail: Mail, digests: Iterable[str]) -> tuple[Attachment, ...]:
    """Return the files of a mail, whose bytes are kept under these digests."""
    return tuple(
        Attachment(part.name, part.media_type, len(part.content), digest, part.inline, part.content_id)
        for part, digest in zip(mail.attachments, digests, strict=True)
    )


def copied(mail: Mail, mailbox: Mailbox, taken: Collection[str]) -> Iterator[Address]:
    """Yield the people a mail was sent to beside the desk, who so take part; `taken` do already.

    Lists and machines are nobody to answer.
    """
    if mail.list_id:
        return
    seen = {address.casefold() for address in taken}
    for one in (*mail.to, *mail.cc):
        key = one.address.casefold()
        if not key or key in seen or mailbox.owns(key) or _NOBODY.match(key):
            continue
        seen.add(key)
        yield one


def is_verified(mail: Mail, mailbox: Mailbox) -> bool:
    """Say whether the server that the mailbox trusts says that the sender's domain stands by this mail.

    Only its first word counts: what stands further down may have been written by the sender.
    """
    wanted = mailbox.trusted_server.strip().casefold()
    if not wanted or mail.sender is None or not mail.authentication:
        return False
    server, _, said = mail.authentication[0].casefold().partition(";")
    if server.split()[:1] != [wanted]:
        return False
    domain = mail.sender.address.rpartition("@")[2].casefold()
    verdicts = (part.split() for part in said.split(";"))
    return any(words[:1] == ["dmarc=pass"] and f"header.from={domain}" in words[1:] for words in verdicts)
