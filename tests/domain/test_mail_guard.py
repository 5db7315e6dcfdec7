"""Each span of SEMANTICS E7 holds by itself, for what the desk writes about one ticket to one address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deskterm.domain.mail_guard import Written, why_silent

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "most"), [(10, 10), (30, 15), (60, 25), (180, 50), (600, 100)])
def test_so_many_in_a_span_and_no_more(minutes: int, most: int) -> None:
    # All at the far end of the span, where no shorter one sees them.
    begun = NOON - timedelta(minutes=minutes) + timedelta(seconds=1)
    assert why_silent(Written(about_this=[begun] * (most - 1)), NOON) == ""
    assert f"{most} mails about one ticket" in why_silent(Written(about_this=[begun] * most), NOON)


def test_one_an_hour_to_one_address_and_reminders_to_agents_aside() -> None:
    assert why_silent(Written(to_them=1), NOON) == "one automatic mail an hour is enough"
    assert why_silent(Written(to_them=1), NOON, answers=False) == ""
