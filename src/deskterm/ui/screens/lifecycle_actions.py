"""Moving a ticket through its life: open, wait, hold, solve, close, reopen, each asking for what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain.kinds import ACTIVE, CLOSE_REASONS, State
from deskterm.ui.late import Late
from deskterm.ui.screens.targets import Targets, subject

if TYPE_CHECKING:
    from deskterm.domain import commands as c
    from deskterm.domain import when, wording
    from deskterm.domain.views import TicketView
    from deskterm.ui import step_choices
else:
    names = ("commands", "when", "wording")
    c, when, wording = (Late(f"deskterm.domain.{name}") for name in names)
    step_choices = Late("deskterm.ui.step_choices")

MOST_STEPPED = 1000
"""Tickets of a selection whose steps are looked at before it is solved: of more, the answer tells."""

AFTER_SOLVING = ("confirmed", "no answer")


class LifecycleActions(Targets):
    """The actions that change a ticket's state."""

    async def do_ticket_state(self) -> None:
        """Choose the next state; what that asks for is asked then."""
        numbers, view = await self.meant()
        if numbers:
            await self.choose_state(numbers, view)

    async def choose_state(
        self, numbers: tuple[int, ...], view: TicketView | None, only: State | None = None
    ) -> None:
        """Choose where tickets go, among the states of one category where `only` says so.

        One way of them is no choice, and not asked for: the category was chosen already.
        """
        from deskterm.ui.dialogs.choose import Choose
        from deskterm.ui.state_choices import state_choices

        states = await self.read_in_thread(lambda: self.store.policy.named)
        if states is None:
            return
        choices = state_choices(view, states, only)
        if not choices:
            self.status(f"No move leads from {subject(view) or 'there'} to {only}", error=True)
            return
        if only is not None and len(choices) == 1:
            await self.go_to(numbers, view, *choices[0].value)
            return
        chosen = await self.ask(Choose(f"State of {wording.which(numbers)}", choices, detail=subject(view)))
        if chosen is not None:
            await self.go_to(numbers, view, *chosen.value)

    async def go_to(
        self, numbers: tuple[int, ...], view: TicketView | None, verb: str, status: str | None
    ) -> None:
        """Do what a choice of state means: in the category a ticket is in, nothing more is asked."""
        if view is not None and verb == view.ticket.state:
            self.send_move(c.ChangeState(numbers, State(verb), status=status or ""), view)
            return
        match verb:
            case "solve":
                await self.ask_solve(numbers, view, status)
            case "close":
                await self.ask_close(numbers, view, status)
            case "reopen":
                await self.ask_reopen(numbers, view)
            case "hold":
                await self.ask_hold(numbers, view, status)
            case state:
                self.send_move(c.ChangeState(numbers, State(state), status=status), view)

    def send_move(self, command: c.TicketCommand, view: TicketView | None, keep_as: str = "") -> None:
        self.send(command, view, "state", "status", keep_as=keep_as)

    async def ask_hold(
        self, numbers: tuple[int, ...], view: TicketView | None, status: str | None = None
    ) -> None:
        from deskterm.ui.dialogs.remind import HoldForm

        now, zone = self.store.now(), self.desk.zone
        answer = await self.ask(HoldForm(f"Hold {wording.which(numbers)}", now, zone, detail=subject(view)))
        if answer:
            until = when.parse_when(answer["until"], now, zone) if answer["until"].strip() else None
            self.send_move(c.ChangeState(numbers, State.HOLD, answer["reason"], until, status), view)

    async def do_ticket_solve(self) -> None:
        """Solve with a resolution."""
        numbers, view = await self.meant()
        if numbers:
            await self.ask_solve(numbers, view)

    async def ask_solve(
        self, numbers: tuple[int, ...], view: TicketView | None, status: str | None = None
    ) -> None:
        from deskterm.ui.dialogs.solve import SolveForm

        if view is not None and view.ticket.state not in ACTIVE:
            self.status(
                f"{wording.which(numbers)} is {view.ticket.state} already", error=True, hint="s reopen"
            )
            return
        key = f"solve {wording.which(numbers)}"
        left = await self._left_before_solving(numbers, view)
        if left is None:
            return
        answer = await self.ask(
            SolveForm(
                f"Solve {wording.which(numbers)}",
                detail=subject(view),
                keep_as=key,
                left=left,
                steps_key=self.desk.keymap.key_of("ticket.steps"),
            )
        )
        if answer:
            command = c.Solve(numbers, answer["note"], answer["code"], answer["message"], status)
            self.send_move(command, view, keep_as=key)

    async def _left_before_solving(
        self, numbers: tuple[int, ...], view: TicketView | None
    ) -> list[str] | None:
        """Name the steps that are left; those of a selection are read, None when they cannot be."""
        if view is not None:
            return step_choices.left_before_solving([view]) if view.steps else []
        found = await self.read_in_thread(self.store.stepped, numbers[:MOST_STEPPED])
        return None if found is None else step_choices.left_before_solving(found)

    async def ask_close(
        self, numbers: tuple[int, ...], view: TicketView | None, status: str | None = None
    ) -> None:
        from deskterm.ui.dialogs.choice_list import Choice
        from deskterm.ui.dialogs.choose import Choose

        solved = view is not None and view.ticket.state is State.SOLVED
        reasons = [reason for reason in CLOSE_REASONS if view is None or (reason in AFTER_SOLVING) == solved]
        choices = [Choice(reason, reason) for reason in reasons]
        title = f"Close {wording.which(numbers)}" + ("" if solved else " without solving")
        chosen = await self.ask(Choose(title, choices, detail="why?"))
        if chosen is not None:
            self.send_move(c.Close(numbers, chosen.value, status), view)

    async def do_ticket_spam(self) -> None:
        """Close as spam; of several, the count is said first."""
        numbers, view = await self.meant()
        if numbers and await self.sure("Close as spam", numbers):
            self.send_move(c.Close(numbers, "spam"), view)

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
            self.send_move(c.Reopen(numbers, answer["text"]), view, keep_as=key)
