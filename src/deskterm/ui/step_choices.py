"""The steps of one ticket's process, or of several tickets', as what can be chosen and is told of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from deskterm.domain.left import left_words
from deskterm.domain.plain import clean_line, clean_text
from deskterm.domain.process import Gate, StepState
from deskterm.domain.process_lines import StepLine, Stepped
from deskterm.domain.process_words import GLYPHS, STATES
from deskterm.domain.views import TicketView
from deskterm.ui.widgets.clock import hour
from deskterm.ui.widgets.step_lines import beside, deadline, glyph_of, whose_words

GATES = {Gate.SOLVED: "solving", Gate.CLOSED: "closing"}


@dataclass(frozen=True, slots=True)
class StepChoice:
    """One step to choose. `there` holds how it stands by ticket, `empty` the form fields that it asks for and
    that are empty on each ticket on which it is still to be done. `text` are its instructions and `facts` the
    rest that is told of it, line by line.
    """

    name: str
    glyph: str
    style: str
    beside: str
    text: tuple[str, ...]
    facts: tuple[str, ...]
    there: dict[int, StepState]
    current: bool
    approval: bool
    empty: tuple[str, ...] = ()

    def but(self, state: StepState) -> tuple[int, ...]:
        """Return the tickets on which it is anything else, and is needed."""
        return tuple(number for number, is_ in self.there.items() if is_ not in (state, StepState.NEEDLESS))


def step_choices(tickets: Sequence[Stepped], now: datetime, zone: tzinfo) -> tuple[StepChoice, ...]:
    """Return the steps of tickets in their order; those of one name are one."""
    found: dict[str, list[tuple[Stepped, StepLine]]] = {}
    for one in tickets:
        for line in one.steps:
            found.setdefault(line.step.name.casefold(), []).append((one, line))
    if len(tickets) == 1:
        return tuple(_one(*lines[0], now, zone) for lines in found.values())
    return tuple(_several(lines) for lines in found.values())


def _one(one: Stepped, line: StepLine, now: datetime, zone: tzinfo) -> StepChoice:
    said, left, late = beside(line, now)
    if line.state is StepState.OPEN and not line.current:
        words = [whose_words(line), said]
    elif line.state is StepState.DONE:
        words = [said, hour(line.at, now, zone) if line.at is not None else ""]
    else:
        words = [said, f"{'late' if late else 'due in'} {left}" if left else ""]
    return StepChoice(
        line.step.name,
        glyph_of(line),
        _style(line),
        "  ".join(filter(None, words)),
        _text(line),
        (*_asks(line), *_told(line, now, zone)),
        {one.ticket.number: line.state},
        line.current,
        line.step.approval is not None,
        _empty([(one, line)]),
    )


def _several(lines: Sequence[tuple[Stepped, StepLine]]) -> StepChoice:
    line = lines[0][1]
    many = Counter(one.state for _, one in lines)
    return StepChoice(
        line.step.name,
        GLYPHS[line.state] if len(many) == 1 else " ",
        "$within" if list(many) == [StepState.DONE] else "$muted",
        ", ".join(f"{STATES[state]} on {many[state]:,}" for state in StepState if many[state]),
        _text(line),
        tuple(_asks(line)),
        {one.ticket.number: its.state for one, its in lines},
        any(one.current for _, one in lines),
        line.step.approval is not None,
        _empty(lines),
    )


def _empty(lines: Sequence[tuple[Stepped, StepLine]]) -> tuple[str, ...]:
    """Return the fields that are asked for: what one ticket holds already is not written over."""
    held = [dict(one.ticket.fields) for one, line in lines if line.state is not StepState.DONE]
    return tuple(name for name in lines[0][1].step.fields if not any(fields.get(name) for fields in held))


def _told(line: StepLine, now: datetime, zone: tzinfo) -> Iterator[str]:
    if line.due_at is not None:
        left, late = deadline(line, now)
        at = hour(line.due_at, now, zone)
        yield f"was due {at}, {left}" if late else f"due {at}, {left} left"
    if line.state is StepState.OPEN:
        return
    who = f" by {clean_line(line.by, 40)}" if line.by else ""
    when = f", {hour(line.at, now, zone)}" if line.at is not None and line.by else ""
    text = f": {clean_line(line.text, 500)}" if line.text else ""
    yield f"{STATES[line.state]}{who}{when}{text}"


def _asks(line: StepLine) -> Iterator[str]:
    """Tell what a step asks for."""
    step = line.step
    facts = [f"{'required' if step.required else 'optional'} before {GATES[step.before]}"]
    facts.append("nothing after it is done before that yes" if step.approval is not None else "")
    facts.append(
        f"within {left_words(step.within, 10**9)} of business time" if step.within is not None else ""
    )
    yield " · ".join(filter(None, facts))
    if step.fields:
        yield f"asks for {', '.join(clean_line(name, 60) for name in step.fields)}"
    if step.when:
        yield f"for tickets of {clean_line(step.when, 200)}"


def _text(line: StepLine) -> tuple[str, ...]:
    return tuple(clean_text(line.step.text).strip().split("\n")) if line.step.text else ()


def _style(line: StepLine) -> str:
    return "$within" if line.state is StepState.DONE else "$accent" if line.current else "$muted"


def left_before_solving(tickets: Sequence[Stepped | TicketView]) -> list[str]:
    """Name the steps that stand before solving tickets; of several, each with on how many it does."""
    many = Counter(
        line.step.name
        for one in tickets
        for line in one.steps
        if line.shuts and line.step.before is Gate.SOLVED
    )
    return [name if len(tickets) == 1 else f"{name} on {count:,}" for name, count in many.items()]
