"""Time worked in words: how long, whose, and what was done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deskterm.domain.ticket import Worked

if TYPE_CHECKING:
    from deskterm.domain.command import Command
    from deskterm.domain.events import Event

MINUTE = 60


def time_words(seconds: int) -> str:
    """Write worked time in whole minutes: 25m, 1h25, 2h; what is shorter than one is <1m."""
    if 0 < seconds < MINUTE:
        return "<1m"
    hours, minutes = divmod(seconds // MINUTE, 60)
    if not hours:
        return f"{minutes}m"
    return f"{hours}h{minutes:02}" if minutes else f"{hours}h"


def entry_words(value: Any, agents: Mapping[int, str], teller: int | None = None) -> str:
    """Say one entry, or several: "25m of alice (called Ana)"; without a name what is the `teller`'s own."""
    held = [value] if isinstance(value, Worked) else [Worked(*one) for one in value or ()]
    said = (
        time_words(one.seconds)
        + ("" if one.agent == teller else f" of {agents.get(one.agent, f'agent {one.agent}')}")
        + (f" ({one.text})" if one.text else "")
        for one in sorted(held)
    )
    return ", ".join(said) or "none"


def worked_words(event: Event, agents: Mapping[int, str], queues: Mapping[int, str]) -> str:
    """Say what an event did with time worked."""
    change = event.change("worked")
    before = entry_words(change.before if change is not None else (), agents, event.actor)
    after = entry_words(change.after if change is not None else (), agents, event.actor)
    if event.kind == "worked":
        return f"worked {after}"
    return f"time {before} → {after}" if event.kind == "time_changed" else f"deleted time: {before}"


def done_with_time(command: Command, them: str) -> str:
    """Say what a command did with time worked."""
    seconds = getattr(command, "seconds", None)
    verb = {"ChangeTime": "Changed", "RemoveTime": "Deleted"}.get(type(command).__name__, "Recorded")
    if verb == "Recorded" and seconds is not None:
        return f"Recorded {time_words(seconds)} on {them}"
    return f"{verb} time on {them}"
