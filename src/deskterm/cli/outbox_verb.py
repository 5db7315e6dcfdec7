"""`outbox`: what waits to leave the house or could not, tried again or taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.channels.shapes import outbox_shape, stamp
from deskterm.cli.output import Cell
from deskterm.cli.session import Session
from deskterm.domain.errors import UsageError
from deskterm.domain.outgoing import PENDING, OutState

if TYPE_CHECKING:
    from deskterm.domain.outgoing import OutboxLine

COLOURS = {OutState.FAILED: "red"}


def outbox(session: Session) -> int:
    """List the outbox, or try again or cancel what is in it."""
    action = session.options.action
    return _list(session) if action == "list" else _decide(session, action)


def _list(session: Session) -> int:
    out = session.out
    found = session.store.outbox(tuple(OutState) if session.options.all else PENDING)
    if out.json:
        out.stream(outbox_shape(one) for one in found)
    elif not found:
        out.say("the outbox is empty" if session.options.all else "nothing waits and nothing has failed")
    else:
        columns = ("n", "written", "state", "to", "ticket", "said")
        out.table(columns, [_cells(one) for one in found], right="n")
    return 0


def _cells(one: OutboxLine) -> tuple[Cell, ...]:
    return (
        Cell(str(one.number)),
        Cell(stamp(one.at) or ""),
        Cell(one.state.value, COLOURS.get(one.state, "")),
        Cell(one.to or "-"),
        Cell(f"#{one.ticket}" if one.ticket is not None else "-"),
        Cell(one.error or "-"),
    )


def _decide(session: Session, action: str) -> int:
    store, out = session.writer, session.out
    told = []
    for number in _numbers(session):
        (store.retry_outgoing if action == "retry" else store.cancel_outgoing)(number)
        said = "is tried again" if action == "retry" else "is taken out"
        told.append({"number": number, "state": "waiting" if action == "retry" else "cancelled"})
        if not out.json:
            out.line(f"{number} {said}")
    if out.json:
        out.emit(told)
    return 0


def _numbers(session: Session) -> tuple[int, ...]:
    typed = str(session.options.numbers)
    if typed == "failed":
        return tuple(one.number for one in session.store.outbox((OutState.FAILED,)))
    found = []
    for part in filter(None, typed.split(",")):
        if not (part.strip().isascii() and part.strip().isdigit() and len(part.strip()) < 16):
            raise UsageError(f"{part!r} is no number", field="number", hint="such as 3 or 3,4, or failed")
        found.append(int(part))
    if not found:
        raise UsageError(
            "which one?",
            field="number",
            hint="a number of deskterm outbox list, 3,4, or failed for all of those",
        )
    return tuple(dict.fromkeys(found))
