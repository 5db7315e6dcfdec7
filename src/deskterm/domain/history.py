"""Histories: a ticket's whole past as plain facts, for importers and the demo desk to hand to the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from deskterm.domain.events import Value
from deskterm.domain.mail import Address
from deskterm.domain.proposal import NewMessage


@dataclass(frozen=True, slots=True)
class Work:
    """Time that the actor of a fact worked until then; `timed` when the timer counted it."""

    seconds: int
    text: str = ""
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """What a message of a side conversation is beside its text: of which, by its subject, whom it brings in,
    and who wrote it, None for the fact's actor."""

    subject: str
    people: tuple[Address, ...] = ()
    writer: Address | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of a past: `values` are what fields became (set fields: the full new set).

    `queue` values are queue names and `owner` values agent logins; the first fact is "created" and holds
    subject, state, priority, impact, urgency, queue and created_at. `actor` is a login, None the desk.
    `steps` values say (step, state, when, login of who marked it, what was said). `work` is an entry of time
    worked, `beside` says of which side conversation the message is.
    """

    at: datetime
    kind: str
    values: Mapping[str, Value]
    actor: str | None = None
    message: NewMessage | None = None
    work: Work | None = None
    beside: Beside | None = None


@dataclass(frozen=True, slots=True)
class History:
    """One ticket's past. `requester` is (name, address, organization); a known `external_id` is skipped."""

    requester: tuple[str, str, str]
    facts: tuple[Fact, ...]
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What became of the histories: tickets written, those known already, and events written."""

    written: int
    skipped: int
    events: int
