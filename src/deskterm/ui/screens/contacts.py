"""Contacts: who asks for help, looked for by name, address and organization."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult

from deskterm.domain.contacts import ContactLine
from deskterm.domain.lists import Notice
from deskterm.domain.plain import clean_line
from deskterm.ui.keymap import SCREENS
from deskterm.ui.safe import fit
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.styles import STYLES
from deskterm.ui.theme import Palette, palette
from deskterm.ui.widgets.line_view import LineView
from deskterm.ui.widgets.message_lines import Line

MOST = 200
"""Contacts that are listed: beyond, looking for them is what helps."""

COUNTS = 12
"""Cells of the column that counts tickets."""

NARROW = 100
"""Cells below which the organization gives way."""


class ContactsScreen(DeskScreen):
    """A list of contacts with a cursor; what was looked for stays in its head."""

    CSS_PATH = STYLES / "contacts.tcss"
    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["contacts"]
    TAB = "inbox"

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[ContactLine, ...] = ()
        self.looked = False
        self.text = ""
        self.at = 0
        self.top = LineView(id="contacts-head")
        self.pane = LineView(id="contacts-list")

    def body(self) -> ComposeResult:
        """A head that stays, and the list."""
        yield self.top
        yield self.pane

    def on_mount(self) -> None:
        """Ask for everybody."""
        self.title = "Contacts"
        self.reload()

    def load(self) -> tuple[ContactLine, ...]:
        """Read who is found."""
        return self.store.contacts(self.text, MOST)

    def loaded(self, view: tuple[ContactLine, ...]) -> None:
        """Paint them, the cursor on whom it was on."""
        here = self.here.id if self.here is not None else 0
        self.lines, self.looked = view, True
        self.at = next((at for at, line in enumerate(view) if line.id == here), self.at)
        self.lay_out()

    def concerns(self, notice: Notice) -> bool:
        """Something that is no ticket changed; how many tickets somebody has is counted when asked."""
        return "desk" in notice.topics

    def on_screen_resume(self) -> None:
        """Count again, and lay out: the theme may have changed."""
        super().on_screen_resume()
        self.reload()
        self.lay_out()

    def on_resize(self, event: events.Resize) -> None:
        """Lay out in the new width."""
        super().on_resize(event)
        self.lay_out()

    @property
    def here(self) -> ContactLine | None:
        """The contact under the cursor."""
        return self.lines[self.at] if self.at < len(self.lines) else None

    def lay_out(self) -> None:
        """Turn the contacts into lines, and keep the cursor in sight."""
        look, width = palette(self.app), max(40, self.app.size.width - 2)
        self.at = max(0, min(self.at, len(self.lines) - 1))
        held = len(self.lines)
        count = f"{held:,} contact{'' if held == 1 else 's'}" if self.looked else "…"
        if held >= MOST:
            count = f"the first {held:,} contacts: f finds others"
        sought = f"  “{clean_line(self.text, 60)}”" if self.text else ""
        name, address, team = self._widths(width)
        heads = f"  {'NAME':<{name}}{'ADDRESS':<{address}}{'ORGANIZATION'[:team]:<{team}}{'OPEN':>{COUNTS}}"
        self.top.show_lines(
            [
                [
                    Segment(" Contacts", look.bold),
                    Segment(f"  {count}", look.label),
                    Segment(sought, look.accent),
                ],
                [Segment(heads if self.lines else "", look.label)],
            ]
        )
        if self.looked and not self.lines:
            said = "Nobody is found by that: f looks for others."
            if not self.text:
                said = "Nobody has asked yet. Who writes, or is written down with a ticket (+), stands here."
            self.pane.show_lines([[], [Segment(f"  {said}", look.plain)]])
            return
        self.pane.show_lines(
            [self._row(line, at == self.at, look, width) for at, line in enumerate(self.lines)]
        )
        top, height = self.pane.scroll_offset.y, max(1, self.pane.size.height)
        if self.at < top:
            self.pane.to_line(self.at)
        elif self.at >= top + height:
            self.pane.to_line(self.at - height + 1)

    def _widths(self, width: int) -> tuple[int, int, int]:
        """Return the cells of name, address and organization."""
        room = width - COUNTS - 3
        team = room // 4 if width >= NARROW else 0
        name = (room - team) * 2 // 5
        return name, room - team - name, team

    def _row(self, line: ContactLine, chosen: bool, look: Palette, width: int) -> Line:
        name, address, team = self._widths(width)
        more = f" +{line.addresses - 1}" if line.addresses > 1 else ""
        star = "★ " if line.vip else ""
        counts = f"{line.active:,} of {line.tickets:,}"
        parts = [
            ("  ", look.plain),
            (star, look.accent),
            (fit(line.name, name - len(star) - 1) + " ", look.bold),
            (fit(line.address, address - len(more) - 1) + more + " ", look.muted),
            (fit(line.organization, team - 1) + " " if team else "", look.plain),
            (f"{counts:>{COUNTS}}", look.label),
        ]
        style = look.selection if chosen else None
        return [Segment(text, ink + style if style else ink) for text, ink in parts if text]

    # Keys

    def _move(self, by: int) -> None:
        self.at += by
        self.lay_out()

    def do_contacts_down(self) -> None:
        """Go to the next contact."""
        self._move(1)

    def do_contacts_up(self) -> None:
        """Go to the contact before."""
        self._move(-1)

    def do_contacts_top(self) -> None:
        """Go to the first contact."""
        self._move(-len(self.lines))

    def do_contacts_bottom(self) -> None:
        """Go to the last contact."""
        self._move(len(self.lines))

    def do_contacts_page_down(self) -> None:
        """Go a page down."""
        self._move(max(1, self.pane.size.height - 1))

    def do_contacts_page_up(self) -> None:
        """Go a page up."""
        self._move(-max(1, self.pane.size.height - 1))

    async def do_contacts_find(self) -> None:
        """Look for somebody."""
        from deskterm.ui.dialogs.prompt import Prompt

        form = Prompt(
            "Find contacts",
            "words",
            value=self.text,
            help="each word in the name, an address or the organization; nothing for everybody",
            verb="find",
        )
        answer = await self.ask(form)
        if answer is not None:
            self.text, self.at = clean_line(answer["text"], 200).strip(), 0
            self.reload()

    def do_contacts_open(self) -> None:
        """Show the contact under the cursor."""
        from deskterm.ui.screens.contact import ContactScreen

        if self.here is None:
            self.status("There is nobody to show")
        else:
            self.app.push_screen(ContactScreen(self.here.id))
