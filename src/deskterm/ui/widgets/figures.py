"""The figures of the metrics screen: written, compared and explained, with the tickets behind each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from deskterm.domain.time_words import time_words
from deskterm.domain.views import MetricsView, Percentiles, Verdicts
from deskterm.domain.worktime import Spent
from deskterm.ui.widgets.chart import percent
from deskterm.ui.widgets.ink import Block, Piece, padded, width_of

TILE, TILE_LINES = 16, 4
CREATED, SOLVED = "tickets created in the period", "tickets solved in the period"
EVERYBODY = "everybody"
_LARGE = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
SLIGHTLY = 0.05
"""A change for the worse up to this share is amber, beyond it red."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: `key` names it, `query` lists the tickets behind it and `behind` says which those are."""

    key: str
    label: str
    value: str
    change: Piece
    note: str
    query: str
    behind: str


@dataclass(frozen=True, slots=True)
class Behind:
    """The queries of the period: tickets created in it, solved in it, and active now."""

    created: str
    solved: str
    active: str


def hours(value: float | None) -> str:
    """Write hours as a person would: `38m`, `7h10`, `3.2d`."""
    if value is None:
        return "–"
    minutes = round(value * 60)
    if minutes < 60:
        return f"{minutes}m"
    if value < 48:
        return f"{minutes // 60}h{minutes % 60:02}"
    return f"{value / 24:.1f}d" if value < 240 else f"{value / 24:,.0f}d"


def share(verdicts: Verdicts) -> str:
    """Write a share with one digit, `–` without tickets."""
    return "–" if verdicts.share is None else f"{verdicts.share * 100:.1f}%"


def change(now: float | None, before: float | None, good: int, write: Callable[[float], str]) -> Piece:
    """Say how a value moved: `good` is 1 when more is better, -1 when less is, 0 when neither."""
    if now is None or before is None:
        return ("no comparison" if now is not None else "", "label")
    moved = now - before
    said = write(abs(moved))
    if not moved or said.strip("0.%pthmd ") == "":
        return ("= unchanged", "muted")
    arrow = "▲" if moved > 0 else "▼"
    if not good:
        return (f"{arrow} {said}", "muted")
    if (moved > 0) == (good > 0):
        return (f"{arrow} {said} better", "within")
    slight = abs(moved) <= SLIGHTLY * abs(before)
    return (f"{arrow} {said} worse", "atrisk" if slight else "breached")


def relative(now: float | None, before: float | None, good: int) -> Piece:
    """Say by how many percent a value moved; from nothing there is no percentage."""
    if now is not None and before == 0:
        return change(now, before, good, lambda moved: f"{moved:,.0f}")
    base = before or 1
    return change(now, before, good, lambda moved: f"{moved / base * 100:.0f}%")


def points(now: Verdicts, before: Verdicts | None) -> Piece:
    """Say by how many percentage points a share moved."""
    return change(now.share, before.share if before else None, 1, lambda moved: f"{moved * 100:.1f}pt")


def tiles(view: MetricsView, behind: Behind) -> tuple[Figure, ...]:
    """The figures along the top."""
    return _compared(view, (*_volume(view, behind), *_quality(view, behind)))


