"""`process`, `steps` and `step`: the process a ticket follows, its steps, and what became of one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from deskterm.cli.output import Cell, Output
from deskterm.cli.session import Session
from deskterm.cli.ticket_verbs import pair
from deskterm.domain import commands as c
from deskterm.domain.errors import NotFound, UsageError
from deskterm.domain.process import NO_PROCESS, StepState
from deskterm.domain.process_words import CURRENT_GLYPH, GLYPHS, STATES

if TYPE_CHECKING:
    from deskterm.domain.process_lines import StepLine
    from deskterm.domain.views import TicketView

_MEANT: Mapping[str, StepState] = {
    "done": StepState.DONE,
    "skip": StepState.SKIPPED,
    "refuse": StepState.REFUSED,
    "open": StepState.OPEN,
}
_PAINTS = {
    StepState.DONE: "green",
    StepState.SKIPPED: "amber",
    StepState.REFUSED: "red",
    StepState.NEEDLESS: "dim",
}
COLUMNS = ("#", "STATE", "STEP", "WHOSE", "BEFORE", "DUE", "SAID")


def process(session: Session) -> int:
    """Let tickets follow a process, or none."""
    numbers, name = session.numbers(), " ".join(session.options.name).strip()
    if not name:
        raise UsageError("which process is missing", field="process", hint=_known(session))
    found = session.store.policy.process_named(name)
    wanted = found.name if found is not None else "" if name.casefold() == NO_PROCESS else name
    return session.told(session.writer.dispatch(c.FollowProcess(numbers, wanted, session.options.reason)))


def _known(session: Session) -> str:
    names = [one.name for one in session.store.policy.processes]
    return "one of " + ", ".join([*names, NO_PROCESS]) if names else "an admin adds one to the policy"


def step(session: Session) -> int:
    """Say what became of a step."""
    options, numbers = session.options, session.numbers()
    if options.words and options.text is not None:
        raise UsageError("what is to be said is given twice", field="text", hint="as words, or with --text")
    said = [options.text] if options.text is not None else options.words
    text = session.words(said, "the text") if said else ""
    values = tuple(pair(given) for given in options.field)
    command = c.MarkStep(numbers, _named(session, numbers[0]), _MEANT[options.action], text, values)
    return session.told(session.writer.dispatch(command))


def _named(session: Session, number: int) -> str:
    """Return the name of the step that was meant; a place is one on the first ticket, for all of them."""
    typed = session.options.step.strip()
    try:
        lines = session.store.ticket(number, messages=1).steps
    except NotFound:
        return str(typed)
    for place, line in enumerate(lines, 1):
        if typed.casefold() in (line.step.name.casefold(), str(place)):
            return line.step.name
    return str(typed)


def steps(session: Session) -> int:
    """Show the steps of a ticket."""
    from deskterm.channels.shapes import step_shape

    number, out, store = session.number(), session.out, session.store
    view = store.ticket(number, messages=1)
    followed = view.ticket.process
    if out.json:
        lines = [step_shape(line, store.now()) for line in view.steps]
        out.emit({"number": number, "process": followed or None, "steps": lines})
    elif not followed:
        out.say(f"#{number} follows no process: deskterm process {number} NAME")
    else:
        out.line(process_words(view), "bold")
        step_table(out, view.steps, store.now(), store.zone)
    return 0


def process_words(view: TicketView) -> str:
    """Say which process a ticket follows, and how far it is: "Incident, at Root cause (2 of 3 over)"."""
    wanted = [line for line in view.steps if line.state is not StepState.NEEDLESS]
    over = sum(line.state.over for line in wanted)
    at = next((f", at {line.step.name}" for line in view.steps if line.current), "")
    return f"{view.ticket.process}{at} ({over} of {len(wanted)} over)"


def step_table(out: Output, lines: Iterable[StepLine], now: datetime, zone: tzinfo) -> None:
    """Write steps for people, each with its state, whose it is, until when, and what was said of it."""
    rows = (_cells(place, line, now, zone) for place, line in enumerate(lines, 1))
    out.table(COLUMNS, rows, right="#")


def _cells(place: int, line: StepLine, now: datetime, zone: tzinfo) -> tuple[Cell | str, ...]:
    step, late = line.step, line.late(now)
    state = Cell(f"{GLYPHS[line.state]} {STATES[line.state]}", _PAINTS.get(line.state, ""))
    if line.current and line.state is StepState.OPEN:
        state = Cell(f"{CURRENT_GLYPH} now", "bold")
    whose = f"{line.whose or 'nobody'}{' approves' if step.approval else ''}"
    due = f"{line.due_at.astimezone(zone):%Y-%m-%d %H:%M}" if line.due_at is not None else ""
    before = step.before.value if step.required else "optional"
    return (
        str(place), state, step.name, whose, before,
        Cell(f"▲ {due} late", "red") if late else due, "; ".join(_said(line, zone)),
    )  # fmt: skip


def _said(line: StepLine, zone: tzinfo) -> Iterator[str]:
    """Say who marked it, when and with which words; of what is left, what it asks for."""
    if line.by and line.at is not None:
        who = f"{line.by} {line.at.astimezone(zone):%Y-%m-%d %H:%M}"
        yield f"{who}: {line.text}" if line.text else who
    if line.state.over:
        return
    if line.step.fields:
        yield "fills " + ", ".join(line.step.fields)
    if line.step.text:
        yield line.step.text
