"""The ServiceNow importer: the map of CONTRACT section 7, the figures of the real logs, and broken files."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deskterm.channels.importers import servicenow
from deskterm.channels.importers.report import ImportReport
from deskterm.channels.importers.table import Seen
from deskterm.domain.errors import InputFileError
from deskterm.domain.history import History
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.people import DESK
from deskterm.domain.ticket import Spell
from deskterm.storage.database import Database
from deskterm.store.store import Store

DATA = Path(__file__).parents[1] / "data"
WORDS, BARE = DATA / "servicenow_words.csv", DATA / "servicenow_bare.csv.gz"
REAL = Path(__file__).parents[3] / "shared/data"
NOW = datetime(2025, 11, 22, 14, 0, tzinfo=UTC)


def read(path: Path) -> tuple[dict[str, History], ImportReport]:
    """Every history of a file by its number, and the report."""
    report = ImportReport(str(path))
    return {found.external_id: found for found in servicenow.read(servicenow.survey(path), report)}, report


def last(history: History) -> dict[str, Any]:
    """What a ticket's fields are at the end of its history."""
    values: dict[str, Any] = {}
    for fact in history.facts:
        values |= fact.values
    return values


def at(text: str) -> datetime:
    """A time of the log."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty desk."""
    return Store(Database(str(tmp_path / "desk.db")), DESK, clock=lambda: NOW)


def changed(path: Path, change: Callable[[list[str]], Sequence[str]]) -> Path:
    """Write the excerpt with its lines changed."""
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    path.write_text("\r\n".join(change(lines)) + "\r\n", encoding="utf-8", newline="")
    return path


def cell(line: str, place: int, value: str) -> str:
    """The line with one cell replaced."""
    cells = line.split(",")
    cells[place] = value
    return ",".join(cells)


def test_a_ticket_comes_over_with_its_whole_history() -> None:
    history = read(WORDS)[0]["INC0000047"]
    assert history.requester[0] == "Caller 2403"
    assert [(fact.at, fact.kind, fact.actor) for fact in history.facts] == [
        (at("2016-02-29 04:40"), "created", None),
        (at("2016-02-29 04:57"), "assigned", None),
        (at("2016-02-29 05:30"), "state", None),
        (at("2016-03-01 09:14"), "state", None),
        (at("2016-03-01 09:52"), "solved", "resolved-by-81"),
        (at("2016-03-06 10:00"), "closed", None),
    ]
    first = history.facts[0].values
    assert first["subject"] == "Category 40, Subcategory 215: Symptom 471"
    assert (first["state"], first["queue"], first["owner"]) == (State.NEW, "Group 70", None)
    assert (first["impact"], first["urgency"], first["priority"]) == (Level.MEDIUM, Level.MEDIUM, Priority.P3)
    assert first["channel"] == "phone"
    assert dict(first["fields"]) == {"u_symptom": "Symptom 471", "location": "Location 165"}
    values = last(history)
    assert (values["state"], values["queue"], values["owner"]) == (State.CLOSED, "Group 24", "resolver-89")
    assert (values["created_at"], values["solved_at"], values["closed_at"]) == (
        at("2016-02-29 04:40"), at("2016-03-01 09:52"), at("2016-03-06 10:00"),
    )  # fmt: skip
    assert (values["handoffs"], values["reopens"], values["imported_sla"]) == (1, 0, True)
    assert dict(values["fields"])["closed_code"] == "code 5"


def test_both_spellings_of_a_ticket_are_one() -> None:
    words, bare = read(WORDS)[0], read(BARE)[0]
    for number in ("0000047", "0000057"):
        assert words[f"INC{number}"].facts == bare[number].facts
        assert words[f"INC{number}"].requester == bare[number].requester


def test_the_state_minus_100_keeps_the_state_before_and_is_reported() -> None:
    histories, report = read(BARE)
    states = [fact.values["state"] for fact in histories["0030413"].facts if "state" in fact.values]
    assert states == [State.NEW, State.OPEN, State.SOLVED, State.CLOSED]
    problem = report.problems["state -100"]
    assert (problem.count, len(problem.examples)) == (3, 3)
    assert problem.done == "kept the state before"


def test_waiting_for_others_is_hold_with_its_reason_and_stops_the_clock() -> None:
    facts = read(BARE)[0]["0001287"].facts
    holds = [fact.values["hold_reason"] for fact in facts if "hold_reason" in fact.values]
    assert holds == ["", "vendor", "evidence", ""]
    assert (
        Spell(at("2016-05-12 14:12"), State.HOLD, at("2016-08-11 11:43"))
        in last(read(BARE)[0]["0001287"])["spells"]
    )


