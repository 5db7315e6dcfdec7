"""Where a ticket may go from here: the categories with the states a desk names in them, as choices."""

from __future__ import annotations

from collections.abc import Iterator

from deskterm.domain.kinds import ACTIVE, State
from deskterm.domain.named_states import TRANSITIONS, States
from deskterm.domain.policy import NamedState
from deskterm.domain.views import TicketView
from deskterm.ui.dialogs.choice_list import Choice
from deskterm.ui.theme import STATE_GLYPH

HINTS = {
    State.OPEN: "the desk's turn",
    State.PENDING: "the customer's turn",
    State.HOLD: "somebody else's turn: asks why and until when",
    State.SOLVED: "with a resolution",
}


def state_choices(
    view: TicketView | None, states: States, only: State | None = None
) -> list[Choice[tuple[str, str | None]]]:
    """Return where a ticket may go from here; everything when several are meant.

    A choice is what is to be done (a category to go to, or solve, close, reopen) and the name of the state,
    None where the category has no other. `only` leaves out all other categories.
    """
    state = view.ticket.state if view else None
    here = states.of_ticket(view.ticket) if view else None
    found: list[Choice[tuple[str, str | None]]] = []
    for category in (State.NEW, State.OPEN, State.PENDING, State.HOLD, State.SOLVED):
        if state is None or category is state or (state in ACTIVE and category in TRANSITIONS[state]):
            found += _within(category, state, here, states)
    if state is None or state not in ACTIVE:
        found.append(Choice(("reopen", None), "reopen", "with a line of reason", STATE_GLYPH[State.OPEN]))
    if state is not State.CLOSED:
        found += _closing(state, here, states)
    elif len(states.within(State.CLOSED)) > 1:
        found += _within(State.CLOSED, state, here, states)
    if only is None:
        return found
    return [one for one in found if _GOES.get(one.value[0], one.value[0]) == only]


_GOES = {"solve": "solved", "close": "closed", "reopen": "open"}
"""The categories that things to do lead to; the others are called so themselves."""


def _within(
    category: State, state: State | None, here: NamedState | None, states: States
) -> Iterator[Choice[tuple[str, str | None]]]:
    """Iterate the states of a category: its default goes by its usual word, the others below it."""
    all_of_it = states.within(category)
    verb = "solve" if category is State.SOLVED and state is not State.SOLVED else category.value
    if category is State.NEW and state is not State.NEW:
        return
    below = False
    for one in all_of_it:
        if one is here or not (here is None or states.allows(here, one)):
            continue
        usual = one is all_of_it[0]
        if usual and len(all_of_it) == 1 and category is state:
            continue
        name = None if len(all_of_it) == 1 else states.status(one)
        called = verb if one.name == category.value else one.name
        hint = HINTS.get(category, "")
        if not usual:
            # A clock that does what it does in the whole category is not worth the room a name needs.
            differs = one.effect is not all_of_it[0].effect
            hint = f"{category}, its clock {_CLOCK[one.effect.value]}" if differs else category.value
        label = f"  {called}" if below else called
        below = below or usual
        yield Choice((verb, name), label, hint, STATE_GLYPH[category], words=f"{verb} {category}")


_CLOCK = {"runs": "runs", "paused": "stands still", "stopped": "stopped"}


def _closing(
    state: State | None, here: NamedState | None, states: States
) -> Iterator[Choice[tuple[str, str | None]]]:
    solved = state is State.SOLVED
    hint = "confirmed, or no answer" if solved else "spam, duplicate, withdrawn, declined…"
    closed = states.within(State.CLOSED)
    for one in closed:
        if here is None or states.allows(here, one):
            usual = one is closed[0]
            called = "close" if solved else "close without solving"
            label = called if usual else f"  {one.name}"
            name = None if len(closed) == 1 else states.status(one)
            yield Choice(("close", name), label, hint if usual else "closed", STATE_GLYPH[State.CLOSED])
