"""Fewer bytes draw the same screen: runs of styled pieces, compared cell by cell on an emulated terminal."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.style import Style

from deskterm.ui.lean import lean

COLOURS = ("#10151c", "#d5dce5", "#ff7b72", "red", "bright_blue", "default")
STYLES = st.builds(
    Style,
    color=st.sampled_from((None, *COLOURS)),
    bgcolor=st.sampled_from((None, *COLOURS)),
    bold=st.sampled_from((None, True)),
    italic=st.sampled_from((None, True)),
    underline=st.sampled_from((None, True)),
    reverse=st.sampled_from((None, True)),
)
MOVES = st.sampled_from(("", "", "\x1b[3;4H", "\r\n", "\x1b[?2026h"))
PIECES = st.lists(st.tuples(STYLES, st.text("ab ", min_size=1, max_size=5), MOVES), max_size=12)
SYSTEMS = st.sampled_from((ColorSystem.STANDARD, ColorSystem.EIGHT_BIT, ColorSystem.TRUECOLOR))


def cells(sequence: str) -> list[object]:
    """What a terminal shows after a sequence and one more plain word."""
    screen = pyte.Screen(30, 8)
    pyte.Stream(screen).feed(sequence + "\x1b[0mend")
    return [screen.buffer[y][x] for y in range(8) for x in range(30)]


@given(PIECES, SYSTEMS)
def test_it_looks_the_same(pieces: list[tuple[Style, str, str]], system: ColorSystem) -> None:
    sequence = "".join(style.render(text, color_system=system) + move for style, text, move in pieces)
    assert cells(lean(sequence)) == cells(sequence)
    assert len(lean(sequence)) <= len(sequence) + 2 * len(pieces)


def test_a_row_gets_shorter() -> None:
    # Made anew, not added: sums are shared, and keep the codes of the colours they were first painted in.
    colours = ("#8492a3", "#ff7b72", "#d5dce5", "#8492a3")
    parts = [Style(color=colour, bgcolor="#10151c") for colour in colours]
    row = "".join(style.render("text", color_system=ColorSystem.EIGHT_BIT) for style in parts)
    assert len(lean(row)) < len(row) - 30
    assert lean(lean(row)) == lean(row)


def test_what_has_no_styles_is_left_alone() -> None:
    assert lean("\x1b[2;5r\x1b[3S\x1b[r plain") == "\x1b[2;5r\x1b[3S\x1b[r plain"
