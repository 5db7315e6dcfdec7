"""The ticket and what hangs on it: the frozen values that every rule, screen and row is made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from deskterm.domain.kinds import ACTIVE, MERGED_FROM, MERGED_INTO, Level, MessageKind, Priority, State

if TYPE_CHECKING:
    from deskterm.domain.outgoing import Fate


class Link(NamedTuple):
    """A relation to another ticket, seen from the ticket that carries it."""

    kind: str
    number: int


class Spell(NamedTuple):
    """A stay in a state in which clocks may stand still; `end` is None while it lasts.

    `status` is the name of the state when it is not the default of its category.
    """

    start: datetime
    state: State
    end: datetime | None = None
    status: str = ""


class Leg(NamedTuple):
    """From when on which SLA policy, as which version of the desk's policy had it, measured the ticket."""

    since: datetime
    policy: str
    version: int


class Override(NamedTuple):
    """A target of this ticket alone, in seconds of business time."""

    target: str
    seconds: int


class Worked(NamedTuple):
    """Time that an agent (id) worked on a ticket, until `at`; `id` is unlike that of any other entry.

    `timed` says that the timer counted it and nobody typed it; `changed_by` who changed it last (0: nobody).
    """

    id: int
    agent: int
    at: datetime
    seconds: int
    text: str = ""
    timed: bool = False
    changed_by: int = 0


