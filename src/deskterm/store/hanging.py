"""What hangs on a solved ticket: the incidents it caused and its children, to be solved with it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from deskterm.domain.errors import NotFound
from deskterm.domain.kinds import HANGING, State

if TYPE_CHECKING:
    from deskterm.store.dispatch import Walk


def on_solved(walk: Walk) -> tuple[int, ...]:
    """Return the active tickets that hang on what an agent solved in this walk, as far as they may know."""
    if walk.actor.agent is None:
        return ()
    wanted: set[int] = set()
    for one in walk.touched.values():
        if one.ticket is None or one.ticket.state is not State.SOLVED:
            continue
        if one.before is None or one.before.state is not State.SOLVED:
            wanted |= {link.number for link in one.ticket.links if link.kind in HANGING}
    found = []
    for number in sorted(wanted):
        with suppress(NotFound):
            ticket = walk.load(number)
            if ticket.active and not ticket.voided:
                found.append(number)
    return tuple(found)
