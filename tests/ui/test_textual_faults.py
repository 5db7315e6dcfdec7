"""What is put right of Textual: only the lines that changed are painted, and they look the same."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
from rich.console import RenderableType
from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from deskterm.ui.widgets.header import DeskHeader
from deskterm.ui.widgets.ticket_list import TicketList
from tests.ui.desk import Clock
from tests.ui.driver import open_desk


async def test_a_move_renders_no_line_that_stays(
    small: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_desk(small, clock, layout="wide") as desk:
        asked: list[tuple[type[Widget], int]] = []

        render = Widget.render_lines

        def spied(self: Widget, crop: Region) -> list[Strip]:
            asked.append((type(self), crop.height))
            return render(self, crop)

        monkeypatch.setattr(Widget, "render_lines", spied)
        await desk.press("j")
        assert asked
        assert TicketList in {kind for kind, _ in asked}
        assert DeskHeader not in {kind for kind, _ in asked}
        assert all(height <= 2 for _, height in asked)


async def test_what_is_painted_in_parts_is_what_is_painted_whole(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("j", "x", "j", "p", "escape", "2", "l", "j", "1", "k", "enter", "i", "a", "escape")
        await desk.rest()
        compositor = desk.app.screen._compositor
        strips = [strip.text for strip in compositor.render_strips()]
        desk.app.screen.refresh(layout=True)
        await desk.rest()
        assert [strip.text for strip in compositor.render_strips()] == strips


@pytest.mark.parametrize(
    ("keys", "most"),
    [
        (("question_mark", "escape"), 1),
        (("enter",), 1),
        (("enter", "escape"), 1),
        (("i",), 1),
        (("slash",), 0),
        (("slash", "escape"), 0),
    ],
)
async def test_a_screen_that_comes_or_goes_is_painted_once(
    small: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], most: int
) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press(*keys[:-1])
        await desk.rest()
        whole: list[str] = []
        paint = Compositor.render_full_update

        def spied(self: Compositor, simplify: bool = False) -> RenderableType:
            whole.append(type(desk.app.screen).__name__)
            return paint(self, simplify)

        monkeypatch.setattr(Compositor, "render_full_update", spied)
        await desk.press(keys[-1])
        await desk.rest()
        assert len(whole) <= most, whole
        strips = [strip.text for strip in desk.app.screen._compositor.render_strips()]
        desk.app.screen.refresh(layout=True)
        await desk.rest()
        assert [strip.text for strip in desk.app.screen._compositor.render_strips()] == strips


async def test_a_closed_ticket_is_forgotten_before_the_minute_is_over(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("enter")
        closed = weakref.ref(desk.app.screen)
        await desk.press("escape", "j")
        await desk.rest()

        def gone() -> bool:
            gc.collect()
            return closed() is None

        await desk.until(gone)
