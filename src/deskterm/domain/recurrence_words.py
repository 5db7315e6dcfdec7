"""Reading what comes again: every how many of what, on which days, at what hour, from and until."""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo
from typing import NoReturn

from deskterm.domain.plain import clean_line
from deskterm.domain.recurrence import (
    BUSINESS,
    LAST,
    MONTHS,
    WORKING,
    Recurrence,
    RecurrenceError,
    Unit,
    ordinal,
)
from deskterm.domain.when import HOURS, MAX_LENGTH, MORNING, WhenError, parse_when
from deskterm.domain.when_words import clock_of, day_number, is_number, month_of, weekday_of

_ONCE = {
    "daily": (1, Unit.DAY),
    "weekly": (1, Unit.WEEK),
    "fortnightly": (2, Unit.WEEK),
    "biweekly": (2, Unit.WEEK),
    "monthly": (1, Unit.MONTH),
    "quarterly": (3, Unit.MONTH),
    "yearly": (1, Unit.YEAR),
    "annually": (1, Unit.YEAR),
    "weekdays": (1, Unit.WEEK),
}
LEADS = frozenset({"every", "each", *_ONCE})
"""The words that what comes again begins with."""

_UNITS = {
    "day": (1, Unit.DAY),
    "week": (1, Unit.WEEK),
    "fortnight": (2, Unit.WEEK),
    "month": (1, Unit.MONTH),
    "quarter": (3, Unit.MONTH),
    "year": (1, Unit.YEAR),
}
_TOO_OFTEN = frozenset({"minute", "hour", "second", "min", "hr"})
_WORKING = ("business", "working", "work")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": LAST}
_FILLERS = frozenset({"on", "the", "of", "in", "and", "&", "every", "each", "month", "a", "by"})
MOST = 366
"""Periods between two times, at most."""


