"""Terms: by which calendar and targets a ticket is measured, from when on, under which SLA policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain.kinds import ACTIVE, Priority, State
from deskterm.domain.policy import ALWAYS, DEFAULT_SLA, Effect, Policy, Targets
from deskterm.domain.ticket import Spell, Ticket

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar
    from deskterm.domain.sla_policy import SlaPolicy, Threshold

NO_TARGETS = Targets()
_ENDED = frozenset(set(State) - ACTIVE)


class Terms(NamedTuple):
    """What one SLA policy of one version of the desk's policy says. `calendar` is None around the clock.

    The resolution clock stands still in the categories of `still`; in those of `silent` nothing runs but the
    first reply. `named` has what states of the desk's own do to it, where that is not what their category
    does. `out_of_hours` seconds are added to a target whose request came in while the calendar was closed.
    """

    name: str
    version: int
    calendar: Calendar | None
    targets: Mapping[Priority, Targets]
    risk: float
    still: frozenset[State]
    silent: frozenset[State]
    named: Mapping[tuple[State, str], Effect] = MappingProxyType({})
    sla: SlaPolicy | None = None
    out_of_hours: int = 0

    def added(self, came: datetime) -> int:
        """Return by how many seconds a target is longer whose request came in at a moment (SEMANTICS S11)."""
        if not self.out_of_hours or self.calendar is None or self.calendar.is_open(came):
            return 0
        return self.out_of_hours

    def same_as(self, other: Terms) -> bool:
        """Say whether a ticket is measured the same way, whatever the version."""
        return self._measures() == other._measures()

    def _measures(self) -> tuple[object, ...]:
        """All of it but the version, and of its SLA policy what was written about levels."""
        promised = (self.name, self.targets, self.risk, self.thresholds, self.out_of_hours)
        return (*promised, self.calendar, self.effects)

    @property
    def effects(self) -> tuple[object, ...]:
        """What states do to the clocks."""
        return self.still, self.silent, self.named

    def stands_still(self, spell: Spell) -> bool:
        """Say whether the resolution clock stands still in a stay."""
        effect = self.named.get((spell.state, spell.status)) if self.named else None
        return spell.state in self.still if effect is None else effect is not Effect.RUNS

    def silences(self, ticket: Ticket) -> bool:
        """Say whether nothing but the first reply runs in the state a ticket is in."""
        effect = self.named.get((ticket.state, ticket.status)) if self.named else None
        return ticket.state in self.silent if effect is None else effect is Effect.STOPPED and ticket.active

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        """The thresholds somebody wrote."""
        return self.sla.thresholds if self.sla is not None else ()

    def at_risk(self, target: str, seconds: int) -> int:
        """Return after how many used seconds a target is at risk."""
        if self.sla is not None and self.sla.thresholds:
            return next(after for level, after in self.levels(target, seconds) if level == "at_risk")
        return int(seconds * self.risk)

    def levels(self, target: str, seconds: int) -> tuple[tuple[str, int], ...]:
        """Return what is recorded about a target, and after how many used seconds each."""
        if self.sla is None:
            return (("at_risk", int(seconds * self.risk)), ("breached", seconds))
        return tuple(
            (one.level, seconds if one.level == "breached" else one.after(seconds))
            for one in self.sla.levels(target)
        )


def calendars(policy: Policy) -> dict[str, Calendar]:
    """Return the calendar of each SLA policy, by its name, that does not count around the clock."""
    names = [*(one.name for one in policy.sla), DEFAULT_SLA]
    found = ((name, terms(policy, name).calendar) for name in names)
    return {name: calendar for name, calendar in found if calendar is not None}


def by_one_calendar(policy: Policy) -> bool:
    """Say whether all SLA policies count by the same calendar: then what is due first has least time left."""
    names = [*(one.name for one in policy.sla), DEFAULT_SLA]
    first = terms(policy, DEFAULT_SLA).calendar
    return all(terms(policy, name).calendar == first for name in names)


class Since(NamedTuple):
    """Terms from a moment on."""

    at: datetime
    terms: Terms


def terms(policy: Policy, name: str) -> Terms:
    """Return what an SLA policy of this version says; one that is not there any more is the last resort."""
    found = policy.terms.get(name)
    if found is None:
        found = policy.terms[name] = _terms(policy, name)
    return found


def _terms(policy: Policy, name: str) -> Terms:
    still = _ENDED | {state for state in ACTIVE if policy.effect(state) is not Effect.RUNS}
    silent = frozenset(state for state in ACTIVE if policy.effect(state) is Effect.STOPPED)
    # The last resort is asked of every ticket of a desk that has set nothing: no SLA policy is made for it.
    chosen = policy.sla_named(name) if name != DEFAULT_SLA and policy.sla else None
    if chosen is None:
        name, where, targets, risk = DEFAULT_SLA, policy.calendar, policy.targets, policy.risk
        extra = 0
    else:
        where, targets, risk = chosen.calendar or policy.calendar, chosen.targets, chosen.risk
        extra = chosen.out_of_hours
    calendar = None if where == ALWAYS else policy.calendar_named(where)
    if calendar is not None and calendar.always:
        calendar = None
    return Terms(
        name, policy.version, calendar, targets, risk, still, silent, policy.own_effects, chosen, extra
    )


def measured(ticket: Ticket, policy: Policy) -> tuple[Since, ...]:
    """Return what a ticket has been measured by, in order, from its creation on."""
    if not ticket.legs:
        return (Since(ticket.created_at, terms(policy.at(1), DEFAULT_SLA)),)
    found = [Since(leg.since, terms(policy.at(leg.version), leg.policy)) for leg in sorted(ticket.legs)]
    if found[0].at > ticket.created_at:
        found.insert(0, Since(ticket.created_at, terms(policy.at(1), DEFAULT_SLA)))
    return tuple(found)


def in_force(since: tuple[Since, ...], at: datetime) -> Terms:
    """Return the terms that held at a moment: later ones do not judge what ended before them."""
    held = since[0].terms
    for one in since[1:]:
        if one.at > at:
            break
        held = one.terms
    return held
