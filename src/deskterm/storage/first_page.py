"""The inbox's first page by plain SQL, so that it is painted before SQLAlchemy is imported.

A test holds it equal to what the store reads; anything unusual (no file, another schema, another engine)
gives None, and the screen waits for the store.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from deskterm.domain.kinds import Priority, Sla, State
from deskterm.domain.lists import UNCOUNTED, UNREAD, Counts, Listing, Row, Unread, ViewCount
from deskterm.storage.sqlite_library import APPLICATION_ID, sqlite

if TYPE_CHECKING:
    from deskterm.domain.known_hours import KnownHours

HEAD = "0022"
ROWS = 64

_MINE = """
    t.active = 1 AND t.voided = 0 {hidden}
    AND (t.owner_id = :me OR (t.queue_id IN ({mine}) AND t.owner_id IS NULL))
    AND NOT EXISTS (SELECT 1 FROM snoozes s WHERE s.ticket = t.number AND s.agent_id = :me AND s.until > :now)
"""
_ROWS = """
    SELECT t.number, t.subject, t.state, t.priority, t.type, t.queue_id, t.owner_id, t.tags, t.created_at,
           t.updated_at, t.due_at, t.risk_at, t.sla_started_at, t.sla_rest, t.sla_left, t.messages, t.version,
           r.name, seen.messages, t.due_key, r.address, t.channel, t.status, t.legs
    FROM tickets t JOIN requesters r ON r.id = t.requester_id
    LEFT JOIN reads seen ON seen.ticket = t.number AND seen.agent_id = :me
    WHERE {where} ORDER BY t.due_key, t.number LIMIT {limit}
"""
_STATES = re.compile(r"^\[\[states\]\]\n((?:[a-z]+ = .*\n)+)", re.MULTILINE)
_VALUE = re.compile(r"^(name|category|default|was) = (.*)$", re.MULTILINE)
_SLA = re.compile(r'^\[\[sla\]\]\nname = (".*")\n(?:[a-z_]+ = .*\n)*?calendar = (".*")\n', re.MULTILINE)
_DESK = re.compile(r'^\[desk\]\n(?:[a-z_0-9]+ = .*\n)*?calendar = (".*")\n', re.MULTILINE)
_GROUPS = "SELECT queue_id, owner_id, count(*) FROM tickets WHERE active = 1 GROUP BY queue_id, owner_id"
_MY_GROUPS = """
    SELECT queue_id, owner_id, count(*) FROM tickets WHERE active = 1 AND owner_id = :me GROUP BY queue_id
    UNION ALL
    SELECT t.queue_id, NULL, count(*) FROM memberships m JOIN tickets t ON t.queue_id = m.queue_id
    WHERE m.agent_id = :me AND t.active = 1 AND t.owner_id IS NULL GROUP BY t.queue_id
"""
_ASLEEP = """
    SELECT t.queue_id, t.owner_id, t.due_at, t.risk_at FROM tickets t JOIN snoozes s ON s.ticket = t.number
    WHERE s.agent_id = :me AND s.until > :now AND t.active = 1
"""
_CALLED = """
    SELECT count(*) FROM tickets WHERE active = 1
    AND number IN (SELECT ticket FROM mentions WHERE agent_id = :me AND seen = 0)
    AND number NOT IN (SELECT ticket FROM snoozes WHERE agent_id = :me AND until > :now)
"""


class FirstPage(NamedTuple):
    """What is painted first: the list of "My queue", the sidebar's figures, and who works here."""

    listing: Listing
    counts: Counts
    actor_name: str


def first_page(
    path: str, login: str, now: datetime | None = None, query: str = "", *, sidebar: bool = True
) -> FirstPage | None:
    """Read the first page of an agent's "My queue" (`query` is echoed); None when it is not that simple.

    Without `sidebar` its views are not counted but for the one that is shown: on a large desk that is most
    of the work.
    """
    if not os.path.isfile(path) or not os.path.getsize(path):
        return None
    moment = int(now.timestamp() * 1000) if now else time.time_ns() // 1_000_000
    try:
        connection = sqlite.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        try:
            connection.execute("BEGIN")
            return _read(connection, login, moment, query, sidebar)
        finally:
            connection.close()
    except sqlite.Error:
        return None


