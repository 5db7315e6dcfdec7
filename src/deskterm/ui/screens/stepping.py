"""The process of tickets from any screen: its steps marked one by one, and which process they follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain.plain import clean_line
from deskterm.domain.process import StepState, process_of
from deskterm.domain.process_lines import Stepped
from deskterm.domain.stepping import LONGEST_TEXT
from deskterm.domain.wording import which
from deskterm.ui.dialogs.choice_list import Choice
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.dialogs.form import Field, Form
from deskterm.ui.dialogs.steps import StepsDialog, Wanted
from deskterm.ui.screens.targets import Targets, subject
from deskterm.ui.step_choices import StepChoice, step_choices
from deskterm.ui.widgets.step_lines import place

if TYPE_CHECKING:
    from deskterm.domain.policy import Policy
    from deskterm.domain.views import TicketView

MOST = 1000
"""Tickets whose steps are looked at together, as many as are answered in one step."""

VERBS = {StepState.DONE: "done", StepState.SKIPPED: "skip", StepState.REFUSED: "refuse"}


async def look_at_steps(screen: Targets) -> None:
    """List the steps of the tickets that are meant, and do what is chosen; without a process, begin one."""
    numbers, view = await screen.meant()
    if not numbers:
        return
    if len(numbers) > MOST:
        screen.status(f"{len(numbers):,} tickets are too many: {MOST:,} at once", error=True)
        return
    read = await screen.read_in_thread(_read, screen, numbers, view)
    if read is None:
        return
    policy, tickets = read
    following = [one for one in tickets if one.steps]
    if not following:
        await _choose_process(screen, tickets, view, policy)
        return
    steps = step_choices(following, screen.store.now(), screen.desk.zone)
    title, detail = _heading(following, len(tickets), view)
    wanted = await screen.ask(StepsDialog(title, steps, detail=detail))
    if wanted is None:
        return
    if wanted.step is None:
        await _choose_process(screen, tickets, view, policy)
    else:
        await _mark(screen, wanted.step, wanted)


def _read(
    screen: Targets, numbers: tuple[int, ...], view: TicketView | None
) -> tuple[Policy, tuple[Stepped, ...]]:
    store = screen.store
    return store.policy, store.stepped(numbers) if view is None else (Stepped(view.ticket, view.steps),)


def _heading(following: list[Stepped], meant: int, view: TicketView | None) -> tuple[str, str]:
    """Return the title, which says of how many of those that are meant, and which processes they follow."""
    on = which(tuple(one.ticket.number for one in following))
    names = sorted({one.ticket.process for one in following})
    if view is not None:
        return f"{clean_line(names[0], 40)} {place(following[0].steps)} on {on}", subject(view)
    left_out = meant - len(following)
    none = f"; {left_out:,} more follow{'s' if left_out == 1 else ''} none" if left_out else ""
    return f"Steps of {on}", clean_line(", ".join(names), 60) + none


async def _mark(screen: Targets, step: StepChoice, wanted: Wanted) -> None:
    """Ask for what is missing, and mark the step on each ticket where that says anything new."""
    numbers, state = step.but(wanted.state), wanted.state
    on = f"{clean_line(step.name, 60)} on {which(numbers)}"
    empty = step.empty if state is StepState.DONE else ()
    if not empty and not wanted.say:
        screen.send(c.MarkStep(numbers, step.name, state), None)
        return
    needs = state is not StepState.DONE
    fields = [
        Field(
            f"value{place}",
            clean_line(name.replace("_", " "), 40),
            help=f"form field {clean_line(name, 60)}: the step is done when it is filled",
            required=f"{clean_line(name, 60)} is still empty",
        )
        for place, name in enumerate(empty)
    ]
    fields.append(
        Field(
            "text",
            "Reason" if needs else "To say",
            placeholder="" if needs else "optional: a line on how it was done",
            help="kept in the history, and counted" if state is StepState.SKIPPED else "kept in the history",
            required=f"to {VERBS[state]} a step needs a reason" if needs else "",
            check=_too_long,
        )
    )
    key = f"{state} {on}"
    verb = VERBS[state]
    answer = await screen.ask(
        Form(f"{verb.capitalize()}: {on}", fields, detail=step.beside, keep_as=key, verb=verb)
    )
    if answer is not None:
        values = tuple((name, answer[f"value{place}"]) for place, name in enumerate(empty))
        screen.send(c.MarkStep(numbers, step.name, state, answer["text"], values), None, keep_as=key)


def _too_long(text: str) -> str:
    return f"at most {LONGEST_TEXT} characters" if len(text) > LONGEST_TEXT else ""


async def _choose_process(
    screen: Targets, tickets: Sequence[Stepped], view: TicketView | None, policy: Policy
) -> None:
    """Choose which process tickets follow, or none; leaving one needs a reason."""
    numbers = tuple(one.ticket.number for one in tickets)
    held = {one.ticket.process for one in tickets}
    choices = [
        Choice(one.name, one.name, _many(len(one.steps)), "▸" if one.name in held else " ", "$accent")
        for one in policy.processes
        if held != {one.name} or any(process_of(it.ticket, policy) != one for it in tickets)
    ]
    if not policy.processes and held == {""}:
        screen.status(
            "The desk has no processes yet", hint="they are written in the policy file: docs/processes.md"
        )
        return
    choices += [Choice("", "end the process", "the ticket follows none")] if held != {""} else []
    title = f"{'Process of' if held != {''} else 'Begin a process on'} {which(numbers)}"
    now = (
        f"now {clean_line(', '.join(filter(None, sorted(held))), 60)}" if held != {""} else "it follows none"
    )
    chosen = await screen.ask(Choose(title, choices, detail=now))
    if chosen is None:
        return
    if not held - {"", chosen.value}:
        screen.send(c.FollowProcess(numbers, chosen.value), view, "process")
        return
    await _leave(screen, numbers, view, chosen.value)


async def _leave(screen: Targets, numbers: tuple[int, ...], view: TicketView | None, name: str) -> None:
    """Ask why tickets leave the process they follow, which steps of theirs it takes along."""
    from deskterm.ui.dialogs.prompt import Prompt

    key = f"process {name} {which(numbers)}"
    title = f"Change to {clean_line(name, 40)}" if name else "End the process"
    answer = await screen.ask(
        Prompt(
            f"{title} on {which(numbers)}",
            "Reason",
            required="leaving a process needs a reason",
            help="what was marked goes with it; u brings it back",
            detail=subject(view),
            keep_as=key,
            verb="change" if name else "end it",
        )
    )
    if answer is not None:
        screen.send(c.FollowProcess(numbers, name, answer["text"]), view, "process", keep_as=key)


def _many(steps: int) -> str:
    return f"{steps} step{'' if steps == 1 else 's'}"
