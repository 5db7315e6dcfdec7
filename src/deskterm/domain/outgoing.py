"""What leaves the house: mails and webhooks in the outbox, their states, and when they are tried again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain.mail import Address
from deskterm.domain.ticket import Attachment

if TYPE_CHECKING:
    from deskterm.domain.lists import Row
    from deskterm.domain.ticket import Message

MAIL, WEBHOOK = "mail", "webhook"

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(days=1)
"""How long after a failed attempt the next one comes: doubled each time, up to a day."""

JITTER = 0.25
"""The share of a pause that chance adds, so that not everything comes back at once."""

GIVE_UP = timedelta(days=4)
"""How long something is tried before it has failed; mail servers give up after four or five days too."""

FEWEST = 5
"""Attempts that are made at least: what waited for a server to be there is not given up at the first."""

WORDS_LIMIT = 300
"""Characters that are kept of what a server said."""


SHOWN_SECONDS = timedelta(seconds=120)
"""How long before it leaves the seconds of a mail are shown."""


UNATTENDED_SECONDS = 120
"""After so long it is likely that no process sends at all."""


class OutState(StrEnum):
    """Where something in the outbox stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


PENDING = (OutState.WAITING, OutState.SENDING, OutState.FAILED)
"""States that somebody may have to do something about."""

LEFT = (OutState.SENDING, OutState.SENT)
"""States in which nothing can be called back."""


class Fate(NamedTuple):
    """What became of a message's mail: `at` is when it is tried next or was sent, `words` what was said."""

    number: int
    state: OutState
    at: datetime | None = None
    attempts: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class OutboxLine:
    """One line of the outbox: to whom, about what, and where it stands. `auto` says why the desk wrote it."""

    number: int
    kind: str
    to: str
    state: OutState
    at: datetime
    ticket: int | None = None
    subject: str = ""
    next_at: datetime | None = None
    sent_at: datetime | None = None
    attempts: int = 0
    error: str = ""
    auto: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail that is to be sent now, with everything it says. The same number always has the same id.

    `envelope` are the addresses that have not got it yet; `to` and `cc` are all it is addressed to. `marker`
    names the ticket at the end of the text, for answers of programs that leave the headers out.
    """

    number: int
    message_id: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    envelope: tuple[str, ...]
    subject: str
    text: str
    written_at: datetime
    attempts: int = 1
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    automatic: bool = False
    files: tuple[Attachment, ...] = ()
    marker: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingHook:
    """A webhook that is to be called now: where, and about which ticket as it is; `queue` is its key."""

    number: int
    url: str
    rule: str
    written_at: datetime
    ticket: Row | None = None
    queue: str = ""
    attempts: int = 1


def pause(attempts: int, chance: float) -> timedelta:
    """Return how long to wait after so many attempts; `chance` is from 0 to 1."""
    doubled = FIRST_PAUSE * int(2 ** min(max(0, attempts - 1), 20))
    return min(doubled, LONGEST_PAUSE) * (1 + JITTER * chance)


def fate_words(fate: Fate, now: datetime) -> str:
    """Say what became of a message's mail: "waiting 8 s", "sent", "failed: 550 no such user"."""
    match fate.state:
        case OutState.SENT:
            return "sent"
        case OutState.SENDING:
            return "sending"
        case OutState.FAILED:
            return f"failed: {fate.words}" if fate.words else "failed"
        case OutState.CANCELLED:
            return f"stored, not sent: {fate.words}" if fate.words else "not sent"
    left = (fate.at - now).total_seconds() if fate.at is not None else 0
    if fate.attempts:
        return f"waiting, tried {fate.attempts}×: {fate.words}"
    if left < -UNATTENDED_SECONDS:
        return "waiting for somebody to send it: does deskterm serve run?"
    return f"waiting {_span(left)}" if left > 0 else "waiting"


def line_words(line: OutboxLine, now: datetime) -> str:
    """Say where something in the outbox stands, as of the mail of a message."""
    at = line.sent_at if line.state is OutState.SENT else line.next_at
    said = fate_words(Fate(line.number, line.state, at, line.attempts, line.error), now)
    if line.state is OutState.WAITING and line.attempts and at is not None and at > now:
        return f"{said} · again in {_span((at - now).total_seconds())}"
    return said


def counts_down(messages: Iterable[Message], now: datetime) -> bool:
    """Say whether the mail of one of these messages is about to leave, and its seconds are shown."""
    fates = (message.fate for message in messages)
    return any(
        fate is not None
        and fate.state is OutState.WAITING
        and not fate.attempts
        and fate.at is not None
        and now < fate.at <= now + SHOWN_SECONDS
        for fate in fates
    )


def _span(seconds: float) -> str:
    whole = int(seconds) + (seconds > int(seconds))
    return f"{whole} s" if whole < 120 else f"{whole // 60} min"
