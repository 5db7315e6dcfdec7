"""What changes a calendar's usual week: holidays, listed or of a place, and dates with hours of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from deskterm.domain.hours import CLOSED, Hours, joined


class HolidaySource(Protocol):
    """Knows the holidays of countries. It must answer the same whenever it is asked the same."""

    def __call__(self, country: str, region: str, year: int, /) -> Mapping[date, str]:
        """Return the holidays of a year with their names; region "" asks for those of the whole country."""
        ...


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """A listed date on which the desk is closed."""

    day: date
    name: str


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A country whose holidays are observed, and with a region that region's too: codes such as DE and BY."""

    country: str
    region: str = ""

    def __str__(self) -> str:
        return f"{self.country}-{self.region}" if self.region else self.country


@dataclass(frozen=True, slots=True, order=True)
class SpecialDay:
    """A date with hours of its own, which win over weekday and holidays; no hours close it."""

    day: date
    name: str
    hours: Hours = CLOSED

    def __post_init__(self) -> None:
        object.__setattr__(self, "hours", joined(self.hours, self.day.isoformat()))


class Cause(StrEnum):
    """Why a calendar is closed at a moment."""

    OUTSIDE_HOURS = "outside hours"
    CLOSED_DAY = "closed day"
    HOLIDAY = "holiday"
    SPECIAL_DAY = "special day"


@dataclass(frozen=True, slots=True)
class DayPlan:
    """The hours of one date, why it is closed outside them, and the name of the holiday or special day."""

    hours: Hours
    cause: Cause
    name: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """An open stretch of time, from `start` up to, not including, `end`, in UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class ClosedSpan(Span):
    """A closed stretch of time with one cause; `name` is that of the holiday or special day, else ""."""

    cause: Cause
    name: str = ""
