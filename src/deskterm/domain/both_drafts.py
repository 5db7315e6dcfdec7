"""One draft written in two windows at once: both texts as one, so that nothing that was typed is lost.

Both began with the same lines. What only one of them changed stands as that one left it; where both changed
the same line, both are kept, and never twice, however often the windows take turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from deskterm.domain.views import Also

Change = tuple[int, int, list[str]]
"""The lines of the beginning that are replaced (from, up to), and what stands there instead."""


def both_texts(begun: str, mine: str, other: str) -> str:
    """Return my text with what the other window made of what both began with."""
    base, ours, theirs = (text.split("\n") for text in (begun, mine, other))
    here, there = _changes(base, ours), _changes(base, theirs)
    found: list[str] = []
    at = 0
    while here or there:
        first, end = min(change[:2] for change in (*here[:1], *there[:1]))
        my_part: list[Change] = []
        other_part: list[Change] = []
        # A run of changes of both that touch the same lines of the beginning.
        grown = True
        while grown:
            grown = False
            for left, part in ((here, my_part), (there, other_part)):
                while left and (left[0][0] < end or left[0][:2] == (first, end)):
                    part.append(left.pop(0))
                    end = max(end, part[-1][1])
                    grown = True
        found += base[at:first]
        mine_now, other_now = _applied(base, first, end, my_part), _applied(base, first, end, other_part)
        if not other_part:
            found += mine_now
        elif not my_part:
            found += other_now
        else:
            found += _both(mine_now, other_now, base[first:end])
        at = end
    return "\n".join(found + base[at:])


def own_words(begun: str, mine: str) -> str:
    """Return only the lines that I wrote since; none when I wrote nothing."""
    return "\n".join(line for change in _changes(begun.split("\n"), mine.split("\n")) for line in change[2])


def both_extras(begun: Also, mine: Also, other: Also) -> Also:
    """Return what goes with both; to whom and about what is mine, unless only the other changed it."""
    named = {name for name, _ in mine.macros}
    return Also(
        mine.macros + tuple(one for one in other.macros if one[0] not in named and one not in begun.macros),
        mine.files + tuple(path for path in other.files if path not in mine.files + begun.files),
        mine.to if mine.to != begun.to else other.to,
        mine.subject if mine.subject != begun.subject else other.subject,
    )


def row_in(mine: str, both: str, row: int) -> int:
    """Return where a line of mine stands in both."""
    matcher = SequenceMatcher(None, mine.split("\n"), both.split("\n"), autojunk=False)
    for _, first, end, there, there_end in matcher.get_opcodes():
        if first <= row < end:
            return min(there + row - first, max(there, there_end - 1))
    return 0


def _changes(base: Sequence[str], text: Sequence[str]) -> list[Change]:
    matcher = SequenceMatcher(None, base, text, autojunk=False)
    return [
        (first, end, list(text[start:stop]))
        for word, first, end, start, stop in matcher.get_opcodes()
        if word != "equal"
    ]


def _applied(base: Sequence[str], first: int, end: int, changes: Sequence[Change]) -> list[str]:
    found: list[str] = []
    at = first
    for begin, stop, lines in changes:
        found += [*base[at:begin], *lines]
        at = stop
    return found + list(base[at:end])


def _both(mine: list[str], other: list[str], base: Sequence[str]) -> list[str]:
    """Return my lines and under them what the other window has that is neither here nor was before."""
    known = {line.strip() for line in (*base, *mine)}
    news: list[str] = []
    for line in other:
        word = line.strip()
        held = word in known or any(one.strip().startswith(word) for one in mine)
        if word and not held:
            news.append(line)
    between = [""] if news and any(mine) and not any(base) else []
    return (mine if any(mine) or not news else []) + between + news
