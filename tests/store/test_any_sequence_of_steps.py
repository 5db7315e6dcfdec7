"""The same on a desk with processes: whatever is done in whatever order, no gate is passed while shut."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError, Refused
from deskterm.domain.events import Event
from deskterm.domain.gates import AFTER_SOLVING
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.matching import matches
from deskterm.domain.people import DESK, Role
from deskterm.domain.policy import Policy
from deskterm.domain.process import Gate, Process, Step, StepState, marks_of, shut, step_name
from deskterm.domain.query_parser import parse
from deskterm.domain.rule import Action
from deskterm.domain.ticket import Ticket
from deskterm.storage import journal, tickets
from deskterm.storage.database import Database
from deskterm.storage.facts import facts
from deskterm.store.store import Store
from tests import invariants
from tests.small_desk import HR, NETWORK, PAYMENTS, Desk
from tests.store import test_any_sequence as any_sequence

INCIDENT = Process(
    "Incident",
    (
        Step("Look", required=False, within=1800),
        Step("Fix: it", owner="bo", within=3600),
        Step("Tell security", when="priority:P1", within=600),
        Step("Docs check", before=Gate.CLOSED, owner="lead", within=7200),
    ),
    ("incident",),
)
ACCESS = Process(
    "Access",
    (
        Step("Approve", approval=Role.LEAD, within=3600),
        Step("Grant", fields=("site",)),
        Step("Docs check", when="-skipped:>0", before=Gate.CLOSED),
    ),
    ("service request",),
)
POLICY = Policy(processes=(INCIDENT, ACCESS))
POLICIES = (
    "auto_close_days = 1",
    'calendar = "24x7"',
    """
    [[processes]]
    name = "Incident"
    types = ["incident", "problem"]
    steps = [{ name = "Fix: it", within = "30m" }, { name = "Root cause", when = "tag:vpn" }]
    """,
    "processes = []",
    """
    [[processes]]
    name = "Access"
    types = ["question"]
    steps = [{ name = "Approve" }, { name = "Grant", approval = "admin" }, { name = "Docs check" }]
    """,
)
WHO = any_sequence.WHO
TYPES = ("incident", "question", "service request", "problem")
STEPS = ("Look", "fix: it", "Tell security", "Docs check", "Approve", "Grant", "Root cause", "1", "2")
PROCESSES = ("Incident", "access", "")
NAMES = ("Look", "Fix: it", "Tell security", "Docs check", "Approve", "Grant", "Root cause", "none")

seen: set[str] = set()


class Watch:
    """What is to hold of a desk with processes, looked at again and again."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.before: dict[int, Ticket] = {}

    def look(self) -> None:
        """Raise AssertionError when anything does not."""
        store, now = self.desk.store, self.desk.store.now()
        policy = store.policy
        with store.database.read() as connection:
            numbers = range(1, tickets.next_number(connection))
            held = [ticket for number in numbers if (ticket := tickets.load(connection, number))]
            known = store._dispatcher.directory(connection)
            told = [facts(connection, ticket, known, DESK, policy) for ticket in held]
            for ticket in held:
                self._passed(ticket, policy)
                _rings(journal.of_ticket(connection, ticket.number))
                # One mark of a step, and none of a process that is not followed.
                assert len(marks_of(ticket)) == len(ticket.steps)
                assert ticket.process or not ticket.steps
            for name in NAMES:
                asked_for = f'step:"{name}" is:any' if name != "none" else "step:none is:any"
                query = parse(asked_for)
                found = {
                    one.ticket.number
                    for one in told
                    if not one.ticket.voided and matches(query, one, DESK, now, store.zone)
                }
                asked = "" if name == "none" else name
                at_it = {t.number for t in held if not t.voided and step_name(t, policy) == asked}
                assert found == at_it
                assert {row.number for row in store.listing(asked_for, limit=500).rows} == at_it
        self.before = {ticket.number: ticket for ticket in held}

    def _passed(self, ticket: Ticket, policy: Policy) -> None:
        before = self.before.get(ticket.number)
        if ticket.voided or (before is not None and before.state is ticket.state):
            return
        if ticket.state is State.SOLVED:
            assert shut(ticket, policy, Gate.SOLVED) == ()
            seen.add("solved" if ticket.process else "")
        elif ticket.state is State.CLOSED and ticket.close_reason in AFTER_SOLVING:
            assert shut(ticket, policy, Gate.CLOSED) == ()
            seen.add(f"closed: {ticket.close_reason}" if ticket.process else "")


def _rings(events: list[Event]) -> None:
    """Between two times at which a step was late, its turn ended and came again."""
    late: set[str] = set()
    for event in events:
        if event.kind == "step_late":
            change = event.change("alerts")
            assert change is not None
            (name,) = change.after
            assert name not in late, (name, event)
            late.add(name)
            seen.add("late")
        elif any(change.field in ("steps", "process", "process_version") for change in event.changes):
            late.clear()


