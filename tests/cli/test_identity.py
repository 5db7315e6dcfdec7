"""Who acts, and on which desk: CONTRACT section 1, and nothing that a client can send decides it."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskterm.machine import os_user
from tests.cli.conftest import Cli


def test_as_names_anybody_and_the_trail_says_so(one: Cli) -> None:
    one("note", "1", "hello", who="alice")
    last = one("history", "1", "--json").json[-1]
    assert (last["actor"], last["login"]) == ("alice", os_user())
    assert f"{os_user()} as alice" in one("history", "1").out


def test_the_name_of_the_system_decides_without_as(one: Cli, cli: Cli, path: Path) -> None:
    ran = cli("--db", path, "list")
    assert ran.code == 3
    assert f"no agent is called '{os_user()}'" in ran.err
    assert "agents: alice, bo, carol" in ran.err
    assert f"deskterm agent add {os_user()}" in ran.err
    assert one("agent", "add", os_user(), "--queue", "payments", who="dana").code == 0
    assert cli("--db", path, "note", "1", "it is me").code == 0
    last = one("history", "1", "--json").json[-1]
    assert (last["actor"], last["login"]) == (os_user(), "")


@pytest.mark.parametrize("name", ["USER", "LOGNAME", "USERNAME", "LNAME", "SUDO_USER", "DESKTERM_AS"])
def test_no_variable_says_who_it_is(cli: Cli, path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "dana")
    assert cli("--db", path, "list").code == 3


def test_where_the_desk_is(
    one: Cli, cli: Cli, home: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = home / "desk.toml"
    config.write_text(f'db = "{path}"\nagent = "bo"\n')
    assert len(cli("--config", config, "list", "--json").json) == 1
    # The environment wins over the file, --db over both.
    monkeypatch.setenv("DESKTERM_DB", str(home / "none.db"))
    assert cli("--config", config, "list").code == 6
    assert len(cli("list", "--config", config, "--json", "--db", path).json) == 1
    monkeypatch.delenv("DESKTERM_DB")
    ran = cli("list")
    assert ran.code == 6
    assert str(home / "data/deskterm/desk.db") in ran.err


def test_a_configuration_that_is_wrong(cli: Cli, home: Path) -> None:
    config = home / "desk.toml"
    for text in ("db = 5\n", "colour = 'red'\n", "db = [\n", "timezone = 'Mars/Base'\n"):
        config.write_text(text)
        ran = cli("--config", config, "--db", home / "x.db", "agent", "add", "bo")
        assert (ran.code, ran.out) == (2, "")
    assert cli("--config", home / "no.toml", "list").code == 2


def test_an_empty_desk_is_set_up_from_the_command_line(cli: Cli, home: Path) -> None:
    where = home / "new" / "desk.db"
    assert cli("--db", where, "agent", "add", "eve", "--role", "agent").code == 1
    ran = cli("--db", where, "agent", "add", "eve", "--name", "Eve")
    assert (ran.code, ran.out) == (0, "Saved agent eve\n")
    assert "eve is the admin" in ran.err
    assert where.stat().st_mode & 0o777 == 0o600
    assert where.parent.stat().st_mode & 0o777 == 0o700
    assert cli("--db", where, "--as", "eve", "new", "x").code != 0
    assert cli("--db", where, "--as", "eve", "queue", "add", "Help", "Desk").code == 0
    assert cli("--db", where, "--as", "eve", "new", "x", "--queue", "help-desk").code == 0
    assert [agent["role"] for agent in cli("--db", where, "--as", "eve", "agent", "list", "--json").json] == [
        "admin"
    ]


def test_nobody_works_on_a_desk_without_agents(cli: Cli, home: Path) -> None:
    where = home / "desk.db"
    cli("--db", where, "queue", "add", "Help")
    ran = cli("--db", where, "new", "x")
    assert ran.code == 1
    assert "nobody works on this desk yet" in ran.err
    assert cli("--db", where, "list", "--json").json == []


def test_whoever_imports_into_an_empty_desk_is_its_admin(cli: Cli, home: Path) -> None:
    log = Path(__file__).parents[3] / "shared/data/servicenow_head.csv.gz"
    if not log.exists():
        pytest.skip("the real log is not here")
    where = home / "log.db"
    ran = cli("--db", where, "import", "servicenow", log, "--json")
    assert (ran.code, ran.json["tickets"]) == (0, 890)
    figures = cli("--db", where, "metrics", "--json").json
    assert (figures["tickets"], figures["reopened"], figures["reassignments"]) == (890, 10, 877)
    assert figures["by_priority"] == {"P1": 15, "P2": 33, "P3": 757, "P4": 85}
    assert (figures["sla"]["source"], figures["sla"]["met"]) == ("imported", 495)
    assert round(figures["hours_to_resolve"]["p50"], 2) == 54.47
    assert cli("--db", where, "import", "servicenow", log, "--json").json["tickets"] == 0
    assert cli("--db", where, "doctor").code == 0


def test_adding_an_agent_who_is_there_changes_what_is_said_alone(one: Cli) -> None:
    queues = ("--queue", "payments", "--queue", "network")
    options = ("--role", "lead", *queues, "--tier", "L3", "--capacity", "4")
    assert one("agent", "add", "zoe", "--name", "Zoe Lind", *options, who="dana").code == 0

    def zoe() -> dict[str, object]:
        [found] = [line for line in one("agent", "list", "--json").json if line["login"] == "zoe"]
        return dict(found)

    before = zoe()
    assert (before["role"], before["capacity"]) == ("lead", 4)
    assert one("agent", "add", "ZOE", "--address", "zoe@x.example", who="dana").code == 0
    assert zoe() == before | {"address": "zoe@x.example"}
    assert one("agent", "add", "zoe", "--capacity", "7", "--queue", "payments", who="dana").code == 0
    assert zoe() == before | {"address": "zoe@x.example", "capacity": 7, "queues": ["payments"]}
