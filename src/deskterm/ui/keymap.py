"""The one registry of actions, from which keys, footer, palette, help and manual are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from deskterm.domain.errors import UsageError
from deskterm.ui.action import Action as Action
from deskterm.ui.key_names import shown_key
from deskterm.ui.keymap_pages import CONTACTS, ORGANIZATION, OUTBOX, QUARANTINE, SETTINGS

EVERYWHERE = (
    Action("go.inbox", ("1", "g i"), "everywhere", "inbox", "Go to the inbox"),
    Action("go.board", ("2", "g b"), "everywhere", "board", "Go to the board"),
    Action("go.metrics", ("3", "g m"), "everywhere", "metrics", "Go to the metrics"),
    Action("go.triage", ("g t",), "everywhere", "triage", "Go to triage: what is new, one by one"),
    Action("go.settings", ("g s",), "everywhere", "settings", "Show what the desk's policy says"),
    Action("desk.search", ("slash",), "everywhere", "search", "Search, with the query language", 90),
    Action("desk.palette", ("colon",), "everywhere", "command", "Find any command by its name", 91),
    Action("desk.help", ("question_mark",), "everywhere", "help", "Show the keys of this screen", 92, False),
    Action("desk.undo", ("u",), "everywhere", "undo", "Take back my last command"),
    Action("desk.redo", ("U",), "everywhere", "redo", "Do again what undo took back"),
    Action(
        "desk.repeat",
        ("full_stop",),
        "everywhere",
        "repeat",
        "Do the last command again, on what is chosen now",
    ),
    Action("go.quarantine", ("g q",), "everywhere", "quarantine", "Mail that could not be handled, and why"),
    Action("go.outbox", ("g o",), "everywhere", "outbox", "Mail that waits to be sent, or could not be"),
    Action(
        "go.contacts", ("g p",), "everywhere", "contacts", "Contacts: who asks, and what is known of them"
    ),
    Action("desk.rules", ("g r",), "everywhere", "rules", "Rules: what they did, and would do", 0),
    Action("desk.next", ("W",), "everywhere", "work next", "Open the next best ticket for me, and say why"),
    Action("desk.reminders", ("g a",), "everywhere", "reminders", "My reminders, and recurring tickets"),
    Action("desk.new", ("plus",), "everywhere", "new ticket", "Open a new ticket"),
    Action(
        "desk.theme",
        ("g c",),
        "everywhere",
        "theme",
        "Change the theme: dark, light, high contrast",
        0,
        False,
    ),
    Action("desk.redraw", ("ctrl+l",), "everywhere", "redraw", "Paint the whole screen again", 0, False),
    Action("desk.suspend", ("ctrl+z",), "everywhere", "suspend", "Stop and go back to the shell", 0, False),
    Action("desk.back", ("q", "escape"), "everywhere", "back", "Go back; on the inbox, q leaves", 0, False),
    Action("desk.quit", ("ctrl+q",), "everywhere", "quit", "Leave deskterm", 0, False),
)

LIST = (
    Action("list.down", ("j", "down"), "list", "down", "Next row", 0, False),
    Action("list.up", ("k", "up"), "list", "up", "Row before", 0, False),
    Action("list.top", ("g g", "home"), "list", "top", "First row", 0, False),
    Action("list.bottom", ("G", "end"), "list", "end", "Last row"),
    Action("list.half_down", ("ctrl+d",), "list", "half down", "Half a page down", 0, False),
    Action("list.half_up", ("ctrl+u",), "list", "half up", "Half a page up", 0, False),
    Action("list.page_down", ("pagedown", "ctrl+f"), "list", "page down", "A page down", 0, False),
    Action("list.page_up", ("pageup", "ctrl+b"), "list", "page up", "A page up", 0, False),
    Action("list.open", ("enter",), "list", "open", "Open the ticket", 1),
    Action("list.select", ("x",), "list", "select", "Select the row, or take it out again", 30, False),
    Action("list.range", ("V",), "list", "range", "Select from the last selected row to this one", 0, False),
    Action("list.all", ("asterisk",), "list", "all", "Select everything in the view"),
    Action("list.clear", ("backslash",), "list", "clear", "Select nothing", 0, False),
    Action("list.copy", ("y",), "list", "copy", "Copy the number to the clipboard", 0, False),
    Action("list.sort", ("comma",), "list", "sort", "Sort: breach, priority, updated, created, number"),
    Action("list.next", ("space",), "list", "work next", "Open the next best ticket for me, and say why", 41),
    Action("list.group", ("equals_sign",), "list", "group", "Group by state, owner, queue, priority; or not"),
    Action(
        "inbox.panes", ("v",), "inbox", "views", "Views and preview beside the list, or the list alone", 40
    ),
    Action("inbox.views", ("g v",), "inbox", "views", "Choose a view, a queue or a saved search"),
    Action("inbox.save_view", ("g V",), "inbox", "save view", "Save the search that is shown as a view"),
    Action("inbox.remove_view", ("X",), "inbox", "remove view", "Remove the saved search that is shown"),
    Action("inbox.next_view", ("J",), "inbox", "next view", "Next view in the sidebar"),
    Action("inbox.previous_view", ("K",), "inbox", "view before", "View before this one in the sidebar"),
)

TICKET = (
    Action("ticket.reply", ("r",), "ticket", "reply", "Reply to the requester", 10),
    Action("ticket.note", ("i",), "ticket", "note", "Write an internal note", 11),
    Action("ticket.assign", ("a",), "ticket", "assign", "Assign to somebody", 12),
    Action("ticket.take", ("A",), "ticket", "take", "Take it: assign to myself", 19),
    Action("ticket.state", ("s",), "ticket", "state", "Change the state; reopen, close", 13),
    Action("ticket.priority", ("p",), "ticket", "priority", "Set impact, urgency or priority", 14),
    Action("ticket.tags", ("t",), "ticket", "tags", "Add and remove tags", 17),
    Action("ticket.snooze", ("z",), "ticket", "snooze", "Snooze until a time, or set a reminder", 16),
    Action("ticket.solve", ("e",), "ticket", "solve", "Solve, with a resolution", 15),
    Action("ticket.spam", ("S",), "ticket", "spam", "Close as spam"),
    Action("ticket.move", ("M",), "ticket", "move", "Move to another queue, with a handoff note"),
    Action("ticket.escalate", ("E",), "ticket", "escalate", "Escalate: to a queue, the lead or a vendor", 18),
    Action("ticket.why", ("w",), "ticket", "why", "Why its clocks and its owner are as they are"),
    Action("ticket.target", ("g k",), "ticket", "target", "Set a target of its own, a lead's"),
    Action("ticket.recount", ("g K",), "ticket", "recount", "Count clocks anew, an admin's"),
    Action("ticket.macro", ("m",), "ticket", "macro", "Use a macro: its text and what it changes", 20),
    Action("ticket.steps", ("c",), "ticket", "steps", "Steps of its process: do or skip them"),
    Action("ticket.time", ("T",), "ticket", "time", "Time worked: who and when; record, change or delete it"),
    Action("ticket.side", ("O",), "ticket", "beside", "Write to others beside it, such as a vendor"),
    Action("ticket.follow", ("f",), "ticket", "follow", "Follow, or stop following"),
    Action("ticket.link", ("L",), "link", "link", "Link to another ticket"),
)

READING = (
    Action("reading.down", ("j", "down"), "scrolling", "down", "Scroll down"),
    Action("reading.up", ("k", "up"), "scrolling", "up", "Scroll up"),
    Action("reading.top", ("g g", "home"), "scrolling", "top", "To the beginning"),
    Action("reading.bottom", ("G", "end"), "scrolling", "end", "To the end"),
    Action("reading.half_down", ("ctrl+d",), "scrolling", "half down", "Half a page down"),
    Action("reading.half_up", ("ctrl+u",), "scrolling", "half up", "Half a page up"),
    Action("reading.page_down", ("pagedown", "space"), "scrolling", "page down", "A page down"),
    Action("reading.page_up", ("pageup",), "scrolling", "page up", "A page up"),
    Action("reading.next", ("J",), "reading", "next prev", "Next ticket of the view", 16),
    Action("reading.previous", ("K",), "reading", "next prev", "Ticket before this one in the view", 16),
    Action("reading.panes", ("tab",), "reading", "panes", "Go between conversation and details", 42),
    Action(
        "reading.history", ("h",), "reading", "history", "Everything that happened, with who and when", 16
    ),
    Action("reading.links", ("o",), "reading", "attachments", "Attachments, links and linked tickets", 21),
    Action("reading.quotes", ("Q",), "reading", "quotes", "Unfold what is quoted, or fold it again"),
    Action("reading.raw", ("R",), "reading", "raw mail", "Show a mail as it came"),
    Action("reading.timer", ("P",), "reading", "timer", "Pause the timer of the ticket, or go on counting"),
    Action("reading.requester", ("C",), "reading", "contact", "Show the requester, and their other tickets"),
    Action("reading.organization", ("g O",), "reading", "organization", "Show the requester's organization"),
    Action("reading.copy", ("y",), "reading", "copy", "Copy the number to the clipboard"),
)

COMPOSER = (
    Action(
        "composer.send",
        ("ctrl+s",),
        "composer",
        "send and wait",
        "Send and wait for the customer; save a note",
        1,
    ),
    Action("composer.send_open", ("ctrl+x s",), "composer", "send", "Send and keep it open", 2),
    Action("composer.send_solve", ("ctrl+x x",), "composer", "and solve", "Send and solve", 3),
    Action("composer.send_wait", ("ctrl+x p",), "composer", "and wait", "Send and wait for the customer", 4),
    Action("composer.send_next", ("ctrl+x n",), "composer", "and next", "Send and go to the next ticket", 5),
    Action("composer.macro", ("ctrl+t",), "composer", "macro", "Write a macro, with what it changes", 6),
    Action("composer.attach", ("ctrl+x a",), "composer", "attach", "Attach a file, by its path", 7),
    Action("composer.remove", ("ctrl+x d",), "composer", "take out", "Take out a file, or macro's changes"),
    Action("composer.whom", ("ctrl+x t",), "composer", "to", "To whom, and about what: beside the ticket"),
    Action("composer.gap", ("tab",), "composer", "next gap", "To what is still to be filled in", 0),
    Action("composer.editor", ("ctrl+o",), "composer", "$EDITOR", "Go on writing in $EDITOR", 8),
    Action(
        "composer.keep", ("escape",), "composer", "keep draft", "Close; what is written is kept as a draft", 9
    ),
)

FILTER = (
    Action("filter.apply", ("enter",), "filter", "search", "Search, messages included", 1),
    Action("filter.complete", ("tab",), "filter", "complete", "Put the first completion in", 2, False),
    Action("filter.results", ("down",), "filter", "to the results", "Go to the results", 3, False),
    Action("filter.save", ("ctrl+s",), "filter", "save as a view", "Search, and save it as a view", 4),
    Action("filter.leave", ("escape",), "filter", "back", "Go back to what was listed before", 5, False),
)

BOARD = (
    Action("board.left", ("h", "left"), "board", "move", "Column to the left", 1),
    Action("board.down", ("j", "down"), "board", "move", "Card below", 2),
    Action("board.up", ("k", "up"), "board", "move", "Card above", 3),
    Action("board.right", ("l", "right"), "board", "move", "Column to the right", 4),
    Action("board.top", ("g g", "home"), "board", "top", "First card of the column"),
    Action("board.bottom", ("G", "end"), "board", "end", "Last card of the column"),
    Action("board.move_left", ("H",), "board", "move card", "Move the card to the column on the left", 5),
    Action("board.move_right", ("L",), "board", "move card", "Move the card to the column on the right", 6),
    Action("board.open", ("enter",), "board", "open", "Open the ticket", 7),
    Action(
        "board.lanes", ("equals_sign",), "board", "lanes", "Columns by state, owner, priority or queue", 8
    ),
    Action(
        "board.next", ("space",), "board", "work next", "Open the next best ticket for me, and say why", 21
    ),
    Action("board.rebalance", ("R",), "board", "rebalance", "Even out what agents carry, a lead's", 20),
    Action("board.wallboard", ("F",), "board", "wallboard", "Read-only, without a cursor, for a wall", 9),
)

WALL = (
    Action("wall.leave", ("F", "q", "escape"), "wall", "leave the wallboard", "Back to the board", 1, False),
    Action("wall.left", ("h", "left"), "wall", "columns", "Columns to the left", 2, False),
    Action("wall.right", ("l", "right"), "wall", "columns", "Columns to the right", 3, False),
)

METRICS = (
    Action("metrics.earlier", ("left_square_bracket",), "metrics", "period", "The period before", 1),
    Action("metrics.later", ("right_square_bracket",), "metrics", "period", "The period after", 2),
    Action("metrics.period", ("p",), "metrics", "length", "How long the period is", 3),
    Action("metrics.break_down", ("equals_sign",), "metrics", "break down", "A queue, priority or agent", 4),
    Action("metrics.left", ("h", "left"), "metrics", "left", "Figure to the left", 0, False),
    Action("metrics.down", ("j", "down"), "metrics", "down", "Figure below", 0, False),
    Action("metrics.up", ("k", "up"), "metrics", "up", "Figure above", 0, False),
    Action("metrics.right", ("l", "right"), "metrics", "right", "Figure to the right", 0, False),
    Action("metrics.next", ("tab",), "metrics", "next panel", "First figure of the next panel", 0, False),
    Action("metrics.previous", ("shift+tab",), "metrics", "panel before", "Panel before", 0, False),
    Action("metrics.top", ("g g", "home"), "metrics", "top", "First figure", 0, False),
    Action("metrics.bottom", ("G", "end"), "metrics", "end", "Last figure", 0, False),
    Action("metrics.open", ("enter",), "metrics", "tickets behind it", "List the tickets of the figure", 5),
    Action("metrics.compare", ("c",), "metrics", "compare", "Compare with the period before, or not", 6),
    Action("metrics.explain", ("w",), "metrics", "how computed", "How the figure is computed", 7),
    Action("metrics.export", ("X",), "metrics", "export", "Figures to CSV or JSON, screen to SVG", 8),
)

MERGING = (
    Action("ticket.merge", ("d",), "merge", "duplicate", "Duplicate of another: merge; take it out again"),
    Action("ticket.split", ("X",), "split", "split", "Make a ticket of some of its messages"),
)

TRIAGE = (
    Action("triage.accept", ("Y",), "triage", "accept", "Accept as proposed: it is the desk's turn", 1),
    Action("triage.duplicate", ("d",), "triage", "duplicate", "Duplicate of another: merge them", 2),
    Action("triage.ask", ("D",), "triage", "ask for details", "Begin a reply that asks what is missing", 4),
    Action("triage.split", ("X",), "triage", "split", "Make a ticket of some of its messages", 5),
    Action("triage.down", ("j", "down"), "triage", "next", "Next ticket", 0, False),
    Action("triage.up", ("k", "up"), "triage", "before", "Ticket before", 0, False),
    Action("triage.top", ("g g", "home"), "triage", "top", "First ticket", 0, False),
    Action("triage.bottom", ("G", "end"), "triage", "end", "Last ticket", 0, False),
    Action(
        "triage.page_down", ("ctrl+d", "pagedown"), "triage", "scroll", "Scroll the ticket down", 0, False
    ),
    Action("triage.page_up", ("ctrl+u", "pageup"), "triage", "scroll", "Scroll the ticket up", 0, False),
    Action("triage.open", ("enter",), "triage", "open", "Open the ticket", 6),
    Action("triage.next", ("space",), "triage", "work next", "Open the next best ticket for me, and say why"),
    Action("triage.select", ("x",), "triage", "select", "Select the ticket, or take it out again", 30, False),
    Action("triage.all", ("asterisk",), "triage", "all", "Select everything that is listed", 0, False),
    Action("triage.clear", ("backslash",), "triage", "clear", "Select nothing", 0, False),
)

ACTIONS: tuple[Action, ...] = (
    EVERYWHERE
    + LIST
    + TICKET
    + MERGING
    + READING
    + TRIAGE
    + COMPOSER
    + FILTER
    + BOARD
    + WALL
    + METRICS
    + SETTINGS
    + QUARANTINE
    + OUTBOX
    + CONTACTS
    + ORGANIZATION
)

NEED_A_TICKET = frozenset(
    action.name
    for action in ACTIONS
    if action.scope in ("list", "ticket", "merge", "split", "link", "board", "triage")
) - {
    *("list.next", "list.sort", "list.group", "triage.next"),
    *("board.next", "board.lanes", "board.rebalance", "board.wallboard"),
}
"""What cannot be done where no ticket is listed: not offered at the foot."""

SCREENS: dict[str, tuple[str, ...]] = {
    "inbox": ("inbox", "list", "ticket", "merge", "link", "everywhere"),
    "ticket": ("scrolling", "reading", "ticket", "merge", "split", "link", "everywhere"),
    "triage": ("triage", "ticket", "link", "everywhere"),
    "history": ("scrolling", "everywhere"),
    "board": ("board", "ticket", "merge", "everywhere"),
    "metrics": ("metrics", "everywhere"),
    "settings": ("settings", "everywhere"),
    "quarantine": ("quarantine", "everywhere"),
    "outbox": ("outbox", "everywhere"),
    "contacts": ("contacts", "everywhere"),
    "contact": ("contact", "everywhere"),
    "organization": ("organization", "everywhere"),
    "composer": ("composer",),
    "search": ("filter",),
    "wall": ("wall",),
}
"""Which scopes meet on which screen: within one of these no key may mean two things."""


class Keymap:
    """The actions with the keys this user gave them."""

    def __init__(self, overrides: Mapping[str, str | Sequence[str]] | None = None) -> None:
        self.actions = _rebound(overrides or {})
        _check(self.actions)
        self._by_name = {action.name: action for action in self.actions}
        self._tables: dict[tuple[str, ...], dict[str, Action]] = {}

    def __getitem__(self, name: str) -> Action:
        return self._by_name[name]

    def actions_for(self, scopes: Iterable[str]) -> tuple[Action, ...]:
        """Return the actions of these scopes, in the order of the scopes and then of the registry."""
        return tuple(action for scope in scopes for action in self.actions if action.scope == scope)

    def table(self, scopes: tuple[str, ...]) -> dict[str, Action]:
        """Return what each key, and each sequence of two, does where these scopes hold."""
        table = self._tables.get(scopes)
        if table is None:
            table = {key: action for action in self.actions_for(scopes) for key in action.keys}
            self._tables[scopes] = table
        return table

    def prefixes(self, scopes: tuple[str, ...]) -> frozenset[str]:
        """Return the keys that wait for a second one."""
        return frozenset(key.split(" ")[0] for key in self.table(scopes) if " " in key)

    def key_of(self, name: str) -> str:
        """Return the first key of an action the way a person would write it."""
        return shown_key(self._by_name[name].keys[0])


def _rebound(overrides: Mapping[str, str | Sequence[str]]) -> tuple[Action, ...]:
    names = {action.name for action in ACTIONS}
    for name in overrides:
        if name not in names:
            from difflib import get_close_matches

            near = get_close_matches(name, names, 1)
            raise UsageError(
                f"[keys] {name}: there is no such action", hint=f"did you mean {near[0]}?" if near else ""
            )
    return tuple(
        action._replace(keys=_keys(action.name, overrides[action.name]))
        if action.name in overrides
        else action
        for action in ACTIONS
    )


def _keys(name: str, given: str | Sequence[str]) -> tuple[str, ...]:
    keys = (given,) if isinstance(given, str) else tuple(given)
    parts = [key.split(" ") if key != " " else ["space"] for key in keys]
    if not keys or any(not 1 <= len(each) <= 2 or not all(each) for each in parts):
        raise UsageError(f'[keys] {name}: give a key, or two with a space between, such as "R" or "g r"')
    return tuple(" ".join(_named(part) for part in each) for each in parts)


def _named(key: str) -> str:
    """Return the name of a key that may be written as the character it types."""
    if len(key) != 1:
        return key
    from textual.keys import _character_to_key

    return _character_to_key(key)


def _check(actions: tuple[Action, ...]) -> None:
    """Refuse a key that means two things on one screen, or one that also begins a sequence."""
    for screen, scopes in SCREENS.items():
        taken: dict[str, Action] = {}
        for action in actions:
            if action.scope not in scopes:
                continue
            for key in action.keys:
                if key in taken:
                    other = taken[key]
                    raise UsageError(
                        f"[keys] on the {screen}, {shown_key(key)} is both {other.name} and {action.name}"
                    )
                taken[key] = action
        for key, action in taken.items():
            begin = key.split(" ")[0]
            if " " in key and begin in taken:
                other = taken[begin]
                both = f"{shown_key(begin)} is {other.name} and begins {shown_key(key)} ({action.name})"
                raise UsageError(f"[keys] on the {screen}, {both}")
