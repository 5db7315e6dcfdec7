"""The registry of actions: no key means two things, users rebind, every action is carried out."""

from __future__ import annotations

import pytest

from deskterm.domain.errors import UsageError
from deskterm.ui.key_names import shown_key
from deskterm.ui.keymap import ACTIONS, SCREENS, Keymap
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.screens.board import BoardScreen
from deskterm.ui.screens.contact import ContactScreen
from deskterm.ui.screens.contacts import ContactsScreen
from deskterm.ui.screens.history import HistoryScreen
from deskterm.ui.screens.inbox import InboxScreen
from deskterm.ui.screens.metrics import MetricsScreen
from deskterm.ui.screens.organization import OrganizationScreen
from deskterm.ui.screens.outbox import OutboxScreen
from deskterm.ui.screens.quarantine import QuarantineScreen
from deskterm.ui.screens.settings import SettingsScreen
from deskterm.ui.screens.ticket import TicketScreen
from deskterm.ui.screens.triage import TriageScreen

OF: dict[str, type[DeskScreen]] = {
    "inbox": InboxScreen,
    "search": InboxScreen,
    "history": HistoryScreen,
    "wall": BoardScreen,
    "ticket": TicketScreen,
    "composer": TicketScreen,
    "board": BoardScreen,
    "metrics": MetricsScreen,
    "triage": TriageScreen,
    "settings": SettingsScreen,
    "quarantine": QuarantineScreen,
    "outbox": OutboxScreen,
    "contacts": ContactsScreen,
    "contact": ContactScreen,
    "organization": OrganizationScreen,
}


def test_names_are_unique_and_every_scope_is_on_a_screen() -> None:
    names = [action.name for action in ACTIONS]
    assert len(names) == len(set(names))
    assert {action.scope for action in ACTIONS} == {scope for scopes in SCREENS.values() for scope in scopes}


@pytest.mark.parametrize("screen", SCREENS)
def test_every_action_of_a_screen_is_carried_out(screen: str) -> None:
    actions = Keymap().actions_for(SCREENS[screen])
    assert [action.name for action in actions if not callable(getattr(OF[screen], action.method, None))] == []


def test_a_key_is_rebound() -> None:
    keymap = Keymap({"ticket.reply": "B", "list.top": ["g g", "Z"], "desk.search": "ctrl+r"})
    table = keymap.table(SCREENS["inbox"])
    assert table["B"].name == "ticket.reply"
    assert "r" not in table
    assert table["Z"].name == table["g g"].name == "list.top"
    assert "slash" not in table


def test_typed_characters_are_understood_as_keys() -> None:
    keymap = Keymap({"ticket.reply": ["&", "~", "B", "é"]})
    assert {"ampersand", "tilde", "B"} < keymap.table(SCREENS["inbox"]).keys()


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"ticket.reply": "i"}, "i is both ticket.reply and ticket.note"),
        ({"ticket.reply": "g"}, "g is ticket.reply and begins"),
        ({"ticket.replay": "r"}, "no such action"),
        ({"ticket.reply": ""}, "give a key"),
        ({"ticket.reply": "a b c"}, "give a key"),
        ({"ticket.reply": []}, "give a key"),
    ],
)
def test_a_wrong_binding_is_refused_at_start(overrides: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        Keymap(overrides)
    assert said in refused.value.message


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(UsageError) as refused:
        Keymap({"ticket.replay": "r"})
    assert "ticket.reply" in refused.value.hint


def test_keys_are_written_as_people_write_them() -> None:
    assert [shown_key(key) for key in ("enter", "g i", "ctrl+x s", "slash", "V")] == [
        "↵",
        "g i",
        "^X s",
        "/",
        "V",
    ]


def test_no_key_needs_alt_or_a_combination_terminals_cannot_send() -> None:
    keys = {part for action in ACTIONS for key in action.keys for part in key.split(" ")}
    assert not {key for key in keys if "alt" in key or key in ("ctrl+enter", "ctrl+h", "ctrl+i", "ctrl+m")}
