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
