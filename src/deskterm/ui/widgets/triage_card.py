"""A new ticket as triage looks at it: who asks, what routing made of it and why, its likes, and its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style

from deskterm.domain.kinds import Level
from deskterm.domain.plain import clean_line
from deskterm.domain.policy import Policy
from deskterm.domain.views import LikelyDuplicate, TicketView
from deskterm.domain.wording import rule_of, sentence
from deskterm.ui.safe import fit
from deskterm.ui.theme import STATE_GLYPH
from deskterm.ui.widgets.clock import ago
from deskterm.ui.widgets.message_lines import Line, Setting, cells_of, conversation_lines, wrap
from deskterm.ui.widgets.step_lines import at_words

LABEL = 10
MOST_LIKELY = 4
CERTAIN, PROBABLE = 0.75, 0.5


@dataclass(frozen=True, slots=True)
class TriageCard:
    """One new ticket with the tickets it may be a duplicate of."""

    view: TicketView
    likely: tuple[LikelyDuplicate, ...]
    policy: Policy


def card_lines(card: TriageCard, setting: Setting, *, roomy: bool) -> list[Line]:
    """Return the card as lines; without room the empty ones are left out."""
    parts = (
        _head(card.view, setting),
        list(_proposed(card, setting)),
        list(_likely(card, setting, roomy)),
    )
    lines: list[Line] = []
    for part in parts:
        lines += part
        lines += [[]] if roomy else []
    if not roomy:
        lines.append([Segment("─" * setting.width, setting.look.rule)])
    said = conversation_lines(card.view.messages, setting)
    return lines + (said or [[Segment("  there is no message: it was opened by hand", setting.look.label)]])


def _head(view: TicketView, setting: Setting) -> list[Line]:
    look, row = setting.look, view.row
    number = f"#{row.number}  "
    who = [view.requester or view.address, view.organization, view.ticket.channel]
    total = view.requester_total
    who += [ago(row.created_at, setting.now), f"{total:,} ticket{'s' if total != 1 else ''}"]
    return [
        [
            Segment(number, look.muted),
            Segment(fit(row.subject, setting.width - cells_of(number)).rstrip(), look.bold),
        ],
        [Segment(fit(" · ".join(clean_line(each, 60) for each in who if each), setting.width), look.muted)],
    ]


def _proposed(card: TriageCard, setting: Setting) -> Iterator[Line]:
    """What routing, the matrix or a person made of it, each with its reason."""
    view, look, ticket = card.view, setting.look, card.view.ticket
    priority = look.priority(ticket.priority) + Style(bold=True)
    rest = f"  {clean_line(view.queue, 40)} · {ticket.type} · {clean_line(view.owner, 30) or 'nobody’s'}"
    yield [
        Segment(f"{'proposed':<{LABEL}}", look.label),
        Segment(f"{ticket.priority}", priority),
        Segment(fit(rest, setting.width - LABEL - 2), look.plain),
    ]
    if view.steps:
        yield [
            Segment(f"{'process':<{LABEL}}", look.label),
            Segment(fit(at_words(view), setting.width - LABEL), look.plain),
        ]
    for why in _reasons(view, card.policy):
        for at, part in enumerate(wrap(why, max(8, setting.width - LABEL))):
            if at > 1:
                break
            yield [Segment(f"{'' if at else 'why':<{LABEL}}", look.label), Segment(part, look.muted)]


def _reasons(view: TicketView, policy: Policy) -> Iterator[str]:
    ticket = view.ticket
    matrix = policy.priority(ticket.impact, ticket.urgency)
    if ticket.priority_reason:
        yield f"{ticket.priority}: {clean_line(ticket.priority_reason, 200)}"
    elif ticket.priority is matrix:
        yield f"{ticket.priority}: impact {ticket.impact}, urgency {ticket.urgency}"
    if ticket.requested_urgency not in (None, ticket.urgency):
        yield f"the requester said urgency {Level(ticket.requested_urgency or ticket.urgency)}"
    ruled = [event for event in view.events if rule_of(event) is not None]
    for event in ruled:
        yield clean_line(sentence(event, view.names, view.queues), 400)
    if not ruled:
        created = next((event for event in view.events if event.kind == "created"), None)
        by = view.names.get(created.actor or 0, "") if created is not None else ""
        yield f"{view.queue}: chosen by {by}" if by else f"{view.queue}: where it came in, no rule matched"


def _likely(card: TriageCard, setting: Setting, roomy: bool) -> Iterator[Line]:
    """The tickets it may be a duplicate of, and why; without room beside each other."""
    look = setting.look
    if not card.likely:
        yield [Segment(f"{'alike':<{LABEL}}", look.label), Segment("nothing on the desk", look.muted)]
    for at, one in enumerate(card.likely[:MOST_LIKELY]):
        row, subject = one.row, clean_line(one.row.subject, 200)
        style = look.bold if one.score >= CERTAIN else look.plain if one.score >= PROBABLE else look.muted
        head = f"{one.score:>4.0%} {STATE_GLYPH[row.state]} #{row.number} "
        room = setting.width - LABEL - len(head)
        shown = fit(subject, min(cells_of(subject), room if roomy else max(12, room // 2)))
        why = " · ".join(one.reasons)
        left = room - cells_of(shown) - 2
        yield [
            Segment(f"{'' if at else 'alike':<{LABEL}}", look.label),
            Segment(head, look.accent if one.score >= PROBABLE else look.muted),
            Segment(shown, style),
            Segment("  " + fit(why, left).rstrip() if left > 6 and not roomy else "", look.muted),
        ]
        if roomy:
            indent = LABEL + 5
            yield [Segment(" " * indent + fit(why, setting.width - indent).rstrip(), look.muted)]


def words_for(lines: Sequence[str], setting: Setting) -> list[Line]:
    """Return words that stand in place of a ticket."""
    look = setting.look
    return [[], *([Segment("  " + line, look.muted if at else look.plain)] for at, line in enumerate(lines))]
