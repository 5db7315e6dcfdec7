"""The keys of an open composer, but for sending: files, macros, gaps, mentions, the person's own editor."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from deskterm.domain.errors import DeskError
from deskterm.domain.macros import filled
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.screens.siding import is_side
from deskterm.ui.screens.ticket_actions import TicketActions

if TYPE_CHECKING:
    from deskterm.ui.widgets.composer import Composer


class Composing(TicketActions, DeskScreen):
    """Those actions of the scope `composer` that send nothing."""

    composer: Composer | None = None

    async def close_composer(self) -> bool:
        """Close the composer; its draft is saved first. Return whether it is closed."""
        return True

    async def do_composer_macro(self) -> None:
        """Put a macro in, with what it changes."""
        composer = self.composer
        if composer is None:
            return
        if is_side(composer.kind):
            # What macros say is said to requesters, of their ticket: nothing of that goes beside it.
            self.status("Macros are for the requester: here only what you write is sent", error=True)
            return
        chosen = await self.choose_macro(composer.ticket, f"Macro on #{composer.ticket}")
        if chosen is not None and self.composer is composer:
            composer.use(filled(*chosen))

    async def do_composer_attach(self) -> None:
        """Attach a file of this machine."""
        from deskterm.store.files import file_words, fits
        from deskterm.ui.dialogs.attach import AttachFile

        composer = self.composer
        if composer is None or not self.may_touch_files("There are no files in this session"):
            return
        path = await self.ask(AttachFile(f"Attach to #{composer.ticket}"))
        if not path or self.composer is not composer:
            return
        files = tuple(dict.fromkeys((*composer.also.files, path)))

        def look() -> dict[str, str]:
            fits(files)
            return file_words(files)

        words = await self.read_in_thread(look)
        if words is not None:
            composer.take_along(composer.also._replace(files=files), words)
            self.status(f"Attached {words[path]}", hint=self._removing())

    def _removing(self) -> str:
        return f"{self.desk.keymap.key_of('composer.remove')} take out"

    def may_touch_files(self, otherwise: str) -> bool:
        """Say whether this session may read and write files here: one over SSH would reach the host's."""
        if self.desk.trusted and "SSH_ORIGINAL_COMMAND" not in os.environ:
            return True
        self.status(otherwise, error=True)
        return False

    async def do_composer_remove(self) -> None:
        """Take out a file, or what a macro changes."""
        from deskterm.ui.dialogs.choice_list import Choice
        from deskterm.ui.dialogs.choose import Choose

        composer = self.composer
        if composer is None:
            return
        also = composer.also
        choices = [Choice(("file", path), f"▤ {composer.files.get(path, path)}") for path in also.files]
        choices += [Choice(("macro", name), f"→ what {name} changes") for name, acts in also.macros if acts]
        if not choices:
            self.status("Nothing goes with it yet")
            return
        chosen = choices[0] if len(choices) == 1 else await self.ask(Choose("Take out", choices))
        if chosen is None or self.composer is not composer:
            return
        kind, name = chosen.value
        if kind == "file":
            also = also._replace(files=tuple(path for path in also.files if path != name))
        else:
            also = also._replace(macros=tuple((n, () if n == name else acts) for n, acts in also.macros))
        composer.take_along(also)
        self.status(f"Took out {chosen.label[2:]}")

    def do_composer_gap(self) -> None:
        """Take the colleague who is offered, or go to what is still to be filled in."""
        if self.composer is not None and self.composer.area.take_callee():
            return
        if self.composer is not None and not self.composer.area.to_gap():
            self.status("Nothing is left to be filled in")

    async def do_composer_keep(self) -> None:
        """Leave what is offered as it is typed; else close, and the draft is kept."""
        if self.composer is not None and self.composer.area.leave_callees():
            return
        await self.close_composer()

    def do_composer_editor(self) -> None:
        """Go on writing in the person's own editor."""
        from textual.app import SuspendNotSupported

        from deskterm.ui.widgets.editor import edit

        composer = self.composer
        if composer is None:
            return
        if not self.desk.trusted or "SSH_ORIGINAL_COMMAND" in os.environ:
            # An editor is a way to a shell, and this session must not have one.
            self.status("There is no $EDITOR in this session", error=True, hint="go on writing here")
            return
        try:
            text = edit(composer.text, self.app.suspend)
        except SuspendNotSupported:
            self.status("This terminal cannot be given to an editor", error=True)
        except DeskError as error:
            self.status(error.message, error=True, hint=error.hint)
        else:
            composer.area.text = text
            composer.area.move_cursor(composer.area.document.end)
