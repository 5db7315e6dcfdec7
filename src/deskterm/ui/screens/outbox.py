"""The outbox: what waits to leave the house, what could not and why; both are decided on here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult

from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Notice
from deskterm.domain.outgoing import OutboxLine, OutState, line_words
from deskterm.ui.keymap import SCREENS
from deskterm.ui.safe import fit
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.styles import STYLES
from deskterm.ui.theme import Palette, palette
from deskterm.ui.widgets.line_view import LineView
from deskterm.ui.widgets.message_lines import Line, wrap

WHEN, TO, TICKET = 14, 30, 8


class OutboxScreen(DeskScreen):
    """A list with a cursor, failures first, and below it all that is known of the one under the cursor."""

    CSS_PATH = STYLES / "outbox.tcss"
    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["outbox"]
    TAB = "inbox"

    def __init__(self) -> None:
        super().__init__()
        self.held: tuple[OutboxLine, ...] = ()
        self.looked = False
        self.at = 0
        self.top = LineView(id="outbox-head")
        self.pane = LineView(id="outbox-list")
        self.text = LineView(id="outbox-text")

    def body(self) -> ComposeResult:
        """A head that stays, the list, and what is known."""
        yield self.top
        yield self.pane
        yield self.text

    def on_mount(self) -> None:
        """Ask for what waits."""
        self.title = "Outbox"
        self.reload()

    def load(self) -> tuple[OutboxLine, ...]:
        """Read what waits and what failed."""
        return self.store.outbox()

    def loaded(self, view: tuple[OutboxLine, ...]) -> None:
        """Paint it, the cursor on what it was on as long as that is there."""
        before = self.here.number if self.here is not None else None
        self.held, self.looked = view, True
        numbers = [one.number for one in view]
        self.at = numbers.index(before) if before in numbers else self.at
        self.lay_out()

    def concerns(self, notice: Notice) -> bool:
        """Anything may have put something there, or have sent it."""
        return not notice.clocks_only

    def time_passed(self, now: object) -> None:
        """Say anew how long until the next attempt."""
        self.lay_out()

    def on_screen_resume(self) -> None:
        """Lay out again: the theme may have changed."""
        super().on_screen_resume()
        self.lay_out()

    @property
    def here(self) -> OutboxLine | None:
        """What is under the cursor."""
        return self.held[self.at] if 0 <= self.at < len(self.held) else None

    def lay_out(self) -> None:
        """Turn the list into lines, and keep the cursor in sight."""
        look, width = palette(self.app), max(40, self.app.size.width - 2)
        self.at = max(0, min(self.at, len(self.held) - 1))
        failed = sum(one.state is OutState.FAILED for one in self.held)
        count = f"{len(self.held) - failed:,} waiting · {failed:,} failed" if self.looked else "…"
        heads = f"  {'WRITTEN':<{WHEN}}{'TICKET':<{TICKET}}{'TO':<{TO}}WHAT BECAME OF IT"
        self.top.show_lines(
            [
                [Segment(" Outbox", look.bold), Segment(f"  {count}", look.label)],
                [Segment(heads if self.held else "", look.label)],
            ]
        )
        if self.looked and not self.held:
            said = "  Nothing waits and nothing has failed: all that was written has left."
            self.pane.show_lines([[], [Segment(said, look.plain)]])
            self.text.show_lines([])
            return
        self.pane.show_lines([self._row(one, at == self.at, look, width) for at, one in enumerate(self.held)])
        self.text.show_lines(self._told(look, width))
        top, height = self.pane.scroll_offset.y, max(1, self.pane.size.height)
        if self.at < top:
            self.pane.to_line(self.at)
        elif self.at >= top + height:
            self.pane.to_line(self.at - height + 1)

    def _row(self, one: OutboxLine, chosen: bool, look: Palette, width: int) -> Line:
        ticket = f"#{one.ticket}" if one.ticket is not None else "-"
        failed = one.state is OutState.FAILED
        words = line_words(one, self.desk.now())
        parts = [
            (f"  {one.at.astimezone(self.desk.zone):%d %b %H:%M}".ljust(WHEN + 2), look.muted),
            (f"{ticket:<{TICKET}}", look.muted),
            (fit(one.to or "nobody", TO - 1) + " ", look.bold),
            (fit(words, max(8, width - WHEN - TICKET - TO - 2)), look.breached if failed else look.plain),
        ]
        style = look.selection if chosen else None
        return [Segment(text, ink + style if style else ink) for text, ink in parts]

    def _told(self, look: Palette, width: int) -> list[Line]:
        one = self.here
        if one is None:
            return []
        told = [
            (f"{one.number}  {one.subject or one.kind}", look.bold),
            (f"to {one.to}", look.plain),
            (line_words(one, self.desk.now()), look.plain),
        ]
        more = [f"{one.attempts} attempt{'' if one.attempts == 1 else 's'}"] if one.attempts else []
        more += [f"the desk wrote it by itself: {one.auto.replace('_', '-')}"] if one.auto else []
        more += [f"the rule {one.rule} wrote it"] if one.rule else []
        told += [(" · ".join(more), look.label)] if more else []
        return [[Segment(f"  {part}", ink)] for text, ink in told for part in wrap(text, width - 3)]

    # Keys

    def _move(self, by: int) -> None:
        self.at += by
        self.lay_out()

    def do_outbox_down(self) -> None:
        """Go to the next one."""
        self._move(1)

    def do_outbox_up(self) -> None:
        """Go to the one before."""
        self._move(-1)

    def do_outbox_top(self) -> None:
        """Go to the first one."""
        self._move(-len(self.held))

    def do_outbox_bottom(self) -> None:
        """Go to the last one."""
        self._move(len(self.held))

    def do_outbox_page_down(self) -> None:
        """Go a page down."""
        self._move(max(1, self.pane.size.height))

    def do_outbox_page_up(self) -> None:
        """Go a page up."""
        self._move(-max(1, self.pane.size.height))

    def do_outbox_open(self) -> None:
        """Open the ticket it is about."""
        one = self.here
        if one is None or one.ticket is None:
            self.status("This is about no ticket" if one is not None else "There is nothing to open")
            return
        self.desk.spare.open(one.ticket)

    async def do_outbox_retry(self) -> None:
        """Try now to send it."""
        await self._decide(self.store.retry_outgoing, "Trying again")

    async def do_outbox_cancel(self) -> None:
        """Take it out, before it leaves."""
        await self._decide(self.store.cancel_outgoing, "Taken out of the outbox")

    async def _decide(self, how: Callable[[int], None], said: str) -> None:
        one = self.here
        if one is None:
            self.status("There is nothing in the outbox")
            return
        try:
            await asyncio.to_thread(how, one.number)
        except DeskError as error:
            self.status(error.message, error=True, hint=error.hint)
            return
        self.status(said)
        self.reload()
