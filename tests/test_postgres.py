"""The PostgreSQL server the tests bring: real, empty for each test, and gone with its starter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

ROOT = Path(__file__).parents[1]


def test_each_test_has_an_empty_database(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE ticket (number INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO ticket VALUES (1)"))
        assert connection.execute(text("SELECT count(*) FROM ticket")).scalar_one() == 1
    engine.dispose()


@pytest.mark.parametrize("_again", [1, 2])
def test_nothing_is_left_from_the_test_before(fresh_postgres_url: str, _again: int) -> None:
    engine = create_engine(fresh_postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE ticket (number INTEGER PRIMARY KEY)"))
    engine.dispose()


def test_letters_beyond_ascii_have_upper_and_lower_case(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT lower('ÉCLAIR')")).scalar_one() == "éclair"
    engine.dispose()


@pytest.mark.skipif("DESKTERM_TEST_PG" in os.environ, reason="the server belongs to someone else")
def test_the_server_ends_with_a_starter_that_is_killed(postgres_url: str) -> None:
    code = "from tests.postgres import Server; print(Server.start().create_database(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout is not None
        folder = Path(str(make_url(starter.stdout.readline().strip()).query["host"]))
        assert folder.exists()
        starter.send_signal(signal.SIGKILL)
        starter.wait()
    end = time.monotonic() + 120
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not folder.exists()
