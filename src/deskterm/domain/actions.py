"""What rules, thresholds and macros may do, as a table: every verb with its values and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from deskterm.domain.errors import Refused
from deskterm.domain.kinds import CHANNELS, CLOSE_REASONS, RESOLUTION_CODES, Level, Priority
from deskterm.domain.rule import Action


class ActionInfo(NamedTuple):
    """What an action does, and its values when they are a choice.

    `names` says what else the value may name: a "queue", an "agent", a "state", a "process", or "" for any
    text. `text` is what the text beside the value is for, "" when there is none.
    """

    help: str
    choices: tuple[str, ...] = ()
    names: str = ""
    text: str = ""


ME = "me"
"""Who uses a macro, where it names an agent; a rule is nobody."""

VENDOR_PREFIX = "vendor:"
"""How the value of `escalate` names a vendor."""

_LEVELS = tuple(level.value for level in Level)
_PRIORITIES = tuple(priority.value for priority in Priority)

STATE_WORDS = ("open", "pending", "hold")
"""The categories into which an action may put a ticket."""

ACTIONS: Mapping[str, ActionInfo] = MappingProxyType(
    {
        "queue": ActionInfo("move to a queue, by its key", names="queue", text="the handoff note"),
        "assign": ActionInfo(
            "give to an agent, to nobody, or as the mode finds",
            ("none", "round robin", "least loaded", "skills"),
            "agent",
            "the reason",
        ),
        "type": ActionInfo("set the type"),
        "category": ActionInfo("set the category"),
        "component": ActionInfo("set the component"),
        "channel": ActionInfo("set the channel", CHANNELS),
        "impact": ActionInfo("set the impact", _LEVELS),
        "urgency": ActionInfo("set the urgency", _LEVELS),
        "priority": ActionInfo(
            "override the priority, or raise it by one", (*_PRIORITIES, "raise"), "", "why"
        ),
        "state": ActionInfo(
            "put to open, pending, hold, or a state of the desk's in these",
            STATE_WORDS,
            "state",
            "the reason",
        ),
        "solve": ActionInfo("solve, by a resolution code", RESOLUTION_CODES, text="the resolution note"),
        "close": ActionInfo("close without solving", CLOSE_REASONS),
        "field": ActionInfo("set a form's field, by its name", text="its value"),
        "tag": ActionInfo("add a tag"),
        "untag": ActionInfo("take a tag away"),
        "note": ActionInfo("write an internal note"),
        "reply": ActionInfo("write to the requester"),
        "notify": ActionInfo("tell somebody", ("owner", "lead", "queue"), "agent", "what is said"),
        "remind": ActionInfo('ring at a time such as "in 2h", for the owner', text="about what"),
        "escalate": ActionInfo(
            'escalate to the lead, to a queue, or to "vendor:NAME" with "reference; follow up when; reason"',
            ("lead",),
            "queue",
            "the reason",
        ),
        "follow": ActionInfo("let an agent follow the ticket", names="agent"),
        "webhook": ActionInfo("send the ticket to an address, through the outbox"),
        "process": ActionInfo("begin a process, or end it", ("none",), "process", "why"),
        "step": ActionInfo("mark a step of its process as done, by a macro", text="what is said of it"),
    }
)
"""The keys are `Action.do`, and how a policy file writes them."""


def vendor_text(text: str) -> tuple[str, str, str]:
    """Read the text of a rule's action: the reference, when to follow up, the reason. Raises Refused."""
    reference, _, rest = text.partition(";")
    when, _, reason = rest.partition(";")
    if not when.strip():
        raise Refused(
            "escalating to a vendor needs to know when to follow up",
            field="text",
            hint='such as text = "ABC-123; in 2 days; their router is at fault"',
        )
    return reference.strip(), when.strip(), reason.strip()


@dataclass(frozen=True, slots=True)
class Macro:
    """A canned answer: text with placeholders, and actions that go with it."""

    name: str
    text: str = ""
    actions: tuple[Action, ...] = ()
