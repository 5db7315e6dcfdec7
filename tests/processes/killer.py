"""Kills writers in the middle of writing: killer.py PATH TIMES SEED; says as JSON what was promised and lost.

The libraries are imported once and every writer is a fork, so that a kill costs milliseconds. A writer says
each command's outcome on a pipe after it was done: what it said is promised, and must be there afterwards.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from random import Random

from deskterm.domain import commands as c
from deskterm.domain.kinds import State
from deskterm.domain.people import DESK, Actor
from deskterm.machine import utc_now
from deskterm.storage.database import Database
from deskterm.store.store import Store
from deskterm.upkeep.doctor import examine


def write(path: str, say: int, rng: Random) -> None:
    """Work tickets until the end, telling each outcome."""
    store = Store(Database(path), DESK, clock=utc_now)
    store.actor = Actor(store.people().agent("bo"), "test")
    while True:
        made = store.dispatch(c.Create("In the middle", "ana@x.example", text="x" * 500, queue="payments"))
        number = made.created or 0
        os.write(say, f"made {number}\n".encode())
        for command in (
            c.Assign((number,), store.actor.id),
            c.Together((c.Tag((number,), ("a", "b")), c.ChangeState((number,), State.HOLD, "vendor"))),
            c.Reply((number,), "y" * 500),
            c.Undo(),
            c.Solve((number,), "done"),
        ):
            store.dispatch(command)
        os.write(say, f"solved {number}\n".encode())


def killed(path: str, rng: Random) -> list[list[str]]:
    """Start a writer, kill it after a while, and return what it had promised."""
    hear, say = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            write(path, say, rng)
        finally:
            os._exit(1)
    os.close(say)
    # Not before it has begun to write: a kill during start-up proves nothing.
    select.select([hear], [], [], 120)
    select.select([], [], [], rng.random() * 0.06)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = b""
    while part := os.read(hear, 65536):
        said += part
    os.close(hear)
    return [line.split() for line in said.decode().split("\n")[:-1]]


def broken(path: str, promised: list[list[str]]) -> dict[str, object]:
    """Return what is wrong: faults of the desk, promises that were not kept."""
    store = Store(Database(path), DESK, clock=utc_now)
    try:
        solved = set(store.numbers("state:solved"))
        made = set(store.numbers("is:any"))
        lost = [line for line in promised if int(line[1]) not in (solved if line[0] == "solved" else made)]
        faults = examine(store).faults
    finally:
        store.close()
    return {"lost": lost, "faults": faults} if lost or faults else {}


def main(path: str, times: int, seed: int) -> dict[str, object]:
    """Kill so many writers, each on the desk that the last one left; it must be sound and keep its word."""
    rng = Random(seed)
    promised: list[list[str]] = []
    for turn in range(times):
        promised += killed(path, rng)
        # The next writer opens what this one left; examining each time would take longer than the kills.
        if (turn + 1) % 50 == 0 or turn == times - 1:
            wrong = broken(path, promised)
            if wrong:
                return {"turn": turn, **wrong}
    return {"promised": len(promised), "kills": times}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))) + "\n")
