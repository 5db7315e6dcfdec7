"""A process that runs deskterm again and again: writer.py URL AGENT TIMES; says what failed."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout

from deskterm.cli import main


def run(url: str, agent: str, times: int) -> int:
    """Write a note on ticket 1 and a ticket of its own, so many times; returns how many commands failed."""
    failed = 0
    for number in range(times):
        for words in (
            ["note", "1", f"{agent} {number}"],
            ["new", f"{agent} {number}", "--queue", "payments"],
        ):
            said, wrong = io.StringIO(), io.StringIO()
            with redirect_stdout(said), redirect_stderr(wrong):
                code = main(["--db", url, "--as", agent, *words])
            if code:
                failed += 1
                sys.stderr.write(f"{code}: {wrong.getvalue()}")
    return failed


if __name__ == "__main__":
    # Everybody waits for the same line, so that everybody starts at once.
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.exit(min(run(sys.argv[1], sys.argv[2], int(sys.argv[3])), 100))
