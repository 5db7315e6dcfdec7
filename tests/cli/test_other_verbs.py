"""Completion, the demo, serving without a screen, and the refusals before a screen opens."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskterm.cli.completion import words
from deskterm.cli.demo import _STAMP
from deskterm.cli.verbs import VERBS
from deskterm.domain import commands as c
from deskterm.domain.people import Actor
from deskterm.storage.database import Database
from deskterm.storage.people import directory
from deskterm.store.store import Store
from tests.cli.conftest import Cli

DESKTERM = [sys.executable, "-m", "deskterm"]


def test_every_verb_and_option_is_completed() -> None:
    known = {one.verb: one for one in words()}
    assert known.keys() == {"", *VERBS}
    assert "--version" in [name for name, _ in known[""].options]
    for verb in VERBS:
        assert {"--db", "--as", "--json"} <= {name for name, _ in known[verb].options}
    assert dict(known["reply"].by_option)["--and"] == ("wait", "solve", "open")
    assert known["completion"].choices == ("bash", "zsh", "fish")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["deskterm", "li"], {"list", "link"}),
        (["deskterm", "--db", "x", "doc"], {"doctor"}),
        (["deskterm", "set", "1", "--exp"], {"--expect"}),
        (["deskterm", "reply", "1", "--and", ""], {"wait", "solve", "open"}),
        (["deskterm", "import", "s"], {"servicenow"}),
    ],
)
def test_bash_completes(cli: Cli, tmp_path: Path, typed: list[str], expected: set[str]) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("this machine has no bash")
    script = tmp_path / "deskterm.bash"
    script.write_text(cli("completion", "bash").out)
    quoted = " ".join(f"'{word}'" for word in typed)
    at = f"COMP_WORDS=({quoted}); COMP_CWORD={len(typed) - 1}"
    code = f'source {script}; {at}; _deskterm; echo "${{COMPREPLY[*]}}"'
    ran = subprocess.run([bash, "-c", code], capture_output=True, text=True, check=True)
    assert set(ran.stdout.split()) == expected
    assert ran.stderr == ""


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_know_every_verb(cli: Cli, shell: str) -> None:
    script = cli("completion", shell).out
    assert all(verb in script for verb in VERBS)
    program = shutil.which(shell)
    if program is not None:
        subprocess.run([program, "-n", "/dev/stdin"], input=script, text=True, check=True)


# The demo


def test_the_demo_has_a_desk_of_its_own(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not even the environment leads it to a real desk.
    monkeypatch.setenv("DESKTERM_DB", str(home / "real.db"))
    ran = cli("demo", "--no-open", "--tickets", "40")
    assert (ran.code, ran.out) == (0, "")
    assert "your own desk is not touched" in ran.err
    made = list((home / "cache/deskterm").iterdir())
    assert len(made) == 1
    assert made[0].stat().st_mode & 0o777 == 0o600
    assert not (home / "real.db").exists()
    again = cli("demo", "--no-open", "--tickets", "40", "--json").json
    assert again == {"db": str(made[0]), "tickets": 40, "seed": 1}
    assert len(cli("--db", made[0], "--as", "alice", "list", "is:any", "--limit", "0", "--json").json) >= 30
    assert cli("--db", made[0], "doctor").code == 0
    # Its tickets are told relative to when it was filled: an old one is made anew, a very old one goes.
    old = datetime.now(UTC) - timedelta(days=2)
    made[0].rename(made[0].with_name(f"demo-40-1-{old:{_STAMP}}.db"))
    older = made[0].with_name(f"demo-40-1-{old - timedelta(days=9):{_STAMP}}.db")
    older.touch()
    assert cli("demo", "--no-open", "--tickets", "40", "-q").err == ""
    assert len(list((home / "cache/deskterm").iterdir())) == 2
    assert not older.exists()


def test_a_demo_fills_what_is_named_but_no_real_desk(cli: Cli, one: Cli, path: Path, home: Path) -> None:
    ran = cli("--db", path, "demo", "--no-open", "--tickets", "30")
    assert ran.code == 1
    assert "is a real desk" in ran.err
    assert cli("--db", home / "big.db", "demo", "--no-open", "--tickets", "30").code == 0
    assert "filled already" in cli("--db", home / "big.db", "demo", "--no-open", "--tickets", "30").err
    assert not (home / "cache").exists()


def test_the_same_seed_is_the_same_desk(cli: Cli, home: Path) -> None:
    def subjects(name: str, seed: str) -> list[str]:
        cli("--db", home / name, "demo", "--no-open", "--tickets", "30", "--seed", seed)
        listed = cli("--db", home / name, "--as", "kim", "list", "is:any", "--sort", "number", "--json").json
        return [ticket["subject"] for ticket in listed]

    first = subjects("a.db", "7")
    assert first == subjects("b.db", "7")
    assert first != subjects("c.db", "8")


# Screens


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({}, "stdin is none"),
        ({"SSH_ORIGINAL_COMMAND": "cat /etc/passwd"}, "nothing else"),
    ],
)
def test_no_screen_without_a_terminal(
    cli: Cli, path: Path, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], says: str
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    for verb in ((), ("demo",)):
        ran = cli("--db", path, *verb)
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err
    assert cli("--db", path, "--json").error["code"] == "usage"


@pytest.mark.terminal
@pytest.mark.parametrize("verb", [(), ("demo",)])
def test_no_screen_on_a_dumb_terminal(path: Path, verb: tuple[str, ...]) -> None:
    master, slave = pty.openpty()
    ran = subprocess.run(
        [*DESKTERM, "--db", str(path), *verb],
        stdin=slave, stdout=slave, stderr=subprocess.PIPE, text=True, check=False,
        env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    os.close(slave)
    os.close(master)
    assert ran.returncode == 2
    assert "a terminal of type dumb cannot show screens" in ran.stderr


# Serving


def until(true: object, seconds: float = 90.0) -> bool:
    """Wait until something is true."""
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_serve_rings_until_it_is_told_to_end(one: Cli, path: Path, name: str) -> None:
    database = Database(str(path))
    past = datetime.now(UTC) - timedelta(hours=1)
    store = Store(database, one_actor(database), clock=lambda: past)
    store.dispatch(c.Remind(past + timedelta(minutes=1), "call Ana", 1))
    store.close()
    served = subprocess.Popen(
        [*DESKTERM, "--db", str(path), "serve"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert until(
            lambda: [event["kind"] for event in one("history", "1", "--json").json].count("reminded") == 1
        )
        served.send_signal(getattr(signal, name))
        out, err = served.communicate(timeout=90)
    finally:
        served.kill()
    assert (served.returncode, out) == (0, "")
    assert err.splitlines() == [f"ringing for {path}; Ctrl-C ends it", "ended"]
    assert one("doctor", "--json").json["sound"]


def one_actor(database: Database) -> Actor:
    """Bo, as an actor."""
    with database.read() as connection:
        return Actor(directory(connection).agent("bo"), "test")


# Doctor


def test_doctor_needs_no_agent(one: Cli, cli: Cli, path: Path) -> None:
    ran = cli("--db", path, "doctor")
    assert (ran.code, ran.err) == (0, "")
    assert "1 tickets and" in ran.out
    assert "the desk is sound" in ran.out
    told = cli("--db", path, "doctor", "--json").json
    assert list(told) == [
        "sound", "where", "engine", "schema", "tickets", "events", "faults", "more_faults", "notes",
        "judged_late",
    ]  # fmt: skip
    assert (told["sound"], told["tickets"], told["faults"]) == (True, 1, [])
    assert cli("--db", path, "doctor", "-q").out == ""


def test_doctor_repairs_only_what_there_is_by_somebody_who_may(one: Cli) -> None:
    ran = one("doctor", "--repair")
    assert (ran.code, ran.err) == (0, "there is nothing to repair\n")


def test_doctor_says_what_is_wrong_and_exits_6(one: Cli, cli: Cli, path: Path) -> None:
    from sqlalchemy import text

    database = Database(str(path))
    database.write(lambda connection: connection.execute(text("UPDATE tickets SET priority = 'P1'")))
    database.close()
    if os.name == "posix":
        path.chmod(0o644)
    ran = cli("--db", path, "doctor")
    assert ran.code == 6
    assert "wrong: #1: its row and its history disagree about priority" in ran.out
    assert os.name != "posix" or f"chmod 600 {path}" in ran.out
    found = cli("--db", path, "doctor", "--json")
    assert (found.code, found.err) == (6, "")
    assert json.loads(found.out)["sound"] is False


def test_a_role_that_is_none_is_a_storage_error_and_a_finding(one: Cli, cli: Cli, path: Path) -> None:
    from sqlalchemy import text

    database = Database(str(path))
    database.write(lambda connection: connection.execute(text("UPDATE agents SET role='x' WHERE id = 2")))
    database.close()
    ran = one("list")
    assert (ran.code, ran.out) == (6, "")
    assert "has the role 'x'" in ran.err
    found = cli("--db", path, "doctor")
    assert (found.code, found.err) == (6, "")
    assert "has the role 'x'" in found.out


# The manual


def test_the_manual_names_every_verb_and_option() -> None:
    manual = (Path(__file__).parents[2] / "docs/cli.md").read_text("utf-8")
    for one in words():
        if one.verb:
            assert f"`{one.verb}" in manual, one.verb
        for option, _ in one.options:
            known = re.search(rf"[` ]{re.escape(option)}\b", manual)
            assert option in ("-h", "--help") or known, (one.verb, option)


def test_an_agent_goes_away_and_comes_back(one: Cli) -> None:
    assert one("away", "in", "2h").out.strip() == "bo is away"
    [bo] = [agent for agent in one("agent", "list", "--json").json if agent["login"] == "bo"]
    assert bo["away_until"].endswith("Z")
    assert one("back").out.strip() == "bo is back"
    refused = one("back")
    assert (refused.code, "here already" in refused.err) == (1, True)
    assert one("away").out.strip() == "bo is away"
