"""A process that takes what it is handed: asker.py URL AGENT TIMES; prints the numbers it was handed."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout

from deskterm.cli import main


def run(url: str, agent: str, times: int) -> list[int]:
    """Be handed so many tickets, one after the other; ends early when there is nothing to do."""
    handed: list[int] = []
    for _ in range(times):
        said, wrong = io.StringIO(), io.StringIO()
        with redirect_stdout(said), redirect_stderr(wrong):
            code = main(["--db", url, "--as", agent, "next", "--json"])
        if code:
            sys.stderr.write(f"{code}: {wrong.getvalue()}")
            break
        number = json.loads(said.getvalue())["number"]
        handed.append(number)
        with redirect_stdout(io.StringIO()), redirect_stderr(wrong):
            if main(["--db", url, "--as", agent, "take", str(number)]):
                sys.stderr.write(wrong.getvalue())
    return handed


if __name__ == "__main__":
    # Everybody waits for the same line, so that everybody starts at once.
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(json.dumps(run(sys.argv[1], sys.argv[2], int(sys.argv[3]))) + "\n")
