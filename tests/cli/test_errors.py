"""What goes wrong is one sentence on stderr, a code that scripts can trust, and never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from deskterm.storage.database import Database
from tests.cli.conftest import Cli

DESKTERM = [sys.executable, "-m", "deskterm"]

WRONG: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (3, "there is no ticket #99", ("show", "99")),
    (3, "there is no ticket #99", ("take", "99")),
    (3, "there is no ticket #99999999999999999999", ("show", "99999999999999999999")),
    (2, "'seven' is no ticket number", ("show", "seven")),
    (2, "one ticket at a time", ("show", "1,2")),
    (2, "'colour' is no field", ("set", "1", "colour=red")),
    (2, "did you mean priority?", ("set", "1", "prioirty=P1")),
    (2, "'open' sets nothing", ("set", "1", "open")),
    (2, "nothing to set", ("set", "1")),
    (2, "did you mean open?", ("set", "1", "state=opne")),
    (2, "one of P1, P2, P3, P4", ("set", "1", "priority=urgent")),
    (2, "until belongs to no field", ("set", "1", "priority=P4", "until=monday")),
    (2, "state is given twice", ("set", "1", "state=open", "state=hold")),
    (1, "hold needs to know what it waits for", ("set", "1", "state=hold")),
    (1, "cannot simply be set to new", ("set", "1", "state=new")),
    (1, "solving needs a resolution note", ("set", "1", "state=solved")),
    (1, "is no resolution code", ("solve", "1", "done", "--code", "magic")),
    (1, "is no reason to close", ("close", "1", "because")),
    (1, "there is nothing to reopen", ("reopen", "1", "again")),
    (1, "is no type", ("set", "1", "type=riot")),
    (1, "P1 needs a reason", ("set", "1", "priority=P1")),
    (1, "there is nothing to redo", ("redo",)),
    (3, "did you mean alice?", ("assign", "1", "alcie")),
    (3, "did you mean none?", ("assign", "1", "nobody")),
    (3, "did you mean network?", ("set", "1", "queue=netwrok")),
    (3, "there is no queue 'hr'", ("set", "1", "queue=hr")),
    (3, "there is no queue 'hr'", ("new", "x", "--queue", "hr")),
    (2, "did you mean state?", ("list", "stat:open")),
    (2, "Column 12: ", ("list", "is:new tag:")),
    (2, "these quotes are not closed", ("list", '"open')),
    (2, "--limit cannot be negative", ("list", "--limit", "-1")),
    (2, "is no order", ("list", "--sort", "color")),
    (2, "'x' is no whole number", ("list", "--limit", "x")),
    (2, "did you mean list?", ("lsit",)),
    (2, "did you mean --limit?", ("list", "--limt", "5")),
    (2, "are required: N", ("show",)),
    (2, "the note is missing", ("note", "1")),
    (1, "the message is empty", ("note", "1", "-")),
    (2, "the time is missing", ("snooze", "1")),
    (2, "no time that is known", ("snooze", "1", "someday")),
    (2, "has passed", ("remind", "1", "2020-01-01", "too late")),
    (2, "did you mean blocked by?", ("link", "1", "bloked", "by", "1")),
    (1, "cannot be linked to itself", ("link", "1", "1")),
    (4, "bo may not add or change queues: that needs an admin", ("queue", "add", "Own")),
    (4, "may not import", ("import", "servicenow", __file__)),
    (7, "there is no file", ("import", "servicenow", "/no/such/file")),
    (2, "invalid choice", ("import", "jira", "x.csv")),
    (2, "--tickets must be", ("demo", "--no-open", "--tickets", "0")),
)


def test_what_is_refused(one: Cli) -> None:
    before = one("history", "1", "--json").out
    for code, says, words in WRONG:
        ran = one(*words)
        assert (ran.code, ran.out) == (code, ""), words
        assert says in ran.err, words
        assert ran.err.startswith("deskterm: "), words
        assert "Traceback" not in ran.err, words
        told = one(*words, "--json").error
        assert says in f"{told['message']} {told['hint']}", words
    assert one("history", "1", "--json").out == before


def test_what_helps_nobody_is_not_said(one: Cli) -> None:
    ran = one("set", "1", "state=banana")
    assert ran.code == 2
    assert "one of open, pending" in ran.err
    assert "new" not in ran.err
    ran = one("snooze", "1", "blah")
    assert (ran.code, ran.err.count("blah")) == (2, 1)


def test_an_import_that_is_refused_or_rehearsed_leaves_no_desk(cli: Cli, tmp_path: Path) -> None:
    file, desk = tmp_path / "log.csv", tmp_path / "new" / "desk.db"
    file.write_text("number,incident_state\nINC1,New\n")
    for more in ((), ("--dry-run",)):
        assert cli("--db", desk, "import", "servicenow", file, *more).code == 7
        assert not desk.parent.exists()
    log = Path(__file__).parents[1] / "data/servicenow_words.csv"
    ran = cli("--db", desk, "import", "servicenow", log, "--dry-run")
    assert (ran.code, ran.err) == (0, "")
    assert not desk.parent.exists()
    made = cli("--db", desk, "--as", "zoe", "import", "servicenow", log)
    assert made.code == 0
    assert "zoe is the admin of this new desk" in made.err
    assert cli("--db", desk, "--as", "zoe", "doctor").code == 0


def test_a_refused_import_gives_an_empty_desk_no_admin(cli: Cli, tmp_path: Path) -> None:
    from deskterm.storage.database import Database

    file, desk = tmp_path / "log.csv", tmp_path / "desk.db"
    file.write_text("number,incident_state\nINC1,New\n")
    Database(str(desk)).close()
    assert cli("--db", desk, "--as", "zoe", "import", "servicenow", file).code == 7
    assert cli("--db", desk, "agent", "list", "--json").out.strip() in ("", "[]")


def test_the_shape_of_an_error(one: Cli) -> None:
    ran = one("set", "1", "priority=P2", "reason=x", "--expect", "priority=P3", "--json")
    assert ran.code == 5
    assert ran.error == {
        "code": "conflict",
        "message": "bo set the priority of #1 to P4 meanwhile",
        "field": "priority",
        "hint": None,
    }


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("take", "99"), "not_found"),
        (("queue", "add", "X"), "not_allowed"),
        (("list", "a:b"), "usage"),
        (("close", "1", "x"), "refused"),
        (("import", "servicenow", "/none"), "input"),
    ],
)
def test_the_families_of_errors(one: Cli, words: tuple[str, ...], code: str) -> None:
    assert one(*words, "--json").error["code"] == code


def test_a_file_that_is_refused(one: Cli, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("number,incident_state\nINC1,New\n")
    told = one("import", "servicenow", file, "--json", who="dana")
    assert (told.code, told.error["code"]) == (7, "input")


def test_roles(one: Cli) -> None:
    for words in (("note", "1", "x"), ("new", "x"), ("set", "1", "state=open")):
        assert one(*words, who="vera").code == 4
    assert one("list", who="vera").code == 0
    assert one("snooze", "1", "tomorrow", who="vera").code == 0
    assert one("queue", "add", "Own", who="dana").code == 0


def test_bulk_does_what_it_can_and_names_the_rest(one: Cli) -> None:
    one("new", "Second")
    one("take", "2")
    ran = one("take", "1,2", "--json")
    assert ran.code == 1
    assert json.loads(ran.out)["refused"] == [{"number": 2, "reason": "#2 has that owner already"}]
    assert json.loads(ran.err)["error"]["message"].startswith("1 left out: #2")


def test_several_fields_are_all_or_none(one: Cli) -> None:
    before = one("show", "1", "--json").json
    ran = one("set", "1", "tag=+x", "owner=bo", "state=closed", "reason=because")
    assert ran.code == 1
    after = one("show", "1", "--json").json
    assert {name: after[name] for name in ("tags", "owner", "state", "updated_at")} == {
        name: before[name] for name in ("tags", "owner", "state", "updated_at")
    }


def test_a_hidden_ticket_is_the_same_as_none(one: Cli) -> None:
    one("new", "Salary", "--queue", "hr", "--requester", "x@y", who="hana")
    for words in (
        ("show", "2"),
        ("take", "2"),
        ("history", "2"),
        ("link", "1", "2"),
        ("remind", "2", "in 2h"),
    ):
        hidden, unknown = (
            one(*words),
            one(*(word.replace("2", "77") if word == "2" else word for word in words)),
        )
        assert (hidden.code, hidden.out) == (unknown.code, unknown.out) == (3, "")
        assert hidden.err == unknown.err.replace("77", "2")
    assert one("list", "is:any", "--json", who="bo").out.count('"number"') == 1
    assert one("list", "is:any", "--json", who="hana").out.count('"number"') == 2


# Databases


def refused(cli: Cli, where: Path, *words: str) -> str:
    """Run on a database that cannot be used and return what was said."""
    ran = cli("--db", where, "--as", "bo", *(words or ("list",)))
    assert (ran.code, ran.out) == (6, "")
    assert "Traceback" not in ran.err
    told = cli("--db", where, "--as", "bo", *(words or ("list",)), "--json")
    assert told.error["code"] == "storage"
    return ran.err


def test_no_desk_is_made_by_looking(cli: Cli, home: Path) -> None:
    for words in (("list",), ("doctor",), ("show", "1"), ("new", "x"), ("export",), ("serve",)):
        assert "there is no desk at" in refused(cli, home / "none.db", *words)
    assert not (home / "none.db").exists()


def test_no_database(cli: Cli, home: Path) -> None:
    file = home / "letter.txt"
    file.write_text("Dear desk,\n" * 100)
    assert "is no database" in refused(cli, file)
    assert "is no database" in refused(cli, file, "doctor")
    assert file.read_text().startswith("Dear desk")
    assert "is a folder" in refused(cli, home)


def test_a_database_that_is_no_desk(cli: Cli, home: Path) -> None:
    import sqlite3

    with sqlite3.connect(home / "other.db") as other:
        other.execute("CREATE TABLE songs (name)")
    assert "is a database, but not a desk" in refused(cli, home / "other.db")


def test_a_newer_desk(cli: Cli, path: Path) -> None:
    database = Database(str(path))
    database.write(
        lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    )
    database.close()
    assert "written by a newer deskterm" in refused(cli, path)
    assert "written by a newer deskterm" in refused(cli, path, "doctor")


def test_a_truncated_desk(cli: Cli, path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(5000)
    ran = cli("--db", path, "--as", "bo", "list")
    assert ran.code == 6
    assert "Traceback" not in ran.err


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_read_only_desk(path: Path, home: Path) -> None:
    path.chmod(0o444)
    for folder in (*path.parents[:3], home):
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o055)
    asked = [*DESKTERM, "--db", str(path), "--as", "bo", "note", "1", "x"]
    nobody = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
    try:
        ran = subprocess.run(asked, capture_output=True, text=True, check=False, **nobody)  # type: ignore[call-overload]
    except PermissionError:
        pytest.skip("another user cannot run this Python")
    if "No module named" in ran.stderr or "Permission denied" in ran.stderr:
        pytest.skip("another user cannot read this checkout")
    assert ran.returncode == 6
    assert "is read-only for you" in ran.stderr


# The run itself


def test_a_full_disk_under_stdout(one: Cli, path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this machine has no /dev/full")
    with open("/dev/full", "w") as full:
        ran = subprocess.run(
            [*DESKTERM, "--db", str(path), "--as", "bo", "list", "--json"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert ran.returncode == 6
    assert "No space left" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_reader_that_leaves_is_no_failure(one: Cli, path: Path) -> None:
    for number in range(40):
        one("new", f"Ticket {number} " + "x" * 200)
    line = f"{sys.executable} -m deskterm --db {path} --as bo export --format jsonl | head -c 10"
    ran = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr, len(ran.stdout)) == (0, "", 10)


def test_what_was_not_foreseen_goes_to_a_private_log(
    one: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(*_: object, **__: object) -> None:
        raise ZeroDivisionError("\x1b[31msecret of a ticket")

    monkeypatch.setattr("deskterm.store.store.Store.listing", burst)
    ran = one("list")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("deskterm: deskterm failed: ZeroDivisionError\n")
    assert "Traceback" not in ran.err
    log = home / "state/deskterm/deskterm.log"
    assert str(log) in ran.err
    assert log.stat().st_mode & 0o777 == 0o600
    assert "\x1b" not in log.read_text()
    assert "ZeroDivisionError" in log.read_text()
    assert one("list", "--json").error["code"] == "internal"


def test_ctrl_c(one: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("deskterm.store.store.Store.listing", interrupted)
    ran = one("list")
    assert (ran.code, ran.out) == (130, "")
    assert "Traceback" not in ran.err
