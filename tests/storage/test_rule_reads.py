"""What rules would have matched, where they disagree, and which are never asked: counted by the database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deskterm.domain.rule import Action, On, Rule
from deskterm.domain.rule_views import Overlap, Unreachable
from tests.small_desk import Desk, copy_of, open_desk
from tests.storage.test_search import fill


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The eight tickets: active 1 (pending), 2 (hold), 3, 6 (in HR) and 8, solved 4, closed 5 and 7."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("rules") / "desk.db"
        url = copy_of(request.getfixturevalue("furnished_file"), path)
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.create_database(request.getfixturevalue("furnished_postgres"))
    desk = open_desk(url)
    fill(desk)
    yield desk
    desk.close()
    if request.param == "postgresql":
        request.getfixturevalue("postgres_server").drop_database(url)


def intake(when: str, *actions: Action, name: str = "a", stop: bool = False) -> Rule:
    return Rule(name, On.INTAKE, when, actions, stop=stop)


INTAKES = {
    "checkout": {1, 8},
    "": {1, 2, 3, 4, 5, 6, 7, 8},
    "is:new": {1, 2, 3, 4, 5, 6, 7, 8},
    "is:closed": set(),
    "is:unassigned checkout": {1, 8},
    "owner:none vpn": {2},
    "owner:alice": set(),
    "-is:new": set(),
    "state:new,open tag:vpn": {1},
    "solved:none category:strasse": {5},
    "is:breached OR tag:größe": {4},
    "queue:hr": {6},
}


@pytest.mark.parametrize("when", INTAKES)
def test_on_intake_a_ticket_was_new_whatever_it_is_now(filled: Desk, when: str) -> None:
    found = filled.store.dry_run(intake(when))
    assert {row.number for row in found.rows} == INTAKES[when]
    assert (found.matched, found.of) == (len(INTAKES[when]), 8)


def test_of_the_newest_tickets_the_newest_are_shown(filled: Desk) -> None:
    found = filled.store.dry_run(intake(""), last=5, limit=2)
    assert (found.matched, found.of) == (5, 5)
    assert [row.number for row in found.rows] == [8, 7]
    assert str(found) == "a: would have matched 5 of the last 5 tickets"
    assert filled.store.dry_run(intake("vpn"), last=0).matched == 1
    assert filled.store.dry_run(intake("vpn"), last=6).matched == 0


def test_on_an_update_a_ticket_may_have_been_active(filled: Desk) -> None:
    rule = Rule("a", On.UPDATE, "printer OR checkout", (), ("updated",))
    assert {row.number for row in filled.store.dry_run(rule).rows} == {1, 7, 8}


def test_on_time_only_what_would_fire_now_counts(filled: Desk) -> None:
    def due(since: str, hours: int, when: str = "") -> set[int]:
        rule = Rule("a", On.TIME, when, since=since, after=hours * 3600)
        found = filled.store.dry_run(rule)
        assert str(found).startswith("a: would fire now on")
        return {row.number for row in found.rows}

    assert due("pending", 1) == {1}
    assert due("pending", 13) == set()
    assert due("hold", 1) == {2}
    assert due("solved", 1) == {4}
    assert due("created", 47) == {1}
    assert due("created", 30) == {1, 2, 3}
    assert due("created", 30, "is:any") == {1, 2, 3, 4}
    assert due("received", 47) == set()


def test_nobody_is_shown_what_they_may_not_see(filled: Desk) -> None:
    found = filled.seen_by("alice").dry_run(intake(""))
    assert {row.number for row in found.rows} == {1, 2, 3, 4, 5, 7, 8}
    assert found.of == 7


def test_two_rules_that_disagree_on_the_same_tickets_are_named(filled: Desk) -> None:
    rules = (
        intake("checkout", Action("queue", "payments"), Action("tag", "shop"), name="shop"),
        intake("gateway", Action("queue", "network"), name="vpn"),
        intake("fails", Action("queue", "payments"), Action("priority", "P1"), name="fails"),
        intake("printer", Action("queue", "network"), name="printer"),
    )
    overlaps, unreachable = filled.store.rule_conflicts(rules)
    assert overlaps == (
        Overlap("shop", "vpn", "queue", ("payments", "network"), 1),
        Overlap("vpn", "fails", "queue", ("network", "payments"), 1),
    )
    assert str(overlaps[0]).endswith("(payments, then network) on 1 ticket: vpn wins")
    assert unreachable == ()


def test_a_rule_that_is_never_asked_is_named(filled: Desk) -> None:
    rules = (
        intake("checkout", name="shop", stop=True),
        intake("checkout fails", name="fails"),
        intake("checkout", name="again"),
        intake("vpn", name="vpn"),
        intake("", name="rest", stop=True),
        intake("printer", name="printer"),
        intake("nothing at all", name="unknown"),
    )
    assert filled.store.rule_conflicts(rules)[1] == (
        Unreachable("fails", "shop", 1),
        Unreachable("again", "shop", 0),
        Unreachable("printer", "rest", 0),
        Unreachable("unknown", "rest", 0),
    )
