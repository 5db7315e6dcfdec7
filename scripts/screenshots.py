"""Draw screenshots/ from the demo desk at a fixed time: the same pictures on any machine and any day."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from deskterm.domain.people import DESK, Actor
from deskterm.storage.database import Database
from deskterm.store import metrics
from deskterm.store.store import Store
from deskterm.ui.app import DeskApp
from deskterm.upkeep import demo
from scripts.pictures import plain_svg

FOLDER = Path(__file__).parent.parent / "screenshots"
NOW = datetime(2026, 11, 20, 14, 32, tzinfo=UTC)
SEED, TICKETS = 7, 600
READS = frozenset({"view", "counts", "page", "preview", "quick", "names", "open"})
"""Workers that end by themselves."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file name, the terminal's size, the keys pressed before, and the theme."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    theme: str = "deskterm-dark"


PICTURES = (
    Picture("inbox", (120, 36)),
    Picture("inbox-80x24", (80, 24)),
    Picture("inbox-light", (120, 36), theme="deskterm-light"),
    Picture("ticket", (120, 40), ("enter",)),
    Picture("board", (140, 40), ("2",)),
    Picture("metrics", (140, 40), ("3",)),
    Picture("why", (120, 40), ("enter", "w")),
    Picture("triage", (120, 40), ("g", "t")),
    Picture("search", (120, 36), ("slash", *"sso")),
    Picture("help", (120, 40), ("question_mark",)),
)


def fill(path: Path) -> None:
    """Make the demo desk."""
    store = Store(Database(str(path)), DESK, clock=lambda: NOW)
    demo.fill(store, TICKETS, SEED, NOW)
    store.close()


def opener(path: Path) -> Store:
    """Open it as alice."""
    store = Store(Database(str(path)), DESK, clock=lambda: NOW, zone=UTC)
    store.actor = Actor(store.people().agent("alice"))
    return store


async def draw(picture: Picture, path: Path) -> str:
    """Press the keys and return the picture."""
    app = DeskApp(lambda: opener(path), clock=lambda: NOW, zone=UTC, theme=picture.theme)
    async with app.run_test(size=picture.size) as pilot:
        while not app.is_open:
            await pilot.pause(0.02)
        await _settle(pilot)
        for key in picture.keys:
            await pilot.press(key)
        await _settle(pilot)
        for line in app.screen.query(Input):
            # A picture of the moment in which the cursor is dark would show none.
            line.cursor_blink = False
        await pilot.pause(0.05)
        svg = app.export_screenshot(title="deskterm")
        app.store.close()
    return plain_svg(svg)


async def _settle(pilot: Pilot[None]) -> None:
    """Wait until what was read is painted; the preview rests a moment by design."""
    for _ in range(12):
        await pilot.pause(0.05)
        while any(worker.name in READS and not worker.is_finished for worker in pilot.app.workers):
            await pilot.pause(0.02)


def main() -> int:
    """Write every picture, with the stopwatch standing still as the clock does."""
    FOLDER.mkdir(exist_ok=True)
    setattr(metrics, "perf_counter", float)  # noqa: B010
    for picture in PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "desk.db"
            fill(path)
            svg = asyncio.run(draw(picture, path))
        (FOLDER / f"{picture.name}.svg").write_text(svg, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
