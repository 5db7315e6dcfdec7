"""Charts drawn with block characters: bars by day, a heat map, a line, shares; each from numbers to lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from deskterm.domain.views import Day
from deskterm.ui.widgets.ink import Block, Line, bar, padded, right

EIGHTHS = " ▁▂▃▄▅▆▇█"
SHADES = " ░▒▓█"
AXIS = 5
"""Cells for the numbers beside a chart, with a space."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
BROAD = 4
"""A bar is never broader than this."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Some days in a row as one pair of bars; `x` and `width` are where it is drawn."""

    first: date
    last: date
    created: int
    solved: int
    active: int
    x: int
    width: int


def ceiling(value: int) -> int:
    """The top of an axis: a round number that can be halved."""
    if value <= 10:
        return max(4, value + value % 2)
    step = 10
    while step * 10 < value:
        step *= 10
    return next(
        top for tenth in (12, 16, 20, 30, 40, 50, 60, 80, 100) if (top := tenth * step // 10) >= value
    )


def buckets(days: Sequence[Day], width: int) -> list[Bucket]:
    """Share the width among the days, or among weeks or longer where days do not fit."""
    room = max(2, width - AXIS)
    if not days:
        return []
    span = -(-2 * len(days) // room)
    if span > 1:
        span = -(-span // 7) * 7
    groups = [days[at : at + span] for at in range(0, len(days), span)]
    cells = min(room // len(groups), 2 * BROAD + 1)
    return [
        Bucket(
            group[0].day,
            group[-1].day,
            sum(day.created for day in group),
            sum(day.solved for day in group),
            group[-1].active,
            AXIS + place * cells,
            cells,
        )
        for place, group in enumerate(groups)
    ]


def column(value: float, top: float, height: int) -> list[str]:
    """One cell wide bar from top to bottom."""
    eighths = round(value / top * height * 8) if top else 0
    if value > 0:
        eighths = max(1, eighths)
    return [EIGHTHS[max(0, min(8, eighths - 8 * row))] for row in reversed(range(height))]


def day_bars(drawn: Sequence[Bucket], width: int, height: int, shapes: bool) -> Block:
    """Draw what was created and solved side by side, with an axis and dates under it."""
    top = ceiling(max((max(one.created, one.solved) for one in drawn), default=0))
    lines: Block = [_axis(top, row, height) for row in range(height)]
    for one in drawn:
        broad = (one.width - (one.width > 2)) // 2
        for value, ink in ((one.created, "created"), (one.solved, "solved")):
            cells = column(value, top, height)
            if shapes and ink == "solved":
                cells = ["▒" if cell > "▃" else " " if cell in " ▁▂" else "▒" for cell in cells]
            for row in range(height):
                lines[row].append((cells[row] * broad, ink))
        if one.width > 2:
            for line in lines:
                line.append((" " * (one.width - 2 * broad), "text"))
    reach = drawn[-1].x + drawn[-1].width if drawn else width
    lines.append([(" " * AXIS, "text"), ("─" * (reach - AXIS), "rule")])
    lines.append(_dates(drawn, width))
    return lines


def _axis(top: int, row: int, height: int) -> Line:
    """The number beside a row: the top, the middle, nothing elsewhere."""
    said = top if row == 0 else top // 2 if row == height // 2 else None
    return [(right(short(said) if said is not None else "", AXIS - 1) + " ", "label")]


def _dates(drawn: Sequence[Bucket], width: int) -> Line:
    if not drawn:
        return []
    marks = [drawn[0]] if len(drawn) < 3 else [drawn[0], drawn[len(drawn) // 2], drawn[-1]]
    text = ""
    for place, one in enumerate(marks):
        said = f"{one.first.day} {one.first:%b}"
        end = one.x + one.width
        at = max(AXIS, end - len(said)) if place == 2 else one.x
        if at > len(text) or not text:
            text = text.ljust(at) + said
    return padded([(text, "label")], width)


def heat_map(arrivals: Sequence[Sequence[int]], width: int, shapes: bool) -> Block:
    """Draw 7 days × 24 hours: the more arrived, the stronger."""
    most = max((max(row) for row in arrivals), default=0)
    cells = 2 if width >= 4 + 48 else 1
    lines: Block = []
    for name, row in zip(WEEKDAYS, arrivals, strict=True):
        line: Line = [(f"{name} ", "muted")]
        for count in row:
            step = 0 if not most or not count else 1 + min(3, int(count / most * 3.999))
            glyph = SHADES[step] if shapes else " "
            line.append((glyph * cells, f"heat{step}"))
        lines.append(_merged(line))
    foot = "0".ljust(12 * cells) + "12".ljust(11 * cells) + "23"
    lines.append([("    ", "text"), (foot, "label")])
    return lines


def _merged(line: Line) -> Line:
    """Join neighbours of one ink: fewer segments are painted faster."""
    found: Line = []
    for text, ink in line:
        if found and found[-1][1] == ink:
            found[-1] = (found[-1][0] + text, ink)
        else:
            found.append((text, ink))
    return found


def area(values: Sequence[int], width: int, height: int) -> Block:
    """Draw a line of values as an area from zero, stretched or thinned to the width."""
    room = max(1, width - AXIS)
    top = ceiling(max(values, default=0))
    lines: Block = [_axis(top, row, height) for row in range(height)]
    if values:
        points = [values[min(len(values) - 1, at * len(values) // room)] for at in range(room)]
        points[-1] = values[-1]
        cells = [column(value, top, height) for value in points]
        for row in range(height):
            lines[row].append(("".join(cell[row] for cell in cells), "accent"))
    lines.append([(" " * AXIS, "text"), ("─" * room, "rule")])
    return lines


def named_bars(rows: Iterable[tuple[str, int, str, str]], width: int) -> Block:
    """Draw a bar for each (name, value, ink, glyph), the longest as long as there is room for."""
    rows = list(rows)
    most = max((value for _, value, _, _ in rows), default=0)
    label = max((len(name) for name, _, _, _ in rows), default=0) + 2
    room = max(4, width - label - 10)
    lines: Block = []
    for name, value, ink, glyph in rows:
        cells = max(1, round(value / most * room)) if value else 0
        said = f"{glyph} {value:,}".strip()
        lines.append(
            [(name.ljust(label), "muted"), ("━" * cells, ink), (f" {said}" if cells else said, "muted")]
        )
    return lines


def share_bar(share: float | None, width: int) -> Line:
    """Draw a met share with its percentage: green, amber or red, and a glyph that says the same."""
    if share is None:
        return [("─" * (width - 7), "rule"), ("   –   ", "label")]
    ink, glyph = grade(share)
    # Rounded down: 89.6 % is red, and nine in ten beside it is amber.
    said = f"{int(share * 100 + 1e-9)}%"
    return [*bar(share, width - 7, ink), (f" {glyph or ' '} {said}".ljust(7), ink)]


def grade(share: float) -> tuple[str, str]:
    """How good a met share is: its ink and glyph."""
    if share >= 0.95:
        return "within", ""
    return ("atrisk", "◆") if share >= 0.9 else ("breached", "▲")


def percent(share: float) -> str:
    """A share in whole percent; what is not quite all is never written as all."""
    return f"{99 if 0.99 <= share < 1 else round(share * 100)}%"


def short(number: int) -> str:
    """A number in at most four cells."""
    if number < 10_000:
        return str(number)
    return f"{number // 1000}k" if number < 1_000_000 else f"{number // 1_000_000}M"
