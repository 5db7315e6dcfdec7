"""Time worked on tickets: reading what is typed, entries made, changed and taken away, sums, a stopwatch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NoReturn

from deskterm.domain.errors import NotAllowed, NotFound, Refused
from deskterm.domain.events import Change
from deskterm.domain.people import Role
from deskterm.domain.plain import clean_line
from deskterm.domain.policy import TimeSettings
from deskterm.domain.proposal import Proposal, Situation
from deskterm.domain.ticket import Ticket, Worked
from deskterm.domain.time_commands import ChangeTime, LogTime, RemoveTime
from deskterm.domain.time_words import time_words

HOUR, MINUTE = 3600, 60
LONGEST = 24 * HOUR
"""Seconds in one entry: nobody works longer without sleeping."""
LONGEST_TEXT = 500

EXAMPLES = "such as 25m, 1h30, 1:15 or 0.5h"
DAYS = "such as today, yesterday, monday, 2026-11-20 or yesterday 14:30"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_CLOCK = re.compile(r"([0-9]{1,3}):([0-9]{2})", re.ASCII)
_PARTS = re.compile(
    r"(?:([0-9]{1,4}) ?h(?:ours?|rs?)?)? ?(?:([0-9]{1,5}) ?(?:m(?:in(?:utes?)?)?)?)?", re.ASCII
)
_SHARE = re.compile(r"([0-9]{0,4})[.,]([0-9]{1,4}) ?h(?:ours?|rs?)?", re.ASCII)
_HOUR_OF_DAY = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is read: on which ticket it was made, and who worked and who changed it by login."""

    ticket: int
    worked: Worked
    agent: str
    changed_by: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """How long was worked in a period, by whom or for whom (`name`), on how many tickets.

    `most` are the numbers of those that it was most on, as far as somebody asks.
    """

    name: str
    seconds: int
    tickets: int
    most: tuple[int, ...] = ()


# What is typed


def read_worked(text: str) -> int:
    """Return the seconds that a typed time means; a bare number is minutes. Raises Refused with why not."""
    said = " ".join(text.casefold().split())
    if not said:
        _wrong("how long is missing")
    seconds = _seconds(said)
    shown = clean_line(text.strip(), 30)
    if seconds is None:
        _wrong(f"{shown!r} is no time worked")
    if seconds < 1:
        _wrong(f"{shown!r} is no time at all")
    if seconds > LONGEST:
        _wrong(f"{shown!r} is more than 24 hours in one entry", "split it over the days it was worked on")
    return seconds


def _seconds(said: str) -> int | None:
    if (found := _CLOCK.fullmatch(said)) is not None:
        hours, minutes = int(found[1]), int(found[2])
        if minutes > 59:
            _wrong(f"{said!r} has more than 59 minutes in its hour")
        return hours * HOUR + minutes * MINUTE
    if (found := _SHARE.fullmatch(said)) is not None:
        return round(float(f"{found[1] or 0}.{found[2]}") * HOUR)
    if (found := _PARTS.fullmatch(said)) is not None and (found[1] or found[2]):
        return int(found[1] or 0) * HOUR + int(found[2] or 0) * MINUTE
    return None


