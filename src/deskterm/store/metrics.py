"""Metrics as a view: what storage counted, put together by local day and hour, also as JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from time import perf_counter
from typing import Any

from deskterm.domain.kinds import Priority, State
from deskterm.domain.views import AgentLoad, Day, MetricsView, Percentiles, Verdicts
from deskterm.storage.metrics import Flow, Question, Reader, Tally, count
from deskterm.storage.metrics_sql import QUARTER, percentile

HOUR = 3_600_000
MOST_SKIPPED = 10
"""So many of the tickets that were skipped most often are named."""


def measure(
    read: Reader,
    question: Question,
    since: datetime | None,
    until: datetime | None,
    *,
    zone: tzinfo,
    query: str = "",
    compare: bool = False,
) -> MetricsView:
    """Compute every figure over [since, until); with `compare` also over the period before."""
    started = perf_counter()
    total, flow = count(read, question, since, until)
    before = None
    if compare and since is not None:
        length = (until or question.now) - since
        before = measure(read, question, since - length, since, zone=zone, query=query)
    local = _Local(zone)
    view = _view(total, flow, question.sla or ("imported" if total.imported else "desk"), local)
    days = _days(question.now, since, until, total.created, flow, local)
    elapsed = (perf_counter() - started) * 1000
    return replace(view, query=query, since=since, until=until, days=days, before=before, elapsed_ms=elapsed)


def _view(total: Tally, flow: Flow, source: str, local: _Local) -> MetricsView:
    return MetricsView(
        seq=flow.seq,
        query="",
        since=None,
        until=None,
        tickets=total.tickets,
        by_state={state.value: total.by_state[state] for state in State if total.by_state[state]},
        by_priority={level.value: total.by_priority[level] for level in Priority if total.by_priority[level]},
        created=total.tickets,
        solved=flow.solved.total(),
        backlog=sum(flow.ages),
        reopened=total.reopened,
        reassignments=total.reassignments,
        source=source,
        resolution_sla=Verdicts(total.met.total(), total.met.total() + total.missed.total()),
        resolution_by_priority=_verdicts(total.met, total.missed),
        reply_sla=Verdicts(total.reply_met.total(), total.reply_met.total() + total.reply_missed.total()),
        reply_by_priority=_verdicts(total.reply_met, total.reply_missed),
        first_reply_hours=_hours(total.to_reply),
        resolve_hours=_hours(total.to_solve),
        first_contact=Verdicts(total.first_contact, total.solved_once),
        days=(),
        arrivals=_arrivals(total.created, local),
        ages=flow.ages,
        agents=tuple(AgentLoad(*work) for work in flow.agents),
        elapsed_ms=0.0,
        skipped=flow.skips.total(),
        steps_skipped=total.steps_skipped,
        most_skipped=tuple(sorted(flow.skips.items(), key=lambda item: (-item[1], item[0]))[:MOST_SKIPPED]),
        worked=flow.worked[0] if flow.worked else None,
        worked_by=flow.worked[1:],
    )


def _verdicts(met: Counter[str], missed: Counter[str]) -> dict[str, Verdicts]:
    return {
        level.value: Verdicts(met[level], met[level] + missed[level])
        for level in Priority
        if met[level] + missed[level]
    }


def _hours(taken: Sequence[int]) -> Percentiles:
    def at(share: float) -> float | None:
        found = percentile(taken, share)
        return None if found is None else found / HOUR

    return Percentiles(len(taken), at(0.5), at(0.9))


class _Local:
    """Quarter hours as local time, each looked up once."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._known: dict[int, datetime] = {}

    def at(self, quarter: int) -> datetime:
        """The local time a quarter hour begins."""
        found = self._known.get(quarter)
        if found is None:
            found = self._known[quarter] = datetime.fromtimestamp(quarter * QUARTER / 1000, self.zone)
        return found

    def by_day(self, counts: Counter[int]) -> Counter[date]:
        """Add quarter hours up to local days."""
        days: Counter[date] = Counter()
        for quarter, number in counts.items():
            days[self.at(quarter).date()] += number
        return days


def _arrivals(created: Counter[int], local: _Local) -> tuple[tuple[int, ...], ...]:
    grid = [[0] * 24 for _ in range(7)]
    for quarter, number in created.items():
        at = local.at(quarter)
        grid[at.weekday()][at.hour] += number
    return tuple(tuple(row) for row in grid)


