"""`policy`: written out, checked, compared and applied from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Ran

GOLD = """\
[[sla]]
name = "Gold"
when = "tag:gold"
targets.P1 = { first_reply = "5m" }
"""


@pytest.fixture
def dana(bo: Cli) -> Cli:
    """Run deskterm on the small desk as its admin."""

    def run(*argv: str | Path, stdin: str = "") -> Ran:
        return bo(*argv, stdin=stdin, who="dana")

    return run


def test_what_is_exported_changes_nothing_when_applied(dana: Cli, home: Path) -> None:
    out = dana("policy", "export")
    assert (out.code, out.err) == (0, "")
    assert out.out.startswith("# The policy of this desk.")
    file = home / "desk.toml"
    wrote = dana("policy", "export", file)
    assert (wrote.code, wrote.out, wrote.err) == (0, "", f"policy 1 written to {file}\n")
    assert file.read_text("utf-8") == out.out
    assert file.stat().st_mode & 0o077 == 0
    same = dana("policy", "diff", file)
    assert (same.code, same.out, same.err) == (0, "", "nothing to change: the desk is so already\n")
    again = dana("policy", "apply", "-", stdin=out.out)
    assert (again.code, again.out) == (0, "")
    assert dana("policy", "export", "--json").json == {"version": 1, "document": out.out}


def test_a_change_is_compared_applied_and_taken_back(dana: Cli) -> None:
    told = "+ sla 'Gold' (when tag:gold, calendar 24x7, at risk 80%, P1 first reply 5m)\n"
    looked = dana("policy", "diff", "-", stdin=GOLD)
    assert (looked.out, looked.err[:52]) == (told, "compared with policy 1: deskterm policy apply --expe")
    dry = dana("policy", "apply", "--dry-run", "-", stdin=GOLD)
    assert (dry.code, dry.out, dry.err) == (0, told, "nothing was applied\n")
    done = dana("policy", "apply", "-", stdin=GOLD)
    assert (done.code, done.out) == (0, told)
    assert done.err == "Applied policy 2: 1 change; deskterm undo takes it back\n"
    changed = dana("policy", "diff", "-", stdin=GOLD.replace("5m", "10m"))
    assert changed.out == "~ sla 'Gold' P1 first reply 5m → 10m\n"
    assert dana("undo").out == "Undid: Applied policy 2: 1 change\n"
    assert dana("policy", "diff", "-", stdin=GOLD).out == told


def test_the_same_for_programs(dana: Cli) -> None:
    change = {
        "what": "sla 'Gold'",
        "before": None,
        "after": "(when tag:gold, calendar 24x7, at risk 80%, P1 first reply 5m)",
    }
    assert dana("policy", "diff", "-", "--json", stdin=GOLD).json == {
        "version": 1,
        "changes": [change],
        "warnings": [],
    }
    dry = dana("policy", "apply", "-", "--json", "--dry-run", stdin=GOLD).json
    assert dry == {"applied": False, "version": 1, "changes": [change], "warnings": []}
    done = dana("policy", "apply", "-", "--json", stdin=GOLD).json
    assert (done["applied"], done["version"], done["changes"]) == (True, 2, [change])
    assert done["summary"] == "Applied policy 2: 1 change"
    checked = dana("policy", "check", "-", "--json", stdin=GOLD).json
    assert checked == {
        "file": "-",
        "desk": {
            "queues": 3, "agents": 7, "calendars": 0, "sla": 1, "rules": 0, "macros": 0, "views": 0,
        },
        "warnings": [],
    }  # fmt: skip


DOUBTFUL = (
    GOLD
    + """
