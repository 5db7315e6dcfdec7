"""`deskterm contact`: found, shown, changed and merged, with words, JSON and exit codes."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli

ANA = "ana@northwind.example"


@pytest.fixture
def two(one: Cli) -> Cli:
    """The same desk with a second ticket, from Ana's other address."""
    made = one("new", "VPN down", "--requester", "A. Ruiz <ana@home.example>", "--queue", "payments")
    assert made.code == 0
    return one


def test_contacts_are_listed_and_shown(two: Cli) -> None:
    (line,) = two("contact", "list", "northwind", "--json").json
    assert line == {
        "id": 1,
        "name": "Ana Ruiz",
        "address": ANA,
        "organization": "Northwind",
        "vip": False,
        "addresses": 1,
        "tickets": 1,
        "active": 1,
    }
    assert [each["name"] for each in two("contact", "list", "ruiz", "--json").json] == ["A. Ruiz", "Ana Ruiz"]
    assert len(two("contact", "list", "--limit", "1", "--json").json) == 1
    assert two("contact", "list", "nobody", "--json").json == []
    shown = two("contact", "show", "Ana Ruiz", "--json").json
    assert shown["addresses"] == [ANA]
    assert [row["number"] for row in shown["tickets"]] == [1]
    assert two("contact", "show", "2", "--json").json["addresses"] == ["ana@home.example"]


def test_a_contact_is_changed_merged_and_taken_back(two: Cli) -> None:
    ran = two("contact", "set", ANA, "--vip", "--zone", "Europe/Madrid", "--notes", "-", stdin="Call first.")
    assert (ran.code, ran.out) == (0, "Changed Ana Ruiz: zone, VIP, notes\n")
    shown = two("contact", "show", ANA, "--json").json
    assert (shown["vip"], shown["zone"], shown["notes"]) == (True, "Europe/Madrid", "Call first.")
    assert [row["number"] for row in two("list", "is:vip", "--json").json] == [1]
    assert "· VIP" in two("show", "1").out
    assert two("contact", "merge", "ana@home.example", ANA).out == (
        "Merged A. Ruiz (ana@home.example) into Ana Ruiz\n"
    )
    assert [row["number"] for row in two("list", "is:vip", "--sort", "number", "--json").json] == [1, 2]
    said = two("contact", "show", "ana@home.example").out
    assert f"{ANA}, ana@home.example" in said
    assert "bo: Merged A. Ruiz" in said
    assert two("undo").code == 0
    assert [row["number"] for row in two("list", "is:vip", "--json").json] == [1]
    assert two("contact", "add-address", ANA, "ana@new.example").out == "Added ana@new.example to Ana Ruiz\n"
    assert two("contact", "show", "ana@new.example", "--json").json["id"] == 1
    removed = two("contact", "remove-address", ANA, "ana@new.example")
    assert (removed.code, removed.out) == (0, "Removed ana@new.example from Ana Ruiz\n")
    assert two("contact", "remove-address", ANA, ANA).code == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "nobody@x.example"), 3),
        (("show", "999"), 3),
        (("show",), 2),
        (("set", ANA), 2),
        (("merge", ANA), 2),
        (("list", "--vip"), 2),
        (("merge", ANA, ANA), 1),
        (("set", ANA, "--zone", "Mars"), 1),
        (("add-address", ANA, "nonsense"), 1),
        (("add-address", ANA, "ana@home.example"), 1),
    ],
)
def test_what_goes_wrong_has_its_exit_code(two: Cli, words: tuple[str, ...], code: int) -> None:
    ran = two("contact", *words, "--json")
    assert (ran.code, bool(ran.error["message"])) == (code, True)


def test_names_that_several_have_are_asked_about(two: Cli) -> None:
    assert two("contact", "set", "2", "--name", "Ana Ruiz").code == 0
    ran = two("contact", "show", "ana ruiz", "--json")
    assert (ran.code, ran.error["hint"]) == (2, "ids: 1, 2")


def test_a_viewer_may_not_change_them(two: Cli) -> None:
    assert two("contact", "set", ANA, "--vip", who="vera").code == 4
    assert two("contact", "show", ANA, who="vera").code == 0


def test_an_organization_is_listed_shown_and_changed(two: Cli) -> None:
    (line,) = two("organization", "list", "--json").json
    assert (line["name"], line["vip"], line["people"], line["tickets"]) == ("Northwind", False, 1, 1)
    ran = two(
        "organization", "set", "Northwind", "--vip", "--domains", "northwind.example", "--notes", "Late."
    )
    assert (ran.code, ran.out) == (0, "Changed Northwind: VIP, notes, domains\n")
    shown = two("organization", "show", "northwind", "--json").json
    assert (shown["domains"], shown["notes"], shown["sla_policies"]) == (["northwind.example"], "Late.", [])
    assert [person["address"] for person in shown["people"]] == [ANA]
    assert [row["number"] for row in shown["tickets"]] == [1]
    said = two("organization", "show", str(line["id"])).out
    assert "Northwind ★ VIP" in said
    assert "none asks for it" in said
    assert [row["number"] for row in two("list", "is:vip", "--json").json] == [1]
    assert two("undo").code == 0
    assert two("organization", "show", "Northwind", "--json").json["vip"] is False
    assert two("organization", "show", "Nobody").code == 3
    assert two("organization", "set", "Northwind").code == 2
    assert two("organization", "show", "Northwind", "--vip").code == 2
    assert two("organization", "set", "Northwind", "--domains", "no domain").code == 1