def test_reopening_is_an_event_and_the_file_counts() -> None:
    history = read(WORDS)[0]["INC0001155"]
    assert [fact.kind for fact in history.facts] == [
        "created",
        "state",
        "solved",
        "reopened",
        "solved",
        "closed",
    ]
    assert last(history)["reopens"] == 1
    assert Spell(at("2016-04-06 14:13"), State.SOLVED, at("2016-04-07 06:58")) in last(history)["spells"]
    assert last(history)["solved_at"] == at("2016-04-25 09:43")


def test_what_is_empty_in_the_file_stays_empty() -> None:
    histories = read(WORDS)[0]
    assert last(histories["INC0000093"])["solved_at"] is None
    assert last(histories["INC0000358"])["queue"] == "No group"
    assert last(histories["INC0000358"])["owner"] is None


def test_an_unknown_way_in_is_mapped_and_reported() -> None:
    histories, report = read(BARE)
    assert last(histories["0119457"])["channel"] == "phone"
    assert report.problems["contact_type IVR is no channel here"].done == "became phone"


def test_columns_without_a_place_are_named() -> None:
    report = read(WORDS)[1]
    assert "sys_updated_by" in report.columns
    assert "notify" in report.columns
    assert "priority" not in report.columns
    assert report.lines == 71


def test_a_second_run_changes_nothing(store: Store) -> None:
    rehearsed = servicenow.run(store, WORDS, dry_run=True)
    assert store.count("is:any") == 0
    seen: list[tuple[int, int]] = []
    first = servicenow.run(store, WORDS, on_progress=lambda done, total: seen.append((done, total)))
    assert (first.tickets, first.skipped, seen[-1]) == (11, 0, (11, 11))
    assert (rehearsed.tickets, rehearsed.events, rehearsed.problems) == (
        first.tickets,
        first.events,
        first.problems,
    )
    before = [store.history(number) for number in store.numbers("is:any")]
    second = servicenow.run(store, WORDS)
    assert (second.tickets, second.events, second.skipped) == (0, 0, 11)
    assert [store.history(number) for number in store.numbers("is:any")] == before


def test_the_desk_counts_as_the_file_does(store: Store) -> None:
    servicenow.run(store, WORDS)
    figures = store.metrics("is:any", None, None)
    assert figures.tickets == 11
    assert figures.source == "imported"
    assert figures.reopened == 2
    assert figures.resolve_hours.n == 10
    assert figures.resolution_sla.met == 7


@pytest.mark.skipif(not REAL.exists(), reason="the real logs are not here")
@pytest.mark.parametrize(
    ("name", "tickets", "priorities", "unresolved", "reopened", "moved", "met", "resolve", "close"),
    [
        ("head", 890, (15, 33, 757, 85), 29, 10, 877, 495, (54.47, 762.05), (173.93, 960.42)),
        ("sample", 7461, (78, 114, 7033, 236), 445, 74, 6892, 4717, (22.55, 385.59), (145.95, 535.00)),
    ],
)
def test_the_real_logs_give_the_figures_of_their_readme(
    name: str, tickets: int, priorities: tuple[int, ...], unresolved: int, reopened: int, moved: int,
    met: int, resolve: tuple[float, float], close: tuple[float, float],
) -> None:  # fmt: skip
    ends = [last(found) for found in read(REAL / f"servicenow_{name}.csv.gz")[0].values()]
    assert len(ends) == tickets
    ranks = Counter(values["priority"] for values in ends)
    assert tuple(ranks[priority] for priority in Priority) == priorities
    assert sum(values["solved_at"] is None for values in ends) == unresolved
    assert sum(values["reopens"] > 0 for values in ends) == reopened
    assert sum(values["handoffs"] for values in ends) == moved
    assert sum(values["imported_sla"] for values in ends) == met
    for field, wanted in (("solved_at", resolve), ("closed_at", close)):
        hours = sorted(
            (values[field] - values["created_at"]).total_seconds() / 3600 for values in ends if values[field]
        )
        assert (share(hours, 0.5), share(hours, 0.9)) == pytest.approx(wanted, abs=0.006)


