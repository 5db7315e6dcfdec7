"""Policy: how a desk is configured, as one immutable value with a version that events name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from deskterm.domain.kinds import Level, Priority

HOUR = 3600
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Targets:
    """How long a ticket of one priority may take, in seconds around the clock; None sets no target."""

    first_reply: int | None
    resolution: int | None
    next_reply: int | None = None


def _targets() -> Mapping[Priority, Targets]:
    """The figures of CONTRACT section 5."""
    return MappingProxyType(
        {
            Priority.P1: Targets(15 * MINUTE, 4 * HOUR),
            Priority.P2: Targets(1 * HOUR, 8 * HOUR),
            Priority.P3: Targets(4 * HOUR, 24 * HOUR),
            Priority.P4: Targets(8 * HOUR, 40 * HOUR),
        }
    )


def _matrix() -> Mapping[tuple[Level, Level], Priority]:
    """Impact × urgency: high/high P1, high/medium P2, high/low and medium/medium P3, else P4."""
    high, medium, low = Level.HIGH, Level.MEDIUM, Level.LOW
    return MappingProxyType(
        {
            (high, high): Priority.P1,
            (high, medium): Priority.P2,
            (medium, high): Priority.P2,
            (high, low): Priority.P3,
            (low, high): Priority.P3,
            (medium, medium): Priority.P3,
            (medium, low): Priority.P4,
            (low, medium): Priority.P4,
            (low, low): Priority.P4,
        }
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything a desk decides about itself. `risk` is the share of a target after which it is at risk."""

    version: int = 1
    targets: Mapping[Priority, Targets] = field(default_factory=_targets)
    matrix: Mapping[tuple[Level, Level], Priority] = field(default_factory=_matrix)
    risk: float = 0.8
    hold_pauses: bool = True
    reopen_window: timedelta = timedelta(days=14)
    p1_share: float = 0.10

    def priority(self, impact: Level, urgency: Level) -> Priority:
        """Read the matrix."""
        return self.matrix[impact, urgency]


DEFAULT = Policy()
"""The policy of a desk that has set nothing."""