def read_day(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Return when it was worked, in UTC: nothing is now, a day without an hour its noon, or now when that is
    still to come. Raises Refused saying what is wrong."""
    words = text.casefold().split()
    if not words:
        return now
    local = now.astimezone(zone)
    hour: time | None = None
    if (found := _HOUR_OF_DAY.fullmatch(words[-1])) is not None:
        hour = time(int(found[1]), int(found[2]))
        words.pop()
    shown = clean_line(text.strip(), 40)
    if len(words) > 1:
        _wrong(f"{shown!r} is no day", DAYS, "at")
    day = local.date()
    word = words[0] if words else "today"
    if word == "yesterday":
        day -= timedelta(days=1)
    elif word in _WEEKDAYS:
        day -= timedelta(days=(day.weekday() - _WEEKDAYS.index(word)) % 7)
    elif _DATE.fullmatch(word):
        try:
            day = day.fromisoformat(word)
        except ValueError:
            _wrong(f"there is no {word} in the calendar", DAYS, "at")
    elif word == "tomorrow":
        _wrong(f"{shown!r} is still to come", DAYS, "at")
    elif word != "today":
        _wrong(f"{shown!r} is no day", DAYS, "at")
    try:
        at = datetime.combine(day, hour or time(12), zone).astimezone(UTC)
    except (OverflowError, ValueError):
        _wrong(f"there is no {shown} in the calendar", DAYS, "at")
    if hour is None and day == local.date():
        return min(at, now)
    if at > now:
        _wrong(f"{shown!r} is still to come", DAYS, "at")
    return at


def _wrong(message: str, hint: str = EXAMPLES, field: str = "seconds") -> NoReturn:
    raise Refused(message, field=field, hint=hint)


# What is read


def total(entries: Iterable[Worked]) -> int:
    """Return how many seconds entries are together."""
    return sum(one.seconds for one in entries)


def summary(entries: Iterable[Entry]) -> str:
    """Say how long and how many worked: "1h25 · 3 people"; "" when nobody did."""
    found = tuple(entries)
    if not found:
        return ""
    people = len({one.worked.agent for one in found})
    words = time_words(total(one.worked for one in found))
    return f"{words} · {people} {'person' if people == 1 else 'people'}"


def rounded(seconds: int, settings: TimeSettings) -> int:
    """Round counted time up to the policy's unit, within what one entry can hold."""
    unit = settings.round
    if unit:
        seconds = -(-seconds // unit) * unit
    return min(seconds, LONGEST)


# What is done


def log_time(command: LogTime, ticket: Ticket, situation: Situation) -> Proposal:
    """Add an entry of the acting agent's."""
    agent = situation.actor.id
    if agent is None:
        raise Refused("only an agent works on tickets", field="agent")
    at = situation.now if command.at is None else command.at
    seconds = rounded(command.seconds, situation.policy.time) if command.timed else command.seconds
    at = _to_ms(at)
    _check(seconds, at, situation)
    entry = Worked(situation.entry, agent, at, seconds, _said(command.text), command.timed)
    return Proposal("worked", (Change("worked", (), (entry,)),))


def change_time(command: ChangeTime, ticket: Ticket, situation: Situation) -> Proposal:
    """Change how long, when or what an entry says; None leaves each as it is."""
    held = _entry(ticket, command.entry, situation)
    seconds = held.seconds if command.seconds is None else command.seconds
    at = held.at if command.at is None else _to_ms(command.at)
    text = held.text if command.text is None else _said(command.text)
    _check(seconds, at, situation)
    if (seconds, at, text) == (held.seconds, held.at, held.text):
        raise Refused(f"entry {held.id} says that already")
    changed = held._replace(seconds=seconds, at=at, text=text, changed_by=situation.actor.id or 0)
    return Proposal("time_changed", (Change("worked", (held,), (changed,)),))


def remove_time(command: RemoveTime, ticket: Ticket, situation: Situation) -> Proposal:
    """Take an entry away."""
    held = _entry(ticket, command.entry, situation)
    return Proposal("time_removed", (Change("worked", (held,), ()),))


def _entry(ticket: Ticket, number: int, situation: Situation) -> Worked:
    """Return an entry that the actor may change: their own, or anyone's for a lead."""
    held = next((one for one in ticket.worked if one.id == number), None)
    if held is None:
        raise NotFound(f"#{ticket.number} has no time entry {number}", field="entry")
    if held.agent != situation.actor.id and not situation.actor.may(Role.LEAD):
        whose = situation.agents.get(held.agent)
        name = whose.login if whose is not None else "somebody else"
        raise NotAllowed(
            f"{situation.actor.name} may not change {name}'s time: that needs a lead",
            hint="ask a lead or an admin",
        )
    return held


def _to_ms(at: datetime) -> datetime:
    """Return a moment to the millisecond the tables keep."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _said(text: str) -> str:
    return clean_line(" ".join(text.split()), LONGEST_TEXT) if text.strip() else ""


def _check(seconds: int, at: datetime, situation: Situation) -> None:
    if not 1 <= seconds <= LONGEST:
        raise Refused("an entry is between a second and 24 hours long", field="seconds")
    if at > situation.now:
        raise Refused("that is still to come", field="at")


# The timer


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Counts the time between signs of work; a stretch longer than `idle` seconds without one is not counted.

    `since` is the last sign, None while it is paused.
    """

    idle: int
    counted: float = 0.0
    since: datetime | None = None

    def _gap(self, now: datetime) -> float:
        """The seconds since the last sign that count: none when idle, or when a clock was put back."""
        gap = (now - self.since).total_seconds() if self.since is not None else 0.0
        return gap if 0 <= gap <= self.idle else 0.0

    def touched(self, now: datetime) -> Stopwatch:
        """Take a sign of work; a paused one stays paused."""
        if self.since is None:
            return self
        return replace(self, counted=self.counted + self._gap(now), since=now)

    def paused(self, now: datetime) -> Stopwatch:
        """Stop counting until it goes on."""
        return replace(self, counted=self.counted + self._gap(now), since=None)

    def resumed(self, now: datetime) -> Stopwatch:
        """Count from now on."""
        return self if self.since is not None else replace(self, since=now)

    def seconds(self, now: datetime) -> int:
        """Return what has been counted up to a moment."""
        return int(self.counted + self._gap(now))

    def is_idle(self, now: datetime) -> bool:
        """Say whether it waits for a sign of work."""
        return self.since is not None and (now - self.since).total_seconds() > self.idle

    def less(self, seconds: int) -> Stopwatch:
        """Return it without what was taken from it."""
        return replace(self, counted=self.counted - seconds)