class Stepping(any_sequence.Desks):
    """Agents and leads who mark, solve, close, reopen, take back; admins who change the policy meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        desk = self.desk
        desk.store.close()
        desk.store = Store(Database(desk.url), DESK, clock=desk.clock, policy=POLICY)
        self.watch = Watch(desk)

    def _do(self, who: str, command: c.Command) -> None:
        """Do it; then undoing it directly is the identity, but that nothing comes back behind a shut gate:
        what was asked for while a ticket was solved stands before solving it again."""
        policy = self.desk.store.policy
        behind = any(t.state is State.SOLVED and shut(t, policy, Gate.SOLVED) for t in self._all())
        try:
            super()._do(who, command)
            return
        except Refused as error:
            said = error.message
        assert behind
        assert "before solving" in said

    @initialize(who=WHO)
    def begin(self, who: str) -> None:
        self.create(who, "incident")
        self.create(who, "service request")

    @rule(who=WHO, type_=st.sampled_from(TYPES))
    def create(self, who: str, type_: str) -> None:
        if self.made < any_sequence.MOST:
            self._do(who, c.Create("It fails", "ana@northwind.example", queue="payments", type=type_))

    @rule(
        who=WHO,
        step=st.sampled_from(STEPS),
        state=st.sampled_from((StepState.DONE, StepState.DONE, *StepState)),
        text=any_sequence.REASONS,
        values=st.sampled_from(((), (("site", "Oslo"),))),
        data=st.data(),
    )
    def mark(
        self,
        who: str,
        step: str,
        state: StepState,
        text: str,
        values: tuple[tuple[str, str], ...],
        data: st.DataObject,
    ) -> None:
        self._do(who, c.MarkStep(self._some(data), step, state, text, values))

    @rule(who=WHO, data=st.data())
    def do_what_is_left(self, who: str, data: st.DataObject) -> None:
        number = self._any(data)
        for place in ("1", "2", "3", "4"):
            self._do(who, c.MarkStep((number,), place, StepState.DONE, "", (("site", "Oslo"),)))

    @rule(who=WHO, process=st.sampled_from(PROCESSES), reason=any_sequence.REASONS, data=st.data())
    def follow_process(self, who: str, process: str, reason: str, data: st.DataObject) -> None:
        self._do(who, c.FollowProcess(self._some(data), process, reason))

    @rule(who=WHO, type_=st.sampled_from(TYPES), data=st.data())
    def classify(self, who: str, type_: str, data: st.DataObject) -> None:
        self._do(who, c.Classify(self._some(data), (("type", type_),)))

    @rule(who=WHO, priority=st.sampled_from((Priority.P1, Priority.P4)), data=st.data())
    def prioritise(self, who: str, priority: Priority, data: st.DataObject) -> None:
        self._do(who, c.SetPriority(self._some(data), priority, reason="because", beyond="they say so"))

    @rule(who=WHO, remove=st.booleans(), data=st.data())
    def tag(self, who: str, remove: bool, data: st.DataObject) -> None:
        self._do(who, c.Tag(self._some(data), () if remove else ("vpn",), ("vpn",) if remove else ()))

    @rule(who=WHO, data=st.data())
    def solve(self, who: str, data: st.DataObject) -> None:
        self._do(who, c.Solve(self._some(data), "rolled back"))

    @rule(who=WHO, then=st.sampled_from((State.OPEN, State.PENDING, State.SOLVED)), data=st.data())
    def reply(self, who: str, then: State, data: st.DataObject) -> None:
        self._do(who, c.Reply(self._some(data), "We look into it", then))

    @rule(who=WHO, reason=st.sampled_from(("confirmed", "no answer", "spam", "duplicate")), data=st.data())
    def close(self, who: str, reason: str, data: st.DataObject) -> None:
        self._do(who, c.Close(self._some(data), reason))

    @rule(who=WHO, data=st.data())
    def reopen(self, who: str, data: st.DataObject) -> None:
        self._do(who, c.Reopen(self._some(data), "it is back"))

    @rule(text=st.sampled_from(("It fails again", "Thank you!")), data=st.data())
    def receive(self, text: str, data: st.DataObject) -> None:
        self._try("", c.Receive((self._any(data),), text))

    @rule(who=WHO, data=st.data())
    def merge(self, who: str, data: st.DataObject) -> None:
        self._do(who, c.Merge(self._some(data), self._any(data), True))

    @rule(who=WHO, data=st.data())
    def unmerge(self, who: str, data: st.DataObject) -> None:
        self._do(who, c.Unmerge(self._some(data)))

    @rule(who=WHO, queue=st.sampled_from((PAYMENTS, NETWORK, HR)), data=st.data())
    def move(self, who: str, queue: int, data: st.DataObject) -> None:
        self._do(who, c.Move(self._some(data), queue, "theirs"))

    @rule(who=WHO, type_=st.sampled_from(TYPES), process=st.sampled_from(("", *PROCESSES)), data=st.data())
    def use_macro(self, who: str, type_: str, process: str, data: st.DataObject) -> None:
        first = (Action("process", process or "none"),) if process else ()
        actions = (Action("type", type_), *first, Action("solve", "fixed", "done"))
        self._do(who, c.UseMacro(self._some(data), "quick", actions))

    @rule(who=WHO, type_=st.sampled_from(TYPES), data=st.data())
    def together(self, who: str, type_: str, data: st.DataObject) -> None:
        some = self._some(data)
        self._do(who, c.Together((c.Classify(some, (("type", type_),)), c.Solve(some, "done"))))

    @rule(document=st.sampled_from(POLICIES))
    def apply(self, document: str) -> None:
        text = document if "processes" in document else f"[desk]\n{document}"
        self._try("dana", c.ApplyPolicy(text))
        self.desk.store.recalculate(lambda seconds: False)

    @rule()
    def undo_a_policy(self) -> None:
        self._try("dana", c.Undo())
        self.desk.store.recalculate(lambda seconds: False)

    @rule(number=st.integers(8, 60))
    def undo_by_number(self, number: int) -> None:
        self._try("hana", c.Undo(number))

    @rule(minutes=st.sampled_from((1, 11, 31, 61, 300, 3000, 10000)))
    def time_passes(self, minutes: int) -> None:
        self.desk.clock.forward(minutes=minutes, seconds=0.5)
        self.scheduler()

    @precondition(lambda self: self.made)
    @invariant()
    def everything_agrees(self) -> None:
        invariants.check(self.desk.store.database, self.desk.store.policy)
        self.watch.look()


@pytest.mark.slow
class TestStepping(Stepping.TestCase):  # type: ignore[misc, valid-type]
    """Whatever agents, leads and admins do."""

    settings = settings(
        max_examples=max(20, settings().max_examples // 4),
        stateful_step_count=30,
        suppress_health_check=list(HealthCheck),
    )


def some_command(chance: random.Random, made: int) -> c.Command:
    """Any of the commands that processes have to do with, mostly those that go on."""
    number = chance.randint(1, made)
    numbers = (number,)
    step = chance.choice(STEPS)
    marked = c.MarkStep(numbers, step, StepState.DONE, "", (("site", "Oslo"),))
    return chance.choice(
        (
            *(marked, marked, marked),
            c.MarkStep(numbers, step, chance.choice(tuple(StepState)), "because"),
            c.MarkStep(tuple(range(1, made + 1)), step, StepState.SKIPPED, "because"),
            c.FollowProcess(numbers, chance.choice(PROCESSES), "because"),
            c.Classify(numbers, (("type", chance.choice(TYPES)),)),
            c.SetPriority(numbers, chance.choice((Priority.P1, Priority.P4)), reason="so", beyond="so"),
            c.Solve(numbers, "done"),
            c.Solve(tuple(range(1, made + 1)), "done"),
            c.Reply(numbers, "Done", State.SOLVED),
            c.Close(numbers, chance.choice(("confirmed", "spam"))),
            c.Reopen(numbers, "it is back"),
            c.Merge(numbers, chance.randint(1, made)),
            c.Unmerge(numbers),
            *(c.Undo(), c.Undo(), c.Redo()),
            c.Undo(chance.randint(8, 150)),
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_long_sequences_on_both_databases(desk: Desk, seed: int) -> None:
    """The same in long sequences, which Hypothesis seldom draws, on PostgreSQL too."""
    desk.store.close()
    desk.store = Store(Database(desk.url), DESK, clock=desk.clock, policy=POLICY)
    chance, watch = random.Random(seed), Watch(desk)
    for type_ in ("incident", "service request", "question"):
        desk.create(type=type_, impact=Level.LOW, urgency=Level.LOW)
    for turn in range(120):
        desk.clock.forward(minutes=chance.choice((1, 1, 1, 40, 3000)), seconds=0.25)
        while desk.store.run_due():
            pass
        watch.look()
        with suppress(DeskError):
            desk.do(chance.choice(("alice", "bo", "carol", "hana")), some_command(chance, 3))
        watch.look()
        if turn % 40 == 20:
            with suppress(DeskError):
                desk.do("dana", c.ApplyPolicy(POLICIES[chance.choice((2, 4))]))
            desk.store.recalculate(lambda seconds: False)
            watch.look()
        if turn % 20 == 0:
            invariants.check(desk.store.database, desk.store.policy)
    invariants.check(desk.store.database, desk.store.policy)
