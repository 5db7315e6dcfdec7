"""The parts of a policy file that are figures: calendars, targets, SLA policies and the matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Any

from deskterm.domain.calendar import Calendar
from deskterm.domain.closures import Holiday, HolidaySource, Place, SpecialDay
from deskterm.domain.durations import read_duration, read_share, write_duration, write_share
from deskterm.domain.errors import DeskError
from deskterm.domain.hours import ALL_DAY, CLOSED, Hours, parse_hours, week_of
from deskterm.domain.kinds import Level, Priority
from deskterm.domain.policy import ALWAYS, AS_THE_DESK, DEFAULT_SLA, TARGETS, Targets
from deskterm.domain.policy_reader import Part
from deskterm.domain.policy_rules import ALWAYS_NAMES, Names, actions, condition, duration, unique
from deskterm.domain.sla_policy import ANY, BREACHED, SlaPolicy, Threshold

# Calendars


def calendars(part: Part, source: HolidaySource | None) -> tuple[Calendar, ...]:
    """Read [calendars.NAME]."""
    found = []
    unique(part.named("calendars"), "calendars")
    for name, one in part.named("calendars"):
        if name in ALWAYS_NAMES:
            one.fault(None, f"{ALWAYS} is always there and always open", "name it differently")
            continue
        if name.casefold() == AS_THE_DESK:
            one.fault(None, f'"{AS_THE_DESK}" means the calendar of the desk', "name it differently")
        calendar = _calendar(name, one, source)
        # A faulty one stays known by its name, so that those who go by it are not faulty too.
        found.append(calendar or Calendar(name, "UTC", (ALL_DAY,) * 7))
    return tuple(sorted(found, key=lambda calendar: calendar.name))


def _calendar(name: str, part: Part, source: HolidaySource | None) -> Calendar | None:
    before = len(part.reader.faults)
    zone = part.text("zone")
    if not zone:
        part.fault("zone" if "zone" in part else None, "zone is missing", "such as Europe/Berlin")
    hours = part.table("hours")
    days: dict[str, str] = {}
    for day in hours.values:
        days[day] = hours.text(day)
        try:
            week_of({day: days[day]})
        except DeskError as error:
            hours.fault(day, error.message, error.hint)
    holidays = tuple(Holiday(on, one.name()) for on, one in _days(part, "holidays"))
    special = []
    for on, one in _days(part, "special_days"):
        plan: Hours = one.read("hours", lambda text: parse_hours(text), CLOSED)
        special.append(SpecialDay(on, one.name(), plan))
    places = [_place(text) for text in part.words("places")]
    for at, place in enumerate(places):
        _ask(part, at, place, source)
    part.done()
    if len(part.reader.faults) > before:
        if zone:
            _made(part, name, zone, (ALL_DAY,) * 7)
        return None
    return _made(part, name, zone, week_of(days), holidays, tuple(places), tuple(special), source)


def _made(part: Part, name: str, *what: Any) -> Calendar | None:
    """Return a calendar, None when it cannot be; why is told."""
    try:
        return Calendar(name, *what)
    except DeskError as error:
        message = error.message.removeprefix(f"calendar {name}: ").removeprefix(f"calendar {name} ")
        part.fault(error.field if error.field in part else None, message, error.hint)
        return None


def _ask(part: Part, at: int, place: Place, source: HolidaySource | None) -> None:
    """Unknown countries are refused when the file is read, not in the night of their first holiday."""
    if source is None or not place.country:
        return
    try:
        source(place.country, place.region, 2026)
    except DeskError as error:
        part.reader.fault((*part.path, "places", at), error.message, error.hint)


def _days(part: Part, name: str) -> Iterator[tuple[date, Part]]:
    """Iterate the dates of a list, each once, with what else is said of them."""
    seen = set()
    for one in part.tables(name):
        day = _day(one)
        if day in seen:
            one.fault("day", f"{day} is there twice")
        if day is not None:
            seen.add(day)
        yield day or date(2000, 1, 1), one
        one.done()


def _day(part: Part) -> date | None:
    value: Any = part.get("day", object, None)
    if type(value) is date:
        return value
    part.fault("day" if "day" in part else None, "day must be a date, such as day = 2026-12-24")
    return None


def _place(text: str) -> Place:
    country, _, region = text.partition("-")
    return Place(country.strip().upper(), region.strip().upper())


# Targets and SLA policies

LEAST = 15
"""Seconds that a target has at least (SEMANTICS S1)."""


def targets(part: Part, calendar: str, names: Names) -> Mapping[Priority, Targets]:
    """Read targets by priority, each a table of durations in business time of a calendar."""
    found: dict[Priority, Targets] = {}
    for priority in Priority:
        if priority.value not in part:
            continue
        one = part.table(priority.value)
        values = {name: duration(one, name, None, lambda: names.day_of(calendar)) for name in TARGETS}
        for name, seconds in values.items():
            if seconds == 0:
                one.fault(name, "a target of no time is always missed", "leave it out for no target")
            elif seconds is not None and seconds < LEAST and names.agents is not None:
                one.fault(name, f"is less than {LEAST}s: no desk can keep that", "such as 15m")
        one.done()
        found[priority] = Targets(**values)
    part.done(Priority)
    return MappingProxyType(found)


def slas(part: Part, names: Names, calendar: str, risk: float) -> tuple[SlaPolicy, ...]:
    """Read [[sla]], in order."""
    found, parts = [], []
    for one in part.tables("sla"):
        name = one.name()
        parts.append((name, one))
        if name.casefold() == DEFAULT_SLA:
            one.fault("name", f"{DEFAULT_SLA} is what holds where none matches: see [targets]")
        hours = one.read("calendar", names.calendar, calendar)
        when = condition(one, names, of_clocks=False)
        share = one.read("at_risk", _below_one, risk)
        extra = duration(one, "out_of_hours", 0, partial(names.day_of, hours), off=True) or 0
        known = len(one.reader.faults)
        goals = targets(one.table("targets"), hours, names)
        if len(one.reader.faults) == known and not any(
            goal.of(target) for goal in goals.values() for target in TARGETS
        ):
            one.fault("targets" if "targets" in one else None, "has no targets at all")
        steps = one.tables("thresholds")
        levels = tuple(_threshold(level, hours, names) for level in steps)
        if names.agents is not None:
            # What was stored before this was looked at is still read, and rings as it did.
            _rings(zip(steps, levels, strict=True))
        one.done()
        found.append(SlaPolicy(name, when, hours, goals, levels, share, extra))
    unique(parts, "SLA policies")
    return tuple(found)


def _threshold(part: Part, calendar: str, names: Names) -> Threshold:
    target = part.choice("target", (ANY, *TARGETS), ANY)
    share, before = 1.0, None
    written = part.text("at")
    if not written:
        part.fault("at" if "at" in part else None, 'at is missing: expected such as "50%" or "30m before"')
    elif written.endswith("before"):
        shown = written.removesuffix("before").strip()
        before = part.read("at", lambda _: read_duration(shown, _day_in(shown, calendar, names)), 0)
    else:
        share = part.read("at", read_share, 1.0)
        if not 0 < share <= 10:
            part.fault("at", "must be more than 0 % and at most 1000 %")
    level = part.text("level") or _level(share, before)
    if ":" in level:
        part.fault("level", "must not hold a colon")
    done = actions(part, names)
    part.done()
    return Threshold(level, share, before, target, done)


def _rings(steps: Iterable[tuple[Part, Threshold]]) -> None:
    """Make a level a fault that would never ring as it is written."""
    seen = set()
    for part, level in steps:
        if (level.target, level.level) in seen:
            said = f'there are two levels "{level.level}" of {level.target}: only one of them would ring'
            hint = "put all they do into one, or give one of them another level"
            part.fault("level" if "level" in part else "at", said, hint)
        seen.add((level.target, level.level))
        if level.level == BREACHED and (level.before is not None or level.share != 1):
            part.fault("at", "breached is the end of a target, at 100 %", "call this level something else")


def _level(share: float, before: int | None) -> str:
    if before is not None:
        return f"{write_duration(before)} before"
    return BREACHED if share == 1 else write_share(share)


def _day_in(text: str, calendar: str, names: Names) -> int:
    return names.day_of(calendar) if "d" in text.lower() or "w" in text.lower() else 0


def _below_one(text: str) -> float:
    share = read_share(text)
    if not 0 < share <= 1:
        raise ValueError("must be more than 0 % and at most 100 %")
    return share


# Small tables


def matrix(part: Part) -> Mapping[tuple[Level, Level], Priority]:
    """Read [matrix]: a row for each impact, in it a priority for each urgency."""
    found: dict[tuple[Level, Level], Priority] = {}
    for impact in Level:
        row = part.table(impact.value)
        said = row.broken or bool(row.values)
        if not said:
            row.fault(None, f"the priorities of impact {impact} are missing")
        for urgency in Level:
            if said and not row.broken and urgency.value not in row:
                row.fault(None, f"the priority of impact {impact} and urgency {urgency} is missing")
            found[impact, urgency] = Priority(row.choice(urgency.value, tuple(Priority), Priority.P4))
        row.done()
    part.done()
    return MappingProxyType(found)


def weights(part: Part, base: Mapping[Priority, int]) -> Mapping[Priority, int]:
    """Read [weights]: what a ticket of each priority adds to its owner's load."""
    found = {priority: part.get(priority.value, int, base[priority]) for priority in Priority}
    for priority, weight in found.items():
        if not 0 <= weight <= 1000:
            part.fault(priority.value, "must be 0 to 1000")
    part.done()
    return MappingProxyType(found)
