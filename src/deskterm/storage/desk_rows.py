"""Agents, queues and saved views as whole values, so that a change of the desk can be put and taken back."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from deskterm.domain.errors import Refused
from deskterm.storage.codec import from_ms
from deskterm.storage.reminder_tables import recurring, reminders
from deskterm.storage.tables import agents, memberships, queues, tickets, views


def agent(connection: Connection, number: int) -> dict[str, Any] | None:
    """Return an agent as a value, memberships included; None when there is none, or not any more."""
    row = connection.execute(select(agents).where(agents.c.id == number)).mappings().first()
    if row is None or not row["active"]:
        return None
    members = connection.execute(
        select(memberships.c.queue_id).where(memberships.c.agent_id == number)
    ).scalars()
    value = {name: item for name, item in row.items() if name != "id"}
    known = {"active": bool(row["active"]), "skills": json.loads(row["skills"])}
    return {**value, **known, "queues": sorted(members)}


def put_agent(connection: Connection, number: int, value: dict[str, Any] | None) -> None:
    """Make an agent be this value; None deactivates, because history keeps naming them."""
    connection.execute(delete(memberships).where(memberships.c.agent_id == number))
    if value is None:
        connection.execute(update(agents).where(agents.c.id == number).values(active=False))
        return
    row = {name: item for name, item in value.items() if name != "queues"}
    if "skills" in row:
        row["skills"] = json.dumps(row["skills"])
    known = connection.execute(select(agents.c.id).where(agents.c.id == number)).first()
    if known is None:
        connection.execute(insert(agents), {"id": number, **row})
    else:
        connection.execute(update(agents).where(agents.c.id == number).values(**row))
    if value["queues"]:
        connection.execute(
            insert(memberships), [{"agent_id": number, "queue_id": queue} for queue in value["queues"]]
        )


def queue(connection: Connection, number: int) -> dict[str, Any] | None:
    """Return a queue as a value, None when there is none."""
    row = connection.execute(select(queues).where(queues.c.id == number)).mappings().first()
    if row is None:
        return None
    return {"key": row["key"], "name": row["name"], "confidential": bool(row["confidential"])}


def put_queue(connection: Connection, number: int, value: dict[str, Any] | None) -> None:
    """Make a queue be this value; None removes it. Raises Refused while it has tickets or members."""
    if value is not None:
        if queue(connection, number) is None:
            connection.execute(insert(queues), {"id": number, **value})
        else:
            connection.execute(update(queues).where(queues.c.id == number).values(**value))
        return
    held = connection.execute(
        select(func.count()).select_from(tickets).where(tickets.c.queue_id == number)
    ).scalar_one()
    if held:
        raise Refused(f"the queue holds {held} tickets: move them first", field="queue")
    team = connection.execute(
        select(func.count()).select_from(memberships).where(memberships.c.queue_id == number)
    ).scalar_one()
    if team:
        raise Refused(f"the queue has {team} members: change them first", field="queue")
    kinds = connection.execute(
        select(func.count()).select_from(recurring).where(recurring.c.queue_id == number)
    ).scalar_one()
    if kinds:
        raise Refused("recurring tickets were set for the queue: it stays, empty", field="queue")
    connection.execute(delete(queues).where(queues.c.id == number))


def view(connection: Connection, owner: int, name: str) -> str | None:
    """Return the query an agent saved under a name, None when there is none."""
    found = connection.execute(
        select(views.c.query).where(views.c.agent_id == owner, views.c.name == name)
    ).scalar()
    return str(found) if found is not None else None


def all_views(connection: Connection) -> list[tuple[int, str, str]]:
    """Return every saved view: its owner, its name and its query."""
    return [
        (row.agent_id, row.name, row.query)
        for row in connection.execute(select(views).order_by(views.c.agent_id, views.c.name))
    ]


def put_view(connection: Connection, owner: int, name: str, query: str | None) -> None:
    """Save a query under a name, or forget the name with None."""
    connection.execute(delete(views).where(views.c.agent_id == owner, views.c.name == name))
    if query is not None:
        connection.execute(insert(views), {"agent_id": owner, "name": name, "query": query})


def pending_of(connection: Connection, series: int) -> dict[str, Any] | None:
    """Return the reminder of a series that is to ring next, None when it has ended."""
    statement = select(reminders).where(reminders.c.series == series, reminders.c.state == "pending")
    row = connection.execute(statement.order_by(reminders.c.id.desc()).limit(1)).mappings().first()
    return {**row, "at": from_ms(row["at"])} if row is not None else None


def reminder(connection: Connection, number: int) -> dict[str, Any] | None:
    """Return a reminder as a value, None when there is none."""
    row = connection.execute(select(reminders).where(reminders.c.id == number)).mappings().first()
    return {**row, "at": from_ms(row["at"])} if row is not None else None
