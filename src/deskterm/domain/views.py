"""Views: the frozen values that reads give and screens and the command line show; each carries its `seq`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain.events import Event
from deskterm.domain.kinds import State
from deskterm.domain.lists import Counts as Counts
from deskterm.domain.lists import Listing as Listing
from deskterm.domain.lists import Notice as Notice
from deskterm.domain.lists import Row as Row
from deskterm.domain.lists import ViewCount as ViewCount
from deskterm.domain.people import Requester
from deskterm.domain.process_lines import StepLine
from deskterm.domain.sla import Clock
from deskterm.domain.ticket import Message, Ticket


@dataclass(frozen=True, slots=True)
class LinkedTicket:
    """A linked ticket as a line: how it relates, its number, subject and state."""

    kind: str
    number: int
    subject: str
    state: State


@dataclass(frozen=True, slots=True)
class LikelyDuplicate:
    """A ticket that may be about the same as another: how likely (0 to 1), and why in words."""

    row: Row
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """Something that was said to an agent: a mention of them, a customer's message on what they follow, or an
    answer in a side conversation (`side`).

    `words` are its first ones, safe to show.
    """

    message: int
    ticket: int
    subject: str
    who: str
    words: str
    mention: bool
    side: bool = False


@dataclass(frozen=True, slots=True)
class ReminderLine:
    """A reminder on a ticket, or free; `agent` is whom it rings for.

    `recurs` says when it comes again, "" never; it may have rung later than it was set for (`rang_at`), and
    is `seen` once its ticket was opened, or it was acknowledged, by whom it rang for.
    """

    id: int
    at: datetime
    text: str
    agent: str
    ticket: int | None = None
    state: str = "pending"
    recurs: str = ""
    rang_at: datetime | None = None
    seen: bool = False


@dataclass(frozen=True, slots=True)
class RecurringLine:
    """Tickets that are opened again and again: when, what about, where, and the last of them."""

    id: int
    subject: str
    queue: str
    recurs: str
    zone: str
    next_at: datetime | None
    made: int = 0
    last_ticket: int | None = None


if TYPE_CHECKING:
    from deskterm.domain.rule import Action
    from deskterm.domain.sides import Side
    from deskterm.domain.worktime import Entry, Spent


class Also(NamedTuple):
    """What goes with a draft besides its text: macros by name with their actions, and paths of files.

    That of a side conversation says to whom (as it was written), and about what.
    """

    macros: tuple[tuple[str, tuple[Action, ...]], ...] = ()
    files: tuple[str, ...] = ()
    to: str = ""
    subject: str = ""


NO_MORE = Also()

SIDE = "side"
"""The kind of a draft that begins a side conversation; with `:ID` one that goes on with it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an agent has typed and not sent: kind is reply or note; `seen` the version it was begun on."""

    ticket: int
    kind: str
    text: str
    saved_at: datetime
    seen: int = 0
    also: Also = NO_MORE


@dataclass(frozen=True, slots=True)
class TicketView:
    """Everything the ticket screen shows. `names` maps agent ids to logins, `queues` queue ids to names."""

    seq: int
    ticket: Ticket
    row: Row
    queue: str
    owner: str
    requester: str
    address: str
    organization: str
    requester_total: int
    requester_open: tuple[int, ...]
    messages: tuple[Message, ...]
    events: tuple[Event, ...]
    clocks: tuple[Clock, ...]
    links: tuple[LinkedTicket, ...]
    reminders: tuple[ReminderLine, ...]
    snoozed_until: datetime | None
    drafts: tuple[Draft, ...]
    names: dict[int, str]
    queues: dict[int, str]
    read_messages: int = 0
    """How many messages this agent had read before this view."""
    spoken: int = 0
    """How many messages there are to read here, those of merged tickets among them."""
    participants: tuple[tuple[str, str], ...] = ()
    """Who is answered too, as name and address: the requesters of tickets that were merged into it."""
    person: Requester | None = None
    """The requester with what is known of them: VIP, time zone, notes."""
    judged: bool = True
    """Whether the clocks hold the next replies that came too late; else they are still to be asked for."""
    worked: tuple[Entry, ...] = ()
    """The time worked on it and on what was merged into it, the oldest work first."""
    sides: tuple[Side, ...] = ()
    """The side conversations beside it, and beside those merged into it, in the order they began."""
    steps: tuple[StepLine, ...] = ()
    """The steps of the process it follows, in order."""


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """One column: its cards by time to breach, its true count, and what moving a card into it means.

    `value` is what the column stands for: a state, an owner's login, a priority or a queue key. Below the
    cards that were read, `late` more were breached by then. `several` says that the desk names more than one
    state in what it stands for.
    """

    value: str
    title: str
    count: int
    cards: tuple[Row, ...]
    limit: int | None = None
    capped: bool = False
    late: int = 0
    several: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """An agent's active tickets against what they can carry."""

    agent: str
    active: int
    capacity: int


