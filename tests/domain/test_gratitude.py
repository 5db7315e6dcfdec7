"""What is a mere thank-you, and what asks for more: in doubt the ticket opens again."""

from __future__ import annotations

import pytest

from deskterm.domain.gratitude import is_thanks


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "Thank you so much, that fixed it.",
        "Perfect, thanks a lot\n\n-- \nAna Ruiz\nNorthwind, 12 Long Road",
        "Thx, works now \U0001f44d",
        "Great, thank you.\n\nOn Mon, 3 Nov 2026, bo wrote:\n> Please try again, is it better?\n> Bo",
        "Vielen Dank, alles gut!",
        "Merci beaucoup",
        "Muchas gracias",
    ],
)
def test_a_thank_you_is_told(text: str) -> None:
    assert is_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It works.",
        "Thanks, but it still fails",
        "Thanks! When will I see it?",
        "Thanks! Could you also look at the printer?",
        "Thank you. It happened again this morning.",
        "Thanks, unfortunately no change",
        "Danke, geht aber nicht",
        "thanks for nothing, it doesn't work",
        "Thanks, it doesn\u2019t load",
        "Thanks. " + "Then I went to the office and there were several things to say about that. " * 3,
        "> Thanks\nStill broken",
    ],
)
def test_what_asks_for_more_is_none(text: str) -> None:
    assert not is_thanks(text)
