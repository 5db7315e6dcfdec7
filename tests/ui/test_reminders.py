"""What comes again on the screens: `z` on a ticket, the list behind `g a`, and the palette's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskterm.domain import commands as c
from deskterm.domain.views import ReminderLine
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.dialogs.recurring import RecurringTicket
from deskterm.ui.dialogs.remind import FreeReminder, RemindForm
from tests.ui.running import Running, on_ticket, running

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)])
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def pending(desk: Running, login: str = "alice") -> list[ReminderLine]:
    """Somebody's reminders that are to ring."""
    return [line for line in desk.other(login).reminders() if line.state == "pending"]


@SIZES
async def test_a_reminder_that_comes_again_is_read_and_set(small: Path, size: tuple[int, int]) -> None:
    async with on_ticket(small, size=size) as desk:
        await desk.keys("z")
        form = await desk.shows(RemindForm)
        await desk.write("every monday 9am")
        await desk.sees("→ Mon 23 Nov 09:00, then every monday at 09:00")
        # What comes again is a reminder: nothing has to be chosen.
        assert form.value("what") == "remind me"
        await desk.keys("down", "down")
        await desk.write("ask Ana")
        await desk.keys("enter")
        await desk.sees("Set a reminder on #1")
        (line,) = pending(desk)
        assert (line.at, line.text, line.ticket) == (MONDAY, "ask Ana", 1)
        assert line.recurs == "every monday at 09:00"


