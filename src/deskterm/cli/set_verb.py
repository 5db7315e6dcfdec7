"""`set`: fields as typed become the commands the rules need, dispatched as one step with one undo.

They go in this order, so that a rule that looks at another field finds it as asked for: queue, owner,
priority with impact and urgency, descriptive fields, tags, and the state last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from deskterm.cli.fields import chosen, expected, split
from deskterm.cli.session import Session
from deskterm.cli.ticket_verbs import tagging
from deskterm.cli.verbs import SET_EXTRAS, SET_FIELDS
from deskterm.domain import commands as c
from deskterm.domain.errors import UsageError
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.query_words import nearest

Given = Mapping[str, str]
Numbers = tuple[int, ...]

_DESCRIPTIVE = ("subject", "type", "category", "component", "channel")


def set_fields(session: Session) -> int:
    """Change the fields of one ticket or several."""
    numbers = session.numbers()
    given = split(session.options.pairs, (*SET_FIELDS, *SET_EXTRAS))
    if not given:
        raise UsageError("nothing to set", hint="deskterm set N field=value …")
    store = session.writer
    parts = commands_of(session, numbers, given)
    looked_at = expected(session, session.options.expect)
    # Only the first part can still find the ticket as the asker saw it.
    parts[0] = replace(parts[0], expected=looked_at)
    return session.told(store.dispatch(parts[0] if len(parts) == 1 else c.Together(tuple(parts))))


def commands_of(session: Session, numbers: Numbers, given: Given) -> list[c.TicketCommand]:
    """Return the commands of fields as typed. Raises UsageError for a word that belongs to no field."""
    used: set[str] = set()

    def word(name: str) -> str:
        used.add(name)
        return given.get(name, "")

    makers: tuple[Callable[[Session, Numbers, Given, Callable[[str], str]], c.TicketCommand | None], ...] = (
        _queue,
        _owner,
        _priority,
        _descriptive,
        _tags,
        _state,
    )
    parts = [part for make in makers if (part := make(session, numbers, given, word)) is not None]
    stray = [name for name in given if name in SET_EXTRAS and name not in used]
    if stray:
        raise UsageError(f"{stray[0]} belongs to no field that is set here", field=stray[0])
    return parts


def _ends(session: Session, given: Given) -> bool:
    return _meant(session, given)[0] in (State.HOLD, State.CLOSED)


def _queue(session: Session, numbers: Numbers, given: Given, word: Any) -> c.TicketCommand | None:
    if "queue" not in given:
        return None
    # The note is the resolution's when the ticket is solved in the same step.
    solved = _meant(session, given)[0] is State.SOLVED
    return c.Move(numbers, session.queue(given["queue"]).id, "" if solved else word("note"))


def _owner(session: Session, numbers: Numbers, given: Given, word: Any) -> c.TicketCommand | None:
    if "owner" not in given:
        return None
    others = _ends(session, given) or "priority" in given
    return c.Assign(numbers, session.owner(given["owner"]), "" if others else word("reason"))


def _priority(session: Session, numbers: Numbers, given: Given, word: Any) -> c.TicketCommand | None:
    if not given.keys() & {"priority", "impact", "urgency"}:
        return None
    why = word("priority_reason") or ("" if _ends(session, given) else word("reason"))
    return c.SetPriority(
        numbers,
        chosen("priority", given["priority"], Priority) if "priority" in given else None,
        chosen("impact", given["impact"], Level) if "impact" in given else None,
        chosen("urgency", given["urgency"], Level) if "urgency" in given else None,
        why,
        word("beyond"),
    )


def _descriptive(session: Session, numbers: Numbers, given: Given, word: Any) -> c.TicketCommand | None:
    values = tuple(
        (name, value) for name, value in given.items() if name in _DESCRIPTIVE or name.startswith("field.")
    )
    return c.Classify(numbers, values) if values else None


def _tags(session: Session, numbers: Numbers, given: Given, word: Any) -> c.TicketCommand | None:
    return tagging(numbers, [given["tag"]]) if "tag" in given else None


def _state(session: Session, numbers: Numbers, given: Given, word: Any) -> c.TicketCommand | None:
    state, status = _meant(session, given)
    if state is None:
        return None
    # Without what ending asks for, another state of solved or closed is meant for what has ended already.
    if state is State.SOLVED and not (status and "note" not in given):
        return c.Solve(numbers, word("note"), word("code") or "fixed", word("message"), status)
    if state is State.CLOSED and not (status and "reason" not in given):
        return c.Close(numbers, word("reason"), status)
    if state is State.HOLD:
        until = word("until")
        ahead = session.when(until) if until not in ("", "none") else None
        return c.ChangeState(numbers, state, word("reason"), ahead, status)
    return c.ChangeState(numbers, state, status=status)


def _meant(session: Session, given: Given) -> tuple[State | None, str | None]:
    """Return the category of `state=`, and the name of a state in it; nothing where none is given.

    Raises UsageError for what is neither a category nor what the desk calls a state.
    """
    if "state" not in given:
        return None, None
    states = session.store.policy.named
    found = states.find(given["state"])
    if found is None:
        names = ", ".join(one.name for one in states.all if one.category is not State.NEW)
        near = nearest(given["state"], [one.name for one in states.all])
        meant = f"did you mean {near}? " if near else ""
        raise UsageError(f"{given['state']!r} is no state", field="state", hint=f"{meant}one of {names}")
    several = len(states.within(found.category)) > 1
    return found.category, states.status(found) if several else None
