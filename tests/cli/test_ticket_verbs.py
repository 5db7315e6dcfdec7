"""Each verb does to the ticket what CONTRACT section 4 says, and one undo takes a whole step back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Cli


def shown(cli: Cli, number: int = 1) -> dict[str, Any]:
    """A ticket as `show` tells it."""
    found: dict[str, Any] = cli("show", str(number), "--json").json
    return found


def ok(cli: Cli, *words: str, stdin: str = "") -> str:
    """Run what must succeed and return what it said."""
    ran = cli(*words, stdin=stdin)
    assert (ran.code, ran.err) == (0, ""), (words, ran)
    return ran.out


def test_new(one: Cli) -> None:
    ticket = shown(one)
    assert ticket["requester"] == {"name": "Ana Ruiz", "address": "ana@northwind.example"}
    assert ticket["messages"][0]["text"] == "Since noon.\nAll of it."
    assert (ticket["channel"], ticket["tags"], ticket["fields"]) == ("email", ["outage"], {"vendor": "acme"})
    words = "new Printer on fire --queue Network --owner me --impact high --urgency high --type problem"
    ok(one, *words.split(), "--text", "-", stdin="It\nburns\n")
    second = shown(one, 2)
    assert (second["subject"], second["queue"], second["owner"]) == ("Printer on fire", "network", "bo")
    assert (second["priority"], second["state"], second["type"]) == ("P1", "open", "problem")
    assert second["requester"] == {"name": "Bo Lindberg", "address": "bo"}
    assert second["messages"][0]["text"] == "It\nburns"


def test_who_asks(one: Cli) -> None:
    for number, (typed, name, address) in enumerate(
        (
            ("Joe Ek <joe@example.com>", "Joe Ek", "joe@example.com"),
            ('"Ek, Joe" <ek@example.com>', "Ek, Joe", "ek@example.com"),
            ("<jo@example.com>", "jo@example.com", "jo@example.com"),
            ("mia@example.com", "mia@example.com", "mia@example.com"),
            ("root@localhost", "root@localhost", "root@localhost"),
            ("Zoë", "zoë", "zoë"),
        ),
        start=2,
    ):
        ok(one, "new", "Help", "--requester", typed)
        assert shown(one, number)["requester"] == {"name": name, "address": address}
    for typed in (
        "not an address",
        "Joe <bad",
        "Joe <bad>",
        "Joe bad>",
        "a b@example.com",
        "@example.com",
        "joe@",
    ):
        ran = one("new", "Help", "--requester", typed)
        assert (ran.code, ran.out) == (2, ""), typed
        assert f"{typed!r} is no address" in ran.err
    assert one("show", "8").code == 3


def test_reply_note_and_stdin(one: Cli) -> None:
    assert ok(one, "reply", "1", "-", stdin="On it.\nSoon.") == "Replied on #1 · pending\n"
    assert ok(one, "note", "1", "two", "words") == "Noted on #1\n"
    ticket = shown(one)
    assert ticket["state"] == "pending"
    assert [(m["kind"], m["author"], m["text"]) for m in ticket["messages"][1:]] == [
        ("public", "bo", "On it.\nSoon."),
        ("internal", "bo", "two words"),
    ]
    assert ok(one, "reply", "1", "more", "--and", "open", "words")
    assert shown(one)["state"] == "open"
    assert shown(one)["messages"][-1]["text"] == "more words"
    ok(one, "reply", "1", "--and", "solve", "Done")
    assert shown(one)["state"] == "solved"


def test_the_life_of_a_ticket(one: Cli) -> None:
    ok(one, "assign", "1", "alice", "--reason", "she knows it")
    assert (shown(one)["owner"], shown(one)["state"]) == ("alice", "open")
    ok(one, "assign", "1", "none")
    ok(one, "take", "1")
    assert shown(one)["owner"] == "bo"
    ok(one, "solve", "1", "rolled back", "--code", "workaround", "--message", "It works again.")
    assert shown(one)["messages"][-1]["text"] == "It works again."
    ok(one, "close", "1", "no", "answer")
    assert shown(one)["state"] == "closed"
    ok(one, "reopen", "1", "it came back")
    assert shown(one)["state"] == "open"


def test_set_one_field_of_each_kind(one: Cli) -> None:
    ok(one, "set", "1", "subject=Checkout is down", "type=problem", "category=shop", "component=cart")
    ok(one, "set", "1", "channel=chat", "field.Vendor=globex", "field.vendor=")
    ok(one, "set", "1", "impact=high", "urgency=medium")
    ok(one, "set", "1", "tag=+eu,-outage,shop")
    ok(one, "set", "1", "queue=network", "note=yours, I think")
    ok(one, "set", "1", "state=hold", "reason=vendor", "until=in 3 days")
    ticket = shown(one)
    assert (ticket["subject"], ticket["type"], ticket["channel"]) == ("Checkout is down", "problem", "chat")
    assert (ticket["priority"], ticket["state"], ticket["queue"]) == ("P2", "hold", "network")
    assert ticket["tags"] == ["eu", "shop"]
    assert ticket["fields"] == {"Vendor": "globex"}
    assert ticket["messages"][-1]["text"] == "yours, I think"
    assert one("list", "category:shop", "component:cart", "impact:high", "--json").json[0]["number"] == 1


def test_several_fields_are_one_step_with_one_undo(one: Cli) -> None:
    before = shown(one)
    ok(
        one, "set", "1", "state=solved", "note=rolled back", "code=fixed", "priority=P1", "reason=all of EU",
        "owner=alice", "queue=network", "tag=-outage,+eu", "subject=Down",
    )  # fmt: skip
    after = shown(one)
    assert (after["state"], after["priority"], after["tags"]) == ("solved", "P1", ["eu"])
    # Alice is not of Network, but she was asked for by name, after the move.
    assert (after["owner"], after["queue"], after["subject"]) == ("alice", "network", "Down")
    commands = {event["command"] for event in one("history", "1", "--json").json[2:]}
    assert len(commands) == 1
    assert ok(one, "undo").startswith("Undid: Moved #1 to Network · ")
    again = shown(one)
    differ = {name for name in before if before[name] != again[name]} - {"updated_at", "clocks"}
    assert differ == set()
    ok(one, "redo")
    assert shown(one)["state"] == "solved"


def test_set_on_several_tickets(one: Cli) -> None:
    ok(one, "new", "Second")
    assert ok(one, "set", "1,2", "tag=+x", "owner=me").count("2 tickets") == 2
    assert [ticket["tags"] for ticket in one("list", "tag:x", "--json").json] == [["outage", "x"], ["x"]]
    ok(one, "undo")
    assert one("list", "tag:x", "--json").json == []


@pytest.mark.parametrize(
    ("expect", "code"),
    [
        (("state=new", "priority=P4", "owner=none", "queue=Payments", "messages=1"), 0),
        (("subject=Checkout returns 502", "type=incident", "urgency=medium"), 0),
        (("owner=alice",), 5),
        (("state=open",), 5),
        (("messages=0",), 5),
        (("colour=red",), 2),
        (("field.vendor=acme",), 2),
    ],
)
def test_expect(one: Cli, expect: tuple[str, ...], code: int) -> None:
    words = [word for pair in expect for word in ("--expect", pair)]
    ran = one("set", "1", "tag=+seen", "category=x", *words)
    assert ran.code == code, ran.err
    assert ("seen" in shown(one)["tags"]) == (code == 0)


def test_undo_refuses_what_somebody_else_changed_since(one: Cli) -> None:
    ok(one, "set", "1", "category=shop")
    one("set", "1", "category=cart", who="alice")
    ran = one("undo")
    assert ran.code == 5
    assert "alice set the category of #1 to cart since" in ran.err
    assert one("undo", who="alice").code == 0
    assert one("undo").code == 0


def test_tags_and_links(one: Cli) -> None:
    ok(one, "tag", "1", "+vpn", "-outage", "eu")
    assert shown(one)["tags"] == ["eu", "vpn"]
    ok(one, "new", "Second")
    ok(one, "link", "1", "blocked", "by", "2")
    ok(one, "link", "1", "#2")
    assert [(link["kind"], link["number"]) for link in shown(one)["links"]] == [
        ("blocked by", 2),
        ("related", 2),
    ]
    assert [(link["kind"], link["number"]) for link in shown(one, 2)["links"]] == [
        ("blocks", 1),
        ("related", 1),
    ]
    ok(one, "link", "1", "blocked-by", "2", "--remove")
    assert [link["kind"] for link in shown(one)["links"]] == ["related"]


@pytest.mark.parametrize(
    ("words", "ticket", "text"),
    [
        (("1", "tomorrow 9am", "call Ana"), 1, "call Ana"),
        (("1", "tomorrow", "9am", "call", "Ana"), 1, "call Ana"),
        (("#1", "in 2h", "call"), 1, "call"),
        (("in", "2", "hours", "stand", "up"), None, "stand up"),
        (("30", "minutes", "tea"), None, "tea"),
        (("fri", "9 things"), None, "9 things"),
        (("1", "next monday"), 1, ""),
    ],
)
def test_remind(one: Cli, words: tuple[str, ...], ticket: int | None, text: str) -> None:
    ok(one, "remind", *words)
    (line,) = one("remind", "--list", "--json").json
    assert (line["ticket"], line["text"], line["state"]) == (ticket, text, "pending")
    ok(one, "remind", "--dismiss", str(line["id"]))
    assert one("remind", "--list", "--json").json == []


def test_remind_a_colleague(one: Cli) -> None:
    ok(one, "remind", "1", "in 2h", "look", "--for", "alice")
    assert one("remind", "--list", "--json").json == []
    assert len(one("remind", "--list", "--json", who="alice").json) == 1


def test_snooze(one: Cli) -> None:
    ok(one, "snooze", "1", "tomorrow", "9am")
    assert one("list", "--json").json == []
    assert len(one("list", "--json", who="alice").json) == 1
    ok(one, "snooze", "1", "none")
    assert len(one("list", "--json").json) == 1


def test_queries_as_they_are_typed(one: Cli) -> None:
    ok(one, "new", "Second", "--queue", "network")

    def found(*words: str) -> list[int]:
        return [ticket["number"] for ticket in one("list", "--json", "--sort", "number", *words).json]

    assert found("-tag:outage") == [2]
    assert found("-queue:network", "is:new") == [1]
    assert found("queue:network", "--limit", "3", "-tag:x") == [2]
    assert found("tag:outage OR queue:network") == [1, 2]
    assert found('"since noon"') == [1]
    assert [ticket["number"] for ticket in one("search", "noon", "--json").json] == [1]
    ok(one, "close", "2", "spam")
    assert found() == [1]
    assert len(one("search", "second", "--json").json) == 1
    assert one("list", "--sort", "-number", "is:any", "--json").json[0]["number"] == 2


def test_views(one: Cli) -> None:
    ok(one, "view", "add", "Mine", "owner:me", "-tag:x")
    assert {"name": "Mine", "kind": "saved", "query": "owner:me -tag:x", "count": 0, "capped": False} in one(
        "view", "list", "--json"
    ).json
    ok(one, "view", "remove", "Mine")
    assert one("view", "remove", "Mine").code == 3
    assert one("view", "add", "Bad", "stat:x").code == 2


def test_options_stand_before_and_after_the_verb(one: Cli, cli: Cli) -> None:
    before = one("--json", "list")
    after = one("list", "--json")
    assert before.out == after.out
    assert one("list", "--quiet").err == ""


def test_merge_unmerge_and_split(one: Cli) -> None:
    ok(one, "new", "Tunnel gone", "--requester", "ben@acme.example", "--text", "Mine vanishes")
    assert ok(one, "merge", "2", "1") == "Merged #2 into #1\n"
    assert one("merge", "2", "1").code == 1
    merged = shown(one, 1)
    assert merged["participants"] == [{"name": "ben@acme.example", "address": "ben@acme.example"}]
    assert [message.get("origin") for message in merged["messages"]] == [None, 2]
    assert [link["kind"] for link in merged["links"]] == ["merged from"]
    text = ok(one, "show", "1")
    assert "cc          ben@acme.example" in text
    assert " · #2 · " in text
    assert (shown(one, 2)["state"], shown(one, 2)["links"][0]["number"]) == ("closed", 1)
    ids = str(merged["messages"][1]["id"])
    assert ok(one, "split", "1", "Ben's tunnel", "--messages", ids) == "Split 1 message of #1 off into #3\n"
    assert shown(one, 3)["requester"]["address"] == "ben@acme.example"
    assert ok(one, "unmerge", "2") == "Took #2 out of the ticket it was merged into\n"
    assert "participants" not in shown(one, 1)
    assert one("unmerge", "2").code == 1
    assert one("split", "1", "x", "--messages", "zero").code == 2
    assert one("split", "1", "x", "--messages", "99").code == 3
    assert one("merge", "1", "1,2").code == 2


def test_duplicates(one: Cli) -> None:
    subject = shown(one)["subject"]
    ok(one, "new", subject, "--requester", "ana@northwind.example", "--text", "Since noon. All of it.")
    said = ok(one, "duplicates", "2")
    assert "LIKELY" in said
    assert "#1" in said
    assert "same requester · " in said
    found = one("duplicates", "2", "--json").json
    assert (found[0]["number"], found[0]["reasons"][0]) == (1, "same requester")
    assert 0.5 < found[0]["score"] <= 1
    ok(one, "new", "Zebra", "--requester", "zoe@zoo.example")
    assert one("duplicates", "3", "--json").json == []
    assert one("duplicates", "3").code == 0
    assert one("duplicates", "77").code == 3


def test_a_target_of_its_own_and_counting_anew(one: Cli) -> None:
    refused = one("target", "1", "resolution", "2h", "promised")
    assert refused.code == 4
    made = one("target", "1", "resolution", "2h", "promised", "on", "the", "phone", who="carol")
    assert (made.code, made.out) == (0, "Set the resolution target of #1\n")
    assert "a target of this ticket's own" in one("why", "1").out
    assert "resolution within 2h (promised on the phone)" in one("history", "1").out
    assert one("target", "1", "resolution", "soon", "x", who="carol").code == 2
    assert one("target", "1", "resolution", "policy", "not any more", who="carol").code == 0
    assert "own" not in one("why", "1").out.split("Decided")[0]
    assert one("recount", "1", "because").code == 4
    assert one("recount", "1", "the contract changed", who="dana").code == 0
