"""Looks for mails that break the reader: `make fuzz`, for ten minutes unless FUZZ_SECONDS says otherwise.

What it finds is shrunk and printed; put it into tests/data/mail once it is mended. Time and memory are
watched as well as faults: the slowest mail and the growth of this process are said at the end.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.channels.mail_shapes import raws
from tests.channels.test_mail_fuzz import check

SECONDS = float(os.environ.get("FUZZ_SECONDS", "600"))
MOST_GROWTH = 200
"""MB that many thousands of mails may leave in this process: what is not given back grows without end."""


def main() -> int:
    """Fuzz until the time is over. Returns 1 when memory grew; a fault is raised as it is."""
    count = 0
    slowest = 0.0
    end = time.monotonic() + SECONDS
    base = 0
    while time.monotonic() < end:
        chance = random.SystemRandom().getrandbits(64)

        @seed(chance)
        @settings(max_examples=2000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(raws)
        def look(raw: bytes) -> None:
            nonlocal count, slowest
            start = time.perf_counter()
            check(raw)
            slowest = max(slowest, time.perf_counter() - start)
            count += 1

        look()
        base = base or _megabytes()
    grown = _megabytes() - base
    print(f"{count:,} mails in {SECONDS:.0f} s, the slowest {slowest:.2f} s, {grown} MB more memory")
    return int(grown > MOST_GROWTH)


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    raise SystemExit(main())
