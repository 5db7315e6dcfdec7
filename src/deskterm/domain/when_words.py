"""The single words of a time: weekdays, months, hours, and numbers with their units."""

from __future__ import annotations

import calendar
import re
from datetime import date, time

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_WEEKDAYS = {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip

_UNITS = {
    "m": "minutes", "min": "minutes", "mins": "minutes", "minute": "minutes", "minutes": "minutes",
    "h": "hours", "hr": "hours", "hrs": "hours", "hour": "hours", "hours": "hours",
    "d": "days", "day": "days", "days": "days",
    "w": "weeks", "wk": "weeks", "wks": "weeks", "week": "weeks", "weeks": "weeks",
    "month": "months", "months": "months", "y": "years", "year": "years", "years": "years",
}  # fmt: skip


_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 2
    )
}


def split_spans(words: str) -> list[tuple[float, str]]:
    """Return the numbers and units of "2 hours 30m", empty when there is anything else."""
    found: list[tuple[float, str]] = []
    number = ""
    for token in _tokens(words):
        token = _NUMBERS.get(token, token)
        if token == "half" or is_number(token.replace(".", "", 1)):
            if number:
                return []
            number = "0.5" if token == "half" else token
        elif token in ("a", "an", "one"):
            number = number or "1"  # an hour, half an hour
        elif token in _UNITS and number:
            found.append((float(number), _UNITS[token]))
            number = ""
        elif token != "and" or not found:
            return []
    return [] if number else found


def _tokens(words: str) -> list[str]:
    """Return the runs of digits (with a point) and of other characters, spaces left out."""
    tokens: list[str] = []
    last = " "
    for char in words:
        digit = char in "0123456789."
        if char != " " and last != " " and digit == (last in "0123456789."):
            tokens[-1] += char
        elif char != " ":
            tokens.append(char)
        last = char
    return tokens


def is_number(word: str) -> bool:
    """Return whether the word is plain digits."""
    return word.isascii() and word.isdigit()


def weekday_of(word: str) -> int | None:
    """Return 0 for Monday to 6 for Sunday, None for another word."""
    if word in _SHORT_WEEKDAYS:
        return _SHORT_WEEKDAYS[word]
    return next((index for index, name in enumerate(_WEEKDAYS) if word in (name, name[:3])), None)


def month_of(word: str) -> int | None:
    """Return 1 for January to 12 for December, None for another word."""
    word = "sep" if word == "sept" else word.rstrip(".")
    return next((index for index, name in enumerate(_MONTHS, 1) if word in (name, name[:3])), None)


ORDINALS = ("st", "nd", "rd", "th")


def count_of(word: str) -> int | None:
    """Return the number of 3 or three, None for another word and for 0."""
    word = {"a": "1", "one": "1"}.get(word, _NUMBERS.get(word, word))
    return int(word) if is_number(word) and len(word) <= 5 and int(word) > 0 else None


def dotted_date(word: str) -> tuple[int, int, int] | None:
    """Return day, month and year (0 for none) of 1.12.2026 or 1.12., None for another word.

    1.12 might be an hour: without a year it takes the second point.
    """
    found = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})?", word)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def day_number(word: str) -> int | None:
    """Return the number of 1, 1st or 1., None for another word."""
    for ending in (*ORDINALS, "."):
        word = word.removesuffix(ending)
    return int(word) if is_number(word) and len(word) <= 2 and int(word) > 0 else None


def clock_of(word: str, bare: bool) -> tuple[time, bool] | None:
    """Return the time of day of 9am, 14:30 or, when `bare`, 14, and whether am or pm was said; else None."""
    half = next((mark for mark in ("am", "pm", "a.m.", "p.m.") if word.endswith(mark)), "")
    hours, colon, minutes = word.removesuffix(half).partition(":") if half else word.partition(":")
    if not is_number(hours) or len(hours) > 2 or (colon and not (is_number(minutes) and len(minutes) == 2)):
        return None
    if not half and not colon and not bare:
        return None
    hour, minute = int(hours), int(minutes or 0)
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    return (time(hour, minute), half != "") if hour < 24 and minute < 60 else None


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or its last when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
