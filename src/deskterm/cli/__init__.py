"""The command line: every verb of the desk for people and programs, and the way into the screens."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (CONTRACT section 3); never a traceback."""
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        from deskterm.cli.run import run

        code = run(given)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has had enough: that is no failure.
        _forget_stdout()
        return 0


def _forget_stdout() -> None:
    """Point stdout at nothing, so that Python's own flush at exit stays quiet."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, sys.stdout.fileno())
    except (OSError, ValueError):
        pass
    finally:
        os.close(nothing)


__all__ = ["main"]
