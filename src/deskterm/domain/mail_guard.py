"""What keeps mail from going round and flooding: what the desk writes by itself, and what comes in (E7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)

TO_ONE = 1
"""Automatic mails an hour to the same address."""

OF_THE_DESK = 200
"""Automatic mails an hour of the whole desk."""

PAIR_LIMITS = (
    (timedelta(minutes=10), 10),
    (timedelta(minutes=30), 15),
    (timedelta(minutes=60), 25),
    (timedelta(minutes=180), 50),
    (timedelta(minutes=600), 100),
)
"""Mails about one ticket to one address, in spans: more than that is a loop (SEMANTICS E7)."""

LONGEST_SPAN = PAIR_LIMITS[-1][0]


@dataclass(frozen=True, slots=True)
class Written:
    """What the desk wrote by itself lately: to this address, in all, and when about this ticket."""

    to_them: int = 0
    in_all: int = 0
    about_this: Sequence[datetime] = ()


def why_silent(written: Written, now: datetime, *, machine: str = "", answers: bool = True) -> str:
    """Say why the desk says nothing by itself, "" when it may.

    `machine` is why nobody reads there. What is no answer to a customer, such as a reminder to an agent, is
    only kept from looping.
    """
    if machine:
        return machine
    if answers and written.to_them >= TO_ONE:
        return "one automatic mail an hour is enough"
    if answers and written.in_all >= OF_THE_DESK:
        return f"the desk has sent {OF_THE_DESK} automatic mails within an hour"
    return _too_many(written.about_this, now, "about one ticket")


def _too_many(times: Sequence[datetime], now: datetime, what: str) -> str:
    for span, most in PAIR_LIMITS:
        if sum(now - span < at for at in times) >= most:
            return f"{most} mails {what} within {int(span.total_seconds() // 60)} minutes"
    return ""


# What comes in

OPENED = 20
"""Tickets an hour that the mail of one sender may open, unless the mailbox says otherwise."""


def why_held(sender: str, times: Sequence[datetime], now: datetime) -> str:
    """Say why one more mail of a sender does not join a ticket, "" when it may; `times` are those before."""
    return _too_many(times, now, f"from {sender or 'mail systems'} on one ticket")


def why_not_opened(sender: str, lately: int, active: int, *, an_hour: int, most_open: int) -> str:
    """Say why one more mail of a sender opens no ticket, "" when it may.

    `lately` are their tickets and held mails of the last hour: who goes on is not let in again by and by.
    `active` are their tickets that are not solved. Limits of 0 do not hold.
    """
    if 0 < an_hour <= lately:
        return f"{an_hour} tickets within an hour by mail from {sender}"
    if 0 < most_open <= active:
        return f"{most_open} tickets of {sender} are open already"
    return ""
