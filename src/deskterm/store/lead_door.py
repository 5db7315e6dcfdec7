"""The part of the store that leads look through: rules and what they did, and who carries too much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from deskterm.domain.query_parser import parse
from deskterm.domain.rule import Rule
from deskterm.domain.rule_views import DryRun, Overlap, RuleLine, Unreachable
from deskterm.storage import rule_reads

if TYPE_CHECKING:
    from deskterm.domain.rebalancing import Rebalancing
    from deskterm.storage.database import Connection
    from deskterm.storage.scope import Scope
    from deskterm.store.dispatch import Dispatcher


class LeadDoor:
    """What a store says of its rules and loads."""

    _dispatcher: Dispatcher
    _read: Callable[[Callable[[Connection, Scope], Any]], Any]

    def rules(self) -> tuple[RuleLine, ...]:
        """Return the rules in their order, with what each did so far. Raises NotAllowed unless a lead."""
        current = self._dispatcher.policies.current
        found: tuple[RuleLine, ...] = self._read(
            lambda connection, scope: rule_reads.lines(connection, scope, current(connection))
        )
        return found

    def dry_run(self, rule: Rule, *, last: int = 1000, limit: int = 20) -> DryRun:
        """Return what a rule would have matched of the newest `last` tickets (0: all). Raises QueryError."""
        current = self._dispatcher.policies.current
        found: DryRun = self._read(
            lambda connection, scope: rule_reads.dry_run(
                connection, scope, current(connection), rule, last, limit
            )
        )
        return found

    def rule_conflicts(
        self, rules: Sequence[Rule], *, last: int = 1000
    ) -> tuple[tuple[Overlap, ...], tuple[Unreachable, ...]]:
        """Return where rules disagree, and which are never asked, by the newest `last` tickets (0: all)."""
        found: tuple[tuple[Overlap, ...], tuple[Unreachable, ...]] = self._read(
            lambda connection, scope: (
                rule_reads.overlaps(connection, scope, rules, last),
                rule_reads.unreachable(connection, scope, rules, last),
            )
        )
        return found

    def rebalancing(self, query: str = "") -> Rebalancing:
        """Propose moves of a query's tickets between agents. Raises QueryError, NotAllowed unless a lead."""
        from deskterm.store import rebalancing

        parsed, current = parse(query), self._dispatcher.policies.current
        found: Rebalancing = self._read(
            lambda connection, scope: rebalancing.proposed(connection, scope, current(connection), parsed)
        )
        return found
