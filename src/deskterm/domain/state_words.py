"""A change of state in words: the categories it led between, and the desk's own names where it named one."""

from __future__ import annotations

from deskterm.domain.events import Event


def moved_words(event: Event) -> str:
    """Say from where to where an event moved a ticket: "open → pending (waiting for parts)"; "" when nowhere.

    Within a category the names alone are said, "its usual state" for the default.
    """
    state, status = event.change("state"), event.change("status")
    if state is None:
        if status is None:
            return ""
        return f"{status.before or 'its usual state'} → {status.after or 'its usual state'}"
    before = _named(state.before, status.before if status is not None else "")
    return f"{before} → {_named(state.after, status.after if status is not None else '')}"


def into_words(event: Event) -> str:
    """Say into which state of its category an event put a ticket, "" for the default."""
    status = event.change("status")
    return f" ({status.after})" if status is not None and status.after else ""


def _named(state: str, status: str) -> str:
    return f"{state} ({status})" if status else str(state)
