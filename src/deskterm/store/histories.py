"""Writing whole pasts in batches: each one transaction, and what the desk knows already is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain.history import History, WriteReport
from deskterm.storage import bulk, journal, people
from deskterm.storage.codec import to_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from deskterm.domain.people import Actor
    from deskterm.storage.database import Connection
    from deskterm.store.dispatch import Dispatcher

BATCH = 500
"""Histories written in one transaction."""


def write_histories(
    dispatcher: Dispatcher,
    histories: Iterable[History],
    actor: Actor,
    on_progress: Callable[[int], None] | None,
    dry_run: bool,
) -> WriteReport:
    """Write pasts in batches; what is known by its external id is skipped. Raises InputFileError."""
    written = skipped = written_events = 0
    batch: list[History] = []

    def put() -> None:
        nonlocal written, skipped, written_events, batch
        done = (
            _rehearse(dispatcher, batch)
            if dry_run
            else dispatcher.database.write(lambda connection: _put(dispatcher, connection, batch, actor))
        )
        written_events, written, skipped = written_events + done[0], written + done[1], skipped + done[2]
        batch = []
        if on_progress:
            on_progress(written + skipped)

    for history in histories:
        batch.append(history)
        if len(batch) == BATCH:
            put()
    put()
    return WriteReport(written, skipped, written_events)


def _rehearse(dispatcher: Dispatcher, batch: list[History]) -> tuple[int, int, int]:
    with dispatcher.database.read() as connection:
        known = bulk.known_external(connection, [history.external_id for history in batch])
    new = bulk.unknown(batch, known)
    return sum(len(history.facts) for history in new), len(new), len(batch) - len(new)


def _put(
    dispatcher: Dispatcher, connection: Connection, batch: list[History], actor: Actor
) -> tuple[int, int, int]:
    known = bulk.known_external(connection, [history.external_id for history in batch])
    new = bulk.unknown(batch, known)
    if not new:
        return 0, 0, len(batch)
    walk = dispatcher.walk(connection, actor)
    command = journal.new_command(
        connection,
        "Import",
        actor=None,
        via=actor.via,
        at=to_ms(walk.now),
        summary=f"Imported {len(new)} tickets",
    )
    writer = bulk.HistoryWriter(connection, walk.policy, command, actor.via, walk.now)
    writer.expect(new)
    for history in new:
        writer.write(history)
    writer.flush()
    if writer.new_people:
        people.touch_directory(connection, journal.last_seq(connection))
    dispatcher.database.notify(connection, journal.last_seq(connection))
    return writer.events, len(new), len(batch) - len(new)
