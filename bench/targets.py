"""The targets, as data: what may be slow is decided here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from bench.measures import Figures

WIDE, DEFAULT = "deskterm wide", "deskterm default"
LINES, REGION = "floor lines", "floor region"

Programs = dict[str, Figures]


@dataclass(frozen=True, slots=True)
class Target:
    """A figure of a program is at most a limit, or at most so many times a floor's figure."""

    what: str
    program: str
    figure: str
    limit: float
    floor: str = ""

    def judge(self, programs: Programs) -> Verdict | None:
        """Compare; None when it was not measured."""
        value = programs.get(self.program, {}).get(self.figure)
        base = programs.get(self.floor, {}).get(self.figure) if self.floor else 1.0
        if value is None or not base:
            return None
        return Verdict(self.what, value, base if self.floor else None, self.limit, value / base <= self.limit)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a target; `base` is the floor's figure of the same run."""

    what: str
    value: float
    base: float | None
    limit: float
    met: bool

    def line(self) -> list[str]:
        """Say it as cells of a table."""
        ratio = f"{self.value / self.base:.2f} ×" if self.base else f"{self.value:.1f}"
        limit = f"{self.limit:g} × {self.base:.1f}" if self.base else f"{self.limit:g}"
        return [self.what, f"{self.value:.1f}", ratio, limit, "met" if self.met else "MISSED"]


TARGETS = (
    Target("wide: start to first page, CPU ms", WIDE, "start.cpu", 1.3, LINES),
    Target("wide: move, CPU ms", WIDE, "move.cpu", 1.3, LINES),
    Target("wide: move, p50 ms", WIDE, "move.p50", 1.3, LINES),
    Target("wide: move, bytes", WIDE, "move.bytes", 600),
    Target("wide: scroll, CPU ms", WIDE, "scroll.cpu", 1.3, REGION),
    Target("wide: scroll, p50 ms", WIDE, "scroll.p50", 1.3, REGION),
    Target("wide: scroll, bytes", WIDE, "scroll.bytes", 600),
    Target("wide: page, frames", WIDE, "page.frames", 1),
    Target("wide: held key, lag ms", WIDE, "held.lag", 50),
    Target("default: move, bytes", DEFAULT, "move.bytes", 1500),
    Target("default: scroll, bytes", DEFAULT, "scroll.bytes", 3000),
    Target("default: preview at rest, frames", DEFAULT, "preview.frames", 1),
    Target("default: page, frames", DEFAULT, "page.frames", 1),
    Target("default: held key, lag ms", DEFAULT, "held.lag", 50),
    Target("typing to results, p50 ms", DEFAULT, "typing.p50", 30),
    Target("Enter to messages, ms", DEFAULT, "messages.ms", 100),
    Target("open a ticket, ms", DEFAULT, "ticket.ms", 60),
    Target("open 1,000 messages, ms", DEFAULT, "long.ms", 60),
    Target("page up in 1,000 messages, p95 ms", DEFAULT, "long_page.p95", 50),
    Target("to the first of 1,000 messages, ms", DEFAULT, "long_first.ms", 250),
    Target("back to the last, ms", DEFAULT, "long_last.ms", 50),
    Target("board: move, frames", DEFAULT, "card.frames", 1),
    Target("board: move, p50 ms", DEFAULT, "card.p50", 25),
    Target("foreign change painted, p95 ms", DEFAULT, "foreign.p95", 150),
    Target("idle, % of a core", DEFAULT, "idle.core", 0.5),
    Target("idle, frames a minute", DEFAULT, "idle.frames", 1.2),
    Target("wide: RSS, MiB", WIDE, "memory.rss", 90),
    Target("default: RSS, MiB", DEFAULT, "memory.rss", 90),
)

STEADY = (
    "start.ms", "start.cpu", "move.p50", "scroll.p50", "page.p50", "held.lag", "typing.p50", "messages.ms",
    "ticket.ms", "board.ms", "card.p50", "foreign.p50", "memory.rss",
)  # fmt: skip
"""Figures that may grow by a fifth or 2 ms from a thousand tickets to a million."""


def grown(small: Programs, large: Programs) -> list[Verdict]:
    """Compare the medians of the largest desk with those of the smallest."""
    verdicts = []
    for program in (WIDE, DEFAULT):
        for figure in STEADY:
            before, after = small.get(program, {}).get(figure), large.get(program, {}).get(figure)
            if before and after is not None:
                limit = max(1.2, (before + 2) / before)
                name = f"{program.removeprefix('deskterm ')}: {figure}, against the smallest desk"
                verdicts.append(Verdict(name, after, before, round(limit, 2), after / before <= limit))
    return verdicts
