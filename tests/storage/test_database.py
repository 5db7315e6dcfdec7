"""Opening a database: what is refused and untouched, what SQL itself protects, and what a failure says."""

from __future__ import annotations

import os
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from deskterm.domain import commands as c
from deskterm.domain.errors import StorageError
from deskterm.storage.database import FULL, HEAD, Database, database_url, translate
from deskterm.storage.sqlite_library import sqlite
from deskterm.upkeep.doctor import examine
from tests.invariants import altered
from tests.small_desk import Desk, copy_of, furnish

PROTECTED = (
    "UPDATE events SET kind = 'x'",
    "UPDATE events SET hash = 'x' WHERE seq = 1",
    "DELETE FROM events",
    "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)",
    "INSERT INTO events SELECT * FROM events WHERE seq = 1",
)


@pytest.mark.parametrize("statement", PROTECTED)
def test_the_journal_refuses_to_be_changed_by_sql(desk: Desk, statement: str) -> None:
    with pytest.raises(StorageError), desk.store.database.read() as connection:
        connection.execute(text(statement))
    with desk.store.database.read() as connection:
        assert altered(connection) == []


def test_the_journal_refuses_to_be_replaced_or_emptied(desk: Desk) -> None:
    statement = "TRUNCATE events"
    if desk.store.database.sqlite:
        statement = "INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 1"
    with pytest.raises(StorageError), desk.store.database.read() as connection:
        connection.execute(text(statement))


def test_an_altered_event_is_found(sqlite_desk: Desk, tmp_path: Path) -> None:
    number = sqlite_desk.create()
    sqlite_desk.do("bo", c.Tag((number,), ("vpn",)))
    assert [fault for fault in examine(sqlite_desk.store).faults if "was altered" in fault] == []
    raw = sqlite.connect(tmp_path / "desk.db")
    raw.execute("DROP TRIGGER events_no_update")
    raw.execute("UPDATE events SET changes = replace(changes, 'vpn', 'eu') WHERE kind = 'tagged'")
    raw.commit()
    raw.close()
    assert any(
        f"#{number}: event" in fault and "was altered" in fault for fault in examine(sqlite_desk.store).faults
    )


def test_an_empty_database_becomes_a_desk_once(database_url: str) -> None:
    for _ in range(2):
        database = Database(database_url)
        with database.read() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
        database.close()