[[rules]]
name = "Calm"
on = "update"
events = ["created"]
when = "tag:gold"
do = [{ tag = "calm" }, { priority = "P4" }]
"""
)
WARNED = (
    'warning: rules "Calm".do 2: the rule "Calm" sets P4, for which the SLA policy "Gold" has no targets:'
    " the clocks of a ticket that it measures would end"
)


def test_what_is_doubtful_is_named_by_its_line_and_not_refused(dana: Cli, home: Path) -> None:
    file = home / "desk.toml"
    file.write_text(DOUBTFUL)
    checked = dana("policy", "check", file)
    assert checked.code == 0
    assert checked.err.splitlines() == [f"{file}:11:25: {WARNED}", "  give P4 targets there"]
    assert "is sound" in checked.out
    assert dana("policy", "check", file, "--quiet").err == ""
    told = dana("policy", "check", file, "--json").json["warnings"]
    assert told == [
        {
            "line": 11,
            "column": 25,
            "field": 'rules "Calm".do 2',
            "message": WARNED.split(": ", 2)[2],
            "hint": "give P4 targets there",
        }
    ]
    for words in (("diff", file), ("apply", "--dry-run", file), ("apply", file)):
        done = dana("policy", *words)
        assert done.code == 0
        assert f"{file}:11:25: {WARNED}" in done.err.splitlines()
    assert dana("policy", "apply", file, "--json").json["warnings"] == told
    assert "Calm" in dana("policy", "export").out


def test_every_mistake_is_named_by_its_line(dana: Cli, home: Path) -> None:
    file = home / "desk.toml"
    file.write_text(GOLD.replace("5m", "5x") + "[desk]\nat_rsk = '80%'\n")
    for action in ("check", "diff", "apply"):
        refused = dana("policy", action, file)
        assert (refused.code, refused.out) == (7, "")
        assert refused.err == (
            f'{file}:4:16: sla "Gold".targets.P1.first_reply: "5x" is no duration;'
            " expected such as 15m, 4h or 1h30m\n"
            f'{file}:6:1: desk.at_rsk: "at_rsk" is unknown here; did you mean at_risk?\n'
            "deskterm: refused, 2 faults; nothing was changed\n"
        )
    error = dana("policy", "check", file, "--json").error
    assert error["code"] == "input"
    assert error["message"].startswith('line 4: sla "Gold".targets.P1.first_reply:')
    assert [(one["line"], one["column"], one["field"]) for one in error["faults"]] == [
        (4, 16, 'sla "Gold".targets.P1.first_reply'),
        (6, 1, "desk.at_rsk"),
    ]
    assert error["more"] == 0


def test_of_very_many_mistakes_the_first_are_told_and_all_are_counted(dana: Cli) -> None:
    text = "".join(f"[queues.q{one}]\nassign = 'x'\n" for one in range(150))
    refused = dana("policy", "check", "-", stdin=text)
    assert refused.err.count("is none of") == 100
    said = "refused, 150 faults, of which the first 100 are told; nothing was changed"
    assert refused.err.endswith(f"deskterm: {said}\n")


def test_what_was_exported_is_brought_back_by_its_file(dana: Cli) -> None:
    then = dana("policy", "export").out
    more = (
        "[calendars.O]\nzone = 'UTC'\nhours = { mon = '09:00-17:00' }\n"
        "[roles]\nlead = 'Chief'\n[queues.network]\ncalendar = 'O'\nreturn_after = '1h'\n"
        "[agents.alice]\nskills = ['sap']\n"
    )
    assert dana("policy", "apply", "-", stdin=more).code == 0
    assert dana("policy", "apply", "-", stdin=then).code == 0
    assert dana("policy", "export").out == then


def test_refusals(dana: Cli, bo: Cli, home: Path) -> None:
    assert dana("policy", "apply").code == 2
    assert dana("policy", "diff", home / "none.toml").code == 7
    assert dana("policy", "apply", "-", "--expect", "7", stdin=GOLD).code == 5
    for action in ("export", "diff", "apply", "check"):
        assert bo("policy", action, "-", stdin=GOLD).code == 4
    binary = home / "binary.toml"
    binary.write_bytes(b"[desk]\n\xff")
    refused = dana("policy", "check", binary)
    assert (refused.code, refused.err) == (
        7,
        f"deskterm: {binary}, line 2: is no UTF-8; nothing was changed\n",
    )


def test_hostile_names_reach_no_terminal(dana: Cli) -> None:
    text = '[[sla]]\nname = "\\u001b[31mred"\ntargets.P1 = { first_reply = "5m" }\n'
    refused = dana("policy", "check", "-", stdin=text)
    assert refused.code == 7
    assert "\x1b" not in refused.err


def test_a_file_is_checked_without_a_desk(cli: Cli, home: Path) -> None:
    checked = cli("--db", home / "none.db", "policy", "check", "-", stdin=GOLD)
    assert checked.code == 0
    assert checked.out.startswith("stdin is sound: with it the desk has 0 queues")
    assert not (home / "none.db").exists()


def test_a_new_desk_is_set_up_from_a_file(cli: Cli, home: Path) -> None:
    text = "[queues.it]\nname = 'IT'\n[agents.root]\nrole = 'admin'\nqueues = ['it']\n"
    db = home / "new.db"
    without = cli("--db", db, "policy", "apply", "-", stdin="[agents.x]\n")
    assert without.code == 7
    done = cli("--db", db, "policy", "apply", "-", stdin=text)
    assert (done.code, done.err) == (0, "Applied policy: 2 changes; deskterm undo takes it back\n")
    assert cli("--db", db, "--as", "root", "queue", "list", "--json").json[0]["name"] == "IT"


ICS = """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
DTSTART;VALUE=DATE:20201231
RRULE:FREQ=YEARLY
SUMMARY:New Year's Eve
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261225
SUMMARY:Christmas
  Eve
