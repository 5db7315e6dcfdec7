"""Dates of mail: the standard's, those that come close, and none where nothing is a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januar janvier enero gennaio janeiro", "feb februar février fev",
            "mar mär mrz märz mars marzo",
            "apr avr abr", "may mai maj mei mayo maggio", "jun juin giu", "jul juil lug", "aug août ago",
            "sep sept set", "oct okt ott out", "nov", "dec dez déc dic",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip

_ZONES = {
    "ut": 0, "gmt": 0, "utc": 0, "z": 0, "wet": 0, "west": 60, "bst": 60, "ist": 330, "cet": 60,
    "met": 60, "mez": 60,
    "cest": 120, "mest": 120, "mesz": 120, "eet": 120, "eest": 180, "msk": 180, "jst": 540, "kst": 540,
    "est": -300,
    "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip

_USUAL = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(\d{1,2})[.\s-]+([^\W\d_]{3,9})\.?[\s-]+(\d{2,4})[,\s]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?"
    r"(?:\.\d+)?\s*([AaPp][Mm]\b)?\s*([+-]\d{1,2}:?\d{2}|[A-Za-z]{1,5})?"
)
_UNIX = re.compile(
    r"[A-Za-z]{3}\s+([A-Za-z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})\s+(?:([A-Za-z]{3,5}"
    r"|[+-]\d{4})\s+)?(\d{4})"
)
_SORTABLE = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*(Z|[+-]\d{1,2}:?\d{2})?"
)


def parse_date(text: str) -> datetime | None:
    """Return the time that a Date field means, in UTC, or None.

    A zone that nobody knows counts as UTC, as the standard says. A year of two digits is the nearest to 2000.
    """
    text = re.sub(r"\([^()]*\)", " ", text[:200]).strip()
    if found := _USUAL.match(text):
        day, month, year, hour, minute, second, half, zone = found.groups()
        number = _MONTHS.get(month.lower(), _MONTHS.get(month.lower()[:3], 0))
        if half:
            hour = str(int(hour) % 12 + (12 if half.lower() == "pm" else 0))
        return _time(year, number, day, hour, minute, second, zone)
    if found := _UNIX.match(text):
        month, day, hour, minute, second, zone, year = found.groups()
        return _time(year, _MONTHS.get(month.lower(), 0), day, hour, minute, second, zone)
    if found := _SORTABLE.match(text):
        year, month, day, hour, minute, second, zone = found.groups()
        return _time(year, int(month), day, hour, minute, second, zone)
    return None


def _time(
    year: str, month: int, day: str, hour: str, minute: str, second: str | None, zone: str | None
) -> datetime | None:
    number = int(year)
    if number < 50:
        number += 2000
    elif number < 1000:
        number += 1900
    try:
        # A leap second is the last of its minute here.
        at = datetime(number, month, int(day), int(hour), int(minute), min(int(second or 0), 59), tzinfo=UTC)
        return at - timedelta(minutes=_offset(zone or ""))
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> int:
    """Return minutes east of Greenwich; 0 for what is no zone on this earth."""
    if zone[:1] not in "+-" or not zone:
        return _ZONES.get(zone.lower(), 0)
    digits = zone[1:].replace(":", "").zfill(4)
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    if minutes > 14 * 60:
        return 0
    return -minutes if zone[0] == "-" else minutes
