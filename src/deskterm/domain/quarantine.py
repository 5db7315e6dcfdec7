"""Quarantine: what is known of a mail that could not be handled and waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

WAITING, STORED, DISCARDED = "waiting", "stored", "discarded"

SAID_LIMIT = 300
"""Characters of a reason, sender or subject that are kept beside the bytes."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One mail in quarantine: when it came to which mailbox, and why it could not be handled.

    `queue` is where its ticket would be opened ("" the first queue); `ticket` is where a retry put it.
    """

    number: int
    at: datetime
    mailbox: str
    queue: str
    reason: str
    sender: str
    subject: str
    size: int
    state: str = WAITING
    ticket: int | None = None
