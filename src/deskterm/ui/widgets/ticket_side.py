"""What stands beside a conversation: the clocks, the process, the requester, links and reminders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

from rich.segment import Segment
from rich.style import Style

from deskterm.domain.kinds import Sla, status
from deskterm.domain.left import day_of, left_words
from deskterm.domain.plain import clean_line
from deskterm.domain.sla import Clock, ClockState
from deskterm.domain.views import TicketView
from deskterm.domain.worktime import summary
from deskterm.ui.safe import fit
from deskterm.ui.theme import SLA_GLYPH, STATE_GLYPH, Palette, palette
from deskterm.ui.widgets.clock import BAR_CELLS, FULL, REST, hour, span
from deskterm.ui.widgets.line_view import LineView
from deskterm.ui.widgets.message_lines import Line, cells_of, wrap
from deskterm.ui.widgets.step_lines import step_lines
from deskterm.ui.widgets.step_lines import title as title_line

TARGETS = {
    "first_reply": "First reply",
    "next_reply": "Next reply",
    "resolution": "Resolution",
    "update": "Update",
}
TARGET_WIDTH = 12
NOTE_LINES = 3
"""Lines of what is noted of a requester that stand beside their tickets; the contact has them all."""

WIDEST = 60
"""Cells a line is spread over at most: beyond, left and right would lose sight of each other."""

LEAST_STEPS = 4
"""Lines of a process that stay where there are few: what is over, the current step, the next, the rest."""

LATE_REPLIES = 2
"""Missed next replies that are listed one by one: the last ones; `w` lists them all."""


class TicketSide(LineView):
    """Paints the details of a ticket, in the width it is given."""

    def __init__(self) -> None:
        super().__init__(id="side")
        self.view: TicketView | None = None

    def show(self, view: TicketView) -> None:
        """Show a ticket's details as they are now."""
        self.view = view
        self.rebuild()

    def on_resize(self) -> None:
        """Spread the lines anew."""
        self.rebuild()

    def rebuild(self) -> None:
        """Lay the lines out."""
        if self.view is None or not self.size.width:
            return
        desk = self.screen.desk  # type: ignore[attr-defined]
        details = Details(
            self.view,
            min(self.text_width - 3, WIDEST),
            palette(self.app),
            desk.now(),
            desk.zone,
            self.size.height,
        )
        self.show_lines([[Segment("  ", details.look.plain), *line] for line in details.lines()])


def _late_reply(clock: Clock) -> bool:
    return clock.target == "next_reply" and clock.state is ClockState.MISSED


