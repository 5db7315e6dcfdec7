"""CONTRACT section 4, row by row: what each command does in each state, and what it refuses and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import NewMessages, NotFound, Refused
from deskterm.domain.kinds import ACTIVE, CLOSE_REASONS, HOLD_REASONS, MessageKind, State
from deskterm.domain.lifecycle import TRANSITIONS, state_changes
from deskterm.domain.policy import Policy, QueueSettings
from deskterm.domain.ticket import Attachment, Ticket, in_order
from tests.domain.situations import BO, NOON, after, done, propose, ticket_in

N, O, P, H, S, C = tuple(State)  # noqa: E741
EVERY = tuple(State)

LEADS: dict[str, tuple[Callable[..., c.TicketCommand], dict[State, State]]] = {
    "assign": (lambda: c.Assign((7,), 2), {N: O, O: O, P: P, H: H, S: S}),
    "release": (lambda: c.Assign((7,), None), {O: O, P: P, H: H, S: S}),
    "move": (lambda: c.Move((7,), 2, "needs a switch"), {N: N, O: O, P: P, H: H, S: S}),
    "reply": (lambda: c.Reply((7,), "Hello", O), {N: O, O: O, P: O, H: O, S: S}),
    "reply and wait": (lambda: c.Reply((7,), "Hello"), {N: P, O: P, P: P, H: P, S: S}),
    "reply and solve": (lambda: c.Reply((7,), "Hello", S), {N: S, O: S, P: S, H: S, S: S}),
    "note": (lambda: c.Note((7,), "Hm"), {state: state for state in State}),
    "requester message": (lambda: c.Receive((7,), "Hi"), {N: N, O: O, P: O, H: O, S: O, C: O}),
    "open": (lambda: c.ChangeState((7,), O), {N: O, P: O, H: O}),
    "wait": (lambda: c.ChangeState((7,), P), {N: P, O: P, H: P}),
    "hold": (lambda: c.ChangeState((7,), H, "problem"), {N: H, O: H, P: H, H: H}),
    "solve": (lambda: c.Solve((7,), "rolled back"), {N: S, O: S, P: S, H: S}),
    "confirm": (lambda: c.Close((7,), "confirmed"), {S: C}),
    "auto-close": (lambda: c.Close((7,), "no answer"), {S: C}),
    "duplicate": (lambda: c.Close((7,), "duplicate"), {N: C, O: C, P: C, H: C}),
    "spam": (lambda: c.Close((7,), "spam"), {N: C, O: C, P: C, H: C}),
    "withdrawn": (lambda: c.Close((7,), "withdrawn"), {N: C, O: C, P: C, H: C}),
    "declined": (lambda: c.Close((7,), "declined"), {N: C, O: C, P: C, H: C}),
    "cannot reproduce": (lambda: c.Close((7,), "cannot reproduce"), {N: C, O: C, P: C, H: C}),
    "reopen": (lambda: c.Reopen((7,), "it is back"), {S: O, C: O}),
    "snooze": (lambda: c.Snooze((7,), after(hours=1)), {state: state for state in State}),
    "follow": (lambda: c.Follow((7,)), {state: state for state in State}),
    "tag": (lambda: c.Tag((7,), ("vpn",)), {state: state for state in State}),
    "set priority": (
        lambda: c.SetPriority((7,), impact=ticket_in(N).impact.HIGH),
        {N: N, O: O, P: P, H: H, S: S},
    ),
}
"""Each command and the states it leads to; it is refused in every state that is not listed."""


@pytest.mark.parametrize("state", EVERY, ids=str)
@pytest.mark.parametrize("name", LEADS)
def test_each_command_leads_where_the_contract_says(name: str, state: State) -> None:
    make, leads = LEADS[name]
    ticket = ticket_in(state, owner=1) if name == "release" and state is not N else ticket_in(state)
    if state in leads:
        assert done(make(), ticket, at=after(minutes=5)).state is leads[state]
    else:
        with pytest.raises(Refused) as refused:
            propose(make(), ticket)
        assert "#7" in refused.value.message
        assert refused.value.field
        assert refused.value.exit_code == 1


def test_no_rule_leaves_the_transition_table() -> None:
    for make, leads in LEADS.values():
        for start, end in leads.items():
            assert start is end or end in TRANSITIONS[start], make()


def test_the_transition_table_never_returns_to_new() -> None:
    assert set(TRANSITIONS) == set(State)
    assert not any(State.NEW in targets for targets in TRANSITIONS.values())
    assert not any(start in targets for start, targets in TRANSITIONS.items())


@pytest.mark.parametrize("start", EVERY, ids=str)
@pytest.mark.parametrize("end", EVERY, ids=str)
def test_a_move_that_is_not_in_the_table_is_refused_with_those_that_are(start: State, end: State) -> None:
    ticket = ticket_in(start)
    if end is start:
        assert state_changes(ticket, end, NOON) == ()
    elif end in TRANSITIONS[start]:
        assert state_changes(ticket, end, NOON)
    else:
        with pytest.raises(Refused, match=f"is {start}: it cannot become {end}") as refused:
            state_changes(ticket, end, NOON)
        assert all(allowed in refused.value.hint for allowed in TRANSITIONS[start])


REFUSALS: tuple[tuple[str, c.TicketCommand, State, dict[str, Any], str, str, str], ...] = (
    ("solve without a note", c.Solve((7,), "  "), O, {}, "resolution", "needs a resolution note", ""),
    ("solve with a strange code", c.Solve((7,), "ok", "magic"), O, {}, "resolution_code", "magic", "fixed"),
    ("solve twice", c.Solve((7,), "ok"), S, {}, "state", "solved already", ""),
    ("solve a closed one", c.Solve((7,), "ok"), C, {}, "state", "closed already", ""),
    ("solve by hand", c.ChangeState((7,), S), O, {}, "state", "cannot simply be set", "note and a code"),
    ("close by hand", c.ChangeState((7,), C), O, {}, "state", "cannot simply be set", "reason"),
    ("make new again", c.ChangeState((7,), N), O, {}, "state", "cannot simply be set", "new only until"),
    ("wait when solved", c.ChangeState((7,), P), S, {}, "state", "is solved", "reopen it first"),
    ("wait when waiting", c.ChangeState((7,), P), P, {}, "state", "is pending already", ""),
    ("hold without why", c.ChangeState((7,), H), O, {}, "reason", "what it waits for", "vendor"),
    ("hold until the past", c.ChangeState((7,), H, "vendor", NOON), O, {}, "until", "has passed", ""),
    ("hold as it is", c.ChangeState((7,), H, "vendor"), H, {}, "state", "is hold already", ""),
    (
        "confirm before solving",
        c.Close((7,), "confirmed"),
        O,
        {},
        "state",
        "not solved yet",
        "solve it first",
    ),
    ("spam after solving", c.Close((7,), "spam"), S, {}, "reason", "confirmed or no answer", "reopen"),
    ("close for no reason", c.Close((7,), "boredom"), O, {}, "reason", "no reason to close", "spam"),
    ("close twice", c.Close((7,), "spam"), C, {}, "state", "closed already", ""),
    ("reopen an open one", c.Reopen((7,), "again"), O, {}, "state", "nothing to reopen", ""),
    ("reopen without a reason", c.Reopen((7,), " "), S, {}, "reason", "line of reason", ""),
    ("reply to a closed one", c.Reply((7,), "Hi"), C, {}, "state", "is closed", "reopen it first"),
    ("reply with nothing", c.Reply((7,), "\n \n"), O, {}, "text", "empty", ""),
    ("reply with too much", c.Reply((7,), "x" * 1_000_001), O, {}, "text", "1,000,001", "attach"),
    ("reply and hold", c.Reply((7,), "Hi", H), O, {}, "state", "cannot leave a ticket hold", "pending"),
    ("reply and close", c.Reply((7,), "Hi", C), O, {}, "state", "cannot leave a ticket closed", "solved"),
    ("reply and make new", c.Reply((7,), "Hi", N), O, {}, "state", "cannot leave a ticket new", "open"),
    (
        "reply and solve as magic",
        c.Reply((7,), "Hi", S, code="magic"),
        O,
        {},
        "resolution_code",
        "magic",
        "fixed",
    ),
    ("note with nothing", c.Note((7,), ""), O, {}, "text", "empty", ""),
    ("assign a closed one", c.Assign((7,), 1), C, {}, "state", "is closed", "reopen it first"),
    ("assign to the owner", c.Assign((7,), 1), O, {"owner": 1}, "owner", "has that owner already", ""),
    ("assign to nobody twice", c.Assign((7,), None), O, {}, "owner", "has that owner already", ""),
    ("assign to a viewer", c.Assign((7,), 3), O, {}, "owner", "vera is a viewer", ""),
    ("assign past confidence", c.Assign((7,), 2), O, {"queue": 3}, "owner", "HR, which is confidential", ""),
    ("move a closed one", c.Move((7,), 2), C, {}, "state", "is closed", "reopen it first"),
    ("move to where it is", c.Move((7,), 1), O, {}, "queue", "is in Payments already", ""),
    ("snooze until the past", c.Snooze((7,), NOON), O, {}, "until", "has passed", ""),
    ("priority of a closed one", c.SetPriority((7,), impact=None), C, {}, "state", "is closed", "reopen"),
)


@pytest.mark.parametrize(
    ("command", "state", "values", "field", "words", "hint"),
    [case[1:] for case in REFUSALS],
    ids=[case[0] for case in REFUSALS],
)
def test_a_refusal_names_the_field_and_says_what_instead(
    command: c.TicketCommand, state: State, values: dict[str, Any], field: str, words: str, hint: str
) -> None:
    with pytest.raises(Refused) as refused:
        propose(command, ticket_in(state, **values))
    assert refused.value.field == field
    assert words in refused.value.message
    assert hint in refused.value.hint


@pytest.mark.parametrize("command", [c.Assign((7,), 99), c.Assign((7,), 4), c.Move((7,), 99)])
def test_whom_and_what_there_is_not_is_not_found(command: c.TicketCommand) -> None:
    with pytest.raises(NotFound) as missing:
        propose(command, ticket_in(O))
    assert missing.value.exit_code == 3


def test_a_taken_back_ticket_refuses_everything_alike() -> None:
    for make, _ in LEADS.values():
        with pytest.raises(Refused, match="was taken back"):
            propose(make(), ticket_in(O, voided=True))


# What else each command does


def test_taking_a_ticket_keeps_the_reason_and_touches_no_clock() -> None:
    proposal = propose(c.Assign((7,), 2, "knows switches"), ticket_in(N), at=after(minutes=5))
    assert {change.field for change in proposal.changes} == {"owner", "state", "reason"}


@pytest.mark.parametrize("state", [O, P, H, S], ids=str)
def test_moving_counts_a_handoff_and_writes_the_note(state: State) -> None:
    proposal = propose(c.Move((7,), 2, "needs a switch"), ticket_in(state, owner=2, handoffs=1))
    assert {change.field for change in proposal.changes} == {"queue", "handoffs"}
    assert proposal.message is not None
    assert proposal.message.kind is MessageKind.INTERNAL
    moved = done(c.Move((7,), 2), ticket_in(state, owner=1))
    assert (moved.queue, moved.handoffs, moved.owner) == (2, 1, None)


def test_the_first_reply_meets_both_targets_and_takes_no_ownership() -> None:
    replied = done(c.Reply((7,), "Hello", O), ticket_in(N), at=after(minutes=5))
    assert replied.first_replied_at == replied.replied_at == after(minutes=5)
    assert replied.waiting_since is None
    assert replied.owner is None
    again = done(c.Reply((7,), "Hello", O), replied, at=after(minutes=9))
    assert (again.first_replied_at, again.replied_at) == (after(minutes=5), after(minutes=9))


def test_what_the_desk_says_by_itself_answers_nobody() -> None:
    replied = done(c.Reply((7,), "We got it"), ticket_in(N), agent=None)
    assert (replied.state, replied.first_replied_at, replied.waiting_since) == (N, None, NOON)
    assert replied.messages == 1


def test_a_reply_to_a_solved_ticket_meets_the_next_reply_alone() -> None:
    replied = done(c.Reply((7,), "By the way"), ticket_in(S, first_replied_at=NOON), at=after(minutes=1))
    assert replied.state is S
    assert replied.replied_at == after(minutes=1)


def test_reply_and_solve_makes_the_reply_the_resolution_and_the_solver_the_owner() -> None:
    solved = done(c.Reply((7,), "It was the cable", S), ticket_in(O))
    assert (solved.resolution, solved.resolution_code, solved.owner) == ("It was the cable", "answered", 1)


def test_solving_makes_the_solver_the_owner_when_there_is_none() -> None:
    assert done(c.Solve((7,), "ok"), ticket_in(O), agent=BO).owner == 2
    assert done(c.Solve((7,), "ok"), ticket_in(O, owner=1), agent=BO).owner == 1


def test_solving_with_a_message_counts_as_a_reply() -> None:
    proposal = propose(c.Solve((7,), "ok", message="It works again"), ticket_in(N), at=after(minutes=5))
    assert proposal.message is not None
    assert proposal.message.kind is MessageKind.PUBLIC
    assert {"first_replied_at", "replied_at", "waiting_since"} <= {
        change.field for change in proposal.changes
    }
    assert len({change.field for change in proposal.changes}) == len(proposal.changes)


def test_solving_without_a_message_meets_no_reply() -> None:
    solved = done(c.Solve((7,), "ok"), ticket_in(N))
    assert (solved.first_replied_at, solved.waiting_since, solved.messages) == (None, None, 0)


def test_what_enters_text_is_cleaned_at_the_door() -> None:
    solved = done(c.Solve((7,), "a\x1b[31mb", message="c\x9bd"), ticket_in(O))
    assert "\x1b" not in solved.resolution
    noted = propose(c.Note((7,), "a\x1b]52;c;eA==\x07b"), ticket_in(O))
    assert noted.message is not None
    assert noted.message.text.isprintable()


@pytest.mark.parametrize("reason", HOLD_REASONS)
def test_hold_keeps_why_and_until_when_and_forgets_both(reason: str) -> None:
    held = done(c.ChangeState((7,), H, reason, after(hours=5)), ticket_in(O))
    assert (held.hold_reason, held.hold_until) == (reason, after(hours=5))
    for command in (
        c.ChangeState((7,), O),
        c.Solve((7,), "ok"),
        c.Receive((7,), "Hi"),
        c.Close((7,), "spam"),
    ):
        left = done(command, held)
        assert (left.hold_reason, left.hold_until) == ("", None)


@pytest.mark.parametrize("state", [S, C], ids=str)
@pytest.mark.parametrize("make", [lambda: c.Reopen((7,), "it is back"), lambda: c.Receive((7,), "Hi")])
def test_reopening_counts_and_clears_the_end(state: State, make: Callable[[], c.TicketCommand]) -> None:
    opened = done(make(), ticket_in(state), at=after(days=1))
    assert (opened.reopens, opened.solved_at, opened.closed_at, opened.close_reason) == (1, None, None, "")
    assert opened.resolution == "done"


@pytest.mark.parametrize("state", [P, H], ids=str)
def test_a_message_to_a_waiting_ticket_is_no_reopen(state: State) -> None:
    assert done(c.Receive((7,), "Hi"), ticket_in(state)).reopens == 0


def test_a_message_starts_the_next_reply_once() -> None:
    answered = ticket_in(P, waiting_since=None, first_replied_at=NOON, replied_at=NOON)
    asked = done(c.Receive((7,), "Hi"), answered, at=after(minutes=3))
    again = done(c.Receive((7,), "Hi?"), asked, at=after(minutes=9))
    assert asked.waiting_since == again.waiting_since == after(minutes=3)


def test_a_closed_ticket_takes_messages_inside_the_window_alone() -> None:
    closed = ticket_in(C)
    assert done(c.Receive((7,), "Hi"), closed, at=after(days=14)).state is O
    with pytest.raises(Refused, match="more than 14d ago") as refused:
        propose(c.Receive((7,), "Hi"), closed, at=after(days=14, seconds=1))
    assert "follow-up" in refused.value.hint


def test_the_window_begins_as_a_ticket_is_closed_and_nothing_after_makes_it_longer() -> None:
    noted = replace(ticket_in(C), updated_at=after(days=10))
    with pytest.raises(Refused, match="more than 14d ago"):
        propose(c.Receive((7,), "Hi"), noted, at=after(days=14, seconds=1))


def test_a_thank_you_on_a_solved_ticket_reopens_nothing() -> None:
    solved = ticket_in(S)
    after_thanks = done(c.Receive((7,), "Thank you, that was it!"), solved)
    assert (after_thanks.state, after_thanks.reopens, after_thanks.waiting_since) == (S, 0, None)
    assert done(c.Receive((7,), "Thanks, but it is back"), solved).reopens == 1
    assert done(c.Receive((7,), "Thanks!"), ticket_in(P)).state is O
    picture = Attachment("screen.png", "image/png", 7)
    assert done(c.Receive((7,), "Thank you", attachments=(picture,)), solved).reopens == 1


def test_a_queue_says_where_a_reply_leaves_its_tickets() -> None:
    assert done(c.Reply((7,), "Hello"), ticket_in(N)).state is P
    stays = Policy(queues={"payments": QueueSettings(reply=O)})
    assert done(c.Reply((7,), "Hello"), ticket_in(N), policy=stays).state is O
    assert done(c.Reply((7,), "Hello", P), ticket_in(N), policy=stays).state is P


def test_a_queue_has_a_window_of_its_own() -> None:
    short = Policy(queues={"payments": QueueSettings(reopen_window=timedelta(hours=36))})
    closed = ticket_in(C)
    assert done(c.Receive((7,), "Hi"), closed, at=after(hours=36), policy=short).state is O
    with pytest.raises(Refused, match="more than 1d12h ago"):
        propose(c.Receive((7,), "Hi"), closed, at=after(hours=37), policy=short)


def test_a_message_wakes_whoever_snoozed() -> None:
    proposal = propose(c.Receive((7,), "Hi"), ticket_in(O), snoozes={1: after(hours=3), 2: after(hours=1)})
    woken = [change for change in proposal.changes if change.field.startswith("snooze:")]
    assert [(change.field, change.before, change.after) for change in woken] == [
        ("snooze:1", after(hours=3), None),
        ("snooze:2", after(hours=1), None),
    ]


def test_a_snooze_can_be_changed_and_ended_but_not_repeated() -> None:
    asleep = {1: after(hours=3)}
    (change,) = propose(c.Snooze((7,), after(hours=5)), ticket_in(O), snoozes=asleep).changes
    assert (change.before, change.after) == (after(hours=3), after(hours=5))
    (change,) = propose(c.Snooze((7,), None), ticket_in(O), snoozes=asleep).changes
    assert (change.before, change.after) == (after(hours=3), None)
    with pytest.raises(Refused, match="is not snoozed"):
        propose(c.Snooze((7,), None), ticket_in(O))
    with pytest.raises(Refused, match="until then already"):
        propose(c.Snooze((7,), after(hours=3)), ticket_in(O), snoozes=asleep)


@pytest.mark.parametrize("reason", CLOSE_REASONS)
def test_closing_keeps_the_reason_and_the_time(reason: str) -> None:
    state = S if reason in ("confirmed", "no answer") else O
    closed = done(c.Close((7,), reason), ticket_in(state), at=after(hours=1))
    assert (closed.close_reason, closed.closed_at, closed.waiting_since) == (reason, after(hours=1), None)


def test_an_unseen_message_asks_before_a_reply_is_sent() -> None:
    with pytest.raises(NewMessages, match="2 new messages on #7") as conflict:
        propose(c.Reply((7,), "Hello", seen=4), ticket_in(O), unseen=2)
    assert conflict.value.exit_code == 5


def paused(ticket: Ticket) -> tuple[bool, int]:
    """Whether the resolution clock stands, and for how long it stood before."""
    stood = [spell.end - spell.start for spell in ticket.spells if spell.end is not None]
    return ticket.spell is not None, sum(int(span.total_seconds()) for span in stood)


def test_pauses_add_up_across_waiting_holding_and_solving() -> None:
    ticket = done(c.ChangeState((7,), P), ticket_in(O), at=after(minutes=10))
    assert paused(ticket) == (True, 0)
    ticket = done(c.ChangeState((7,), H, "vendor"), ticket, at=after(minutes=20))
    assert paused(ticket) == (True, 600)
    ticket = done(c.ChangeState((7,), O), ticket, at=after(minutes=30))
    assert paused(ticket) == (False, 1200)
    ticket = done(c.Solve((7,), "ok"), ticket, at=after(minutes=40))
    ticket = done(c.Reopen((7,), "no"), ticket, at=after(minutes=45))
    assert paused(ticket) == (False, 1500)
    assert [spell.state for spell in in_order(ticket.spells)] == [P, H, S]
    assert ticket.state in ACTIVE
