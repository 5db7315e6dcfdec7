"""`metrics`: the figures of CONTRACT section 3 for programs, and as text for people."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from deskterm.cli.output import Output
from deskterm.cli.session import Session
from deskterm.domain.errors import UsageError
from deskterm.domain.query import day_of, duration_seconds
from deskterm.domain.query_parser import parse
from deskterm.domain.time_words import time_words

if TYPE_CHECKING:
    from deskterm.domain.views import MetricsView, Percentiles, Verdicts
    from deskterm.domain.worktime import Spent
    from deskterm.store.store import Store

FIGURES = (
    "from", "to", "tickets", "by_state", "by_priority", "reopened", "reassignments", "sla",
    "hours_to_first_reply", "hours_to_resolve", "backlog", "agents", "skipped", "steps_skipped",
)  # fmt: skip
"""What other programs stand on, in this order; the screen shows more."""

AGENT = ("agent", "active", "solved", "reopened")
DAYS = 14
"""Days of backlog that people are shown."""


def metrics(session: Session) -> int:
    """Count the tickets created in a period, whatever state they are in by now; --all is the default."""
    options, out = session.options, session.out
    query = " ".join(options.query)
    parse(query)
    if options.all and (options.since or options.until):
        raise UsageError("--all leaves no period to choose", field="all")
    store = session.store
    since = moment(options.since, store, "since")
    until = moment(options.until, store, "until")
    if since is not None and until is not None and since >= until:
        raise UsageError("--since is not before --until", field="since")
    view = store.metrics(query, since, until, sla=options.sla)
    spent = store.time_spent(query, since, until)
    if out.json:
        out.emit({**shape(view), "worked": _worked(*spent)})
    else:
        _tell(out, view, processes=bool(store.policy.processes))
        _tell_time(out, *spent)
    return 0


def shape(view: MetricsView) -> dict[str, Any]:
    """Return the figures that the contract names, and after them what was left: tickets and steps."""
    from deskterm.store.metrics import as_json

    whole = as_json(view)
    found = {name: whole[name] for name in FIGURES}
    found["sla"] = {name: whole["sla"][name] for name in ("source", "met", "total", "by_priority")}
    found["agents"] = [{name: agent[name] for name in AGENT} for agent in whole["agents"]]
    return found


def _worked(agents: tuple[Spent, ...], organizations: tuple[Spent, ...]) -> dict[str, Any]:
    """Return the time worked in the period, by agent and by organization (null: of those without one)."""
    return {
        "seconds": sum(one.seconds for one in agents),
        "agents": [{"agent": one.name, "seconds": one.seconds, "tickets": one.tickets} for one in agents],
        "organizations": [
            {"organization": one.name or None, "seconds": one.seconds, "tickets": one.tickets}
            for one in organizations
        ],
    }


def _tell_time(out: Output, agents: tuple[Spent, ...], organizations: tuple[Spent, ...]) -> None:
    for title, found, none in (("AGENT", agents, ""), ("ORGANIZATION", organizations, "without one")):
        if found:
            out.line()
            rows = ((one.name or none, time_words(one.seconds), f"{one.tickets:,}") for one in found)
            out.table((title, "WORKED", "TICKETS"), rows, right="WORKED TICKETS")


def moment(text: str, store: Store, option: str) -> datetime | None:
    """Return a bound: a day in the agent's zone (--until includes it), a time, or so long ago as 30d."""
    word = text.strip().lower()
    if not word:
        return None
    seconds = duration_seconds(word)
    if seconds is not None:
        return store.now() - timedelta(seconds=seconds)
    today = store.now().astimezone(store.zone).date()
    day = {"today": today, "yesterday": today - timedelta(days=1)}.get(word) or day_of(word)
    if day is not None:
        day += timedelta(days=1 if option == "until" else 0)
        return datetime.combine(day, time(0), tzinfo=store.zone).astimezone(UTC)
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{text!r} is no day", field=option, hint="2026-11-01, today, 30d or 2026-11-01T09:00"
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=store.zone)).astimezone(UTC)


def _tell(out: Output, view: MetricsView, *, processes: bool) -> None:
    out.line(f"{view.tickets:,} tickets created, {view.solved:,} solved, {view.backlog:,} active", "bold")
    for name, counts in (("state", view.by_state), ("priority", view.by_priority)):
        out.line(f"by {name:<17}" + "  ".join(f"{key} {count:,}" for key, count in counts.items()))
    out.line(f"{'first reply':<20}{_hours(view.first_reply_hours)}")
    out.line(f"{'resolution':<20}{_hours(view.resolve_hours)}")
    out.line(f"{'SLA met (' + view.source + ')':<20}{_share(view.resolution_sla)}")
    for level, verdicts in view.resolution_by_priority.items():
        out.line(f"  {level:<18}{_share(verdicts)}")
    out.line(f"{'first reply met':<20}{_share(view.reply_sla)}")
    out.line(f"{'reopened':<20}{view.reopened:,}")
    if processes or view.steps_skipped:
        out.line(f"{'steps skipped':<20}{view.steps_skipped:,}")
    out.line(f"{'reassignments':<20}{view.reassignments:,}")
    if view.skipped:
        most = ", ".join(f"#{number} ({times})" for number, times in view.most_skipped)
        out.line(f"{'skipped':<20}{view.skipped:,}: {most}")
    if view.days:
        out.line()
        rows = (
            (str(day.day), f"{day.created:,}", f"{day.solved:,}", f"{day.active:,}")
            for day in view.days[-DAYS:]
        )
        out.table(("DAY", "CREATED", "SOLVED", "ACTIVE"), rows, right="CREATED SOLVED ACTIVE")
    if view.agents:
        out.line()
        agents = (
            (one.agent, f"{one.active:,}", f"{one.solved:,}", f"{one.reopened:,}") for one in view.agents
        )
        out.table(("AGENT", "ACTIVE", "SOLVED", "REOPENED"), agents, right="ACTIVE SOLVED REOPENED")


def _hours(figures: Percentiles) -> str:
    if figures.p50 is None or figures.p90 is None:
        return "no ticket has both ends"
    return f"half within {figures.p50:,.2f} h, nine of ten within {figures.p90:,.2f} h, of {figures.n:,}"


def _share(verdicts: Verdicts) -> str:
    share = verdicts.share
    if share is None:
        return "no ticket has a verdict"
    return f"{share:.1%} ({verdicts.met:,} of {verdicts.total:,})"