class Details:
    """Writes the lines of the side panel."""

    def __init__(
        self, view: TicketView, width: int, look: Palette, now: datetime, zone: tzinfo, height: int = 1000
    ) -> None:
        self.view = view
        self.height = height
        self.width = max(20, width)
        self.look = look
        self.now = now
        self.zone = zone

    def lines(self) -> list[Line]:
        """Return all sections that have something to say, with empty lines between; where they are more than
        fit, the process gives way, down to the step whose turn it is and what is left."""
        found, clocks = list[Line](), 0
        for title, lines in self._sections():
            if lines:
                found += [[], [Segment(title, self.look.label + Style(bold=True))], *lines]
                clocks = len(found) if title == "CLOCKS" else clocks
        steps = self.view.steps
        if not steps:
            return found
        room = max(LEAST_STEPS, self.height - len(found) - 2)
        lines = step_lines(steps, self.width, self.look, self.now, room)
        return [*found[:clocks], [], title_line(self.view, self.width, self.look), *lines, *found[clocks:]]

    def _sections(self) -> Iterator[tuple[str, list[Line]]]:
        yield "CLOCKS", list(self._clocks()) or [[Segment("no targets", self.look.muted)]]
        yield "TICKET", list(self._ticket())
        yield "REQUESTER", list(self._requester())
        yield "BESIDE", list(self._beside())
        yield "LINKS", list(self._links())
        yield "REMINDERS", list(self._reminders())

    def _clocks(self) -> Iterator[Line]:
        """Yield the clocks; of the replies that came too late the last ones, and how many more."""
        late = [clock for clock in self.view.clocks if _late_reply(clock)]
        before = late[:-LATE_REPLIES]
        for clock in self.view.clocks:
            if clock not in before:
                yield self._clock(clock)
            elif clock is before[0]:
                yield [Segment(f"… {len(before):,} earlier missed", self.look.muted)]

    def _clock(self, clock: Clock) -> Line:
        look = self.look
        word, text, style = self._verdict(clock)
        name = TARGETS.get(clock.target, clock.target)
        share = min(1.0, clock.used_seconds / clock.target_seconds) if clock.target_seconds else 1.0
        if clock.due_at is not None:
            total = max(1.0, clock.target_seconds)
            share = min(1.0, max(0.0, 1 - clock.left(self.now) / total))
        full = max(0, min(BAR_CELLS, round(share * BAR_CELLS)))
        glyph = SLA_GLYPH.get(word, "")
        shown = f"{glyph} {text}" if glyph else text
        gap = self.width - TARGET_WIDTH - BAR_CELLS - 1 - cells_of(shown)
        return [
            Segment(fit(name, TARGET_WIDTH) + " ", look.muted),
            Segment(FULL * full, style),
            Segment(REST * (BAR_CELLS - full), look.rule),
            Segment(" " * max(1, gap), look.plain),
            Segment(shown, style),
        ]

    def _verdict(self, clock: Clock) -> tuple[Sla, str, Style]:
        look = self.look
        if clock.state is ClockState.RUNNING and clock.due_at is not None:
            sla = status(Sla.OK, clock.due_at, clock.risk_at, self.now)
            bold = Style(bold=True) if sla is Sla.BREACHED else Style()
            left = left_words(clock.left(self.now), day_of(clock.calendar), over=sla is Sla.BREACHED)
            return sla, left, look.severity(sla) + bold
        if clock.state is ClockState.MET:
            return Sla.MET, f"met {span(clock.used_seconds)}", look.within
        if clock.state is ClockState.MISSED:
            return Sla.MISSED, f"missed {span(clock.used_seconds)}", look.breached
        word = Sla.PAUSED if clock.state is ClockState.PAUSED else Sla.NONE
        return word, clock.state.value, look.muted

    def _pair(self, name: str, value: str, style: Style | None = None) -> Line:
        value = clean_line(value, 200)
        shown = fit(value, min(cells_of(value), max(4, self.width - TARGET_WIDTH - 1)))
        return [
            Segment(fit(name, TARGET_WIDTH) + " ", self.look.muted),
            Segment(shown, style or self.look.plain),
        ]

    def _ticket(self) -> Iterator[Line]:
        view, ticket = self.view, self.view.ticket
        yield self._pair("Owner", view.owner or "—")
        yield self._pair("Impact", ticket.impact)
        yield self._pair("Urgency", ticket.urgency)
        if ticket.priority_reason:
            yield self._pair(f"Why {ticket.priority}", ticket.priority_reason)
        if ticket.hold_reason:
            until = f" until {self._time(ticket.hold_until)}" if ticket.hold_until else ""
            yield self._pair("Hold for", ticket.hold_reason + until)
        if ticket.resolution:
            yield self._pair("Resolution", f"{ticket.resolution_code}: {ticket.resolution}")
        if ticket.close_reason:
            yield self._pair("Closed", ticket.close_reason)
        for name, value in sorted(ticket.fields):
            yield self._pair(clean_line(name, 40), value)
        if ticket.reopens or ticket.handoffs:
            parts = [f"{ticket.reopens} reopened" if ticket.reopens else ""]
            parts.append(f"{ticket.handoffs} handed over" if ticket.handoffs else "")
            yield self._pair("Times", ", ".join(filter(None, parts)))
        if view.worked:
            yield self._pair("Worked", summary(view.worked))
        if ticket.followers:
            yield self._pair(
                "Followed by", ", ".join(sorted(view.names.get(each, "?") for each in ticket.followers))
            )
        if ticket.external_id:
            yield self._pair("Came from", ticket.external_id)

    def _requester(self) -> Iterator[Line]:
        view, look = self.view, self.look
        person = view.person
        vip = person is not None and person.vip
        name = fit(view.requester or view.address, self.width - 6 * vip).rstrip()
        mark = [Segment(" ★ VIP", look.accent + Style(bold=True))] if vip else []
        yield [Segment(name, look.bold), *mark]
        for text in (view.address if view.requester else "", view.organization):
            if text:
                yield [Segment(fit(text, self.width).rstrip(), look.muted)]
        if person is not None and person.zone:
            yield [Segment(fit(person.zone, self.width).rstrip(), look.muted)]
        if person is not None and person.notes:
            for part in list(wrap(clean_line(person.notes, 200), self.width))[:NOTE_LINES]:
                yield [Segment(part, look.plain)]
        for name, address in view.participants:
            yield [
                Segment("CC ", look.label),
                Segment(fit(name or address, self.width - 3).rstrip(), look.muted),
            ]
        total = f"{view.requester_total:,} ticket{'s' if view.requester_total != 1 else ''}"
        others = [number for number in view.requester_open if number != view.ticket.number]
        if not others:
            yield [Segment(f"{total}, no other open", look.muted)]
            return
        numbers = " ".join(f"#{number}" for number in others[:4]) + (" …" if len(others) > 4 else "")
        lead = f"{total}, {len(others)} other open "
        if cells_of(lead + numbers) <= self.width:
            yield [Segment(lead, look.muted), Segment(numbers, look.accent)]
        else:
            yield [Segment(lead, look.muted)]
            yield [Segment(fit(numbers, self.width).rstrip(), look.accent)]

    def _beside(self) -> Iterator[Line]:
        look = self.look
        for side in self.view.sides:
            stands = "awaits you" if side.awaits else "" if side.open else "ended"
            room = max(4, self.width - 2 - (cells_of(stands) + 1 if stands else 0))
            about = f"{side.whom} – {side.subject}"
            yield [
                Segment("◇ ", look.note),
                Segment(
                    fit(about, min(room, cells_of(clean_line(about, 300)))),
                    look.plain if side.open else look.muted,
                ),
                Segment(f" {stands}" if stands else "", look.note if side.awaits else look.label),
            ]

    def _links(self) -> Iterator[Line]:
        look = self.look
        for link in self.view.links:
            lead = f"{link.kind} "
            number = f"#{link.number}"
            room = self.width - cells_of(lead) - cells_of(number) - 3
            subject = fit(link.subject, max(4, min(room, cells_of(clean_line(link.subject, 200)))))
            yield [
                Segment(lead, look.muted),
                Segment(number, look.accent),
                Segment(f" {STATE_GLYPH[link.state]} ", look.muted),
                Segment(subject if room > 6 else "", look.plain),
            ]

    def _reminders(self) -> Iterator[Line]:
        look = self.look
        if self.view.snoozed_until is not None:
            yield [
                Segment("snoozed until ", look.muted),
                Segment(self._time(self.view.snoozed_until), look.plain),
            ]
        for reminder in self.view.reminders:
            rang = reminder.state != "pending"
            mark = "● " if rang else ""
            yield [
                Segment(f"{mark}{self._time(reminder.at)} ", look.atrisk if rang else look.muted),
                Segment(f"{clean_line(reminder.agent, 40)}", look.plain),
            ]
            if reminder.recurs:
                yield self._again(reminder.recurs)
            for part in list(wrap(clean_line(reminder.text, 200), self.width))[:2] if reminder.text else []:
                yield [Segment(part, look.plain)]

    def _again(self, recurs: str) -> Line:
        shown = fit(recurs, min(cells_of(recurs), self.width - 2))
        return [Segment("↻ ", self.look.label), Segment(shown, self.look.muted)]

    def _time(self, at: datetime) -> str:
        return hour(at, self.now, self.zone)
