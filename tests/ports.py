"""Ports for the servers of the tests: each kept for one test, though many run beside each other."""

from __future__ import annotations

import socket
from types import TracebackType


class Port:
    """A port of this machine that nobody else is given while this is open; who connects to it is refused.

    A server listens on it by its `number` and may end and begin again: whoever looks for a free port
    meanwhile gets another one.
    """

    def __init__(self) -> None:
        self._held = socket.socket()
        # A listening socket beside a bound one needs the option on both; servers of asyncio set it too.
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind(("127.0.0.1", 0))
        self.number = int(self._held.getsockname()[1])

    def close(self) -> None:
        """Let others have it."""
        self._held.close()

    def __enter__(self) -> Port:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
