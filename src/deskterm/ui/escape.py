"""Esc answered soon: Textual waits 100 ms for the rest of a sequence, and looks for it ten times a second."""

from __future__ import annotations

import os
import selectors
import sys
from collections.abc import Mapping
from types import SimpleNamespace

from textual import constants
from textual.driver import Driver

ESCAPE_SECONDS = 0.01
"""How long the rest of a sequence may take to come, as in tmux: what one key sends comes in one piece."""
LOOK_SECONDS = 0.012
"""When to look again after something came; it is longer than the above."""


class Attentive(selectors.SelectSelector):
    """Waits for input as it is told to, and only a moment after there was some: it may have been an Esc."""

    _came = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what came; see selectors.BaseSelector."""
        found = super().select(LOOK_SECONDS if self._came else timeout)
        self._came = bool(found)
        return found


def attentive(driver: type[Driver], environ: Mapping[str, str] | None = None) -> type[Driver]:
    """Let a driver of this process take Esc for itself after 10 ms, unless the user's ESCDELAY says when."""
    module = sys.modules[driver.__module__]
    if "ESCDELAY" in (os.environ if environ is None else environ) or not hasattr(module, "selectors"):
        return driver
    setattr(constants, "ESCAPE_DELAY", ESCAPE_SECONDS)  # noqa: B010 - it is declared final
    setattr(  # noqa: B010 - a module has no such attribute to a type checker
        module,
        "selectors",
        SimpleNamespace(SelectSelector=Attentive, EVENT_READ=selectors.EVENT_READ),
    )
    return driver
