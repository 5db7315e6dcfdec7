"""What an action of the screens is: a name, its keys, and where it holds."""

from __future__ import annotations

from typing import NamedTuple


class Action(NamedTuple):
    """Something a key does. A key is a Textual key name, or two of them with a space between.

    `footer` orders the keys along the foot of the screen; 0 keeps an action out of it.
    `waits` says that it needs the desk: pressed before the desk is open, it runs as soon as it is.
    """

    name: str
    keys: tuple[str, ...]
    scope: str
    title: str
    help: str
    footer: int = 0
    waits: bool = True

    @property
    def method(self) -> str:
        """The method of a screen that carries it out."""
        return "do_" + self.name.replace(".", "_")
