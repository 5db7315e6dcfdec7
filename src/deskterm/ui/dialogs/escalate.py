"""Escalate: to a specialist queue, to the lead, or to a vendor; what is asked follows the choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from deskterm.ui.dialogs.form import Field, Form
from deskterm.ui.dialogs.remind import refused, understood

QUEUE, LEAD, VENDOR = "specialist queue", "lead", "vendor"
SOON = "next business day 9am"
"""When a vendor is followed up unless something else is said."""

ASKED: Mapping[str, tuple[str, ...]] = {
    QUEUE: ("to", "queue", "reason"),
    LEAD: ("to", "reason"),
    VENDOR: ("to", "vendor", "reference", "follow_up", "reason"),
}
"""What each choice asks for."""


class EscalateForm(Form):
    """Ask to whom, what that needs to know, and why; `queues` are names, `leads` logins."""

    def __init__(
        self,
        title: str,
        now: datetime,
        zone: tzinfo,
        *,
        queues: Sequence[str],
        leads: Sequence[str],
        vendor: str = "",
        reference: str = "",
        with_vendor: bool = False,
        detail: str = "",
        keep_as: str = "",
    ) -> None:
        options = (*((QUEUE,) if queues else ()), LEAD, VENDOR)
        told = ", ".join(leads)
        help_ = {
            QUEUE: "hands it over to those who know more; counted as a handoff",
            LEAD: f"rings for {told}; the ticket stays where it is" if told else "there is no lead to tell",
            VENDOR: "on hold until it is followed up; the reference can be searched",
        }
        fields = [
            Field("to", "To", VENDOR if with_vendor else options[0], options=options, help=help_),
            Field("queue", "Queue", options=tuple(queues) or ("",)),
            Field("vendor", "Vendor", vendor, placeholder="who it is with", required="say which vendor"),
            Field(
                "reference",
                "Reference",
                reference,
                placeholder="what they call it",
                help="optional: search field.vendor_reference:… later",
            ),
            Field(
                "follow_up",
                "Follow up",
                SOON,
                placeholder="friday 9am, in 2 days",
                preview=understood(now, zone),
                check=refused(now, zone, empty="say when to follow up, for example: friday 9am"),
            ),
            Field("reason", "Why", placeholder="what they need to know", help="read in the conversation"),
        ]
        super().__init__(title, fields, detail=detail, keep_as=keep_as, verb="escalate")

    def asked(self) -> tuple[Field, ...]:
        """Only what the chosen kind of escalation needs."""
        wanted = ASKED[self.value("to")]
        return tuple(field for field in self.fields if field.name in wanted)

    def on_mount(self) -> None:
        """Begin with what the first choice asks for."""
        super().on_mount()
        self.show_asked()

    def on_choice_field_changed(self) -> None:
        """Ask for what the choice needs."""
        self.show_asked()
        super().on_choice_field_changed()
