"""Rules on a desk: inside the transaction of what set them off, explained, undone with it, and once each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from deskterm.domain import commands as c
from deskterm.domain.calendar import Calendar
from deskterm.domain.decisions import Because
from deskterm.domain.errors import Conflict, NotFound, Refused
from deskterm.domain.events import Event
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.people import DESK
from deskterm.domain.policy import Policy
from deskterm.domain.rule import Action, On, Rule
from deskterm.domain.why import why
from deskterm.domain.wording import sentence
from deskterm.storage import arming, firings, tables
from deskterm.storage.database import Database
from deskterm.store.store import Store
from tests import invariants
from tests.hours import office_week
from tests.small_desk import HR, NETWORK, PAYMENTS, START, Desk, open_desk

Ruled = Callable[..., Desk]


@pytest.fixture
def ruled(desk_url: str) -> Iterator[Ruled]:
    """A desk with rules, once on SQLite and once on PostgreSQL; whatever they did, it is sound afterwards."""
    opened: list[Desk] = []

    def with_rules(*rules: Rule) -> Desk:
        desk = open_desk(desk_url)
        desk.store.close()
        desk.store = Store(Database(desk_url), DESK, clock=desk.clock, policy=Policy(rules=rules))
        opened.append(desk)
        return desk

    yield with_rules
    for desk in opened:
        invariants.check(desk.store.database)
        desk.close()


def intake(name: str, when: str, *actions: Action, stop: bool = False) -> Rule:
    return Rule(name, On.INTAKE, when, actions, stop=stop)


def trigger(name: str, events: str, when: str, *actions: Action, stop: bool = False) -> Rule:
    return Rule(name, On.UPDATE, when, actions, tuple(events.split()), stop=stop)


def timed(name: str, since: str, hours: int, when: str, *actions: Action) -> Rule:
    return Rule(name, On.TIME, when, actions, since=since, after=hours * 3600)


def events_of(desk: Desk, number: int) -> tuple[Event, ...]:
    return desk.store.history(number)


def said(desk: Desk, number: int) -> list[str]:
    """What rules did to a ticket, in words."""
    agents = {agent.id: agent.login for agent in desk.store.people().agents.values()}
    queues = {queue.id: queue.name for queue in desk.store.people().queues.values()}
    ruled = [event for event in events_of(desk, number) if event.kind in ("ruled", "rule_stopped")]
    return [sentence(event, agents, queues) for event in ruled]


def run_all(desk: Desk) -> None:
    while desk.store.run_due():
        pass


VPN = intake(
    "VPN to network", "vpn", Action("queue", "network"), Action("tag", "vpn"), Action("impact", "high")
)


def test_a_ticket_is_routed_before_anyone_sees_it(ruled: Ruled) -> None:
    desk = ruled(VPN)
    number = desk.create(subject="It drops", text="My VPN is down")
    ticket = desk.ticket(number)
    assert (ticket.queue, set(ticket.tags), ticket.impact) == (NETWORK, {"vpn"}, Level.HIGH)
    assert ticket.handoffs == 0
    assert ticket.priority is Priority.P2
    other = desk.ticket(desk.create(subject="Printer"))
    assert (other.queue, other.tags) == (PAYMENTS, frozenset())
    commands = {event.command for event in events_of(desk, number)}
    assert len(commands) == 1


def test_the_ticket_tells_which_rule_fired_and_because_of_what(ruled: Ruled) -> None:
    desk = ruled(VPN)
    number = desk.create(subject="VPN")
    events = events_of(desk, number)
    created = next(event for event in events if event.kind == "created")
    rule = next(event for event in events if event.kind == "ruled")
    change = rule.change("rule:VPN to network")
    assert change is not None
    assert change.after == f"created:{created.seq}"
    assert rule.actor is None
    assert rule.via == "rule"
    (words,) = said(desk, number)
    assert words.startswith("rule VPN to network: queue Payments → Network")
    assert words.endswith(f"because the ticket was opened (event {created.seq})")


def test_rules_run_in_their_order_and_see_each_other(ruled: Ruled) -> None:
    desk = ruled(
        intake("key customer", "org:northwind", Action("tag", "key")),
        intake("urgent", "tag:key", Action("priority", "P1", "a key customer"), stop=True),
        intake("never reached", "tag:key", Action("tag", "never")),
        trigger("welcome", "created", "tag:key", Action("note", "A key customer: call back")),
    )
    number = desk.create(organization="Northwind")
    ticket = desk.ticket(number)
    assert (ticket.priority, ticket.priority_reason) == (Priority.P1, "a key customer")
    assert ticket.tags == {"key"}
    assert [words.split(":")[0] for words in said(desk, number)] == [
        "rule key customer",
        "rule urgent",
        "rule welcome",
    ]


def test_a_trigger_runs_with_the_command_that_sets_it_off(ruled: Ruled) -> None:
    desk = ruled(trigger("raise", "reply", "is:any", Action("tag", "answered"), Action("untag", "new")))
    number = desk.create(tags=("new",))
    desk.do("bo", c.Note((number,), "Hm"))
    assert desk.ticket(number).tags == {"new"}
    desk.do("bo", c.Reply((number,), "Done?"))
    assert desk.ticket(number).tags == {"answered"}
    assert desk.ticket(number).state is State.PENDING


def test_a_rule_fires_once_for_a_command_of_several_parts(ruled: Ruled) -> None:
    desk = ruled(trigger("count", "updated", "", Action("note", "Worked on")))
    number = desk.create()
    desk.do("bo", c.Together((c.Tag((number,), ("a",)), c.Tag((number,), ("b",)), c.Note((number,), "c"))))
    assert len(said(desk, number)) == 1


def test_each_ticket_of_a_selection_is_asked_about(ruled: Ruled) -> None:
    desk = ruled(trigger("big", "changed:tag", "tag:outage", Action("priority", "P1")))
    numbers = tuple(desk.create() for _ in range(3))
    desk.do("bo", c.Tag(numbers, ("outage",)))
    assert {desk.ticket(number).priority for number in numbers} == {Priority.P1}


def test_undo_takes_back_what_rules_did_because_of_a_command(ruled: Ruled) -> None:
    desk = ruled(
        trigger(
            "outage",
            "changed:tag",
            "tag:outage",
            Action("priority", "P1"),
            Action("queue", "network"),
            Action("note", "An outage"),
            Action("notify", "carol", "outage"),
            Action("webhook", "https://x.example/hook"),
        )
    )
    number = desk.create()
    before = desk.ticket(number)
    desk.do("bo", c.Tag((number,), ("outage",)))
    after = desk.ticket(number)
    assert (after.priority, after.queue, after.messages) == (Priority.P1, NETWORK, 1)
    assert waiting(desk) == ["waiting"]
    desk.do("bo", c.Undo())
    ticket = desk.ticket(number)
    assert (ticket.tags, ticket.priority, ticket.queue) == (before.tags, before.priority, before.queue)
    assert (ticket.messages, ticket.handoffs) == (0, 0)
    assert waiting(desk) == ["cancelled"]
    run_all(desk)
    assert not any(event.kind == "reminded" for event in events_of(desk, number))
    desk.do("bo", c.Redo())
    again = desk.ticket(number)
    assert (again.tags, again.priority, again.queue) == (after.tags, after.priority, after.queue)
    assert waiting(desk) == ["waiting"]


def waiting(desk: Desk) -> list[str]:
    with desk.store.database.read() as connection:
        return list(connection.execute(select(tables.outbox.c.state)).scalars())


def test_a_conflict_names_the_rule_that_came_between(ruled: Ruled) -> None:
    desk = ruled(trigger("Outage", "changed:tag", "tag:outage", Action("priority", "P1")))
    number = desk.create()
    desk.do("alice", c.SetPriority((number,), Priority.P2, reason="angry"))
    desk.do("bo", c.Tag((number,), ("outage",)))
    with pytest.raises(Conflict, match="the rule Outage set the priority of #1 to P1 since"):
        desk.do("alice", c.Undo())
    with pytest.raises(Conflict, match="the rule Outage set the priority of #1 to P1 meanwhile"):
        desk.do("alice", c.Tag((number,), ("x",), expected={"priority": Priority.P2}))


def test_undo_of_an_opened_ticket_takes_its_routing_with_it(ruled: Ruled) -> None:
    desk = ruled(VPN, intake("tell", "vpn", Action("webhook", "https://x.example"), Action("notify", "lead")))
    number = desk.create(subject="VPN")
    desk.do("bo", c.Undo())
    with pytest.raises(NotFound):
        desk.ticket(number)
    assert waiting(desk) == ["cancelled"]
    desk.do("bo", c.Redo())
    assert desk.ticket(number).queue == NETWORK
    assert waiting(desk) == ["waiting"]


def test_a_ticket_may_be_routed_out_of_sight(ruled: Ruled) -> None:
    desk = ruled(intake("salaries", "salary", Action("queue", "hr")))
    number = desk.create("alice", subject="Salary missing")
    assert desk.ticket(number).queue == HR
    with pytest.raises(NotFound):
        desk.seen_by("alice").ticket(number)


def test_a_rule_makes_nobody_follow_what_they_may_not_see(ruled: Ruled) -> None:
    desk = ruled(trigger("tell", "changed:tag", "", Action("follow", "alice"), Action("follow", "hana")))
    number = desk.create("hana", subject="Salary", queue="hr")
    desk.do("hugo", c.Tag((number,), ("pay",)))
    assert desk.ticket(number).followers == {desk.id("hana")}
    said = [str(event.change("reason")) for event in events_of(desk, number)]
    assert any("follow alice: alice may not see it" in one for one in said)


def test_what_a_rule_cannot_do_is_told_and_keeps_nobody_from_working(ruled: Ruled) -> None:
    desk = ruled(trigger("broken", "updated", "", Action("queue", "nowhere"), Action("tag", "seen")))
    number = desk.create()
    desk.do("bo", c.Note((number,), "Hm"))
    assert desk.ticket(number).tags == {"seen"}
    assert "not done: queue nowhere: there is no queue 'nowhere'" in said(desk, number)[0]


def test_a_refused_command_sets_nothing_off(ruled: Ruled) -> None:
    desk = ruled(trigger("any", "updated", "is:any", Action("note", "x")))
    number = desk.create()
    with pytest.raises(Refused):
        desk.do("bo", c.Close((number,), "confirmed"))
    assert said(desk, number) == []


def test_what_is_so_already_is_not_done_again(ruled: Ruled) -> None:
    desk = ruled(trigger("tag", "updated", "", Action("tag", "seen")))
    number = desk.create()
    for text in ("a", "b", "c"):
        desk.do("bo", c.Note((number,), text))
    assert len(said(desk, number)) == 1


def test_the_desk_s_own_doings_are_no_update(ruled: Ruled) -> None:
    desk = ruled(
        trigger("echo", "updated", "", Action("note", "echo")),
        trigger("late", "breached", "", Action("escalate", "lead", "late")),
    )
    number = desk.create(impact=Level.HIGH, urgency=Level.HIGH)
    desk.do("bo", c.Snooze((number,), START + timedelta(minutes=5)))
    desk.clock.forward(hours=1)
    run_all(desk)
    (words,) = said(desk, number)
    assert words.startswith("rule late")
    assert "a target has passed" in words


def test_the_loop_guard_stops_a_rule_and_says_so_once(ruled: Ruled) -> None:
    desk = ruled(trigger("chatter", "message", "is:any", Action("reply", "Thank you")))
    number = desk.create()
    for _ in range(14):
        desk.clock.forward(minutes=1)
        desk.do("", c.Receive((number,), "I am out of office"))
    told = said(desk, number)
    assert len(told) == 11
    assert told[-1] == "rule chatter stopped: it fired 10 times within an hour"
    hits = hits_of(desk)["chatter"]
    assert (hits.fired, hits.tickets, hits.stopped) == (10, 1, 1)
    desk.clock.forward(hours=2)
    desk.do("", c.Receive((number,), "Back"))
    assert hits_of(desk)["chatter"].fired == 11


def hits_of(desk: Desk) -> dict[str, firings.Hits]:
    with desk.store.database.read() as connection:
        return firings.hits(connection)


# Time


NUDGE = timed("nudge", "pending", 48, "is:pending", Action("reply", "Did it help?"), Action("tag", "nudged"))


def test_a_rule_on_time_fires_when_its_time_has_come_and_once(ruled: Ruled) -> None:
    desk = ruled(NUDGE)
    number = desk.create()
    desk.do("bo", c.Reply((number,), "Try again"))
    desk.clock.forward(hours=47)
    run_all(desk)
    assert said(desk, number) == []
    desk.clock.forward(hours=1)
    run_all(desk)
    (words,) = said(desk, number)
    assert words.endswith("because 2d since it was put to pending")
    for _ in range(5):
        desk.clock.forward(days=3)
        desk.do("bo", c.Note((number,), "still waiting"))
        run_all(desk)
    assert len(said(desk, number)) == 1


def test_another_stay_lets_it_fire_again(ruled: Ruled) -> None:
    desk = ruled(NUDGE)
    number = desk.create()
    for times in (1, 2):
        desk.do("bo", c.Reply((number,), "Try again"))
        desk.clock.forward(hours=50)
        run_all(desk)
        assert len(said(desk, number)) == times
        desk.do("", c.Receive((number,), "No"))


def test_a_rule_on_time_is_not_asked_once_its_moment_is_gone(ruled: Ruled) -> None:
    desk = ruled(NUDGE)
    number = desk.create()
    desk.do("bo", c.Reply((number,), "Try again"))
    desk.clock.forward(hours=10)
    desk.do("", c.Receive((number,), "It works"))
    desk.clock.forward(days=10)
    run_all(desk)
    assert said(desk, number) == []


def test_solved_tickets_close_by_a_rule(ruled: Ruled) -> None:
    desk = ruled(timed("close", "solved", 96, "", Action("close", "no answer")))
    number = desk.create()
    desk.do("bo", c.Solve((number,), "done"))
    desk.clock.forward(hours=96)
    run_all(desk)
    assert desk.ticket(number).state is State.CLOSED
    assert desk.ticket(number).close_reason == "no answer"


def test_a_condition_that_comes_true_later_is_asked_again(ruled: Ruled) -> None:
    desk = ruled(
        timed("unowned", "created", 2, "owner:none", Action("escalate", "lead", "nobody has it")),
        timed("late", "created", 2, "created:>5h", Action("tag", "old")),
    )
    number = desk.create()
    desk.do("bo", c.Assign((number,), desk.id("bo")))
    desk.clock.forward(hours=3)
    run_all(desk)
    assert said(desk, number) == []
    desk.do("bo", c.Assign((number,), None))
    run_all(desk)
    assert [words.split(":")[0] for words in said(desk, number)] == ["rule unowned"]
    desk.clock.forward(hours=3)
    run_all(desk)
    assert desk.ticket(number).tags == {"old"}


def test_a_rule_on_time_sets_other_rules_off_no_round(ruled: Ruled) -> None:
    desk = ruled(
        timed("back", "pending", 1, "", Action("state", "open")),
        trigger("wait", "updated changed:state", "is:open", Action("state", "pending")),
    )
    number = desk.create()
    desk.do("bo", c.ChangeState((number,), State.PENDING))
    desk.clock.forward(hours=1)
    run_all(desk)
    assert desk.ticket(number).state is State.OPEN
    assert len(said(desk, number)) == 1


def test_applying_a_policy_lets_every_ticket_wait_for_its_rules(desk: Desk) -> None:
    active, idle, closed = (desk.create() for _ in range(3))
    solved = [desk.create() for _ in range(arming.CHUNK + 2)]
    desk.do("bo", c.Reply((active,), "Try again"))
    for number in solved:
        desk.do("bo", c.Solve((number,), "done"))
    desk.do("bo", c.Close((closed,), "spam"))
    desk.clock.forward(hours=50)
    document = ""
    for since in ("pending", "solved"):
        document += f'[[rules]]\nname = "{since}"\non = "time"\nsince = "{since}"\nafter = "48h"\n'
        document += 'do = [{ tag = "late" }]\n'
    desk.do("dana", c.ApplyPolicy(document))
    desk.store.recalculate()
    run_all(desk)
    assert set(desk.store.numbers("tag:late is:any")) == {active, *solved}
    desk.do("dana", c.Undo())
    desk.store.recalculate()
    desk.do("bo", c.Reply((idle,), "Try again"))
    desk.clock.forward(hours=50)
    run_all(desk)
    assert desk.ticket(idle).tags == frozenset()
    with desk.store.database.read() as connection:
        left = select(tables.due.c.what).where(
            tables.due.c.what.like("rule:%") | (tables.due.c.what == "arm")
        )
        assert connection.execute(left).first() is None


def test_however_many_run_each_time_rule_fires_once(ruled: Ruled) -> None:
    desk = ruled(timed("once", "created", 1, "", Action("note", "An hour")))
    numbers = [desk.create() for _ in range(20)]
    desk.clock.forward(hours=2)
    stores = [Store(Database(desk.url), DESK, clock=desk.clock, policy=desk.store.policy) for _ in range(4)]

    def work(store: Store) -> None:
        while store.run_due():
            pass

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert [len(said(desk, number)) for number in numbers] == [1] * 20
    assert hits_of(desk)["once"].fired == 20


def decided(desk: Desk, number: int) -> tuple[Because, ...]:
    """What why says was decided about a ticket, the newest first."""
    view = desk.store.ticket(number)
    return why(view.ticket, desk.store.policy, desk.clock.at, view.events, view.names, view.queues).decisions


def test_why_names_the_rule_the_event_that_fired_it_and_what_it_did(ruled: Ruled) -> None:
    mark = intake("VIPs", "tag:vip", Action("priority", "P1", "VIP"), Action("assign", "bo", "knows them"))
    thanks = trigger("Thanks", "note", "", Action("tag", "noted"))
    desk = ruled(mark, thanks)
    number = desk.create("alice", tags=("vip",))
    desk.do("carol", c.Note((number,), "hm"))
    view = desk.store.ticket(number)
    noted, routed = why(
        view.ticket, desk.store.policy, desk.clock.at, view.events, view.names, view.queues
    ).decisions
    assert (routed.rule, routed.what, routed.reason) == ("VIPs", "assigned to bo by rule VIPs", "knows them")
    assert {"priority P4 → P1", "owner nobody → bo", "state new → open"} <= set(routed.did)
    source = next(event for event in view.events if event.seq == routed.cause)
    assert source.kind == "created"
    assert routed.fired == f"created in Payments · P4, by alice (event {source.seq})"
    assert (noted.rule, noted.what, noted.did) == ("Thanks", "rule Thanks", ("tags +noted",))
    assert noted.fired.startswith("wrote an internal note, by carol (event ")
    assert (noted.policy, noted.event) == (1, view.events[-1].seq)


def test_why_says_that_time_or_the_loop_guard_was_it(ruled: Ruled) -> None:
    desk = ruled(
        timed("Old", "created", 2, "", Action("note", "old")),
        trigger("Thanks", "note", "", Action("note", "x")),
    )
    number = desk.create("alice")
    desk.clock.forward(hours=3)
    run_all(desk)
    for _ in range(11):
        desk.do("carol", c.Note((number,), "hm"))
    found = decided(desk, number)
    assert (found[-1].rule, found[-1].fired, found[-1].cause) == ("Old", "2h since it was opened", None)
    assert (found[0].what, found[0].reason) == ("rule Thanks was stopped", "fired 10 times within an hour")


def test_a_rule_in_business_time_fires_when_that_has_passed(desk: Desk) -> None:
    office = Calendar("office", "UTC", office_week("10:00-18:00"))  # it is nine on a Monday
    rule = Rule("Old", On.TIME, "", (Action("tag", "old"),), since="created", after=9 * 3600, business=True)
    policy = Policy(version=2, calendar="office", calendars=(office,), rules=(rule,))
    store = Store(Database(desk.url), DESK, clock=desk.clock, policy=policy)
    desk.others.append(store)
    created = store.dispatch(c.Create("It fails", "a@b.example"), actor=desk.actors["bo"]).created
    assert created is not None
    desk.clock.forward(hours=10)
    store.run_due()
    assert (store.ticket(created).ticket.tags, store.dry_run(rule).matched) == (frozenset(), 0)
    desk.clock.forward(hours=15, minutes=59)
    assert (store.run_due(), store.dry_run(rule).matched) == (0, 0)
    desk.clock.forward(minutes=2)
    assert store.dry_run(rule).matched == 1
    store.run_due()
    assert store.ticket(created).ticket.tags == {"old"}
    event = next(event for event in store.history(created) if event.kind == "ruled")
    assert "9h of business time since it was opened" in sentence(event, {}, {})


def test_a_rule_on_time_fires_once_also_beside_one_whose_name_begins_the_same(desk: Desk) -> None:
    document = ""
    for name, after in (("Nudge", "1h"), ("Nudge@vip", "30m")):
        document += f'[[rules]]\nname = "{name}"\non = "time"\nsince = "created"\nafter = "{after}"\n'
        document += f'do = [{{ note = "{name}" }}]\n'
    desk.do("dana", c.ApplyPolicy(document))
    number = desk.create()
    for _ in range(4):
        desk.clock.forward(minutes=31)
        run_all(desk)
        desk.do("bo", c.Note((number,), "worked on"))
    fired = [event for event in desk.store.history(number) if event.kind == "ruled"]
    assert len(fired) == 2


@pytest.mark.parametrize(
    ("since", "business"), [("created", False), ("created", True), ("pending", False), ("solved", False)]
)
def test_a_rule_that_has_fired_would_not_fire_now(desk: Desk, since: str, business: bool) -> None:
    after = '"4h business"' if business else '"4h"'
    document = (
        f'[[rules]]\nname = "Old@ \\"one\\""\non = "time"\nsince = "{since}"\nafter = {after}\n'
        'do = [{ note = "It is old." }]\n'
    )
    desk.do("dana", c.ApplyPolicy(document))
    numbers = [desk.create() for _ in range(3)]
    command = (
        c.Solve((numbers[0],), "mended") if since == "solved" else c.ChangeState((numbers[0],), State.PENDING)
    )
    desk.do("bo", command)
    [rule] = desk.store.policy.rules
    desk.clock.forward(hours=5)
    before = desk.store.dry_run(rule)
    assert before.matched == (3 if since == "created" else 1)
    assert [row.number for row in before.rows] == (numbers[::-1] if since == "created" else numbers[:1])
    run_all(desk)
    after_it = desk.store.dry_run(rule)
    assert (after_it.matched, after_it.rows) == (0, ())
    # Another stay is another moment.
    if since == "pending":
        desk.do("bo", c.ChangeState((numbers[0],), State.OPEN))
        desk.do("bo", c.ChangeState((numbers[0],), State.PENDING))
        desk.clock.forward(hours=5)
        assert desk.store.dry_run(rule).matched == 1


def test_what_a_macro_does_sets_off_the_rules_that_wait_for_it(desk: Desk) -> None:
    document = ""
    for name, does in (
        ("Answer", '{ reply = "We look into it." }'),
        ("Remember", '{ note = "Look at the gateway." }'),
        ("Hand over", '{ escalate = "network", text = "theirs" }'),
        ("All", '{ reply = "A" }, { note = "B" }, { escalate = "lead", text = "C" }'),
        ("Label", '{ tag = "seen" }'),
    ):
        document += f'[[macros]]\nname = "{name}"\ndo = [{does}]\n'
    for event in ("reply", "note", "escalated", "changed:reply", "changed:note"):
        document += f'[[rules]]\nname = "{event}"\non = "update"\nevents = ["{event}"]\n'
        document += f'do = [{{ tag = "{event.replace(":", "-")}" }}]\n'
    desk.do("dana", c.ApplyPolicy(document))
    for macro, expected in (
        ("Answer", {"reply", "changed-reply"}),
        ("Remember", {"note", "changed-note"}),
        ("Hand over", {"escalated"}),
        ("All", {"reply", "changed-reply", "note", "changed-note", "escalated"}),
        ("Label", {"seen"}),
    ):
        number = desk.create()
        [used] = [one for one in desk.store.policy.macros if one.name == macro]
        desk.do("bo", c.UseMacro((number,), macro, used.actions))
        assert set(desk.ticket(number).tags) == expected, macro
        fired = [sentence(event, {}, {}) for event in desk.store.history(number) if event.kind == "ruled"]
        assert all("because a macro was used (event" in words for words in fired)
