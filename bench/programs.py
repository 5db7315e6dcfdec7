"""The programs that are measured side by side: deskterm in its layouts, and the floors."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.session import Session

FLOOR = Path(__file__).parent / "floor"
SOURCE = Path(__file__).parent.parent / "src"
"""What is measured is the source beside the bench, whatever is installed."""
ROW = r"(^|│)[ ▌]*(?P<number>\d{2,}) +P[1-4] "
"""A row with a ticket's number: a page with real tickets, not a frame around nothing."""


@dataclass(frozen=True, slots=True)
class Program:
    """A command, the colours of its terminal, and what its first page looks like."""

    name: str
    command: tuple[str, ...]
    ready: str
    true_colour: bool = False

    def run(self) -> Session:
        """Start it on a terminal of its own."""
        return Session(self.command, environment(self.true_colour))


def environment(true_colour: bool) -> dict[str, str]:
    """Return what a user's shell would hand on, without what would disturb."""
    dropped = (
        "PYTHON",
        "VIRTUAL_ENV",
        "DESKTERM",
        "TEXTUAL",
        "COLORTERM",
        "COLUMNS",
        "LINES",
        "NO_COLOR",
        "SSH",
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    kept |= {"PYTHONPATH": str(SOURCE), "TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    return kept | ({"COLORTERM": "truecolor"} if true_colour else {})


def lines(table: Path) -> Program:
    """The floor for start and move: a bare list in Textual."""
    return Program("floor lines", (sys.executable, str(FLOOR / "textual_lines.py"), str(table)), "READY")


def region(table: Path) -> Program:
    """The floor for scrolling: the same list with the terminal scrolling."""
    return Program("floor region", (sys.executable, str(FLOOR / "textual_region.py"), str(table)), "READY")


def deskterm(desk: Path, agent: str, layout: str) -> Program:
    """The inbox in a layout: the wide one in 256 colours as the targets say, the default one in all."""
    command = (sys.executable, "-m", "deskterm", "--db", str(desk), "--as", agent, "--layout", layout)
    return Program(f"deskterm {layout}", command, ROW, layout == "default")
