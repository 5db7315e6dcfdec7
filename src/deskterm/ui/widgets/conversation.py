"""The conversation: messages and what happened between them, painted by one widget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from rich.segment import Segment
from textual.message import Message as TextualMessage

from deskterm.domain.causes import origins
from deskterm.domain.events import Event
from deskterm.domain.mentions import folded
from deskterm.domain.ticket import Message
from deskterm.domain.views import TicketView
from deskterm.ui.safe import fit
from deskterm.ui.theme import palette
from deskterm.ui.widgets.clock import hour
from deskterm.ui.widgets.event_words import Teller, alert_of, short
from deskterm.ui.widgets.line_view import LineView
from deskterm.ui.widgets.message_lines import INDENT, Line, Setting, cells_of, message_lines, wrap

Key = tuple[str, int]
"""What an entry is: ("message", id), ("event", seq), or a mark of its own."""

Blocks = dict[tuple[int, bool, int, str, bool], list[Line]]
"""The lines of messages as they were laid out last."""

AHEAD = 4
"""Pages before the beginning of what is loaded from which more is asked for: reading on never waits."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One part of the conversation and the line it begins on."""

    key: Key
    top: int
    message: Message | None = None


class Conversation(LineView):
    """Keeps its place when something comes in: the entry at the top, or the end when that was in sight."""

    class EarlierWanted(TextualMessage):
        """The beginning of what is loaded was reached."""

    def __init__(self) -> None:
        super().__init__(id="conversation")
        self.view: TicketView | None = None
        self.entries: list[Entry] = []
        self.tops: dict[int, Message] = {}
        self.new_from: Key | None = None
        self.unseen_from: int | None = None
        self.earlier = 0
        self._placed = False
        self._asked = 0
        self._to_first = self._laying = False
        self._shown: tuple[object, ...] = ()
        self.unfolded = False
        self.wholes: dict[int, str] = {}
        self._blocks: Blocks = {}
        self._logins: frozenset[str] = frozenset()
        self._origins: dict[int, str] = {}

    def show(self, view: TicketView) -> None:
        """Show a ticket; another one begins at what is unread, the same one stays where it is."""
        other = self.view is None or self.view.ticket.number != view.ticket.number
        if other:
            shown = {message.id for message in view.messages}
            self._blocks = {key: block for key, block in self._blocks.items() if key[0] in shown}
            self.unfolded, self.wholes = False, {}
            self.new_from = _first_unread(view)
            self.unseen_from = None
            self._asked, self._to_first = 0, False
        self.view = view
        self._logins, self._origins = folded(view.names.values()), origins(view.events)
        if other or self._shown != self._shows(view):
            self.rebuild(fresh=other)

    def _shows(self, view: TicketView) -> tuple[object, ...]:
        """Return what the lines are made of."""
        place = (self.text_width, self.app.theme)
        return (place, view.spoken, view.messages, view.events, view.names, view.queues)

    def prepare(self, view: TicketView) -> None:
        """Lay messages out that are going to be shown; called in the thread that has read them."""
        known = self.view is not None and self.view.ticket.number == view.ticket.number
        if not self.size.width or (known and self.wholes):
            return
        setting = self.setting_for(view)
        setting = setting._replace(unfolded=known and self.unfolded)
        blocks, theme = self._blocks, self.app.theme
        for message in view.messages:
            key = (message.id, message.retracted, setting.width, theme, setting.unfolded)
            if key not in blocks:
                blocks[key] = message_lines(message, setting)

    def rebuild(self, *, fresh: bool = False) -> None:
        """Lay the lines out for the width there is."""
        if self.view is None or not self.size.width:
            return
        end, anchor, below = self.at_end, *self._place()
        self._shown, self._laying = self._shows(self.view), True
        lines: list[Line] = []
        self.entries, self.tops = [], {}
        for key, message, block in self._parts(self.view):
            self.entries.append(Entry(key, len(lines), message))
            if message is not None:
                self.tops[len(lines)] = message
            lines += block
        self.show_lines(lines)
        if fresh:
            self.to_new()
        elif self._to_first and not self.earlier:
            self._to_first = False
            self.to_line(0)
        elif end:
            self.call_after_refresh(self._stay_at_end)
        elif anchor is not None:
            self._return_to(anchor, below)
        self._laying = False

    def message_in_sight(self, wanted: Callable[[Message], bool]) -> Message | None:
        """Return the last message on the pane, wholly or in part, that is one of those wanted."""
        top = self.scroll_offset.y
        below = top + self.size.height
        ends = [entry.top for entry in self.entries[1:]] + [len(self.lines)]
        seen = (
            entry.message
            for entry, end in zip(self.entries, ends, strict=True)
            if entry.message is not None and entry.top < below and end > top and wanted(entry.message)
        )
        return next(iter(reversed(list(seen))), None)

    def on_resize(self) -> None:
        """Break the lines anew, at the same place."""
        self.rebuild(fresh=not self.entries)

    def _place(self) -> tuple[Key | None, int]:
        """Return the entry at the top of the pane, and how far below its beginning the pane begins.

        The line that counts earlier messages is no place: what is read goes before the message after it.
        """
        at = self.scroll_offset.y
        held = None
        for entry in self.entries:
            if entry.top > at and held is not None:
                break
            if entry.key != ("earlier", 0):
                held = entry
        return (held.key, at - held.top) if held else (None, 0)

    def _return_to(self, key: Key, below: int) -> None:
        entry = next((entry for entry in self.entries if entry.key == key), None)
        if entry is not None and entry.top + below != self.scroll_offset.y:
            self.to_line(entry.top + below)

    def to_new(self) -> None:
        """Show the end, or what is unread from its beginning when it is longer than the pane."""
        mark = next((entry for entry in self.entries if entry.key == ("new", 0)), None)
        if mark is not None and len(self.lines) - mark.top > self.size.height:
            self.to_line(mark.top)
        else:
            self.to_end()
        self._placed = True

    def _stay_at_end(self) -> None:
        self._laying = True
        self.to_end()
        self._laying = False

    def to_first(self) -> bool:
        """Go to the very first message; False when it is not loaded yet: it is gone to when it has come."""
        self._to_first = self.earlier > 0
        if not self._to_first:
            self.to_line(0)
        return not self._to_first

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for earlier messages before the first line comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        if not self._placed or new_value == old_value:
            return
        # Whoever scrolls meanwhile has changed their mind.
        self._to_first = self._to_first and self._laying
        near = new_value < old_value and new_value < AHEAD * self.size.height
        if near and self.earlier and (self._asked != self.earlier or round(new_value) == 0):
            self._asked = self.earlier
            self.post_message(self.EarlierWanted())

    def mark_unseen(self, after: int | None) -> None:
        """Mark messages with a greater id: they came while a reply was being written. None unmarks them."""
        if self.unseen_from != after:
            self.unseen_from = after
            self.rebuild()

    def unfold(self, on: bool, wholes: dict[int, str]) -> None:
        """Show quotes, and the whole of mails (texts by message) in place of what is new in them; or not."""
        self._blocks.clear()
        self.unfolded, self.wholes = on, wholes
        self.rebuild()

    @property
    def setting(self) -> Setting:
        """What the lines depend on."""
        return self.setting_for(self.view)

    def setting_for(self, view: TicketView | None) -> Setting:
        """What the lines of a ticket depend on."""
        desk = self.screen.desk  # type: ignore[attr-defined]
        home = view.ticket.number if view is not None else 0
        logins = self._logins if view is None or view is self.view else folded(view.names.values())
        here = (self.text_width, palette(self.app), desk.now(), desk.zone, home)
        sides = tuple((one.id, one.label) for one in view.sides) if view is not None else ()
        return Setting(*here, self.unfolded, logins, self._origins, sides)

    def line_at(self, row: int) -> Line:
        """Return a line; the heading of a message says how long ago it was, now."""
        message = self.tops.get(row)
        if message is None:
            return super().line_at(row)
        return message_lines(replace(message, text="", attachments=()), self.setting)[0]

    def _parts(self, view: TicketView) -> Iterator[tuple[Key, Message | None, list[Line]]]:
        """Yield the parts in order of time, with the empty lines between them."""
        setting = self.setting
        teller = Teller(view.names, view.queues, setting.zone)
        self.earlier = earlier = max(0, view.spoken - sum(not each.retracted for each in view.messages))
        if earlier > 0:
            plural = "s" if earlier != 1 else ""
            line = [Segment(f"  ↑ {earlier:,} earlier message{plural}", setting.look.label)]
            yield ("earlier", 0), None, [line, []]
        begun, marked, after = earlier <= 0 or not view.messages, False, ""
        for item in _in_order(view):
            if isinstance(item, Message):
                begun = True
                if after:
                    yield ("gap", item.id), None, [[]]
                if not marked and self.unseen_from is not None and item.id > self.unseen_from:
                    marked = True
                    yield ("unseen", 0), None, [_rule("came while you were writing", setting), []]
                elif ("message", item.id) == self.new_from:
                    yield ("new", 0), None, [_rule("new", setting), []]
                yield ("message", item.id), item, self._message(item, setting)
                after = "message"
            elif begun and (words := short(item, teller)):
                gap: list[Line] = [[]] if after == "message" else []
                yield ("event", item.seq), None, gap + _event_lines(item, words, setting)
                after = "event"

    def _message(self, message: Message, setting: Setting) -> list[Line]:
        key = (message.id, message.retracted, setting.width, self.app.theme, self.unfolded)
        block = self._blocks.get(key)
        if block is None:
            whole = self.wholes.get(message.id, "")
            shown = replace(message, text=whole) if whole else message
            block = self._blocks[key] = message_lines(shown, setting)
        return block


