"""What reaches the terminal: hostile text stays text, columns fit, colours only where they are wanted."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from deskterm.cli.output import Cell, Output, cut, width
from tests.cli.conftest import Cli

HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]52;c;cm0gLXJm\x07",
    "\x9b31m \x9d0;x\x9c",
    "back\x08\x08space \x7f \x00 \x0e",
    "[bold]x[/bold] [/] [@click=app.quit]go[/] :smile:",
    "rtl \u202egpj.exe\u202c zero\u200bwidth \u2066iso\u2069 \ufeff",
    "%s {0} {x!r} \\n $HOME `id`",
    "x" * 10_000,
    "宽" * 40 + "🙂👩‍👩‍👧" + "é" * 30,
    "line\nbreak\r\ttab",
)
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff]")


@pytest.fixture
def hostile(one: Cli) -> Cli:
    """The small desk where every field that takes text holds something hostile."""
    for text in HOSTILE:
        # What the door takes it cleans; what it refuses never gets in.
        safe = text.replace("\x00", "")
        one("set", "1", f"subject={safe}")
        one("note", "1", "-", stdin=text)
        one("set", "1", f"field.note={safe}", f"category={safe}")
        one(
            "new",
            safe[:250],
            "--requester",
            f"person{HOSTILE.index(text)}@x",
            "--name",
            safe[:80],
            "--org",
            safe[:80],
            "--text",
            safe,
        )
    return one


def test_no_control_byte_leaves(hostile: Cli) -> None:
    for words in (
        ("list", "is:any", "--limit", "0"), ("show", "1"), ("history", "1"), ("search", "x*"), ("show", "2"),
        ("list", "--json", "is:any"), ("show", "1", "--json"), ("history", "1", "--json"), ("metrics",),
        ("export", "is:any", "--format", "jsonl"), ("export", "is:any"), ("queue", "list"),
    ):  # fmt: skip
        ran = hostile(*words)
        assert ran.code == 0, words
        assert len(ran.out) > 20, words
        assert not FORBIDDEN.search(ran.out), words
    # CSV ends its lines as RFC 4180 says.
    assert not FORBIDDEN.search(hostile("export", "is:any", "--format", "csv").out.replace("\r\n", ""))


def test_brackets_and_marks_are_shown_as_they_are(hostile: Cli) -> None:
    shown = hostile("list", "is:any", "--limit", "0").out
    assert "[bold]x[/bold] [/] [@click=app.quit]go[/] :smile:" in shown
    assert "␛[31mred␛[0m" in shown
    assert "‹U+202E›" in shown


@pytest.mark.parametrize("text", ["\x1b[31mred", "\x9b31m", "rtl\u202e", "bell\x07"])
def test_what_is_typed_wrongly_is_said_safely(one: Cli, text: str) -> None:
    for words in (
        (text,), ("list", f"state:{text}"), ("show", text), ("assign", "1", text), ("set", "1", f"{text}=x"),
        ("set", "1", f"state={text}"), ("snooze", "1", text), ("list", "--sort", text), ("remind", text, "x"),
        ("import", "servicenow", text), ("list", f"--{text}"), ("tag", "1", text), ("close", "1", text),
        ("list", "--config", text), ("list", "--limit", text),
    ):  # fmt: skip
        for json in ((), ("--json",)):
            ran = one(*words, *json)
            assert ran.code in (1, 2, 3, 7), words
            assert not FORBIDDEN.search(ran.out + ran.err), words


def test_pipes_get_the_whole_text_in_columns(one: Cli) -> None:
    one("new", "word " * 50, "--requester", "x@y")
    lines = one("list", "--sort", "number").out.splitlines()
    assert lines[0].split() == ["#", "P", "SUBJECT", "REQUESTER", "STATE", "QUEUE", "OWNER", "AGE", "SLA"]
    assert ("word " * 50).strip() in lines[2]
    assert lines[0].index("STATE") == lines[1].index("new")


def on_a_terminal(words: list[str], columns: int, **environ: str) -> str:
    """Run deskterm with its stdout on a terminal of so many columns."""
    master, slave = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    ran = subprocess.Popen(
        [sys.executable, "-m", "deskterm", *words],
        stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.DEVNULL,
        env={**inherited, "TERM": "xterm-256color", **environ},
    )  # fmt: skip
    os.close(slave)
    said = b""
    while select.select([master], [], [], 30)[0]:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        said += part
    os.close(master)
    assert ran.wait(30) == 0
    return said.decode()


@pytest.mark.terminal
def test_a_terminal_gets_lines_that_fit(one: Cli, path: Path) -> None:
    one("set", "1", "priority=P1", "reason=x", "subject=" + "宽" * 60)
    asked = ["--db", str(path), "--as", "bo", "list"]
    said = on_a_terminal(asked, 60)
    assert "\x1b[31mP1\x1b[0m" in said
    plain = re.sub(r"\x1b\[\d+m", "", said)
    assert not FORBIDDEN.search(plain.replace("\r\n", ""))
    assert all(width(line) <= 60 for line in plain.split("\r\n"))
    assert "…" in plain
    for environ in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in on_a_terminal(asked, 60, **environ)


def test_width_and_cut() -> None:
    assert [width(text) for text in ("abc", "宽宽", "e\u0301", "")] == [3, 4, 1, 0]
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdef", 4) == "abc…"
    assert cut("宽宽宽", 4) == "宽…"
    assert cut("abc", 0) == ""


def test_long_tables_stream(capsys: pytest.CaptureFixture[str]) -> None:
    rows = ((str(number), Cell("x" * number)) for number in range(200))
    assert Output().table(("N", "TEXT"), rows, right="N") == 200
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == " 0"
    assert lines[200] == f"199  {'x' * 199}"


def test_help_and_version_answer_at_once() -> None:
    for words in (("--version",), ("--help",), ("set", "--help"), ("completion", "bash")):
        code = (
            "import sys; from deskterm.cli import main; code = main(sys.argv[1:]);"
            "heavy = {'textual', 'rich', 'sqlalchemy', 'alembic', 'apscheduler'} & sys.modules.keys();"
            "sys.exit(f'{code} {heavy}' if code or heavy else 0)"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout


def test_a_closed_stdout_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    Output().line("said to nobody")
