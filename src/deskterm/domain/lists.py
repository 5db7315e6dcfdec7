"""What lists and the sidebar show, and notices of changes: all that the first page needs of the views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from deskterm.domain.kinds import Priority, Sla, State, status
from deskterm.domain.left import day_of, seconds_left

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar
    from deskterm.domain.events import Event
    from deskterm.domain.known_hours import KnownHours


class Unread:
    """Stands for the calendar of a row that was read before the desk's policy."""


UNREAD: Final = Unread()


class Row(NamedTuple):
    """One ticket as lists and cards show it. Names are plain text from outside; "" stands for nobody.

    `key` is the sort key of the row in its listing (with the number: the keyset). `left_seconds` is what a
    paused resolution clock has left, and of a running target the time since it was due that has not counted;
    `started_at` is when that would have begun if nothing had stood still, and `calendar` the one by which it
    is counted, None around the clock. `new_messages` is what this agent has not read, `unread` says that the
    agent never opened it; `status` is what the desk calls its state, "" where that is the word for its
    category.
    `address` and `channel` are for lists outside a screen.
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
    status: str = ""
    address: str = ""
    channel: str = ""
    calendar: Calendar | KnownHours | Unread | None = None

    def sla(self, now: datetime) -> Sla:
        """Say how the ticket stands at `now`."""
        return status(self.rest, self.due_at, self.risk_at, now)

    def left(self, now: datetime) -> float | None:
        """Return the seconds of business time to its running target, less than none when that has passed;
        None when none runs, or when its calendar is not known yet."""
        if self.due_at is None or isinstance(self.calendar, Unread):
            return None
        return seconds_left(self.calendar, self.due_at, now, self.left_seconds or 0)

    @property
    def day(self) -> int:
        """How many seconds of business time a day of its calendar is."""
        return day_of(None if isinstance(self.calendar, Unread) else self.calendar)


GROUPED_BY = ("state", "owner", "queue", "priority")
"""What a list can be grouped by: its order is then called `state/breach`, the group and the order inside."""

NOBODY = "nobody"
"""The group of tickets without an owner."""


def group_of(row: Row, by: str) -> str:
    """Return the title of the group a row belongs to."""
    if by == "owner":
        return row.owner or NOBODY
    if by == "queue":
        return row.queue
    return row.state.value if by == "state" else row.priority.value


class Listing(NamedTuple):
    """A window of a sorted list: `before` rows precede it out of `total` (at least, when `capped`).

    `groups` says how many tickets each group of a grouped list holds, by title in their order.
    """

    seq: int
    query: str
    sort: str
    rows: tuple[Row, ...]
    before: int
    total: int
    capped: bool = False
    groups: tuple[tuple[str, int], ...] = ()


UNCOUNTED = -1
"""The count of a view whose tickets nobody has counted yet."""


@dataclass(frozen=True, slots=True)
class ViewCount:
    """A saved search in the sidebar with its live count; `kind` is view, queue or saved."""

    kind: str
    name: str
    query: str
    count: int
    capped: bool = False


class Counts(NamedTuple):
    """The sidebar and the header: views, queues and saved searches, and how many are breached and at risk."""

    seq: int
    views: tuple[ViewCount, ...]
    breached: int
    atrisk: int
    next_change_at: datetime | None = None
    unsent: int = 0
    """How many mails and webhooks could not be sent."""


class Notice(NamedTuple):
    """What subscribers get after a commit: the new `seq` and what it touched.

    Topics are "ticket:N", "queue:ID", "desk" (agents, queues, views), "reminder:AGENT", "workplace:AGENT".
    `recounted` says that nothing but a recalculation happened: the events are not told one by one then.
    """

    seq: int
    topics: frozenset[str]
    events: tuple[Event, ...] = ()
    recounted: bool = False

    @property
    def clocks_only(self) -> bool:
        """Say that clocks rang and nothing else happened: lists keep their order, rows turn by themselves."""
        changes = [change for event in self.events for change in event.changes]
        return bool(changes) and all(change.field == "alerts" for change in changes)
