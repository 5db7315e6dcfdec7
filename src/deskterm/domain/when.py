"""Times as people say them, read from words such as "tomorrow 9am"."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import ClassVar, NoReturn

from deskterm.domain.errors import UsageError
from deskterm.domain.plain import clean_line
from deskterm.domain.when_words import (
    ORDINALS,
    clock_of,
    count_of,
    day_number,
    dotted_date,
    is_number,
    month_of,
    months_later,
    split_spans,
    weekday_of,
)

MAX_LENGTH = 100  # characters
MAX_AHEAD = timedelta(days=3660)  # ten years: anything beyond is a slip of the finger

EXAMPLES = ("tomorrow 9am", "in 2h", "fri 14:00", "next monday", "1 dec", "2026-12-01 10:00")

MORNING = time(9)  # the hour of a day that is named without one
HOURS = {
    "morning": MORNING, "noon": time(12), "midday": time(12), "afternoon": time(14), "evening": time(18),
    "night": time(20),
}  # fmt: skip
_END_OF_DAY = time(17)

_TOMORROW = frozenset({"tomorrow", "tmrw", "tmr", "tom"})
_FILLERS = frozenset({"at", "on", "the", "of", "by", "in", "this", "coming"})


class WhenError(UsageError):
    """The words name no time ahead: `reason` says why, `understood` is the part that was read, if any."""

    EXAMPLES: ClassVar[tuple[str, ...]] = EXAMPLES

    def __init__(self, text: str, reason: str, understood: str = "") -> None:
        known = f' (understood: "{understood}")' if understood else ""
        examples = ", ".join(self.EXAMPLES)
        # A reason that quotes all that was typed needs no quotation before it.
        shown = f'"{clean_line(text, 40)}"'
        lead = "" if reason.startswith(shown.lower()) else f"{shown}: "
        super().__init__(f"{lead}{reason}{known}. Examples: {examples}.", hint=examples)
        self.reason = reason
        self.understood = understood


def parse_when(
    text: str, now: datetime, zone: tzinfo, *, is_business_day: Callable[[date], bool] | None = None
) -> datetime:
    """Return the time ahead of `now` that `text` means to somebody in `zone`, in UTC.

    A day without an hour is 09:00; an hour without a day is its next occurrence; minutes and hours are
    elapsed time, days and longer keep the time of day. A weekday is its next occurrence, "next friday" that
    of the coming calendar week; "end of day" is 17:00, midnight ends the day it is said of. A local time that
    the clocks skip moves forward, one that comes twice is the first. Business days are Monday to Friday
    unless `is_business_day` knows better.
    Raises WhenError when it is not understood, has passed, or is more than ten years ahead.
    """
    if len(text) > MAX_LENGTH:
        raise WhenError(text, f"a time has at most {MAX_LENGTH} characters")
    reader = _Reader(text, now.astimezone(zone), zone, is_business_day or monday_to_friday)
    try:
        found = reader.read()
    except (OverflowError, ValueError):
        # A date beyond the calendar, such as 30 Feb or the year 9999 in a zone behind UTC.
        reader.fail("there is no such date")
    if found <= now:
        local = found.astimezone(zone)
        reader.fail(f"{local:%Y-%m-%d %H:%M} has passed")
    if found - now > MAX_AHEAD:
        reader.fail("that is more than ten years ahead")
    return found


def monday_to_friday(day: date) -> bool:
    """Say whether a day is a business day where no calendar knows better."""
    return day.weekday() < 5


class _Reader:
    """Takes one word after the other; each either adds to what is known or is refused."""

    def __init__(self, text: str, now: datetime, zone: tzinfo, business: Callable[[date], bool]) -> None:
        self.text = text
        self.now = now
        self.zone = zone
        self.business = business
        self.words = text.lower().replace(",", " ").split()
        self.at = 0
        self.day: date | None = None
        self.clock: time | None = None
        self.vague: time | None = None  # what "evening" means unless an hour is said as well
        self.half_said = False  # am or pm
        self.after = timedelta(0)  # midnight belongs to the day before it
        self.weekday: int | None = None
        self.in_next_week = False
        self.exact: datetime | None = None

    def fail(self, reason: str) -> NoReturn:
        raise WhenError(self.text, reason, clean_line(" ".join(self.words[: self.at]), 60))

    def peek(self, ahead: int = 0) -> str:
        index = self.at + ahead
        return self.words[index] if index < len(self.words) else ""

    def next_are(self, *words: str) -> bool:
        if tuple(self.words[self.at : self.at + len(words)]) != words:
            return False
        self.at += len(words)
        return True

    # -- the whole ---------------------------------------------------------------------------------

    def read(self) -> datetime:
        if not self.words:
            self.fail("no time was given")
        span = self.span()
        if span is not None:
            return span
        while self.at < len(self.words):
            if self.peek() in _FILLERS and self.peek(1):
                self.at += 1
            elif not (self.special() or self.weekday_word() or self.date_words() or self.clock_words()):
                self.fail(f'"{clean_line(self.peek(), 30)}" is no time that is known here')
        return self.result()

    def result(self) -> datetime:
        if self.exact is not None:
            return self.exact.astimezone(UTC)
        if self.clock is None and self.vague is None and self.day is None and self.weekday is None:
            self.fail("no day and no hour was given")
        today = self.now.date()
        if self.day is not None:
            return self.local(self.day)
        if self.weekday is not None and self.in_next_week:
            return self.local(self.monday() + timedelta(days=7 + self.weekday))
        step = 1 if self.weekday is None else 7
        wait = 0 if self.weekday is None else (self.weekday - today.weekday()) % 7
        found = self.local(today + timedelta(days=wait))
        return found if found > self.now else self.local(today + timedelta(days=step))

    def hour(self) -> time:
        if self.clock is None:
            return self.vague or MORNING
        evening = self.vague is not None and self.vague.hour > 12
        if evening and not self.half_said and 1 <= self.clock.hour <= 11:
            return self.clock.replace(hour=self.clock.hour + 12)  # "tonight at 9"
        return self.clock

    def local(self, day: date, clock: time | None = None) -> datetime:
        # fold=0 is what is promised: a skipped time is read with the offset before the change and so lands
        # after it, a time that comes twice is the first.
        return datetime.combine(day + self.after, clock or self.hour(), tzinfo=self.zone).astimezone(UTC)

    def monday(self) -> date:
        today = self.now.date()
        return today - timedelta(days=today.weekday())

    def set_day(self, day: date) -> bool:
        if self.day is not None or self.weekday is not None:
            self.fail("two days were given")
        self.day = day
        return True

    def set_clock(self, clock: time, half_said: bool = True) -> bool:
        if self.clock is not None:
            self.fail("two hours were given")
        self.clock = clock
        self.half_said = half_said
        return True

    # -- spans: in 2 hours -------------------------------------------------------------------------

    def span(self) -> datetime | None:
        """Read the whole text as a time from now, or nothing of it."""
        business = self.business_days()
        if business is not None:
            return business
        words = " ".join(self.words)
        given = words.startswith(("in ", "+"))
        parts = split_spans(words.removeprefix("in ").removeprefix("+"))
        if not parts:
            if given:
                self.at = 1
                self.fail("a number and a unit should follow, such as 2 hours or 30m")
            return None
        self.at = len(self.words)
        total = dict.fromkeys(("minutes", "hours", "days", "weeks", "months", "years"), 0.0)
        for number, unit in parts:
            if number > 100_000:
                self.fail("that is more than ten years ahead")
            total[unit] += number
        if any(total[unit] % 1 for unit in ("days", "weeks", "months", "years")):
            self.fail("days and longer come in whole numbers")
        day = months_later(self.now.date(), int(total["years"]) * 12 + int(total["months"]))
        day += timedelta(days=total["days"], weeks=total["weeks"])
        start = self.now.astimezone(UTC)
        if day != self.now.date():
            start = self.local(day, self.now.time())
        return start + timedelta(hours=total["hours"], minutes=total["minutes"])

    def business_days(self) -> datetime | None:
        """Read "in 3 business days", or nothing: so many days that are worked later, at this time of day."""
        words = self.words[self.words[0] == "in" :]
        if len(words) != 3 or words[1] not in ("business", "working") or words[2] not in ("day", "days"):
            return None
        count = count_of(words[0])
        if count is None:
            return None
        self.at = len(self.words)
        if count > MAX_AHEAD.days:
            self.fail("that is more than ten years ahead")
        ahead = (self.now.date() + timedelta(days=number) for number in range(1, MAX_AHEAD.days))
        worked = (one for one in ahead if self.business(one))
        day = next(islice(worked, count - 1, None), None)
        return self.local(day, self.now.time()) if day else self.fail("so many business days never come")

    # -- days --------------------------------------------------------------------------------------

    def special(self) -> bool:
        """Read the days and hours that have a name of their own."""
        today = self.now.date()
        word = self.peek()
        if word in ("today", "tonight") or word in _TOMORROW:
            self.at += 1
            self.vague = HOURS["night"] if word == "tonight" else self.vague
            return self.set_day(today + timedelta(days=word in _TOMORROW))
        if self.next_are("day", "after", "tomorrow"):
            return self.set_day(today + timedelta(days=2))
        if word == "yesterday" or (word == "last" and self.peek(1)):
            self.fail("that has passed")
        if word in HOURS:
            self.at += 1
            self.vague = HOURS[word]
            return True
        if word == "midnight":
            self.at += 1
            self.after = timedelta(days=1)
            return self.set_clock(time(0))
        if self.next_are("end", "of") or word in ("eod", "eow", "eom"):
            return self.end_of(word)
        if self.next_are("next", "business", "day") or self.next_are("next", "working", "day"):
            ahead = (today + timedelta(days=number) for number in range(1, 60))
            day = next((one for one in ahead if self.business(one)), None)
            return self.set_day(day) if day else self.fail("no business day in the next two months")
        return self.next_span(today)

    def next_span(self, today: date) -> bool:
        if self.next_are("next", "week"):
            self.in_next_week = True
            return self.weekday is not None or self.set_day(self.monday() + timedelta(days=7))
        if self.next_are("next", "month"):
            return self.set_day(months_later(today.replace(day=1), 1))
        if self.peek() == "next" and weekday_of(self.peek(1)) is not None:
            self.at += 1
            self.in_next_week = True
            return True
        return False

    def end_of(self, word: str) -> bool:
        today = self.now.date()
        unit = {"eod": "day", "eow": "week", "eom": "month"}.get(word, "")
        if unit:
            self.at += 1
        else:
            self.at += self.peek() == "the"
            unit = self.peek()
            self.at += unit in ("day", "week", "month")
        if unit == "day":
            self.vague = _END_OF_DAY
            return True
        if unit == "week":  # at the weekend that of the coming one
            return self.set_day(self.monday() + timedelta(days=4 + 7 * (today.weekday() > 4)))
        if unit == "month":
            return self.set_day(today.replace(day=calendar.monthrange(today.year, today.month)[1]))
        return self.fail("the end of a day, a week or a month is known")

    def weekday_word(self) -> bool:
        weekday = weekday_of(self.peek())
        if weekday is None:
            return False
        self.at += 1
        if self.in_next_week and self.day == self.monday() + timedelta(days=7):
            self.day = None  # "next week friday": the week was named first
        if self.day is not None or self.weekday is not None:
            self.fail("two days were given")
        self.weekday = weekday
        return True

    def date_words(self) -> bool:
        """Read 2026-12-01 (with `T10:00` as well), 1.12.2026, 1 dec, dec 1st, 1st of dec 2027, the 15th."""
        word = self.peek()
        if len(word) >= 10 and word[4] == word[7] == "-" and word[:4].isdigit():
            self.at += 1
            if len(word) == 10:
                return self.set_day(date.fromisoformat(word))
            found = datetime.fromisoformat(word.upper())
            self.set_day(found.date())
            self.set_clock(found.time())
            self.exact = found if found.tzinfo is not None else None
            return True
        if "/" in word and word[0].isdigit():
            self.fail("which is the month? Write 1 dec, 1.12. or 2026-12-01")
        if dotted := dotted_date(word):
            self.at += 1
            told, of, year = dotted
            return self.set_day(date(year, of, told) if year else self.dated(of, told))
        gap = 2 if self.peek(1) == "of" else 1  # the 1st of December
        first, second = day_number(word), day_number(self.peek(gap))
        month = month_of(self.peek(gap)) if first else month_of(word)
        number = first or second
        if month is None and first and word.endswith(ORDINALS) and self.day is None:
            self.at += 1
            return self.set_day(self.next_dated(first))
        if month is None or number is None:
            return False
        self.at += gap + 1
        return self.set_day(self.dated(month, number))

    def dated(self, month: int, number: int) -> date:
        today = self.now.date()
        year = self.peek()
        if len(year) == 4 and is_number(year):
            self.at += 1
            return date(int(year), month, number)
        for candidate in range(today.year, today.year + 9):  # 29 Feb may be eight years away
            if number <= calendar.monthrange(candidate, month)[1] and date(candidate, month, number) >= today:
                return date(candidate, month, number)
        raise ValueError("no such day")

    def next_dated(self, number: int) -> date:
        """Return the next day of that number, in this month or in one that has it."""
        today = self.now.date()
        for ahead in range(4):
            first = months_later(today.replace(day=1), ahead)
            last = calendar.monthrange(first.year, first.month)[1]
            if number <= last and first.replace(day=number) >= today:
                return first.replace(day=number)
        raise ValueError("no such day")

    # -- hours -------------------------------------------------------------------------------------

    def clock_words(self) -> bool:
        word = self.peek()
        taken = 1
        if self.peek(1) in ("am", "pm", "a.m.", "p.m.") and word[-1:].isdigit():
            word += self.peek(1)
            taken = 2
        # A bare number is an hour once there is a day for it to belong to.
        found = clock_of(word, bare=self.day is not None or self.weekday is not None)
        if found is None:
            return False
        self.at += taken
        return self.set_clock(*found)
