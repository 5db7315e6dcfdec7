"""The steps of a ticket's process as lines: how each stands, never by colour alone, whose, until when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from rich.segment import Segment
from rich.style import Style

from deskterm.domain.left import day_of, left_words
from deskterm.domain.plain import clean_line
from deskterm.domain.process import StepState
from deskterm.domain.process_lines import StepLine
from deskterm.domain.process_words import CURRENT_GLYPH, GLYPHS, STATES
from deskterm.domain.views import TicketView
from deskterm.ui.safe import fit
from deskterm.ui.theme import LATE_GLYPH, Palette
from deskterm.ui.widgets.footer import Shape
from deskterm.ui.widgets.message_lines import Line, cells_of

ORDER = (StepState.DONE, StepState.SKIPPED, StepState.NEEDLESS)
"""In which order what is over is counted."""


def glyph_of(line: StepLine) -> str:
    """Return what stands before a step: how it ended, or whose turn it is."""
    return CURRENT_GLYPH if line.current and line.state is StepState.OPEN else GLYPHS[line.state]


def place(lines: Sequence[StepLine]) -> str:
    """Say how far a process is: "3/6" while the third of six steps is done, "6/6" when nothing is left."""
    needed = [line for line in lines if line.state is not StepState.NEEDLESS]
    at = next((at for at, line in enumerate(needed, 1) if line.current), len(needed))
    return f"{at}/{len(needed)}"


def whose_words(line: StepLine) -> str:
    """Say whose a step is: an agent's login, or which role has to say yes."""
    if line.step.approval is not None:
        return f"{line.step.approval}'s yes"
    return clean_line(line.whose, 40) or "nobody's"


def deadline(line: StepLine, now: datetime) -> tuple[str, bool]:
    """Return the business time a step has left as clocks show it, and whether it is late; "" without one."""
    if line.due_at is None:
        return "", False
    late = line.late(now)
    left = left_words(line.left(now), day_of(line.calendar), over=late)
    return (f"{LATE_GLYPH} {left}" if late else left), late


def beside(line: StepLine, now: datetime) -> tuple[str, str, bool]:
    """Return what stands at the right of a step, how long it has yet, and whether it is late."""
    if line.state is StepState.DONE:
        return clean_line(line.by, 40), "", False
    if line.state is StepState.NEEDLESS:
        return STATES[line.state], "", False
    if line.state is StepState.OPEN and not line.current:
        return "required" if line.step.required else "", "", False
    left, late = deadline(line, now)
    said = (
        whose_words(line)
        if line.state is StepState.OPEN
        else f"{STATES[line.state]} {clean_line(line.by, 40)}"
    )
    return said.strip(), left, late


def step_line(line: StepLine, width: int, look: Palette, now: datetime) -> Line:
    """Write one step: its glyph, its name, and at the right whose it is and until when."""
    said, left, late = beside(line, now)
    words = "  ".join(filter(None, (said, left)))
    name = clean_line(line.step.name, 200)
    words = words if cells_of(words) <= width // 2 else left or fit(said, width // 2)
    said = words.removesuffix(left)
    room = max(6, width - 2 - (cells_of(words) + 1 if words else 0))
    shown = fit(name, room)
    waits = line.current and line.state is StepState.OPEN
    return [
        Segment(glyph_of(line) + " ", _glyph_style(line, look)),
        Segment(shown + (" " if words else ""), look.bold if line.current else _name_style(line, look)),
        Segment(said, look.muted if waits else look.label),
        Segment(left, look.breached + Style(bold=True) if late else look.muted),
    ]


def title(view: TicketView, width: int, look: Palette) -> Line:
    """Write the head of the section: the name of the process, and how far it is at the right."""
    over = not any(line.current for line in view.steps)
    far = f"{GLYPHS[StepState.DONE]} {place(view.steps)}" if over else place(view.steps)
    room = max(1, width - len("PROCESS  ") - cells_of(far) - 1)
    return [
        Segment("PROCESS  ", look.label + Style(bold=True)),
        Segment(fit(view.ticket.process, room) + " ", look.label + Style(bold=True)),
        Segment(far, look.within if over else look.muted),
    ]


def step_lines(lines: Sequence[StepLine], width: int, look: Palette, now: datetime, room: int) -> list[Line]:
    """Write the steps in at most `room` lines, two at least: what is over is counted, then the rest."""
    if len(lines) <= room:
        return [step_line(line, width, look, now) for line in lines]
    at = next((at for at, line in enumerate(lines) if line.current), len(lines))
    before, left = lines[:at], lines[at:]
    head = [_counted(before, width, look)] if before else []
    room = max(1, room - len(head))
    shown = left if len(left) <= room else left[: max(1, room - 1)]
    more = left[len(shown) :]
    tail = [_more(more, width, look)] if more else []
    return [*head, *(step_line(line, width, look, now) for line in shown), *tail]


def _counted(lines: Iterable[StepLine], width: int, look: Palette) -> Line:
    many = Counter(line.state for line in lines)
    said = ", ".join(f"{many[state]} {STATES[state]}" for state in ORDER if many[state])
    return [Segment(GLYPHS[StepState.DONE] + " ", look.within), Segment(fit(said, width - 2), look.muted)]


def _more(lines: Sequence[StepLine], width: int, look: Palette) -> Line:
    required = sum(line.shuts for line in lines)
    said = f"{len(lines)} more" + (f", {required} required" if required else "")
    return [Segment(GLYPHS[StepState.OPEN] + " ", look.muted), Segment(fit(said, width - 2), look.muted)]


def _glyph_style(line: StepLine, look: Palette) -> Style:
    if line.state is StepState.DONE:
        return look.within
    return look.accent_bold if line.current else look.muted


def _name_style(line: StepLine, look: Palette) -> Style:
    return look.label if line.state is StepState.NEEDLESS else look.muted if line.state.over else look.plain


def at_words(view: TicketView) -> str:
    """Say in a few words where a ticket's process is: "Incident ▸ Fix 3/6"; "" without one."""
    if not view.steps:
        return ""
    here = next((line.step.name for line in view.steps if line.current), "")
    name = clean_line(view.ticket.process, 40)
    where = f"{CURRENT_GLYPH} {clean_line(here, 40)}" if here else GLYPHS[StepState.DONE]
    return f"{name} {where} {place(view.steps)}"


def offering_steps(shape: Shape, view: TicketView | None) -> Shape:
    """Say at the foot which key shows the steps, of a ticket that has some."""
    if view is None or not view.steps:
        return shape
    return shape._replace(orders=(*shape.orders, ("ticket.steps", 15)))


def next_due(view: TicketView) -> Iterator[datetime]:
    """Yield the moments at which a clock or a step of a ticket turns amber or red."""
    for clock in view.clocks:
        yield from (at for at in (clock.risk_at, clock.due_at) if at is not None)
    for line in view.steps:
        yield from () if line.due_at is None else (line.due_at,)
