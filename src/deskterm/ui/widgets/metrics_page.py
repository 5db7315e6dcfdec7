"""The metrics as one page of lines, and the spots on it for the cursor: from a view and a width alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from deskterm.domain.kinds import Priority
from deskterm.domain.views import AgentLoad, MetricsView, Verdicts
from deskterm.ui.widgets import chart, figures
from deskterm.ui.widgets.figures import TILE, TILE_LINES, Behind, Figure
from deskterm.ui.widgets.ink import (
    PRIORITY_INK,
    Block,
    Line,
    beside,
    cut,
    length,
    padded,
    right,
    spread,
    width_of,
)

MARGIN, GAP = 1, 4
TWO_COLUMNS = 100
BARS, BACKLOG_LINES = 8, 4
MONTH, SIDE = chart.AXIS + 2 * 28, 48
"""Cells for a month of days on the left, as long as the right side keeps this many."""

MOST_AGENTS, ROOMY = 6, 52


class Spot(NamedTuple):
    """Something the cursor can be on: where it is, what it says, and the tickets behind it."""

    key: str
    x: int
    y: int
    width: int
    height: int
    said: str
    query: str
    behind: str
    how: str
    panel: int = 0


@dataclass(slots=True)
class Panel:
    """A part of the page: its lines and the spots in them."""

    block: Block
    spots: list[Spot] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is made from besides the view: the queries behind it, and shapes for shades."""

    behind: Behind
    shapes: bool
    on_days: Callable[[date, date], str]
    filter: str = ""


Maker = Callable[[MetricsView, int, Asked], Panel]


