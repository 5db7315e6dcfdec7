"""Applying a policy file: a new version, and the queues, agents and views it names, as one step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain.decide import authorise
from deskterm.domain.errors import Conflict, Refused
from deskterm.domain.events import Change
from deskterm.domain.plan import AgentPlan, Plan, QueuePlan, ViewPlan
from deskterm.domain.policy_diff import diff
from deskterm.domain.policy_file import parse
from deskterm.domain.policy_format import format_policy
from deskterm.holiday_dates import holiday_dates
from deskterm.storage import arming, desk_rows, people, policies
from deskterm.storage.codec import digest
from deskterm.storage.kept_holidays import Kept, keep, looked_up
from deskterm.store import recalculate

if TYPE_CHECKING:
    from deskterm.domain.commands import ApplyPolicy
    from deskterm.domain.people import Actor
    from deskterm.domain.policy import Policy
    from deskterm.domain.policy_diff import Difference
    from deskterm.storage.database import Connection
    from deskterm.storage.people import Directory
    from deskterm.store.dispatch import Dispatcher, Walk


def plan_of(connection: Connection, known: Directory, policy: Policy) -> Plan:
    """Return the plan that a desk is by: its policy and its people, those who have left included."""
    keys = {queue.id: queue.key for queue in known.queues.values()}
    logins = {agent.id: agent.login for agent in known.agents.values()}
    return Plan(
        policy,
        tuple(sorted(QueuePlan(one.key, one.name, one.confidential) for one in known.queues.values())),
        tuple(
            sorted(
                AgentPlan(
                    one.login,
                    one.name,
                    one.role,
                    tuple(sorted(keys[queue] for queue in one.queues)),
                    one.tier,
                    one.capacity,
                    tuple(sorted(one.skills)),
                    one.active,
                    one.address,
                )
                for one in known.agents.values()
            )
        ),
        tuple(
            sorted(
                ViewPlan(logins[owner], name, query)
                for owner, name, query in desk_rows.all_views(connection)
                if owner in logins
            )
        ),
    )


class Rehearsed(NamedTuple):
    """What a file makes of a desk: read before anybody has to wait for it. Calendars take their time."""

    before: Plan
    after: Plan
    changes: tuple[Difference, ...]
    text: str
    holidays: Kept


def rehearse(dispatcher: Dispatcher, command: ApplyPolicy, actor: Actor) -> Rehearsed:
    """Read a file and find what it changes, before the lock is taken. Raises PolicyError, NotAllowed."""
    with dispatcher.database.read() as connection:
        walk = dispatcher.walk(connection, actor)
        authorise(command, walk.actor)
        before = plan_of(connection, walk.directory, walk.policy)
    return _read(command, before, walk.now.year)


def _read(command: ApplyPolicy, before: Plan, year: int) -> Rehearsed:
    after = parse(command.document, before, holiday_dates)
    holidays = looked_up(after.policy, year, holiday_dates)
    return Rehearsed(before, after, diff(before, after), format_policy(after.policy), holidays)


def apply_file(walk: Walk, command: ApplyPolicy) -> str:
    """Make the desk be what a file says; returns what that was. Raises PolicyError, Conflict, Refused."""
    version = walk.policy.version
    if command.expected is not None and command.expected != version:
        raise Conflict(
            f"policy {version} was applied meanwhile: you looked at {command.expected}",
            field="policy",
            hint="look at the difference again: deskterm policy diff",
        )
    before = plan_of(walk.connection, walk.directory, walk.policy)
    known = walk.rehearsed
    if known is None or known.before != before:
        known = _read(command, before, walk.now.year)
    after, changes = known.after, known.changes
    if not changes:
        raise Refused("the desk is so already: there is nothing to change")
    queues = _queues(walk, before, after)
    _agents(walk, before, after, queues)
    _views(walk, before, after)
    applied = "policy"
    if after.policy != before.policy:
        keep(walk.connection, known.holidays)
        applied = f"policy {_put(walk, known.text)}"
    count = len(changes)
    return f"Applied {applied}: {count} change{'s' if count != 1 else ''}"


def _queues(walk: Walk, before: Plan, after: Plan) -> dict[str, int]:
    """Save what differs; returns the ids of all queues by key."""
    ids = {queue.key: queue.id for queue in walk.directory.queues.values()}
    known = {one.key: one for one in before.queues}
    for one in after.queues:
        was = known.get(one.key)
        if was == one:
            continue
        number = ids.setdefault(one.key, max(ids.values(), default=0) + 1)
        _save(walk, "queue", Change(f"queue_saved:{number}", _queue(was), _queue(one)))
    return ids


def _queue(one: QueuePlan | None) -> dict[str, object] | None:
    return {"key": one.key, "name": one.name, "confidential": one.confidential} if one else None


def _agents(walk: Walk, before: Plan, after: Plan, queues: dict[str, int]) -> None:
    ids = {agent.login: agent.id for agent in walk.directory.agents.values()}
    known = {one.login: one for one in before.agents}
    for one in after.agents:
        was = known.get(one.login, AgentPlan(one.login, one.login, active=False))
        if was == one or not (was.active or one.active):
            continue
        number = ids.setdefault(one.login, max(ids.values(), default=0) + 1)
        if walk.actor.id == number and not one.active:
            raise Refused("the file would end your own work here", field="agents", hint="stay active")
        _save(walk, "agent", Change(f"agent:{number}", _agent(was, queues), _agent(one, queues)))


def _agent(one: AgentPlan, queues: dict[str, int]) -> dict[str, object] | None:
    if not one.active:
        return None
    return {
        "login": one.login,
        "name": one.name,
        "role": one.role.value,
        "tier": one.tier,
        "capacity": one.capacity,
        "active": True,
        "skills": list(one.skills),
        "address": one.address,
        "queues": sorted(queues[key] for key in one.queues),
    }


def _views(walk: Walk, before: Plan, after: Plan) -> None:
    ids = people.logins(walk.connection)
    known = {(one.agent, one.name): one.query for one in before.views}
    for one in after.views:
        was = known.get((one.agent, one.name))
        if was != one.query:
            _save(walk, "view", Change(f"view:{ids[one.agent]}:{one.name}", was, one.query))


def _save(walk: Walk, kind: str, change: Change) -> None:
    from deskterm.store import desk_changes

    desk_changes.apply(walk, change)
    desk_changes.touched(walk, walk.append(None, kind, (change,)))


# Versions


def _put(walk: Walk, document: str) -> int:
    """Record that another document holds from now on; returns its version."""
    change = Change("policy", _holding(walk), digest(document))
    version = _add(walk, document)
    walk.append(None, "policy", (change,))
    return version


def _holding(walk: Walk) -> str:
    """Return the digest of the document that holds; the first one is written down when a second comes."""
    newest = policies.newest(walk.connection)
    if not newest:
        base = replace(walk.policy, version=1)
        return policies.add(walk.connection, base.version, format_policy(base), None, walk.now)
    return policies.digest_of(walk.connection, newest)


def _add(walk: Walk, document: str) -> int:
    version = policies.newest(walk.connection) + 1
    policies.add(walk.connection, version, document, walk.actor.id, walk.now)
    arming.begin(walk.connection, walk.now)
    recalculate.begin(walk, version)
    return version


def put_back(walk: Walk, change: Change) -> None:
    """Let the document hold that held before, as a new version. Raises Conflict when another one came."""
    newest = policies.newest(walk.connection)
    if policies.digest_of(walk.connection, newest) != change.before:
        at = next(one for one in policies.versions(walk.connection) if one.number == newest)
        who = walk.directory.login(at.actor) or "the desk"
        raise Conflict(
            f"cannot be taken back: {who} applied policy {newest} since",
            field="policy",
            hint="apply the file you want instead",
        )
    document = policies.document_of(walk.connection, change.after)
    if document is None:
        raise Conflict("cannot be taken back: the policy of before is not kept", field="policy")
    _add(walk, document)
