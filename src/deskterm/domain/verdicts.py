"""The verdicts on a ticket's first reply and resolution, and first contact, as metrics count them."""

from __future__ import annotations

from datetime import datetime

from deskterm.domain.sla import Standing
from deskterm.domain.ticket import Ticket


def resolution(ticket: Ticket, stands: Standing, now: datetime) -> str:
    """Return "met", "missed" or "" for none (yet): the imported verdict where there is one."""
    if ticket.imported_sla is not None:
        return "met" if ticket.imported_sla else "missed"
    return _verdict(stands.solving, stands.solving_due_at, now)


def first_reply(ticket: Ticket, stands: Standing, now: datetime) -> str:
    """Return "met", "missed" or "" for none (yet); an imported ticket without a reply has none."""
    found = _verdict(stands.reply, stands.reply_due_at, now)
    untold = ticket.first_replied_at is None and ticket.imported_sla is not None
    return "" if found == "missed" and untold else found


def first_contact(ticket: Ticket) -> bool:
    """Say whether a ticket was solved for good with one reply by one team."""
    once = ticket.first_replied_at is not None and ticket.replied_at == ticket.first_replied_at
    ended = not ticket.active and ticket.solved_at is not None
    return ended and once and not ticket.reopens and not ticket.handoffs


def _verdict(stands: str, due_at: datetime | None, now: datetime) -> str:
    if stands == "running" and due_at is not None and due_at <= now:
        return "missed"
    return stands if stands in ("met", "missed") else ""
