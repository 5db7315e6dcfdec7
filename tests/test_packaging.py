"""What a user installs: the wheel carries the styles and shows the styled app from any folder."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import sysconfig
import termios
import time
import tomllib
import venv
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

import deskterm
from scripts import check_locks

ROOT = Path(__file__).parents[1]
COLUMNS, LINES = 120, 40
BACKGROUNDS = {"161d26", "10151c"}
PAINT_SECONDS = 120.0

pytestmark = pytest.mark.xdist_group("packaging")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout with the locked build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, "--no-build-isolation", "--wheel-dir", folder, ROOT], check=True)
    (built,) = folder.glob("deskterm-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that has the wheel, and the locked dependencies by reference."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin/python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index"]
    subprocess.run([*command, "--no-deps", wheel], check=True)
    # Folders named in a .pth file do not have their own .pth files read, so the checkout stays out.
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin"


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    """The environment of a new user with an empty home, and nothing that points at the checkout."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
    }


def test_the_wheel_carries_every_style_and_only_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    styles = {f"deskterm/styles/{path.name}" for path in (ROOT / "styles").glob("*.tcss")}
    assert styles
    assert {name for name in names if name.endswith(".tcss")} == styles
    assert "deskterm/py.typed" in names
    assert {name.split("/")[0] for name in names} == {
        "deskterm",
        f"deskterm-{deskterm.__version__}.dist-info",
    }


def test_the_installed_command_tells_its_version(installed: Path, elsewhere: dict[str, str]) -> None:
    ran = subprocess.run(
        [installed / "deskterm", "--version"],
        cwd=elsewhere["HOME"],
        env=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )
    assert deskterm.__version__ in ran.stdout


def test_the_installed_package_is_not_the_checkout(installed: Path, elsewhere: dict[str, str]) -> None:
    ran = subprocess.run(
        [installed / "python", "-c", "import deskterm; print(deskterm.__file__)"],
        cwd=elsewhere["HOME"],
        env=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(ran.stdout.strip()).is_relative_to(installed.parent)


@contextmanager
def on_a_terminal(command: list[str | Path], env: dict[str, str]) -> Iterator[Callable[[], pyte.Screen]]:
    """Run a command on a terminal of its own; calling the result reads on and gives the screen so far."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    program = subprocess.Popen(
        [str(part) for part in command],
        cwd=env["HOME"],
        env=env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)

    def read_on() -> pyte.Screen:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                stream.feed(os.read(ours, 65536))
            except OSError as error:
                raise AssertionError("the program ended: " + "\n".join(screen.display)) from error
        return screen

    try:
        yield read_on
    finally:
        program.terminate()
        try:
            program.wait(timeout=60)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
        os.close(ours)


def shows_the_inbox(screen: pyte.Screen) -> bool:
    """Whether the inbox is on the screen in the colours of the theme."""
    text = any("Inbox" in line for line in screen.display)
    colours = {cell.bg for line in screen.buffer.values() for cell in line.values()}
    return text and bool(colours & BACKGROUNDS)


@pytest.mark.terminal
def test_the_installed_demo_shows_the_styled_inbox(installed: Path, elsewhere: dict[str, str]) -> None:
    command: list[str | Path] = [installed / "deskterm", "demo", "--tickets", "50"]
    end = time.monotonic() + PAINT_SECONDS
    with on_a_terminal(command, elsewhere) as read_on:
        while not shows_the_inbox(screen := read_on()):
            assert time.monotonic() < end, "\n".join(screen.display)


def test_the_locks_follow_pyproject() -> None:
    assert check_locks.faults() == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("textual==8.2.8 ", "textual==8.2.7 ", "==8.2.8 is asked for"),
        ("textual==8.2.8 ", "texture==8.2.8 ", "textual is not locked"),
        ("textual==8.2.8 ", "textual==8.2.8 ; sys_platform == 'linux' ", "on darwin arm64"),
        (r" \\\n +--hash=\w+:\w+", "", "has no hashes"),
        ("textual==8.2.8 ", "textual @ https://example.org/textual.whl ", "names an address"),
        (
            "platformdirs==",
            "greenlet==3.0.0 --hash=sha256:0\nplatformdirs==",
            "greenlet is locked and nothing",
        ),
        ("rich==", "poor==", "rich is needed and not locked"),
    ],
)
def test_a_lock_that_went_astray_is_noticed(tmp_path: Path, old: str, new: str, fault: str) -> None:
    for name in ("pyproject.toml", check_locks.RUN_LOCK, check_locks.TEST_LOCK):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    lock = tmp_path / check_locks.RUN_LOCK
    text = lock.read_text(encoding="utf-8")
    changed = re.sub(old, new, text)
    assert changed != text
    lock.write_text(changed, encoding="utf-8")
    assert any(fault in each for each in check_locks.faults(tmp_path))


def test_the_styles_folder_is_in_the_wheel_configuration() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    built = config["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "styles" in built["only-include"]
    assert built["sources"]["styles"] == "deskterm/styles"
    assert not list((ROOT / "styles").rglob("*.py")), "an editable build refuses .py files in styles/"
