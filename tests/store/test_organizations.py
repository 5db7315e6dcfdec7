"""Organizations: what is known of them, who belongs to them, and what follows for lists, rules and clocks."""

from __future__ import annotations

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import Conflict, NotAllowed, NotFound, Refused
from deskterm.domain.kinds import Level
from tests.small_desk import Desk
from tests.store.test_contacts import SLA, measured, numbers, sound


def called(desk: Desk, name: str, login: str = "bo") -> int:
    """The organization of a name."""
    [found] = desk.seen_by(login).organizations_called(name)
    return found


def test_it_shows_people_tickets_notes_domains_and_the_policy_that_asks_for_it(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(SLA))
    first = desk.create(requester_name="Ana Ruiz", organization="Northwind")
    second = desk.create(requester_address="ben@x.example", requester_name="Ben", organization="Northwind")
    number = called(desk, "northwind")
    notes, domains = "Pays late.", ("Northwind.Example, northwind.test",)
    done = desk.do("bo", c.SaveOrganization(number, notes=notes, domains=domains))
    assert done.summary == "Changed Northwind: notes, domains"
    view = desk.seen_by("bo").organization(number)
    assert (view.notes, view.domains) == ("Pays late.", ("northwind.example", "northwind.test"))
    assert [line.name for line in view.people] == ["Ana Ruiz", "Ben"]
    assert {row.number for row in view.tickets} == {first, second}
    assert (view.line.people, view.line.tickets, view.line.active) == (2, 2, 2)
    assert view.policies == (("Northwind", "org:northwind"),)
    assert view.history[0].what == done.summary
    assert [line.name for line in desk.seen_by("bo").organizations("wind test")] == ["Northwind"]
    assert desk.seen_by("bo").organizations("nobody") == ()
    desk.do("bo", c.Undo())
    assert desk.seen_by("bo").organization(number).domains == ()
    assert sound(desk)


def test_who_first_writes_from_its_domain_belongs_to_it(desk: Desk) -> None:
    desk.create(requester_name="Ana Ruiz", organization="Northwind")
    desk.do("bo", c.SaveOrganization(called(desk, "Northwind"), domains=("northwind.example",)))
    joined = desk.create(requester_address="Carl@Northwind.example")
    other = desk.create(requester_address="dora@sub.northwind.example")
    given = desk.create(requester_address="eve@northwind.example", organization="Elsewhere")
    shown = [desk.store.ticket(number).organization for number in (joined, other, given)]
    assert shown == ["Northwind", "", "Elsewhere"]


def test_a_vip_organization_makes_vips_of_its_people(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(SLA))
    low = {"impact": Level.LOW, "urgency": Level.LOW}
    number = desk.create(requester_name="Ana Ruiz", organization="Kern", **low)
    other = desk.create(requester_address="ben@x.example", **low)
    assert measured(desk, number) == ""
    desk.clock.forward(minutes=1)
    desk.do("bo", c.SaveOrganization(called(desk, "Kern"), vip=True))
    assert numbers(desk, "is:vip") == {number}
    assert numbers(desk, "-is:vip") == {other}
    assert (measured(desk, number), measured(desk, other)) == ("VIPs", "")
    person = desk.store.ticket(number).person
    assert person is not None
    assert person.vip
    assert [name for name, _ in desk.seen_by("bo").organization(called(desk, "Kern")).policies] == ["VIPs"]
    assert "important" in desk.ticket(desk.create(requester_name="Ana Ruiz")).tags
    desk.clock.forward(minutes=1)
    desk.do("bo", c.SaveOrganization(called(desk, "Kern"), vip=False))
    assert numbers(desk, "is:vip") == set()
    assert sound(desk)


def test_a_new_name_is_found_and_what_was_changed_since_stays(desk: Desk) -> None:
    number = desk.create(requester_name="Ana Ruiz", organization="Northwind")
    mine = called(desk, "Northwind")
    done = desk.do("bo", c.SaveOrganization(mine, name="Southwind"))
    assert numbers(desk, "org:southwind") == {number}
    assert numbers(desk, "org:northwind") == set()
    desk.do("alice", c.SaveOrganization(mine, name="Eastwind"))
    with pytest.raises(Conflict, match="the organization was changed since"):
        desk.do("bo", c.Undo(done.command))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "Kern"}, "another organization is called Kern"),
        ({"domains": ("kern.example",)}, "kern.example is another organization's"),
        ({"domains": ("no domain",)}, "is no domain"),
        ({"domains": ("a@b.example",)}, "is no domain"),
        ({"vip": False}, "so already"),
    ],
)
def test_what_makes_no_sense_is_refused(desk: Desk, change: dict[str, object], reason: str) -> None:
    desk.create(requester_name="Ana Ruiz", organization="Northwind")
    desk.create(requester_address="k@x.example", organization="Kern")
    desk.do("bo", c.SaveOrganization(called(desk, "Kern"), domains=("kern.example",)))
    with pytest.raises(Refused, match=reason):
        desk.do("bo", c.SaveOrganization(called(desk, "Northwind"), **change))  # type: ignore[arg-type]
    with pytest.raises(NotAllowed, match="change organizations"):
        desk.do("vera", c.SaveOrganization(called(desk, "Northwind"), vip=True))


def test_what_is_known_from_hidden_tickets_alone_is_not_there_for_others(desk: Desk) -> None:
    secret = desk.create("hugo", requester_address="eve@kern.example", organization="Kern", queue="hr")
    desk.create(requester_name="Ana Ruiz", organization="Northwind")
    desk.create("hugo", requester_address="ida@x.example", organization="Northwind", queue="hr")
    hugo, bo = desk.seen_by("hugo"), desk.seen_by("bo")
    assert [line.name for line in hugo.organizations()] == ["Kern", "Northwind"]
    assert [line.name for line in bo.organizations()] == ["Northwind"]
    kern = called(desk, "Kern", "hugo")
    assert [row.number for row in hugo.organization(kern).tickets] == [secret]
    assert bo.organizations_called("Kern") == ()
    with pytest.raises(NotFound):
        bo.organization(kern)
    with pytest.raises(NotFound):
        desk.do("bo", c.SaveOrganization(kern, vip=True))
    north = called(desk, "Northwind")
    assert [line.name for line in bo.organization(north).people] == ["Ana Ruiz"]
    assert (bo.organization(north).line.tickets, hugo.organization(north).line.tickets) == (1, 2)
