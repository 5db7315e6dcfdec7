"""Desks to drive: each test gets a file of its own, copied from one that was made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input, TextArea

from deskterm.storage.sidebar import SavedCounts
from deskterm.ui import alarms
from deskterm.ui.widgets import footer
from tests.ui.desk import Clock, many_tickets, small_desk
from tests.ui.idle import wait_for_idle
from tests.ui.pictures import CleanPicture

HOUR = 3600.0


@pytest.fixture(autouse=True)
def _nothing_goes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep on the screen what goes after some seconds: a slow machine would look for it too late.

    Likewise searches are counted anew whenever something changes, however long counting takes.
    """
    monkeypatch.setattr(footer, "ERROR_SECONDS", HOUR)
    monkeypatch.setattr(alarms, "SECONDS_SHOWN", HOUR)
    monkeypatch.setattr(SavedCounts, "SLOW_SECONDS", HOUR)


@pytest.fixture(autouse=True)
def _idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for what is asked for, and no longer."""
    monkeypatch.setattr("textual.app.wait_for_idle", wait_for_idle)
    monkeypatch.setattr("textual.pilot.wait_for_idle", wait_for_idle)


@pytest.fixture(autouse=True)
def _no_blinking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let cursors stand: a line that was painted while one was dark is taken from the cache ever after."""
    for widget in (TextArea, Input):
        monkeypatch.setattr(vars(widget)["cursor_blink"], "_default", False)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still at half past two on a Friday."""
    return Clock()


@pytest.fixture(scope="session")
def _small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "desk.db"
    small_desk(path, Clock())
    return path


@pytest.fixture(scope="session")
def _many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "desk.db"
    many_tickets(path, Clock(), 400)
    return path


def _copy(made: Path, folder: Path) -> Path:
    for file in made.parent.glob(made.name + "*"):
        shutil.copy(file, folder / file.name)
    return folder / made.name


@pytest.fixture
def small(_small: Path, tmp_path: Path) -> Path:
    """A desk of nine tickets."""
    return _copy(_small, tmp_path)


@pytest.fixture
def many(_many: Path, tmp_path: Path) -> Path:
    """A desk of 400 tickets: more than one page."""
    return _copy(_many, tmp_path)


@pytest.fixture
def pictures(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """What screens looked like when they were last accepted (`make snapshots` accepts them)."""
    return snapshot.use_extension(CleanPicture)