def share(values: list[float], part: float) -> float:
    """The linear percentile of sorted values."""
    place = (len(values) - 1) * part
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def test_a_byte_order_mark_semicolons_and_a_third_spelling_of_true_are_read(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    text = (
        WORDS.read_text(encoding="utf-8").replace(",", ";").replace("TRUE", "True").replace("FALSE", "False")
    )
    path.write_text(text, encoding="utf-8-sig", newline="")
    assert read(path)[0] == read(WORDS)[0]


def test_lines_of_a_ticket_that_are_apart_are_gathered(tmp_path: Path) -> None:
    def shuffle(lines: list[str]) -> list[str]:
        return [lines[0], *lines[5:], *lines[1:5]] if lines[1].startswith("INC0000045") else lines

    def apart(lines: list[str]) -> list[str]:
        moved = lines[6]
        return [*lines[:6], *lines[7:], moved]

    together = read(changed(tmp_path / "a.csv", shuffle))[0]
    assert together == read(WORDS)[0]
    histories, report = read(changed(tmp_path / "b.csv", apart))
    assert histories.keys() == read(WORDS)[0].keys()
    assert report.problems["tickets whose lines are not together"].examples == [(72, "INC0000047")]
    assert len(histories["INC0000047"].facts) > 4


@pytest.mark.parametrize(
    ("place", "value", "what"),
    [
        (22, "5 - Planning", "priority is none of 1, 2, 3, 4"),
        (6, "perhaps", "made_sla is neither true nor false"),
        (3, "-1", "reassignment_count is no count"),
        (13, "31-02-2016 10:00", "sys_updated_at is no day of the calendar"),
        (1, "Parked", "incident_state is no state of ServiceNow"),
        (34, "yesterday", "resolved_at is no time such as 29-02-2016 01:16"),
    ],
)
def test_a_bad_cell_is_reported_and_the_ticket_still_comes(
    tmp_path: Path, place: int, value: str, what: str
) -> None:
    path = changed(tmp_path / "log.csv", lambda lines: [*lines[:4], cell(lines[4], place, value), *lines[5:]])
    histories, report = read(path)
    assert len(histories) == 11
    problem = report.problems[what]
    assert (problem.count, problem.examples) == (1, [(5, value)])
    assert "line 5" in str(problem)
    assert last(histories["INC0000045"])["priority"] is Priority.P3


def test_hostile_text_is_made_safe(tmp_path: Path) -> None:
    evil = "[bold]\x1b[2J\u202egroup"
    path = changed(tmp_path / "log.csv", lambda lines: [lines[0], cell(lines[1], 23, evil)])
    queue = read(path)[0]["INC0000045"].facts[0].values["queue"]
    assert queue.startswith("[bold]")
    assert queue.isprintable()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"name,age\nAnna,7\n", "none of its columns are there"),
        (b"\xff\xfea\x00b\x00", "no UTF-8"),
        (b"\x1f\x8b\x08\x00broken", "compressed file"),
        (b"x" * (1 << 21), "longer than 1 MiB"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(InputFileError) as refused:
        read(path)
    assert said in refused.value.message
    assert str(path) in refused.value.message
    assert "nothing was imported" in refused.value.message
    assert refused.value.exit_code == 7


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputFileError):
            read(path)


def test_a_header_alone_and_a_missing_column_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="no line under the header"):
        read(changed(tmp_path / "a.csv", lambda lines: lines[:1]))
    with pytest.raises(
        InputFileError, match=r"line 1, column reopen_count: no column reopen_count"
    ) as refused:
        read(
            changed(
                tmp_path / "b.csv", lambda lines: [line.replace("reopen_count", "again") for line in lines]
            )
        )
    assert refused.value.field == "reopen_count"


def test_a_line_that_ends_early_is_named_and_nothing_is_written(tmp_path: Path, store: Store) -> None:
    path = changed(tmp_path / "log.csv", lambda lines: [*lines[:-1], lines[-1][:60]])
    with pytest.raises(
        InputFileError, match=r"line 72, column \w+: \d+ values, the line ends too early; expected 36"
    ):
        servicenow.run(store, path)
    assert store.count("is:any") == 0


def test_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(WORDS.read_bytes())
    path = tmp_path / "log.csv.gz"
    path.write_bytes(whole[: len(whole) - 20])
    with pytest.raises(InputFileError, match="ends too early"):
        read(path)


def test_a_quote_that_never_ends_is_refused(tmp_path: Path) -> None:
    path = changed(tmp_path / "log.csv", lambda lines: [*lines[:9], '"' + lines[9], *lines[10:]])
    with pytest.raises(InputFileError, match="line 10: not a line of a table"):
        read(path)


def test_numbers_are_remembered_whatever_they_look_like() -> None:
    seen = Seen()
    numbers = ["INC0000045", "0000045", "45", "INC45", "", "?", "45x", "9" * 30, "INC0000046"]
    assert all(seen.add(number) for number in numbers)
    assert not any(seen.add(number) for number in numbers)