def page(view: MetricsView, width: int, asked: Asked) -> Panel:
    """Lay out the whole page: side by side where there is room, else under each other."""
    inner = max(40, width - 2 * MARGIN)

    def built(wide: int, *makers: Maker) -> list[Panel]:
        return [make(view, wide, asked) for make in makers]

    top = built(inner, _tiles)
    others: list[Maker] = [_others] if len(view.agents) > MOST_AGENTS else []
    time: list[Maker] = [_worked] if figures.worked(view) else []
    if width >= TWO_COLUMNS:
        half = max((inner - GAP) // 2, min(MONTH, inner - GAP - SIDE))
        left = _stack(_numbered(built(half, _volume, _arrivals, _ages), 1))
        more = [] if others else time
        rest = _stack(_numbered(built(inner - GAP - half, _sla, _workload, _backlog, _again, *more), 4))
        below = _side_by_side(left, rest, half)
        last = _numbered(built(half, *others), 8)
        if others and time:
            last = [_side_by_side(last[0], _numbered(built(inner - GAP - half, *time), 9)[0], half)]
    else:
        parts = (_volume, _sla, _backlog, _workload, _arrivals, _ages, _again)
        below = _stack(_numbered(built(inner, *parts), 1))
        last = _numbered(built(inner, *others, *time), 8)
    whole = _stack([*_numbered(top, 0), below, *last])
    return Panel(
        [[(" " * MARGIN, "text"), *line] for line in whole.block],
        [spot._replace(x=spot.x + MARGIN) for spot in whole.spots],
    )


def _side_by_side(left: Panel, rest: Panel, half: int) -> Panel:
    return Panel(beside(left.block, rest.block, half, GAP), [*left.spots, *_moved(rest, half + GAP, 0)])


def _numbered(panels: list[Panel], first: int) -> list[Panel]:
    """Give the spots the number of their panel."""
    return [
        Panel(panel.block, [spot._replace(panel=number) for spot in panel.spots])
        for number, panel in enumerate(panels, first)
    ]


def _moved(panel: Panel, x: int, y: int) -> list[Spot]:
    return [spot._replace(x=spot.x + x, y=spot.y + y) for spot in panel.spots]


def _stack(panels: Iterable[Panel]) -> Panel:
    """Put panels under each other with a blank line between."""
    found = Panel([])
    for panel in panels:
        if found.block:
            found.block.append([])
        found.spots += _moved(panel, 0, len(found.block))
        found.block += panel.block
    return found


def _title(text: str, more: Line | None = None) -> Line:
    return [(f"{text}  ", "bold"), *(more or [])]


def _spot(figure: Figure, x: int, y: int, width: int, height: int) -> Spot:
    words = figure.change[0]
    said = f"{figure.label} {figure.value}" + (f", {words}" if words else "") + f", {figure.note}"
    how = figure.key.partition(" ")[0]
    return Spot(figure.key, x, y, width, height, said.rstrip(", "), figure.query, figure.behind, how)


def _tiles(view: MetricsView, width: int, asked: Asked) -> Panel:
    """The figures along the top, in rows of seven, four or three."""
    shown = figures.tiles(view, asked.behind)
    fit = (width + 1) // (TILE + 1)
    row = next(count for count in (len(shown), 4, 3, 2) if count <= max(2, fit))
    wide = (width - row + 1) // row
    panel = Panel([])
    for start in range(0, len(shown), row):
        if panel.block:
            panel.block.append([])
        y = len(panel.block)
        lines: Block = [[] for _ in range(TILE_LINES)]
        x = 0
        for place, figure in enumerate(shown[start : start + row]):
            size = wide + (place < width - row * (wide + 1) + 1)
            for line, piece in zip(lines, figures.tile(figure, size), strict=True):
                line += [*piece, (" ", "text")]
            panel.spots.append(_spot(figure, x, y, size, TILE_LINES))
            x += size + 1
        panel.block += lines
    return panel


def _volume(view: MetricsView, width: int, asked: Asked) -> Panel:
    drawn = chart.buckets(view.days, width)
    each = (drawn[0].last - drawn[0].first).days + 1 if drawn else 1
    per = {1: "day", 7: "week"}.get(each, f"{each} days")
    solved = "▒" if asked.shapes else "■"
    legend: Line = [("■ ", "created"), ("created  ", "muted"), (f"{solved} ", "solved"), ("solved", "muted")]
    block = [_title(f"Created and solved per {per}", legend)]
    if not drawn:
        return Panel([*block, [("no tickets in this period", "label")]])
    block += chart.day_bars(drawn, width, BARS, asked.shapes)
    spots = []
    for one in drawn:
        days = _day_words(one.first, one.last)
        said = f"{days}: {one.created:,} created, {one.solved:,} solved, {one.active:,} active after"
        query = f"{asked.on_days(one.first, one.last)} {asked.filter}".strip()
        spots.append(
            Spot(f"days {one.first}", one.x, 1, one.width, BARS, said, query, "created then", "days")
        )
    return Panel(block, spots)


def _day_words(first: date, last: date) -> str:
    if first == last:
        return f"{first:%a} {first.day} {first:%b}"
    return f"{first.day} {first:%b} – {last.day} {last:%b}"


def _arrivals(view: MetricsView, width: int, asked: Asked) -> Panel:
    block = [_title("When tickets arrive", [("hour × weekday", "muted")])]
    block += chart.heat_map(view.arrivals, width, asked.shapes)
    most, day, hour = max(
        (count, -day, -hour) for day, row in enumerate(view.arrivals) for hour, count in enumerate(row)
    )
    said = "nothing arrived"
    if most:
        said = f"busiest: {chart.WEEKDAYS[-day]} {-hour}:00 to {1 - hour}:00 with {most:,} tickets"
    wide = 4 + 24 * (2 if width >= 52 else 1)
    spot = Spot(
        "arrivals", 0, 1, wide, 7, said, asked.behind.created, "tickets created in the period", "arrivals"
    )
    return Panel(block, [spot])


def _ages(view: MetricsView, width: int, asked: Asked) -> Panel:
    names = ("< 1 day", "1-3 days", "3-7 days", "> 7 days")
    ranges = ("created:<1d", "created:>=1d created:<3d", "created:>=3d created:<7d", "created:>=7d")
    rows = [(name, count, "accent", "") for name, count in zip(names, view.ages, strict=True)]
    if view.ages[3]:
        rows[3] = (names[3], view.ages[3], "atrisk", "◆")
    block = [_title("Age of the backlog"), *chart.named_bars(rows, width)]
    spots = []
    for place, (name, count) in enumerate(zip(names, view.ages, strict=True)):
        query = f"{asked.behind.active} {ranges[place].replace('>=', '>')}"
        said = f"active {name.replace('<', 'under').replace('>', 'over')}: {count:,}"
        spots.append(
            Spot(f"ages {place}", 0, 1 + place, width, 1, said, query, "active tickets of that age", "ages")
        )
    return Panel(block, spots)


def _sla(view: MetricsView, width: int, asked: Asked) -> Panel:
    """SLA met by priority: first reply and resolution side by side."""
    half = (width - 4) // 2
    source = [(f"({view.source} verdicts)", "label")] if view.source == "imported" else []
    titles = (_title("SLA met by priority", source), _title("SLA met by priority"), _title("SLA met"))
    title = next((one for one in titles if length(one) + 12 <= half + 2), titles[-1])
    head = spread(title, [(" first reply", "label")], half + 2)
    panel = Panel([[*head, (right("resolution", half), "label")]])
    for priority in Priority:
        panel.block.append([])
        y = len(panel.block)
        line: Line = [(f"{priority.value}  ", PRIORITY_INK[priority])]
        for place, (name, how, found) in enumerate(
            (
                ("first reply", "reply_sla", view.reply_by_priority.get(priority.value)),
                ("resolution", "sla", view.resolution_by_priority.get(priority.value)),
            )
        ):
            line += [*chart.share_bar(found.share if found else None, half - 2), ("  ", "text")]
            query = f"{asked.behind.created} priority:{priority.value.lower()}"
            behind = f"{priority} tickets of the period"
            if found:
                query += " reply:missed" if how == "reply_sla" else " resolution:missed"
                behind = f"the {found.total - found.met:,} that missed it"
            said = f"{priority} {name}: {_verdicts(found)}"
            spot = Spot(f"{how} {priority}", 4 + place * half, y, half - 2, 1, said, query, behind, how)
            panel.spots.append(spot)
        panel.block.append(line)
    return panel


def _verdicts(found: Verdicts | None) -> str:
    if found is None or found.share is None:
        return "no verdicts"
    return f"{found.met:,} of {found.total:,} met ({found.share * 100:.1f}%)"


def _workload(view: MetricsView, width: int, asked: Asked) -> Panel:
    shown = min(MOST_AGENTS, len(view.agents))
    some: Line = (
        [(f"{shown} of {len(view.agents)}", "muted")] if shown < len(view.agents) and width > ROOMY else []
    )
    panel = _loads(_title("Workload", some), view.agents[:MOST_AGENTS], width, asked)
    if not view.agents:
        panel.block.append([("nobody has worked in this period", "label")])
    return panel


def _others(view: MetricsView, width: int, asked: Asked) -> Panel:
    """The agents that the panel among the others has no room for, under all of them."""
    return _loads(_title("Workload of the others"), view.agents[MOST_AGENTS:], width, asked)


def _loads(title: Line, agents: Iterable[AgentLoad], width: int, asked: Asked) -> Panel:
    columns = ("active", "solved", "replies", "reopened")
    wide = 9
    heads: Line = [("".join(right(name, wide) for name in columns), "label")]
    panel = Panel([spread(title, heads, width)])
    for one in agents:
        y = len(panel.block)
        cells = _cells(one)
        values: Line = [(right(text, wide), "muted") for text in cells]
        panel.block.append(spread([(cut(one.agent, width - 4 * wide), "text")], values, width))
        owner = f'owner:"{one.agent}"'
        x = width - 4 * wide
        for name, base in (
            ("active", asked.behind.active),
            ("solved", asked.behind.solved),
            ("reopened", f"{asked.behind.solved} reopens:>0"),
        ):
            said = f"{one.agent}: {cells[columns.index(name)]} {name}"
            behind = _THEIRS[name]
            panel.spots.append(
                Spot(
                    f"{name} {one.agent}",
                    x + columns.index(name) * wide,
                    y,
                    wide,
                    1,
                    said,
                    f"{base} {owner}",
                    behind,
                    "workload",
                )
            )
    return panel


_THEIRS = {
    "active": "active and theirs",
    "solved": "solved in the period",
    "reopened": "solved in the period, after being reopened",
}


def _cells(one: AgentLoad) -> tuple[str, str, str, str]:
    again = f"{one.reopened / one.solved * 100:.0f}%" if one.solved else "–"
    return f"{one.active:,}", f"{one.solved:,}", f"{one.replies:,}", again


def _backlog(view: MetricsView, width: int, asked: Asked) -> Panel:
    values = [day.active for day in view.days]
    low, high = min(values, default=0), max(values, default=0)
    block = [_title("Backlog", [(f"active at the end of each day, {low:,} to {high:,}", "muted")])]
    block += chart.area(values, width, BACKLOG_LINES)
    said = f"backlog between {low:,} and {high:,}, {view.backlog:,} at the end"
    spot = Spot(
        "backlog line",
        0,
        1,
        width,
        BACKLOG_LINES,
        said,
        asked.behind.active,
        "tickets active now",
        "backlog",
    )
    return Panel(block, [spot])


def _again(view: MetricsView, width: int, asked: Asked) -> Panel:
    """What had to be done more than once."""
    return _listed(_title("Done more than once"), figures.again(view, asked.behind), width)


def _worked(view: MetricsView, width: int, asked: Asked) -> Panel:
    """How long was worked, by all together and by each agent."""
    panel = _listed(_title("Time worked"), figures.worked(view), width)
    spots = [spot._replace(said=f"time worked by {spot.said}") for spot in panel.spots]
    return Panel(panel.block, spots)


def _listed(title: Line, shown: Iterable[Figure], width: int) -> Panel:
    """Figures under each other, each with what it is of and how it moved."""
    panel = Panel([title])
    for figure in shown:
        words, ink = figure.change
        left: Line = [(figure.label, "muted")]
        value: Line = [(f"{figure.note}  ", "label"), (right(figure.value, 8), "bold")]
        value.append((right(words, 14), ink))
        panel.spots.append(_spot(figure, 0, len(panel.block), width, 1))
        panel.block.append(spread(left, value, width))
    return panel


def lit(line: Line, x: int, width: int, ground: str) -> Line:
    """Put part of a line on a ground."""
    found: Line = []
    at = 0
    for text, ink in padded(line, max(x + width, length(line))):
        size = width_of(text)
        # A wide character cannot be cut: such a text is lit as a whole.
        edges = (x, x + width) if size == len(text) else ()
        cuts = sorted({0, size, *(edge - at for edge in edges if 0 < edge - at < size)})
        for start, end in pairwise(cuts):
            inside = x <= at + start < x + width
            name = f"{ink.partition('@')[0]}@{ground}" if inside and not ink.startswith("heat") else ink
            found.append((text[start:end], name))
        at += size
    return found
