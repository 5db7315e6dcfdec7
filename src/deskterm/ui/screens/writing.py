"""Writing on the ticket's screen: the composer opens, and what it sends becomes a command."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from deskterm.domain.commands import Note, Reply, TicketCommand, Together, Undo, UseMacro
from deskterm.domain.errors import DeskError, NewMessages, StorageError
from deskterm.domain.kinds import State
from deskterm.domain.macros import Filled
from deskterm.domain.placeholders import gaps
from deskterm.domain.plain import clean_line
from deskterm.domain.views import NO_MORE, SIDE, Also, Draft, TicketView
from deskterm.ui.screens.composing import Composing
from deskterm.ui.screens.siding import SIDE_FOOTER, SideWriting, is_side, side_title
from deskterm.ui.widgets.footer import Shape
from deskterm.ui.widgets.step_lines import offering_steps

if TYPE_CHECKING:
    from deskterm.domain.callees import Callee
    from deskterm.domain.macros import Filled
    from deskterm.domain.recipients import Recipients
    from deskterm.ui.widgets.composer import Composer
    from deskterm.ui.widgets.conversation import Conversation

    Around = tuple[Draft | None, Recipients, State, dict[str, str], tuple[Callee, ...]]

REPLY, NOTE = "reply", "note"
NOTE_FOOTER = Shape(
    hidden=frozenset({"composer.send_open", "composer.send_solve", "composer.send_wait"}),
    titles=(("composer.send", "save the note"), ("composer.send_next", "save, and next")),
)
"""A note changes no state: it is saved, whatever could follow a reply."""


OPEN_FOOTER = Shape(titles=(("composer.send", "send, stays open"),))
"""In a queue whose replies leave tickets open."""


class Writing(SideWriting, Composing):
    """The actions of the scope `composer`, for a screen with a conversation."""

    conversation: Conversation
    beginning = False
    """Whether the composer that the screen was opened with is still to come."""
    wanted_composer = ""
    """What is to be written as soon as the ticket is there."""
    wanted_macro: Filled | None = None
    there: asyncio.Event
    """Set once the ticket was read, or could not be."""
    spare: Composer | None = None
    """One that is on the screen already, and not seen: it only has to be begun."""
    _last_seen_message = 0
    _around: tuple[TicketView, str, Around] | None = None
    """What writing needs, where it was read with the ticket."""

    def prepare(self, view: TicketView) -> None:
        """In the thread that reads the ticket, lay its messages out, and read what writing on it needs."""
        self.conversation.prepare(view)
        kind = self.wanted_composer
        if kind and kind != SIDE:
            with suppress(DeskError):  # Then it is read when the composer opens, and said.
                self._around = (view, kind, self._around_writing(view, kind, NO_MORE, view.drafts))

    def hold_until_there(self) -> None:
        """Let the letters wait that are typed before the ticket is there."""
        self.act(self._until_there(), "composer")

    async def _until_there(self) -> None:
        await self.there.wait()

    async def compose_on(self, kind: str) -> None:
        """Open the composer here."""
        self.open_composer(kind)

    def write_macro(self, view: TicketView, macro: Filled) -> None:
        """Put the macro into the composer here."""
        composer = self.composer
        if composer is not None:
            composer.use(macro)
        else:
            self.open_composer(REPLY, macro)

    def open_composer(self, kind: str, macro: Filled | None = None) -> bool:
        """Open the composer with the draft there may be, or go on writing in it; says whether it is going
        to be there."""
        view = self.view
        if view is None or view.ticket.number != self.number:
            self.wanted_composer, self.wanted_macro = kind, macro
            self.hold_until_there()
            return False
        if kind == SIDE:
            # Which one is asked outside of this key's turn: the screen may only just be there.
            self.act(self.choose_side(view), "side")
            return False
        if kind == REPLY and view.ticket.state is State.CLOSED:
            self.status(f"#{self.number} is closed", error=True, hint="s reopen")
            return False
        if self.composer is not None and self.composer.kind == kind:
            self.set_focus(self.composer.area)
            if macro is not None:
                self.composer.use(macro)
            return False
        # Letters that follow the key at once are the beginning of the text.
        self.act(self._open_wanted(kind, view, macro), "composer")
        return True

    async def _open_wanted(self, kind: str, view: TicketView, macro: Filled | None) -> None:
        try:
            await self.open_on(kind, view, macro)
        finally:
            if self.beginning:
                self.beginning = False
                self.begun(view)
            self.refresh()
            self.paint_soon()

    def begun(self, view: TicketView) -> None:
        """All that was asked for is there: what can wait may follow."""

    async def open_on(
        self, kind: str, view: TicketView, macro: Filled | None = None, also: Also = NO_MORE
    ) -> None:
        """Open the composer on a ticket; `also` is what goes with a text that is begun."""
        from deskterm.ui.widgets.composer import Composer

        if not await self.close_composer():
            return
        around, self._around = self._around, None
        if around is not None and around[0] is view and around[1] == kind and not any(also):
            found: Around | None = around[2]
        else:
            found = await self.read_in_thread(self._around_writing, view, kind, also)
        draft, whom, usual, files, callees = found or (None, None, State.PENDING, {}, ())
        first_name = clean_line(view.requester or view.address, 60).split(" ")[0]
        title = f"Reply to {first_name}" if kind == REPLY else "Internal note · stays on the desk"
        if is_side(kind):
            title = side_title(view, kind, draft.also if draft is not None else also)
        composer, self.spare = self.spare or Composer(), None
        composer.usual = usual
        composer.files |= files
        composer.area.callees = callees
        self.composer = composer
        # On a narrow screen the details may lie over the conversation.
        self.remove_class("-details")
        if not composer.is_attached:
            await self.query_one("#main").mount(composer)
        composer.begin(view.ticket.number, kind, title, seen=view.ticket.version, draft=draft)
        self._last_seen_message = last_message(view, composer.seen)
        self.set_focus(composer.area)
        if whom is not None:
            composer.whom.show(whom)
        if macro is not None:
            composer.use(macro)
        if any(also):
            composer.take_along(composer.also._replace(to=also.to, subject=also.subject))
        self.call_after_refresh(self.conversation.to_end)
        self.status("Your draft is restored" if draft else "")
        self.update_footer()
        # Read once more: a commit that came while it was opened was answered without what goes with it.
        self.messages_came()

    def _around_writing(
        self, view: TicketView, kind: str, also: Also, drafts: tuple[Draft, ...] | None = None
    ) -> Around:
        """Read the draft unless it was just read, who would get it, what usually follows, how the draft's
        files are written, and who can be mentioned."""
        from deskterm.domain.callees import callees
        from deskterm.store.files import file_words

        store, number = self.store, view.ticket.number
        drafts = store.drafts(number) if drafts is None else drafts
        draft = next((each for each in drafts if each.kind == kind), None)
        people = store.people()
        queue = people.queues.get(view.ticket.queue)
        usual = store.policy.queue(queue.key if queue is not None else "").reply
        with_it = also if any(also) or draft is None else draft.also
        called = () if is_side(kind) else callees(people.agents.values(), queue, store.actor.id)
        files = file_words(draft.also.files) if draft else {}
        return draft, self.whom_of(number, kind, with_it), usual, files, called

    async def close_composer(self) -> bool:
        """Close the composer; its draft is saved first. Return whether it is closed."""
        composer = self.composer
        if composer is None:
            return True
        if not await composer.save():
            if not composer.left_by_other:
                self.status("The draft could not be saved: it stays open", error=True)
            return False
        kept = not composer.empty and not composer.sending
        drafts = await self.read_in_thread(self.store.drafts, composer.ticket) if kept else None
        if drafts is not None and all(draft.kind != composer.kind for draft in drafts):
            kept = False
            self.status("Your other window sent or dropped this draft")
        await self._remove_composer()
        if kept:
            action = "ticket.side" if is_side(composer.kind) else f"ticket.{composer.kind}"
            key = self.desk.keymap.key_of(action)
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
        """Say in the composer how many messages of others came since it was opened, and who gets it now."""
        composer, view = self.composer, self.view
        if composer is None or view is None or composer.sending or composer.ticket != view.ticket.number:
            return
        me = self.store.actor.id
        new = [each for each in view.messages if each.id > self._last_seen_message and each.agent != me]
        composer.say_news(len(new))
        self.conversation.mark_unseen(self._last_seen_message if new else None)
        number, kind, also = composer.ticket, composer.kind, composer.also
        # Who takes part may have changed with the ticket.
        self.read("whom", lambda: self.whom_of(number, kind, also), self._show_whom, lambda error: None)

    def _show_whom(self, whom: Recipients) -> None:
        if self.composer is not None:
            self.composer.whom.show(whom)

    def footer_shape(self) -> Shape:
        """A note is saved, a reply is sent with what usually follows in its queue."""
        composer = self.composer
        if composer is None or not composer.area.has_focus:
            return offering_steps(super().footer_shape(), self.view)
        if composer.kind == NOTE or is_side(composer.kind):
            return NOTE_FOOTER if composer.kind == NOTE else SIDE_FOOTER
        return super().footer_shape() if composer.usual is State.PENDING else OPEN_FOOTER

    def do_desk_undo(self) -> None:
        """Take back my last command; a text of mine that it wrote here is there to be written anew."""
        number, view = self.number, self.view
        before = {draft.kind for draft in view.drafts} if view else set()

        def back(drafts: tuple[Draft, ...]) -> None:
            kind = next((draft.kind for draft in drafts if draft.kind not in before), "")
            if kind and view and self.number == number and self.composer is None and self.is_current:
                self.run_worker(self.open_on(kind, view), name="composer")

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
        left = gaps(text)
        if left:
            key = self.desk.keymap.key_of("composer.gap")
            self.status(f"‹{left[0].name}?› is still to be filled in", error=True, hint=f"{key} goes there")
            composer.area.to_gap(first=True)
            return
        composer.sending = True
        self.run_worker(self._send(composer, then, go_on), name="send")

    async def _send(self, composer: Composer, then: State | None, go_on: bool) -> None:
        from deskterm.store.files import read_files

        with suppress(DeskError):  # What is wrong with the desk, the command will say.
            if not await composer.look():
                composer.sending = False
                return
        numbers, text, also = (composer.ticket,), composer.text, composer.also
        files = await self.read_in_thread(read_files, also.files) if also.files else ()
        actions = tuple(each for _, some in also.macros for each in some)
        beyond = await self.beyond({composer.ticket: Filled("", "", actions)}) if files is not None else None
        if files is None or beyond is None:
            composer.sending = False
            return
        used = also.macros
        names = ", ".join(name for name, _ in used)
        wrote: TicketCommand
        if is_side(composer.kind):
            wrote = self.side_command(composer, files)
        elif composer.kind == REPLY:
            wrote = Reply(numbers, text, then=then, seen=composer.seen, macro=names, files=files)
        else:
            wrote = Note(numbers, text, macro=names, files=files)
        acts: list[TicketCommand] = []
        for name, actions in used:
            # A state that was asked for by key wins over the macro's.
            done = tuple(one for one in actions if then is None or one.do != "state")
            acts += [UseMacro(numbers, name, done, beyond=beyond)] if done else []
        command = Together((wrote, *acts)) if acts else wrote
        self.run_command(command, lambda outcome: self._sent(go_on), self._not_sent)

    def _sent(self, go_on: bool) -> None:
        async def leave() -> None:
            if self.composer is not None:
                self.composer.sent()
                if self.view is not None:
                    # Its draft went with it: an undo that comes before the view is read again gives it back.
                    left = tuple(each for each in self.view.drafts if each.kind != self.composer.kind)
                    self.view = replace(self.view, drafts=left)
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
        elif isinstance(error, StorageError) or error.field == "steps":
            way = f"esc {self.way_on(error)}" if error.field == "steps" else error.hint
            self.status(f"{error.message}; what you wrote is still here", error=True, hint=way)
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
