"""Playing a ticket's life through the desk's own rules on a simulated clock, and stamping it into histories.

A play is relative: seconds from its beginning, roles instead of agents, keys instead of texts. The rules
do not depend on when a ticket was opened, so one play makes many histories, each with its own people, words
and times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from deskterm.domain.commands import ClockDue, Create, LogTime, Receive, ReplySide, StartSide, TicketCommand
from deskterm.domain.decide import decide, settle
from deskterm.domain.due_work import due_work
from deskterm.domain.events import Event, evolve, is_side
from deskterm.domain.history import Beside, Fact, Work
from deskterm.domain.kinds import ACTIVE, MessageKind, Priority
from deskterm.domain.mail import Address
from deskterm.domain.people import DESK, Actor, Agent, Queue, Role
from deskterm.domain.policy import DEFAULT
from deskterm.domain.process import LEAD
from deskterm.domain.proposal import NewMessage, Proposal, Situation
from deskterm.domain.sides import RECEIVED, Side
from deskterm.domain.ticket import SET_FIELDS, Spell, Ticket
from deskterm.domain.ticket import Mark as StepMark
from deskterm.domain.triage import opening
from deskterm.upkeep.demo_processes import PLAYED, VERSION

NUMBER = 1
DAWN = datetime(2020, 1, 6, tzinfo=UTC)
ROLES = ("owner", "helper", "first", LEAD)
"""Who acts in a play: the one who ends up with it, a colleague, the one in the queue it came to first, and
the lead of its queue."""
BESIDE = "beside"
"""Who answers in the side conversation of a play: the first of those it was begun with."""

_QUEUES = {1: Queue(1, "here", "here"), 2: Queue(2, "elsewhere", "elsewhere")}
_AGENTS = {
    place: Agent(
        place,
        role,
        role,
        Role.LEAD if role == LEAD else Role.AGENT,
        frozenset({2} if role == "first" else {1, 2}),
    )
    for place, role in enumerate(ROLES, 1)
}
_ACTORS = {agent.login: Actor(agent, "demo") for agent in _AGENTS.values()} | {"": DESK}
_TEXTS = frozenset({"subject", "resolution", "resolution_code"})
_TOPICAL = frozenset({"requester", "impact", "urgency", "type", "category", "component", "channel", "tags"})
"""What a ticket's own topic says at its beginning, in place of the play."""


@dataclass(slots=True)
class Beat:
    """One fact of a play: `plain` values stay, `times` are spans, `texts` keys, `spells` as played."""

    at: timedelta
    kind: str
    plain: dict[str, Any]
    times: tuple[tuple[str, timedelta], ...]
    texts: tuple[tuple[str, str], ...]
    queue: str | None
    owner: str | bool | None
    actor: str
    message: NewMessage | None
    spells: tuple[Spell, ...] | None = None
    work: Work | None = None
    beside: Beside | None = None
    steps: tuple[StepMark, ...] | None = None


@dataclass(slots=True)
class Part:
    """What one ticket brings to a play: who and where, its words, and what it is created with."""

    roles: Mapping[str, str]
    queues: Mapping[str, str]
    words: Mapping[str, str]
    created: Mapping[str, Any]


