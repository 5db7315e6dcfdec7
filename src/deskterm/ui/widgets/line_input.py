"""A line that is typed: each key means what it means when it is its turn, not later.

Textual lets a letter in at once, but sends a key with a meaning (backspace, ←, ^U) up through all that
surrounds the field before it is obeyed. Over a slow line keys come many at a time: the letters after a
backspace were in the text by then, and it took the last of those away.
"""

from __future__ import annotations

from textual import events
from textual.widget import Widget
from textual.widgets import Input


async def in_turn(field: Widget, event: events.Key) -> None:
    """Do what a key of a field means before the next one is looked at; letters are the field's own."""
    if event.is_printable:
        return
    for binding in field._bindings.key_to_bindings.get(event.key, ()):
        if not binding.priority and await field.app.run_action(binding.action, field):
            event.stop()
            event.prevent_default()
            return


class LineInput(Input):
    """A line of text."""

    async def _on_key(self, event: events.Key) -> None:
        """Obey keys in their turn."""
        await in_turn(self, event)
