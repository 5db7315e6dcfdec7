"""Applying a policy while somebody works: a screen whose keys are timed as all active tickets are recounted.

Run as `python -m bench.recount DESK POLICY [apply]`: another process that applies a policy file, and counts
the clocks anew itself unless told to `apply` only.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from time import perf_counter as now

from bench.desks import AGENT, open_store
from bench.measures import Figures, percentile
from bench.policy_work import OFFICE
from bench.programs import deskterm, environment
from bench.scenarios import VIEW, all_open
from bench.session import Failure, Session
from deskterm.domain import commands as c
from deskterm.domain.people import DESK
from deskterm.recounter import behind
from deskterm.storage import policies
from deskterm.store.store import Store

_CURSOR = re.compile(r"│▌ +(?P<number>\d+) ")
WATCHED_SECONDS = 120.0
"""How long keys are timed at most: the session's own counting gives way to them, and takes many minutes."""
PATIENCE_SECONDS = 5.0
PRESSES = ("j", "j", "k", "j", "assign", "j", "j", "k", "note")
"""What is done over and over, as somebody works: the cursor, a colleague for a ticket, a note."""


class Worker:
    """Somebody at a screen; `waits` holds from each key to what it brings, in ms, by what was pressed."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.waits: dict[str, list[float]] = {}
        found = _CURSOR.search(session.terminal.text())
        assert found is not None
        self.number = found["number"]

    def press(self, name: str, key: bytes, pattern: str) -> str:
        """Press a key and wait until what it brings is written to the screen; returns what that was."""
        compiled = re.compile(pattern)
        began = self.session.skip()
        self.session.write(key)
        while now() - began < PATIENCE_SECONDS:
            if self.session.read(0.01) and (found := self.session.printed(compiled)):
                self.waits.setdefault(name, []).append(1000 * (found[0].at - began))
                return found[1]
        raise Failure(f"{name} did not come: {pattern}\n{self.session.written()[-3000:]}")

    def do(self, what: str) -> None:
        """Do one thing of a day's work."""
        if what == "assign":
            self._assign()
        elif what == "note":
            self._note()
        else:
            self._move(what)
        # Nobody types like a machine gun; and what others did is painted in between.
        self.session.rest(0.1)

    def _move(self, key: str) -> None:
        pattern = rf"▌ +(?!{self.number} )(\d+) +P\d "
        try:
            self.number = self.press("move", key.encode(), pattern)
        except Failure:
            # Its clock was stopped, and it is the last one of the list now.
            self.number = self.press("move", b"k" if key == "j" else b"j", pattern)

    def _assign(self) -> None:
        self.press("dialog", b"a", rf"Assign #{self.number} to")
        login = b"bo" if len(self.waits["dialog"]) % 2 else b"chen"
        for place in range(len(login)):
            self.press("typed", login[place : place + 1], rf" {login[: place + 1].decode()} {{9}}")
        self.press("assign", b"\r", rf"Assigned #{self.number} to|has that owner already")

    def _note(self) -> None:
        self.press("composer", b"i", "stays on the desk")
        self.session.write(b"y")
        self.session.rest(0.2)
        self.press("note", b"\x13", rf"#{self.number}\W.*u undo")
        self.press("back", b"\x1b", VIEW)

    def figures(self, head: str) -> Figures:
        """Return what was measured."""
        every = [wait for waits in self.waits.values() for wait in waits]
        found: Figures = {f"{head}: {name}.max": max(waits) for name, waits in sorted(self.waits.items())}
        for share in (50, 95, 99):
            found[f"{head}: every key.p{share}"] = percentile(every, share / 100)
        return found | {f"{head}: keys": len(every)}


def _left(store: Store) -> bool:
    with store.database.read() as connection:
        return policies.task(connection) is not None


def work(desk: Path, policy: Path, head: str, *, own: bool) -> Figures:
    """Work on a screen while a policy is applied; `own` lets the session itself count the clocks anew."""
    store = open_store(desk)
    try:
        with deskterm(desk, AGENT, "default").run() as session:
            all_open(session, deskterm(desk, AGENT, "default"))
            quiet = Worker(session)
            for _ in range(8):
                for what in PRESSES:
                    quiet.do(what)
            command = [
                sys.executable,
                "-m",
                "bench.recount",
                str(desk),
                str(policy),
                *(["apply"] if own else []),
            ]
            other = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parent.parent,
                env=environment(False),
            )
            worker, began, applied = Worker(session), now(), 0.0
            try:
                while now() - began < WATCHED_SECONDS:
                    for what in PRESSES:
                        worker.do(what)
                    if not applied:
                        applied = 0.0 if other.poll() is None and not _left(store) else now()
                    elif not _left(store):
                        break
            finally:
                if other.poll() is None:
                    other.terminate()
                said, _ = other.communicate()
            seconds, ended = now() - applied, not _left(store)
    finally:
        store.close()
    found = {
        f"{head}: {name}": float(value) for name, value in (line.split("\t") for line in said.splitlines())
    }
    if ended:
        found[f"{head}: in all"] = 1000 * seconds
    return found | quiet.figures(f"{head}, before") | worker.figures(head)


def measure(path: Path) -> Figures:
    """Apply two policies to a copy of a desk: another process counts by one, this session by the other."""
    copy, policy = path.with_suffix(".copy.db"), path.with_suffix(".copy.toml")
    try:
        shutil.copyfile(path, copy)
        # Else the first checkpoint would wait for the copy to reach the disk, and a key with it.
        os.sync()
        found: Figures = {}
        for head, own in (("another process", False), ("its own process", True)):
            policy.write_text(OFFICE.replace("40h", "36h") if own else OFFICE)
            found |= work(copy, policy, head, own=own)
        return found
    finally:
        for each in (policy, *copy.parent.glob(copy.name + "*")):
            each.unlink(missing_ok=True)


def main(desk: str, policy: str, *only: str) -> None:
    """Apply a policy file as another process."""
    store = open_store(Path(desk))
    began = now()
    store.dispatch(c.ApplyPolicy(Path(policy).read_text()), actor=DESK)
    print(f"apply a policy\t{1000 * (now() - began)}", flush=True)
    if not only:
        began = now()
        with behind() as decide:
            seen = store.recalculate(decide=decide)
        print(f"tickets\t{seen}\ncount their clocks anew\t{1000 * (now() - began)}", flush=True)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
