"""What every test may use: databases of both engines, and Hypothesis set to repeat itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import NoPostgres, Server
from tests.small_desk import Desk, copy_of, furnish, open_desk

# Neither an example nor making one has a time: a busy machine would fail a test that holds.
NO_HURRY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", NO_HURRY, derandomize=True)
settings.register_profile("explore", NO_HURRY, max_examples=2000)
settings.load_profile("ci")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let long tests begin first: at the end of a run no processor then waits for the last of them."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server: one for each test worker, started by the first test that needs it."""
    try:
        server = Server.start()
    except NoPostgres as reason:
        pytest.skip(str(reason))
    with server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """The URL of one PostgreSQL database for the whole session, empty at the start."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def fresh_postgres_url(postgres_server: Server) -> Iterator[str]:
    """The URL of an empty PostgreSQL database for this test alone."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database for this test, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'desk.db'}"
    url: str = request.getfixturevalue("fresh_postgres_url")
    return url


@pytest.fixture(scope="session")
def furnished_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the small desk in it, to copy."""
    path = tmp_path_factory.mktemp("template") / "desk.db"
    furnish(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def furnished_postgres(postgres_server: Server) -> Iterator[str]:
    """The name of a PostgreSQL database with the small desk in it, to use as a template."""
    url = postgres_server.create_database()
    furnish(url)
    yield url.partition("?")[0].rpartition("/")[2]
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def desk_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a small desk of this test's own, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield copy_of(request.getfixturevalue("furnished_file"), tmp_path / "desk.db")
        return
    server: Server = request.getfixturevalue("postgres_server")
    url = server.create_database(request.getfixturevalue("furnished_postgres"))
    yield url
    server.drop_database(url)


@pytest.fixture
def desk(desk_url: str) -> Iterator[Desk]:
    """A small desk, open, once on SQLite and once on PostgreSQL."""
    opened = open_desk(desk_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_desk(furnished_file: Path, tmp_path: Path) -> Iterator[Desk]:
    """A small desk on SQLite alone, for what the engine does not matter to."""
    opened = open_desk(copy_of(furnished_file, tmp_path / "desk.db"))
    yield opened
    opened.close()
