"""What is put right of Textual: only the lines that changed are painted, and they look the same."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pyte
import pytest
from rich.console import RenderableType
from rich.segment import Segment
from textual._compositor import Compositor, CompositorUpdate
from textual.css.stylesheet import Stylesheet
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from deskterm.ui.app import DeskApp
from deskterm.ui.textual_faults import CACHES, put_right
from deskterm.ui.widgets.header import DeskHeader
from deskterm.ui.widgets.ticket_list import TicketList
from tests.ui.desk import Clock
from tests.ui.driver import open_desk

PLAIN = ("_render_cache", "_link_ids", "_cell_count")
"""What else a line holds that is not there at first."""


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


class Painted:
    """A terminal that gets what the screens write, frame by frame, and what is kept of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.whole = 0
        self._screen = pyte.Screen(120, 40)
        stream = pyte.Stream(self._screen)
        show, paint = DeskApp._display, Compositor.render_full_update

        def displayed(app: DeskApp, screen: Screen[object], renderable: RenderableType | None) -> None:
            show(app, screen, renderable)
            if isinstance(renderable, CompositorUpdate):
                stream.feed(renderable.render_segments(app.console))

        def spied(compositor: Compositor, simplify: bool = False) -> RenderableType:
            self.whole += 1
            return paint(compositor, simplify)

        monkeypatch.setattr(DeskApp, "_display", displayed)
        monkeypatch.setattr(Compositor, "render_full_update", spied)

    @property
    def lines(self) -> list[str]:
        """What the terminal shows."""
        return [line.rstrip() for line in self._screen.display]


@pytest.mark.parametrize(
    "keys",
    [
        ("a", "b"),
        ("a", "b", "escape"),
        ("i", "x", "y", "escape", "escape"),
        ("r", "x", "enter", "y"),
        ("enter", "tab", "a", "b", "o", "enter"),
        ("slash", "p", "a", "y", "escape"),
        ("question_mark", "j", "escape", "2", "l", "j", "H"),
        ("j", "x", "p", "j", "escape", "3", "1", "k"),
    ],
)
async def test_the_terminal_shows_what_a_whole_repaint_shows(
    small: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    painted = Painted(monkeypatch)
    async with open_desk(small, clock) as desk:
        await desk.pilot.press(*keys)
        await desk.rest()
        before = painted.lines
        desk.app.screen.refresh(layout=True)
        await desk.rest()
        assert painted.lines == before


@pytest.mark.parametrize(
    "keys", [("j",), ("i", "x"), ("a", "b"), ("enter", "tab"), ("2", "l"), ("g", "c", "i")]
)
async def test_styles_that_are_looked_up_are_those_that_the_rules_come_to(
    small: Path, clock: Clock, keys: tuple[str, ...]
) -> None:
    async with open_desk(small, clock) as desk:
        rules_of = Stylesheet.apply.__wrapped__  # type: ignore[attr-defined]
        for _ in range(2):
            await desk.pilot.press(*keys)
            await desk.rest()
            for node in desk.app.screen.walk_children(Widget, with_self=True):
                held = node.styles.base.get_rules()
                rules_of(desk.app.stylesheet, node)
                assert node.styles.base.get_rules() == held
            await desk.pilot.press("escape", "escape")
            await desk.rest()


async def test_no_line_behind_others_is_rendered(
    small: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("enter")
        await desk.rest()
        asked: list[int] = []
        painted: list[int] = []
        render, paint = Widget.render_lines, Compositor.render_full_update

        def spied(self: Widget, crop: Region) -> list[Strip]:
            asked.append(crop.area)
            return render(self, crop)

        def counted(self: Compositor, simplify: bool = False) -> RenderableType:
            asked.clear()
            found = paint(self, simplify)
            painted.append(sum(asked))
            return found

        monkeypatch.setattr(Widget, "render_lines", spied)
        monkeypatch.setattr(Compositor, "render_full_update", counted)
        desk.app.screen.refresh(layout=True)
        await desk.until(lambda: bool(painted))
        width, height = desk.app.size
        assert set(painted) == {width * height}


@pytest.mark.parametrize("key", ["a", "enter"])
async def test_the_screen_below_is_painted_once_when_one_goes(
    small: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    painted = Painted(monkeypatch)
    async with open_desk(small, clock) as desk:
        await desk.press(key)
        await desk.rest()
        painted.whole = 0
        await desk.press("escape")
        await desk.rest()
        assert painted.whole == 1


def test_a_line_has_the_caches_that_were_asked_for() -> None:
    put_right()
    line = Strip([Segment("a line of text")])
    assert set(Strip.__slots__) == {*CACHES, "_segments", "_cell_length", *PLAIN}
    assert all(getattr(line, name) is None for name in PLAIN)
    first = line.crop(2, 6)
    assert first.text == "line"
    assert line.crop(2, 6) is first
    assert [part.text for part in line.divide([6, 14])] == ["a line", " of text"]
    assert line.cell_length == 14
    assert all(getattr(line, name) is getattr(line, name) for name in CACHES)
    assert Strip([Segment("a line of text")]) == line


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