async def test_a_ticket_is_not_hidden_again_and_again(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("z")
        await desk.shows(RemindForm)
        await desk.write("every monday")
        await desk.keys("down", "s", "enter")
        await desk.sees("only a reminder comes again")
        assert pending(desk) == []


async def test_for_a_colleague(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("z")
        await desk.shows(RemindForm)
        await desk.write("every weekday 8:30")
        await desk.keys("down", "down", "down")
        await desk.write("bo")
        await desk.keys("enter")
        await desk.sees("Set a reminder on #1")
        assert pending(desk) == []
        assert [line.recurs for line in pending(desk, "bo")] == ["every weekday at 08:30"]


@SIZES
async def test_the_list_shows_them_and_leaves_one_out_or_ends_it(small: Path, size: tuple[int, int]) -> None:
    async with running(small, size=size) as desk:
        desk.store.dispatch(c.Remind(None, "stand-up", every="every weekday 9am", zone="UTC"))
        desk.store.dispatch(c.Remind(MONDAY + timedelta(hours=1), "call Ana", 1))
        ticket = c.Create("Rotate the keys", "ops@x.example", queue="payments")
        desk.store.dispatch(c.AddRecurring(ticket, "every monday 10am", "UTC"))
        await desk.keys("g", "a")
        await desk.shows(Choose)
        await desk.sees("Mon 23 Nov 09:00  stand-up", "#1 call Ana", "↻ Mon 23 Nov 10:00  Rotate the keys")
        await desk.keys("enter")
        await desk.sees("leave this one out")
        await desk.keys("enter")
        await desk.sees("Dismissed a reminder")
        assert [line.at for line in pending(desk) if line.recurs] == [MONDAY + timedelta(days=1)]
        await desk.keys("g", "a")
        await desk.sees("stand-up")
        await desk.write("stand")
        await desk.keys("enter")
        await desk.sees("it rings no more")
        await desk.keys("down", "enter")
        await desk.sees("Ended a reminder")
        assert [line.text for line in pending(desk)] == ["call Ana"]
        await desk.keys("u")
        await desk.happens("undo", lambda: len(pending(desk)) == 2)
        await desk.keys("g", "a")
        await desk.write("rotate")
        await desk.keys("enter")
        await desk.sees("no more are opened")
        await desk.keys("enter")
        await desk.sees("Ended recurring ticket 1")
        assert desk.store.recurring() == ()


@SIZES
async def test_the_list_changes_them_in_the_form_they_were_set_in(small: Path, size: tuple[int, int]) -> None:
    async with running(small, size=size) as desk:
        desk.store.dispatch(c.Remind(MONDAY, "call Ana", 1))
        ticket = c.Create(
            "Rotate the keys", "ops@x.example", queue="payments", component="vault", tags=("keys",)
        )
        desk.store.dispatch(c.AddRecurring(ticket, "every monday 10am", "UTC"))
        await desk.keys("g", "a", "enter")
        await desk.sees("change it")
        await desk.write("change")
        await desk.keys("enter")
        await desk.shows(FreeReminder)
        await desk.sees("2026-11-23 09:00", "call Ana", "on #1")
        await desk.keys("ctrl+u")
        await desk.write("2026-11-24 10:00")
        await desk.keys("enter")
        await desk.keys("ctrl+u")
        await desk.write("call Ana at home")
        await desk.keys("ctrl+s")
        await desk.sees("Changed a reminder on #1")
        (line,) = pending(desk)
        tuesday = MONDAY + timedelta(days=1, hours=1)
        assert (line.at, line.text, line.ticket) == (tuesday, "call Ana at home", 1)
        await desk.keys("u")
        await desk.happens("undo", lambda: [each.text for each in pending(desk)] == ["call Ana"])
        await desk.keys("g", "a")
        await desk.write("rotate")
        await desk.keys("enter")
        await desk.sees("change it")
        await desk.write("change")
        await desk.keys("enter")
        await desk.shows(RecurringTicket)
        await desk.sees("every monday at 10:00", "ops@x.example", "Rotate the keys")
        await desk.keys("ctrl+u")
        await desk.write("every friday 9am")
        await desk.keys("ctrl+s")
        await desk.sees("Changed a recurring ticket: Rotate the keys")
        (kind,) = desk.store.recurring()
        assert (kind.recurs, kind.queue) == ("every friday at 09:00", "payments")
        held = desk.store.recurring_ticket(kind.id)
        assert (held.component, held.tags, held.subject) == ("vault", ("keys",), "Rotate the keys")
        await desk.keys("u")
        await desk.happens(
            "undo", lambda: [each.recurs for each in desk.store.recurring()] == ["every monday at 10:00"]
        )


async def test_the_list_opens_the_ticket_a_reminder_is_about(small: Path) -> None:
    async with running(small) as desk:
        desk.store.dispatch(c.Remind(MONDAY, "call Ana", 4))
        await desk.keys("g", "a", "enter")
        await desk.sees("open #4")
        await desk.keys("enter")
        screen = await desk.ticket()
        assert screen.number == 4


@SIZES
async def test_new_ones_are_set_from_the_list(small: Path, size: tuple[int, int]) -> None:
    async with running(small, size=size) as desk:
        await desk.keys("g", "a")
        await desk.sees("new reminder", "new recurring ticket", "z on a ticket")
        await desk.keys("enter")
        await desk.shows(FreeReminder)
        await desk.write("every foo")
        await desk.sees('"foo" is no part')
        await desk.keys("ctrl+u")
        await desk.write("every last business day 16:00")
        await desk.sees("→ Mon 30 Nov 16:00")
        await desk.keys("enter")
        await desk.write("close the books")
        await desk.keys("ctrl+s")
        await desk.sees("Set a reminder")
        (line,) = pending(desk)
        assert (line.ticket, line.recurs) == (None, "every month on the last business day at 16:00")
        await desk.keys("g", "a")
        await desk.write("new recurring")
        await desk.keys("enter")
        form = await desk.shows(RecurringTicket)
        await desk.write("tomorrow")
        await desk.keys("ctrl+s")
        await desk.sees("comes only once")
        await desk.keys("ctrl+u")
        await desk.write("every monday 9am")
        assert form.value("address") == "alice"
        await desk.keys("tab", "tab", "tab")
        await desk.write("Rotate the keys")
        await desk.keys("ctrl+s")
        await desk.sees("Set a recurring ticket: Rotate the keys")
        (kind,) = desk.store.recurring()
        assert (kind.subject, kind.recurs, kind.next_at) == (
            "Rotate the keys",
            "every monday at 09:00",
            MONDAY,
        )


async def test_the_palette_takes_what_comes_again(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("colon")
        await desk.write("remind every friday 16:00: look again")
        await desk.keys("enter")
        await desk.sees("Set a reminder on #1")
        (line,) = pending(desk)
        assert (line.text, line.recurs) == ("look again", "every friday at 16:00")


async def test_one_that_rings_late_is_shown_all_the_same(small: Path) -> None:
    async with running(small) as desk:
        desk.store.dispatch(c.Remind(None, "stand-up", every="every day 9am", zone="UTC"))
        desk.clock.forward(days=3)
        desk.store.run_due()
        await desk.sees("stand-up")
        (line,) = pending(desk)
        assert line.at == datetime(2026, 11, 24, 9, tzinfo=UTC)
