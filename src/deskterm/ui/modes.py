"""The screens behind the tabs, each imported when it is first shown so that starting costs only the inbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen


def inbox() -> Screen[Any]:
    """Make the inbox."""
    from deskterm.ui.screens.inbox import InboxScreen

    screen = InboxScreen()
    # Styled as it is made, unless the theme has changed since: showing it need not style it all again.
    screen._css_update_count = 0
    return screen


def board() -> Screen[Any]:
    """Make the board."""
    from deskterm.ui.screens.board import BoardScreen

    return BoardScreen()


def metrics() -> Screen[Any]:
    """Make the metrics."""
    from deskterm.ui.screens.metrics import MetricsScreen

    return MetricsScreen()


def triage() -> Screen[Any]:
    """Make triage."""
    from deskterm.ui.screens.triage import TriageScreen

    return TriageScreen()


MODES: dict[str, str | Callable[[], Screen[Any]]] = {
    "inbox": inbox,
    "board": board,
    "metrics": metrics,
    "triage": triage,
}
