"""Who is offered while an @ and letters are typed: by login, then by name, and only who may see it."""

from __future__ import annotations

import pytest

from deskterm.domain.callees import Callee, callees, calling, offered
from deskterm.domain.people import Agent, Queue, Role

PEOPLE = (
    Agent(1, "alice", "Alice Moreau", Role.AGENT),
    Agent(2, "bo", "Bo Lindberg", Role.AGENT, frozenset({3})),
    Agent(3, "bob", "Bob Åkesson", Role.AGENT),
    Agent(4, "nadja", "Nadja Núñez", Role.VIEWER),
    Agent(5, "gone", "Nina Gone", Role.AGENT, active=False),
    Agent(6, "nora@desk.example", "Nora Post", Role.AGENT),
)
OPEN, SECRET = Queue(1, "network", "Network"), Queue(3, "hr", "HR", confidential=True)
KNOWN = callees(PEOPLE, OPEN, 1)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("@b", (0, "b")),
        ("ask @na", (4, "na")),
        ("(@na", (1, "na")),
        ("@bo.x", (0, "bo.x")),
        ("@", None),
        ("@ b", None),
        ("ana@x", None),
        ("@x/y", None),
        ("a `@b", None),
        ("a `c` @b", (6, "b")),
        ("> @b", None),
        ("@bo and", None),
    ],
)
def test_a_mention_is_being_typed_or_is_not(line: str, found: tuple[int, str] | None) -> None:
    assert calling(line, len(line)) == found


def test_it_ends_where_the_cursor_is() -> None:
    assert calling("@bo and", 3) == (0, "bo")
    assert calling("@bo", 2) is None
    assert calling("@bo", 0) is None


@pytest.mark.parametrize(
    ("word", "logins"),
    [
        ("b", ["bo", "bob"]),
        ("bob", ["bob"]),
        ("BO", ["bo", "bob"]),
        ("na", ["nadja"]),
        ("lind", ["bo"]),
        ("ak", ["bob"]),
        ("nun", ["nadja"]),
        ("ina", []),
        ("alice", []),
        ("gone", []),
        ("nora", []),
        ("_", []),
    ],
)
def test_logins_come_before_names(word: str, logins: list[str]) -> None:
    assert [one.login for one in offered(word, KNOWN)] == logins


def test_of_a_confidential_queue_its_members_alone_are_offered() -> None:
    assert [one.login for one in callees(PEOPLE, SECRET, 1)] == ["bo"]


def test_few_are_offered_however_many_there_are() -> None:
    many = tuple(Callee(f"agent{number}", "Agent", " agent") for number in range(500))
    assert len(offered("a", many)) == 6
