"""Eight processes write at once and lose nothing; killed writers leave a sound desk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deskterm.storage import sqlite_library
from tests.small_desk import Desk, copy_of

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WRITERS = ("alice", "bo", "carol", "dana", "hana", "alice", "bo", "carol")
TIMES = 5
RULED = 8
PATIENCE = 570
"""Seconds: on a busy machine a process is killed more often before it has done anything."""


def environ(home: Path) -> dict[str, str]:
    """The environment of a process of the test's own."""
    return {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
        "XDG_STATE_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
    }


def doctor(url: str, home: Path) -> dict[str, object]:
    """What a real `deskterm doctor` says."""
    ran = subprocess.run(
        [sys.executable, "-m", "deskterm", "--db", url, "doctor", "--json"],
        capture_output=True, text=True, check=False, env=environ(home),
    )  # fmt: skip
    found: dict[str, object] = json.loads(ran.stdout)
    assert (ran.returncode == 0) == found["sound"], ran.stderr
    return found


def all_at_once(commands: list[tuple[str, ...]], home: Path) -> list[str]:
    """Start programs of this folder, let them go together once all are ready, return what they print."""
    running = [
        subprocess.Popen(
            [sys.executable, str(HERE / program), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environ(home),
        )
        for program, *arguments in commands
    ]  # fmt: skip
    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        ended = [process.communicate(timeout=PATIENCE) for process in running]
    finally:
        for process in running:
            process.kill()
    assert [errors for _, errors in ended] == [""] * len(running)
    assert [process.returncode for process in running] == [0] * len(running)
    return [out for out, _ in ended]


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE + 20)
def test_eight_processes_writing_at_once_lose_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.create()
    if desk.store.database.sqlite:
        Path(desk.store.database.name).chmod(0o600)
    all_at_once([("writer.py", desk.url, agent, str(TIMES)) for agent in WRITERS], tmp_path)
    notes = [message.text for message in desk.store.ticket(1, messages=0).messages]
    assert sorted(notes) == sorted(f"{agent} {number}" for agent in WRITERS for number in range(TIMES))
    assert desk.store.count("is:any number:>1") == len(WRITERS) * TIMES
    if desk.store.database.sqlite:
        # The copied file's helpers were made before its mode was mended.
        for path in tmp_path.glob("desk.db*"):
            path.chmod(0o600)
    assert doctor(desk.url, tmp_path)["faults"] == []


ASKERS = ("alice", "bo", "carol", "hana")
ASKED = 4


@pytest.mark.timeout(PATIENCE + 20)
def test_racing_processes_are_never_handed_the_same_ticket(desk: Desk, tmp_path: Path) -> None:
    for _ in range(len(ASKERS) * ASKED):
        desk.create()
    if desk.store.database.sqlite:
        Path(desk.store.database.name).chmod(0o600)
    said = all_at_once([("asker.py", desk.url, agent, str(ASKED)) for agent in ASKERS], tmp_path)
    handed = [number for out in said for number in json.loads(out)]
    assert sorted(handed) == list(range(1, len(ASKERS) * ASKED + 1))


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE + 20)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this machine cannot fork")
def test_rules_on_time_fire_once_however_many_run_them_and_die(furnished_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    copy_of(furnished_file, path)
    path.chmod(0o600)
    ran = subprocess.run(
        [sys.executable, str(HERE / "ruler.py"), str(path), str(RULED), "1"],
        capture_output=True, text=True, check=False, timeout=PATIENCE, env=environ(tmp_path),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["fired"] == {rule: [RULED, RULED] for rule in ("hour", "two", "late")}
    # The note of the rule, and that of the escalation.
    assert found["notes"] == [2]
    # Each ticket's step is late once, and rings once for whose it is.
    assert found["late"] == [RULED, RULED, RULED]
    # What comes again: one ticket opened, one reminder rung.
    assert found["again"] == [1, 1]
    assert found["kills"] >= 6
    assert found["faults"] == []


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE + 20)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this machine cannot fork")
@pytest.mark.parametrize("times", [20, 200])
def test_killed_writers_leave_a_sound_desk(furnished_file: Path, tmp_path: Path, times: int) -> None:
    path = tmp_path / "desk.db"
    copy_of(furnished_file, path)
    path.chmod(0o600)
    ran = subprocess.run(
        [sys.executable, str(HERE / "killer.py"), str(path), str(times), "1"],
        capture_output=True, text=True, check=False, timeout=PATIENCE, env=environ(tmp_path),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found.keys() == {"promised", "kills"}, found
    # Otherwise the writers were killed before they had written anything.
    assert found["promised"] >= times
    told = doctor(str(path), tmp_path)
    assert told["faults"] == []
    assert sqlite_library.SOUND_WAL or told["notes"]
