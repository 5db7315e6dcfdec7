"""Macros at work: a canned answer as it is on one ticket, with its text and actions filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from deskterm.domain.actions import Macro
from deskterm.domain.commands import Command, Reply, TicketCommand, Together, UseMacro
from deskterm.domain.errors import Refused
from deskterm.domain.kinds import Priority, State
from deskterm.domain.people import Agent
from deskterm.domain.placeholders import FIELD, fill, gaps
from deskterm.domain.plain import clean_line
from deskterm.domain.rule import Action
from deskterm.domain.ticket import NewFile
from deskterm.domain.views import TicketView


def values_of(view: TicketView, agent: Agent | None) -> dict[str, str]:
    """Return what the placeholders stand for on a ticket, for the agent who writes; "" is missing."""
    ticket = view.ticket
    name = "" if view.requester == view.address or "@" in view.requester else view.requester
    me = agent.name if agent is not None else ""
    found = {
        "requester.name": name,
        "requester.first_name": first_name(name),
        "requester.address": view.address,
        "organization.name": view.organization,
        "ticket.number": str(ticket.number),
        "ticket.subject": ticket.subject,
        "ticket.state": ticket.state.value,
        "ticket.priority": ticket.priority.value,
        "ticket.type": ticket.type,
        "ticket.category": ticket.category,
        "ticket.component": ticket.component,
        "queue.name": view.queue,
        "owner.name": view.owner,
        "agent.name": me,
        "agent.first_name": first_name(me),
    }
    found |= {FIELD + key: text for key, text in ticket.fields}
    return {key: clean_line(value, 500).strip() for key, value in found.items()}


def first_name(name: str) -> str:
    """Return the first name: before the first space, or after the comma of "Ruiz, Ana"."""
    last, comma, rest = name.strip().partition(",")
    return ((rest.strip() if comma and rest.strip() else last).split() or [""])[0]


class Filled(NamedTuple):
    """A macro as it is on one ticket: its text and its actions with values in them, and what is missing."""

    name: str
    text: str
    actions: tuple[Action, ...] = ()

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is missing in actions: nobody can fill it there."""
        texts = (part for action in self.actions for part in (action.value, action.text))
        return tuple(dict.fromkeys(gap.name for text in texts for gap in gaps(text)))


def filled(macro: Macro, values: Mapping[str, str]) -> Filled:
    """Return a macro with values in it: in its text, and in what its actions write."""
    return Filled(macro.name, fill(macro.text, values), _actions(macro.actions, values))


def _actions(actions: Iterable[Action], values: Mapping[str, str]) -> tuple[Action, ...]:
    return tuple(
        Action(
            one.do,
            fill(one.value, values) if one.do in ("note", "reply") else one.value,
            fill(one.text, values),
        )
        for one in actions
    )


def found(macros: Iterable[Macro], name: str) -> Macro | None:
    """Return a macro by its name, or the only one that begins so."""
    wanted = name.strip().casefold()
    known = list(macros)
    exact = [one for one in known if one.name.casefold() == wanted]
    near = [one for one in known if one.name.casefold().startswith(wanted)] if wanted else []
    return exact[0] if exact else near[0] if len(near) == 1 else None


def command_of(
    filled: Mapping[int, Filled],
    then: State | None = None,
    *,
    files: tuple[NewFile, ...] = (),
    seen: Mapping[int, int] | None = None,
    beyond: str = "",
) -> Command:
    """Return what uses a macro on tickets, as one step: its text as a reply, then its actions.

    `seen` are the versions of the tickets that are answered, `beyond` the second reason for one more P1.
    """
    numbers = tuple(filled)
    first = next(iter(filled.values()))
    parts: list[TicketCommand] = []
    if any(one.text for one in filled.values()):
        own = tuple((number, one.text) for number, one in filled.items()) if len(numbers) > 1 else ()
        each = tuple((number, version) for number, version in (seen or {}).items() if number in filled)
        parts.append(Reply(numbers, first.text, then, own=own, macro=first.name, files=files, seen_each=each))
    actions = done(filled, then)
    if any(actions.values()):
        own_actions = tuple(actions.items()) if len(set(actions.values())) > 1 else ()
        parts.append(UseMacro(numbers, first.name, next(iter(actions.values())), own_actions, beyond))
    if not parts:
        raise Refused(f"the macro {first.name} does nothing")
    return parts[0] if len(parts) == 1 else Together(tuple(parts))


def makes_p1(actions: Iterable[Action], held: Priority) -> bool:
    """Say whether actions override the priority of a ticket to P1."""
    now = held
    for one in actions:
        if one.do == "priority":
            order = tuple(Priority)
            now = order[max(0, order.index(now) - 1)] if one.value == "raise" else Priority(one.value)
    return now is Priority.P1 and held is not Priority.P1


def done(filled: Mapping[int, Filled], then: State | None) -> dict[int, tuple[Action, ...]]:
    """Return the actions on each ticket: a state that was asked for by key wins over the macro's."""
    return {
        number: tuple(action for action in one.actions if then is None or action.do != "state")
        for number, one in filled.items()
    }