class Mark(NamedTuple):
    """What became of a step of a ticket's process: its state (process.StepState), when, by whom (an agent's
    id, 0 for the desk), and what was said of it."""

    step: str
    state: str
    at: datetime
    agent: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message, kept by its SHA-256 (`digest`); the name is only a label.

    An `inline` one is shown within the text, which refers to it by its `content_id`.
    """

    name: str
    media_type: str
    size: int
    digest: str = ""
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that somebody hangs on what they write: what it is called, and its bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a conversation. One of `agent` and `requester` is set, none for the desk itself."""

    id: int
    ticket: int
    kind: MessageKind
    at: datetime
    text: str
    agent: int | None = None
    requester: int | None = None
    channel: str = ""
    author: str = ""
    address: str = ""
    retracted: bool = False
    attachments: tuple[Attachment, ...] = ()
    shortened: bool = False
    """Whether the mail it came as says more: what it quotes, or a signature."""
    fate: Fate | None = None
    """What became of the mail it went out as, None when it was none."""
    side: int | None = None
    """The side conversation it is of, None for those of the ticket's own conversation."""

    @property
    def from_customer(self) -> bool:
        """Say whether the requester's side wrote it."""
        return self.requester is not None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it is now: the fold of its events.

    Times are UTC-aware; durations are seconds. `version` is the sequence number of the last event. `state` is
    the category; `status` names one of the desk's states in it, "" its default. `waiting_since` is when the
    oldest requester message arrived that no agent has answered yet; `spells` are its stays in pending, hold,
    solved, closed and what the desk named, and `legs` the SLA policies that measured it, none but the last
    resort when empty; clocks are computed from both. `paused_at` and `paused_seconds` are what older events
    say instead of spells: since when it stands still, and how long it did before, around the clock. `alerts`
    holds what was recorded exactly once about clocks, such as "resolution:breached". `target_overrides` hold
    for this ticket alone. `ccs` are the requesters (ids) who take part beside its own, `worked` the time that
    agents spent on it. `process` is the template it follows, "" for none, as `process_version` of the desk's
    policy has it, since `process_since`; `steps` say what became of its steps. A ticket that was created and
    undone is `voided`.
    """

    number: int
    subject: str
    state: State
    priority: Priority
    impact: Level
    urgency: Level
    queue: int
    requester: int
    created_at: datetime
    updated_at: datetime
    owner: int | None = None
    type: str = "incident"
    channel: str = "phone"
    category: str = ""
    component: str = ""
    requested_urgency: Level | None = None
    priority_reason: str = ""
    tags: frozenset[str] = frozenset()
    followers: frozenset[int] = frozenset()
    links: frozenset[Link] = frozenset()
    fields: frozenset[tuple[str, str]] = frozenset()
    hold_reason: str = ""
    hold_until: datetime | None = None
    resolution: str = ""
    resolution_code: str = ""
    close_reason: str = ""
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    first_replied_at: datetime | None = None
    replied_at: datetime | None = None
    waiting_since: datetime | None = None
    paused_at: datetime | None = None
    paused_seconds: int = 0
    spells: frozenset[Spell] = frozenset()
    legs: frozenset[Leg] = frozenset()
    target_overrides: frozenset[Override] = frozenset()
    ccs: frozenset[int] = frozenset()
    worked: frozenset[Worked] = frozenset()
    alerts: frozenset[str] = frozenset()
    reopens: int = 0
    handoffs: int = 0
    messages: int = 0
    external_id: str = ""
    status: str = ""
    process: str = ""
    process_version: int = 0
    process_since: datetime | None = None
    steps: frozenset[Mark] = frozenset()
    imported_sla: bool | None = None
    voided: bool = False
    version: int = 0

    @property
    def active(self) -> bool:
        """Say whether the ticket is still to be worked."""
        return self.state in ACTIVE and not self.voided

    @property
    def skipped(self) -> int:
        """How many steps of its process were skipped."""
        return sum(mark.state == "skipped" for mark in self.steps)

    @property
    def merged_into(self) -> int | None:
        """The ticket that goes on in place of this one, which may have been merged itself since."""
        return next((link.number for link in self.links if link.kind == MERGED_INTO), None)

    @property
    def absorbed(self) -> tuple[int, ...]:
        """The tickets that were merged into this one and are read here."""
        return tuple(sorted(link.number for link in self.links if link.kind == MERGED_FROM))

    @property
    def spell(self) -> Spell | None:
        """The stay that lasts."""
        return next((spell for spell in self.spells if spell.end is None), None)

    @property
    def stays_since(self) -> datetime | None:
        """When it came into the category it stays in; None in one whose stays are not kept.

        Going from one state of a category to another is no new beginning.
        """
        lasts = self.spell
        if lasts is None:
            return self.paused_at
        for spell in reversed(in_order(self.spells)):
            if spell.end == lasts.start and spell.state is lasts.state and spell.status != lasts.status:
                lasts = spell
        return lasts.start

    @property
    def leg(self) -> Leg | None:
        """The SLA policy that measures it now, None for the last resort of a desk that has set nothing."""
        return max(self.legs) if self.legs else None


TIME_FIELDS = frozenset(
    {
        "created_at",
        "updated_at",
        "hold_until",
        "solved_at",
        "closed_at",
        "first_replied_at",
        "replied_at",
        "waiting_since",
        "paused_at",
        "process_since",
    }
)
SET_FIELDS = frozenset(
    {"tags", "followers", "links", "fields", "alerts", "spells", "legs", "target_overrides", "ccs", "worked"}
    | {"steps"}
)
"""Fields whose changes log what was removed (before) and added (after): two agents never overwrite."""

TEXT_FIELDS = frozenset({"subject", "priority_reason", "resolution", "reason"})
"""Free text: kept beside the journal and referenced by hash, so that a person can be erased."""

SPELLED = frozenset({State.PENDING, State.HOLD, State.SOLVED, State.CLOSED})
"""Categories whose stays are kept: a policy says which of them let a clock run. In the others, those in a
state of the desk's own are."""

PAUSE_FIELDS = frozenset({"paused_at", "paused_seconds", "spells"})
END_FIELDS = frozenset({"solved_at", "closed_at"})
REPLY_FIELDS = frozenset({"first_replied_at", "replied_at", "waiting_since"})
CLOCK_FIELDS = PAUSE_FIELDS | END_FIELDS | REPLY_FIELDS | {"alerts", "legs"}
"""Fields that follow from other changes; undo never refuses over them."""

_LATER = datetime.max.replace(tzinfo=UTC)


def in_order(members: Iterable[Any]) -> tuple[Any, ...]:
    """Sort the members of a set field; a spell that lasts comes after one that ended."""
    found = list(members)
    if len(found) > 1 and isinstance(found[0], Spell):
        return tuple(sorted(found, key=lambda spell: (*spell[:2], spell.end or _LATER)))
    return tuple(sorted(found))


def in_line(spells: Iterable[Spell]) -> bool:
    """Say whether stays follow one another, with none inside another and only the last one lasting."""
    return all(
        one.end is not None and one.end <= following.start for one, following in pairwise(in_order(spells))
    )