def _read(connection: Any, login: str, now: int, query: str, sidebar: bool) -> FirstPage | None:
    def one(sql: str, **values: Any) -> Any:
        return connection.execute(sql, values).fetchone()

    if (
        one("PRAGMA application_id")[0] != APPLICATION_ID
        or one("SELECT version_num FROM alembic_version")[0] != HEAD
    ):
        return None
    me = one("SELECT id, tier, login FROM agents WHERE lower(login) = lower(:login) AND active", login=login)
    if me is None:
        return None
    logins = dict(connection.execute("SELECT id, login FROM agents"))
    queues = connection.execute("SELECT id, key, name, confidential FROM queues").fetchall()
    members = connection.execute("SELECT queue_id FROM memberships WHERE agent_id = ?", (me[0],))
    mine = {row[0] for row in members}
    hidden = {queue[0] for queue in queues if queue[3] and queue[0] not in mine}
    names = {queue[0]: queue[2] for queue in queues}
    seq = one("SELECT coalesce(max(seq), 0) FROM events")[0]
    values = {"me": me[0], "now": now}
    where = _MINE.format(
        mine=",".join(str(number) for number in sorted(mine)) or "NULL",
        hidden=f"AND t.queue_id NOT IN ({','.join(map(str, sorted(hidden)))})" if hidden else "",
    )
    held = one("SELECT document, version FROM policies ORDER BY version DESC LIMIT 1")
    document = held[0] if held is not None else ""
    called, counted = _called(document), _counted(document)
    if counted:
        counted |= _known(one("SELECT value FROM meta WHERE key = 'known_hours'"), held[1])
    shown = datetime.fromtimestamp(now / 1000, UTC)
    found = connection.execute(_ROWS.format(where=where, limit=ROWS), values)
    rows = [_row(row, logins, names, called, counted, shown) for row in found]
    counts, total = _counts(connection, values, queues, mine, hidden, seq, sidebar)
    listing = Listing(seq, query, "breach", tuple(rows), 0, max(total, len(rows)))
    return FirstPage(listing, counts, " · ".join(part for part in (me[2], me[1]) if part))


def _time(millis: int | None) -> datetime | None:
    return None if millis is None else datetime.fromtimestamp(millis / 1000, UTC)


def _row(
    row: Any,
    logins: dict[int, str],
    queues: dict[int, str],
    called: dict[tuple[str, str], str],
    counted: dict[str, KnownHours | None],
    now: datetime,
) -> Row:
    seen = row[18]
    times = _time(row[10]), _time(row[11]), _time(row[12])
    calendar: KnownHours | Unread | None = None
    if row[10] is not None and (measure := _measure(row[23])) in counted:
        hours = counted[measure]
        calendar = hours if hours is not None and hours.covers(now, *times) else UNREAD
    return Row(
        number=row[0],
        subject=row[1],
        state=State(row[2]),
        priority=Priority(row[3]),
        type=row[4],
        queue=queues.get(row[5], ""),
        owner=logins.get(row[6], ""),
        requester=row[17],
        tags=tuple(json.loads(row[7])),
        created_at=datetime.fromtimestamp(row[8] / 1000, UTC),
        updated_at=datetime.fromtimestamp(row[9] / 1000, UTC),
        due_at=times[0],
        risk_at=times[1],
        started_at=times[2],
        rest=Sla(row[13]),
        left_seconds=row[14],
        new_messages=max(0, row[15] - seen) if seen is not None else 0,
        unread=seen is None,
        version=row[16],
        key=row[19],
        status=called.get((row[2], row[22]), called.get((row[2], ""), "")),
        address=row[20],
        channel=row[21],
        calendar=calendar,
    )


def _measure(legs: str) -> str:
    return "" if legs == "[]" else json.loads(legs)[-1][1]


def _counted(document: str) -> dict[str, KnownHours | None]:
    """Return the SLA policies that count by a calendar: its hours are kept apart, if they are known."""
    found = [(json.loads(name), json.loads(calendar)) for name, calendar in _SLA.findall(document)]
    found += [("default", json.loads(calendar)) for calendar in _DESK.findall(document)]
    return {name: None for name, calendar in found if calendar != "24x7"}


