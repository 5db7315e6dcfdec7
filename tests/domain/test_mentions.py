"""Mentions in texts: who is meant, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain.mentions import first_words, folded, mentioned, spans
from deskterm.domain.people import Agent

AGENTS = {
    number: Agent(number, login, login.title(), active=login != "gone")
    for number, login in enumerate(("bo", "ana.ruiz", "jo-ann", "Bob", "gone", "x_1", "joël"), start=1)
}


@pytest.mark.parametrize(
    ("text", "logins"),
    [
        ("@bo please look", ["bo"]),
        ("Thanks, @bo.", ["bo"]),
        ("(@bo, @ana.ruiz: yours?)", ["bo", "ana.ruiz"]),
        ("@ana.ruiz... and @jo-ann-", ["ana.ruiz", "jo-ann"]),
        ("@BOB and @bo and @Bo", ["Bob", "bo"]),
        ("@x_1\n@joël", ["x_1", "joël"]),
        # None of these calls anybody.
        ("bo@example.org, @bo@social.example, mail@bo", []),
        ("npm i @bo/package, a/@bo, see x.@bo", []),
        ("`@bo` and\n```\n@bo\n```\nand\n> @bo said", []),
        ("@gone @nobody @bobo @ @@bo @bo2", []),
        ("", []),
    ],
)
def test_who_is_meant(text: str, logins: list[str]) -> None:
    assert [AGENTS[number].login for number in mentioned(text, AGENTS)] == logins


@given(st.text(alphabet="@bo.- `>\n/\u202eé", max_size=60))
def test_a_span_is_an_at_and_a_login(text: str) -> None:
    logins = folded(agent.login for agent in AGENTS.values())
    for line in text.split("\n"):
        for start, end, login in spans(line, logins):
            assert line[start:end].casefold() == f"@{login}"
            assert login in logins


def test_many_ats_take_no_time() -> None:
    assert mentioned("@" * 200_000 + "@b" * 100_000 + "`" * 100_001, AGENTS) == ()


def test_first_words_draw_only_themselves() -> None:
    assert first_words("a\n\n b\x1b[31m\u202e") == "a b␛[31m‹U+202E›"
    assert len(first_words("word " * 1000)) <= 120
