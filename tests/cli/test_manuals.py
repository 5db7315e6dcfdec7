"""What these manuals show on the command line is run, and says what they show; their rules are rules."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from deskterm.domain.policy_file import read_policy
from tests.cli.conftest import Cli

DOCS = Path(__file__).parents[2] / "docs"
MANUALS = ("contacts.md", "escalation.md", "reminders.md")


def blocks(manual: str, kind: str) -> list[str]:
    """The blocks of a kind, in order."""
    text = (DOCS / manual).read_text("utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("manual", MANUALS)
def test_the_commands_say_what_the_manual_shows(one: Cli, manual: str) -> None:
    told = "".join(blocks(manual, "console"))
    steps = re.split(r"^\$ deskterm ", told, flags=re.MULTILINE)[1:]
    assert steps
    for step in steps:
        words, _, expected = step.partition("\n")
        ran = one(*shlex.split(words))
        assert (ran.out or ran.err) == expected, words
        assert ran.code == 0, words


@pytest.mark.parametrize("manual", MANUALS)
def test_the_rules_are_rules(manual: str) -> None:
    for document in blocks(manual, "toml"):
        assert read_policy(document).rules
