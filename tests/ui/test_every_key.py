"""Every key of the registry is pressed on its screen and does what it is registered for, or says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskterm.ui.keymap import ACTIONS, SCREENS, Action
from deskterm.ui.screens.base import DeskScreen
from tests.ui.desk import Clock
from tests.ui.driver import Driver, open_desk

REACHED_BY = {
    "inbox": (),
    "search": ("slash",),
    "ticket": ("enter",),
    "history": ("enter", "h"),
    "composer": ("enter", "r"),
    "board": ("2",),
    "wall": ("2", "F"),
    "metrics": ("3",),
    "triage": ("g", "t"),
    "settings": ("g", "s"),
    "quarantine": ("g", "q"),
    "outbox": ("g", "o"),
    "contacts": ("g", "p"),
    "contact": ("g", "p", "enter"),
    "organization": ("g", "p", "enter", "o"),
}
ENDS = frozenset({"desk.quit", "desk.suspend", "composer.editor"})
"""What leaves the app for good or for a while: tried on a terminal instead."""

SIZE = (80, 24)
"""The smallest size that everything must work at, and the quickest to paint, which these tests mostly do."""


async def reach(desk: Driver, screen: str) -> None:
    """Go to a screen from wherever the last key led; often that is a dialog over it, or nowhere."""
    while len(desk.app.screen_stack) > 1:
        await desk.press("escape")
    if desk.screen.scopes_here() == SCREENS[screen]:
        return
    if desk.screen.scopes_here() == SCREENS["search"]:
        await desk.press("escape")
    await desk.app.screen.go("inbox") if isinstance(desk.app.screen, DeskScreen) else None
    await desk.settle()
    inbox = desk.inbox
    if inbox.has_class("-searching"):
        await desk.press("escape")
    inbox.show_view(inbox.sidebar.views[0])
    await desk.settle()
    for key in REACHED_BY[screen]:
        # Each when what the last one led to is there: a list that is not read yet has nothing to open.
        await desk.press(key)
    if screen == "wall" and desk.screen.scopes_here() != SCREENS["wall"]:
        await desk.press("F")


def test_every_screen_is_reached() -> None:
    assert REACHED_BY.keys() == SCREENS.keys()


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("screen", SCREENS)
async def test_every_key_does_its_action(
    small: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, screen: str
) -> None:
    done: list[str] = []
    carry_out = DeskScreen.perform

    def perform(self: DeskScreen, action: Action) -> None:
        done.append(action.name)
        if action.name not in ENDS:
            carry_out(self, action)

    monkeypatch.setattr(DeskScreen, "perform", perform)
    async with open_desk(small, clock, size=SIZE) as desk:
        for action in (each for each in ACTIONS if each.scope in SCREENS[screen]):
            for key in action.keys:
                await reach(desk, screen)
                assert desk.screen.scopes_here() == SCREENS[screen], f"{key}: {desk.text}"
                if action.name == "desk.back" and screen == "inbox" and key == "q":
                    continue
                done.clear()
                await desk.press(*key.split(" "))
                assert done[:1] == [action.name], f"{key} did {done}"
                assert not desk.app._exit
