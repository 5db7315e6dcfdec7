"""What is read from this machine: its clock, and whose terminal this is."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The machine's clock: the one place where it is read."""
    return datetime.now(UTC)  # noqa: TID251


def os_user() -> str:
    """The login of the operating system's user; it never comes from what a client can send."""
    try:
        import os
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        import getpass

        return getpass.getuser()


def give_memory_back() -> None:
    """Hand memory that a heavy read left unused back to the system; else it is kept while the desk is open.

    Only the GNU C library needs to be asked (`malloc_trim(3)`); elsewhere this does nothing.
    """
    _ask_malloc("malloc_trim", 0)


def share_memory() -> None:
    """Let threads take memory from two pools instead of eight a core: what one frees, another uses.

    Ten megabytes less after an hour at a large desk (`mallopt(3)`); elsewhere this does nothing.
    """
    _ask_malloc("mallopt", _ARENA_MAX, 2)


_ARENA_MAX = -8
"""M_ARENA_MAX of malloc.h."""


def _ask_malloc(function: str, *values: int) -> None:
    import ctypes
    import sys
    from contextlib import suppress

    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            getattr(ctypes.CDLL(None), function)(*values)
