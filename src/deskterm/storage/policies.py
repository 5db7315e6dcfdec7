"""The versions of a desk's policy: the newest one holds, and the clocks of older tickets ask for theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from deskterm.domain.errors import NotFound
from deskterm.domain.named_states import States
from deskterm.domain.policy import Policy
from deskterm.domain.terms import calendars
from deskterm.storage import kept_holidays
from deskterm.storage.codec import digest, from_ms, to_ms
from deskterm.storage.kept_holidays import Kept
from deskterm.storage.tables import meta, policies

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar

_NEWEST = select(func.max(policies.c.version))
"""Asked by every command and every read: built once, because building one takes longer than running it."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the policy: who made it hold and when (`actor` None: the desk), and its digest."""

    number: int
    at: datetime
    actor: int | None
    digest: str


def newest(connection: Connection) -> int:
    """Return the number of the version that holds, 0 while nobody has applied any."""
    return int(connection.execute(_NEWEST).scalar() or 0)


def document(connection: Connection, version: int) -> str | None:
    """Return the canonical text of a version, None when there is none."""
    found = connection.execute(select(policies.c.document).where(policies.c.version == version)).scalar()
    return str(found) if found is not None else None


def document_of(connection: Connection, wanted: str) -> str | None:
    """Return the canonical text with this digest, None when there is none."""
    statement = select(policies.c.document).where(policies.c.digest == wanted)
    found = connection.execute(statement.limit(1)).scalar()
    return str(found) if found is not None else None


def digest_of(connection: Connection, version: int) -> str:
    """Return the digest of a version, "" when there is none."""
    return str(
        connection.execute(select(policies.c.digest).where(policies.c.version == version)).scalar() or ""
    )


def versions(connection: Connection) -> list[Version]:
    """List every version, the oldest first."""
    columns = (policies.c.version, policies.c.at, policies.c.actor, policies.c.digest)
    return [
        Version(row.version, from_ms(row.at), row.actor, row.digest)
        for row in connection.execute(select(*columns).order_by(policies.c.version))
    ]


def add(connection: Connection, version: int, text: str, actor: int | None, at: datetime) -> str:
    """Keep a version; returns its digest."""
    key = digest(text)
    values = {"version": version, "at": to_ms(at), "actor": actor, "document": text, "digest": key}
    connection.execute(insert(policies), values)
    return key


WATCHED = "watched"


class Task(NamedTuple):
    """The recalculation that is under way: for which version, as which command, and after which ticket.

    `holder` is whoever goes on with it, until a time in UTC milliseconds.
    """

    version: int
    command: int
    after: int
    holder: str = ""
    until: int = 0


def task(connection: Connection) -> Task | None:
    """Return what is left to recalculate, None when nothing is."""
    found = connection.execute(select(meta.c.value).where(meta.c.key == "recalculate")).scalar()
    if not found:
        return None
    version, command, after, *lease = str(found).split(":")
    holder, until = lease or ("", "0")
    return Task(int(version), int(command), int(after), holder, int(until))


def put_task(connection: Connection, left: Task | None) -> None:
    """Remember what is left to recalculate."""
    connection.execute(delete(meta).where(meta.c.key == "recalculate"))
    if left is not None:
        value = ":".join(map(str, left))
        connection.execute(insert(meta), {"key": "recalculate", "value": value})


def watched(connection: Connection) -> int:
    """Return under which version tickets were last looked at for what returns untouched; 1 before any was."""
    found = connection.execute(select(meta.c.value).where(meta.c.key == WATCHED)).scalar()
    return int(found) if found else 1


def put_watched(connection: Connection, version: int) -> None:
    """Remember that every ticket has been looked at under a version."""
    connection.execute(delete(meta).where(meta.c.key == WATCHED))
    connection.execute(insert(meta), {"key": WATCHED, "value": str(version)})


class Policies:
    """The policies of a desk by version, read once each. `base` is version 1: a desk that has set nothing.

    Must not be asked for a version that the same transaction adds: that one may never come to be.
    """

    def __init__(self, base: Policy, read: Callable[[str, Kept], Policy]) -> None:
        """Read documents by `read`, which is given the holidays that are kept."""
        self.base = base
        self._kept: Kept = {}
        self._read = read
        self._known = {base.version: base}

    def current(self, connection: Connection) -> Policy:
        """Return the policy that holds now, whichever process applied it."""
        version = newest(connection)
        return self.at(connection, version) if version else self.base

    def states(self, connection: Connection) -> Callable[[], States]:
        """Return what asks for the states of now, once and not before anybody needs them."""
        return cache(lambda: self.current(connection).named)

    def calendars(self, connection: Connection) -> Callable[[], Mapping[str, Calendar]]:
        """Return what asks by which calendar each SLA policy of now counts, once and when it is needed."""
        return cache(lambda: calendars(self.current(connection)))

    def at(self, connection: Connection, version: int) -> Policy:
        """Return a version of the policy. Raises NotFound."""
        found = self._known.get(version)
        if found is None:
            text = document(connection, version)
            if text is None:
                raise NotFound(f"there is no policy {version}", field="policy")
            earlier = select(policies.c.version, policies.c.document).where(policies.c.version < version)
            past = {row.version: row.document for row in connection.execute(earlier)}
            self._kept = kept_holidays.read(connection)
            texts = _Past(self._earlier, {self.base.version: "", **past})
            found = replace(self._read(text, self._kept), version=version, past=texts)
            self._known[version] = found
        return found

    def _earlier(self, version: int, text: str) -> Policy:
        found = self._known.get(version)
        if found is None:
            # By itself: what a ticket was measured by is all that anybody asks of it.
            found = self._known[version] = replace(self._read(text, self._kept), version=version)
        return found


class _Past(Mapping[int, Policy]):
    """Earlier versions of a policy, read when a ticket they measured asks for them."""

    def __init__(self, read: Callable[[int, str], Policy], texts: dict[int, str]) -> None:
        self._read = read
        self._texts = texts

    def __getitem__(self, version: int) -> Policy:
        return self._read(version, self._texts[version])

    def __iter__(self) -> Iterator[int]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)
