"""Two windows on one draft: every word stays, none stands there twice."""

from __future__ import annotations

import pytest

from deskterm.domain.both_drafts import both_extras, both_texts, own_words, row_in
from deskterm.domain.views import Also


@pytest.mark.parametrize(
    ("begun", "mine", "other", "both"),
    [
        ("", "From here", "From there", "From here\n\nFrom there"),
        ("Dear Ana,", "Dear Ana,\nfrom here", "Dear Ana,\nfrom there", "Dear Ana,\nfrom here\n\nfrom there"),
        ("Dear Ana,", "Dear Ana, hello", "Dear Ana,\nfrom there", "Dear Ana, hello\nfrom there"),
        ("Hello", "Hello you", "Hello all", "Hello you\nHello all"),
        ("a\nb\nc", "a\nb2\nc", "a\nb\nc2", "a\nb2\nc2"),
        ("a\nb\nc", "a\nb\nc!", "b\nc", "b\nc!"),
        ("Same", "Same words", "Same words", "Same words"),
        ("", "half a sentence", "half a sen", "half a sentence"),
        ("Hello", "", "Hello there", "Hello there"),
        ("Hello", "Hello you", "", "Hello you"),
        ("", "book", "ok", "book\n\nok"),
        ("Here", "Here a", "There\n\nHere", "There\n\nHere a"),
    ],
)
def test_both_texts_are_kept(begun: str, mine: str, other: str, both: str) -> None:
    assert both_texts(begun, mine, other) == both


@pytest.mark.parametrize("begun", ["", "Dear Ana,", "Dear Ana,\n\nRegards"])
def test_windows_that_take_turns_do_not_double_each_other(begun: str) -> None:
    saved = begun
    texts, known = [begun, begun], [begun, begun]
    typed: tuple[list[str], list[str]] = ([], [])
    for turn in range(20):
        me = turn % 2
        word = f"word{turn}"
        # Each goes on with the line that it began.
        lines = texts[me].split("\n")
        mine = next((at for at, line in enumerate(lines) if line.startswith(f"window {me}")), None)
        if mine is None:
            lines.append(f"window {me}: {word}")
        else:
            lines[mine] += f" {word}"
        typed[me].append(word)
        texts[me] = both_texts(known[me], "\n".join(lines), saved)
        saved = known[me] = texts[me]
    assert sorted(line for line in saved.split("\n") if line) == [
        *(line for line in begun.split("\n") if line),
        "window 0: " + " ".join(typed[0]),
        "window 1: " + " ".join(typed[1]),
    ]


def test_only_what_was_written_since_is_ones_own() -> None:
    assert own_words("Dear Ana,\nit is fixed", "Dear Ana,\nit is fixed\nand more") == "and more"
    assert own_words("Dear Ana,", "Dear Ana,") == ""


def test_what_goes_with_both_goes_with_it_once() -> None:
    begun = Also(files=("/a",), to="kim@x.example")
    mine, other = begun._replace(files=("/a", "/b")), begun._replace(files=("/c",), to="lou@x.example")
    assert both_extras(begun, mine, other) == Also(files=("/a", "/b", "/c"), to="lou@x.example")


def test_the_cursor_stays_in_its_line() -> None:
    assert row_in("a\nmine", "above\na\nmine\nbelow", 1) == 2
    assert row_in("", "theirs", 0) == 0
