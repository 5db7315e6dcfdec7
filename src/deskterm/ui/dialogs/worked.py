"""Say how long was worked, when and on what, with each as it is understood."""

from __future__ import annotations

from datetime import datetime, tzinfo

from deskterm.domain.errors import Refused
from deskterm.domain.time_words import time_words
from deskterm.domain.worktime import DAYS, EXAMPLES, LONGEST_TEXT, read_day, read_worked
from deskterm.ui.dialogs.form import Check, Field, Form

NOW = "now"


class TimeForm(Form):
    """Ask for an entry of time; `long`, `when` and `text` are what it says so far."""

    def __init__(
        self,
        title: str,
        now: datetime,
        zone: tzinfo,
        *,
        long: str = "",
        when: str = "",
        text: str = "",
        detail: str = "",
        keep_as: str = "",
        verb: str = "record",
    ) -> None:
        fields = [
            Field(
                "long",
                "How long",
                long,
                placeholder="25m, 1h30, 1:15, 0.5h",
                preview=_long_understood,
                check=_long_refused,
            ),
            Field(
                "when",
                "When",
                when,
                placeholder=NOW,
                preview=_day_understood(now, zone),
                check=_day_refused(now, zone),
            ),
            Field("text", "What", text, placeholder="called Ana back", help="optional", check=_too_long),
        ]
        super().__init__(title, fields, detail=detail, keep_as=keep_as, verb=verb)


def _long_understood(text: str) -> str:
    if not text.strip():
        return EXAMPLES
    try:
        return f"→ {time_words(read_worked(text))}"
    except Refused as error:
        return f"… {error.message}"


def _long_refused(text: str) -> str:
    try:
        read_worked(text)
    except Refused as error:
        return f"{error.message}; {error.hint}"
    return ""


def _day_understood(now: datetime, zone: tzinfo) -> Check:
    def preview(text: str) -> str:
        if not text.strip():
            return f"{NOW}, or {DAYS.removeprefix('such as ')}"
        try:
            return f"→ {read_day(text, now, zone).astimezone(zone):%a %d %b %Y %H:%M}"
        except Refused as error:
            return f"… {error.message}"

    return preview


def _day_refused(now: datetime, zone: tzinfo) -> Check:
    def check(text: str) -> str:
        try:
            read_day(text, now, zone)
        except Refused as error:
            return f"{error.message}; {error.hint}"
        return ""

    return check


def _too_long(text: str) -> str:
    return f"at most {LONGEST_TEXT} characters" if len(text) > LONGEST_TEXT else ""
