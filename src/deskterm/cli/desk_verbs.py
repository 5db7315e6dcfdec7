"""The verbs that set a desk up: agents, queues and saved views."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from deskterm.channels.shapes import stamp
from deskterm.cli.session import Session
from deskterm.domain import commands as c
from deskterm.domain.errors import Refused, UsageError
from deskterm.domain.people import Agent, Role
from deskterm.domain.query_parser import parse

UNTIL_BACK = datetime(9999, 12, 31, tzinfo=UTC)
"""Away without saying until when."""


def agent(session: Session) -> int:
    """Add an agent, or list them."""
    options = session.options
    if options.action == "list":
        return _agents(session)
    if not options.login:
        raise UsageError("the login is missing", field="login", hint="deskterm agent add LOGIN")
    if options.capacity is not None and options.capacity < 0:
        raise UsageError("--capacity cannot be negative", field="capacity")
    # The desk of a first agent may have to be made.
    session.create = True
    store = session.store
    first = store.actor.agent is None
    if first and options.role not in (None, "admin"):
        raise Refused("the first agent of a desk must be its admin", field="role", hint="--role admin")
    command = c.AddAgent(options.login, options.name, Role.ADMIN if first else Role.AGENT)
    held = _held(session, options.login)
    if held is not None:
        # Who is changed keeps what is not said.
        keys = tuple(sorted(store.people().queues[number].key for number in held.queues))
        command = c.AddAgent(held.login, options.name or held.name, held.role, keys, held.tier, held.capacity)
    given = {
        "role": Role(options.role) if options.role else None,
        "queues": tuple(options.queue) if options.queue is not None else None,
        "tier": options.tier,
        "capacity": options.capacity,
        "address": options.address,
    }
    command = replace(command, **{name: value for name, value in given.items() if value is not None})
    code = session.told(store.dispatch(command))
    if first:
        session.out.say(f"{options.login} is the admin of this desk; act as them with --as {options.login}")
    return code


def _held(session: Session, login: str) -> Agent | None:
    """Return the agent who has a login already."""
    wanted = login.casefold()
    agents = session.store.people().agents.values()
    return next((one for one in agents if one.active and one.login.casefold() == wanted), None)


def _agents(session: Session) -> int:
    store, out = session.store, session.out
    known = store.people()
    agents = sorted((one for one in known.agents.values() if one.active), key=lambda one: one.login)
    queues = {queue.id: queue for queue in known.queues.values()}
    if out.json:
        out.stream(
            {
                "login": one.login,
                "name": one.name,
                "role": one.role.value,
                "tier": one.tier,
                "capacity": one.capacity,
                "skills": sorted(one.skills),
                "address": one.address,
                "away_until": stamp(one.away_until) if one.is_away(store.now()) else None,
                "queues": sorted(queues[number].key for number in one.queues if number in queues),
            }
            for one in agents
        )
        return 0
    rows = (
        (
            one.login,
            one.name,
            one.role.value,
            one.tier,
            str(one.capacity),
            ", ".join(sorted(queues[number].name for number in one.queues if number in queues)),
        )
        for one in agents
    )
    if not out.table(("LOGIN", "NAME", "ROLE", "TIER", "CAPACITY", "QUEUES"), rows, right="CAPACITY"):
        out.say("nobody works on this desk yet: deskterm agent add LOGIN")
    return 0


def away(session: Session) -> int:
    """Be given nothing until a time; for a colleague with --for, as a lead."""
    words = " ".join(session.options.until)
    until = session.when(words) if words else UNTIL_BACK
    return session.told(session.writer.dispatch(c.GoAway(until, _whom(session))))


def back(session: Session) -> int:
    """Be given tickets again."""
    return session.told(session.writer.dispatch(c.GoAway(None, _whom(session))))


def _whom(session: Session) -> int | None:
    return session.agent(session.options.who).id if session.options.who else None


def queue(session: Session) -> int:
    """Add a queue, or list them."""
    options = session.options
    if options.action == "list":
        return _queues(session)
    name = " ".join(options.name)
    if not name.strip():
        raise UsageError("the name is missing", field="name", hint="deskterm queue add NAME")
    session.create = True
    return session.told(session.store.dispatch(c.AddQueue(name, options.confidential)))


def _queues(session: Session) -> int:
    store, out = session.store, session.out
    queues = sorted(store.people().queues.values(), key=lambda one: one.name.casefold())
    # The sidebar's counts are the actor's own: without what they snoozed.
    counts = {view.name: view.count for view in store.counts().views if view.kind == "queue"}
    if out.json:
        out.stream(
            {
                "key": one.key,
                "name": one.name,
                "confidential": one.confidential,
                "active": counts.get(one.name, 0),
            }
            for one in queues
        )
        return 0
    rows = (
        (one.key, one.name, f"{counts.get(one.name, 0):,}", "confidential" if one.confidential else "")
        for one in queues
    )
    if not out.table(("KEY", "NAME", "ACTIVE", ""), rows, right="ACTIVE"):
        out.say("this desk has no queues yet: deskterm queue add NAME")
    return 0


def view(session: Session) -> int:
    """Save a search under a name, list them with their counts, or remove one."""
    options = session.options
    if options.action == "list":
        return _views(session)
    if not options.name:
        raise UsageError("the name is missing", field="name", hint="deskterm view add NAME QUERY")
    query = " ".join(options.query)
    if options.action == "add":
        if not query.strip():
            raise UsageError("the query is missing", field="query", hint="deskterm view add NAME QUERY")
        parse(query)
        return session.told(session.writer.dispatch(c.SaveView(options.name, query)))
    if query:
        raise UsageError("a view is removed by its name alone", field="name")
    return session.told(session.writer.dispatch(c.SaveView(options.name, "")))


def _views(session: Session) -> int:
    store, out = session.store, session.out
    views = store.counts().views
    if out.json:
        out.stream(
            {"name": one.name, "kind": one.kind, "query": one.query, "count": one.count, "capped": one.capped}
            for one in views
        )
        return 0
    rows = ((one.name, f"{one.count:,}{'+' if one.capped else ''}", one.query) for one in views)
    out.table(("VIEW", "COUNT", "QUERY"), rows, right="COUNT")
    return 0
