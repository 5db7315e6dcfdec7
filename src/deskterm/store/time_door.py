"""The part of the store that keeps timers: what a session counted is recorded once, whatever ended it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from deskterm.domain.commands import KeepTime
from deskterm.domain.errors import NotAllowed, NotFound, Refused
from deskterm.domain.query_parser import parse
from deskterm.storage import search, worktime
from deskterm.storage.scope import visible
from deskterm.storage.worktime import Running

if TYPE_CHECKING:
    from deskterm.domain.people import Actor
    from deskterm.domain.views import Outcome
    from deskterm.domain.worktime import Spent
    from deskterm.storage.database import Connection, Database
    from deskterm.storage.scope import Scope
    from deskterm.store.dispatch import Dispatcher

GONE = timedelta(minutes=2)
"""A timer that said nothing for so long was killed with its session, or waits for an agent who went away."""


class TimeDoor:
    """What a store does with the timers of its actor's sessions, each known by a token."""

    actor: Actor
    database: Database
    now: Callable[[], datetime]
    _dispatcher: Dispatcher
    _read: Callable[[Callable[[Connection, Scope], Any]], Any]
    _nudge: Callable[[], None]

    def time_spent(
        self, query: str, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[tuple[Spent, ...], tuple[Spent, ...]]:
        """Return what was worked in [since, until) on a query's tickets, by agent and by organization.

        Raises QueryError.
        """
        parsed = parse(query)
        found: tuple[tuple[Spent, ...], tuple[Spent, ...]] = self._read(
            lambda connection, scope: worktime.in_period(
                connection, search.matching(parsed, scope), since, until
            )
        )
        return found

    def worked_together(self, numbers: Collection[int]) -> dict[int, int]:
        """Return the seconds worked on tickets and on what was merged into them, but where it was none."""
        found: dict[int, int] = self._read(
            lambda connection, scope: worktime.together(connection, numbers, visible(scope))
        )
        return found

    def timer_token(self) -> str:
        """Return a token for the timer of this process: it says where to look whether that still runs."""
        from secrets import token_hex

        return f"{_host()}:{os.getpid()}:{token_hex(6)}"

    def beat_timer(self, token: str, ticket: int, seconds: int, *, known: bool) -> bool:
        """Keep what a timer has counted by now; False when another session of the agent has recorded it.

        `known` says that this timer was kept before. Raises StorageError.
        """
        agent, now = self.actor.id, self.now()
        if agent is None:
            return True
        running = Running(token, agent, ticket, now, seconds, now)
        return self.database.write(lambda connection: worktime.beat(connection, running, known))

    def forget_timer(self, token: str) -> None:
        """Forget what a timer has counted. Raises StorageError."""
        self.database.write(lambda connection: worktime.drop(connection, token))

    def record_timer(
        self, token: str, ticket: int, seconds: int, *, kept: int = 0, text: str = ""
    ) -> Outcome | None:
        """Record what a timer has counted, and forget the timer with it; None when there is nothing (left).

        `kept` of the seconds were kept before: when they are gone, another session has recorded them.
        Raises DeskError; then nothing happened.
        """

        def work(connection: Connection) -> Outcome | None:
            there = worktime.drop(connection, token)
            left = seconds if there or not kept else seconds - kept
            if left < 1:
                return None
            command = KeepTime((ticket,), left, text, timed=True)
            return self._dispatcher.carry_out(connection, command, self.actor)

        outcome = self.database.write(work)
        self._nudge()
        return outcome

    def take_up_timers(self, token: str = "") -> tuple[tuple[int, int], ...]:
        """Record what other sessions of the actor's counted before they ended without a word.

        Returns each ticket with the seconds; less than the policy's least is forgotten. Raises StorageError.
        """
        agent, now, least = self.actor.id, self.now(), 0
        if agent is None:
            return ()
        found: list[Running] = self._read(
            lambda connection, scope: worktime.running(connection, agent, but=token)
        )
        ended = [one for one in found if _has_ended(one, now)]
        if ended:
            with self.database.read() as connection:
                least = self._dispatcher.policies.current(connection).time.least
        taken = tuple((one.ticket, one.seconds) for one in ended if self._take_up(one, least))
        if taken:
            self._nudge()
        return taken

    def _take_up(self, one: Running, least: int) -> bool:
        def work(connection: Connection) -> bool:
            # Whoever forgets it records it: two sessions that find it at once do so once.
            if not worktime.drop(connection, one.token) or one.seconds < least:
                return False
            command = KeepTime((one.ticket,), one.seconds, at=one.at, timed=True)
            self._dispatcher.carry_out(connection, command, self.actor)
            return True

        try:
            return self.database.write(work)
        except (Refused, NotFound, NotAllowed):
            # The ticket was taken back, or is not theirs to see any more: nobody can record on it.
            self.forget_timer(one.token)
            return False


def _has_ended(one: Running, now: datetime) -> bool:
    """Say whether a session has ended, or let its timer be for long."""
    if not timedelta() <= now - one.seen_at <= GONE:
        return True
    host, pid, _ = one.token.split(":", 2)
    return host == _host() and not _runs(int(pid))


def _host() -> str:
    import socket

    return socket.gethostname().replace(":", "_")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
