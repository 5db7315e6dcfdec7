"""SLA policies: which targets hold for which tickets, by which calendar, and what is done on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from deskterm.domain.kinds import Priority
from deskterm.domain.policy import ALWAYS, TARGETS, Targets
from deskterm.domain.query import Query
from deskterm.domain.query_parser import parse
from deskterm.domain.rule import Action

AT_RISK = "at_risk"
BREACHED = "breached"
ANY = "any"
_NONE = Targets()


@dataclass(frozen=True, slots=True)
class Threshold:
    """A moment on the way of a clock: after a share of its target, or so many seconds before it is due.

    `level` names it in alerts, as TARGET:LEVEL; `at_risk` and `breached` are always there and colour rows.
    `target` is one of TARGETS, or "any" for each of them. `before` wins over `share` and is business time.
    """

    level: str
    share: float = 1.0
    before: int | None = None
    target: str = ANY
    actions: tuple[Action, ...] = ()

    def after(self, target_seconds: int) -> int:
        """Return after how many used seconds of a target it is reached."""
        if self.before is not None:
            return max(0, target_seconds - self.before)
        return int(target_seconds * self.share)


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """Targets for the tickets that match `when` (a query; "" is every ticket), in time of a calendar.

    A priority without targets has no clocks. `thresholds` are those somebody wrote; `levels` has all.
    `out_of_hours` are seconds of business time that targets are longer for what comes in while the calendar
    is closed.
    """

    name: str
    when: str = ""
    calendar: str = ALWAYS
    targets: Mapping[Priority, Targets] = field(default_factory=dict)
    thresholds: tuple[Threshold, ...] = ()
    risk: float = 0.8
    out_of_hours: int = 0
    query: Query = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "query", parse(self.when))
        object.__setattr__(self, "targets", MappingProxyType(dict(self.targets)))

    def of(self, priority: Priority) -> Targets:
        """Return the targets of a priority."""
        return self.targets.get(priority, _NONE)

    def levels(self, target: str) -> tuple[Threshold, ...]:
        """Return the thresholds of one target, at_risk and breached included, those for it alone first.

        A threshold written for one target replaces that of the same level written for any.
        """
        if target not in TARGETS:
            raise ValueError(f"{target!r} is no target")
        found = {one.level: one for one in self.thresholds if one.target == target}
        for one in self.thresholds:
            if one.target == ANY:
                found.setdefault(one.level, one)
        found.setdefault(AT_RISK, Threshold(AT_RISK, self.risk))
        found.setdefault(BREACHED, Threshold(BREACHED))
        return tuple(found.values())
