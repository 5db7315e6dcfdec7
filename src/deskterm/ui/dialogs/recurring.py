"""A recurring ticket, new or changed: when, and everything a ticket is opened with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

from deskterm.domain.commands import Create
from deskterm.domain.policy import Policy
from deskterm.domain.recurrence import is_recurrence
from deskterm.domain.views import RecurringLine
from deskterm.ui.dialogs.form import Field
from deskterm.ui.dialogs.new_ticket import BY_LEVELS, NewTicket
from deskterm.ui.dialogs.remind import refused_again, understood_again

KEEP_AS = "recurring ticket"


class RecurringTicket(NewTicket):
    """Ask when, and for what a ticket begins with; `requester` is who asks unless somebody else does."""

    def __init__(
        self,
        queues: Sequence[str],
        now: datetime,
        zone: tzinfo,
        *,
        requester: str,
        policy: Policy,
        line: RecurringLine | None = None,
        ticket: Create | None = None,
        queue: str = "",
    ) -> None:
        super().__init__(queues, policy=policy)
        self.heading, self.keep_as, self.verb = "New recurring ticket", KEEP_AS, "set it"
        held = {"address": requester}
        if line is not None and ticket is not None:
            self.heading, self.keep_as, self.verb = "Change recurring ticket", "", "change it"
            held = _held(line, ticket, queue)
        read = refused_again(now, zone, empty="say when, for example: every monday 9am")

        def check(text: str) -> str:
            once = text.strip() and not is_recurrence(text)
            return "that comes only once; try every monday 9am" if once else read(text)

        when = Field(
            "every",
            "When",
            held.get("every", ""),
            placeholder="every monday 9am, every last business day 16:00",
            preview=understood_again(now, zone),
            check=check,
        )
        told = (replace(field, value=held.get(field.name, field.value)) for field in self.fields)
        self.fields = (when, *told)


def _held(line: RecurringLine, ticket: Create, queue: str) -> dict[str, str]:
    """Return what the fields hold of a kind of ticket there is."""
    return {
        "every": line.recurs,
        "address": ticket.requester_address,
        "name": ticket.requester_name,
        "subject": ticket.subject,
        "queue": queue,
        "type": ticket.type,
        "channel": ticket.channel,
        "impact": ticket.impact.value,
        "urgency": ticket.urgency.value,
        "priority": ticket.priority.value if ticket.priority is not None else BY_LEVELS,
        "tags": " ".join(ticket.tags),
        "text": ticket.text,
    }
