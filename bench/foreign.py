"""Another process at work on the desk: gives one ticket to somebody, and says when that was committed.

Run as `python -m bench.foreign DESK`; each line on stdin is a ticket number and a login.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter as now

from bench.desks import open_store
from bench.measures import Figures, percentile, shows
from bench.programs import environment
from bench.session import Failure, Session
from deskterm.domain.commands import Assign
from deskterm.domain.errors import Refused

COLLEAGUES = ("bo", "chen")


class Colleague:
    """Such a process, driven from here."""

    def __init__(self, desk: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.foreign", str(desk)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
            env=environment(False),
        )
        self.answer()

    def ask(self, number: int, login: str) -> None:
        """Have a ticket assigned; the answer comes when it is committed."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{number} {login}\n")
        self._process.stdin.flush()

    def answer(self) -> float:
        """Return when the last change was committed, on the clock that all processes share."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Failure("the colleague's process has ended")
        return float(line)

    def close(self) -> None:
        """Send it home."""
        self._process.terminate()
        self._process.wait()


def painted(session: Session, desk: Path, number: int, times: int) -> Figures:
    """From each commit elsewhere to the new owner in the ticket's row on this screen. Raises Failure."""
    colleague = Colleague(desk)
    taken: list[float] = []
    cpu = session.cpu()
    try:
        colleague.ask(number, COLLEAGUES[1])
        colleague.answer()
        for turn in range(times):
            login = COLLEAGUES[turn % 2]
            # Not in step with whatever looks for changes at regular times.
            session.rest(0.4 + 0.037 * (turn % 7))
            session.mark()
            colleague.ask(number, login)
            chunk = session.wait(shows(rf"\b{number}\s+P\d.*\s{login}\s"), f"#{number} with {login}")
            taken.append(1000 * (chunk.at - colleague.answer()))
    finally:
        colleague.close()
    return {
        "foreign.p50": percentile(taken, 0.5),
        "foreign.p95": percentile(taken, 0.95),
        "foreign.cpu": 1000 * (session.cpu() - cpu) / times,
    }


def main(desk: str) -> None:
    """Do what is asked, line by line."""
    store = open_store(Path(desk), "dana")
    known = store.people()
    print(now(), flush=True)
    for line in sys.stdin:
        number, login = line.split()
        agent = known.agent(login)
        assert agent is not None
        with suppress(Refused):  # it is theirs already
            store.dispatch(Assign((int(number),), agent.id))
        print(now(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