def _compared(view: MetricsView, shown: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """Without a period before there is nothing to say about changes."""
    return shown if view.before else tuple(replace(figure, change=("", "label")) for figure in shown)


def _volume(view: MetricsView, behind: Behind) -> tuple[Figure, ...]:
    was, days = view.before, max(1, len(view.days))
    created = relative(view.created, was.created if was else None, 0)
    solved = relative(view.solved, was.solved if was else None, 1)
    backlog = change(view.backlog, was.backlog if was else None, -1, lambda moved: f"{moved:,.0f}")
    each, done = f"{view.created / days:,.1f} a day", f"{view.solved / days:,.1f} a day"
    old = f"{view.ages[3]:,} over 7 days"
    return (
        Figure("created", "Created", f"{view.created:,}", created, each, behind.created, CREATED),
        Figure("solved", "Solved", f"{view.solved:,}", solved, done, behind.solved, SOLVED),
        Figure("backlog", "Backlog", f"{view.backlog:,}", backlog, old, behind.active, "tickets active now"),
    )


def _quality(view: MetricsView, behind: Behind) -> tuple[Figure, ...]:
    was, met, first = view.before, view.resolution_sla, view.first_contact
    reply, resolve = view.first_reply_hours, view.resolve_hours
    missed, replied = f"{behind.created} resolution:missed", f"{behind.created} -replied:none"
    ended = f"{behind.created} -solved:none"
    sla = points(met, was.resolution_sla if was else None)
    contact = points(first, was.first_contact if was else None)
    of_met, of_first = f"{met.met:,} of {met.total:,}", f"{first.met:,} of {first.total:,}"
    late = f"the {met.total - met.met:,} that missed it"
    return (
        _time("first_reply", "First reply p50", reply, was.first_reply_hours if was else None, replied),
        _time("resolution", "Resolution p50", resolve, was.resolve_hours if was else None, ended),
        Figure("sla", "SLA met", share(met), sla, of_met, missed, late),
        Figure(
            "first_contact",
            "First contact",
            share(first),
            contact,
            of_first,
            f"{behind.created} is:firstcontact",
            f"the {first.met:,} solved with one reply",
        ),
    )


def _time(key: str, label: str, now: Percentiles, before: Percentiles | None, query: str) -> Figure:
    moved = relative(now.p50, before.p50 if before else None, -1)
    note = f"p90 {hours(now.p90)}" if now.n else ""
    return Figure(key, label, hours(now.p50), moved, note, query, f"the {now.n:,} that are measured")


def tile(figure: Figure, width: int) -> Block:
    """Write a figure as a tile of four lines."""
    words, ink = figure.change
    lines = ((figure.label, "muted"), (figure.value, "bold"), (words, ink), (figure.note, "label"))
    return [
        padded([(" ", "@tile"), (shortened(text, width - 1), f"{name}@tile")], width, "@tile")
        for text, name in lines
    ]


def shortened(text: str, room: int) -> str:
    """Write large numbers short where they do not fit, `10.6k of 12.4k`, then days by their letter."""
    if width_of(text) > room:
        text = _LARGE.sub(lambda found: _short(float(found[0].replace(",", ""))), text)
    return text.replace(" days", "d") if width_of(text) > room else text


def _short(number: float) -> str:
    unit, letter = (1e6, "M") if number >= 999_500 else (1e3, "k")
    size = number / unit
    return f"{size:.1f}{letter}" if size < 99.95 else f"{size:,.0f}{letter}"


def again(view: MetricsView, behind: Behind) -> tuple[Figure, ...]:
    """Reopened tickets and handovers: what had to be done more than once."""
    was = view.before
    part = view.reopened / view.tickets if view.tickets else 0.0
    each = view.reassignments / view.tickets if view.tickets else 0.0
    shown: tuple[Figure, ...] = (
        Figure(
            "reopened",
            "Reopened tickets",
            f"{view.reopened:,}",
            relative(view.reopened, was.reopened if was else None, -1),
            f"{percent(part)} of {view.tickets:,}",
            f"{behind.created} reopens:>0",
            "tickets of the period that were reopened",
        ),
        Figure(
            "reassignments",
            "Handed over",
            f"{view.reassignments:,}",
            relative(view.reassignments, was.reassignments if was else None, -1),
            f"{each:.2f} a ticket",
            f"{behind.created} handoffs:>0",
            "tickets of the period that were handed over",
        ),
    )
    if view.steps_skipped or (was is not None and was.steps_skipped):
        of = view.steps_skipped / view.tickets if view.tickets else 0.0
        shown += (
            Figure(
                "steps_skipped",
                "Steps skipped",
                f"{view.steps_skipped:,}",
                relative(view.steps_skipped, was.steps_skipped if was else None, -1),
                f"{percent(of)} of {view.tickets:,}",
                f"{behind.created} skipped:>0",
                "tickets of the period with a skipped step",
            ),
        )
    if view.skipped or (was is not None and was.skipped):
        numbers = ",".join(str(number) for number, _ in view.most_skipped)
        shown += (
            Figure(
                "skipped",
                "Skipped",
                f"{view.skipped:,}",
                relative(view.skipped, was.skipped if was else None, -1),
                "left by whom they were handed to",
                f"is:any number:{numbers}" if numbers else behind.created,
                "the tickets most often skipped" if numbers else CREATED,
            ),
        )
    return _compared(view, shown)


def worked(view: MetricsView) -> tuple[Figure, ...]:
    """The time worked, by all together and by each agent; nothing on a desk that records none."""
    was = view.before
    if view.worked is None and (was is None or was.worked is None):
        return ()
    before = {one.name: one.seconds for one in was.worked_by} if was else {}
    now = {one.name: one for one in view.worked_by}
    together = _spent(EVERYBODY, view.worked, was.worked.seconds if was and was.worked else 0)
    names = (*now, *(name for name in before if name not in now))
    each = (_spent(name, now.get(name), before.get(name, 0)) for name in names)
    return _compared(view, (together, *each))


def _spent(name: str, now: Spent | None, before: int) -> Figure:
    """One line of time worked: whose, how long, on how many tickets, and those it was most on."""
    seconds, count = (now.seconds, now.tickets) if now else (0, 0)
    note = f"on {count:,} ticket{'s' if count != 1 else ''}"
    moved = change(seconds, before, 0, lambda moved: time_words(int(moved)))
    most = now.most if now else ()
    if most:
        query = "is:any number:" + ",".join(map(str, most))
        behind = (
            f"the {count:,} it was on" if len(most) == count else f"the {len(most):,} that most of it was on"
        )
    else:
        query = "is:any worked:>0m" if name == EVERYBODY else f'is:any worker:"{name}"'
        behind = "those that it was on at other times"
    return Figure(f"worked {name}", name, time_words(seconds), moved, note, query, behind)


_CREATED = (
    "Tickets whose creation lies in the period, in your time zone. Tickets taken back by undo do not count."
)
HOW = {
    "created": _CREATED,
    "solved": "Tickets whose last solving lies in the period, whenever they were created. A reopened ticket "
    "is not solved until it is solved again.",
    "backlog": "Tickets in new, open, pending or hold at the end of the period. The line counts back from "
    "there by local day: what was created comes in; what was solved, or closed without, goes out.",
    "first_reply": "Calendar hours from creation to the first public reply of an agent, over tickets created "
    "in the period that have one. p50 is the median, p90 the value that nine of ten stay under; both are "
    "interpolated linearly. Automatic replies do not count.",
    "resolution": "Calendar hours from creation to solved, over tickets created in the period that are "
    "solved. p50 is the median, p90 the value that nine of ten stay under; both are interpolated linearly.",
    "sla": "Of the tickets created in the period that have a verdict on their resolution target, the share "
    "that met it. A ticket still active whose time is up has missed it. Time in pending, and in hold where "
    "the policy says so, is not counted. Imported tickets keep the verdict of the system they came from.",
    "reply_sla": "Of the tickets created in the period, the share that had its first public reply within the "
    "target of its priority. Without a reply it is missed once the time is up. Imported tickets without "
    "replies are left out.",
    "first_contact": "Of the tickets created in the period that are solved and were replied to, the share "
    "with a single reply, never handed over and never reopened.",
    "reopened": "Tickets created in the period that were solved or closed and taken up again at least once.",
    "reassignments": "How often tickets created in the period were moved to another queue, added up; for "
    "imported tickets the counter of the system they came from.",
    "steps_skipped": "Tickets created in the period with a skipped step of their process; the reasons are "
    "in their histories. A step that does not concern a ticket is not skipped.",
    "skipped": "How often work next handed a ticket out in the period and its agent asked for another one "
    "without having answered, taken or moved it. The reasons are in the tickets' histories.",
    "worked": "Time recorded for work in the period, by the agent who worked, whenever its tickets were "
    "created. Each entry counts once, on the ticket it was recorded on, merged or not.",
    "days": "Created and solved by local day; where days do not fit, by week or several.",
    "arrivals": "Tickets created in the period by local weekday and hour; the strongest colour is the "
    "busiest hour.",
    "ages": "Tickets active at the end of the period by the time since their creation.",
    "workload": "Active: owned and active now. Solved: owned and solved in the period. Replies: public "
    "replies written in the period. Reopened: of the solved ones, how many had been reopened.",
}
"""How each figure is computed, in words."""