@dataclass(slots=True)
class Play:
    """A ticket's life so far. `ends` are where it could stop, solved or closed: (seconds, beats)."""

    priority: Priority
    ticket: Ticket | None = None
    side: Side | None = None
    beats: list[Beat] = field(default_factory=list)
    ends: list[tuple[timedelta, int]] = field(default_factory=list)

    def begin(self, queue: str = "here") -> Play:
        """Open the ticket at second 0 with the customer's first message."""
        command = Create(
            "@subject", "@", text="@opening", queue=queue, priority=self.priority, reason="played"
        )
        proposal = opening(command, 1, self._situation("", DAWN))
        kept = tuple(change for change in proposal.changes if change.field != "priority_reason")
        self._add("", DAWN, Proposal(proposal.kind, kept, proposal.message))
        return self

    def do(self, seconds: float, role: str, command: TicketCommand) -> Play:
        """Let somebody do something; clocks that ran out before ring first. Raises what the rules refuse."""
        now = DAWN + timedelta(seconds=int(seconds))
        self.ring(seconds)
        assert self.ticket is not None
        said = len(self.beats)
        if role == BESIDE and isinstance(command, Receive):
            heard = NewMessage(MessageKind.SIDE, command.text, channel="email")
            self._add("", now, Proposal(RECEIVED, (), heard))
            self._aside(said)
            return self
        situation = self._situation(role, now)
        proposal = decide(command, self.ticket, situation)
        if proposal is None:
            return self
        self._add(role, now, proposal)
        if isinstance(command, LogTime):
            self.beats[said].work = Work(command.seconds, command.text, command.timed)
        elif isinstance(command, StartSide):
            self.side = Side(1, NUMBER, "", command.subject, True, command.to, now)
            self._aside(said, command.to)
        elif isinstance(command, ReplySide):
            self._aside(said, command.also)
        return self

    def _aside(self, place: int, people: tuple[Address, ...] = ()) -> None:
        """Say that a beat is of the side conversation; what no agent says, the first who is in it does."""
        assert self.side is not None
        beat = self.beats[place]
        beat.beside = Beside(self.side.subject, people, None if beat.actor else self.side.people[0])

    def ring(self, seconds: float) -> Play:
        """Record the clocks that are at risk or breached by then, each at its own second."""
        until = DAWN + timedelta(seconds=int(seconds))
        while self.ticket is not None:
            due = [work for work in due_work(self.ticket, DEFAULT) if work.at <= until]
            if not due:
                break
            work = min(due, key=lambda work: work.at)
            _, target, level = work.what.split(":")
            at = max(work.at, self.ticket.updated_at)
            command = ClockDue((NUMBER,), target, level)
            proposal = decide(command, self.ticket, self._situation("", at))
            if proposal is None:
                break
            self._add("", at, proposal)
        return self

    def _situation(self, role: str, now: datetime) -> Situation:
        return Situation(
            _ACTORS[role], now, PLAYED, _QUEUES, _AGENTS, entry=len(self.beats) + 1, side=self.side
        )

    def _add(self, role: str, at: datetime, proposal: Proposal) -> None:
        self._keep(role, at, proposal)
        assert self.ticket is not None
        follow = settle(self.ticket, self._situation(role, at))
        if follow:
            self._keep(role, at, Proposal("settled", follow))

    def _keep(self, role: str, at: datetime, proposal: Proposal) -> None:
        seq = len(self.beats) + 1
        self.ticket = evolve(
            self.ticket, Event(seq, 1, NUMBER, proposal.kind, at, None, "demo", "", proposal.changes)
        )
        self.beats.append(self._beat(role, at, proposal))
        if self.ticket.state not in ACTIVE:
            self.ends.append((at - DAWN, len(self.beats)))

    def _beat(self, role: str, at: datetime, proposal: Proposal) -> Beat:
        ticket = self.ticket
        assert ticket is not None
        first = not self.beats
        plain: dict[str, Any] = {}
        times: list[tuple[str, timedelta]] = []
        texts: list[tuple[str, str]] = []
        queue: str | None = None
        owner: str | bool | None = False
        spells: tuple[Spell, ...] | None = None
        steps: tuple[StepMark, ...] | None = None
        for name in dict.fromkeys(change.field for change in proposal.changes):
            if is_side(name) or name in ("voided", "worked") or (first and name in _TOPICAL):
                continue
            value = getattr(ticket, name)
            if name == "queue":
                queue = _QUEUES[value].name
            elif name == "owner":
                owner = None if value is None else _AGENTS[value].login
            elif name in _TEXTS:
                texts.append((name, value))
            elif name == "spells":
                spells = tuple(value)
            elif name == "steps":
                steps = tuple(value)
            elif name == "process_version":
                plain[name] = VERSION if value else 0
            elif isinstance(value, datetime):
                times.append((name, value - DAWN))
            else:
                plain[name] = frozenset(value) if name in SET_FIELDS else value
        return Beat(
            at - DAWN,
            proposal.kind,
            plain,
            tuple(times),
            tuple(texts),
            queue,
            owner,
            role,
            proposal.message,
            spells,
            steps=steps,
        )

    def stamp(self, begun: datetime, part: Part, beats: int | None = None) -> tuple[Fact, ...]:
        """Return the facts of a ticket that was opened at `begun` and lived through the first `beats`."""
        played = self.beats if beats is None else self.beats[:beats]
        facts = [_fact(beat, begun, part) for beat in played]
        first = facts[0]
        facts[0] = Fact(first.at, first.kind, {**first.values, **part.created}, first.actor, first.message)
        return tuple(facts)

    def until(self, age: timedelta) -> int | None:
        """Return how many beats make a life that ends within `age`, None when there is none."""
        fitting = [beats for at, beats in self.ends if at <= age]
        return fitting[-1] if fitting else None


def _moved(spell: Spell, begun: datetime) -> Spell:
    end = None if spell.end is None else begun + (spell.end - DAWN)
    return spell._replace(start=begun + (spell.start - DAWN), end=end)


def _login(mark: StepMark, part: Part) -> str | None:
    return part.roles[_AGENTS[mark.agent].login] if mark.agent else None


def _fact(beat: Beat, begun: datetime, part: Part) -> Fact:
    values = dict(beat.plain)
    for name, after in beat.times:
        values[name] = begun + after
    if beat.spells is not None:
        values["spells"] = frozenset(_moved(spell, begun) for spell in beat.spells)
    if beat.steps is not None:
        values["steps"] = frozenset(
            (mark.step, mark.state, begun + (mark.at - DAWN), _login(mark, part), mark.text)
            for mark in beat.steps
        )
    if "fields" in values:
        # What is filled by the way comes to what the ticket was opened with.
        values["fields"] = frozenset(values["fields"]) | part.created.get("fields", frozenset())
    for name, key in beat.texts:
        values[name] = part.words.get(key, key)
    if beat.queue is not None:
        values["queue"] = part.queues[beat.queue]
    if beat.owner is not False:
        values["owner"] = part.roles[beat.owner] if isinstance(beat.owner, str) else None
    message = beat.message
    if message is not None:
        aside = message.channel if message.kind is MessageKind.SIDE else ""
        channel = part.created["channel"] if message.requester else aside
        message = NewMessage(
            message.kind, part.words.get(message.text, message.text), None, message.requester, channel
        )
    actor = part.roles[beat.actor] if beat.actor else None
    return Fact(begun + beat.at, beat.kind, values, actor, message, beat.work, beat.beside)
