"""Passwords and tokens of mail accounts: from the environment or a command, held no longer than a login."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from deskterm.domain.errors import Refused

SECONDS = 30
"""How long a command may take to print a secret."""

LONGEST = 64 * 1024


class Login(Protocol):
    """The ways to log in, of which one is set."""

    @property
    def password_env(self) -> str: ...
    @property
    def password_command(self) -> tuple[str, ...]: ...
    @property
    def token_command(self) -> tuple[str, ...]: ...


class Credential(NamedTuple):
    """A password, or an OAuth2 access token."""

    secret: str
    is_token: bool


def credential_of(account: Login) -> Credential:
    """Return what to log in with. Raises Refused without ever saying the secret."""
    if account.token_command:
        return Credential(_printed(account.token_command, "token"), True)
    if account.password_command:
        return Credential(_printed(account.password_command, "password"), False)
    found = os.environ.get(account.password_env, "")
    if not found:
        raise Refused(f"the variable {account.password_env} holds no password", field="password_env")
    return Credential(found, False)


def _printed(command: Sequence[str], what: str) -> str:
    try:
        ran = subprocess.run(
            list(command), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Refused(f"the command for the {what} took more than {SECONDS} seconds: {command[0]}") from None
    except OSError as error:
        raise Refused(f"the command for the {what} cannot run: {command[0]}: {error.strerror}") from None
    if ran.returncode:
        # What it printed may hold the secret: it is not repeated anywhere.
        raise Refused(f"the command for the {what} failed with exit code {ran.returncode}: {command[0]}")
    lines = ran.stdout[:LONGEST].decode("utf-8", "replace").strip().splitlines()
    if not lines:
        raise Refused(f"the command for the {what} printed nothing: {command[0]}")
    return lines[0].strip()
