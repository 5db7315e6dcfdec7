"""Counting the time worked on the ticket that is shown: what means work, and when it is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

from deskterm.domain.commands import Reply, Solve, TicketCommand, Together
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.timekeeper import Timekeeper, keeper_of

if TYPE_CHECKING:
    from deskterm.domain.commands import Command
    from deskterm.domain.views import TicketView
    from deskterm.ui.timekeeper import Taken
    from deskterm.ui.widgets.ticket_head import TicketHead


class Timing(DeskScreen):
    """Runs the session's timer on a screen that shows one ticket."""

    number: int
    view: TicketView | None
    head: TicketHead

    @property
    def keeper(self) -> Timekeeper:
        """The timer of this session."""
        return keeper_of(self.desk)

    def read_timer_policy(self) -> None:
        """Read how time is counted here: in the thread that reads the ticket."""
        self.keeper.settings = self.store.policy.time

    def begin_timer(self) -> None:
        """Count for the ticket that is shown, while no other one is shown over it."""
        if self.view is not None and self._is_at_it():
            self.keeper.begin(self.view.ticket.number)
            self.say_timer()

    def say_timer(self) -> None:
        """Write into the head how long was counted."""
        mine = self.desk.is_open and self.keeper.ticket == self.number
        self.head.say_timer(self.keeper.words() if mine else "")

    def _is_at_it(self) -> bool:
        """Say whether this ticket is in front, or a dialog or what happened to it over it."""
        front = next((each for each in reversed(self.app.screen_stack) if not each.is_modal), None)
        if front is self:
            return True
        return not isinstance(front, Timing) and getattr(front, "number", None) == self.number

    def press(self, event: events.Key) -> bool:
        """Take every key as a sign of work, those of a text that is written too."""
        if self.desk.is_open:
            idle = self.keeper.stands_still
            self.keeper.touched()
            if idle:
                self.say_timer()
        return super().press(event)

    def on_screen_resume(self) -> None:
        """Go on counting: somebody came back from a dialog, or from another ticket."""
        if self.desk.is_open:
            self.begin_timer()
            self.keeper.touched()

    def on_screen_suspend(self) -> None:
        """Count no more once something else is shown."""
        if self.desk.is_open and not self._is_at_it():
            self.keeper.left(self.number)

    def on_unmount(self) -> None:
        """Count no more: the screen is gone."""
        if self.desk.is_open:
            self.keeper.left(self.number)

    def save_now(self) -> None:
        """Record what was counted: the line is dropping."""
        super().save_now()
        if self.desk.is_open:
            self.keeper.close()

    def do_reading_timer(self) -> None:
        """Pause the timer, or let it go on."""
        if self.keeper.ticket != self.number:
            self.status("No time is counted here", error=True)
            return
        key = self.desk.keymap.key_of("reading.timer")
        if self.keeper.toggle():
            self.status("The timer is paused", hint=f"{key} go on")
        else:
            self.status("The timer goes on", hint=f"{key} pause")
        self.say_timer()

    def was_done(self, command: Command) -> None:
        """Record what was worked until a reply was sent, or the ticket was solved."""
        super().was_done(command)
        parts = command.parts if isinstance(command, Together) else (command,)
        ends = (each for each in parts if isinstance(each, Reply | Solve) and isinstance(each, TicketCommand))
        if not any(self.keeper.ticket in each.tickets for each in ends):
            return
        taken = self.keeper.take()
        if taken is None:
            return
        if self.keeper.settings.ask:
            self.app.run_worker(self._ask(taken), name="time")
        else:
            self.keeper.record(taken)
        self.say_timer()

    async def _ask(self, taken: Taken) -> None:
        from deskterm.ui.screens.worked import ask_time

        await ask_time(self, taken)