def _days(
    now: datetime,
    since: datetime | None,
    until: datetime | None,
    created: Counter[int],
    flow: Flow,
    local: _Local,
) -> tuple[Day, ...]:
    """Put the days together, walking the backlog backwards from its value at the end.

    Without an end the last day is today, or with nothing asked of time the last day that anything happened.
    """
    born, solved, ended = (local.by_day(counts) for counts in (created, flow.solved, flow.ended))
    busy = sorted({*born, *ended})
    if since is None and not busy:
        return ()
    first = since.astimezone(local.zone).date() if since else busy[0]
    today = now.astimezone(local.zone).date()
    if until is not None:
        last = min(today, (until - timedelta(microseconds=1)).astimezone(local.zone).date())
    else:
        last = today if since else busy[-1]
    days: list[Day] = []
    active = sum(flow.ages)
    for day in (last - timedelta(days=back) for back in range(max(0, (last - first).days + 1))):
        days.append(Day(day, born[day], solved[day], active))
        active += ended[day] - born[day]
    return tuple(reversed(days))


def as_json(view: MetricsView) -> dict[str, Any]:
    """The figures as CONTRACT section 3 writes them."""
    return {
        "from": _stamp(view.since),
        "to": _stamp(view.until),
        "tickets": view.tickets,
        "by_state": view.by_state,
        "by_priority": view.by_priority,
        "created": view.created,
        "solved": view.solved,
        "reopened": view.reopened,
        "reassignments": view.reassignments,
        "sla": {
            "source": view.source,
            "met": view.resolution_sla.met,
            "total": view.resolution_sla.total,
            "by_priority": _shares(view.resolution_by_priority),
        },
        "first_reply_sla": {
            "met": view.reply_sla.met,
            "total": view.reply_sla.total,
            "by_priority": _shares(view.reply_by_priority),
        },
        "hours_to_first_reply": _percentiles(view.first_reply_hours),
        "hours_to_resolve": _percentiles(view.resolve_hours),
        "first_contact": {"met": view.first_contact.met, "total": view.first_contact.total},
        "backlog": [{"day": day.day.isoformat(), "active": day.active} for day in view.days],
        "agents": [
            {
                "agent": one.agent,
                "active": one.active,
                "solved": one.solved,
                "replies": one.replies,
                "reopened": one.reopened,
            }
            for one in view.agents
        ],
        "worked": {
            "seconds": view.worked.seconds if view.worked else 0,
            "tickets": view.worked.tickets if view.worked else 0,
            "agents": [
                {"agent": one.name, "seconds": one.seconds, "tickets": one.tickets} for one in view.worked_by
            ],
        },
        "skipped": {
            "total": view.skipped,
            "agents": [{"agent": one.agent, "skipped": one.skipped} for one in view.agents if one.skipped],
            "tickets": [{"number": number, "skipped": times} for number, times in view.most_skipped],
        },
        "steps_skipped": view.steps_skipped,
    }


def as_csv(view: MetricsView) -> str:
    """The figures as lines of section, name and value; no cell can be taken for a formula."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(("figure", "of", "value"))
    for name, value in as_json(view).items():
        if isinstance(value, dict):
            lines.writerows((name, _inert(".".join(path)), cell) for path, cell in _leaves(value))
        elif not isinstance(value, list):
            lines.writerow((name, "", "" if value is None else value))
    for day in view.days:
        for what, number in (("created", day.created), ("solved", day.solved), ("active", day.active)):
            lines.writerow((f"day {what}", day.day.isoformat(), number))
    for one in view.agents:
        for what in ("active", "solved", "replies", "reopened", "skipped"):
            lines.writerow((f"agent {what}", _inert(one.agent), getattr(one, what)))
    for worked in view.worked_by:
        lines.writerow(("agent worked", _inert(worked.name), worked.seconds))
    return out.getvalue()


def _stamp(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _shares(by_priority: dict[str, Verdicts]) -> dict[str, dict[str, int]]:
    return {level: {"met": verdicts.met, "total": verdicts.total} for level, verdicts in by_priority.items()}


def _percentiles(hours: Percentiles) -> dict[str, float | int | None]:
    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 4)

    return {"n": hours.n, "p50": rounded(hours.p50), "p90": rounded(hours.p90)}


def _leaves(value: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _leaves(inner, (*path, name))
        elif not isinstance(inner, list):
            yield (*path, name), "" if inner is None else inner


def _inert(cell: str) -> str:
    """A cell that a spreadsheet would run is made a text."""
    return "'" + cell if cell[:1] in "=+-@\t\r" and cell else cell
