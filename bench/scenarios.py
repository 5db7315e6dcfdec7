"""What is done to each program: the same keys on the floors and on deskterm, and what only a desk can do."""

from __future__ import annotations

import re
from pathlib import Path

from bench import foreign, measures
from bench.desks import LONG, LONG_MESSAGES
from bench.measures import Figures
from bench.programs import ROW, Program
from bench.session import Session

VIEW = r"All open [\d,]+ ticket"
"""The heading of the list that is scrolled: it is long enough at every size."""
IDLE_SECONDS = 62.0
CHANGES = 40


def started(program: Program) -> Figures:
    """Only start it."""
    with program.run() as session:
        return measures.start(session, program.ready)


def floor(program: Program) -> Figures:
    """A list, and nothing else to do with it."""
    with program.run() as session:
        measures.start(session, program.ready)
        session.settle(0.5)
        measures.send(session, "2*j 2*k", quiet=0.06)
        found = measures.keys(session, "move", "30*j")
        measures.send(session, "12*j", quiet=0.06)
        found |= measures.keys(session, "scroll", "60*j")
        found |= measures.keys(session, "page", "5*d")
        found |= measures.held(session, "45*j")
        found |= measures.burst(session, "200*j")
        return found | measures.memory(session)


def all_open(session: Session, program: Program) -> None:
    """Open the desk and go to the long list, which also shows that the store is open."""
    measures.start(session, program.ready)
    measures.until(session, "view", "J J J J J", VIEW)
    session.rest(1.0)
    session.digest()


def listed(program: Program, rows: int) -> Figures:
    """The keys of the floor on deskterm's list, which shows `rows` rows."""
    with program.run() as session:
        all_open(session, program)
        measures.send(session, "2*j 2*k", quiet=0.06)
        moves = min(30, rows - 4)
        found = measures.keys(session, "move", f"{moves}*j")
        measures.send(session, f"{rows - moves}*j", quiet=0.06)
        found |= measures.keys(session, "scroll", "60*j")
        found |= measures.rest(session, "preview", "6*k")
        found |= measures.keys(session, "page", "<pgup> <pgdn> <pgup> <pgdn>")
        measures.send(session, "<home>", quiet=0.2)
        found |= measures.held(session, "45*j")
        measures.send(session, "<home>", quiet=0.2)
        found |= measures.burst(session, "100*j")
        return found | measures.memory(session)


def worked(program: Program) -> Figures:
    """Search, open tickets, and use the board."""
    with program.run() as session:
        all_open(session, program)
        found: Figures = {}
        measures.send(session, "/", quiet=0.3)
        found |= measures.keys(session, "typing", "i n v o i c e", quiet=0.07)
        found |= measures.until(session, "messages", "<enter>", r"invoice [\d,]+\+? ticket")
        measures.send(session, "<esc>", quiet=0.3)
        opened = [_opened(session) for _ in range(7)]
        for name in ("ms", "settled", "bytes", "frames", "cpu"):
            found[f"ticket.{name}"] = measures.percentile([each[f"ticket.{name}"] for each in opened], 0.5)
        found |= measures.until(session, "board", "2", r"↓ [\d,]+\+? more")
        session.rest(0.5)
        found |= measures.keys(session, "card", "8*j l 4*j l 4*j h h")
        return found | measures.memory(session)


def _opened(session: Session) -> Figures:
    """Open the next ticket and go back to the list."""
    measures.send(session, "j", quiet=0.25)
    found = measures.until(
        session, "ticket", "<enter>", r"CLOCKS[\s\S]*(reply|email|note|web|phone|chat|api) · "
    )
    measures.send(session, "<esc>", quiet=0.25)
    return found


def read(program: Program) -> Figures:
    """Open a ticket of a thousand messages, page up in it, and go to its first message and back."""
    with program.run() as session:
        all_open(session, program)
        measures.send(session, "/", quiet=0.3)
        measures.send(session, " <space> ".join(LONG.lower().split()) + " <enter>", quiet=0.3)
        session.rest(0.5)
        session.digest()
        last = rf"Message {LONG_MESSAGES - 1}:"
        runs: list[Figures] = []
        for _ in range(5):
            found = measures.until(session, "long", "<enter>", rf"CLOCKS[\s\S]*{last}")
            session.rest(0.3)
            found |= measures.keys(session, "long_page", "40*<pgup>", quiet=0.06)
            measures.send(session, "G", quiet=0.2)
            runs.append(found | measures.until(session, "long_first", "<home>", r"Message 0:"))
            runs[-1] |= measures.until(session, "long_last", "G", last)
            measures.send(session, "<esc>", quiet=0.3)
        return merged(runs) | {f"long_{name}": value for name, value in measures.memory(session).items()}


def watched(program: Program, desk: Path, idle: float) -> Figures:
    """Watch a colleague's changes arrive, then leave it alone."""
    with program.run() as session:
        all_open(session, program)
        row = re.search(ROW, session.terminal.text(), re.MULTILINE)
        assert row is not None
        found = foreign.painted(session, desk, int(row["number"]), CHANGES)
        return found | measures.idle(session, idle)


def busy(program: Program, seconds: float) -> Figures:
    """Leave it alone while clocks of the desk fall due, as they do on every desk at work."""
    with program.run() as session:
        all_open(session, program)
        return measures.idle(session, seconds, "busy")


def merged(runs: list[Figures]) -> Figures:
    """Return the median of each figure over the runs."""
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: measures.percentile([run[name] for run in runs if name in run], 0.5) for name in names}
