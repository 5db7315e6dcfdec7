"""Whatever three agents do in whatever order, the journal, the rows and everything beside them agree."""

from __future__ import annotations

import random
import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from deskterm.domain import commands as c
from deskterm.domain.errors import Conflict, DeskError, NotFound
from deskterm.domain.kinds import CLOSE_REASONS, HOLD_REASONS, LINK_KINDS, Level, Priority, State
from deskterm.domain.ticket import Ticket
from deskterm.domain.views import Outcome
from deskterm.storage import tickets
from deskterm.storage.tally import Tally
from tests import invariants
from tests.small_desk import HR, NETWORK, PAYMENTS, Desk, furnish, open_desk

WHO = st.sampled_from(("alice", "bo", "carol", "hana"))
TEXTS = st.sampled_from(("It fails again", "Größe [bold]", "“Hello”, 你好", "a\x1b[31mb", "502"))
NAMES = st.sampled_from(("subject", "category", "field.vendor", "field.site"))
TAGS = st.sampled_from(("vpn", "outage", "größe", "eu"))
REASONS = st.sampled_from(("", "because"))
MOST = 3

template: list[Path] = []


def _template() -> Path:
    if not template:
        template.append(Path(tempfile.mkdtemp()) / "desk.db")
        furnish(f"sqlite:///{template[0]}")
    return template[0]


