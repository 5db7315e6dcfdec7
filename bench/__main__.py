"""`python -m bench`: measures deskterm beside its floors; `store` reads, `policy` clocks, `mail` intake."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bench import desks, mail_work, policy_work, programs, recount, report, scenarios, store_reads
from bench.measures import Figures
from bench.session import Failure
from bench.targets import TARGETS, Programs, Verdict, grown

RESULTS = Path(__file__).parent / "results"
WIDE_ROWS, DEFAULT_ROWS = 34, 15
"""Rows that the list shows in each layout on a terminal of 120 by 40."""


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("screens", "store", "policy", "mail"), default="screens")
    parser.add_argument("--quick", action="store_true", help="a thousand tickets, once, with little idling")
    parser.add_argument("--sizes", default="", metavar="N,N", help="how many tickets (1000,100000,1000000)")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="whole rounds; medians count (3)")
    parser.add_argument("--only", default="", metavar="WORD", help="start, list, work, read, watch or busy")
    parser.add_argument("--idle", type=float, default=scenarios.IDLE_SECONDS, metavar="SECONDS")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go (bench/results)")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.sizes, chosen.repeat, chosen.idle = chosen.sizes or "1000", 1, min(chosen.idle, 5.0)
    chosen.sizes = [int(size) for size in chosen.sizes.split(",")] if chosen.sizes else list(desks.SIZES)
    return chosen


def plan(size: int, only: str, idle: float) -> list[tuple[str, str, Callable[[], Figures]]]:
    """Return one round: what is measured of which program, in turn so that noise hits all alike."""
    desk = desks.desk(size)
    table = desks.floor_table(desk)
    lines, region = programs.lines(table), programs.region(table)
    wide, default = (programs.deskterm(desk, desks.AGENT, layout) for layout in ("wide", "default"))
    # First, while clocks still fall due: for all else they are done ahead.
    steps: list[tuple[str, str, Callable[[], Figures]]] = [
        ("busy", default.name, lambda: scenarios.busy(default, idle))
    ]
    starts: list[tuple[str, str, Callable[[], Figures]]] = []
    for program in (lines, region, wide, default):
        starts += [("start", program.name, lambda each=program: scenarios.started(each))] * 3  # type: ignore[misc]
    # One start of each in turn.
    steps += [starts[place] for turn in range(3) for place in range(turn, len(starts), 3)]
    steps += [
        ("list", lines.name, lambda: scenarios.floor(lines)),
        ("list", wide.name, lambda: scenarios.listed(wide, WIDE_ROWS)),
        ("list", region.name, lambda: scenarios.floor(region)),
        ("list", default.name, lambda: scenarios.listed(default, DEFAULT_ROWS)),
        ("work", default.name, lambda: scenarios.worked(default)),
        ("read", default.name, lambda: scenarios.read(default)),
        ("watch", default.name, lambda: scenarios.watched(default, desk, idle)),
    ]
    return [step for step in steps if only in ("", step[0])]


def measure(size: int, chosen: argparse.Namespace) -> Programs:
    """Run every round on a desk of a size."""
    runs: dict[str, list[Figures]] = {}
    for turn in range(chosen.repeat):
        idle = chosen.idle if turn == chosen.repeat - 1 else 2.0
        path = desks.desk(size)
        for what, name, step in plan(size, chosen.only, idle):
            if what != "busy":
                desks.settle(path)
            print(f"{size:,} · round {turn + 1} of {chosen.repeat} · {what} · {name}", file=sys.stderr)
            try:
                found = step()
            except Failure as failure:
                print(failure, file=sys.stderr)
                continue
            if idle < chosen.idle:
                # Idling is measured once, for long enough.
                found = {
                    each: value for each, value in found.items() if not each.startswith(("idle.", "busy."))
                }
            runs.setdefault(name, []).append(found)
    return {name: scenarios.merged(found) for name, found in runs.items()}


def screens(chosen: argparse.Namespace) -> None:
    """Measure the programs on their terminals."""
    sizes: dict[int, Programs] = {}
    judged: dict[str, list[Verdict]] = {}
    for size in chosen.sizes:
        sizes[size] = measure(size, chosen)
        found = [target.judge(sizes[size]) for target in TARGETS]
        judged[f"{size:,} tickets"] = [verdict for verdict in found if verdict is not None]
        report.write(chosen.json or RESULTS / "screens.json", sizes, judged)
    if len(sizes) > 1:
        small, large = min(sizes), max(sizes)
        judged[f"{large:,} tickets against {small:,}"] = grown(sizes[small], sizes[large])
    for size, measured in sizes.items():
        print(f"\n## {size:,} tickets\n\n{report.figures(measured)}")
    for name, verdicts in judged.items():
        print(f"\n## Targets, {name}\n\n{report.verdicts(verdicts)}")
    report.write(chosen.json or RESULTS / "screens.json", sizes, judged)


def store(chosen: argparse.Namespace) -> None:
    """Time the store's reads."""
    sizes = {size: {"store": store_reads.measure(desks.desk(size))} for size in chosen.sizes}
    print(report.figures({f"{size:,}": found["store"] for size, found in sizes.items()}))
    report.write(chosen.json or RESULTS / "store.json", sizes, {})


def policy(chosen: argparse.Namespace) -> None:
    """Time what a policy costs, and what whoever is at a screen waits while it is applied to a copy."""
    sizes = {}
    for size in chosen.sizes:
        path = desks.desk(size)
        sizes[size] = {"policy": policy_work.measure(path) | recount.measure(path)}
    print(report.figures({f"{size:,}": found["policy"] for size, found in sizes.items()}))
    report.write(chosen.json or RESULTS / "policy.json", sizes, {})


def mail(chosen: argparse.Namespace) -> None:
    """Take ten thousand mails in on an empty desk."""
    count = 1000 if chosen.quick else 10_000
    found = {count: {"mail": mail_work.measure(count)}}
    print(report.figures({f"{size:,}": figures["mail"] for size, figures in found.items()}))
    report.write(chosen.json or RESULTS / "mail.json", found, {})


def main() -> None:
    """Do what the command line says."""
    chosen = options()
    {"store": store, "policy": policy, "mail": mail, "screens": screens}[chosen.what](chosen)


if __name__ == "__main__":
    main()
