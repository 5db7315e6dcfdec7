"""Importing a ServiceNow incident event log: every ticket with its whole history (CONTRACT section 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskterm.channels.importers.cells import (
    CHANNEL_WORDS,
    LEVELS,
    NO_GROUP,
    PRIORITIES,
    STATES,
    Cell,
    boolean,
    count,
    login,
    moment,
    ranked,
    worded,
)
from deskterm.channels.importers.report import ImportReport
from deskterm.channels.importers.table import Seen, Table, open_table, refuse
from deskterm.domain.history import Fact, History
from deskterm.domain.kinds import ACTIVE, Level, Priority, State
from deskterm.domain.plain import clean_line
from deskterm.domain.policy import DEFAULT
from deskterm.domain.spells import stays

if TYPE_CHECKING:
    from deskterm.store.store import Store

_PRIORITY = ranked(PRIORITIES)
_LEVEL = ranked(LEVELS)

FIELDS = ("u_symptom", "cmdb_ci", "location", "closed_code", "vendor", "rfc", "problem_id")
"""Columns that become `field.NAME`."""

REQUIRED = (
    "number", "incident_state", "reassignment_count", "reopen_count", "made_sla", "caller_id", "opened_at",
    "sys_updated_at", "contact_type", "location", "category", "subcategory", "u_symptom", "cmdb_ci", "impact",
    "urgency", "priority", "assignment_group", "assigned_to", "problem_id", "rfc", "vendor", "closed_code",
    "resolved_by", "resolved_at", "closed_at",
)  # fmt: skip
OWN_WORDS = ("active", "sys_mod_count")
"""Columns that say again what other columns say."""

SCATTERED_LIMIT = 100_000  # tickets whose lines are gathered in memory because they are not together
Row = list[str]
Lines = list[tuple[int, Row]]


def _rename(columns: list[str]) -> list[str]:
    """Give the columns their proper names: some copies say ident_state, and category twice."""
    named: list[str] = []
    for name in columns:
        if name == "ident_state":
            name = "incident_state"
        elif name == "category" and "category" in named and "subcategory" not in columns:
            name = "subcategory"
        named.append(name)
    return named


@dataclass(slots=True)
class Log:
    """A log that was read once and found whole: its size, and the tickets whose lines are not together."""

    table: Table
    lines: int = 0
    tickets: int = 0
    scattered: dict[str, int] = field(default_factory=dict)


def survey(path: Path) -> Log:
    """Read the whole file before anything is written. Raises InputFileError when it is broken anywhere."""
    log = Log(open_table(path, _rename, REQUIRED))
    at = log.table.columns.index("number")
    seen, before = Seen(), None
    for line, row in log.table.rows():
        log.lines += 1
        number = row[at]
        if number != before:
            before = number
            if seen.add(number):
                log.tickets += 1
            elif log.scattered.setdefault(number, line) == line and len(log.scattered) > SCATTERED_LIMIT:
                expected = "the lines of a ticket to follow one another: sort the file by number"
                raise refuse(path, "the lines of its tickets are not together", line=line, expected=expected)
    if not log.lines:
        raise refuse(path, "there is no line under the header", expected="lines of tickets")
    return log


def read(log: Log, report: ImportReport) -> Iterator[History]:
    """Yield the history of every ticket, and fill in the report on the way."""
    report.lines = log.lines
    report.columns = tuple(name for name in log.table.columns if name not in REQUIRED + OWN_WORDS)
    for number, line in log.scattered.items():
        report.note(
            "tickets whose lines are not together", "their lines were gathered", line, clean_line(number, 40)
        )
    reader = _Reader({name: place for place, name in enumerate(log.table.columns)}, report)
    for number, lines in _tickets(log):
        history = reader.history(number, lines)
        if history is not None:
            yield history


def _tickets(log: Log) -> Iterator[tuple[str, Lines]]:
    """Group the lines by ticket; those that are scattered over the file come last."""
    at = log.table.columns.index("number")
    gathered: dict[str, Lines] = {number: [] for number in log.scattered}
    lines: Lines = []
    current: str | None = None
    for line, row in log.table.rows():
        number = row[at]
        if number in gathered:
            gathered[number].append((line, row))
            continue
        if number != current:
            if current is not None and lines:
                yield current, lines
            current, lines = number, []
        lines.append((line, row))
    if current is not None and lines:
        yield current, lines
    yield from gathered.items()


def run(
    store: Store,
    path: Path,
    *,
    dry_run: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    log: Log | None = None,
) -> ImportReport:
    """Import a file into the store. Raises InputFileError, with nothing written, when the file is broken.

    `log` is the file's survey, when it was made already.
    """
    log = log or survey(path)
    report = ImportReport(clean_line(str(path)), dry_run=dry_run)
    total = log.tickets

    def progress(done: int) -> None:
        if on_progress is not None:
            on_progress(done, total)

    written = store.write_histories(read(log, report), via="import", on_progress=progress, dry_run=dry_run)
    report.tickets, report.skipped, report.events = written.written, written.skipped, written.events
    return report


class _Reader:
    """Turns the lines of one ticket after the other into histories."""

    def __init__(self, places: dict[str, int], report: ImportReport) -> None:
        self._places = places
        self._report = report

    def history(self, number: str, lines: Lines) -> History | None:
        """Make one ticket's history: it begins when it was opened, then each line is one event."""
        external = clean_line(number).strip()
        if external in ("", "?"):
            self._report.note("lines without a ticket number", "left out", lines[0][0])
            return None
        opened = self._opened(lines)
        if opened is None:
            self._report.note("tickets without any time", "left out", lines[0][0], external)
            return None
        current = self._beginning(external, lines[0], opened)
        facts = [Fact(opened, "created", dict(current))]
        at = opened
        for line, row in lines:
            at = self._time(row, "sys_updated_at", line) or at
            wanted = self._values(external, row, line, current)
            changes = {name: value for name, value in wanted.items() if current.get(name) != value}
            if "state" in changes:
                changes |= self._clocks(current, State(changes["state"]), at, row)
            if line == lines[-1][0]:
                ends = self._ends(current | changes, row, line)
                changes = {name: value for name, value in (changes | ends).items() if current[name] != value}
            if not changes:
                self._report.quiet_lines += 1
                continue
            kind = _kind(current["state"], changes)
            solver = self._person(row, "resolved_by") if kind == "solved" else None
            facts.append(Fact(at, kind, changes, actor=solver))
            current |= changes
        return History(self._requester(lines), tuple(facts), external)

    def _cell(self, row: Row, name: str) -> str:
        text = row[self._places[name]].strip()
        return "" if text == "?" else text

    def _try(self, parse: Callable[[str], Cell], row: Row, name: str, line: int, otherwise: Cell) -> Cell:
        """Read one cell; one that cannot be read goes into the report and leaves things as they were."""
        text = self._cell(row, name)
        if not text:
            return otherwise
        try:
            return parse(text)
        except ValueError as error:
            self._report.note(f"{name} is {error}", "kept as it was before", line, clean_line(text, 60))
            return otherwise

    def _time(self, row: Row, name: str, line: int) -> datetime | None:
        return self._try(moment, row, name, line, None)

    def _opened(self, lines: Lines) -> datetime | None:
        """Find when the ticket was opened: the last line holds, else any line, else the first change."""
        for line, row in reversed(lines):
            opened = self._time(row, "opened_at", line)
            if opened is not None:
                return opened
        return next(filter(None, (self._time(row, "sys_updated_at", line) for line, row in lines)), None)

    def _beginning(self, external: str, first: tuple[int, Row], opened: datetime) -> dict[str, Any]:
        """Return what a ticket is created with: what its first line says of it, not yet worked on."""
        line, row = first
        blank: dict[str, Any] = {
            "state": State.NEW, "priority": Priority.P3, "impact": Level.MEDIUM, "urgency": Level.MEDIUM,
            "owner": None, "handoffs": 0, "reopens": 0, "imported_sla": None, "hold_reason": "",
            "channel": "phone", "fields": frozenset(), "spells": frozenset(),
            "solved_at": None, "closed_at": None,
        }  # fmt: skip
        mark = ImportReport("")
        values = _Reader(self._places, mark)._values(external, row, line, blank)
        later = ("state", "owner", "handoffs", "reopens", "hold_reason")
        values |= {name: blank[name] for name in later}
        values |= {"type": "incident", "created_at": opened, "waiting_since": opened}
        return blank | values

    def _values(self, external: str, row: Row, line: int, now: dict[str, Any]) -> dict[str, Any]:
        """Return every value of the desk that a line tells; `now` holds what a missing cell leaves."""
        state, hold = self._state(row, line, now)
        impact = self._try(_LEVEL, row, "impact", line, now["impact"])
        urgency = self._try(_LEVEL, row, "urgency", line, now["urgency"])
        priority = self._try(_PRIORITY, row, "priority", line, now["priority"])
        overridden = priority is not DEFAULT.priority(impact, urgency)
        category, component = worded("category", self._cell(row, "category")), self._cell(row, "subcategory")
        component = worded("subcategory", component)
        symptom = worded("u_symptom", self._cell(row, "u_symptom"))
        about = ", ".join(filter(None, (category, component))) or external
        group = worded("assignment_group", self._cell(row, "assignment_group"))
        return {
            "subject": clean_line(f"{about}: {symptom}" if symptom else about, 300),
            "state": state,
            "hold_reason": hold,
            "priority": priority,
            "priority_reason": "as in the imported log" if overridden else "",
            "impact": impact,
            "urgency": urgency,
            "queue": group or NO_GROUP,
            "owner": self._person(row, "assigned_to"),
            "channel": self._channel(row, line, now),
            "category": category,
            "component": component,
            "fields": self._fields(row, ended=state not in ACTIVE),
            "handoffs": self._try(count, row, "reassignment_count", line, now["handoffs"]),
            "reopens": self._try(count, row, "reopen_count", line, now["reopens"]),
            "imported_sla": self._try(boolean, row, "made_sla", line, now["imported_sla"]),
        }

    def _fields(self, row: Row, *, ended: bool) -> frozenset[tuple[str, str]]:
        """Return the form fields; all lines know the code it was closed with, which only its end may."""
        names = FIELDS if ended else tuple(name for name in FIELDS if name != "closed_code")
        cells = ((name, worded(name, self._cell(row, name))) for name in names)
        return frozenset((name, text) for name, text in cells if text)

    def _state(self, row: Row, line: int, now: dict[str, Any]) -> tuple[State, str]:
        text = self._cell(row, "incident_state")
        known = STATES.get(text.casefold())
        if known is not None:
            return known
        what = "state -100" if text == "-100" else "incident_state is no state of ServiceNow"
        shown = clean_line(text, 60) or "?"
        self._report.note(what, "kept the state before", line, shown)
        return now["state"], now["hold_reason"]

    def _channel(self, row: Row, line: int, now: dict[str, Any]) -> str:
        text = self._cell(row, "contact_type")
        if not text:
            return str(now["channel"])
        channel, same = CHANNEL_WORDS.get(text.casefold(), ("phone", False))
        if not same:
            shown = clean_line(text, 60)
            self._report.note(f"contact_type {shown} is no channel here", f"became {channel}", line)
        return channel

    def _person(self, row: Row, name: str) -> str | None:
        return login(name, self._cell(row, name)) or None

    def _clocks(self, now: dict[str, Any], to: State, at: datetime, row: Row) -> dict[str, Any]:
        """Return what a change of state does to the clocks, as the desk's own rules would have it."""
        changes: dict[str, Any] = {}
        changes["spells"] = stays(now["spells"], to, at)
        if to is State.SOLVED and self._cell(row, "resolved_at"):
            changes["solved_at"] = at
        if to is State.CLOSED:
            changes["closed_at"] = at
        if to in ACTIVE and now["state"] not in ACTIVE:
            changes |= {"solved_at": None, "closed_at": None}
        if to not in ACTIVE:
            changes["waiting_since"] = None
        return {name: value for name, value in changes.items() if now.get(name) != value}

    def _ends(self, now: dict[str, Any], row: Row, line: int) -> dict[str, Any]:
        """Return the ends of the ticket from its last line: the file knows them better than its lines do."""
        if now["state"] in ACTIVE:
            return {}
        held = now["solved_at"] if self._cell(row, "resolved_at") else None
        ends: dict[str, Any] = {"solved_at": self._try(moment, row, "resolved_at", line, held)}
        if now["state"] is State.CLOSED:
            ends["closed_at"] = self._try(moment, row, "closed_at", line, now["closed_at"])
        return {name: value for name, value in ends.items() if now.get(name) != value}

    def _requester(self, lines: Lines) -> tuple[str, str, str]:
        """Name the caller of the last line that has one; the address is one that no mail can reach."""
        callers = [
            (line, text) for line, row in lines if (text := worded("caller_id", self._cell(row, "caller_id")))
        ]
        if not callers:
            return ("Unknown caller", "unknown-caller@servicenow.invalid", "")
        name = callers[-1][1]
        for line, text in callers:
            if text != name:
                self._report.note(
                    "tickets whose caller changed", "the last one holds", line, f"{text}, then {name}"
                )
                break
        return (name, f"{login('caller_id', name)}@servicenow.invalid", "")


def _kind(state: State, changes: Iterable[str] | dict[str, Any]) -> str:
    """Name the event after the weightiest of its changes."""
    values = changes if isinstance(changes, dict) else dict.fromkeys(changes)
    to = values.get("state")
    if to in (State.SOLVED, State.CLOSED):
        return str(to)
    if to is not None:
        return "state" if state in ACTIVE else "reopened"
    for kind, names in (
        ("moved", ("queue",)),
        ("assigned", ("owner", "handoffs")),
        ("prioritised", ("priority", "impact", "urgency")),
    ):
        if any(name in values for name in names):
            return kind
    return "classified"
