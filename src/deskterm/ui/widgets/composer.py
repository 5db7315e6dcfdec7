"""Where a reply or a note is written: a text area under a rule, whose draft is kept while it is typed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import TextArea

from deskterm.domain.errors import DeskError
from deskterm.domain.plain import clean_line
from deskterm.domain.views import Draft
from deskterm.ui.safe import fit
from deskterm.ui.theme import Palette, palette

if TYPE_CHECKING:
    from deskterm.ui.app import DeskApp

REPLY, NOTE = "reply", "note"
SAVE_AFTER = 0.8
"""Seconds from the first unsaved letter to the draft being saved: under the second that may be lost."""

HONEST = {
    REPLY: "stored on the ticket; sending mail is not set up",
    NOTE: "only the desk can read it; ^S saves it",
}


class ComposerRule(Widget):
    """The line over the text: to whom, what came meanwhile, and when the draft was saved."""

    def __init__(self, title: str, kind: str) -> None:
        super().__init__()
        self.title = title
        self.kind = kind
        self.news = ""
        self.saved = ""
        self.failed = False

    def say(self, *, saved: str | None = None, news: str | None = None, failed: bool = False) -> None:
        """Change what the line says."""
        self.saved = self.saved if saved is None else saved
        self.news = self.news if news is None else news
        self.failed = failed
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint it."""
        look, width = palette(self.app), self.size.width
        tone = (look.note if self.kind == NOTE else look.accent) + Style(bold=True)
        saved_style = look.breached if self.failed else look.label
        right = f" {self.saved} " if self.saved else ""
        news = f"  ● {self.news}" if self.news else ""
        room = max(8, width - cell_len(right) - cell_len(news) - 8)
        title = fit(self.title, min(room, cell_len(self.title)))
        used = 2 + cell_len(title) + cell_len(news) + 1 + cell_len(right) + 2
        return Strip(
            [
                Segment("─ ", look.rule),
                Segment(title, tone),
                Segment(news, look.atrisk),
                Segment(" " + "─" * max(0, width - used), look.rule),
                Segment(right, saved_style),
                Segment("──", look.rule),
            ]
        ).crop(0, width)


class ComposerFoot(Widget):
    """The line under the text that says what becomes of it."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words

    def render_line(self, y: int) -> Strip:
        """Paint it."""
        look: Palette = palette(self.app)
        return Strip([Segment(fit(f"  {self.words}", self.size.width), look.label)])


class DraftArea(TextArea):
    """The text being written."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint it; a frame may fall between this being taken away and the screen knowing, and finds nothing.

        Textual clears the styles of what is removed and its text area cannot be painted without them
        (Textualize/textual issue 6528).
        """
        if not self.is_attached:
            return [Strip.blank(crop.width)] * crop.height
        return super().render_lines(crop)


class Composer(Vertical):
    """One reply or note being written on one ticket.

    The draft is saved at most SAVE_AFTER seconds after a letter was typed; `save_now` saves it at once.
    """

    def __init__(self, ticket: int, kind: str, title: str, *, seen: int, draft: Draft | None = None) -> None:
        super().__init__(id="composer", classes=kind)
        self.ticket = ticket
        self.kind = kind
        self.seen = draft.seen if draft is not None and draft.seen else seen
        self.sending = False
        self.area = DraftArea(
            draft.text if draft else "", id="text", compact=True, highlight_cursor_line=False, soft_wrap=True
        )
        self.rule = ComposerRule(clean_line(title, 200), kind)
        self._saved_text = draft.text if draft else ""
        self._draft = draft
        self._timer: Timer | None = None
        self._saving = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """The rule, the text, and what becomes of it."""
        yield self.rule
        yield self.area
        yield ComposerFoot(HONEST[self.kind])

    def on_mount(self) -> None:
        """Begin at the end of the draft."""
        self.area.move_cursor(self.area.document.end)
        if self._draft is not None:
            self._say_saved(self._draft.saved_at)
        self.area.focus()

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
        return self.text != self._saved_text

    def on_text_area_changed(self) -> None:
        """Save soon; letters that follow do not put it off."""
        if self.dirty and self._timer is None and not self.sending:
            self._timer = self.set_timer(SAVE_AFTER, self._save_soon)

    def _save_soon(self) -> None:
        self._timer = None
        self.run_worker(self.save(), group="draft")

    async def save(self) -> bool:
        """Save the draft in a thread; an empty one is dropped. Return whether everything typed is safe."""
        async with self._saving:
            text = self.text
            if text == self._saved_text or self.sending:
                return True
            try:
                await asyncio.to_thread(self._store, text)
            except DeskError as error:
                self.rule.say(saved=f"▲ draft not saved: {error.message}", failed=True)
                self._timer = self.set_timer(5, self._save_soon)
                return False
            self._saved_text = text
            if self.is_mounted:
                self._say_saved(self.desk.now() if text.strip() else None)
        return True

    def _store(self, text: str) -> None:
        if text.strip():
            self.desk.store.save_draft(self.ticket, self.kind, text, self.seen)
        else:
            self.desk.store.drop_draft(self.ticket, self.kind)

    def save_now(self) -> None:
        """Save the draft before this returns: the line is dropping."""
        if self.dirty and not self.sending:
            text = self.text
            self._store(text)
            self._saved_text = text

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
        self._saved_text = self.text
        if self._timer is not None:
            self._timer.stop()
