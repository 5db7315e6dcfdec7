"""Moving a card to another column: the command that means, with what its rule asks for and what was shown."""

from __future__ import annotations

from typing import Any

from deskterm.domain.commands import Assign, ChangeState, Move, SetPriority, TicketCommand
from deskterm.domain.kinds import ACTIVE, Priority, State
from deskterm.domain.lists import Row
from deskterm.domain.named_states import TRANSITIONS
from deskterm.domain.views import BoardColumn
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.screens.ticket_actions import TicketActions


class CardMoves(TicketActions, DeskScreen):
    """What `H` and `L` do on the board, by what its columns stand for."""

    async def move_card(self, row: Row, lanes: str, source: BoardColumn, target: BoardColumn) -> None:
        """Send what moving a card means, after asking what that needs."""
        if lanes == "state":
            await self._to_state(row, State(target.value), target.several)
        elif lanes == "owner":
            await self._to_owner(row, source, target)
        elif lanes == "priority":
            await self._to_priority(row, Priority(target.value))
        else:
            await self._to_queue(row, source, target)

    def card_sent(self, row: Row, target: str) -> None:
        """Show the card where it is going; the next view says where it is."""

    def _send(self, row: Row, target: str, command: TicketCommand) -> None:
        """Show the move at once and dispatch it; when it is refused, the board is read again."""
        self.card_sent(row, target)

        def failed(_: object) -> bool:
            self.reload()
            return False

        self.run_command(command, failed=failed)

    async def _to_state(self, row: Row, state: State, several: bool) -> None:
        if several and state in TRANSITIONS[row.state] and row.state in ACTIVE:
            await self._to_one_of(row, state)
        elif row.state in ACTIVE and state in (State.OPEN, State.PENDING):
            command = ChangeState((row.number,), state, expected={"state": row.state})
            self._send(row, state.value, command)
        elif state is State.NEW:
            self.status(f"#{row.number} cannot become new again", error=True, hint="undo takes a move back")
        elif row.state not in ACTIVE and state is not State.OPEN:
            self.status(f"#{row.number} is {row.state}: move it to Open to take it up again", error=True)
        else:
            await self._ask_state(row, state)

    async def _to_one_of(self, row: Row, state: State) -> None:
        """Ask which of the category's states is meant, if the ticket still is where it was shown."""
        numbers, view = await self.meant()
        if view is None:
            return
        if view.ticket.state is row.state:
            await self.choose_state(numbers, view, state)
            return
        self.status(f"#{row.number} is {view.ticket.state} by now; look again", error=True)
        self.reload()

    async def _ask_state(self, row: Row, state: State) -> None:
        """Ask what ending, holding or reopening needs, if the ticket still is where it was shown."""
        numbers, view = await self.meant()
        if view is None:
            return
        if view.ticket.state is not row.state:
            self.status(f"#{row.number} is {view.ticket.state} by now; look again", error=True)
            self.reload()
        elif row.state not in ACTIVE:
            await self.ask_reopen(numbers, view)
        elif state is State.HOLD:
            await self.ask_hold(numbers, view)
        else:
            await self.ask_solve(numbers, view)

    async def _to_owner(self, row: Row, source: BoardColumn, target: BoardColumn) -> None:
        people = await self.read_in_thread(self.store.people)
        if people is None:
            return
        by_login: dict[str, int | None] = {agent.login: agent.id for agent in people.agents.values()}
        by_login[""] = None
        expected = {"owner": by_login.get(source.value)}
        command = Assign((row.number,), by_login.get(target.value), expected=expected)
        self._send(row, target.value, command)

    async def _to_priority(self, row: Row, priority: Priority) -> None:
        reason = await self._line(
            f"#{row.number} from {row.priority} to {priority}", "Reason", "an override needs a reason"
        )
        if reason:
            command = SetPriority((row.number,), priority, reason=reason, expected={"priority": row.priority})
            self._send(row, priority.value, command)

    async def _to_queue(self, row: Row, source: BoardColumn, target: BoardColumn) -> None:
        people = await self.read_in_thread(self.store.people)
        if people is None:
            return
        by_key = {queue.key: queue.id for queue in people.queues.values()}
        if source.value not in by_key or target.value not in by_key:
            self.status("That queue is not there any more", error=True)
            self.reload()
            return
        note = await self._line(f"Hand #{row.number} over to {target.title}", "Note", "")
        if note is not None:
            expected: dict[str, Any] = {"queue": by_key[source.value]}
            self._send(row, target.value, Move((row.number,), by_key[target.value], note, expected=expected))

    async def _line(self, title: str, label: str, required: str) -> str | None:
        from deskterm.ui.dialogs.prompt import Prompt

        help_text = "" if required else "what the next team needs to know; an internal note, empty for none"
        answer = await self.ask(Prompt(title, label, required=required, help=help_text, verb="move"))
        return None if answer is None else answer["text"].strip()
