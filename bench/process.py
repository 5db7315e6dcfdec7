"""What a running process has used, from Linux itself: CPU to the nanosecond, memory, wake-ups."""

from __future__ import annotations

import re
import time
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of all of a process's threads, ended ones included."""
    # The clock id that clock_getcpuclockid(3) makes of a process id.
    return time.clock_gettime(~pid << 3 | 2)


def memory(pid: int) -> dict[str, float]:
    """Return MiB resident (rss), resident at most so far (peak) and resident shared fairly (pss)."""
    wanted = {"VmRSS": "rss", "VmHWM": "peak", "Pss": "pss"}
    found: dict[str, float] = {}
    for name in ("status", "smaps_rollup"):
        for line in Path(f"/proc/{pid}/{name}").read_text().splitlines():
            key, _, value = line.partition(":")
            if key in wanted:
                found[wanted[key]] = round(int(value.split()[0]) / 1024, 1)
    return found


def wakeups(pid: int) -> int:
    """Return how often the threads alive now have waited for something and gone on."""
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/status"):
        found = re.search(r"\nvoluntary_ctxt_switches:\s*(\d+)", task.read_text())
        total += int(found[1]) if found else 0
    return total