class Reader:
    """Takes one word after the other; each either adds to what is known or is refused."""

    def __init__(self, text: str, now: datetime, zone: tzinfo, limit: int = MAX_LENGTH) -> None:
        self.text, self.now, self.zone, self.limit = text, now, zone, limit
        cleaned = clean_line(text[: limit + 1]).casefold().replace(",", " ").replace("–", "-")
        self.words = cleaned.split()
        self.at = 0
        self.every = 1
        self.unit: Unit | None = None
        self.weekdays: set[int] = set()
        self.days: set[int] = set()
        self.nth: list[tuple[int, int]] = []
        self.month = 0
        self.clock: time | None = None
        self.start: date | None = None
        self.end: date | None = None

    def fail(self, reason: str) -> NoReturn:
        raise RecurrenceError(self.text, reason, clean_line(" ".join(self.words[: self.at]), 60))

    def peek(self, ahead: int = 0) -> str:
        index = self.at + ahead
        return self.words[index] if index < len(self.words) else ""

    def read(self) -> Recurrence:
        """Return what the words mean. Raises RecurrenceError."""
        if len(self.text) > self.limit:
            self.fail(f"a time has at most {self.limit} characters")
        if self.peek() not in LEADS:
            self.fail('what comes again begins with "every"')
        self._lead()
        while self.at < len(self.words):
            if not (self._hour() or self._bounds() or self._day()):
                word = self.peek()
                if word in _FILLERS and (self.peek(1) or (word == "month" and (self.days or self.nth))):
                    self.at += 1
                else:
                    self.fail(f'"{clean_line(self.peek(), 30)}" is no part of a time that comes again')
        return self._result()

    # -- how often ---------------------------------------------------------------------------------

    def _lead(self) -> None:
        word = self.peek()
        self.at += 1
        if word in _ONCE:
            self.every, self.unit = _ONCE[word]
            if word == "weekdays":
                self.weekdays |= set(WORKING)
            return
        number = self._number()
        if number is not None:
            self.every = number
        self._unit()
        if number is not None and self.unit is None and not self.weekdays:
            self.fail("how many of what? Days, weeks, months or years")

    def _number(self) -> int | None:
        """Read 2, two, other or 2nd, when what follows is counted."""
        word, following = self.peek(), _singular(self.peek(1))
        counted = following in _UNITS or following in _TOO_OFTEN or following in _WORKING
        weekday = weekday_of(following) is not None
        if weekday and (word == "other" or (is_number(word) and len(word) <= 3)):
            number = 2 if word == "other" else int(word)
            self.unit = Unit.WEEK
        elif word == "other" and counted:
            number = 2
        elif not counted:
            return None
        elif is_number(word) and len(word) <= 4:
            number = int(word)
        elif word in _NUMBERS:
            number = _NUMBERS.index(word) + 1
        elif (_ORDINALS.get(word) or 0) > 1:
            number = _ORDINALS[word]
        elif (day_number(word) or 0) > 1 and word[-1:] in "dht":
            number = day_number(word) or 0
        else:
            return None
        self.at += 1
        if not 1 <= number <= MOST:
            self.fail(f"1 to {MOST} is what can be counted")
        return number

    def _unit(self) -> None:
        word, following = self.peek(), _singular(self.peek(1))
        if word in _WORKING and following == "day":
            self.at += 2
            if self.every > 1:
                self.fail("only every business day can be counted")
            self.unit = Unit.BUSINESS_DAY
            return
        word = _singular(word)
        if word in _TOO_OFTEN:
            self.fail("every day is the most often that is known here")
        if word in _UNITS:
            many, self.unit = _UNITS[word]
            self.every *= many
            self.at += 1
        elif word in ("weekday", "weekend"):
            self.weekdays |= set(WORKING) if word == "weekday" else {5, 6}
            self.unit = Unit.WEEK
            self.at += 1

    # -- on which days -----------------------------------------------------------------------------

    def _day(self) -> bool:
        return self._weekday() or self._which() or self._month() or self._number_of_month()

    def _weekday(self) -> bool:
        word = self.peek()
        first, dash, last = word.partition("-")
        begin, finish = weekday_of(_singular(first)), weekday_of(_singular(last)) if dash else None
        if begin is None or (dash and finish is None):
            return False
        self.at += 1
        if finish is None:
            self.weekdays.add(begin)
        else:
            span = (finish - begin) % 7
            self.weekdays |= {(begin + step) % 7 for step in range(span + 1)}
        return True

    def _which(self) -> bool:
        """Read first monday, last day, last business day, 2nd tue."""
        word = self.peek()
        which = _ORDINALS.get(word) or (day_number(word) if word.endswith(("st", "nd", "rd", "th")) else None)
        if which is None:
            return False
        following, beyond = _singular(self.peek(1)), _singular(self.peek(2))
        weekday = weekday_of(following)
        if following in _WORKING and beyond == "day":
            weekday = BUSINESS
        if weekday is not None:
            if which not in (1, 2, 3, 4, LAST):
                self.fail(f"the {ordinal(which)} of its kind does not come in every month")
            self.at += 3 if weekday == BUSINESS else 2
            rest = self.words[self.at :]
            if self.unit is None and which not in (1, LAST) and "month" not in rest:
                name = following if weekday != BUSINESS else "business day"
                self.fail(f'say "every 2 weeks {name}" or "every month on the {word} {name}"')
            self.nth.append((which, weekday))
            return True
        if following == "day" and which in (1, LAST):
            self.at += 2
            self.days.add(which)
            return True
        if which == LAST:
            self.fail("the last of what? A day, a weekday, a business day")
        return False

    def _number_of_month(self) -> bool:
        """Read 1st, 15, day 15; a bare number only where a day of the month is still missing."""
        ahead = 1 if self.peek() == "day" else 0
        word = self.peek(ahead)
        number = day_number(word)
        if number is None or self.unit in (Unit.DAY, Unit.WEEK, Unit.BUSINESS_DAY):
            return False
        if number > 31:
            self.fail("a month has 31 days at most")
        self.days.add(number)
        self.at += ahead + 1
        return True

    def _month(self) -> bool:
        """Read 24 dec, december 24, 1st of january: a day of the year."""
        gap = 2 if self.peek(1) == "of" else 1
        first, second = day_number(self.peek()), day_number(self.peek(gap))
        month = month_of(self.peek(gap)) if first else month_of(self.peek())
        number = first or second
        if month is None or number is None:
            return False
        if self.month:
            self.fail("two days of the year were given")
        if number > _longest(month):
            self.fail(f"{MONTHS[month - 1].capitalize()} has {_longest(month)} days")
        self.at += gap + 1
        self.month = month
        self.days.add(number)
        return True

    # -- at what hour, from and until --------------------------------------------------------------

    def _hour(self) -> bool:
        at = self.peek() == "at"
        if at:
            self.at += 1
        word, taken = self.peek(), 1
        if self.peek(1) in ("am", "pm", "a.m.", "p.m.") and word[-1:].isdigit():
            word, taken = word + self.peek(1), 2
        if word in HOURS:
            return self._set_hour(HOURS[word], 1)
        if word == "midnight":
            return self._set_hour(time(0), 1)
        month = self.unit in (Unit.MONTH, Unit.YEAR, None) and not (self.days or self.nth or self.weekdays)
        found = clock_of(word, bare=at or (not month and self.clock is None))
        if found is None or month_of(self.peek(1)) is not None:
            return self.fail("at what hour?") if at else False
        return self._set_hour(found[0], taken)

    def _set_hour(self, clock: time, taken: int) -> bool:
        if self.clock is not None:
            self.fail("two hours were given")
        self.clock = clock
        self.at += taken
        return True

    def _bounds(self) -> bool:
        word = self.peek()
        if word in ("from", "starting", "beginning", "since"):
            self.at += 1 + (self.peek(1) in ("on", "from"))
            self.start = self._date()
            return True
        if word in ("until", "till", "ending", "to"):
            self.at += 1
            self.end = self._date()
            return True
        return False

    def _date(self) -> date:
        """Read a date: as many of the words as make one."""
        try:
            found = date.fromisoformat(self.peek())
        except ValueError:
            found = None
        if found is not None:
            self.at += 1
            return found
        for count in range(min(4, len(self.words) - self.at), 0, -1):
            words = " ".join(self.words[self.at : self.at + count])
            try:
                at = parse_when(words, self.now, self.zone)
            except WhenError:
                continue
            self.at += count
            return at.astimezone(self.zone).date()
        self.fail("a date should follow, such as 2026-12-01 or 1 dec")

    # -- together ----------------------------------------------------------------------------------

    def _result(self) -> Recurrence:
        unit = self._whole_unit()
        clock = self.clock or MORNING
        if self.start and self.end and self.end < self.start:
            self.fail("it ends before it begins")
        today = self.start or self.now.date()
        weekdays, days, month = self.weekdays, self.days, self.month
        if unit is Unit.WEEK:
            weekdays = weekdays or {today.weekday()}
        elif unit is Unit.MONTH:
            days = days or (set() if self.nth else {today.day})
        elif unit is Unit.YEAR:
            month, days = month or today.month, days or {today.day}
        return Recurrence(
            unit,
            self.every,
            tuple(sorted(weekdays)),
            tuple(sorted(days)),
            tuple(dict.fromkeys(self.nth)),
            month,
            clock,
            self.start,
            self.end,
        )

    def _whole_unit(self) -> Unit:
        """Return what comes again, from the unit and the days that were named."""
        monthly = bool(self.days or self.nth)
        unit = self.unit
        if unit is None:
            unit = (
                Unit.YEAR if self.month else Unit.MONTH if monthly else Unit.WEEK if self.weekdays else None
            )
        if unit is None:
            self.fail("every what? A day, a weekday, a week, a month")
        if unit in (Unit.DAY, Unit.BUSINESS_DAY) and (self.weekdays or monthly):
            self.fail(f"every {unit} has no other days")
        if unit is Unit.WEEK and (monthly or self.month):
            self.fail("a week has weekdays, and no days of the month")
        if unit is Unit.MONTH and (self.weekdays or self.month):
            which = 'say which, such as "first monday"' if self.weekdays else 'say "every year"'
            self.fail(f"of a month, {which}")
        if unit is Unit.YEAR and (self.weekdays or self.nth):
            self.fail("of a year, say the day and the month")
        if unit is Unit.YEAR and self.days and not self.month:
            self.fail("of a year, say the month too")
        return unit


def _singular(word: str) -> str:
    plural = len(word) > 3 and word.endswith("s") and not word.endswith("ss") and weekday_of(word) is None
    return word[:-1] if plural else word


def _longest(month: int) -> int:
    return 29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31
