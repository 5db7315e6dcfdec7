"""Named states: what a clock does in each, which moves a desk allows, and what happens by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import FieldMoved, Refused
from deskterm.domain.events import Change, fold, invert
from deskterm.domain.kinds import State
from deskterm.domain.named_states import TRANSITIONS, States
from deskterm.domain.plan import Plan
from deskterm.domain.policy import DEFAULT, Effect, NamedState, Policy
from deskterm.domain.policy_diff import diff
from deskterm.domain.policy_file import PolicyError, parse
from deskterm.domain.policy_format import format_plan, format_policy
from deskterm.domain.settings import document, removed, settings
from deskterm.domain.ticket import Spell
from deskterm.domain.why import told, why
from deskterm.domain.wording import sentence
from tests.domain.situations import NOON, after, carried_out, done, event, propose, ticket_in
from tests.domain.test_sla_policies import BERLIN, GRADES, Life, at, opened

USUAL = "\n".join(
    f'[[states]]\nname = "{name}"\ncategory = "{category}"\ndefault = true\n'
    for category, name in {
        **{state.value: state.value for state in State},
        "pending": "Waiting for the customer",
    }.items()
)
MORE = """
[[states]]
name = "waiting for parts"
category = "hold"
clock = "stopped"
[[states]]
name = "asked the vendor"
category = "hold"
clock = "runs"
to = ["open", "waiting for parts"]
[[states]]
name = "sent a link"
category = "pending"
clock = "runs"
[[states]]
name = "in review"
category = "open"
clock = "paused"
from = ["open"]
[[states]]
name = "awaiting deploy"
category = "solved"
"""


def named(more: str = MORE, base: Policy = DEFAULT) -> Policy:
    """A policy with these states besides the usual ones."""
    return parse(USUAL + more, Plan(base)).policy


POLICY = named()


def to(state: State, status: str | None = None, reason: str = "vendor") -> c.ChangeState:
    """Put the ticket of these tests to a state."""
    return c.ChangeState((7,), state, reason if state is State.HOLD else "", status=status)


def moved(ticket: Any, command: c.TicketCommand, **at_: Any) -> Any:
    """Do something under the policy of these tests."""
    now = after(**at_)
    return carried_out(ticket, propose(command, ticket, at=now, policy=POLICY), now, POLICY)


# Clocks


PARTS, VENDOR = to(State.HOLD, "waiting for parts"), to(State.HOLD, "asked the vendor")
LINK, ASKED, REVIEW, GO = (
    to(State.PENDING, "sent a link"),
    to(State.PENDING, ""),
    to(State.OPEN, "in review"),
    to(State.OPEN),
)


@pytest.mark.parametrize(
    ("steps", "when", "state", "used"),
    [
        ([("10:00", ASKED)], "12:00", "paused", 60),
        ([("10:00", LINK)], "12:00", "running", 180),
        ([("10:00", LINK), ("11:00", ASKED)], "12:00", "paused", 120),
        ([("10:00", ASKED), ("11:00", LINK)], "12:00", "running", 120),
        ([("10:00", ASKED), ("11:00", LINK), ("12:00", ASKED)], "15:00", "paused", 120),
        ([("10:00", VENDOR)], "12:00", "running", 180),
        ([("10:00", PARTS)], "12:00", "paused", 60),
        ([("10:00", to(State.HOLD))], "12:00", "paused", 60),
        ([("10:00", PARTS), ("11:00", to(State.HOLD, ""))], "12:00", "paused", 60),
        ([("10:00", VENDOR), ("11:00", PARTS), ("12:00", GO)], "13:00", "running", 180),
        ([("10:00", REVIEW)], "12:00", "paused", 60),
        ([("10:00", GO), ("11:00", REVIEW), ("12:00", to(State.OPEN, ""))], "13:00", "running", 180),
        ([("10:00", REVIEW), ("11:00", c.Receive((7,), "Any news?"))], "12:00", "paused", 60),
        ([("10:00", PARTS), ("11:00", c.Receive((7,), "Any news?"))], "12:00", "running", 120),
        ([("10:00", LINK), ("11:00", c.Solve((7,), "done"))], "12:00", "met", 120),
        ([("10:00", PARTS), ("11:00", c.Solve((7,), "done"))], "12:00", "met", 60),
    ],
)
def test_the_resolution_clock_does_what_the_state_says(
    steps: list[tuple[str, c.TicketCommand]], when: str, state: str, used: int
) -> None:
    life = opened("23 09:00", named(base=GRADES)).do("23 09:00", GO)
    for time, command in steps:
        if command is not GO or life.ticket.state is not State.OPEN:
            life.do(f"23 {time}", command, None if isinstance(command, c.Receive) else life_agent())
    assert life.told("resolution", f"23 {when}")[:2] == (state, used)
    assert fold(life.events) == life.ticket


def life_agent() -> Any:
    """Who works in these lives."""
    from tests.domain.situations import ALICE

    return ALICE


def test_where_nothing_runs_only_the_first_reply_does() -> None:
    life = opened("23 09:00", named(base=GRADES)).do("23 09:30", c.Reply((7,), "Hello", State.OPEN))
    assert "update" in life.names("23 10:00")
    life.do("23 10:00", PARTS)
    assert life.names("23 12:00") == ["first_reply", "resolution"]
    life.do("23 12:00", VENDOR)
    assert "update" in life.names("23 13:00")


def test_why_names_the_state_in_which_the_clock_stood_still() -> None:
    life = opened("23 09:00", named(base=GRADES)).do("23 10:00", LINK).do("23 11:00", ASKED)
    life.do("23 12:00", PARTS).do("23 13:00", GO)
    found = why(life.ticket, life.policy, at("23 14:00"), life.events)
    lines = told(found, BERLIN)
    assert any("stood still: pending, Waiting for the customer" in line for line in lines)
    assert any("stood still: on hold, waiting for parts" in line for line in lines)
    assert not any("sent a link" in line for line in lines if "stood still" in line)


def test_what_is_past_keeps_the_effect_that_held_then() -> None:
    held = named(base=GRADES)
    life = opened("23 09:00", held).do("23 10:00", LINK)
    pauses = held.states
    states = tuple(replace(one, effect=Effect.PAUSED) if one.name == "sent a link" else one for one in pauses)
    life.policy = replace(held, version=3, states=states, past={2: held})
    life.settle(at("23 11:00"))
    assert life.told("resolution", "23 12:00") == ("paused", 120, "none")


def test_a_state_of_the_same_effect_begins_no_new_measure() -> None:
    plain = replace(named(""), version=2)
    life = opened("23 09:00", plain)
    more = '[[states]]\nname = "at the bank"\ncategory = "hold"\n'
    life.policy = replace(named(more), version=3, past={2: plain})
    before = life.ticket.legs
    assert life.settle(at("23 10:00")).ticket.legs == before


# Moves


def test_a_command_names_a_state_or_goes_to_the_default() -> None:
    held = moved(ticket_in(State.OPEN), PARTS)
    assert (held.state, held.status, held.hold_reason) == (State.HOLD, "waiting for parts", "vendor")
    assert moved(ticket_in(State.OPEN), to(State.HOLD)).status == ""
    assert moved(ticket_in(State.OPEN), to(State.HOLD, "WAITING for parts")).status == "waiting for parts"
    with pytest.raises(Refused, match="is waiting for parts already"):
        propose(PARTS, held, policy=POLICY)
    within = moved(held, to(State.HOLD, "asked the vendor", ""), hours=1)
    assert (within.status, within.hold_reason) == ("asked the vendor", "vendor")
    with pytest.raises(Refused, match="no state of hold is called 'parts'") as refused:
        propose(to(State.HOLD, "parts"), held, policy=POLICY)
    assert refused.value.hint == "one of hold, waiting for parts, asked the vendor"


@pytest.mark.parametrize(
    "command",
    [
        c.Receive((7,), "It works"),
        c.Reply((7,), "Hello", State.OPEN),
        c.Reply((7,), "Hello", State.PENDING),
        c.Solve((7,), "done"),
        c.Close((7,), "spam"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_moves_a_ticket_by_itself_goes_to_the_default(command: c.TicketCommand) -> None:
    held = moved(ticket_in(State.OPEN), PARTS)
    gone = moved(held, command, hours=1)
    assert gone.state is not State.HOLD
    assert gone.status == ""


def test_solving_and_closing_may_name_a_state() -> None:
    solved = moved(ticket_in(State.OPEN), c.Solve((7,), "done", status="awaiting deploy"))
    assert (solved.state, solved.status) == (State.SOLVED, "awaiting deploy")
    again = moved(solved, to(State.SOLVED, ""), hours=1)
    assert (again.status, again.solved_at) == ("", solved.solved_at)
    assert moved(solved, c.Close((7,), "confirmed"), hours=1).status == ""


def test_a_reply_leaves_a_ticket_of_the_category_where_it_is() -> None:
    waits = moved(ticket_in(State.OPEN), LINK)
    assert moved(waits, c.Reply((7,), "Hello", State.PENDING), hours=1).status == "sent a link"


def test_the_desk_allows_fewer_moves_than_the_categories() -> None:
    asked = moved(ticket_in(State.OPEN), VENDOR)
    with pytest.raises(Refused, match="does not let it become Waiting for the customer") as refused:
        propose(to(State.PENDING), asked, policy=POLICY)
    assert refused.value.hint == "from asked the vendor it may become open, waiting for parts"
    for command in (c.Solve((7,), "done"), c.Close((7,), "spam"), c.Reply((7,), "Hi", State.PENDING)):
        with pytest.raises(Refused, match="does not let it become"):
            propose(command, asked, policy=POLICY)
    with pytest.raises(Refused, match="does not let it become in review"):
        propose(REVIEW, moved(ticket_in(State.OPEN), LINK), policy=POLICY)
    assert moved(asked, GO, hours=1).state is State.OPEN
    # What happens by itself asks for no move.
    assert moved(asked, c.Receive((7,), "Hello?"), hours=1).state is State.OPEN
    assert moved(asked, c.Reply((7,), "Hi"), hours=1).status == "asked the vendor"


def test_the_categories_stay_the_outer_bound() -> None:
    states = POLICY.named
    for here in states.all:
        for there in states.onward(here):
            assert there.category is here.category or there.category in TRANSITIONS[here.category]


# Undo


def test_a_move_is_taken_back_with_its_name_and_its_stay() -> None:
    before = ticket_in(State.OPEN)
    proposal = propose(PARTS, before, policy=POLICY)
    made = event(before, proposal.kind, proposal.changes)
    held = carried_out(before, proposal, policy=POLICY)
    back = invert([made], held).changes
    assert Change("status", "waiting for parts", "") in back
    assert Change("spells", (Spell(NOON, State.HOLD, None, "waiting for parts"),), ()) in back


def test_what_went_to_another_state_of_its_category_since_is_not_taken_back() -> None:
    before = ticket_in(State.OPEN)
    proposal = propose(to(State.HOLD), before, policy=POLICY)
    made = event(before, proposal.kind, proposal.changes)
    since = moved(moved(before, to(State.HOLD)), PARTS, hours=1)
    with pytest.raises(FieldMoved) as conflict:
        invert([made], since)
    assert conflict.value.field == "status"


def test_a_look_at_another_state_is_a_conflict() -> None:
    held = moved(ticket_in(State.OPEN), PARTS)
    with pytest.raises(FieldMoved):
        done(c.ChangeState((7,), State.OPEN, expected={"status": ""}), held, policy=POLICY)


def test_the_history_says_which_state() -> None:
    before = ticket_in(State.OPEN)
    into = event(before, "state", propose(PARTS, before, policy=POLICY).changes)
    assert sentence(into, {}, {}) == "open → hold (waiting for parts) · waits for vendor"
    held = moved(before, PARTS)
    within = event(held, "state", propose(VENDOR, held, policy=POLICY).changes)
    assert sentence(within, {}, {}) == "waiting for parts → asked the vendor"


def test_time_in_a_category_goes_on_from_one_of_its_states_to_another() -> None:
    held = moved(moved(ticket_in(State.OPEN), PARTS, hours=1), VENDOR, hours=3)
    assert held.stays_since == after(hours=1)


# A state that is not there any more


def test_a_state_that_was_taken_away_is_the_default_and_a_former_name_still_is_one() -> None:
    held = moved(ticket_in(State.OPEN), PARTS)
    gone = named("").named.of_ticket(held)
    assert gone.name == "hold"
    renamed = MORE.replace("waiting for parts", "parts ordered").replace(
        'clock = "stopped"', 'clock = "stopped"\nwas = ["waiting for parts"]'
    )
    states = named(renamed).named
    assert states.of_ticket(held).name == "parts ordered"
    assert states.find("waiting for parts") is states.of_ticket(held)


def test_old_stays_read_as_they_were_written() -> None:
    old = event(ticket_in(State.OPEN), "state", (Change("spells", (), ((NOON, "pending", None),)),))
    assert fold([*_opened(), old]).spells == {Spell(NOON, State.PENDING)}


def _opened() -> list[Any]:
    life: Life = opened("23 09:00")
    return life.events


# The file


@pytest.mark.parametrize(
    ("more", "line", "message"),
    [
        ('[[states]]\nname = "a"\ncategory = "held"', 3, "did you mean hold?"),
        ('[[states]]\nname = "Solved"\ncategory = "solved"', 2, 'two states named "solved"'),
        ('[[states]]\nname = "a"\ncategory = "hold"\ndefault = true', 4, "hold has a default already: hold"),
        ('[[states]]\nname = "Pending"\ncategory = "hold"', 2, "Pending is the word for a category"),
        ('[[states]]\nname = "Pending"\ncategory = "pending"', 2, "only its default can be called so"),
        ('[[states]]\nname = "a"\ncategory = "hold"\nto = ["new"]', 4, "nothing goes from hold to new"),
        ('[[states]]\nname = "a"\ncategory = "solved"\nfrom = ["closed"]', 4, "from closed to solved"),
        ('[[states]]\nname = "a"\ncategory = "hold"\nto = ["open", "b"]', 4, 'there is no state "b"'),
        ('[[states]]\nname = "a"\ncategory = "hold"\nto = ["a"]', 4, "no move away from itself"),
        ('[[states]]\nname = "a"\ncategory = "hold"\nto = []', 4, "leads nowhere"),
        ('[[states]]\nname = "a"\ncategory = "hold"\nfrom = []', 1, "no state leads here"),
        ('[[states]]\nname = "a"\ncategory = "new"\nfrom = ["open"]', 4, "nothing goes from open to new"),
        ('[[states]]\nname = "a"\ncategory = "open"\nclock = "stopped"', 4, "can be runs or paused"),
        ('[[states]]\nname = "a"\ncategory = "closed"\nclock = "runs"', 4, "can be stopped"),
        ('[[states]]\nname = "a"\ncategory = "hold"\nwas = ["hold"]', 4, "hold is the"),
        ('[[states]]\nname = "a"\ncategory = "hold"\nform = ["open"]', 4, "did you mean from?"),
    ],
)
def test_a_wrong_state_is_named_by_its_line(more: str, line: int, message: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse(USUAL + more, Plan())
    first = USUAL.count("\n")
    said = [(fault.line - first, str(fault)) for fault in refused.value.faults]
    assert any(message in text and (at == line or line < 0) for at, text in said), said


def test_one_of_several_states_is_the_default() -> None:
    text = USUAL.replace('"hold"\ndefault = true', '"hold"') + MORE
    with pytest.raises(PolicyError) as refused:
        parse(text, Plan())
    (fault,) = refused.value.faults
    assert fault.line == text[: text.index('name = "hold"')].count("\n")
    assert "hold has 3 states and none is its default" in fault.message


def test_two_states_between_which_alone_one_goes_are_unreachable() -> None:
    more = """