def test_a_newer_desk_is_refused_and_left_alone(desk: Desk) -> None:
    desk.store.database.write(
        lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    )
    with pytest.raises(StorageError, match=f"newer deskterm .schema 9999, this one knows {HEAD}"):
        Database(desk.url)
    with desk.store.database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello", "is no database"),
        (b"x" * 5000, "is no database"),
        (b"SQLite format 3\0" + b"\1" * 4096, "no database|damaged|not a desk"),
    ],
    ids=["words", "letters", "a header alone"],
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=words) as refused:
        Database(str(path))
    assert refused.value.exit_code == 6
    assert path.read_bytes() == content


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "else.db"
    other = sqlite.connect(path)
    other.execute("CREATE TABLE music (title)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="but not a desk"):
        Database(str(path))
    after = sqlite.connect(path)
    assert after.execute("SELECT name FROM sqlite_master").fetchall() == [("music",)]
    after.close()
    assert path.read_bytes()[100:] == before[100:]


def test_a_damaged_desk_says_so(furnished_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    copy_of(furnished_file, path)
    content = bytearray(path.read_bytes())
    content[100:6000] = b"\x55" * 5900
    path.write_bytes(content)
    with pytest.raises(StorageError, match="damaged"):
        Database(str(path))


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is a folder"):
        Database(str(tmp_path))
    with pytest.raises(StorageError, match="there is no desk at"):
        Database(str(tmp_path / "none.db"), create=False)
    assert not (tmp_path / "none.db").exists()


@pytest.fixture
def not_root(tmp_path: Path) -> Iterator[None]:
    """Somebody to whom permissions apply: root, who may write everywhere, becomes nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    nobody = 65534
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.stat().st_uid == 0 and folder != Path(tempfile.gettempdir()):
            folder.chmod(folder.stat().st_mode | 0o055)
    os.seteuid(nobody)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_read_only_file_is_refused(furnished_file: Path, tmp_path: Path, request: Any) -> None:
    copy_of(furnished_file, tmp_path / "desk.db")
    (tmp_path / "desk.db").chmod(0o444)
    before = (tmp_path / "desk.db").read_bytes()
    request.getfixturevalue("not_root")
    with pytest.raises(StorageError, match="read-only for you"):
        Database(str(tmp_path / "desk.db"))
    assert (tmp_path / "desk.db").read_bytes() == before


def test_other_engines_are_refused() -> None:
    with pytest.raises(StorageError, match="mysql is not supported"):
        Database("mysql://x/y")
    assert database_url("postgresql://x/y").drivername == "postgresql+psycopg"
    assert database_url("~/x.db").get_backend_name() == "sqlite"


def test_an_unreachable_server_says_so() -> None:
    with pytest.raises(StorageError, match="cannot be reached") as refused:
        Database("postgresql://nobody:secretpassword@127.0.0.1:1/none")
    assert refused.value.message == "the database cannot be reached (none on 127.0.0.1:1)"


def test_a_new_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "desk.db"
    furnish(str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_full_disk_says_so_and_work_goes_on_afterwards(sqlite_desk: Desk) -> None:
    number = sqlite_desk.create()
    database = sqlite_desk.store.database

    def limit(pages: int) -> None:
        with database.engine.connect() as connection:
            size = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {size + pages if pages else 1_000_000}")

    limit(1)
    with pytest.raises(StorageError, match="the disk is full") as refused:
        sqlite_desk.do("bo", c.Note((number,), "word " * 20_000))
    assert refused.value.exit_code == 6
    assert sqlite_desk.ticket(number).messages == 0
    limit(0)
    sqlite_desk.do("bo", c.Note((number,), "word " * 20_000))
    assert sqlite_desk.ticket(number).messages == 1


def test_an_io_error_on_a_full_disk_is_that(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    error = DBAPIError("INSERT", {}, sqlite.OperationalError("disk I/O error"))
    name = str(tmp_path / "desk.db")
    for free, words in ((0, "the disk is full"), (FULL, "the disk reported an error")):
        monkeypatch.setattr("shutil.disk_usage", lambda _path, free=free: SimpleNamespace(free=free))
        assert translate(error, name).message == f"{words} ({name})"
    assert "free some space" in translate(DBAPIError("", {}, Exception("database or disk is full")), "x").hint
    assert "disk reported" in translate(error, str(tmp_path / "gone" / "desk.db")).message


def test_a_role_that_is_none_names_the_agent(desk: Desk) -> None:
    desk.store.database.write(lambda held: held.execute(text("UPDATE agents SET role='x' WHERE login='bo'")))
    with pytest.raises(StorageError, match="agent bo has the role 'x', which is none of viewer, ") as refused:
        desk.seen_by("alice").people()
    assert "doctor" in refused.value.hint


def test_a_busy_file_is_tried_again_and_then_said_so(sqlite_desk: Desk, tmp_path: Path) -> None:
    database = sqlite_desk.store.database
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 20")
    other = sqlite.connect(tmp_path / "desk.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="stayed busy"):
        sqlite_desk.create()
    other.execute("COMMIT")
    other.close()
    assert sqlite_desk.create()


def test_opening_waits_for_whoever_writes_into_a_file_without_a_log(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    sqlite_desk.store.close()
    other = sqlite.connect(tmp_path / "desk.db", isolation_level=None, check_same_thread=False)
    # As in a desk that is just being made, or was copied back by another program.
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN IMMEDIATE")
    writing = threading.Timer(0.2, lambda: other.execute("COMMIT"))
    writing.start()
    Database(str(tmp_path / "desk.db")).close()
    writing.join()
    other.close()


def test_whoever_waits_to_write_gets_into_the_rests_of_others(sqlite_desk: Desk, tmp_path: Path) -> None:
    ended, other = (
        threading.Event(),
        sqlite.connect(tmp_path / "desk.db", isolation_level=None, check_same_thread=False),
    )

    def work_and_rest() -> None:
        while not ended.is_set():
            other.execute("BEGIN IMMEDIATE")
            ended.wait(0.05)
            other.execute("COMMIT")
            ended.wait(0.02)

    busy = threading.Thread(target=work_and_rest)
    busy.start()
    try:
        assert [sqlite_desk.create() for _ in range(20)] == list(range(1, 21))
    finally:
        ended.set()
        busy.join()
        other.close()
    with sqlite_desk.store.database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 5000


def test_a_lost_lock_is_taken_again(desk: Desk) -> None:
    tries = []

    def work(connection: object) -> int:
        tries.append(connection)
        if len(tries) < 3:
            raise DBAPIError("x", {}, Exception("database is locked"))
        return 7

    assert desk.store.database.write(work) == 7
    assert len(tries) == 3


def test_a_failure_undoes_the_whole_write(desk: Desk) -> None:
    def work(connection: object) -> None:
        connection.execute(text("DELETE FROM views"))  # type: ignore[attr-defined]
        connection.execute(text("DELETE FROM memberships"))  # type: ignore[attr-defined]
        raise RuntimeError

    before = desk.store.people()
    with pytest.raises(RuntimeError):
        desk.store.database.write(work)
    other = desk.seen_by("")
    assert other.people() == before