BEGIN:VALARM
SUMMARY:ring
END:VALARM
END:VEVENT
BEGIN:VEVENT
DTSTART:20261217T120000Z
SUMMARY:Team lunch
END:VEVENT
END:VCALENDAR
"""


def test_holidays_of_a_calendar_file_are_written_to_be_looked_over(dana: Cli, home: Path) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "policy.md").read_text("utf-8")
    told = manual.partition("<!-- example: ics -->\n```text\n")[2].partition("```")[0]
    ran = dana("policy", "holidays", "-", "--year", "2026", stdin=ICS)
    assert (ran.code, ran.out + ran.err) == (0, told)
    assert dana("policy", "export").out.count("Christmas") <= 1  # what the file says about itself
    kept = home / "office.toml"
    kept.write_text('[calendars.Office]\nzone = "UTC"\nhours.thu = "09:00-17:00"\n' + ran.out, "utf-8")
    assert dana("policy", "apply", kept).code == 0
    days = dana("policy", "holidays", "--year", "2026", "--json").json
    assert [(one["day"], one["calendar"], one["hours"], one["name"]) for one in days] == [
        ("2026-12-24", "Office", "closed", "Christmas Eve"),
        ("2026-12-31", "Office", "closed", "New Year's Eve"),
    ]
    later = dana("policy", "holidays", "-", "--year", "2027", "--json", stdin=ICS).json
    assert later["holidays"] == [{"day": "2027-12-31", "name": "New Year's Eve"}]


def test_a_day_that_moves_by_a_rule_is_found_in_each_year(dana: Cli) -> None:
    text = (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20201126\nSUMMARY:Thanksgiving\n"
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\nEND:VEVENT\nBEGIN:VEVENT\n"
        "DTSTART;VALUE=DATE:20260105\nSUMMARY:Mondays\nRRULE:FREQ=WEEKLY\nEND:VEVENT\n"
        "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20240229\nSUMMARY:Leap day\nRRULE:FREQ=YEARLY\nEND:VEVENT\n"
        "END:VCALENDAR\n"
    )
    ran = dana("policy", "holidays", "-", "--year", "2026", "--json", stdin=text).json
    assert ran["holidays"] == [{"day": "2026-11-26", "name": "Thanksgiving"}]
    assert ran["left_out"] == ["Mondays: comes again in a way that is not every year on its day"]
    leap = dana("policy", "holidays", "-", "--year", "2028", "--json", stdin=text).json
    assert [one["day"] for one in leap["holidays"]] == ["2028-02-29", "2028-11-23"]


def test_the_holidays_of_a_file_are_seen_before_it_is_applied(dana: Cli) -> None:
    text = """
[calendars.Munich]
zone = "Europe/Berlin"
hours = { tue = "09:00-17:00", thu = "09:00-17:00" }
places = ["DE-BY"]
special_days = [{ day = 2026-12-24, name = "Half a day", hours = "09:00-12:00" }]
"""
    ran = dana("policy", "holidays", "-", "--year", "2026", stdin=text)
    assert ran.code == 0
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert "2026-01-06 Tue Munich closed Epiphany" in lines
    assert "2026-12-24 Thu Munich 09:00-12:00 Half a day" in lines
    assert dana("policy", "holidays").err == "no calendar has a holiday or a special day then\n"


@pytest.mark.parametrize(
    "text", ["BEGIN:VCALENDAR\n", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:99\nEND:VEVENT\n"]
)
def test_a_calendar_file_without_whole_days_gives_none(dana: Cli, text: str) -> None:
    ran = dana("policy", "holidays", "-", "--json", stdin=text)
    assert (ran.code, ran.json["holidays"]) == (0, [])
