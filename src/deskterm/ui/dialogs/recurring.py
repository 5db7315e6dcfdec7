"""A new recurring ticket: when, and everything a ticket is opened with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from deskterm.domain.policy import Policy
from deskterm.domain.recurrence import is_recurrence
from deskterm.ui.dialogs.form import Field
from deskterm.ui.dialogs.new_ticket import NewTicket
from deskterm.ui.dialogs.remind import refused_again, understood_again

KEEP_AS = "recurring ticket"


class RecurringTicket(NewTicket):
    """Ask when, and for what a ticket begins with; `requester` is who asks unless somebody else does."""

    def __init__(
        self, queues: Sequence[str], now: datetime, zone: tzinfo, *, requester: str, policy: Policy
    ) -> None:
        super().__init__(queues, policy=policy)
        self.heading, self.keep_as, self.verb = "New recurring ticket", KEEP_AS, "set it"
        read = refused_again(now, zone, empty="say when, for example: every monday 9am")

        def check(text: str) -> str:
            once = text.strip() and not is_recurrence(text)
            return "that comes only once; try every monday 9am" if once else read(text)

        when = Field(
            "every",
            "When",
            placeholder="every monday 9am, every last business day 16:00",
            preview=understood_again(now, zone),
            check=check,
        )
        told = (
            Field(
                field.name,
                field.label,
                requester,
                placeholder=field.placeholder,
                help=field.help,
                required=field.required,
                check=field.check,
            )
            if field.name == "address"
            else field
            for field in self.fields
        )
        self.fields = (when, *told)
