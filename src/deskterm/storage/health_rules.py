"""Is what rules left behind sound: their firings, what they queued to be sent, and when they are asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from deskterm.domain.events import Event
from deskterm.domain.rules import falls_due, time_rules
from deskterm.domain.wording import rule_of
from deskterm.storage import arming, policies
from deskterm.storage.codec import to_ms
from deskterm.storage.rule_tables import firings
from deskterm.storage.tables import commands, due, outbox

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from deskterm.domain.policy import Policy
    from deskterm.domain.ticket import Ticket

QUEUED, CANCELLED = "queued", "cancelled"
RULED = {"ruled": False, "rule_stopped": True}
"""Kinds of events that rules make, and whether the loop guard stopped the rule."""


class RuleTraces:
    """What rules left beside a slice of tickets. `now` decides what is still to come."""

    def __init__(self, connection: Connection, policy: Policy, now: datetime, after: int, upto: int) -> None:
        self.connection = connection
        self.policy = policy
        self.now = now
        # While a changed policy is being worked in, tickets still wait for the rules of before.
        self.settled = (
            policies.task(connection) is None
            and connection.execute(select(due.c.id).where(due.c.what == arming.WHAT)).first() is None
        )
        self.firings: dict[int, set[tuple[int, str, bool]]] = {}
        inside = and_(firings.c.ticket > after, firings.c.ticket <= upto)
        for row in connection.execute(select(firings).where(inside)):
            self.firings.setdefault(row.ticket, set()).add((row.seq, row.rule, bool(row.stopped)))
        self.letters: dict[int, dict[int, str]] = {}
        inside = and_(outbox.c.ticket > after, outbox.c.ticket <= upto, outbox.c.kind == "webhook")
        for row in connection.execute(select(outbox.c.ticket, outbox.c.id, outbox.c.state).where(inside)):
            self.letters.setdefault(int(row[0]), {})[int(row[1])] = str(row[2])

    def differences(
        self, ticket: Ticket, facts: Sequence[Event], waits: Iterable[tuple[str, int]]
    ) -> Iterator[str]:
        """Yield where these disagree with a ticket's history; `waits` is its due work (what, when)."""
        number = ticket.number
        if _fired(facts) != self.firings.pop(number, set()):
            yield "what rules did to it is not counted as its history tells"
        yield from self._letters(facts, self.letters.pop(number, {}))
        if self.settled:
            yield from self._waits(ticket, facts, {item for item in waits if item[0].startswith("rule:")})

    def strays(self) -> Iterator[str]:
        """Yield what is about tickets that were not there."""
        for number in sorted({*self.firings, *self.letters}):
            yield f"rules did something to #{number}, which is not there"

    def _letters(self, facts: Sequence[Event], held: dict[int, str]) -> Iterator[str]:
        """A webhook must be in the history, and not wait for being sent once it was taken back."""
        told: dict[int, str] = {}
        for event in facts:
            for change in event.changes:
                head, _, number = change.field.partition(":")
                if head == "outbox":
                    told[int(number)] = str(change.after or CANCELLED)
        for letter, state in sorted(held.items()):
            known = told.get(letter)
            if known is None:
                yield f"webhook {letter} is in no history"
            elif (known == CANCELLED) is not (state == CANCELLED):
                yield f"webhook {letter} is {state}, and its history says {known}"

    def _waits(self, ticket: Ticket, facts: Sequence[Event], held: set[tuple[str, int]]) -> Iterator[str]:
        """It waits for each rule whose time is to come, and for none that is not there or has fired."""
        rules = time_rules(self.policy.rules)
        falls = {f"rule:{rule.name}": falls_due(rule, ticket, self.policy) for rule in rules}
        for what, _ in sorted(held):
            if falls.get(what) is None:
                yield f"it waits for the {what.replace(':', ' ', 1)}, which will not be asked about it"
        lost = [
            what
            for what, at in falls.items()
            if at is not None and at > self.now and (what, to_ms(at)) not in held
        ]
        if lost and not self._imported(facts):
            yield from (f"the {what.replace(':', ' ', 1)} would never be asked about it" for what in lost)

    def _imported(self, facts: Sequence[Event]) -> bool:
        """Say whether nothing was done to it since it was brought in: until then it waits for no rule."""
        statement = select(commands.c.name).where(commands.c.id == facts[-1].command)
        return self.connection.execute(statement).scalar() == "Import"


def _fired(facts: Sequence[Event]) -> set[tuple[int, str, bool]]:
    found = set()
    for event in facts:
        fired = rule_of(event) if event.kind in RULED else None
        if fired is not None:
            found.add((event.seq, fired.field.partition(":")[2], RULED[event.kind]))
    return found
