"""`deskterm remind` again and again, and `deskterm recurring`: words, JSON and exit codes."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli


def test_a_reminder_that_recurs_is_listed_dismissed_once_and_ended(one: Cli) -> None:
    ran = one("remind", "1", "every", "monday", "9am", "call", "Ana")
    assert (ran.code, ran.out) == (0, "Set a reminder on #1\n")
    (line,) = one("remind", "--list", "--json").json
    assert (line["recurs"], line["text"], line["ticket"]) == ("every monday at 09:00", "call Ana", 1)
    assert "every monday at 09:00" in one("remind", "--list").out
    assert one("remind", "--dismiss", str(line["id"])).code == 0
    (following,) = one("remind", "--list", "--json").json
    assert following["at"] > line["at"]
    assert one("remind", "--end", str(following["id"])).out == "Ended a reminder\n"
    assert one("remind", "--list", "--json").json == []
    assert one("undo").code == 0
    assert len(one("remind", "--list", "--json").json) == 1


def test_a_free_one_for_a_colleague(one: Cli) -> None:
    assert one("remind", "every weekday 8:30", "stand-up", "--for", "alice").code == 0
    assert one("remind", "--list", "--json").json == []
    (line,) = one("remind", "--list", "--json", who="alice").json
    assert (line["recurs"], line["text"]) == ("every weekday at 08:30", "stand-up")


def test_a_recurring_ticket_is_added_listed_and_ended(one: Cli) -> None:
    ran = one(
        *("recurring", "add", "every last business day 16:00", "Close the month"),
        *("--queue", "payments", "--type", "task", "--text", "By 17:00.", "--tag", "books"),
    )
    assert (ran.code, ran.out) == (0, "Set a recurring ticket: Close the month\n")
    (line,) = one("recurring", "list", "--json").json
    assert line["recurs"] == "every month on the last business day at 16:00"
    assert (line["id"], line["queue"], line["opened"], line["last"]) == (1, "payments", 0, None)
    assert "Close the month" in one("recurring", "list").out
    assert one("recurring", "end", "1").out == "Ended recurring ticket 1\n"
    assert one("recurring", "list", "--json").json == []
    assert "no recurring tickets" in one("recurring", "list").err
    assert one("undo").code == 0
    assert len(one("recurring", "list", "--json").json) == 1


def test_a_reminder_is_changed(one: Cli) -> None:
    assert one("remind", "1", "every", "monday", "9am", "call", "Ana").code == 0
    (line,) = one("remind", "--list", "--json").json
    ran = one("remind", "--change", str(line["id"]), "--note", "call Ana at home")
    assert (ran.code, ran.out) == (0, "Changed a reminder on #1\n")
    (after,) = one("remind", "--list", "--json").json
    assert (after["at"], after["recurs"]) == (line["at"], line["recurs"])
    assert (after["text"], after["ticket"]) == ("call Ana at home", 1)
    assert one("remind", "--change", str(after["id"]), "every friday 10am").code == 0
    (later,) = one("remind", "--list", "--json").json
    assert (later["recurs"], later["text"]) == ("every friday at 10:00", "call Ana at home")
    assert one("remind", "--change", str(later["id"]), "--note", "call Ana at home").code == 1
    assert one("remind", "--change", str(later["id"])).code == 2
    assert one("remind", "--change", "999", "tomorrow").code == 3
    assert one("undo").code == 0
    assert [each["recurs"] for each in one("remind", "--list", "--json").json] == [line["recurs"]]
    assert one("remind", "--change", str(after["id"]), "--for", "alice").code == 0
    assert one("remind", "--list", "--json").json == []
    assert len(one("remind", "--list", "--json", who="alice").json) == 1


def test_a_recurring_ticket_is_changed(one: Cli) -> None:
    made = one(
        *("recurring", "add", "every monday 9am", "Rotate the keys", "--queue", "payments"),
        *("--type", "task", "--impact", "high", "--urgency", "low", "--tag", "keys"),
    )
    assert made.code == 0
    (line,) = one("recurring", "list", "--json").json
    ran = one("recurring", "change", str(line["id"]), "every friday 9am", "--text", "All of them.")
    assert (ran.code, ran.out) == (0, "Changed a recurring ticket: Rotate the keys\n")
    (after,) = one("recurring", "list", "--json").json
    assert (after["recurs"], after["subject"]) == ("every friday at 09:00", "Rotate the keys")
    assert one("recurring", "change", str(after["id"]), "every friday 9am", "Rotate all").code == 0
    (renamed,) = one("recurring", "list", "--json").json
    assert (renamed["subject"], renamed["queue"]) == ("Rotate all", "payments")
    assert one("recurring", "change", str(renamed["id"]), "--impact", "low").code == 0
    (lower,) = one("recurring", "list", "--json").json
    assert one("recurring", "change", str(lower["id"])).code == 2
    assert one("recurring", "change").code == 2
    assert one("recurring", "change", "999", "every monday").code == 3
    assert one("recurring", "change", str(lower["id"]), "every friday 9am").code == 1
    for recurs in ("every friday at 09:00",) * 2 + ("every monday at 09:00",):
        assert one("undo").code == 0
        assert [each["recurs"] for each in one("recurring", "list", "--json").json] == [recurs]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["recurring", "add", "tomorrow 9am", "Once"], 2, "only once"),
        (["recurring", "add", "every", "foo", "bar"], 2, '"foo" is no part'),
        (["recurring", "add", "every monday"], 2, "subject"),
        (["recurring", "add"], 2, "when is missing"),
        (["recurring", "add", "every monday", "x", "--queue", "hr"], 3, "there is no queue"),
        (["recurring", "add", "every monday", "x", "--priority", "P1"], 1, "needs a reason"),
        (["recurring", "end"], 2, "which one"),
        (["recurring", "end", "x"], 2, "which one"),
        (["recurring", "end", "9"], 3, "no recurring ticket"),
        (["remind", "every", "hour", "x"], 2, "most often"),
        (["remind", "--end", "9"], 3, "no reminder"),
    ],
)
def test_what_is_refused_and_how(one: Cli, words: list[str], code: int, says: str) -> None:
    ran = one(*words)
    assert (ran.code, says in ran.err) == (code, True), ran.err


def test_a_viewer_sets_none(one: Cli) -> None:
    assert one("recurring", "add", "every monday", "x", who="vera").code == 4


def test_agents_have_addresses(one: Cli) -> None:
    ran = one("agent", "add", "bo", "--name", "Bo Lindberg", "--address", "bo@x.example", who="dana")
    assert ran.code == 0
    agents = {line["login"]: line["address"] for line in one("agent", "list", "--json").json}
    assert (agents["bo"], agents["alice"]) == ("bo@x.example", "")
    assert one("agent", "add", "bo", "--address", "nowhere", who="dana").code == 1
