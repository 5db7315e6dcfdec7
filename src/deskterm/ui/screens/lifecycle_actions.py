"""Moving a ticket through its life: open, wait, hold, solve, close, reopen, each asking for what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain.kinds import ACTIVE, CLOSE_REASONS, State
from deskterm.ui.late import Late
from deskterm.ui.screens.targets import Targets, subject
from deskterm.ui.theme import STATE_GLYPH

if TYPE_CHECKING:
    from deskterm.domain import commands as c
    from deskterm.domain import lifecycle, when, wording
    from deskterm.domain.views import TicketView
    from deskterm.ui.dialogs.choice_list import Choice
else:
    names = ("commands", "lifecycle", "when", "wording")
    c, lifecycle, when, wording = (Late(f"deskterm.domain.{name}") for name in names)

AFTER_SOLVING = ("confirmed", "no answer")
HINTS = {
    State.OPEN: "the desk's turn",
    State.PENDING: "the customer's turn",
    State.HOLD: "somebody else's turn: asks why and until when",
}


class LifecycleActions(Targets):
    """The actions that change a ticket's state."""

    async def do_ticket_state(self) -> None:
        """Choose the next state; what that asks for is asked then."""
        from deskterm.ui.dialogs.choose import Choose

        numbers, view = await self.meant()
        if not numbers:
            return
        chosen = await self.ask(
            Choose(f"State of {wording.which(numbers)}", state_choices(view), detail=subject(view))
        )
        if chosen is None:
            return
        match chosen.value:
            case "solve":
                await self.ask_solve(numbers, view)
            case "close":
                await self.ask_close(numbers, view)
            case "reopen":
                await self.ask_reopen(numbers, view)
            case "hold":
                await self.ask_hold(numbers, view)
            case state:
                self.send(c.ChangeState(numbers, State(state)), view, "state")

    async def ask_hold(self, numbers: tuple[int, ...], view: TicketView | None) -> None:
        from deskterm.ui.dialogs.remind import HoldForm

        now, zone = self.store.now(), self.desk.zone
        answer = await self.ask(HoldForm(f"Hold {wording.which(numbers)}", now, zone, detail=subject(view)))
        if answer:
            until = when.parse_when(answer["until"], now, zone) if answer["until"].strip() else None
            self.send(c.ChangeState(numbers, State.HOLD, answer["reason"], until), view, "state")

    async def do_ticket_solve(self) -> None:
        """Solve with a resolution."""
        numbers, view = await self.meant()
        if numbers:
            await self.ask_solve(numbers, view)

    async def ask_solve(self, numbers: tuple[int, ...], view: TicketView | None) -> None:
        from deskterm.ui.dialogs.solve import SolveForm

        if view is not None and view.ticket.state not in ACTIVE:
            self.status(
                f"{wording.which(numbers)} is {view.ticket.state} already", error=True, hint="s reopen"
            )
            return
        key = f"solve {wording.which(numbers)}"
        answer = await self.ask(
            SolveForm(f"Solve {wording.which(numbers)}", detail=subject(view), keep_as=key)
        )
        if answer:
            command = c.Solve(numbers, answer["note"], answer["code"], answer["message"])
            self.send(command, view, "state", keep_as=key)

    async def ask_close(self, numbers: tuple[int, ...], view: TicketView | None) -> None:
        from deskterm.ui.dialogs.choice_list import Choice
        from deskterm.ui.dialogs.choose import Choose

        solved = view is not None and view.ticket.state is State.SOLVED
        reasons = [reason for reason in CLOSE_REASONS if view is None or (reason in AFTER_SOLVING) == solved]
        choices = [Choice(reason, reason) for reason in reasons]
        title = f"Close {wording.which(numbers)}" + ("" if solved else " without solving")
        chosen = await self.ask(Choose(title, choices, detail="why?"))
        if chosen is not None:
            self.send(c.Close(numbers, chosen.value), view, "state")

    async def ask_reopen(self, numbers: tuple[int, ...], view: TicketView | None) -> None:
        from deskterm.ui.dialogs.prompt import Prompt

        key = f"reopen {wording.which(numbers)}"
        answer = await self.ask(
            Prompt(
                f"Reopen {wording.which(numbers)}",
                "Reason",
                required="reopening needs a line of reason",
                detail=subject(view),
                keep_as=key,
                verb="reopen",
            )
        )
        if answer:
            self.send(c.Reopen(numbers, answer["text"]), view, "state", keep_as=key)


def state_choices(view: TicketView | None) -> list[Choice[str]]:
    """Return where a ticket may go from here; everything when several are meant."""
    from deskterm.ui.dialogs.choice_list import Choice

    state = view.ticket.state if view else None
    allowed = lifecycle.TRANSITIONS[state] if state else frozenset(State)
    choices: list[Choice[str]] = []
    if state is None or state in ACTIVE:
        choices += [
            Choice(to.value, to.value, HINTS[to], STATE_GLYPH[to])
            for to in (State.OPEN, State.PENDING, State.HOLD)
            if to in allowed
        ]
        choices.append(Choice("solve", "solve", "with a resolution", STATE_GLYPH[State.SOLVED]))
    if state is None or state not in ACTIVE:
        choices.append(Choice("reopen", "reopen", "with a line of reason", STATE_GLYPH[State.OPEN]))
    if state is None or state in ACTIVE:
        hint = "spam, duplicate, withdrawn, declined…"
        choices.append(Choice("close", "close without solving", hint, STATE_GLYPH[State.CLOSED]))
    elif state is State.SOLVED:
        choices.append(Choice("close", "close", "confirmed, or no answer", STATE_GLYPH[State.CLOSED]))
    return choices
