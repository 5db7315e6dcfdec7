"""Noticing that the terminal is gone: a line closed without a signal must not leave a program spinning."""

from __future__ import annotations

import select
import sys
import threading
from collections.abc import Callable


def watch(gone: Callable[[], object]) -> None:
    """Call `gone`, in a thread of its own, when the terminal at stdin hangs up; costs nothing until then.

    The signal comes only where the terminal is the controlling one; reading on returns nothing, for ever.
    """
    stdin = sys.__stdin__
    if stdin is None or not hasattr(select, "poll"):
        return
    line = select.poll()
    line.register(stdin.fileno(), 0)  # a hang-up is told without being asked for

    def wait() -> None:
        line.poll()
        gone()

    threading.Thread(target=wait, name="deskterm-hangup", daemon=True).start()