class Desks(RuleBasedStateMachine):
    """A desk of its own for each sequence, and what must hold after every step of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copyfile(_template(), self.folder / "desk.db")
        self.desk: Desk = open_desk(f"sqlite:///{self.folder / 'desk.db'}")
        self.made = 0
        self.tally = Tally()

    def teardown(self) -> None:
        self.desk.close()
        shutil.rmtree(self.folder)

    def _any(self, data: st.DataObject) -> int:
        return data.draw(st.integers(1, self.made))

    def _some(self, data: st.DataObject) -> tuple[int, ...]:
        return tuple(data.draw(st.lists(st.integers(1, self.made), min_size=1, max_size=2)))

    def _all(self) -> list[Ticket]:
        with self.desk.store.database.read() as connection:
            found = [tickets.load(connection, number) for number in range(1, self.made + 1)]
        return [ticket for ticket in found if ticket is not None]

    def _snoozes(self) -> list[dict[int, Any]]:
        with self.desk.store.database.read() as connection:
            return [tickets.snoozes_of(connection, number) for number in range(1, self.made + 1)]

    def _try(self, who: str, command: c.Command) -> Outcome | DeskError:
        """Do it; what is refused says why and changes nothing."""
        before = self._all()
        try:
            return self.desk.do(who, command)
        except DeskError as error:
            refused = error
        assert refused.message
        assert self._all() == before
        return refused

    def _do(self, who: str, command: c.Command) -> None:
        """Do it; then undoing it directly is the identity, and redoing it restores."""
        before, asleep = self._all(), self._snoozes()
        outcome = self._try(who, command)
        if isinstance(outcome, DeskError):
            return
        after, later = self._all(), self._snoozes()
        if outcome.created is not None:
            self.made += 1
            return
        try:
            self.desk.do(who, c.Undo())
        except NotFound:
            # A ticket moved out of sight cannot be brought back by who moved it.
            assert isinstance(command, c.Move)
            return
        assert [_plain(ticket) for ticket in self._all()] == [_plain(ticket) for ticket in before]
        assert self._snoozes() == asleep
        self.desk.do(who, c.Redo())
        assert [_plain(ticket) for ticket in self._all()] == [_plain(ticket) for ticket in after]
        assert self._snoozes() == later

    @rule(who=WHO)
    def undo(self, who: str) -> None:
        """Take something back that others may have built on: it works or says who is in the way."""
        outcome = self._try(who, c.Undo())
        if isinstance(outcome, Conflict):
            assert "cannot be taken back" in outcome.message
            assert outcome.field

    @rule(who=WHO)
    def redo(self, who: str) -> None:
        self._try(who, c.Redo())

    @rule()
    def scheduler(self) -> None:
        while self.desk.store.run_due():
            pass

    @precondition(lambda self: self.made)
    @invariant()
    def everything_agrees(self) -> None:
        invariants.check(self.desk.store.database)
        with self.desk.store.database.read() as connection:
            assert self.tally.groups(connection) == Tally().groups(connection)


class Work(Desks):
    """Agents at work with every command on two tickets, while time passes and the scheduler runs."""

    @initialize(who=WHO)
    def begin(self, who: str) -> None:
        self.create(who, "It fails", "payments", Level.HIGH, Level.HIGH, "please", ())

    @rule(
        who=WHO,
        subject=TEXTS,
        queue=st.sampled_from(("payments", "network", "hr")),
        impact=st.sampled_from(Level),
        urgency=st.sampled_from(Level),
        text=st.sampled_from(("", "please help")),
        tags=st.lists(TAGS, max_size=2).map(tuple),
    )
    def create(
        self,
        who: str,
        subject: str,
        queue: str,
        impact: Level,
        urgency: Level,
        text: str,
        tags: tuple[str, ...],
    ) -> None:
        if self.made < MOST:
            self._do(
                who,
                c.Create(
                    subject,
                    "ana@northwind.example",
                    "Ana Ruiz",
                    text=text,
                    queue=queue,
                    impact=impact,
                    urgency=urgency,
                    tags=tags,
                ),
            )

    @rule(who=WHO, owner=st.sampled_from(("", "alice", "bo", "hana")), reason=REASONS, data=st.data())
    def assign(self, who: str, owner: str, reason: str, data: st.DataObject) -> None:
        self._do(who, c.Assign(self._some(data), self.desk.id(owner) if owner else None, reason))

    @rule(who=WHO, queue=st.sampled_from((PAYMENTS, NETWORK, HR)), note=REASONS, data=st.data())
    def move(self, who: str, queue: int, note: str, data: st.DataObject) -> None:
        self._do(who, c.Move(self._some(data), queue, note))

    @rule(who=WHO, then=st.sampled_from((State.OPEN, State.PENDING, State.SOLVED)))
    def answer(self, who: str, then: State) -> None:
        self._do(who, c.Reply((1,), "We look into it", then))

    @rule(who=WHO, text=TEXTS, then=st.sampled_from(State), data=st.data())
    def reply(self, who: str, text: str, then: State, data: st.DataObject) -> None:
        self._do(who, c.Reply(self._some(data), text, then))

    @rule(who=WHO, text=TEXTS, data=st.data())
    def note(self, who: str, text: str, data: st.DataObject) -> None:
        self._do(who, c.Note(self._some(data), text))

    @rule(who=WHO, text=TEXTS, seconds=st.integers(0, 90_000), data=st.data())
    def work(self, who: str, text: str, seconds: int, data: st.DataObject) -> None:
        self._do(who, c.LogTime(self._some(data), seconds, text))

    @rule(who=WHO, text=TEXTS, remove=st.booleans(), data=st.data())
    def change_time(self, who: str, text: str, remove: bool, data: st.DataObject) -> None:
        held = [(ticket.number, one.id) for ticket in self._all() for one in sorted(ticket.worked)]
        if held:
            number, entry = data.draw(st.sampled_from(held))
            seconds = data.draw(st.integers(1, 9000))
            change = c.ChangeTime((number,), entry, seconds, text)
            self._do(who, c.RemoveTime((number,), entry) if remove else change)

    @rule(text=TEXTS, data=st.data())
    def receive(self, text: str, data: st.DataObject) -> None:
        self._try("", c.Receive((self._any(data),), text))

    @rule(who=WHO, text=TEXTS, data=st.data())
    def file_by_hand(self, who: str, text: str, data: st.DataObject) -> None:
        self._do(who, c.Receive((self._any(data),), text, "phone"))

    @rule(
        who=WHO,
        state=st.sampled_from(State),
        reason=st.sampled_from((*HOLD_REASONS, "", "boredom")),
        hours=st.none() | st.integers(-2, 48),
        data=st.data(),
    )
    def change_state(
        self, who: str, state: State, reason: str, hours: int | None, data: st.DataObject
    ) -> None:
        until = None if hours is None else self.desk.clock.at + timedelta(hours=hours)
        self._do(who, c.ChangeState(self._some(data), state, reason, until))

    @rule(who=WHO, message=st.sampled_from(("", "solved it")), data=st.data())
    def solve(self, who: str, message: str, data: st.DataObject) -> None:
        self._do(who, c.Solve(self._some(data), "rolled back", message=message))

    @rule(who=WHO, reason=st.sampled_from(CLOSE_REASONS), data=st.data())
    def close(self, who: str, reason: str, data: st.DataObject) -> None:
        self._do(who, c.Close(self._some(data), reason))

    @rule(who=WHO, data=st.data())
    def reopen(self, who: str, data: st.DataObject) -> None:
        self._do(who, c.Reopen(self._some(data), "it is back"))

    @rule(
        who=WHO,
        priority=st.none() | st.sampled_from(Priority),
        impact=st.none() | st.sampled_from(Level),
        reason=REASONS,
        data=st.data(),
    )
    def prioritise(
        self, who: str, priority: Priority | None, impact: Level | None, reason: str, data: st.DataObject
    ) -> None:
        self._do(who, c.SetPriority(self._some(data), priority, impact, reason=reason))

    @rule(
        who=WHO,
        values=st.lists(
            st.tuples(st.sampled_from(("subject", "category", "field.vendor", "field.site")), TEXTS),
            max_size=3,
        ),
        data=st.data(),
    )
    def classify(self, who: str, values: list[tuple[str, str]], data: st.DataObject) -> None:
        self._do(who, c.Classify(self._some(data), tuple(values)))

    @rule(who=WHO, add=st.lists(TAGS, max_size=2), remove=st.lists(TAGS, max_size=2), data=st.data())
    def tag(self, who: str, add: list[str], remove: list[str], data: st.DataObject) -> None:
        self._do(who, c.Tag(self._some(data), tuple(add), tuple(remove)))

    @rule(who=WHO, on=st.booleans(), data=st.data())
    def follow(self, who: str, on: bool, data: st.DataObject) -> None:
        self._do(who, c.Follow(self._some(data), on))

    @rule(who=WHO, kind=st.sampled_from(LINK_KINDS), remove=st.booleans(), data=st.data())
    def link(self, who: str, kind: str, remove: bool, data: st.DataObject) -> None:
        self._do(who, c.LinkTo(self._some(data), kind, self._any(data), remove))

    @rule(who=WHO, children=st.booleans(), data=st.data())
    def merge(self, who: str, children: bool, data: st.DataObject) -> None:
        self._do(who, c.Merge(self._some(data), self._any(data), children))

    @rule(who=WHO, data=st.data())
    def unmerge(self, who: str, data: st.DataObject) -> None:
        self._do(who, c.Unmerge(self._some(data)))

    @rule(who=WHO, ids=st.lists(st.integers(1, 6), min_size=1, max_size=3), data=st.data())
    def split(self, who: str, ids: list[int], data: st.DataObject) -> None:
        if self.made < MOST:
            self._do(who, c.Split(self._any(data), tuple(ids), "Another matter"))

    @rule(who=WHO, hours=st.none() | st.integers(-1, 30), data=st.data())
    def snooze(self, who: str, hours: int | None, data: st.DataObject) -> None:
        until = None if hours is None else self.desk.clock.at + timedelta(hours=hours)
        self._do(who, c.Snooze(self._some(data), until))

    @rule(who=WHO, for_whom=WHO, hours=st.integers(0, 30), free=st.booleans(), data=st.data())
    def remind(self, who: str, for_whom: str, hours: int, free: bool, data: st.DataObject) -> None:
        at = self.desk.clock.at + timedelta(hours=hours)
        number = None if free else self._any(data)
        self._do(who, c.Remind(at, "call back", number, self.desk.id(for_whom)))

    @rule(who=WHO, number=st.integers(1, 4))
    def dismiss(self, who: str, number: int) -> None:
        self._do(who, c.DismissReminder(number))

    @rule(who=WHO, data=st.data())
    def together(self, who: str, data: st.DataObject) -> None:
        some = self._some(data)
        parts = (c.Tag(some, ("vpn",)), c.Note(some, "twice"), c.LinkTo(some[:1], "related", self._any(data)))
        self._do(who, c.Together(parts))

    @rule(number=st.integers(8, 60))
    def undo_by_number(self, number: int) -> None:
        self._try("hana", c.Undo(number))

    @rule(minutes=st.sampled_from((1, 10, 61, 300, 1500, 30000)))
    def time_passes(self, minutes: int) -> None:
        self.desk.clock.forward(minutes=minutes, seconds=0.5)


ANSWERS = (
    c.Reply((1,), "We look into it", State.OPEN),
    c.Reply((1,), "Please restart it", State.PENDING),
    c.Reply((1,), "It was the cable", State.SOLVED),
    c.ChangeState((1,), State.PENDING),
    c.ChangeState((1,), State.HOLD, "vendor"),
    c.ChangeState((1,), State.OPEN),
    c.Solve((1,), "rolled back"),
    c.Solve((1,), "rolled back", message="solved it"),
    c.Reopen((1,), "it is back"),
    c.Receive((1,), "and now?", "phone"),
    c.Undo(),
    c.Undo(),
    c.Undo(),
    c.Redo(),
)


@pytest.mark.parametrize("seed", range(12))
def test_clocks_follow_whatever_is_said_and_taken_back(sqlite_desk: Desk, seed: int) -> None:
    """Two agents and a customer on one ticket; long sequences, which Hypothesis seldom draws."""
    chance = random.Random(seed)
    sqlite_desk.create(text="please")
    for _ in range(25):
        sqlite_desk.clock.forward(minutes=1)
        with suppress(DeskError):
            sqlite_desk.do(chance.choice(("alice", "bo")), chance.choice(ANSWERS))
        invariants.check(sqlite_desk.store.database)


def _plain(ticket: Ticket) -> Ticket:
    """A ticket but for what any event changes."""
    return replace(ticket, version=0, updated_at=ticket.created_at)


SETTINGS = settings(
    max_examples=settings().max_examples // 4,
    stateful_step_count=25,
    suppress_health_check=list(HealthCheck),
)

TestAnySequence = pytest.mark.slow(Work.TestCase)
TestAnySequence.settings = SETTINGS
