"""People and queues: the directory a process keeps in memory, and finding or adding requesters."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Column, Connection, delete, func, insert, or_, select, update

from deskterm.domain.commands import AddAgent, AddQueue
from deskterm.domain.errors import Refused, StorageError
from deskterm.domain.organizations import domain_of
from deskterm.domain.people import Actor, Agent, Queue, Requester, Role, mail_address
from deskterm.domain.plain import clean_line
from deskterm.storage import requester_words
from deskterm.storage.codec import maybe_time
from deskterm.storage.organization_tables import organization_cards, organization_domains
from deskterm.storage.tables import agents, memberships, meta, organizations, queues, requesters


@dataclass(frozen=True, slots=True)
class Directory:
    """The agents and queues of a desk by id, as of a change of the directory (`version`)."""

    agents: Mapping[int, Agent] = field(default_factory=dict)
    queues: Mapping[int, Queue] = field(default_factory=dict)
    version: int = 0

    def agent(self, login: str) -> Agent | None:
        """Find an agent by login or full name, whatever the case."""
        wanted = login.casefold()
        by_name = None
        for agent in self.agents.values():
            if agent.login.casefold() == wanted:
                return agent
            if agent.name.casefold() == wanted:
                by_name = agent
        return by_name

    def login(self, agent: int | None) -> str:
        """The login of an agent's id, "" for nobody."""
        found = self.agents.get(agent) if agent is not None else None
        return found.login if found else ""

    def hidden(self, actor: Actor) -> tuple[int, ...]:
        """The queues that do not exist for this actor: confidential ones it is no member of."""
        if actor.agent is None:
            return ()
        mine = actor.agent.queues
        return tuple(
            queue.id for queue in self.queues.values() if queue.confidential and queue.id not in mine
        )


def directory_version(connection: Connection) -> int:
    """The sequence number of the last change to agents or queues."""
    found = connection.execute(select(meta.c.value).where(meta.c.key == "directory")).scalar()
    return int(found) if found else 0


def touch_directory(connection: Connection, seq: int) -> None:
    """Say that agents or queues changed with this event."""
    connection.execute(delete(meta).where(meta.c.key == "directory"))
    connection.execute(insert(meta), {"key": "directory", "value": str(seq)})


def directory(connection: Connection) -> Directory:
    """Read every agent and queue."""
    members: dict[int, set[int]] = {}
    for row in connection.execute(select(memberships)):
        members.setdefault(row.agent_id, set()).add(row.queue_id)
    people = {
        row.id: Agent(
            id=row.id,
            login=row.login,
            name=row.name,
            role=_role(row.login, row.role),
            queues=frozenset(members.get(row.id, ())),
            tier=row.tier,
            capacity=row.capacity,
            active=bool(row.active),
            skills=frozenset(json.loads(row.skills)),
            away_until=maybe_time(row.away_until),
            address=row.address,
        )
        for row in connection.execute(select(agents).order_by(agents.c.login))
    }
    teams = {
        row.id: Queue(row.id, row.name, row.key, bool(row.confidential))
        for row in connection.execute(select(queues).order_by(queues.c.name))
    }
    return Directory(people, teams, directory_version(connection))


def _role(login: str, stored: str) -> Role:
    """Return a stored role. Raises StorageError when it is none: what may they do?"""
    try:
        return Role(stored)
    except ValueError:
        raise StorageError(
            f"agent {login} has the role {clean_line(str(stored), 40)!r}, which is none of "
            + ", ".join(Role),
            hint="the database was changed by other means: run deskterm doctor and restore a backup",
        ) from None


def requester_id(connection: Connection, name: str, address: str, organization: str = "") -> int:
    """Find the requester with this address, or add them; a name fills one that was only an address."""
    address = clean_line(address).strip().casefold()
    name = clean_line(name).strip()
    if not address and not name:
        raise Refused("a ticket needs a requester", field="requester", hint="an address or a name")
    address = address or name.casefold()
    found = connection.execute(select(requesters).where(requesters.c.address == address)).first()
    if found is not None:
        if name and found.name == address != name:
            theirs = or_(requesters.c.id == found.id, requesters.c.contact_id == found.id)
            changed = connection.execute(select(requesters.c.id, requesters.c.address).where(theirs)).all()
            connection.execute(update(requesters).where(theirs).values(name=name))
            for row in changed:
                requester_words.index(connection, row.id, name, row.address)
        return int(found.id)
    number = _next(connection, requesters.c.id)
    team = (
        organization_id(connection, organization) if organization.strip() else _by_domain(connection, address)
    )
    connection.execute(
        insert(requesters),
        {"id": number, "name": name or address, "address": address, "organization_id": team},
    )
    requester_words.index(connection, number, name or address, address, fresh=True)
    return number


