"""How alike two tickets are: what is evidence, how much, and that the reasons say so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain.plain import fold
from deskterm.domain.similarity import (
    LEAST,
    MOST_WORDS,
    Essence,
    Likeness,
    compare,
    look_up,
    mentions,
    references,
    weight,
)
from tests.domain.situations import NOON

SUBJECT, TEXT = "VPN client drops every hour", "The tunnel vanishes, error 0x80072efe, order ORD-4711"


def essence(number: int, subject: str = SUBJECT, text: str = TEXT, **values: Any) -> Essence:
    """A ticket of Ana's."""
    held: dict[str, Any] = {"requester": 1, "organization": 1, "created_at": NOON} | values
    return Essence(number, subject, text, **held)


def likeness(mine: Essence, other: Essence, shared: tuple[tuple[str, bool], ...] = ()) -> Likeness:
    """Compare on a desk where every word is rare."""
    return compare(mine, other, {word: weight(3, 1.0, 1000) for word in look_up(mine)}, shared)


STRANGER = {"requester": 2, "organization": 2}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("order ORD-4711 and ORD-4711 again", ("ORD-4711",)),
        ("code 0x80072EFE", ("0x80072EFE",)),
        ("ERR_CONNECTION_RESET came up", ("ERR_CONNECTION_RESET",)),
        ("INC0012345, E1234", ("INC0012345", "E1234")),
        ("invoice 2026-4711 no. 99881234", ("99881234",)),
        ("PO-ABC-12 please", ("PO-ABC-12",)),
        ("we are 12 people in room 301", ()),
        ("lower-case-12 and words", ()),
    ],
)
def test_what_is_a_reference(text: str, found: tuple[str, ...]) -> None:
    assert references(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("see #12 and (#7), #12", (12, 7)), ("a#5 ##6 #0 #12x", ()), ("# 12", ()), ("#" + "9" * 30, ())],
)
def test_what_names_a_ticket(text: str, found: tuple[int, ...]) -> None:
    assert mentions(text) == found


def test_everything_in_common_is_almost_certain_and_nothing_is_nothing() -> None:
    same = likeness(essence(1), essence(2))
    assert same.score > 0.9
    assert same.reasons[0] == "same requester"
    assert "words in common: 0x80072efe, vanishes" in same.reasons[1]
    assert likeness(essence(1), essence(2, "Printer smokes", "It burns", **STRANGER)) == Likeness(0.0, ())


def test_each_kind_of_evidence_adds_and_is_said() -> None:
    base = likeness(essence(1), essence(2, "VPN client", "Hello", **STRANGER))
    again = {
        "same requester": likeness(essence(1), essence(2, "VPN client", "Hello", requester=1)),
        "same organization": likeness(essence(1), essence(2, "VPN client", "Hello", requester=2)),
        "reference ORD-4711": likeness(
            essence(1), essence(2, "VPN client", "Hello", **STRANGER), (("ORD-4711", True),)
        ),
        "names #2": likeness(essence(1, text=f"{TEXT}, #2"), essence(2, "VPN client", "Hello", requester=2)),
        "#2 names this one": likeness(essence(1), essence(2, "VPN client", "like #1", **STRANGER)),
    }
    for reason, found in again.items():
        assert reason in found.reasons
        assert found.score > base.score, reason


def test_the_same_person_alone_is_no_duplicate() -> None:
    assert likeness(essence(1), essence(2, "Printer smokes", "It burns")).score == 0.0


def test_a_reference_that_everybody_names_says_little() -> None:
    other = essence(2, "Printer smokes", "It burns", **STRANGER)
    assert likeness(essence(1), other, (("ORD-4711", True),)).score > LEAST
    assert likeness(essence(1), other, (("HTTP-500", False),)).score < LEAST


def test_what_lies_weeks_apart_counts_less_and_never_for_nothing() -> None:
    scores = [
        likeness(essence(1), essence(2, created_at=NOON - timedelta(days=days))).score
        for days in (0, 2, 10, 60, 900)
    ]
    assert scores[0] == scores[1]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > LEAST


def test_everyday_words_weigh_nothing_and_rare_ones_all() -> None:
    assert weight(1000, 1.0, 1000) == 0.0
    assert weight(1, 1.0, 1000) == 1.0
    assert weight(400, 0.001, 1_000_000) < 0.2 < weight(400, 0.5, 1_000_000) < 1.0
    assert 0.0 <= weight(0, 1.0, 1) <= 1.0


@given(st.text(max_size=80), st.text(max_size=300), st.text(max_size=80), st.text(max_size=300))
def test_any_two_texts_have_a_score_between_none_and_certain(a: str, b: str, c: str, d: str) -> None:
    mine, other = essence(1, a, b), essence(2, c, d)
    found = likeness(mine, other)
    assert 0.0 <= found.score <= 1.0
    assert bool(found.score) == bool(found.reasons)
    assert all(reason.isprintable() for reason in found.reasons)
    words = look_up(mine)
    assert len(words) <= MOST_WORDS
    assert all(fold(word) == word for word in words)
