"""The two lines at the foot: errors go away, and only keys that work here and for this agent are offered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.timer import Timer
from textual.widget import Widget

from deskterm.domain.commands import AddAgent, Close
from deskterm.domain.people import Role
from deskterm.ui.widgets import footer
from tests.ui.desk import Clock, as_agent
from tests.ui.driver import open_desk


async def test_an_error_goes_with_the_next_key(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("U")
        assert desk.screen.status_line.error
        await desk.press("j")
        assert desk.status == ""


async def test_an_error_goes_by_itself_and_what_was_done_stays(
    small: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    timers: list[tuple[float, Callable[[], None]]] = []

    def set_timer(line: Widget, seconds: float, then: Callable[[], None]) -> Timer:
        timers.append((seconds, then))
        return Widget.set_timer(line, seconds, then)

    monkeypatch.setattr(footer.StatusLine, "set_timer", set_timer)
    async with open_desk(small, clock) as desk:
        await desk.press("U")
        assert desk.screen.status_line.error
        [(seconds, over)] = timers
        assert seconds == footer.ERROR_SECONDS
        # Rung by hand: a slow machine may take longer to paint the error than any time it is shown for.
        over()
        await desk.until(lambda: desk.status == "")
        await desk.select(5)
        await desk.press("A")
        await desk.until(lambda: "#5" in desk.status)
        done = desk.status
        await desk.press("j", "j")
        assert done
        assert desk.status == done
        assert len(timers) == 1, "what was done has no time after which it goes"


async def test_under_a_dialog_the_keys_of_the_list_are_not_offered(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        foot = desk.lines[-1]
        assert "reply" in foot
        await desk.press("a")
        assert not desk.lines[-1].strip()
        await desk.press("escape")
        assert desk.lines[-1] == foot


@pytest.fixture
def looked_at(small: Path, clock: Clock) -> Path:
    """A desk with a viewer."""
    store = as_agent(small, "", clock)
    store.dispatch(
        AddAgent("lou", "Lou Bernard", Role.VIEWER, ("billing", "network", "payments", "identity"))
    )
    store.close()
    return small


@pytest.mark.parametrize("key", ["r", "i", "a", "s", "p", "e", "A", "t", "M", "plus"])
async def test_a_viewer_is_told_why_a_key_does_nothing(looked_at: Path, clock: Clock, key: str) -> None:
    async with open_desk(looked_at, clock, login="lou") as desk:
        await desk.press("J", "K", "J")
        assert not {"reply", "note", "assign", "state", "priority", "solve"} & set(desk.lines[-1].split())
        assert "select" in desk.lines[-1]
        await desk.press(key)
        assert "Lou Bernard is a viewer" in desk.status
        assert "needs an agent" in desk.status
        assert not desk.app.screen.is_modal


ON_A_TICKET = {"open", "reply", "note", "assign", "state", "priority", "solve", "accept", "spam"}


async def test_where_no_ticket_is_listed_none_is_offered_to_be_opened_or_answered(
    small: Path, clock: Clock
) -> None:
    async with open_desk(small, clock) as desk:
        assert {"open", "reply"} <= set(desk.lines[-1].split())
        await desk.press("slash")
        await desk.type("xyzzy")
        await desk.press("enter")
        await desk.until(lambda: desk.inbox.list.window.total == 0)
        await desk.until(lambda: not ON_A_TICKET & set(desk.lines[-1].split()))
        assert {"search", "help"} <= set(desk.lines[-1].split())
        await desk.press("escape")
        await desk.until(lambda: {"open", "reply"} <= set(desk.lines[-1].split()))


async def test_an_empty_column_of_the_board_is_left_and_offers_no_card(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("2")
        await desk.until(lambda: {"open", "card"} <= set(desk.lines[-1].split()))
        await desk.press("slash")
        await desk.type("is:pending")
        await desk.press("enter")
        await desk.press("h", "h", "h", "h", "h")
        await desk.until(lambda: "card" not in desk.lines[-1].split())
        assert {"move"} <= set(desk.lines[-1].split())
        assert not ON_A_TICKET & set(desk.lines[-1].split())


async def test_where_nothing_is_new_triage_offers_nothing_to_go_on_with(small: Path, clock: Clock) -> None:
    store = as_agent(small, "", clock)
    for row in store.listing("is:new").rows:
        store.dispatch(Close((row.number,), "spam"))
    store.close()
    async with open_desk(small, clock) as desk:
        await desk.press("g", "t")
        await desk.until(lambda: "well done" in desk.text)
        await desk.until(lambda: not ON_A_TICKET & set(desk.lines[-1].split()))