def _by_domain(connection: Connection, address: str) -> int | None:
    """Return the organization whose mail domain an address is in, None for nobody's."""
    domain = domain_of(address)
    if not domain:
        return None
    mine = organization_domains.c.domain == domain
    return connection.execute(select(organization_domains.c.organization_id).where(mine)).scalar()


def organization_id(connection: Connection, name: str) -> int:
    """Find an organization by name, or add it."""
    name = clean_line(name).strip()
    found = connection.execute(select(organizations.c.id).where(organizations.c.name == name)).scalar()
    if found is not None:
        return int(found)
    number = _next(connection, organizations.c.id)
    connection.execute(insert(organizations), {"id": number, "name": name})
    return number


def requester(connection: Connection, number: int) -> tuple[Requester, str]:
    """Return a requester and their organization's name ("" for none)."""
    row = connection.execute(
        select(
            requesters, organizations.c.name.label("organization"), organization_cards.c.vip.label("all_vip")
        )
        .outerjoin(organizations, organizations.c.id == requesters.c.organization_id)
        .outerjoin(organization_cards, organization_cards.c.organization_id == requesters.c.organization_id)
        .where(requesters.c.id == number)
    ).one()
    who = Requester(
        row.id,
        row.name,
        row.address,
        row.organization_id,
        row.contact_id,
        bool(row.vip or row.all_vip),
        row.zone,
        row.notes,
    )
    return who, row.organization or ""


def queue_key(name: str) -> str:
    """Return the key of a queue's name: its words with hyphens. Raises Refused for none."""
    key = re.sub(r"[^\w]+", "-", clean_line(name).casefold()).strip("-")
    if not key:
        raise Refused("a queue needs a name", field="name")
    return key


def known_queue(connection: Connection, name: str) -> int | None:
    """Return the id of the queue of this name, None when there is none."""
    return connection.execute(select(queues.c.id).where(queues.c.key == queue_key(name))).scalar()


def known_login(connection: Connection, login: str) -> int | None:
    """Return the id of the agent with this login, whatever the case; None when there is none."""
    wanted = clean_line(login).strip().casefold()
    for row in connection.execute(select(agents.c.id, agents.c.login)):
        if row.login.casefold() == wanted:
            return int(row.id)
    return None


def logins(connection: Connection) -> dict[str, int]:
    """Return the ids of all agents by login, those who have left included."""
    return {row.login: int(row.id) for row in connection.execute(select(agents.c.id, agents.c.login))}


def save_queue(connection: Connection, command: AddQueue) -> int:
    """Add a queue, or change the one of that name; returns its id."""
    name, key = clean_line(command.name).strip(), queue_key(command.name)
    found = known_queue(connection, command.name)
    values = {"key": key, "name": name, "confidential": command.confidential}
    if found is not None:
        connection.execute(update(queues).where(queues.c.id == found).values(**values))
        return int(found)
    number = _next(connection, queues.c.id)
    connection.execute(insert(queues), {"id": number, **values})
    return number


def save_agent(connection: Connection, command: AddAgent, known: Directory) -> int:
    """Add an agent, or change the one with that login; returns the id. Raises Refused."""
    login = clean_line(command.login).strip()
    if not re.fullmatch(r"[\w][\w.@-]{0,63}", login):
        raise Refused(f"{command.login!r} is no login", field="login", hint="letters, digits and . @ - _")
    wanted = []
    for name in command.queues:
        match = [
            q.id for q in known.queues.values() if name.casefold() in (q.key.casefold(), q.name.casefold())
        ]
        if not match:
            raise Refused(f"there is no queue {name!r}", field="queues")
        wanted += match
    values = {
        "login": login,
        "name": clean_line(command.name).strip() or login,
        "role": Role(command.role).value,
        "tier": clean_line(command.tier),
        "capacity": command.capacity,
        "active": True,
    }
    if command.skills is not None:
        skills = {skill_word(skill) for skill in command.skills} - {""}
        values["skills"] = json.dumps(sorted(skills))
    if command.address is not None:
        values["address"] = mail_address(command.address)
    found = known_login(connection, login)
    number = found if found is not None else _next(connection, agents.c.id)
    if found is None:
        connection.execute(insert(agents), {"id": number, **values})
    else:
        del values["login"]
        connection.execute(update(agents).where(agents.c.id == number).values(**values))
    connection.execute(delete(memberships).where(memberships.c.agent_id == number))
    if wanted:
        connection.execute(
            insert(memberships), [{"agent_id": number, "queue_id": queue} for queue in sorted(set(wanted))]
        )
    return number


def skill_word(text: str) -> str:
    """Return a skill as it is kept: one line in small letters."""
    return clean_line(text).strip().casefold()


def _next(connection: Connection, column: Column[int]) -> int:
    return int(connection.execute(select(func.coalesce(func.max(column), 0))).scalar_one()) + 1
