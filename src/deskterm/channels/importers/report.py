"""The report of an import: what came over, what was known already, and what could not be carried and why."""

from __future__ import annotations

from dataclasses import dataclass, field

EXAMPLES = 3


@dataclass(slots=True)
class Problem:
    """One way in which the file and the desk differ: how often, what was done, and the first places."""

    what: str
    done: str
    count: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)

    def __str__(self) -> str:
        places = "; ".join(f"line {line}: {text}" if text else f"line {line}" for line, text in self.examples)
        more = ", …" if self.count > len(self.examples) else ""
        return f"{self.count:,} × {self.what}: {self.done} ({places}{more})"


@dataclass(slots=True)
class ImportReport:
    """What an import did. `lines` counts data lines; `quiet_lines` those that changed nothing the desk keeps.

    `columns` are the file's columns that have no place on a desk. In a dry run `tickets` and `events`
    are what would be written.
    """

    path: str
    lines: int = 0
    tickets: int = 0
    events: int = 0
    skipped: int = 0
    quiet_lines: int = 0
    columns: tuple[str, ...] = ()
    dry_run: bool = False
    problems: dict[str, Problem] = field(default_factory=dict)

    def note(self, what: str, done: str, line: int, text: str = "") -> None:
        """Count a problem and keep its first places."""
        problem = self.problems.get(what)
        if problem is None:
            problem = self.problems[what] = Problem(what, done)
        problem.count += 1
        if len(problem.examples) < EXAMPLES:
            problem.examples.append((line, text))

    def text(self) -> list[str]:
        """Say it in lines for a person."""
        verb = "would be imported" if self.dry_run else "imported"
        said = [
            f"{self.tickets:,} tickets with {self.events:,} events {verb}",
            f"{self.lines:,} lines of {self.path} were read",
            f"{self.skipped:,} tickets were here already and stay as they are",
        ]
        if self.quiet_lines:
            said.append(f"{self.quiet_lines:,} lines changed nothing that a desk keeps")
        if self.columns:
            said.append("columns without a place on a desk: " + ", ".join(self.columns))
        return said + [str(problem) for problem in self.problems.values()]

    def as_dict(self) -> dict[str, object]:
        """Say it for a program (CONTRACT section 3)."""
        return {
            "file": self.path,
            "dry_run": self.dry_run,
            "lines": self.lines,
            "tickets": self.tickets,
            "events": self.events,
            "skipped": self.skipped,
            "quiet_lines": self.quiet_lines,
            "columns_not_carried": list(self.columns),
            "problems": [
                {
                    "what": problem.what,
                    "done": problem.done,
                    "count": problem.count,
                    "examples": [{"line": line, "text": text} for line, text in problem.examples],
                }
                for problem in self.problems.values()
            ],
        }
