"""Where a reply or a note is written: a text area under a rule, whose draft is kept while it is typed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer
from textual.widgets.text_area import Selection

from deskterm.domain import both_drafts
from deskterm.domain import callees as callee_words
from deskterm.domain.errors import DeskError
from deskterm.domain.kinds import State
from deskterm.domain.placeholders import gaps
from deskterm.domain.views import Also, Draft
from deskterm.ui.theme import palette
from deskterm.ui.widgets.composer_lines import (
    NOTE,
    REPLY,
    ComposerExtras,
    ComposerOffer,
    ComposerRule,
    ComposerWhom,
)
from deskterm.ui.widgets.text_field import TextField

if TYPE_CHECKING:
    from deskterm.domain.callees import Callee, Calling
    from deskterm.domain.macros import Filled
    from deskterm.ui.app import DeskApp
    from deskterm.ui.screens.base import DeskScreen

__all__ = ["NOTE", "REPLY", "Composer"]
AROUND = 3
"""Lines of the composer beside its text: the rule, who gets it and what goes with it."""
SAVE_AFTER = 0.8
"""Seconds from the first unsaved letter to the draft being saved: under the second that may be lost."""
MOST_ROUNDS = 5
"""Tries to save on the way out, while another window saves the same draft again and again."""


class DraftArea(TextField):
    """The text being written; what is still to be filled in stands out; colleagues are offered after an @.

    Who is offered follows from the text and the cursor alone, at the moment a key is read: whatever is typed
    in one burst means the same.
    """

    callees: tuple[Callee, ...] = ()
    _left: tuple[int, int] | None = None
    _chosen: tuple[str, int] = ("", 0)

    def on_resize(self) -> None:
        """Paint all lines again: those broken for another width would stay. More of them need more room."""
        self.refresh()
        self.post_message(self.Changed(self))

    def calling(self) -> tuple[Calling, list[Callee]] | None:
        """Return the mention that is being typed and who may be meant; None when nobody is offered."""
        if not self.callees or self.selection.start != self.selection.end:
            return None
        row, column = self.cursor_location
        found = callee_words.calling(self.document.get_line(row), column)
        if found is None or self._left == (row, found.start):
            return None
        people = callee_words.offered(found.word, self.callees)
        return (found, people) if people else None

    def chosen(self) -> int:
        """Return which of those offered would be taken."""
        now = self.calling()
        word, at = self._chosen
        return at % len(now[1]) if now is not None and word == now[0].word else 0

    def take_callee(self) -> bool:
        """Write the login that is offered; False when none is."""
        now = self.calling()
        if now is None:
            return False
        found, people = now
        login = people[self.chosen()].login
        row, column = self.cursor_location
        spaced = self.document.get_line(row)[column : column + 1].isspace()
        self.replace(
            f"@{login}" + ("" if spaced else " "),
            (row, found.start),
            (row, column),
            maintain_selection_offset=False,
        )
        self.move_cursor((row, found.start + len(login) + 2))
        return True

    def leave_callees(self) -> bool:
        """Offer nobody for this mention any more; False when nobody was."""
        now = self.calling()
        if now is None:
            return False
        self._left = (self.cursor_location[0], now[0].start)
        self.post_message(self.SelectionChanged(self.selection, self))
        return True

    async def _on_key(self, event: events.Key) -> None:
        """Enter takes who is offered, unless the login is there already; up and down choose."""
        if event.key not in ("enter", "up", "down"):
            return
        now = self.calling()
        if now is None:
            return
        found, people = now
        if event.key == "enter":
            if any(one.login.casefold() == found.word.casefold() for one in people):
                return
            self.take_callee()
        elif len(people) < 2:
            return
        else:
            by = 1 if event.key == "down" else -1
            self._chosen = (found.word, (self.chosen() + by) % len(people))
            self.post_message(self.SelectionChanged(self.selection, self))
        event.stop()
        event.prevent_default()

    def get_line(self, line_index: int) -> Text:
        """Mark the gaps of a line."""
        line = super().get_line(line_index)
        for gap in gaps(line.plain):
            line.stylize(palette(self.app).atrisk + Style(reverse=True), gap.start, gap.end)
        return line

    def to_gap(self, *, first: bool = False) -> bool:
        """Select the next gap, or the first, so that typing fills it; False when there is none."""
        left = gaps(self.text)
        if not left:
            return False
        here = 0 if first else self._index(max(self.selection))
        gap = next((gap for gap in left if gap.start >= here), left[0])
        place = self._place
        self.selection = Selection(place(gap.start), place(gap.end))
        self.scroll_cursor_visible()
        return True

    def _index(self, place: tuple[int, int]) -> int:
        """Return how many characters stand before a place."""
        row, column = place
        return sum(len(line) + 1 for line in self.document.lines[:row]) + column

    def _place(self, index: int) -> tuple[int, int]:
        """Return the row and column of a character."""
        for row, line in enumerate(self.document.lines):
            if index <= len(line):
                return row, index
            index -= len(line) + 1
        return self.document.end

    def put_in(self, text: str) -> None:
        """Put a text where the cursor is, in place of what is selected, and go to its first gap."""
        begin = self._index(min(self.selection))
        self.replace(text, *sorted(self.selection), maintain_selection_offset=False)
        self.move_cursor(self._place(begin))
        if not gaps(text) or not self.to_gap():
            self.move_cursor(self._place(begin + len(text)))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint it; a frame may fall between this being taken away and the screen knowing, and finds nothing.

        Textual clears the styles of what is removed and its text area cannot be painted without them
        (Textualize/textual issue 6528).
        """
        if not self.is_attached:
            return [Strip.blank(crop.width)] * crop.height
        return super().render_lines(crop)


