"""`import` and `export`: files in and out, with progress where somebody watches."""

from __future__ import annotations

import io
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from deskterm.cli.session import Session
from deskterm.cli.whole_file import replacing
from deskterm.domain.errors import InputFileError, NotAllowed
from deskterm.domain.query_parser import parse

if TYPE_CHECKING:
    from deskterm.channels.importers.servicenow import Log
    from deskterm.store.store import Store


def import_file(session: Session) -> int:
    """Bring a file's tickets in with their history."""
    options = session.options
    path = Path(options.file).expanduser()
    if not path.is_file():
        raise InputFileError(f"there is no file {path}" if not path.exists() else f"{path} is no file")
    from deskterm.channels.importers import servicenow
    from deskterm.domain.people import Role

    log = None
    if not session.has_desk:
        # A file that is refused, or only looked at, must not leave a desk behind.
        log = servicenow.survey(path)
        if options.dry_run:
            return _rehearse(session, path, log)
    session.create = True
    store = session.store
    if not store.actor.may(Role.ADMIN):
        # It adds agents and queues, which is an admin's to do.
        raise NotAllowed(f"{store.actor.name} may not import: that needs an admin", hint="ask an admin")
    log = log or servicenow.survey(path)
    if not options.dry_run:
        _first_admin(session, store)
    return _bring_in(session, store, path, log)


def _bring_in(session: Session, store: Store, path: Path, log: Log) -> int:
    from deskterm.channels.importers import servicenow

    out, dry_run = session.out, session.options.dry_run
    with out.progress("importing") as progress:
        report = servicenow.run(store, path, dry_run=dry_run, on_progress=progress, log=log)
    if out.json:
        out.emit(report.as_dict())
    else:
        for line in report.text():
            out.line(line)
    return 0


def _rehearse(session: Session, path: Path, log: Log) -> int:
    """Say what an import would do to a desk that is not there yet, on one that is thrown away."""
    from deskterm.domain.people import DESK
    from deskterm.machine import utc_now
    from deskterm.storage.database import Database
    from deskterm.store.store import Store

    with tempfile.TemporaryDirectory(prefix="deskterm-") as folder:
        database = Database(str(Path(folder) / "desk.db"))
        with closing(Store(database, DESK, clock=utc_now, zone=session.config.zone())) as store:
            return _bring_in(session, store, path, log)


def _first_admin(session: Session, store: Store) -> None:
    """Whoever fills an empty desk is its admin: the file's agents must not lock them out."""
    from deskterm.domain.commands import AddAgent
    from deskterm.domain.people import DESK, Role
    from deskterm.machine import os_user
    from deskterm.store.first_run import is_empty

    if is_empty(store):
        login = session.config.agent or os_user()
        store.dispatch(AddAgent(login, login, Role.ADMIN), actor=DESK)
        session.out.say(f"{login} is the admin of this new desk")


def export_tickets(session: Session) -> int:
    """Write what a query finds."""
    from deskterm.channels.export import export

    options, out = session.options, session.out
    query = " ".join(options.query)
    parse(query)
    store = session.store
    with out.progress("exporting", store.count(query)) as progress:
        if not options.output:
            if isinstance(sys.stdout, io.TextIOWrapper):
                # JSON and CSV are UTF-8 whatever the terminal speaks.
                sys.stdout.reconfigure(encoding="utf-8", newline="")
            export(store, query, options.format, sys.stdout, progress)
            return 0
        path = Path(options.output).expanduser()
        count = _to_file(store, query, options.format, path, progress)
    if out.json:
        out.emit({"file": str(path), "tickets": count})
    else:
        out.say(f"{count:,} tickets written to {path}")
    return 0


def _to_file(store: Store, query: str, how: str, path: Path, progress: object) -> int:
    """Write beside the file and put it in place when it is whole, readable by its owner alone."""
    from deskterm.channels.export import export

    with replacing(path, newline="") as file:
        count = export(store, query, how, file, progress)  # type: ignore[arg-type]
    return count
