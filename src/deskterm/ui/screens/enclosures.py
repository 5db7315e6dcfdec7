"""What comes with messages: quoted text, the mail itself, attachments and links, looked at before use."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain.errors import DeskError
from deskterm.domain.plain import clean_line
from deskterm.ui.screens.reading import Reading
from deskterm.ui.screens.targets import Targets

if TYPE_CHECKING:
    from deskterm.domain.ticket import Attachment
    from deskterm.domain.views import TicketView
    from deskterm.ui.dialogs.choice_list import Choice
    from deskterm.ui.widgets.conversation import Conversation


class Hung(NamedTuple):
    """A file of a message, by its place there."""

    message: int
    place: int
    file: Attachment


class Linked(NamedTuple):
    """A link in a text."""

    url: str


Thing = Hung | Linked | int
"""What the list offers: a file, a link, or the number of another ticket."""


class Enclosures(Targets, Reading):
    """The actions on what comes with messages, for a screen with a conversation."""

    number: int
    view: TicketView | None
    conversation: Conversation

    # Quotes, and the mail itself

    async def do_reading_quotes(self) -> None:
        """Unfold what is quoted, and what a mail says besides its new text; or fold it again."""
        view, pane = self.view, self.conversation
        if view is None:
            return
        if pane.unfolded:
            pane.unfold(False, {})
            return
        short = [message.id for message in view.messages if message.shortened and not message.retracted]
        wholes = await self.read_in_thread(self._wholes, short)
        if wholes is not None:
            pane.unfold(True, wholes)

    def _wholes(self, messages: list[int]) -> dict[int, str]:
        return {message: self.store.whole_text(message) for message in messages}

    async def do_reading_raw(self) -> None:
        """Show the mail that a message came as, byte by byte."""
        from deskterm.ui.dialogs.choice_list import Choice
        from deskterm.ui.dialogs.choose import Choose
        from deskterm.ui.screens.raw_mail import RawMailScreen

        view = self.view
        if view is None:
            return
        came = [each for each in reversed(view.messages) if each.channel == "email" and not each.retracted]
        if not came:
            self.status("No message here came by mail")
            return
        message = came[0].id
        if len(came) > 1:
            zone = self.desk.zone
            choices = [
                Choice(
                    each.id,
                    clean_line(each.text, 200),
                    f"{clean_line(each.author or each.address, 30)}  {each.at.astimezone(zone):%d %b %H:%M}",
                )
                for each in came
            ]
            chosen = await self.ask(Choose("Which mail", choices))
            if chosen is None:
                return
            message = chosen.value
        self.app.push_screen(RawMailScreen(self.number, message))

    # Files, links, other tickets

    async def do_reading_links(self) -> None:
        """List files, links and linked tickets; what is chosen is shown before anything is done with it."""
        from deskterm.ui.dialogs.choose import Choose

        view = self.view
        if view is None:
            return
        urls = await self.read_in_thread(self._urls, view)
        choices = [*self._files(view), *_links(urls or ()), *self._tickets(view)]
        if not choices:
            key = self.desk.keymap.key_of("ticket.link")
            self.status("There are no attachments and no links yet", hint=f"{key} link")
            return
        chosen = await self.ask(Choose("Attachments and links", choices))
        if chosen is None:
            return
        thing = chosen.value
        if isinstance(thing, Hung):
            await self._look_at_file(thing)
        elif isinstance(thing, Linked):
            await self._look_at_link(thing.url)
        else:
            self.open_ticket(thing)

    def _urls(self, view: TicketView) -> tuple[str, ...]:
        from deskterm.domain.links import links_in

        shown = [message for message in reversed(view.messages) if not message.retracted]
        whole = (self.store.whole_text(each.id) if each.shortened else "" for each in shown)
        return links_in(
            text for message, more in zip(shown, whole, strict=True) for text in (message.text, more)
        )

    def _files(self, view: TicketView) -> list[Choice[Thing]]:
        from deskterm.domain.attaching import size_words
        from deskterm.ui.dialogs.choice_list import Choice

        return [
            Choice(
                Hung(message.id, place, file),
                clean_line(file.name, 200),
                f"{size_words(file.size)} · {clean_line(message.author or message.address, 30)}",
                "▤",
            )
            for message in reversed(view.messages)
            if not message.retracted
            for place, file in enumerate(message.attachments)
        ]

    def _tickets(self, view: TicketView) -> list[Choice[Thing]]:
        from deskterm.ui.dialogs.choice_list import Choice
        from deskterm.ui.theme import STATE_GLYPH

        choices: list[Choice[Thing]] = [
            Choice(link.number, f"#{link.number}  {link.subject}", link.kind, STATE_GLYPH[link.state])
            for link in view.links
        ]
        linked = {link.number for link in view.links} | {self.number}
        others = [number for number in view.requester_open if number not in linked]
        return choices + [Choice(number, f"#{number}", "of the same requester", " ") for number in others]

    async def _look_at_file(self, hung: Hung) -> None:
        from deskterm.domain.attaching import size_words
        from deskterm.ui.dialogs.look import Look

        file = hung.file
        found = await self.read_in_thread(self._previewed, hung)
        if found is None:
            return
        content, lines = found
        keys = (("s", "save"), ("o", "open"))
        about = f"{clean_line(file.media_type, 80)} · {size_words(file.size)}"
        answer = await self.ask(Look(file.name, lines, keys, detail=about, wrapped=False))
        if answer == "s":
            await self._save(file.name, content)
        elif answer == "o" and self._may_reach("opened"):
            from deskterm.ui.widgets.opener import open_file

            await self._try(lambda: open_file(file.name, file.media_type, content), f"Opened {file.name}")

    def _previewed(self, hung: Hung) -> tuple[bytes, tuple[str, ...]]:
        from deskterm.domain.previews import preview

        file, content = self.store.attachment(hung.message, hung.place)
        return content, preview(file.name, file.media_type, content)

    async def _save(self, name: str, content: bytes) -> None:
        from deskterm.domain.attaching import safe_name
        from deskterm.store.files import download_folder, free_path, write_file
        from deskterm.ui.dialogs.confirm import Confirm
        from deskterm.ui.dialogs.prompt import Prompt

        if not self._may_reach("saved"):
            return
        begin = str(await asyncio.to_thread(lambda: free_path(download_folder(), safe_name(name))))
        answer = await self.ask(
            Prompt("Save the attachment", "Path", value=begin, required="a path is needed", detail=name)
        )
        if answer is None:
            return
        path, over = answer["text"], False
        if await asyncio.to_thread(lambda: Path(path).expanduser().is_dir()):
            path = str(Path(path) / safe_name(name))
        while True:
            try:
                place = await asyncio.to_thread(write_file, path, content, over=over)
            except FileExistsError:
                question = f"{path} is there already; what is in it would be gone."
                if not await self.ask(Confirm("Overwrite it?", question, yes="overwrite", no="leave it")):
                    self.status("Nothing was saved")
                    return
                over = True
            except DeskError as error:
                self.status(error.message, error=True, hint=error.hint)
                return
            else:
                self.status(f"Saved {place}")
                return

    async def _look_at_link(self, url: str) -> None:
        from deskterm.domain.links import target
        from deskterm.ui.dialogs.look import Look

        found = target(url)
        lines = [found.host or "no host", *([f"▲ {found.odd}"] if found.odd else []), "", found.url]
        answer = await self.ask(Look("Where it leads", lines, (("o", "open"), ("y", "copy")), strong=1))
        if answer == "y":
            self.app.copy_to_clipboard(url)
            self.status("Copied the link")
        elif answer == "o" and self._may_reach("opened"):
            from deskterm.ui.widgets.opener import open_link

            await self._try(lambda: open_link(url), f"Opened {found.host}")

    async def _try(self, job: object, done: str) -> None:
        assert callable(job)
        try:
            await asyncio.to_thread(job)
        except DeskError as error:
            self.status(error.message, error=True, hint=error.hint)
        else:
            self.status(done)

    def _may_reach(self, what: str) -> bool:
        """Say whether this session has a machine of its own: over SSH it would be the host's."""
        if self.desk.trusted and "SSH_ORIGINAL_COMMAND" not in os.environ:
            return True
        self.status(f"In this session nothing can be {what}", error=True, hint="use the command line")
        return False


def _links(urls: tuple[str, ...]) -> list[Choice[Thing]]:
    from deskterm.domain.links import target
    from deskterm.ui.dialogs.choice_list import Choice

    # The host is said beside it: a long way must not hide where it leads.
    return [Choice(Linked(url), clean_line(url, 500), target(url).host, "↗", words=url) for url in urls]
