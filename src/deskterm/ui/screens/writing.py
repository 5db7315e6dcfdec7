"""Writing on the ticket's screen: the composer opens, and what it sends becomes a command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from deskterm.domain.commands import Note, Reply, Undo
from deskterm.domain.errors import DeskError, NewMessages, StorageError
from deskterm.domain.kinds import State
from deskterm.domain.plain import clean_line
from deskterm.domain.views import Draft, TicketView
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.screens.ticket_actions import TicketActions
from deskterm.ui.widgets.footer import Shape

if TYPE_CHECKING:
    from deskterm.ui.widgets.composer import Composer
    from deskterm.ui.widgets.conversation import Conversation

REPLY, NOTE = "reply", "note"
NOTE_FOOTER = Shape(
    hidden=frozenset({"composer.send_open", "composer.send_solve", "composer.send_wait"}),
    titles=(("composer.send", "save the note"), ("composer.send_next", "save, and next")),
)
"""A note changes no state: it is saved, whatever could follow a reply."""


class Writing(TicketActions, DeskScreen):
    """The actions of the scope `composer`, for a screen with a conversation."""

    number: int
    view: TicketView | None
    conversation: Conversation
    composer: Composer | None = None
    _last_seen_message = 0

    async def compose_on(self, kind: str) -> None:
        """Open the composer here."""
        self.open_composer(kind)

    def open_composer(self, kind: str) -> None:
        """Open the composer with the draft there may be, or go on writing in it."""
        view = self.view
        if view is None:
            return
        if kind == REPLY and view.ticket.state is State.CLOSED:
            self.status(f"#{self.number} is closed", error=True, hint="s reopen")
            return
        if self.composer is not None and self.composer.kind == kind:
            self.composer.area.focus()
            return
        self.run_worker(self._open(kind, view), name="composer")

    async def _open(self, kind: str, view: TicketView) -> None:
        from deskterm.ui.widgets.composer import Composer

        if not await self.close_composer():
            return
        drafts = await self.read_in_thread(self.store.drafts, view.ticket.number)
        draft = next((each for each in drafts or () if each.kind == kind), None)
        first_name = clean_line(view.requester or view.address, 60).split(" ")[0]
        title = f"Reply to {first_name}" if kind == REPLY else "Internal note · stays on the desk"
        composer = Composer(view.ticket.number, kind, title, seen=view.ticket.version, draft=draft)
        self._last_seen_message = last_message(view, composer.seen)
        self.composer = composer
        # On a narrow screen the details may lie over the conversation.
        self.remove_class("-details")
        await self.query_one("#main").mount(composer)
        self.call_after_refresh(self.conversation.to_end)
        self.status("Your draft is restored" if draft else "")
        self.update_footer()
        self.messages_came()

    async def close_composer(self) -> bool:
        """Close the composer; its draft is saved first. Return whether it is closed."""
        composer = self.composer
        if composer is None:
            return True
        if not await composer.save():
            self.status("The draft could not be saved: it stays open", error=True)
            return False
        kept = bool(composer.text.strip()) and not composer.sending
        await self._remove_composer()
        if kept:
            key = self.desk.keymap.key_of("ticket.reply" if composer.kind == REPLY else "ticket.note")
            self.status("Draft kept", hint=f"{key} go on writing")
        return True

    async def _remove_composer(self) -> None:
        composer, self.composer = self.composer, None
        if composer is not None:
            self.set_focus(None)
            await composer.remove()
            self.conversation.mark_unseen(None)
            self.update_footer()

    def save_now(self) -> None:
        """Keep the draft: the line is dropping."""
        if self.composer is not None:
            try:
                self.composer.save_now()
            except (DeskError, RuntimeError):
                # The desk is gone with the line: what was saved before is what there is.
                return

    def messages_came(self) -> None:
        """Say in the composer how many messages of others came since it was opened."""
        composer, view = self.composer, self.view
        if composer is None or view is None or composer.sending or composer.ticket != view.ticket.number:
            return
        me = self.store.actor.id
        new = [each for each in view.messages if each.id > self._last_seen_message and each.agent != me]
        composer.say_news(len(new))
        self.conversation.mark_unseen(self._last_seen_message if new else None)

    def footer_shape(self) -> Shape:
        """A note is saved, a reply is sent."""
        if self.composer is not None and self.composer.kind == NOTE and self.composer.area.has_focus:
            return NOTE_FOOTER
        return super().footer_shape()

    def do_desk_undo(self) -> None:
        """Take back my last command; a text of mine that it wrote here is there to be written anew."""
        number, before = self.number, {draft.kind for draft in self.view.drafts} if self.view else set()

        def back(drafts: tuple[Draft, ...]) -> None:
            kind = next((draft.kind for draft in drafts if draft.kind not in before), "")
            if kind and self.number == number and self.composer is None and self.is_current:
                self.open_composer(kind)

        self.run_command(Undo(), lambda _: self.read("drafts", lambda: self.store.drafts(number), back))

    # The keys of the composer.

    def do_composer_send(self) -> None:
        """Send with what usually follows in the queue: wait for the customer."""
        self._send_text(None)

    def do_composer_send_open(self) -> None:
        """Send and keep it open."""
        self._send_text(State.OPEN)

    def do_composer_send_solve(self) -> None:
        """Send and solve."""
        self._send_text(State.SOLVED)

    def do_composer_send_wait(self) -> None:
        """Send and wait for the customer."""
        self._send_text(State.PENDING)

    def do_composer_send_next(self) -> None:
        """Send with what usually follows, and go to the next ticket."""
        self._send_text(None, go_on=True)

    def _send_text(self, then: State | None, *, go_on: bool = False) -> None:
        composer = self.composer
        if composer is None or composer.sending:
            return
        text = composer.text
        if not text.strip():
            self.status("There is nothing to send yet", error=True)
            return
        composer.sending = True
        numbers = (composer.ticket,)
        command = (
            Reply(numbers, text, then=then, seen=composer.seen)
            if composer.kind == REPLY
            else Note(numbers, text)
        )
        self.run_command(command, lambda outcome: self._sent(go_on), self._not_sent)

    def _sent(self, go_on: bool) -> None:
        async def leave() -> None:
            if self.composer is not None:
                self.composer.sent()
            await self._remove_composer()
            self.conversation.to_end()
            if go_on:
                await self.go_on()

        self.run_worker(leave(), name="sent")

    def _not_sent(self, error: DeskError) -> bool:
        """Keep the composer with all it holds; a reply that crossed a message may be sent again."""
        composer = self.composer
        if composer is None:
            return False
        composer.sending = False
        if isinstance(error, NewMessages):
            self.run_worker(self._show_what_came(), name="what came")
        elif isinstance(error, StorageError):
            self.status(f"{error.message}; what you wrote is still here", error=True, hint=error.hint)
            return True
        return False

    async def _show_what_came(self) -> None:
        view = await self.read_in_thread(self._fresh)
        composer = self.composer
        if view is None or composer is None or view.ticket.number != composer.ticket:
            return
        self.view = view
        self.conversation.show(view)
        self.messages_came()
        # What is on the screen now has been seen: the next send means it.
        composer.seen = view.ticket.version
        self.conversation.to_end()

    def _fresh(self) -> TicketView:
        return self.store.ticket(self.number)

    async def do_composer_keep(self) -> None:
        """Close; the draft is kept."""
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

    async def go_on(self) -> None:
        """Go to the ticket that comes next."""


def last_message(view: TicketView, seen: int) -> int:
    """Return the last message at a version of the ticket: a draft may be older than what is shown."""
    wrote = {
        change.after: event.seq
        for event in view.events
        for change in event.changes
        if change.field == "message"
    }
    return max((message.id for message in view.messages if wrote.get(message.id, 0) <= seen), default=0)
