"""Open a new ticket: who asks, what about, and how bad it is; a half-filled form is kept until it is sent."""

from __future__ import annotations

from collections.abc import Sequence

from deskterm.domain.commands import Create
from deskterm.domain.kinds import CHANNELS, TYPES, Level, Priority
from deskterm.domain.policy import DEFAULT, Policy
from deskterm.domain.triage import SUBJECT_LIMIT, TAG
from deskterm.ui.dialogs.form import Field, Form
from deskterm.ui.dialogs.priority import IMPACT_HELP, URGENCY_HELP

KEEP_AS = "new ticket"
BY_LEVELS = "as they say"
"""The priority that impact and urgency make."""


class NewTicket(Form):
    """Ask for what a ticket begins with; `command_from` makes the command of the answer."""

    def __init__(self, queues: Sequence[str], *, queue: str = "", policy: Policy = DEFAULT) -> None:
        fields = (*_who_and_what(), Field("queue", "Queue", queue, options=tuple(queues)), *_how())
        super().__init__("New ticket", fields, keep_as=KEEP_AS, verb="open it")
        self.policy = policy

    def help_with(self, field: Field | None) -> None:
        """While impact or urgency is in hand, also say which priority they make."""
        super().help_with(field)
        if field is not None and field.name in ("impact", "urgency"):
            priority = self.policy.priority(Level(self.value("impact")), Level(self.value("urgency")))
            texts = IMPACT_HELP if field.name == "impact" else URGENCY_HELP
            self.say(f"{texts[Level(self.value(field.name))]}  →  {priority}")


def _who_and_what() -> tuple[Field, ...]:
    return (
        Field(
            "address",
            "Requester",
            placeholder="ana@northwind.example",
            help="who asks; the address tells requesters apart",
            required="a ticket needs the requester's address",
            check=_address,
        ),
        Field("name", "Name", placeholder="Ana Ruiz", help="only needed for a new address"),
        Field(
            "subject",
            "Subject",
            placeholder="what is wrong, in one line",
            required="a ticket needs a subject",
            check=_subject,
        ),
    )


def _how() -> tuple[Field, ...]:
    levels = tuple(Level)
    return (
        Field("type", "Type", TYPES[0], options=TYPES),
        Field("channel", "Came by", "phone", options=CHANNELS, help="how the request reached the desk"),
        Field("impact", "Impact", Level.LOW, options=levels),
        Field("urgency", "Urgency", Level.MEDIUM, options=levels),
        Field(
            "priority",
            "Priority",
            BY_LEVELS,
            options=(BY_LEVELS, *Priority),
            help="what impact and urgency make, or another one with a reason",
        ),
        Field("tags", "Tags", placeholder="vpn laptop", help="separated by spaces", check=_tags),
        Field("text", "Message", lines=4, placeholder="what the requester said", help="the first message"),
    )


def command_from(values: dict[str, str]) -> Create:
    """Turn the answer of the form into the command that opens the ticket."""
    return Create(
        values["subject"].strip(),
        values["address"].strip(),
        requester_name=values["name"].strip(),
        text=values["text"],
        queue=values["queue"] or None,
        type=values["type"],
        channel=values["channel"],
        impact=Level(values["impact"]),
        urgency=Level(values["urgency"]),
        priority=Priority(values["priority"]) if values["priority"] != BY_LEVELS else None,
        tags=_split(values["tags"]),
    )


def _split(tags: str) -> tuple[str, ...]:
    return tuple(tag.lstrip("#") for tag in tags.replace(",", " ").split())


def _address(value: str) -> str:
    return "an address has no spaces" if " " in value.strip() else ""


def _subject(value: str) -> str:
    over = len(value.strip()) - SUBJECT_LIMIT
    return f"{over} characters too many: put the rest into the message" if over > 0 else ""


def _tags(value: str) -> str:
    wrong = next((tag for tag in _split(value) if not TAG.fullmatch(tag.casefold())), "")
    return f"{wrong!r} is no tag: letters, digits and . + / - _" if wrong else ""
