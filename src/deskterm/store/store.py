"""The store: the one door to a desk for screens, command line, scheduler and importers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from deskterm.domain.commands import Command
from deskterm.domain.errors import DeskError, NotAllowed, Refused
from deskterm.domain.history import History, WriteReport
from deskterm.domain.people import Actor, Agent, Queue
from deskterm.domain.policy import DEFAULT, Policy
from deskterm.domain.query_parser import parse
from deskterm.domain.views import (
    NO_MORE,
    SIDE,
    Also,
    BoardView,
    Counts,
    Draft,
    LikelyDuplicate,
    Listing,
    MetricsView,
    Notice,
    Outcome,
    Row,
    TicketView,
)
from deskterm.storage import (
    board_reads,
    due,
    duplicates,
    grouped,
    journal,
    reads,
    search,
    sidebar,
    ticket_reads,
    workplace,
)
from deskterm.storage.database import Database
from deskterm.storage.people import Directory
from deskterm.storage.scope import Scope
from deskterm.storage.tally import Tally
from deskterm.store import due_runner, topics
from deskterm.store.contacts_door import ContactsDoor
from deskterm.store.dispatch import Dispatcher
from deskterm.store.feed import Feed
from deskterm.store.handing import HandingDoor
from deskterm.store.lead_door import LeadDoor
from deskterm.store.mail_door import MailDoor
from deskterm.store.pacing import Pace
from deskterm.store.policy_door import PolicyDoor
from deskterm.store.reading_door import ReadingDoor
from deskterm.store.sending_door import SendingDoor
from deskterm.store.time_door import TimeDoor
from deskterm.store.times_door import TimesDoor
from deskterm.store.writing_door import WritingDoor

if TYPE_CHECKING:
    from deskterm.storage.database import Connection

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class Store(
    PolicyDoor,
    HandingDoor,
    LeadDoor,
    MailDoor,
    TimesDoor,
    TimeDoor,
    SendingDoor,
    WritingDoor,
    ContactsDoor,
    ReadingDoor,
):
    """A desk as one actor sees it. Every method blocks for milliseconds: call it in a thread of its own.

    `clock` gives aware UTC times; `zone` is the agent's, for dates in queries and metrics.
    """

    def __init__(
        self,
        database: Database,
        actor: Actor,
        *,
        clock: Callable[[], datetime],
        zone: tzinfo = UTC,
        policy: Policy = DEFAULT,
    ) -> None:
        self.database = database
        self.actor = actor
        self.zone = zone
        self._dispatcher = Dispatcher(database, clock, policy)
        self._subscribers: list[Callable[[Notice], None]] = []
        self._lock = threading.Lock()
        self._told = -1
        self._saved_counts = sidebar.SavedCounts()
        self._tally = Tally()
        self._feed: Feed | None = None
        self._pace = Pace()

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self._dispatcher.now()

    def close(self) -> None:
        """Stop the feed and give the database back."""
        if self._feed is not None:
            self._feed.stop()
        self.database.close()

    # Writing

    def dispatch(self, command: Command, *, actor: Actor | None = None) -> Outcome:
        """Carry out a command as the store's actor (or another). Raises DeskError; then nothing happened."""
        outcome = self._dispatcher.dispatch(command, actor or self.actor)
        self._nudge()
        return outcome

    def run_due(self, rest: due_runner.Rest | None = None) -> int:
        """Do what is due and not yet done by any process; returns how much that was.

        `rest` waits between the transactions that much of it takes, and says whether to end.
        """
        done = due_runner.run_due(self._dispatcher, rest=rest)
        if done:
            self._nudge()
        return done

    def next_due(self) -> datetime | None:
        """When the next piece of due work falls due, None when there is none. Raises StorageError."""
        with self.database.read() as connection:
            return due.next_at(connection)

    def write_histories(
        self,
        histories: Iterable[History],
        *,
        via: str,
        on_progress: Callable[[int], None] | None = None,
        dry_run: bool = False,
    ) -> WriteReport:
        """Write whole pasts, round the rules (CONTRACT section 4: import). Raises InputFileError."""
        from deskterm.store.histories import write_histories

        report = write_histories(self._dispatcher, histories, Actor(None, via), on_progress, dry_run)
        self._nudge()
        return report

    def housekeep(self) -> None:
        """Do what keeps the database small and fast."""
        self.database.housekeep()

    # Reading

    def _read(self, work: Callable[[Connection, Scope], Result]) -> Result:
        with self.database.read() as connection:
            return work(connection, self._scope(connection))

    def _scope(self, connection: Connection) -> Scope:
        known = self._dispatcher.directory(connection)
        actor = self.actor
        if actor.agent is not None:
            current = known.agents.get(actor.agent.id, actor.agent)
            if current is not actor.agent:
                actor = Actor(current, actor.via, actor.login)
        held, sqlite = self._dispatcher.policies, self.database.sqlite
        asked = held.states(connection), held.calendars(connection)
        return Scope(actor, known, self.now(), self.zone, sqlite, False, *asked, self._tally)

    def people(self) -> Directory:
        """Return the agents and the queues the actor may know of."""

        def work(connection: Connection, scope: Scope) -> Directory:
            hidden, known = frozenset(scope.hidden), scope.directory
            if not hidden:
                return known
            queues = {number: queue for number, queue in known.queues.items() if number not in hidden}
            agents = {
                number: replace(agent, queues=agent.queues - hidden) for number, agent in known.agents.items()
            }
            return Directory(agents, queues, known.version)

        return self._read(work)

    def counts(self) -> Counts:
        """Return the sidebar's and the header's figures."""
        return self._read(lambda connection, scope: sidebar.counts(connection, scope, self._saved_counts))

    def listing(
        self,
        query: str,
        *,
        sort: str = "breach",
        anchor: tuple[int | str, int] | None = None,
        at: int | None = None,
        limit: int = 128,
        before: int = 0,
        typing: bool = False,
        counted: bool = True,
    ) -> Listing:
        """Return a window of a list (see storage.reads.listing). Raises QueryError.

        A sort such as `state/breach` puts it in groups.
        """
        parsed = parse(query, typing=typing)
        read = grouped.listing if grouped.parted(sort)[0] else reads.listing
        return self._read(
            lambda connection, scope: read(
                connection,
                scope,
                parsed,
                sort=sort,
                anchor=anchor,
                at=at,
                limit=limit,
                before=before,
                counted=counted,
            )
        )

    def check(self, query: str) -> None:
        """Say what is wrong with a query, without looking for what it finds. Raises QueryError."""
        parsed = parse(query)
        self._read(lambda connection, scope: search.where(parsed, scope))

    def count(self, query: str) -> int:
        """Count a query's tickets. Raises QueryError."""
        parsed = parse(query)
        return self._read(lambda connection, scope: reads.total(connection, scope, parsed))

    def numbers(self, query: str, limit: int = 10_000) -> tuple[int, ...]:
        """Return the numbers of a query's tickets, by time to breach."""
        parsed = parse(query)
        return tuple(self._read(lambda connection, scope: reads.numbers(connection, scope, parsed, limit)))

    def quick(self, text: str, limit: int = 20) -> tuple[Row, ...]:
        """Return as-you-type hits on number, subject and requester, newest first. Raises QueryError."""
        return tuple(self._read(lambda connection, scope: reads.quick(connection, scope, text, limit)))

    def ticket(self, number: int, *, messages: int = 200) -> TicketView:
        """Return everything about one ticket. Raises NotFound."""
        return self._read(
            lambda connection, scope: ticket_reads.ticket_view(
                connection, scope, self._dispatcher.policies.current(connection), number, messages
            )
        )

    def duplicates(self, number: int, limit: int = 6) -> tuple[LikelyDuplicate, ...]:
        """Return tickets that may be about the same, the likeliest first, with why. Raises NotFound."""
        return self._read(lambda connection, scope: duplicates.likely(connection, scope, number, limit))

    def urgent(self, also: Sequence[int] = ()) -> tuple[int, int]:
        """Return how many active tickets are P1, with all but one of `also`, and how many there are."""
        return self._read(lambda connection, scope: board_reads.urgent(connection, scope.hidden, also))

    def board(
        self,
        query: str,
        *,
        lanes: str = "state",
        cards: int = 50,
        depths: Mapping[str, int] = MappingProxyType({}),
        at: int | None = None,
    ) -> BoardView:
        """Return the board of a query, as far as `depths` (by column) and a ticket ask. Raises QueryError."""
        parsed = parse(query)
        return self._read(
            lambda connection, scope: board_reads.board(connection, scope, parsed, lanes, cards, depths, at)
        )

    def metrics(
        self,
        query: str,
        since: datetime | None,
        until: datetime | None,
        *,
        sla: str | None = None,
        compare: bool = False,
    ) -> MetricsView:
        """Return the figures of the tickets created in [since, until). Raises QueryError."""
        from deskterm.storage.metrics import Question
        from deskterm.store.metrics import measure

        parsed = parse(query)
        # The scope is read first: what is counted after it goes in several short reads.
        scope = self._read(lambda connection, scope: scope)
        question = Question(search.matching(parsed, scope), scope.now, sla)
        return measure(
            self.database.read, question, since, until, zone=self.zone, query=query, compare=compare
        )

    def tags(self, limit: int = 200) -> tuple[str, ...]:
        """Return the tags in use, the commonest first."""
        return self._read(lambda connection, scope: ticket_reads.tags(connection, scope, limit))

    # The actor's own workplace

    def _me(self) -> int:
        if self.actor.id is None:
            raise NotAllowed("only an agent has a workplace here")
        return self.actor.id

    def mark_read(self, number: int) -> None:
        """Remember that the actor has read a ticket's conversation."""
        agent, now = self._me(), self.now()
        if self.database.write(lambda connection: workplace.mark_read(connection, agent, number, now)):
            self._tell(Notice(self._told, frozenset({f"workplace:{agent}", f"ticket:{number}"})))

    def save_draft(
        self,
        ticket: int,
        kind: str,
        text: str,
        seen: int,
        also: Also = NO_MORE,
        known: Collection[tuple[str, Also]] | None = None,
    ) -> Draft | None:
        """Keep what was typed; an empty text forgets it. `seen` is the ticket version it was begun on.

        Where a draft is there that is none of `known`, it stays, and is returned (empty: it is gone).
        """
        if kind.partition(":")[0] not in ("reply", "note", SIDE):
            raise Refused(f"{kind!r} is no kind of draft")
        agent, draft = self._me(), Draft(ticket, kind, text, self.now(), seen, also)
        if known is not None:
            return self.database.write(lambda one: workplace.save_known(one, agent, draft, known))
        self.database.write(lambda connection: workplace.save_draft(connection, agent, draft))
        return None

    def drafts(self, ticket: int) -> tuple[Draft, ...]:
        """Return the actor's drafts on a ticket."""
        agent = self._me()
        return self._read(lambda connection, scope: workplace.drafts_of(connection, agent, ticket))

    # Hearing of changes

    def subscribe(self, callback: Callable[[Notice], None]) -> Callable[[], None]:
        """Call back, in the feed's thread, after every commit of any process; returns how to stop that."""
        with self._lock:
            self._subscribers.append(callback)
            if self._feed is None:
                with self.database.read() as connection:
                    self._told = journal.last_seq(connection)
                self._feed = Feed(self.database, self._changed)
                self._feed.start()

        def unsubscribe() -> None:
            with self._lock:
                if callback in self._subscribers:
                    self._subscribers.remove(callback)

        return unsubscribe

    def _nudge(self) -> None:
        if self._feed is not None:
            self._feed.nudge()

    def _changed(self) -> float | None:
        # All up to the last commit at once; what is committed meanwhile wakes the feed again.
        notices = self._read(lambda connection, scope: topics.notices_since(connection, scope, self._told))
        self._told = max((self._told, *(notice.seq for notice in notices)))
        for told in (one for notice in notices or (None,) for one in self._pace.take(notice)):
            self._tell(told)
            if "desk" in told.topics:
                # Here rather than in the next command, which would hold everybody up meanwhile. What is
                # wrong with a policy is for whoever needs it to hear.
                with suppress(DeskError), self.database.read() as connection:
                    self._dispatcher.policies.current(connection)
        return self._pace.wait

    def _tell(self, notice: Notice) -> None:
        with self._lock:
            subscribers = tuple(self._subscribers)
        for callback in subscribers:
            try:
                callback(notice)
            except Exception:
                # One screen's fault must not leave the others with an old view.
                log.exception("a subscriber failed on notice %s", notice.seq)


__all__ = ["Agent", "Directory", "Queue", "Store"]
