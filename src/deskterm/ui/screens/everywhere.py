"""What can be done on every screen: commands and their outcome, undo, going places, help, palette, theme."""

from __future__ import annotations

import asyncio
import os
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual.screen import Screen

from deskterm.domain.errors import Conflict, DeskError
from deskterm.ui.keymap import Action
from deskterm.ui.late import Late
from deskterm.ui.theme import NAMES
from deskterm.ui.widgets.footer import StatusLine

if TYPE_CHECKING:
    from deskterm.domain import commands as c
    from deskterm.domain.commands import Command
    from deskterm.domain.lists import Row
    from deskterm.domain.views import Outcome
    from deskterm.store.store import Store
    from deskterm.ui.app import DeskApp
else:
    c = Late("deskterm.domain.commands")

T = TypeVar("T")
REFUSED_SHOWN = 3


class Everywhere(Screen[None]):
    """The part of a desk screen that does not depend on what it shows."""

    TEXT_SCOPES: ClassVar[tuple[str, ...]] = ()
    """The scopes that hold while text is being typed."""

    status_line: StatusLine

    @property
    def desk(self) -> DeskApp:
        """The app, as what it is."""
        return cast("DeskApp", self.app)

    @property
    def store(self) -> Store:
        """The store."""
        return self.desk.store

    def unforeseen(self, error: Exception) -> DeskError:
        """Write down why a read failed and return what to say; raises it where nobody writes it down."""
        if self.desk.record is None:
            raise error
        self.desk.record(error)
        return DeskError(f"could not be read: {type(error).__name__}", hint="the log has the details")

    def targets(self) -> tuple[int, ...]:
        """The tickets a command is for: the selection, or the one under the cursor."""
        return ()

    def target_row(self) -> Row | None:
        """The ticket under the cursor."""
        return None

    # What happened.

    def status(self, text: str, *, error: bool = False, hint: str = "") -> None:
        """Say in the line above the footer what happened; `hint` is what to do about it."""
        self.status_line.show(text, error=error, hint=hint)

    async def ask(self, dialog: Screen[T]) -> T:
        """Show a dialog and wait for its answer, None when it was left. Only inside a coroutine of a key."""
        answer = self.app.push_screen(dialog, wait_for_dismiss=True)
        dialog.call_after_refresh(self.release_keys)
        return await answer

    @abstractmethod
    def release_keys(self) -> None:
        """Give keys that were typed ahead to what is shown now."""

    def run_command(
        self,
        command: Command,
        then: Callable[[Outcome], None] | None = None,
        failed: Callable[[DeskError], bool] | None = None,
    ) -> None:
        """Dispatch in a thread and say what came of it; `failed` keeps an error for itself with True."""
        self.run_worker(self._dispatch(command, then, failed), name="command")

    async def _dispatch(
        self,
        command: Command,
        then: Callable[[Outcome], None] | None,
        failed: Callable[[DeskError], bool] | None,
    ) -> None:
        try:
            outcome = await asyncio.to_thread(self.store.dispatch, command)
        except DeskError as error:
            if failed and failed(error):
                return
            if not (isinstance(error, Conflict) and await self._overwrite(error, command, then, failed)):
                self.status(error.message, error=True, hint=self.way_on(error))
            return
        if isinstance(command, c.TicketCommand):
            self.desk.last_command = command
        self.tell(outcome, undoable=not isinstance(command, c.Undo))
        self.was_done(command)
        if then:
            then(outcome)
        if outcome.hanging and isinstance(command, c.TicketCommand | c.Together):
            from deskterm.ui.screens.hanging import offer

            await offer(self, command, outcome)

    def way_on(self, error: DeskError) -> str:
        """Return what to do about a refusal: steps of a process that are left have a key of their own."""
        return f"{self.desk.keymap.key_of('ticket.steps')} steps" if error.field == "steps" else error.hint

    def was_done(self, command: Command) -> None:
        """Take note that a command of this screen was carried out."""

    async def _overwrite(
        self,
        error: Conflict,
        command: Command,
        then: Callable[[Outcome], None] | None,
        failed: Callable[[DeskError], bool] | None,
    ) -> bool:
        """Show both values and let the person choose; True when the command was sent again."""
        if not isinstance(command, c.TicketCommand) or not command.expected:
            return False
        from deskterm.ui.dialogs.conflict import Conflict as ConflictDialog

        shown = [self.shown_value(error.field, value) for value in (error.mine, error.theirs)]
        mine = self.shown_value(error.field, getattr(command, error.field, ""))
        dialog = ConflictDialog(error.field, was=shown[0], theirs=shown[1], mine=mine, detail=error.message)
        if await self.ask(dialog):
            self.run_command(replace(command, expected={}), then, failed)
            return True
        return False

    def shown_value(self, field: str, value: Any) -> str:
        """Write the value of a ticket's field the way a person would."""
        if value is None or value == "":
            return ""
        if field in ("owner", "queue") and isinstance(value, int):
            people = self.store.people()
            if field == "owner" and value in people.agents:
                return people.agents[value].login
            if field == "queue" and value in people.queues:
                return people.queues[value].name
        if isinstance(value, datetime):
            return f"{value.astimezone(self.desk.zone):%d %b %H:%M}"
        return ", ".join(map(str, value)) if isinstance(value, tuple | frozenset) else str(value)

    def tell(self, outcome: Outcome, *, undoable: bool = True) -> None:
        """Say what a command did, and which tickets refused it and why."""
        undo = f"{self.desk.keymap.key_of('desk.undo')} undo" if undoable else ""
        if not outcome.refused:
            self.status(outcome.summary, hint=undo)
            return
        reasons = "; ".join(reason for _, reason in outcome.refused[:REFUSED_SHOWN])
        more = len(outcome.refused) - REFUSED_SHOWN
        reasons += f" and {more} more" if more > 0 else ""
        done = f"{outcome.summary}; " if outcome.changed else ""
        self.status(
            f"{done}{len(outcome.refused)} refused: {reasons}",
            error=True,
            hint=undo if outcome.changed else "",
        )

    # Commands of every screen.

    def do_desk_undo(self) -> None:
        """Take back my last command."""
        self.run_command(c.Undo())

    def do_desk_redo(self) -> None:
        """Do again what undo took back."""
        self.run_command(c.Redo())

    def do_desk_repeat(self) -> None:
        """Do the last command again, on what is chosen now."""
        command, tickets = self.desk.last_command, self.targets()
        if not isinstance(command, c.TicketCommand):
            self.status("Nothing to repeat yet", error=True)
        elif tickets:
            self.run_command(replace(command, tickets=tickets, expected={}))

    async def do_desk_new(self) -> None:
        """Open a new ticket."""
        from deskterm.ui.screens.opening import ask_new_ticket

        await ask_new_ticket(self)

    async def do_desk_next(self) -> None:
        """Open the next best ticket, and say why it is next."""
        from deskterm.ui.screens.working_next import work_next

        await work_next(self)

    async def do_desk_rules(self) -> None:
        """Show the rules, and try one on past tickets."""
        from deskterm.ui.screens.rules import look_at_rules

        await look_at_rules(self)

    async def do_desk_reminders(self) -> None:
        """Show my reminders and the recurring tickets, and set new ones."""
        from deskterm.ui.screens.reminders import look_at_reminders

        await look_at_reminders(self)

    # Going places.

    async def do_go_inbox(self) -> None:
        """Go to the inbox."""
        await self.go("inbox")

    async def do_go_board(self) -> None:
        """Go to the board."""
        await self.go("board")

    async def do_go_metrics(self) -> None:
        """Go to the metrics."""
        await self.go("metrics")

    async def do_go_triage(self) -> None:
        """Go to triage."""
        await self.go("triage")

    def do_go_settings(self) -> None:
        """Show the settings, over what is shown now."""
        from deskterm.ui.screens.settings import SettingsScreen

        if not isinstance(self, SettingsScreen):
            self.app.push_screen(SettingsScreen())

    def do_go_quarantine(self) -> None:
        """Show the quarantine, over what is shown now."""
        from deskterm.ui.screens.quarantine import QuarantineScreen

        if not isinstance(self, QuarantineScreen):
            self.app.push_screen(QuarantineScreen())

    def do_go_outbox(self) -> None:
        """Show the outbox, over what is shown now."""
        from deskterm.ui.screens.outbox import OutboxScreen

        if not isinstance(self, OutboxScreen):
            self.app.push_screen(OutboxScreen())

    def do_go_contacts(self) -> None:
        """Show the contacts, over what is shown now."""
        from deskterm.ui.screens.contacts import ContactsScreen

        if not isinstance(self, ContactsScreen):
            self.app.push_screen(ContactsScreen())

    async def go(self, mode: str) -> None:
        """Go to a tab; pressed on the tab that is shown, back to its first screen."""
        if self.app.current_mode == mode:
            while len(self.app.screen_stack) > 1:
                await self.app.pop_screen()
        else:
            await self.app.switch_mode(mode)

    async def do_desk_search(self) -> None:
        """Search in the inbox."""
        await self.show_tickets(None)

    async def show_tickets(self, query: str | None, title: str = "") -> None:
        """List the tickets of a query in the inbox; None opens the search there."""
        from deskterm.ui.screens.inbox import InboxScreen

        here = self.app.current_mode
        await self.go("inbox")
        inbox = self.app.screen_stack[0]
        if isinstance(inbox, InboxScreen):
            inbox.search() if query is None else inbox.show_query(query, title)
            inbox.came_from = here if query is not None and here != "inbox" else ""

    def do_desk_back(self) -> None:
        """Leave this screen."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        else:
            self.app.switch_mode("inbox")

    def do_desk_quit(self) -> None:
        """End; drafts are saved."""
        self.desk.leave()

    # Around the screens.

    async def do_desk_help(self) -> None:
        """Show the keys of this screen."""
        from deskterm.ui.dialogs.help import Help

        scopes = (*self.scopes_here(), *self.TEXT_SCOPES)
        await self.ask(Help(self.desk.keymap, scopes, screen=self.title or ""))

    async def do_desk_palette(self) -> None:
        """Find a command by its name and run it."""
        from deskterm.ui.dialogs.palette import GoTo, Palette, Run, SearchFor, Words

        actions = self.desk.keymap.actions_for(self.scopes_here())
        chosen = await self.ask(Palette(actions, on_ticket=bool(self.targets())))
        answer = chosen.value if chosen else None
        if isinstance(answer, Run):
            self.perform(self.desk.keymap[answer.action])
        elif isinstance(answer, GoTo):
            self.open_ticket(answer.number)
        elif isinstance(answer, SearchFor):
            await self.show_tickets(answer.query)
        elif isinstance(answer, Words):
            self.run_words(answer.verb, answer.rest)

    def run_words(self, verb: str, rest: str) -> None:
        """Carry out a short command of the palette on the targets."""
        self.status("There is no ticket here to do that with", error=True)

    def open_ticket(self, number: int, view: Sequence[int] = ()) -> None:
        """Open a ticket's screen; `view` is the list that `J` and `K` walk through."""
        self.desk.spare.open(number, view)

    async def open_handed(self, number: int, why: str) -> None:
        """Open what work next handed out, and say why it is that one."""
        self.desk.spare.open(number, why=why)

    @abstractmethod
    def scopes_here(self) -> tuple[str, ...]:
        """The scopes that hold now."""

    @abstractmethod
    def perform(self, action: Action) -> None:
        """Carry out an action."""

    def do_desk_theme(self) -> None:
        """Go to the next theme."""
        theme = NAMES[(NAMES.index(self.app.theme) + 1) % len(NAMES)] if self.app.theme in NAMES else NAMES[0]
        self.app.theme = theme
        self.status(f"Theme: {theme.removeprefix('deskterm-')}")

    def do_desk_redraw(self) -> None:
        """Paint everything again, for a terminal that was written over."""
        self.app.refresh(layout=True)

    def do_desk_suspend(self) -> None:
        """Go back to the shell for a while; a session without one would freeze."""
        if self.desk.trusted and "SSH_ORIGINAL_COMMAND" not in os.environ:
            self.app.action_suspend_process()
        else:
            self.status("There is no shell behind this session", error=True)