class Composer(Vertical):
    """One reply or note being written on one ticket, from when it is begun; before, it is not seen.

    The draft is saved at most SAVE_AFTER seconds after a letter was typed; `save_now` saves it at once.
    """

    def __init__(self) -> None:
        super().__init__(id="composer")
        self.display = False
        self.ticket, self.kind, self.seen = 0, "", 0
        self.sending = False
        self.area = DraftArea(id="text", compact=True, highlight_cursor_line=False, soft_wrap=True)
        self.rule = ComposerRule()
        self.whom = ComposerWhom()
        self.extras = ComposerExtras()
        self.offer = ComposerOffer()
        self.also = Also()
        self.files: dict[str, str] = {}
        self.usual = State.PENDING
        self._saved = self._storing = ("", Also())
        self.left_by_other = False
        """Whether the other window sent or dropped what is written here, as the person was just told."""
        self._timer: Timer | None = None
        self._saving = asyncio.Lock()

    def begin(self, ticket: int, kind: str, title: str, *, seen: int, draft: Draft | None = None) -> None:
        """Write on a ticket, at the end of the draft there may be. Once, when it is on a screen."""
        self.ticket, self.kind = ticket, kind
        self.seen = draft.seen if draft is not None and draft.seen else seen
        self.add_class(kind.partition(":")[0])
        self.rule.begin(title, kind)
        self.whom.begin(kind)
        if draft is not None:
            self.also = draft.also
            self._saved = self._storing = (draft.text, draft.also)
            self.area.load_text(draft.text)
            self.area.move_cursor(self.area.document.end)
            self._say_saved(draft.saved_at)
        self._grow(self.area.document.line_count)
        self.extras.show(self.also, self.files)
        self.display = True
        self.area.focus()

    def _grow(self, lines: int) -> None:
        """Make room for so many lines of text, as far as the conversation can do without it."""
        least = self.styles.min_height
        if least is None or lines + AROUND > least.value:
            self.styles.min_height = lines + AROUND

    def compose(self) -> ComposeResult:
        """The rule, who gets it, the text, and what goes with it."""
        yield self.rule
        yield self.whom
        yield self.area
        yield self.offer
        yield self.extras

    def on_descendant_focus(self) -> None:
        """The keys at the foot are those of writing, however long the focus took to come."""
        cast("DeskScreen", self.screen).update_footer()

    @property
    def desk(self) -> DeskApp:
        """The app, as what it is."""
        return cast("DeskApp", self.app)

    @property
    def text(self) -> str:
        """What is written."""
        return self.area.text

    @property
    def dirty(self) -> bool:
        """Say whether something is not saved."""
        return (self.text, self.also) != self._saved

    @property
    def empty(self) -> bool:
        """Say whether nothing is written and nothing goes with it."""
        return not self.text.strip() and not any(self.also)

    def take_along(self, also: Also, files: Mapping[str, str] = MappingProxyType({})) -> None:
        """Change what goes with the text; `files` says how paths are written."""
        self.also = also
        self.files |= files
        self.extras.show(also, self.files)
        self.on_text_area_changed()

    def use(self, macro: Filled) -> None:
        """Write a macro's text where the cursor is, and take its actions along."""
        if macro.text:
            self.area.put_in(macro.text)
        others = tuple(one for one in self.also.macros if one[0] != macro.name)
        self.take_along(self.also._replace(macros=(*others, (macro.name, macro.actions))))

    def on_text_area_changed(self) -> None:
        """Save soon; letters that follow do not put it off. The composer grows with the text."""
        self._grow(self.area.wrapped_document.height)
        if self.dirty and self._timer is None and not self.sending:
            self._timer = self.set_timer(SAVE_AFTER, self._save_soon)

    def on_text_area_selection_changed(self) -> None:
        """Offer those who may be meant by what stands before the cursor."""
        now = self.area.calling()
        self.offer.show(now[1] if now is not None else (), self.area.chosen())

    def _save_soon(self) -> None:
        self._timer = None
        self.run_worker(self.save(), group="draft")

    async def save(self) -> bool:
        """Save the draft in a thread; an empty one is dropped. Return whether everything typed is safe."""
        async with self._saving:
            self.left_by_other = False
            while True:
                text, also = self.text, self.also
                if (text, also) == self._saved or self.sending:
                    return True
                try:
                    other = await asyncio.to_thread(self._store, text, also)
                except DeskError as error:
                    self.rule.say(saved=f"▲ draft not saved: {error.message}", failed=True)
                    self._timer = self.set_timer(5, self._save_soon)
                    return False
                if other is None:
                    break
                if not self.take_in(other):
                    return False
            self._saved = (text, also)
            if self.is_mounted:
                self._say_saved(self.desk.now() if text.strip() or any(also) else None)
        return True

    def _store(self, text: str, also: Also) -> Draft | None:
        """Save it; return the draft there is instead when another window of this agent wrote it."""
        known = (self._saved, self._storing)
        # What a save that was cut off may have stored all the same is no other window's.
        self._storing = (text, also)
        return self.desk.store.save_draft(self.ticket, self.kind, text, self.seen, also, known)

    async def look(self) -> bool:
        """Take in what another window wrote; False when there is something to be looked at first."""
        async with self._saving:
            self.left_by_other = False
            drafts = await asyncio.to_thread(self.desk.store.drafts, self.ticket)
            other = next((each for each in drafts if each.kind == self.kind), None)
            found = (other.text, other.also) if other is not None else ("", Also())
            if found in (self._saved, self._storing, (self.text, self.also)):
                return True
            before = (self.text, self.also)
            gone = Draft(self.ticket, self.kind, "", self.desk.now())
            return self.take_in(other or gone) and before == (self.text, self.also)

    def take_in(self, other: Draft) -> bool:
        """Write what another window made of this draft with what is written here; False when it is gone."""
        (begun, extras), mine = self._saved, self.text
        self._saved = self._storing = (other.text, other.also)
        screen = cast("DeskScreen", self.screen)
        if not other.text.strip() and not any(other.also):
            self.left_by_other = True
            self.rule.say(saved="▲ no draft any more", failed=True)
            screen.status(
                "Your other window sent or dropped this", error=True, hint="go on, and it is a draft anew"
            )
            return False
        both = both_drafts.both_texts(begun, mine, other.text)
        also = both_drafts.both_extras(extras, self.also, other.also)
        if both != mine:
            row, column = self.area.cursor_location
            row = both_drafts.row_in(mine, both, row)
            self.area.replace(both, (0, 0), self.area.document.end, maintain_selection_offset=False)
            self.area.move_cursor((row, min(column, len(self.area.document.get_line(row)))))
            screen.status("Your other window wrote here too: its words are with yours now")
        if also != self.also:
            self.also = also
            self.extras.show(also, self.files)
        return True

    def save_now(self) -> None:
        """Save the draft before this returns: the line is dropping."""
        text, also = self.text, self.also
        for _ in range(MOST_ROUNDS):
            if (text, also) == self._saved or self.sending:
                return
            other = self._store(text, also)
            if other is None:
                self._saved = (text, also)
                return
            (begun, extras), self._saved = self._saved, (other.text, other.also)
            if other.text.strip() or any(other.also):
                text = both_drafts.both_texts(begun, text, other.text)
                also = both_drafts.both_extras(extras, also, other.also)
            else:
                # What was sent or dropped elsewhere is no draft again unseen: only what was typed since.
                text, also = both_drafts.own_words(begun, text), also if also != extras else Also()

    def on_unmount(self) -> None:
        """The screen was left some other way: what was typed since the last save is kept all the same."""
        with suppress(DeskError, RuntimeError):
            self.save_now()

    def _say_saved(self, at: datetime | None) -> None:
        zone = self.desk.zone
        self.rule.say(saved=f"draft saved {at.astimezone(zone):%H:%M}" if at else "")

    def say_news(self, count: int) -> None:
        """Say that messages came in since this was begun."""
        self.rule.say(news=f"{count} new message{'s' if count != 1 else ''} above" if count else "")

    def sent(self) -> None:
        """It is on the ticket: nothing is left to save."""
        self.sending = True
        self._saved = (self.text, self.also)
        if self._timer is not None:
            self._timer.stop()
