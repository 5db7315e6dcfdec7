"""Running the command line in tests: in this process on a small desk, with folders of the test's own."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deskterm.cli import main
from tests.small_desk import copy_of


@dataclass(frozen=True)
class Ran:
    """What one run came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The result as JSON; nothing may be on stderr beside it."""
        assert self.err == ""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error as JSON; nothing may be on stdout beside it."""
        assert self.out == ""
        told = json.loads(self.err)
        assert list(told) == ["error"]
        assert list(told["error"])[:4] == ["code", "message", "field", "hint"]
        found: dict[str, Any] = told["error"]
        return found


Cli = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of the test's own for data, state, cache and configuration."""
    for name in ("DATA", "STATE", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name in ("DESKTERM_DB", "SSH_ORIGINAL_COMMAND", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def cli(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run deskterm with these arguments; `stdin` is what comes through the pipe."""

    def run(*argv: str | Path, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        capsys.readouterr()
        code = main([str(word) for word in argv])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run


@pytest.fixture
def path(furnished_file: Path, home: Path) -> Path:
    """The SQLite file of a small desk."""
    file = home / "desk.db"
    copy_of(furnished_file, file)
    file.chmod(0o600)
    return file


@pytest.fixture
def bo(cli: Cli, path: Path) -> Cli:
    """Run deskterm on the small desk as bo, an agent of Payments and Network."""

    def run(*argv: str | Path, stdin: str = "", who: str = "bo") -> Ran:
        return cli("--db", path, "--as", who, *argv, stdin=stdin)

    return run


@pytest.fixture
def one(bo: Cli) -> Cli:
    """The same desk with ticket #1 in Payments, from Ana."""
    made = bo(
        *("new", "Checkout returns 502", "--requester", "Ana Ruiz <Ana@northwind.example>"),
        *("--org", "Northwind", "--text", "Since noon.\nAll of it.", "--tag", "outage"),
        *("--field", "vendor=acme", "--channel", "email"),
    )
    assert (made.code, made.out, made.err) == (0, "Opened #1\n", "")
    return bo
