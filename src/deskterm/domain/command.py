"""What every command is: a frozen value, on a desk or on tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Command:
    """Anything that can be dispatched."""


@dataclass(frozen=True, slots=True)
class TicketCommand(Command):
    """A command on one ticket or on a selection: one step, one undo."""

    tickets: tuple[int, ...]
    expected: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
