"""Is this desk sound? Checks the file, the schema, the journal, and every ticket against its own history."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskterm.domain.commands import Rejudge
from deskterm.domain.errors import Refused, StorageError
from deskterm.storage import health, health_waits, requester_words, sqlite_library
from deskterm.storage.late_priorities import judged_late

if TYPE_CHECKING:
    from deskterm.store.store import Store

SHOWN = 100
"""Faults that are told in full: a badly damaged desk would otherwise be a book."""

AT_ONCE = 50
"""Tickets that are repaired in one command: nobody waits long for it."""

REASON = "an older version did not keep the priority of then (doctor --repair)"

LISTED = 20
"""Tickets named in the advice."""

_TICKET = re.compile(r"#(\d+)")

Progress = Callable[[int], None]


@dataclass(slots=True)
class Diagnosis:
    """What the doctor found: `faults` are wrong, `notes` are good to know; both are sentences."""

    where: str
    engine: str = ""
    schema: str = ""
    tickets: int = 0
    events: int = 0
    faults: list[str] = field(default_factory=list)
    more: int = 0
    notes: tuple[str, ...] = ()
    late: tuple[int, ...] = ()
    """Tickets that are judged by a priority they got later: a repair is offered."""

    @property
    def sound(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.faults

    def add(self, fault: str) -> None:
        """Keep a fault, or count it when there are too many to tell."""
        if len(self.faults) < SHOWN:
            self.faults.append(fault)
        else:
            self.more += 1

    def text(self) -> list[str]:
        """Say it in lines for a person."""
        said = [f"{self.where}: {self.engine}, schema {self.schema}"]
        said += [f"note: {note}" for note in self.notes]
        if self.late:
            these = "1 ticket is" if len(self.late) == 1 else f"{len(self.late):,} tickets are"
            said.append(
                f"note: {these} judged by a priority of after they were answered or solved, as older versions"
                " did: as an admin, deskterm doctor --repair judges them by the priority of then"
            )
        said += [f"wrong: {fault}" for fault in self.faults]
        if self.more:
            said.append(f"wrong: and {self.more:,} more of the like")
        checked = f"{self.tickets:,} tickets and {self.events:,} events were checked"
        said.append(f"{checked}: " + ("the desk is sound" if self.sound else "the desk is damaged"))
        return [*said, *self.advice()]

    def advice(self) -> list[str]:
        """Say what to do next, and about which tickets."""
        damage = [fault for fault in self.faults if ": chmod " not in fault]
        if self.sound:
            return []
        if not damage:
            return ["next: run the commands above, then deskterm doctor again"]
        said = [
            "next: end every deskterm, keep a copy of this desk, restore the last backup and check that too"
        ]
        numbers = sorted({int(found[1]) for fault in damage if (found := _TICKET.search(fault))})
        if numbers:
            rest = f" and {len(numbers) - LISTED} more" if len(numbers) > LISTED else ""
            listed = ", ".join(f"#{number}" for number in numbers[:LISTED])
            said.append(f"tickets not to be relied on until then: {listed}{rest}")
        return said

    def as_dict(self) -> dict[str, Any]:
        """Say it for a program."""
        return {
            "sound": self.sound,
            "where": self.where,
            "engine": self.engine,
            "schema": self.schema,
            "tickets": self.tickets,
            "events": self.events,
            "faults": list(self.faults),
            "more_faults": self.more,
            "notes": list(self.notes),
            "judged_late": list(self.late),
        }


def examine(store: Store, on_progress: Progress | None = None) -> Diagnosis:
    """Check everything, in short reads, and write nothing."""
    database = store.database
    found = Diagnosis(database.name)
    if database.sqlite:
        found.notes = tuple(_notes())
        for fault in _exposed(Path(database.name)):
            found.add(fault)
    try:
        with database.read() as connection:
            found.engine, found.schema = health.engine_words(connection), health.schema(connection)
            for fault in health.of_file(connection):
                found.add(fault)
        with database.read() as connection:
            beside = health_waits.of_waiting(connection, store.now())
            for fault in (*health.of_desk(connection), *beside, *requester_words.faults(connection)):
                found.add(fault)
        _tickets(store, found, on_progress)
        with database.read() as connection:
            found.late = tuple(judged_late(connection))
    except StorageError as error:
        found.add(f"not everything could be read: {error.message}")
    return found


def repair(store: Store, late: Sequence[int]) -> int:
    """Let tickets be judged by the priority of then, some at a time, each time one command with one undo and
    a line in each history; returns how many. For admins."""
    done = 0
    for start in range(0, len(late), AT_ONCE):
        # What is so already was repaired by somebody else meanwhile.
        with suppress(Refused):
            done += len(store.dispatch(Rejudge(tuple(late[start : start + AT_ONCE]), REASON)).changed)
    return done


def _tickets(store: Store, found: Diagnosis, on_progress: Progress | None) -> None:
    after: int | None = 0
    while after is not None:
        with store.database.read() as connection:
            checked = health.of_tickets(connection, store.policy, store.now(), after)
            if after == 0:
                found.events += health.desk_events(connection)
        for fault in checked.faults:
            found.add(fault)
        found.tickets += checked.tickets
        found.events += checked.events
        after = checked.last
        if on_progress is not None:
            on_progress(found.tickets)


def _notes() -> Iterator[str]:
    if not sqlite_library.SOUND_WAL:
        version = ".".join(str(part) for part in sqlite_library.VERSION)
        yield (
            f"SQLite {version} can damage a write-ahead log, so the rollback journal is used:"
            " sound, and slower; install pysqlite3 for a better one"
        )


def _exposed(path: Path) -> Iterator[str]:
    """Yield the files that others on this machine could read or change (RELIABILITY O1)."""
    if os.name != "posix":
        return
    for suffix in ("", "-wal", "-shm", "-journal"):
        file = Path(f"{path}{suffix}")
        try:
            mode = stat.S_IMODE(file.stat().st_mode)
        except OSError:
            continue
        if mode & 0o077:
            yield f"{file} is open to others (mode {mode:04o}): chmod 600 {file}"
    try:
        mode = path.parent.stat().st_mode
    except OSError:
        return
    # In a folder such as /tmp nobody can replace what is not theirs.
    if mode & 0o022 and not mode & stat.S_ISVTX:
        folder = path.parent
        yield f"{folder} can be written by others (mode {stat.S_IMODE(mode):04o}): chmod go-w {folder}"
