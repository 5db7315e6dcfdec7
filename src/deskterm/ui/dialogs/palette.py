"""The command palette: an action by its name, a ticket by its number, a search, a short command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.widgets import Input

from deskterm.ui.dialogs.base import Hint
from deskterm.ui.dialogs.choice_list import Choice, narrow
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.key_names import shown_key
from deskterm.ui.keymap import Action


@dataclass(frozen=True, slots=True)
class Run:
    """Carry out an action of the registry by its name."""

    action: str


@dataclass(frozen=True, slots=True)
class GoTo:
    """Open the ticket with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class SearchFor:
    """Search with this query."""

    query: str


@dataclass(frozen=True, slots=True)
class Words:
    """A short command, as on the command line: its verb and the rest."""

    verb: str
    rest: str


Answer = Run | GoTo | SearchFor | Words

FIRST = ("ticket", "link", "inbox", "composer", "everywhere")
"""Scopes in the order the palette offers them: what changes something first, moving about last."""

VERBS = {
    "assign": "assign NAME, or assign none",
    "tag": "tag vpn -laptop",
    "state": "state open, pending or hold REASON",
    "priority": "priority P2 REASON, or high medium",
    "note": "note TEXT",
    "escalate": "escalate lead: why, or escalate QUEUE: why",
    "remind": "remind tomorrow 9am: call back",
    "snooze": "snooze friday",
}
"""Short commands on the ticket in hand, and how each is written."""


def _rank(action: Action) -> int:
    return FIRST.index(action.scope) if action.scope in FIRST else len(FIRST)


class Palette(Choose[Answer]):
    """Ask what to do; the answer is a choice whose value says it."""

    def __init__(self, actions: Sequence[Action], *, on_ticket: bool = True) -> None:
        choices: list[Choice[Answer]] = []
        named: set[str] = set()
        for action in sorted(actions, key=_rank):
            if action.name in named or action.name in ("desk.palette",):
                continue
            named.add(action.name)
            words = f"{action.title} {action.name.replace('.', ' ')}"
            choices.append(Choice(Run(action.name), action.help, shown_key(action.keys[0]), words=words))
        super().__init__("Command", choices, placeholder="a command, #number, search words, or: assign bo")
        self.on_ticket = on_ticket

    def hints(self) -> Sequence[Hint]:
        """Say what else can be typed."""
        return (("↑↓", "move"), ("↵", "do it"), ("#1042", "open"), ("esc", "leave"))

    def typed(self, text: str) -> None:
        """Offer what the typed words could mean, the most certain first."""
        offered = (*self._direct(text), *narrow(self.all, text), *self._last(text))
        self.list.show(offered if text else self.all)

    def _direct(self, typed: str) -> list[Choice[Answer]]:
        number = typed.lstrip("#")
        if number.isascii() and number.isdigit() and len(number) < 12:
            return [Choice(GoTo(int(number)), f"Open #{int(number)}", "↵")]
        verb, _, rest = typed.partition(" ")
        verb = verb.casefold()
        if self.on_ticket and verb in VERBS and rest.strip():
            return [Choice(Words(verb, rest.strip()), typed, "on this ticket")]
        if self.on_ticket and len(verb) > 1:
            return [
                Choice(Words(name, ""), how, "on this ticket")
                for name, how in VERBS.items()
                if name.startswith(verb)
            ]
        if verb in ("search", "list") and rest.strip():
            return [Choice(SearchFor(rest.strip()), f"Search {rest.strip()}", "↵")]
        return []

    def _last(self, typed: str) -> list[Choice[Answer]]:
        verb, _, rest = typed.partition(" ")
        query = rest.strip() if verb.casefold() in ("search", "list") else typed
        return (
            [Choice(SearchFor(query), f"Search {query}", "↵")] if query and not query.startswith("#") else []
        )

    def pick(self) -> None:
        """Answer; a short command without its words is written into the line to be finished."""
        chosen = self.list.current
        if chosen is not None and isinstance(chosen.value, Words) and not chosen.value.rest:
            line = self.query_one(Input)
            line.value = f"{chosen.value.verb} "
            line.cursor_position = len(line.value)
            return
        super().pick()
