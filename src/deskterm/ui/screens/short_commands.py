"""Short commands typed into the palette, such as `assign bo` or `remind friday: call`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from deskterm.domain.commands import (
    Assign,
    ChangeState,
    Escalate,
    EscalateTo,
    Note,
    Remind,
    SetPriority,
    Snooze,
    Tag,
)
from deskterm.domain.errors import DeskError, UsageError
from deskterm.domain.kinds import HOLD_REASONS, Level, Priority, State
from deskterm.domain.recurrence import is_recurrence, parse_recurrence, zone_name
from deskterm.domain.when import parse_when
from deskterm.ui.dialogs.palette import VERBS

if TYPE_CHECKING:
    from deskterm.domain.views import TicketView
    from deskterm.ui.screens.targets import Targets

Numbers = tuple[int, ...]
Verb = Callable[["Targets", Numbers, "TicketView | None", str], Awaitable[None]]


async def obey(screen: Targets, verb: str, rest: str) -> None:
    """Carry out a short command, or say how it is written."""
    numbers, view = await screen.meant()
    if not numbers or not await screen.sure(verb.capitalize(), numbers):
        return
    try:
        await _DOES[verb](screen, numbers, view, rest.strip())
    except DeskError as error:
        screen.status(error.message, error=True, hint=error.hint or VERBS[verb])


async def _assign(screen: Targets, numbers: Numbers, view: TicketView | None, name: str) -> None:
    if name.casefold() in ("none", "nobody", "-"):
        screen.send(Assign(numbers, None), view, "owner")
        return
    people = await screen.read_in_thread(screen.store.people)
    if people is None:
        return
    me = screen.store.actor.agent
    agent = me if name.casefold() == "me" else people.agent(name)
    if agent is None:
        known = ", ".join(sorted(each.login for each in people.agents.values() if each.active)[:8])
        raise UsageError(f"there is no agent {name!r}", hint=known)
    screen.send(Assign(numbers, agent.id), view, "owner")


async def _tag(screen: Targets, numbers: Numbers, view: TicketView | None, rest: str) -> None:
    words = rest.replace(",", " ").split()
    add = tuple(word.lstrip("+#") for word in words if not word.startswith("-"))
    remove = tuple(word.lstrip("-#") for word in words if word.startswith("-"))
    screen.send(Tag(numbers, add, remove), None)


async def _state(screen: Targets, numbers: Numbers, view: TicketView | None, rest: str) -> None:
    word, _, reason = rest.casefold().partition(" ")
    if word not in (State.OPEN, State.PENDING, State.HOLD):
        raise UsageError(
            f"{word!r} cannot simply be set", hint="open, pending or hold REASON; e solves, s closes"
        )
    if word == State.HOLD and reason.strip() not in HOLD_REASONS:
        raise UsageError("hold needs to know what it waits for", hint="hold " + ", ".join(HOLD_REASONS))
    screen.send(ChangeState(numbers, State(word), reason.strip()), view, "state")


async def _priority(screen: Targets, numbers: Numbers, view: TicketView | None, rest: str) -> None:
    first, _, more = rest.partition(" ")
    if first.upper() in tuple(Priority):
        screen.send(SetPriority(numbers, Priority(first.upper()), reason=more.strip()), view, "priority")
        return
    levels = rest.casefold().replace("/", " ").split()
    if len(levels) != 2 or not all(level in tuple(Level) for level in levels):
        raise UsageError(f"{rest!r} is no priority", hint=VERBS["priority"])
    command = SetPriority(numbers, None, Level(levels[0]), Level(levels[1]))
    screen.send(command, view, "priority", "impact", "urgency")


async def _note(screen: Targets, numbers: Numbers, view: TicketView | None, rest: str) -> None:
    screen.send(Note(numbers, rest), None)


async def _escalate(screen: Targets, numbers: Numbers, view: TicketView | None, rest: str) -> None:
    to, _, why = (part.strip() for part in rest.partition(":"))
    if to.casefold() == "lead":
        screen.send(Escalate(numbers, EscalateTo.LEAD, reason=why), None)
        return
    people = await screen.read_in_thread(screen.store.people)
    if people is None:
        return
    wanted = to.casefold()
    queues = people.queues.values()
    queue = next((each for each in queues if wanted in (each.key.casefold(), each.name.casefold())), None)
    if queue is None:
        raise UsageError(f"there is no queue {to!r}", hint="lead, " + ", ".join(each.key for each in queues))
    screen.send(Escalate(numbers, EscalateTo.QUEUE, queue.id, reason=why), view, "queue")


async def _remind(screen: Targets, numbers: Numbers, view: TicketView | None, rest: str) -> None:
    if len(numbers) > 1:
        raise UsageError("a reminder is about one ticket")
    # A time may hold a colon itself: the words begin after the first colon with a space behind it.
    when, _, text = rest.partition(": ")
    if is_recurrence(when):
        again = when.rstrip(":")
        parse_recurrence(again, screen.store.now(), screen.desk.zone)
        zone = zone_name(screen.desk.zone)
        screen.run_command(Remind(None, text.strip(), numbers[0], every=again, zone=zone))
        return
    at = parse_when(when.rstrip(":"), screen.store.now(), screen.desk.zone)
    screen.run_command(Remind(at, text.strip(), numbers[0]))


async def _snooze(screen: Targets, numbers: Numbers, view: TicketView | None, rest: str) -> None:
    until = (
        None if rest.casefold() in ("off", "no") else parse_when(rest, screen.store.now(), screen.desk.zone)
    )
    screen.send(Snooze(numbers, until), None)


_DOES: Mapping[str, Verb] = {
    "assign": _assign,
    "tag": _tag,
    "state": _state,
    "priority": _priority,
    "note": _note,
    "escalate": _escalate,
    "remind": _remind,
    "snooze": _snooze,
}
