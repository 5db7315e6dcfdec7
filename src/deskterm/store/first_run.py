"""Setting an empty desk up: its first queue, and its first agent, who is the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain.commands import AddAgent, AddQueue
from deskterm.domain.people import DESK, Actor, Role

if TYPE_CHECKING:
    from deskterm.store.store import Store


def is_empty(store: Store) -> bool:
    """Say whether nobody works on this desk yet."""
    return store.actor.agent is None and not store.people().agents


def set_up(store: Store, login: str, name: str, queue: str) -> None:
    """Give the desk its first queue and admin, and let the store act as them. Raises Refused."""
    store.dispatch(AddQueue(queue), actor=DESK)
    store.dispatch(AddAgent(login, name, Role.ADMIN, (queue,)), actor=DESK)
    store.actor = Actor(store.people().agent(login), "tui")
