"""Likely duplicates: found by words, references and people, never across what one may see."""

from __future__ import annotations

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import NotFound
from tests.small_desk import Desk

BEN = {"requester_address": "ben@acme.example"}
EVA = {"requester_address": "eva@third.example"}
SAID = "The tunnel vanishes every hour since the update, order ORD-4711"


@pytest.fixture
def first(desk: Desk) -> int:
    """A ticket among others that are about something else."""
    for number in range(12):
        desk.create(subject=f"Invoice {number} is wrong", text="Please send the invoice again", **EVA)
    return desk.create(subject="VPN client drops", text=SAID)


def found(desk: Desk, number: int, login: str = "bo") -> dict[int, tuple[float, tuple[str, ...]]]:
    """The candidates as an agent gets them."""
    return {one.row.number: (one.score, one.reasons) for one in desk.seen_by(login).duplicates(number)}


def test_the_likeliest_comes_first_and_says_why(desk: Desk, first: int) -> None:
    alike = desk.create(subject="VPN drops again", text="My tunnel vanishes since the update", **BEN)
    same = desk.create(subject="VPN client drops", text=SAID)
    order = desk.create(subject="Where is my order", text="I mean ORD-4711", **EVA)
    names = desk.create(subject="Hello", text=f"this is about #{first}, thanks", **BEN)
    answer = found(desk, first)
    assert next(iter(answer)) == same
    assert set(answer) == {alike, same, order}
    assert answer[same][1][:2] == ("same requester", "reference ORD-4711")
    assert any("words in common" in reason and "vanishes" in reason for reason in answer[alike][1])
    assert answer[order][1][0] == "reference ORD-4711"
    assert f"names #{first}" in found(desk, names)[first][1]
    scores = [score for score, _ in answer.values()]
    assert scores == sorted(scores, reverse=True)


def test_a_lonely_ticket_has_none(desk: Desk, first: int) -> None:
    lonely = desk.create(subject="Кофемашина", text="сломана", **BEN)
    assert found(desk, lonely) == {}
    assert found(desk, desk.create(subject="?", **BEN)) == {}


def test_scripts_without_spaces_and_accents_are_compared_too(desk: Desk, first: int) -> None:
    one = desk.create(subject="打印机坏了", text="三楼的打印机坏了", **BEN)
    two = desk.create(subject="打印机坏了", text="打印机不工作", **EVA)
    assert two in found(desk, one)
    three = desk.create(subject="Größe falsch", text="Maße", **BEN)
    four = desk.create(subject="GRÖSSE FALSCH", text="masse", **EVA)
    assert four in found(desk, three)


def test_what_ended_long_ago_or_was_spam_or_merged_is_left_out(desk: Desk, first: int) -> None:
    old, spam, dup, solved = (desk.create(subject="VPN client drops", text=SAID, **BEN) for _ in range(4))
    desk.do("alice", c.Solve((old,), "done"))
    desk.clock.forward(days=40)
    desk.do("alice", c.Solve((solved,), "done"))
    desk.do("alice", c.Close((spam,), "spam"))
    desk.do("alice", c.Merge((dup,), first))
    answer = found(desk, first)
    assert set(answer) == {solved}
    other = desk.create(subject="VPN client drops", text=SAID, **EVA)
    assert set(found(desk, other)) == {first, solved}


def test_what_was_split_off_is_no_duplicate_of_its_origin(desk: Desk, first: int) -> None:
    message = desk.seen_by("bo").ticket(first).messages[0].id
    new = desk.do("bo", c.Split(first, (message,), "VPN client drops")).created or 0
    assert found(desk, new) == {}
    assert found(desk, first) == {}


def test_nobody_hears_of_a_confidential_ticket_by_what_it_is_like(desk: Desk, first: int) -> None:
    secret = desk.create("hana", subject="VPN client drops", text=SAID, queue="hr")
    assert secret not in found(desk, first)
    assert secret in found(desk, first, "hana")
    assert first in found(desk, secret, "hana")
    with pytest.raises(NotFound, match=f"no ticket #{secret}"):
        found(desk, secret)
    with pytest.raises(NotFound):
        found(desk, 999)
