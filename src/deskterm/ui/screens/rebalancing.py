"""Rebalancing from the board: the proposal is read, looked through, and what is agreed to is one command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain.commands import Rebalance

if TYPE_CHECKING:
    from deskterm.ui.screens.targets import Targets


async def ask_to_rebalance(screen: Targets, query: str) -> None:
    """Show what would be moved among the tickets of a query, and move what is agreed to."""
    from deskterm.ui.dialogs.rebalance import RebalanceForm

    found = await screen.read_in_thread(screen.store.rebalancing, query)
    if found is None:
        return
    if not found.moves:
        closed = (
            f"closed now: {', '.join(found.closed)}" if found.closed else "or those with room cannot help"
        )
        screen.status("Nothing to rebalance: nobody carries much more than their colleagues", hint=closed)
        return
    chosen = await screen.ask(RebalanceForm(found))
    if chosen:
        moves = tuple((one.ticket, one.queue, one.giver, one.taker, one.reason) for one in chosen)
        screen.run_command(Rebalance(moves))
