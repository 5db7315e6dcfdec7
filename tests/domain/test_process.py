"""Processes: which one a ticket follows, what may become of its steps, and which gates they keep shut."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deskterm.domain import commands as c
from deskterm.domain.decide import decide
from deskterm.domain.due_work import due_work
from deskterm.domain.errors import DeskError, NotAllowed, NotFound, Refused
from deskterm.domain.events import Event, evolve
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.people import Actor, Agent, Queue, Role
from deskterm.domain.policy import Policy
from deskterm.domain.process import LATE, Gate, Process, Step, StepState, current, due_at, stands
from deskterm.domain.proposal import Proposal, Situation
from deskterm.domain.stepping import by_type
from deskterm.domain.ticket import Ticket

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ALICE = Agent(1, "alice", "Alice", Role.AGENT, frozenset({1}))
BO = Agent(2, "bo", "Bo", Role.AGENT, frozenset({1}))
DANA = Agent(3, "dana", "Dana", Role.LEAD, frozenset({1}))
AGENTS = {agent.id: agent for agent in (ALICE, BO, DANA)}

INCIDENT = Process(
    "Incident",
    (
        Step("Reproduce", required=False),
        Step("Fix", owner="bo", within=4 * 3600),
        Step("Root cause", fields=("root_cause",)),
        Step("Docs check", before=Gate.CLOSED),
    ),
    ("incident",),
)
ACCESS = Process(
    "Access",
    (Step("Approve", approval=Role.LEAD), Step("Grant"), Step("Tell security", when="priority:P1")),
    ("service request",),
)
POLICY = Policy(version=3, processes=(INCIDENT, ACCESS))
TICKET = Ticket(7, "Printer on fire", State.OPEN, Priority.P3, Level.LOW, Level.HIGH, 1, 1, NOW, NOW, owner=1)


def situation(actor: Agent | None = ALICE, policy: Policy = POLICY, minutes: int = 0) -> Situation:
    """What is true when `actor` asks, so many minutes later."""
    queues = {1: Queue(1, "Support", "support")}
    return Situation(
        Actor(actor, "tui"),
        NOW + timedelta(minutes=minutes),
        policy,
        queues,
        AGENTS,
        asks=lambda ticket, query: ticket.priority is Priority.P1,
    )


def done(command: c.TicketCommand, ticket: Ticket, at: Situation | None = None) -> Ticket:
    """Return a ticket after a command on it and what follows from that."""
    from deskterm.domain.decide import settle

    at = at or situation()
    proposal = decide(command, ticket, at)
    assert proposal is not None
    after = _evolved(ticket, proposal, at)
    follow = settle(after, at)
    return _evolved(after, Proposal("settled", follow), at) if follow else after


def _evolved(ticket: Ticket, proposal: Proposal, at: Situation) -> Ticket:
    event = Event(ticket.version + 1, 1, 7, proposal.kind, at.now, at.actor.id, "tui", "", proposal.changes)
    return evolve(ticket, event)


def follow(name: str, ticket: Ticket = TICKET, reason: str = "") -> Ticket:
    """Return a ticket that follows a process."""
    return done(c.FollowProcess((7,), name, reason), ticket)


def mark(
    ticket: Ticket,
    step: str,
    state: str = "done",
    text: str = "",
    values: dict[str, str] | None = None,
    at: Situation | None = None,
) -> Ticket:
    """Return a ticket one of whose steps was marked."""
    command = c.MarkStep((7,), step, StepState(state), text, tuple((values or {}).items()))
    return done(command, ticket, at)


def states(ticket: Ticket) -> list[str]:
    """Return what became of each step, the one whose turn it is in brackets."""
    return [f"[{one.state}]" if one.current else str(one.state) for one in stands(ticket, POLICY)]


def solve(ticket: Ticket) -> Ticket:
    """Return a ticket that was solved."""
    return done(c.Solve((7,), "it works again"), ticket)


def test_steps_go_on_in_their_order_and_the_first_that_is_not_over_has_its_turn() -> None:
    ticket = follow("incident")
    assert ticket.process == "Incident"
    assert states(ticket) == ["[open]", "open", "open", "open"]
    ticket = mark(ticket, "reproduce")
    assert states(ticket) == ["done", "[open]", "open", "open"]
    ticket = mark(ticket, "3", values={"root_cause": "a spark"})
    assert states(ticket) == ["done", "[open]", "done", "open"]
    assert dict(ticket.fields) == {"root_cause": "a spark"}
    ticket = mark(ticket, "Fix", "skipped", "it burnt out")
    assert states(ticket) == ["done", "skipped", "done", "[open]"]
    assert ticket.skipped == 1


def test_required_steps_stand_before_solving_and_before_closing() -> None:
    ticket = follow("Incident")
    with pytest.raises(Refused, match="before solving, Incident asks for Fix and Root cause"):
        solve(ticket)
    with pytest.raises(Refused, match="before solving"):
        done(c.Reply((7,), "It works again", then=State.SOLVED), ticket)
    ticket = mark(mark(ticket, "Fix"), "Root cause", "skipped", "nobody knows")
    ticket = solve(ticket)
    assert ticket.state is State.SOLVED
    for reason in ("confirmed", "no answer"):
        with pytest.raises(Refused, match="before closing, Incident asks for Docs check"):
            done(c.Close((7,), reason), ticket)
    assert done(c.Close((7,), "confirmed"), mark(ticket, "Docs check")).state is State.CLOSED


def test_what_is_not_solved_passes_no_gate() -> None:
    assert done(c.Close((7,), "spam"), follow("Incident")).state is State.CLOSED


REFUSALS = [
    ("Fix", "skipped", "", {}, Refused, "skipping Fix needs a reason"),
    ("Fix", "refused", "no", {}, Refused, "is no approval"),
    ("Fix", "open", "", {}, Refused, "is open already"),
    ("Root cause", "done", "", {}, Refused, "is done when root_cause is filled"),
    ("Root cause", "done", "", {"root_cause": "  "}, Refused, "is done when root_cause is filled"),
    ("Root cause", "done", "", {"x" * 61: "a"}, Refused, "is no name of a field"),
    ("Fly", "done", "", {}, NotFound, "has no step 'Fly'"),
    ("5", "done", "", {}, NotFound, "has no step '5'"),
    ("Fix", "done", "x" * 501, {}, Refused, "at most 500 characters"),
    ("Fix", "needless", "", {}, Refused, "is not for this ticket"),
]


@pytest.mark.parametrize(("step", "state", "text", "values", "kind", "said"), REFUSALS)
def test_a_step_is_not_marked(
    step: str, state: str, text: str, values: dict[str, str], kind: type[DeskError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        mark(follow("Incident"), step, state, text, values)


def test_later_steps_wait_for_a_yes_that_only_its_role_gives() -> None:
    ticket = follow("Access")
    with pytest.raises(Refused, match="Grant waits for Approve, which is not given yet"):
        mark(ticket, "Grant")
    for state in ("done", "refused", "skipped"):
        with pytest.raises(NotAllowed, match="alice may not decide on Approve: that needs a lead"):
            mark(ticket, "Approve", state, "why")
    refused = mark(ticket, "Approve", "refused", "not in the budget", at=situation(DANA))
    assert states(refused) == ["[refused]", "open", "needless"]
    with pytest.raises(Refused, match="which was refused"):
        mark(refused, "Grant")
    with pytest.raises(Refused, match="before solving, Access asks for Approve and Grant"):
        solve(refused)
    assert done(c.Close((7,), "declined"), refused).state is State.CLOSED
    approved = mark(refused, "Approve", at=situation(DANA))
    assert solve(mark(approved, "Grant")).state is State.SOLVED


def test_a_step_is_there_only_for_tickets_that_its_condition_finds() -> None:
    ticket = follow("Access")
    assert states(ticket)[2] == "needless"
    urgent = done(c.SetPriority((7,), Priority.P1, reason="the board asks"), ticket)
    assert states(urgent)[2] == "open"
    urgent = mark(mark(urgent, "Approve", at=situation(DANA)), "Grant")
    with pytest.raises(Refused, match="asks for Tell security"):
        solve(urgent)
    calm = done(c.SetPriority((7,), impact=Level.LOW, urgency=Level.LOW), urgent)
    assert solve(calm).state is State.SOLVED


def test_whose_turn_it_is_is_told_unless_it_is_theirs_to_know() -> None:
    begun = decide(c.FollowProcess((7,), "Access"), TICKET, situation())
    assert begun is not None
    assert [ring.agent for ring in begun.rings] == [3]
    assert begun.rings[0].text == "Approve is yours now (Access)"
    own = decide(c.FollowProcess((7,), "Incident"), TICKET, situation())
    assert own is not None
    assert not own.rings
    nobodys = decide(c.FollowProcess((7,), "Incident"), replace(TICKET, owner=None), situation())
    assert nobodys is not None
    assert not nobodys.rings
    passed = decide(c.MarkStep((7,), "Reproduce", StepState.DONE), follow("Incident"), situation())
    assert passed is not None
    assert [ring.agent for ring in passed.rings] == [2]


def test_a_step_is_late_once_and_no_more_when_it_is_over() -> None:
    ticket = mark(follow("Incident"), "Reproduce", at=situation(minutes=30))
    stand = current(ticket, POLICY)
    assert stand is not None
    assert due_at(stand, ticket, POLICY) == NOW + timedelta(hours=4, minutes=30)
    assert decide(c.StepDue((7,), "Fix"), ticket, situation(None, minutes=269)) is None
    late = decide(c.StepDue((7,), "Fix"), ticket, situation(None, minutes=270))
    assert late is not None
    assert [ring.agent for ring in late.rings] == [2]
    ticket = _evolved(ticket, late, situation(None, minutes=270))
    assert decide(c.StepDue((7,), "Fix"), ticket, situation(None, minutes=280)) is None
    assert not mark(ticket, "Fix", at=situation(minutes=290)).alerts


def test_a_ticket_keeps_the_steps_it_began_with_until_it_begins_anew() -> None:
    ticket = mark(follow("Incident"), "Fix")
    changed = replace(INCIDENT, steps=(Step("Triage"), Step("Fix")))
    newer = replace(POLICY, version=4, processes=(changed,), past={3: POLICY})
    assert [one.step.name for one in stands(ticket, newer)] == [step.name for step in INCIDENT.steps]
    again = done(c.FollowProcess((7,), "Incident"), ticket, situation(policy=newer))
    assert [(one.step.name, one.state) for one in stands(again, newer)] == [
        ("Triage", StepState.OPEN),
        ("Fix", StepState.DONE),
    ]
    with pytest.raises(Refused, match="follows Incident already"):
        done(c.FollowProcess((7,), "Incident"), again, situation(policy=newer))


def test_leaving_a_process_needs_a_reason() -> None:
    ticket = follow("Incident")
    for other in ("", "Access"):
        with pytest.raises(Refused, match="leaving Incident needs a reason"):
            follow(other, ticket)
    assert follow("", ticket, reason="a question after all").process == ""
    with pytest.raises(NotFound, match="there is no process 'Onboarding'"):
        follow("Onboarding")
    with pytest.raises(Refused, match="follows no process"):
        follow("")


TYPES = [
    (None, "incident", "", "Incident"),
    (None, "question", "", None),
    ("question", "incident", "", "Incident"),
    ("incident", "service request", "Incident", "Access"),
    ("incident", "question", "Incident", ""),
    ("incident", "incident", "", None),
    ("question", "service request", "Incident", None),
    (None, "incident", "Access", None),
]


@pytest.mark.parametrize(("before", "now", "held", "begins"), TYPES)
def test_a_type_brings_its_process(before: str | None, now: str, held: str, begins: str | None) -> None:
    ticket = replace(follow(held) if held else TICKET, type=now)
    command = by_type(replace(ticket, type=before) if before else None, ticket, POLICY)
    assert (command.process if command else None) == begins


def test_a_process_that_somebody_works_on_stays_when_the_type_changes() -> None:
    ticket = replace(mark(follow("Incident"), "Fix"), type="question")
    assert by_type(replace(ticket, type="incident"), ticket, POLICY) is None


def test_what_a_gate_was_passed_by_stays_while_a_ticket_is_solved() -> None:
    ticket = solve(mark(mark(follow("Incident"), "Fix"), "Root cause", values={"root_cause": "a spark"}))
    with pytest.raises(Refused, match="is solved, and Fix stands before that"):
        mark(ticket, "Fix", "open")
    closed = done(c.Close((7,), "confirmed"), mark(ticket, "Docs check"))
    with pytest.raises(Refused, match="is closed"):
        mark(closed, "Docs check", "open")


def test_a_step_that_is_needless_since_begins_nothing_anew() -> None:
    first = Process("Access", (Step("Tell security", when="priority:P1"), Step("Grant", within=7200)))
    policy = replace(POLICY, processes=(first,))
    began = done(
        c.FollowProcess((7,), "Access"), replace(TICKET, priority=Priority.P1), situation(policy=policy)
    )
    calm = c.SetPriority((7,), impact=Level.LOW, urgency=Level.LOW)
    later = done(calm, began, situation(policy=policy, minutes=60))
    stand = current(later, policy)
    assert stand is not None
    assert (stand.step.name, due_at(stand, later, policy)) == ("Grant", NOW + timedelta(hours=2))


def test_what_stands_before_an_approval_does_not_wait_for_it() -> None:
    process = Process("Access", (Step("Prepare"), Step("Approve", approval=Role.LEAD), Step("Grant")))
    at = situation(policy=replace(POLICY, processes=(process,)))
    ticket = done(
        c.MarkStep((7,), "Prepare", StepState.DONE), done(c.FollowProcess((7,), "Access"), TICKET, at), at
    )
    assert [str(one.state) for one in stands(ticket, at.policy)] == ["done", "open", "open"]


def test_who_owns_a_ticket_is_not_told_of_a_step_that_names_them() -> None:
    own = replace(follow("Incident"), owner=2)
    passed = decide(c.MarkStep((7,), "Reproduce", StepState.DONE), own, situation())
    assert passed is not None
    assert not passed.rings


def test_who_may_not_see_a_ticket_is_not_told_of_a_step_that_names_them() -> None:
    hidden = replace(situation(), queues={1: Queue(1, "HR", "hr", True)})
    hidden = replace(hidden, agents=AGENTS | {2: replace(BO, queues=frozenset())})
    passed = decide(
        c.MarkStep((7,), "Reproduce", StepState.DONE), replace(follow("Incident"), owner=None), hidden
    )
    assert passed is not None
    assert [ring.agent for ring in passed.rings] == [3]


def test_admins_who_may_not_see_a_ticket_are_not_told_of_their_approval() -> None:
    process = Process("Access", (Step("Approve", approval=Role.ADMIN),))
    root, peer = (Agent(number, f"a{number}", "A", Role.ADMIN, queues) for number, queues in
                  ((8, frozenset({1})), (9, frozenset[int]())))  # fmt: skip
    at = replace(situation(policy=replace(POLICY, processes=(process,))), agents={8: root, 9: peer})
    for secret, told in ((True, [8]), (False, [8, 9])):
        begun = decide(
            c.FollowProcess((7,), "Access"), TICKET, replace(at, queues={1: Queue(1, "HR", "hr", secret)})
        )
        assert begun is not None
        assert [ring.agent for ring in begun.rings] == told


def test_beginning_anew_gives_no_more_time() -> None:
    ticket = follow("Incident")
    longer = replace(INCIDENT, steps=(Step("Fix", within=4 * 3600),))
    newer = replace(POLICY, version=4, processes=(longer,), past={3: POLICY})
    again = done(c.FollowProcess((7,), "Incident"), ticket, situation(policy=newer, minutes=180))
    stand = current(again, newer)
    assert stand is not None
    assert due_at(stand, again, newer) == NOW + timedelta(hours=4)


def test_filling_a_field_later_leaves_what_was_said_as_it_is() -> None:
    ticket = mark(follow("Incident"), "Root cause", text="found it", values={"root_cause": "a spark"})
    later = mark(ticket, "Root cause", values={"root_cause": "two sparks"}, at=situation(BO, minutes=60))
    assert later.steps == ticket.steps
    assert dict(later.fields) == {"root_cause": "two sparks"}
    with pytest.raises(Refused, match="is done already"):
        mark(later, "Root cause", values={"root_cause": "two sparks"})


def test_no_time_is_kept_for_steps_of_what_is_closed_or_taken_back() -> None:
    ticket = mark(follow("Incident"), "Reproduce")
    assert [work.what for work in due_work(ticket, POLICY) if work.what.startswith(LATE)] == ["step:Fix"]
    for ended in (done(c.Close((7,), "spam"), ticket), replace(ticket, voided=True)):
        assert not [work for work in due_work(ended, POLICY) if work.what.startswith(LATE)]
        command = c.StepDue((7,), "Fix")
        if not ended.voided:
            assert decide(command, ended, situation(None, minutes=500)) is None
