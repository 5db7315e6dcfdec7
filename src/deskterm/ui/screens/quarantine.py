"""The quarantine: mail that could not be handled, why, and what is in it; tried again or thrown away."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual.app import ComposeResult

from deskterm.domain.commands import DiscardMail
from deskterm.domain.delivery import Became, Received
from deskterm.domain.errors import DeskError, NotFound
from deskterm.domain.lists import Notice
from deskterm.domain.plain import clean_text
from deskterm.domain.quarantine import Quarantined, how_many
from deskterm.ui.keymap import SCREENS
from deskterm.ui.safe import fit
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.styles import STYLES
from deskterm.ui.theme import Palette, palette
from deskterm.ui.widgets.line_view import LineView
from deskterm.ui.widgets.message_lines import Line, wrap

SHOWN_BYTES = 60_000
"""Bytes of a mail that are shown: its head and the beginning of what it says."""

WHEN, FROM = 14, 28


class Held(NamedTuple):
    """What the screen shows: the mails that wait, and the text of the one under the cursor."""

    mails: tuple[Quarantined, ...]
    number: int = 0
    text: str = ""


class QuarantineScreen(DeskScreen):
    """A list with a cursor, and the mail under it as text that draws only itself."""

    CSS_PATH = STYLES / "quarantine.tcss"
    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["quarantine"]
    TAB = "inbox"

    def __init__(self) -> None:
        super().__init__()
        self.held = Held(())
        self.looked = False
        self._trying = False
        self.at = 0
        self.top = LineView(id="quarantine-head")
        self.pane = LineView(id="quarantine-list")
        self.text = LineView(id="quarantine-text")

    def body(self) -> ComposeResult:
        """A head that stays, the list, and the mail."""
        yield self.top
        yield self.pane
        yield self.text

    def on_mount(self) -> None:
        """Ask for what waits."""
        self.title = "Quarantine"
        self.reload()

    def load(self) -> Held:
        """Read what waits, and the mail under the cursor."""
        mails = self.store.quarantine()
        if not mails:
            return Held(())
        number = mails[max(0, min(self.at, len(mails) - 1))].number
        _, raw = self.store.quarantined(number)
        return Held(mails, number, clean_text(raw[:SHOWN_BYTES].decode("utf-8", "replace")))

    def loaded(self, view: Held) -> None:
        """Paint it, the cursor on the mail it was on as long as that waits."""
        before, self.held, self.looked = self.held.number, view, True
        self.lay_out()
        if view.number != before:
            self.text.to_line(0)

    def concerns(self, notice: Notice) -> bool:
        """Something that is no ticket changed."""
        return "desk" in notice.topics

    def on_screen_resume(self) -> None:
        """Lay out again: the theme may have changed."""
        super().on_screen_resume()
        self.lay_out()

    @property
    def here(self) -> Quarantined | None:
        """The mail under the cursor."""
        return self.held.mails[self.at] if self.held.mails else None

    def lay_out(self) -> None:
        """Turn the list and the mail into lines, and keep the cursor in sight."""
        look, width = palette(self.app), max(40, self.app.size.width - 2)
        mails = self.held.mails
        self.at = max(0, min(self.at, len(mails) - 1))
        count = how_many(len(mails)) if self.looked else "…"
        heads = f"  {'WHEN':<{WHEN}}{'FROM':<{FROM}}WHY"
        self.top.show_lines(
            [
                [Segment(" Quarantine", look.bold), Segment(f"  {count}", look.label)],
                [Segment(heads if mails else "", look.label)],
            ]
        )
        self.text.display = bool(mails)
        if self.looked and not mails:
            self.pane.show_lines(
                [[], [Segment("  Nothing is in quarantine: every mail could be handled.", look.plain)]]
            )
            self.text.show_lines([])
            return
        self.pane.show_lines([self._row(one, at == self.at, look, width) for at, one in enumerate(mails)])
        self.text.show_lines(self._mail(look, width))
        top, height = self.pane.scroll_offset.y, max(1, self.pane.size.height)
        if self.at < top:
            self.pane.to_line(self.at)
        elif self.at >= top + height:
            self.pane.to_line(self.at - height + 1)

    def _row(self, one: Quarantined, chosen: bool, look: Palette, width: int) -> Line:
        when = f"{one.at.astimezone(self.desk.zone):%d %b %H:%M}"
        parts = [
            (f"  {when:<{WHEN}}", look.muted),
            (fit(one.sender or "nobody", FROM - 1) + " ", look.bold),
            (fit(one.reason, max(8, width - WHEN - FROM - 2)), look.plain),
        ]
        style = look.selection if chosen else None
        return [Segment(text, ink + style if style else ink) for text, ink in parts]

    def _mail(self, look: Palette, width: int) -> list[Line]:
        one = self.here
        if one is None:
            return []
        said = [f"{one.number}  {one.reason}", f"{one.size:,} bytes · mailbox {one.mailbox or '-'}"]
        lines: list[Line] = [
            [Segment(f"  {part}", look.bold if at == 0 else look.label)]
            for at, text in enumerate(said)
            for part in wrap(text, width - 3)
        ]
        lines.append([])
        if self.held.number == one.number:
            lines += [[Segment(f"  {part}", look.plain)] for part in wrap(self.held.text, width - 3)]
        return lines

    # Keys

    def _move(self, by: int) -> None:
        before, self.at = self.at, self.at + by
        self.lay_out()
        if self.at != before:
            self.reload()

    def do_quarantine_down(self) -> None:
        """Go to the next mail."""
        self._move(1)

    def do_quarantine_up(self) -> None:
        """Go to the mail before."""
        self._move(-1)

    def do_quarantine_top(self) -> None:
        """Go to the newest mail."""
        self._move(-len(self.held.mails))

    def do_quarantine_bottom(self) -> None:
        """Go to the oldest mail."""
        self._move(len(self.held.mails))

    def do_quarantine_page_down(self) -> None:
        """Scroll the mail down."""
        self.text.by_pages(0.5)

    def do_quarantine_page_up(self) -> None:
        """Scroll the mail up."""
        self.text.by_pages(-0.5)

    async def do_quarantine_retry(self) -> None:
        """Try to take the mail in again."""
        one = self.here
        if one is None:
            self.status("There is nothing to try again")
            return
        try:
            received = await asyncio.to_thread(self.store.retry_mail, one.number)
        except DeskError as error:
            self.status(error.message, error=True, hint=error.hint)
            return
        self.status(_came_of(received), error=received.became is Became.QUARANTINED)
        self.reload()

    async def do_quarantine_discard(self) -> None:
        """Throw the mail away, once that is confirmed."""
        from deskterm.ui.dialogs.confirm import Confirm

        one = self.here
        if one is None:
            self.status("There is nothing to discard")
            return
        text = f"{one.subject or '(no subject)'}\nfrom {one.sender or 'nobody'}\n\n{one.reason}"
        if await self.ask(Confirm("Discard this mail?", text, yes="discard", no="keep")):
            self.run_command(DiscardMail((one.number,)))

    def _of_sender(self) -> list[int]:
        """The mails of whoever sent the one under the cursor, the oldest first."""
        one = self.here
        sender = one.sender.casefold() if one is not None else ""
        same = [mail.number for mail in self.held.mails if mail.sender.casefold() == sender]
        return same[::-1] if one is not None else []

    async def do_quarantine_retry_all(self) -> None:
        """Try to take in all mails of this sender, the oldest first, as after a flood."""
        numbers = self._of_sender()
        if not numbers:
            self.status("There is nothing to try again")
            return
        if len(numbers) > 1:
            from deskterm.ui.dialogs.confirm import Confirm

            sender = (self.here.sender if self.here is not None else "") or "nobody"
            title = f"Try {how_many(len(numbers))} again?"
            text = f"from {sender}\n\nEach may open a ticket, and what is taken in does not come back here."
            if not await self.ask(Confirm(title, text, yes="try them", no="leave them")):
                return
        if self._trying:
            self.status("Mails are being tried again already")
            return
        self._trying = True
        # Not awaited: as many mails as a flood brings take a while, and no key is to wait for them.
        self.app.run_worker(self._try_all(numbers), name="retry all")

    async def _try_all(self, numbers: list[int]) -> None:
        """Try one mail after the other, and say how far that has come; at the end on whatever is shown."""
        app, taken, error = self.app, 0, None
        try:
            for at, number in enumerate(numbers):
                if len(numbers) > 1 and self.is_attached:
                    self.status(f"Trying again: {at} of {how_many(len(numbers))}, {taken} taken in")
                try:
                    received = await asyncio.to_thread(self.store.retry_mail, number)
                    taken += received.became is not Became.QUARANTINED
                except NotFound:
                    continue
                except DeskError as said:
                    error = said
        finally:
            self._trying = False
        words = f"{taken} of {len(numbers)} taken in"
        here = self.is_attached
        screens = (
            (self,) if here else (one for one in reversed(app.screen_stack) if isinstance(one, DeskScreen))
        )
        for screen in islice(screens, 1):
            if error is not None:
                screen.status(f"{words}: {error.message}", error=True, hint=error.hint)
            else:
                screen.status(words, error=taken < len(numbers))
        if here:
            self.reload()

    async def do_quarantine_discard_all(self) -> None:
        """Throw all mails of this sender away, once that is confirmed."""
        from deskterm.ui.dialogs.confirm import Confirm

        numbers, one = self._of_sender(), self.here
        if one is None:
            self.status("There is nothing to discard")
            return
        text = f"from {one.sender or 'nobody'}\n\n{one.reason}"
        if await self.ask(Confirm(f"Discard {how_many(len(numbers))}?", text, yes="discard", no="keep")):
            self.run_command(DiscardMail(tuple(numbers)))


def _came_of(received: Received) -> str:
    if received.became is Became.QUARANTINED:
        return f"Not yet: {received.reason}"
    words = {
        Became.JOINED: "joined",
        Became.BESIDE: "answers beside",
        Became.BOUNCED: "noted on",
        Became.KNOWN: "known already, on",
    }
    return f"Taken in: {words.get(received.became, 'opened')} #{received.ticket}"