[[states]]
name = "a"
category = "hold"
from = ["b"]
[[states]]
name = "b"
category = "hold"
from = ["a"]
"""
    with pytest.raises(PolicyError, match="no state leads here"):
        parse(USUAL + more, Plan())


def test_what_is_exported_is_read_as_it_was() -> None:
    plan = Plan(POLICY)
    again = parse(format_plan(plan), Plan())
    assert again.policy == POLICY
    assert not diff(plan, again)
    assert POLICY.effect(State.PENDING) is Effect.PAUSED
    assert "default = true" not in format_policy(DEFAULT)


def test_what_a_rule_still_needs_is_not_taken_away() -> None:
    rule = '[[rules]]\nname = "R"\non = "intake"\ndo = [{ state = "in review" }]\n'
    plan = parse(USUAL + MORE + rule, Plan())
    assert plan.policy.rules[0].actions[0].value == "in review"
    with pytest.raises(PolicyError, match='rule "R" puts tickets to "in review"'):
        parse(USUAL, plan)
    with pytest.raises(PolicyError, match="waiting for parts needs to know what it waits for"):
        parse(rule.replace("in review", "waiting for parts"), plan)
    with pytest.raises(PolicyError, match='there is no state "parts"'):
        parse(rule + "when = 'status:parts'", plan)


def test_the_difference_says_where_tickets_go() -> None:
    before, after_ = Plan(POLICY), Plan(named(""))
    said = [str(one) for one in diff(before, after_) if "waiting for parts" in one.what]
    assert said == ["state 'waiting for parts' (in hold, clock stopped, its tickets go to 'hold')"]
    added = [f"{one.sign} {one}" for one in diff(after_, before)]
    assert "+ state 'in review' (in open, clock paused, from open)" in added


# Settings


def setting(plan: Plan, label: str) -> Any:
    """A line of the settings."""
    return next(one for one in settings(plan) if one.label == label)


def test_a_state_is_renamed_on_the_screen_and_its_tickets_go_along() -> None:
    plan = Plan(POLICY)
    line = setting(plan, "hold, waiting for parts is called")
    renamed = parse(document(plan, line, "parts ordered"), plan)
    (change,) = diff(plan, renamed)
    assert str(change) == "state 'waiting for parts' called 'waiting for parts' → 'parts ordered'"
    states = renamed.policy.named
    assert states.of(State.HOLD, "waiting for parts").name == "parts ordered"
    vendor = states.find("asked the vendor")
    assert vendor is not None
    assert vendor.leads_to == ("open", "parts ordered")
    back = parse(
        document(renamed, setting(renamed, "hold, parts ordered is called"), "waiting for parts"), renamed
    )
    assert back.policy.named.of(State.HOLD, "parts ordered").name == "waiting for parts"


def test_a_state_is_added_and_its_moves_are_changed_on_the_screen() -> None:
    plan = Plan(named(""))
    more = parse(document(plan, setting(plan, "new: one more state"), "looked at"), plan)
    assert [one.name for one in more.policy.named.within(State.NEW)] == ["new", "looked at"]
    line = setting(Plan(POLICY), "open, in review comes from")
    free = parse(document(Plan(POLICY), line, "any"), Plan(POLICY)).policy.named.find("in review")
    assert free is not None
    assert free.comes_from is None


def test_a_state_without_moves_of_its_own_is_given_the_first_one_on_the_screen() -> None:
    plan = Plan(POLICY)
    line = setting(plan, "hold, waiting for parts comes from")
    assert line.value == "any"
    given = parse(document(plan, line, "open, asked the vendor"), plan).policy.named.find("waiting for parts")
    assert given is not None
    assert (given.comes_from, given.leads_to) == (("open", "asked the vendor"), None)
    onward = parse(document(plan, setting(plan, "pending, sent a link leads to"), "Open"), plan)
    link = onward.policy.named.find("sent a link")
    assert link is not None
    assert link.leads_to == ("open",)
    # Nothing leads into the only state of new, so there is nothing to say of it.
    assert not [one for one in settings(plan) if one.label == "new comes from"]


def test_a_state_is_removed_on_the_screen_and_from_the_moves_of_others() -> None:
    plan = Plan(POLICY)
    line = setting(plan, "hold, waiting for parts: remove")
    gone, there = removed(plan, line)
    assert (gone.name, there.name) == ("waiting for parts", "hold")
    after_ = parse(document(plan, line, "yes"), plan).policy.named
    assert after_.find("waiting for parts") is None
    vendor = after_.find("asked the vendor")
    assert vendor is not None
    assert vendor.leads_to == ("open",)
    assert len(after_.all) == len(plan.policy.states) - 1
    assert not [one for one in settings(plan) if one.label == "hold: remove"]


def test_a_state_that_something_stands_on_stays_and_says_why() -> None:
    only = MORE.replace('to = ["open", "waiting for parts"]', 'to = ["waiting for parts"]')
    plan = Plan(named(only))
    with pytest.raises(Refused, match="asked the vendor leads to it alone"):
        removed(plan, setting(plan, "hold, waiting for parts: remove"))
    rule = '[[rules]]\nname = "R"\non = "intake"\ndo = [{ state = "in review" }]\n'
    plan = parse(USUAL + MORE + rule, Plan())
    with pytest.raises(Refused, match='in review stays: rule "R" puts tickets to "in review"'):
        removed(plan, setting(plan, "open, in review: remove"))


def test_a_desk_that_has_set_nothing_asks_for_nothing() -> None:
    states = States(DEFAULT.states)
    assert all(states.called(state, "") == "" for state in State)
    assert states.of(State.OPEN, "gone") == NamedState("open", State.OPEN, Effect.RUNS)
    assert not DEFAULT.own_effects
