"""`policy holidays`: on which days calendars stay closed, to be looked at before anything goes by them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from deskterm.cli.session import Session
from deskterm.domain.errors import UsageError
from deskterm.domain.plain import clean_line
from deskterm.machine import utc_now

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar
    from deskterm.domain.policy import Policy

COLUMNS = ("DAY", "", "CALENDAR", "HOURS", "WHY")


def years_of(session: Session) -> tuple[int, ...]:
    """Return the years that are asked for: this one and the next unless one is named."""
    year = session.options.year
    if year is None:
        this = utc_now().year
        return (this, this + 1)
    if not 1900 <= year <= 2200:
        raise UsageError(f"{year} is no year that calendars are kept for", field="year")
    return (year,)


def imported(session: Session, text: str) -> int:
    """Write the holidays of an iCalendar file as a policy file says them; nothing is kept by that."""
    from deskterm.channels.ical import holidays_of

    found = holidays_of(text, years_of(session))
    if session.out.json:
        session.out.emit(
            {
                "holidays": [{"day": one.day.isoformat(), "name": one.name} for one in found.holidays],
                "left_out": list(found.left_out),
            }
        )
        return 0
    session.out.line("holidays = [")
    for one in found.holidays:
        name = json.dumps(one.name, ensure_ascii=False)
        session.out.line(f"  {{ day = {one.day.isoformat()}, name = {name} }},  # {one.day:%a}")
    session.out.line("]")
    for said in found.left_out:
        session.out.say(f"left out: {clean_line(said)}")
    session.out.say("take out what you do not keep, and put the rest under a calendar of the policy file")
    return 0


def listed(session: Session, policy: Policy) -> int:
    """List the days on which the calendars of a policy do not open as their week says, and why."""
    years = years_of(session)
    lines = [(calendar.name, *line) for calendar in policy.calendars for line in _days(calendar, years)]
    lines.sort(key=lambda line: (line[1], line[0]))
    if session.out.json:
        session.out.emit(
            [
                {"day": day.isoformat(), "calendar": name, "hours": hours, "cause": cause, "name": why}
                for name, day, hours, cause, why in lines
            ]
        )
        return 0
    rows = ((f"{day}", f"{day:%a}", name, hours, why) for name, day, hours, _, why in lines)
    if not session.out.table(COLUMNS, rows):
        session.out.say("no calendar has a holiday or a special day then")
    return 0


def _days(calendar: Calendar, years: Sequence[int]) -> Iterator[tuple[date, str, str, str]]:
    from deskterm.domain.closures import Cause

    for year in years:
        day = date(year, 1, 1)
        while day.year == year:
            plan = calendar.plan(day)
            if plan.cause in (Cause.HOLIDAY, Cause.SPECIAL_DAY):
                hours = ", ".join(map(str, plan.hours)) or "closed"
                yield day, hours, plan.cause.value, plan.name
            day += timedelta(days=1)
