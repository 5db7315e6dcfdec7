"""Views: the frozen values that reads give and screens and the command line show; each carries its `seq`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from deskterm.domain.events import Event
from deskterm.domain.sla import Clock, Sla, status
from deskterm.domain.ticket import Message, Priority, State, Ticket


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket as lists and cards show it. Names are plain text from outside; "" stands for nobody.

    `key` is the sort key of the row in its listing (with the number: the keyset).
    `left_seconds` is what a paused resolution clock has left; `new_messages` what this agent has not read;
    `unread` says that the agent never opened it. `address` and `channel` are for lists outside a screen.
    """

    number: int
    subject: str
    state: State
    priority: Priority
    type: str
    queue: str
    owner: str
    requester: str
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    risk_at: datetime | None
    started_at: datetime | None
    rest: Sla
    left_seconds: int | None
    new_messages: int
    unread: bool
    version: int
    key: int | str = 0
    address: str = field(default="", compare=False)
    channel: str = field(default="", compare=False)

    def sla(self, now: datetime) -> Sla:
        """Say how the ticket stands at `now`."""
        return status(self.rest, self.due_at, self.risk_at, now)


@dataclass(frozen=True, slots=True)
class Listing:
    """A window of a sorted list: `before` rows precede it out of `total` (at least, when `capped`)."""

    seq: int
    query: str
    sort: str
    rows: tuple[Row, ...]
    before: int
    total: int
    capped: bool = False


@dataclass(frozen=True, slots=True)
class ViewCount:
    """A saved search in the sidebar with its live count; `kind` is view, queue or saved."""

    kind: str
    name: str
    query: str
    count: int
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """The sidebar and the header: views, queues and saved searches, and how many are breached and at risk."""

    seq: int
    views: tuple[ViewCount, ...]
    breached: int
    atrisk: int
    next_change_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkedTicket:
    """A linked ticket as a line: how it relates, its number, subject and state."""

    kind: str
    number: int
    subject: str
    state: State


@dataclass(frozen=True, slots=True)
class ReminderLine:
    """A reminder on a ticket, or free; `agent` is whom it rings for."""

    id: int
    at: datetime
    text: str
    agent: str
    ticket: int | None = None
    state: str = "pending"


@dataclass(frozen=True, slots=True)
class Draft:
    """What an agent has typed and not sent: kind is reply or note; `seen` the version it was begun on."""

    ticket: int
    kind: str
    text: str
    saved_at: datetime
    seen: int = 0


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


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """One column: its cards by time to breach, its true count, and what moving a card into it means.

    `value` is what the column stands for: a state, an owner's login, a priority or a queue key.
    """

    value: str
    title: str
    count: int
    cards: tuple[Row, ...]
    limit: int | None = None
    capped: bool = False


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
    """One agent in the period: active now, solved, replies written, and solved ones that were reopened."""

    agent: str
    active: int
    solved: int
    replies: int
    reopened: int


@dataclass(frozen=True, slots=True)
class MetricsView:
    """The metrics screen and `deskterm metrics`, over tickets created in [since, until) unless stated.

    `source` says whose SLA verdict counts: imported or desk. `arrivals` is 7 weekdays (Monday first) × 24
    local hours. `ages` counts active tickets under 1 day, 1-3, 3-7 and over 7 days old.
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a dispatched command did: its id for undo, the tickets it changed, which were refused and why."""

    command: int
    seq: int
    changed: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]
    summary: str
    created: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What subscribers get after a commit: the new `seq` and what it touched.

    Topics are "ticket:N", "queue:ID", "desk" (agents, queues, views), "reminder:AGENT", "workplace:AGENT".
    """

    seq: int
    topics: frozenset[str]
    events: tuple[Event, ...] = ()