def _in_order(view: TicketView) -> list[Message | Event]:
    """Return messages and events as they happened; the opening message stands before what was made of it."""
    wrote = {
        change.after: event.seq
        for event in view.events
        for change in event.changes
        if change.field == "message"
    }
    first = min((message.id for message in view.messages), default=0)
    timed: list[tuple[datetime, float, int, Message | Event]] = [
        *((message.at, wrote.get(message.id, 0), 0, message) for message in view.messages),
        *(
            (event.at, event.seq + (1.5 if event.kind == "created" and first else 0), 1, event)
            for event in view.events
        ),
    ]
    return [item for *_, item in sorted(timed, key=lambda each: each[:3])]


def _first_unread(view: TicketView) -> Key | None:
    """Return the first message this agent has not read, None when all were or none was."""
    own = (message for message in view.messages if message.ticket == view.ticket.number)
    shown = [message for message in own if not message.retracted]
    unread = view.ticket.messages - view.read_messages
    if view.read_messages <= 0 or unread <= 0 or unread >= len(shown):
        return None
    return ("message", shown[-unread].id)


def _rule(words: str, setting: Setting) -> Line:
    look = setting.look
    rest = max(0, setting.width - cells_of(words) - 6)
    return [Segment("─── ", look.rule), Segment(words, look.accent), Segment(" " + "─" * rest, look.rule)]


def _event_lines(event: Event, words: str, setting: Setting) -> list[Line]:
    """Return an event as small lines, in the colour of its severity when it has one."""
    look = setting.look
    alert = alert_of(event)
    glyph, style = "◦", look.label
    if alert:
        glyph, style = ("▲", look.breached) if alert.endswith("breached") else ("◆", look.atrisk)
    when = hour(event.at, setting.now, setting.zone)
    lead = f"{' ' * INDENT}{glyph} {when} "
    room = max(8, setting.width - cells_of(lead))
    first, *rest = wrap(words, room)
    lines: list[Line] = [[Segment(lead + first, style)]]
    lines += [[Segment(" " * cells_of(lead) + part, style)] for part in rest[:2]]
    if len(rest) > 2:
        lines[-1] = [Segment(" " * cells_of(lead) + fit(rest[1], room - 1).rstrip() + "…", style)]
    return lines
