"""Whether the desk may write by itself: never to a machine, seldom to anybody (SEMANTICS E7)."""

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
    for span, most in PAIR_LIMITS:
        if sum(now - span < at for at in written.about_this) >= most:
            return f"{most} mails about one ticket within {int(span.total_seconds() // 60)} minutes"
    return ""