@dataclass(frozen=True, slots=True)
class Tick:
    """One line of the ticker: when, who, what, about which ticket."""

    seq: int
    at: datetime
    who: str
    text: str
    ticket: int | None


@dataclass(frozen=True, slots=True)
class BoardView:
    """The board: columns by `lanes` (state, owner, priority or queue), load and the last events."""

    seq: int
    query: str
    lanes: str
    columns: tuple[BoardColumn, ...]
    load: tuple[Load, ...]
    ticks: tuple[Tick, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Calendar hours over `n` tickets that have both ends, linear percentiles; None when there are none."""

    n: int
    p50: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How many of `total` tickets met their target."""

    met: int
    total: int

    @property
    def share(self) -> float | None:
        """The met share from 0 to 1, None without tickets."""
        return self.met / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Day:
    """One local day: how many were created and solved, and how many were active at its end."""

    day: date
    created: int
    solved: int
    active: int


@dataclass(frozen=True, slots=True)
class AgentLoad:
    """One agent in the period: active now, solved, replies written, and solved ones that were reopened.

    `skipped` counts what work next handed to them and they left.
    """

    agent: str
    active: int
    solved: int
    replies: int
    reopened: int
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class MetricsView:
    """The metrics screen and `deskterm metrics`, over tickets created in [since, until) unless stated.

    `source` says whose SLA verdict counts: imported or desk. `arrivals` is 7 weekdays (Monday first) × 24
    local hours. `ages` counts active tickets under 1 day, 1-3, 3-7 and over 7 days old. `skipped` counts what
    was handed out and left in the period, `most_skipped` the tickets (number, times) that were most often.
    `steps_skipped` counts tickets of the period with a skipped step of their process.
    `worked` is what was worked in the period by all together, None for nothing, `worked_by` by each agent.
    `figures` of the period before sit in `before` (the same value without a `before` of its own).
    """

    seq: int
    query: str
    since: datetime | None
    until: datetime | None
    tickets: int
    by_state: dict[str, int]
    by_priority: dict[str, int]
    created: int
    solved: int
    backlog: int
    reopened: int
    reassignments: int
    source: str
    resolution_sla: Verdicts
    resolution_by_priority: dict[str, Verdicts]
    reply_sla: Verdicts
    reply_by_priority: dict[str, Verdicts]
    first_reply_hours: Percentiles
    resolve_hours: Percentiles
    first_contact: Verdicts
    days: tuple[Day, ...]
    arrivals: tuple[tuple[int, ...], ...]
    ages: tuple[int, int, int, int]
    agents: tuple[AgentLoad, ...]
    elapsed_ms: float
    before: MetricsView | None = None
    skipped: int = 0
    most_skipped: tuple[tuple[int, int], ...] = ()
    steps_skipped: int = 0
    worked: Spent | None = None
    worked_by: tuple[Spent, ...] = ()


@dataclass(frozen=True, slots=True)
class Handed:
    """What work next hands to an agent, why, and until when to nobody else.

    `again` says that it was handed to them before and they have not dealt with it: the next one needs a
    reason for leaving this one.
    """

    row: Row
    reason: str
    until: datetime
    again: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a dispatched command did: its id for undo, the tickets it changed, which were refused and why.

    `hanging` are the active tickets that hang on what an agent solved by it: incidents and children.
    """

    command: int
    seq: int
    changed: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]
    summary: str
    created: int | None = None
    hanging: tuple[int, ...] = ()
