"""When the calendars of the policy are open around now, kept for the first page, which reads no policy."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from deskterm.domain.left import day_of
from deskterm.domain.policy import Policy
from deskterm.domain.terms import calendars
from deskterm.storage.codec import to_ms
from deskterm.storage.tables import meta

KEY = "known_hours"
BACK, AHEAD, SPARE = timedelta(days=100), timedelta(days=500), timedelta(days=300)
"""How much is kept, before and after now, and how much must be left of it: then it is made anew."""
MINUTE_MS = 60_000


def fresh(connection: Connection, policy: Policy, now: datetime) -> bool:
    """Say whether what is kept is that of a policy and reaches far enough."""
    found = connection.execute(select(func.substr(meta.c.value, 1, 60)).where(meta.c.key == KEY)).scalar()
    version, _, rest = str(found or "").partition(" ")
    until = rest.partition(" ")[0]
    far = to_ms(now + SPARE) // MINUTE_MS
    return version == str(policy.version) and until.isdecimal() and int(until) >= far


def made(policy: Policy, now: datetime) -> str:
    """Return what is to be kept: version, until when, and by SLA policy when its calendar is open."""
    begins, ends = now - BACK, now + AHEAD
    places: dict[str, int] = {}
    hours: list[tuple[int, list[int], list[int]]] = []
    by: dict[str, int] = {}
    for name, calendar in calendars(policy).items():
        if calendar.name not in places:
            spans = list(calendar.open_spans(begins, ends))
            opens = [to_ms(span.start) // MINUTE_MS for span in spans]
            closes = [to_ms(span.end) // MINUTE_MS for span in spans]
            places[calendar.name] = len(hours)
            hours.append((day_of(calendar), opens, closes))
        by[name] = places[calendar.name]
    first, last = to_ms(begins) // MINUTE_MS + 1, to_ms(ends) // MINUTE_MS
    kept = {"begins": first, "by": by, "hours": hours}
    return f"{policy.version} {last} {json.dumps(kept, separators=(',', ':'))}"


def keep(connection: Connection, value: str) -> None:
    """Keep it in place of what was."""
    connection.execute(delete(meta).where(meta.c.key == KEY))
    connection.execute(insert(meta), {"key": KEY, "value": value})