def _known(kept: Any, version: int) -> dict[str, KnownHours]:
    """Return the hours of calendars around now by SLA policy, where they are kept of this policy."""
    if kept is None or not kept[0].startswith(f"{version} "):
        return {}
    from deskterm.domain.known_hours import KnownHours

    _, until, rest = kept[0].split(" ", 2)
    held = json.loads(rest)
    hours = [
        KnownHours(held["begins"], int(until), opens, closes, day) for day, opens, closes in held["hours"]
    ]
    return {name: hours[place] for name, place in held["by"].items()}


def _called(document: str) -> dict[tuple[str, str], str]:
    """Return what the desk calls the states that tickets carry, where that is not the word for the category.

    The document of a policy is written in one way alone, so that its states are found without reading it all.
    """
    blocks = _STATES.findall(document)
    states = [{key: json.loads(value) for key, value in _VALUE.findall(block)} for block in blocks]
    found: dict[tuple[str, str], str] = {}
    alone = Counter(one["category"] for one in states)
    for one in states:
        name, category = one["name"], one["category"]
        shown = "" if name == category else name
        default = one.get("default", alone[category] == 1)
        found |= {(category, carried): shown for carried in (name, *one.get("was", ()), *[""] * default)}
    return found


def _counts(
    connection: Any,
    values: dict[str, Any],
    queues: list[Any],
    mine: set[int],
    hidden: set[int],
    seq: int,
    sidebar: bool,
) -> tuple[Counts, int]:
    """Return the figures, and how many tickets "My queue" holds."""
    me, now = values["me"], values["now"]
    every = unassigned = my = 0
    by_queue: dict[int, int] = {}
    asleep = [row for row in connection.execute(_ASLEEP, values) if row[0] not in hidden]
    groups = [(*row, 1) for row in connection.execute(_GROUPS if sidebar else _MY_GROUPS, values)] + [
        (row[0], row[1], 1, -1) for row in asleep
    ]
    for queue, owner, n, sign in groups:
        if queue in hidden:
            continue
        every += sign * n
        by_queue[queue] = by_queue.get(queue, 0) + sign * n
        unassigned += sign * n if owner is None else 0
        my += sign * n if owner == me or (owner is None and queue in mine) else 0
    unseen = f"AND queue_id NOT IN ({','.join(map(str, sorted(hidden)))})" if hidden else ""
    count = "SELECT count(*) FROM tickets WHERE active = 1 AND "
    breached = connection.execute(count + f"due_at <= :now {unseen}", {"now": now}).fetchone()[0]
    atrisk = connection.execute(
        count + f"due_at > :now AND risk_at <= :now {unseen}", {"now": now}
    ).fetchone()[0]
    breached -= sum(1 for row in asleep if row[2] is not None and row[2] <= now)
    atrisk -= sum(1 for row in asleep if row[2] is not None and row[2] > now >= row[3])
    called = connection.execute(_CALLED + unseen, values).fetchone()[0]
    known = "ticket IS NULL OR ticket IN (SELECT number FROM tickets WHERE 1 = 1 " + unseen + ")"
    unsent = connection.execute(
        f"SELECT count(*) FROM outbox WHERE state = 'failed' AND ({known if unseen else '1 = 1'})"
    ).fetchone()[0]
    if not sidebar:
        unassigned = every = UNCOUNTED
    lines = [
        ViewCount("view", "My queue", "owner:me OR (queue:me owner:none)", my),
        ViewCount("view", "Unassigned", "owner:none", unassigned),
        ViewCount("view", "Breaching soon", "sla:breached,atrisk", breached + atrisk),
        ViewCount("view", "Mentions", "is:active is:mentioned", called),
        ViewCount("view", "Snoozed", "is:active is:snoozed", len(asleep)),
        ViewCount("view", "All open", "", every),
    ]
    for number, key, name, _ in sorted(queues, key=lambda queue: queue[2].casefold()):
        if number not in hidden:
            lines.append(
                ViewCount("queue", name, f'queue:"{key}"', by_queue.get(number, 0) if sidebar else UNCOUNTED)
            )
    saved = connection.execute("SELECT name, query FROM views WHERE agent_id = :me ORDER BY name", {"me": me})
    lines += [ViewCount("saved", name, query, UNCOUNTED) for name, query in saved]
    return Counts(seq, tuple(lines), breached, atrisk, unsent=unsent), my
