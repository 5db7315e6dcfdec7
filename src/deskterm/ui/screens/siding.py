"""Side conversations on the ticket's screen: which one, with whom, about what; written in the composer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deskterm.domain.errors import Refused
from deskterm.domain.recipients import NO_MAIL
from deskterm.domain.views import NO_MORE, SIDE, Also, TicketView
from deskterm.ui.late import Late
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.screens.targets import Targets, subject
from deskterm.ui.widgets.footer import Shape

if TYPE_CHECKING:
    from deskterm.domain import commands as c
    from deskterm.domain import sides
    from deskterm.domain.macros import Filled
    from deskterm.domain.mail import Address
    from deskterm.domain.recipients import Recipients
    from deskterm.domain.sides import Side
    from deskterm.domain.ticket import NewFile
    from deskterm.ui.dialogs.choice_list import Choice
    from deskterm.ui.widgets.composer import Composer
    from deskterm.ui.widgets.conversation import Conversation
else:
    c, sides = (Late(f"deskterm.domain.{name}") for name in ("commands", "sides"))

SIDE_FOOTER = Shape(
    hidden=frozenset(
        {"composer.send_open", "composer.send_solve", "composer.send_wait", "composer.macro", "composer.gap"}
    ),
    titles=(("composer.send", "send"),),
)
"""What is said beside a ticket changes nothing of it."""

NEW, REPLY, END = "new", "reply", "end"
Way = tuple[str, int]
"""What can be done: begin one, go on with one (its id), end one or take it up."""


def is_side(kind: str) -> bool:
    """Say whether a composer of this kind writes beside the ticket."""
    return kind.partition(":")[0] == SIDE


def side_of(kind: str) -> int | None:
    """Return which side conversation a composer goes on with, None when it begins one."""
    number = kind.partition(":")[2]
    return int(number) if number else None


def side_title(view: TicketView, kind: str, also: Also) -> str:
    """Say what is written: beside the ticket, about what."""
    side = next((one for one in view.sides if one.id == side_of(kind)), None)
    about = sides.answer_subject(side.subject) if side is not None else also.subject
    return f"Beside the ticket · {about}"


class SideWriting(Targets, DeskScreen):
    """Beginning side conversations and going on with them, for a screen with a composer."""

    number: int
    view: TicketView | None
    conversation: Conversation
    composer: Composer | None = None

    async def open_on(
        self, kind: str, view: TicketView, macro: Filled | None = None, also: Also = NO_MORE
    ) -> None:
        """Open the composer on a ticket; `also` is what goes with a text that is begun."""

    async def choose_side(self, view: TicketView) -> None:
        """Ask which one, when there are some: the one that is being read is at hand."""
        from deskterm.ui.dialogs.choose import Choose

        # As they are now: one that was kept a moment ago is not in the view yet.
        drafts = await self.read_in_thread(self.store.drafts, view.ticket.number)
        if drafts is None:
            return
        drafted = {draft.kind for draft in drafts if is_side(draft.kind)}
        if not view.sides:
            await self._begin(view, drafted)
            return
        chosen = await self.ask(
            Choose(
                f"Beside #{view.ticket.number}",
                _ways(view, drafted),
                current=(REPLY, self._at_hand(view, drafted)),
                detail=subject(view),
            )
        )
        if chosen is None:
            return
        way, side = chosen.value
        if way == REPLY:
            await self.open_on(f"{SIDE}:{side}", view)
        elif way == NEW:
            await self._begin(view, drafted)
        else:
            shut = next(not one.open for one in view.sides if one.id == side)
            self.run_command(c.EndSide((view.ticket.number,), side, shut))

    def _at_hand(self, view: TicketView, drafted: set[str]) -> int:
        """Return the side conversation whose message is read, else that of a draft, else one that waits."""
        read = self.conversation.message_in_sight(lambda message: message.side is not None)
        if read is not None and read.side is not None:
            return read.side
        begun = [side for kind in drafted if (side := side_of(kind)) is not None]
        waits = [one.id for one in view.sides if one.awaits]
        return (begun or waits or [view.sides[-1].id])[-1]

    async def _begin(self, view: TicketView, drafted: set[str]) -> None:
        """Ask with whom and about what, unless that was said already; then write."""
        if SIDE in drafted:
            await self.open_on(SIDE, view)
            return
        also = await self.ask_side(view, NO_MORE)
        if also is not None:
            await self.open_on(SIDE, view, also=also)

    async def ask_side(self, view: TicketView, begun: Also, *, goes_on: bool = False) -> Also | None:
        """Ask with whom and about what, who else of one that goes on; None when it was left."""
        from deskterm.ui.dialogs.form import Field, Form
        from deskterm.ui.dialogs.kept import forget

        number = view.ticket.number
        about = begun.subject or await self.read_in_thread(self._about, view)
        if about is None:
            return None
        key = f"side {number}"
        fields = [
            Field(
                "to",
                "To",
                begun.to,
                placeholder="ACME <help@acme.example>, several with commas",
                help="whoever takes part in the ticket is answered there",
                check=_unreadable,
                required="say to whom",
            ),
            Field(
                "subject",
                "Subject",
                about,
                help="they see this and what you write, and nothing of the ticket",
                required="say what about",
            ),
        ]
        if goes_on:
            fields = [replace(fields[0], label="Also to", help="they take part from now on")]
        form = Form(
            f"Write to others beside #{number}", fields, detail=subject(view), keep_as=key, verb="write"
        )
        answer = await self.ask(form)
        if answer is None:
            return None
        whom = await self.read_in_thread(self.whom_of, number, SIDE, Also(to=answer["to"]))
        if whom is None:
            return None
        wrong = whom.why or "; ".join(why for _, why in whom.left_out)
        if wrong:
            self.status(wrong, error=True, hint=f"{self.desk.keymap.key_of('ticket.side')} again")
            return None
        forget(self.app, key)
        return Also(to=answer["to"], subject=answer.get("subject", ""))

    async def do_composer_whom(self) -> None:
        """Change whom a text beside the ticket goes to and what about; add somebody to one that goes on."""
        composer, view = self.composer, self.view
        if composer is None or view is None or composer.ticket != view.ticket.number:
            return
        if not is_side(composer.kind):
            key = self.desk.keymap.key_of("ticket.side")
            self.status("That goes to those of the ticket", hint=f"{key} beside it writes to others")
            return
        also = await self.ask_side(view, composer.also, goes_on=side_of(composer.kind) is not None)
        if also is None or self.composer is not composer:
            return
        composer.take_along(composer.also._replace(to=also.to, subject=also.subject))
        composer.rule.name_it(side_title(view, composer.kind, composer.also))
        whom = await self.read_in_thread(self.whom_of, composer.ticket, composer.kind, composer.also)
        if whom is not None:
            composer.whom.show(whom)

    def _about(self, view: TicketView) -> str:
        """Return a subject to begin with that says nothing of the ticket: the vendor's name for it, or whose
        question it is."""
        sender = self.store.side_recipients(view.ticket.number, None).sender
        if sender is None:
            raise Refused(f"#{view.ticket.number}: {NO_MAIL}", hint="an admin sets mail.from in the policy")
        reference = dict(view.ticket.fields).get("vendor_reference", "")
        if reference:
            return f"Your reference {reference}"
        return f"A question from {sender.name}" if sender.name else "A question"

    def whom_of(self, number: int, kind: str, also: Also) -> Recipients:
        """Return who would get what is written."""
        if not is_side(kind):
            return self.store.recipients(number)
        return self.store.side_recipients(number, side_of(kind), _people(also))

    def side_command(self, composer: Composer, files: tuple[NewFile, ...]) -> c.TicketCommand:
        """Return the command that sends what the composer holds."""
        numbers, side, people = (composer.ticket,), side_of(composer.kind), _people(composer.also)
        if side is None:
            return c.StartSide(numbers, people, composer.also.subject, composer.text, files=files)
        return c.ReplySide(numbers, side, composer.text, people, composer.seen, files=files)


def _people(also: Also) -> tuple[Address, ...]:
    return sides.read_people(also.to)


def _unreadable(text: str) -> str:
    try:
        return "" if sides.read_people(text) else "say to whom"
    except Refused as error:
        return error.message


def _ways(view: TicketView, drafted: set[str]) -> list[Choice[Way]]:
    from deskterm.ui.dialogs.choice_list import Choice

    ways: list[Choice[Way]] = []
    for one in view.sides:
        hint = "a draft" if f"{SIDE}:{one.id}" in drafted else _stands(one)
        ways.append(Choice((REPLY, one.id), f"{one.whom} – {one.subject}", hint, "◇", words="reply"))
    ways.append(Choice((NEW, 0), "Write to somebody else", "a draft" if SIDE in drafted else "", "+"))
    for one in view.sides:
        verb = "End" if one.open else "Take up"
        ways.append(Choice((END, one.id), f"{verb}: {one.whom} – {one.subject}", "", "·"))
    return ways


def _stands(one: Side) -> str:
    return "awaits you" if one.awaits else "open" if one.open else "ended"
