"""A text of several lines that is typed: each key means what it means when it is its turn, not later."""

from __future__ import annotations

from textual import events
from textual.widgets import TextArea

from deskterm.ui.widgets.line_input import in_turn


class TextField(TextArea):
    """A text of several lines."""

    async def _on_key(self, event: events.Key) -> None:
        """Obey keys in their turn."""
        await in_turn(self, event)
