"""Opening hours that the tests use again and again."""

from __future__ import annotations

from deskterm.domain.hours import WEEKDAYS, Week, week_of


def office_week(hours: str) -> Week:
    """A week that opens from Monday to Friday with the same hours, such as "09:00-17:00"."""
    return week_of(dict.fromkeys(WEEKDAYS[:5], hours))
