"""The part of the store that is about the policy: what holds, the whole plan, recalculating a change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from deskterm.domain.decide import not_allowed
from deskterm.domain.people import Role
from deskterm.domain.policy import Policy

if TYPE_CHECKING:
    from deskterm.domain.plan import Plan
    from deskterm.storage.database import Connection, Database
    from deskterm.storage.scope import Scope
    from deskterm.store.dispatch import Dispatcher
    from deskterm.store.recalculate import Apart, Decide, Rest


MONTH = timedelta(days=31)
"""How far around now calendars are worked out ahead: what is worked on is mostly no older."""


class PolicyDoor:
    """What a store says of its policy."""

    database: Database
    _dispatcher: Dispatcher
    _read: Callable[[Callable[[Connection, Scope], Any]], Any]
    _nudge: Callable[[], None]

    @property
    def policy(self) -> Policy:
        """The policy that holds now. Raises StorageError."""
        with self.database.read() as connection:
            return self._dispatcher.policies.current(connection)

    def plan(self) -> Plan:
        """Return what a policy file says of this desk. Raises NotAllowed unless the actor is an admin."""
        from deskterm.store.policy_changes import plan_of

        def work(connection: Connection, scope: Scope) -> Plan:
            if not scope.actor.may(Role.ADMIN):
                raise not_allowed(scope.actor, "see the whole policy", Role.ADMIN)
            return plan_of(connection, scope.directory, self._dispatcher.policies.current(connection))

        found: Plan = self._read(work)
        return found

    def make_ready(self) -> None:
        """Read the policy that holds and work out when its calendars are open: whoever opens the next ticket
        would wait for that. Raises StorageError."""
        from deskterm.domain.terms import calendars

        now = self._dispatcher.now()
        for calendar in calendars(self.policy).values():
            calendar.elapsed(now - MONTH, now + MONTH)

    def recalculate(
        self,
        rest: Rest | None = None,
        on_progress: Callable[[int], None] | None = None,
        give_way: Callable[[], None] = lambda: None,
        *,
        apart: Apart | None = None,
        holder: str = "",
        decide: Decide = lambda job: job(),
    ) -> int:
        """Do what a changed policy left to recalculate, in short transactions; returns for how many tickets.

        `rest` waits between them and says whether to end; another process goes on then. `give_way` waits
        between tickets while this process has something better to do. Much is left to `apart`, a process of
        its own, which is given the `holder` as whom it goes on. `decide` says where what is to be written is
        found out.
        """
        from deskterm.store.recalculate import recalculate

        seen = recalculate(
            self._dispatcher, rest, on_progress, give_way, apart=apart, holder=holder, decide=decide
        )
        if seen:
            self._nudge()
        self._keep_hours()
        return seen

    def _keep_hours(self) -> None:
        """Keep when the calendars are open for the first page, which reads no policy."""
        from deskterm.domain.terms import calendars
        from deskterm.storage import known_hours, policies

        database, now = self._dispatcher.database, self._dispatcher.now()
        if not database.sqlite:
            return
        with database.read() as connection:
            policy = self._dispatcher.policies.current(connection)
            ended = policies.task(connection) is None
            if not ended or not calendars(policy) or known_hours.fresh(connection, policy, now):
                return
        # Its holidays may have to be looked up: nobody waits for that.
        value = known_hours.made(policy, now)
        database.write(lambda connection: known_hours.keep(connection, value), lasting=False)
