"""What was measured, as tables for people and as JSON for comparing runs."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from bench.measures import Figures
from bench.targets import Programs, Verdict
from deskterm.storage.sqlite_library import VERSION


def machine() -> dict[str, object]:
    """Say where it was measured."""
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "cpu": model[0].partition(":")[2].strip() if model else platform.machine(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "textual": version("textual"),
        "sqlalchemy": version("sqlalchemy"),
        "sqlite": ".".join(map(str, VERSION)),
        "load": round(os.getloadavg()[0], 2),
    }


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out cells as a Markdown table with aligned columns."""
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    lines = ["| " + " | ".join(_aligned(row, widths)) + " |" for row in cells]
    lines.insert(1, "| " + " | ".join("-" * (width - 1) + ":" if place else "-" * width
                                      for place, width in enumerate(widths)) + " |")  # fmt: skip
    return "\n".join(lines)


def _aligned(row: list[str], widths: list[int]) -> list[str]:
    return [text.rjust(width) if place else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))]  # fmt: skip


def figure(value: float | None) -> str:
    """Write a figure with the digits that mean something."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def figures(columns: dict[str, Figures]) -> str:
    """Lay out every figure, one column for each program or size."""
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    rows = [[name, *(figure(column.get(name)) for column in columns.values())] for name in names]
    return table(["", *columns], rows)


def verdicts(found: Iterable[Verdict]) -> str:
    """Lay out targets."""
    return table(["target", "figure", "ratio", "at most", ""], [each.line() for each in found])


def write(path: Path, sizes: dict[int, Programs], judged: dict[str, list[Verdict]]) -> None:
    """Write everything as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    held = {
        "machine": machine(),
        "sizes": {str(size): programs for size, programs in sizes.items()},
        "targets": {name: [asdict(each) for each in found] for name, found in judged.items()},
    }
    path.write_text(json.dumps(held, indent=1) + "\n")
    print(f"\n{path}", file=sys.stderr)
