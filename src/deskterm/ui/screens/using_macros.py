"""Using macros and answering several tickets at once, from any screen with tickets on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain.kinds import State
from deskterm.domain.plain import clean_line
from deskterm.ui.dialogs import kept
from deskterm.ui.late import Late
from deskterm.ui.screens.targets import Targets, subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from deskterm.domain import commands as c
    from deskterm.domain import macros, wording
    from deskterm.domain.actions import Macro
    from deskterm.domain.macros import Filled
    from deskterm.domain.views import TicketView
    from deskterm.ui.dialogs.bulk_reply import Letter
else:
    c, macros, wording = (Late(f"deskterm.domain.{name}") for name in ("commands", "macros", "wording"))

MOST = 1000
"""Tickets that are answered in one step: nobody looks through more."""

KEPT = "reply to several"

SHOWN, WORDS = 8, 120
"""Tickets with new messages that are named before a reply to several is sent, and characters of each."""


class MacroActions(Targets):
    """The action that uses a macro, and the reply to a selection."""

    async def do_ticket_macro(self) -> None:
        """Choose a macro, seeing what it would do; its text goes to the composer, its actions are done."""
        numbers, view = await self.meant()
        if not numbers:
            return
        chosen = await self.choose_macro(numbers[0], f"Macro on {wording.which(numbers)}", subject(view))
        if chosen is None:
            return
        macro, values = chosen
        if view is not None and macro.text:
            self.write_macro(view, macros.filled(macro, values))
        elif macro.text:
            await self.reply_to_all(numbers, macro)
        else:
            await self._act_on(numbers, macro)

    async def choose_macro(
        self, number: int, title: str, detail: str = ""
    ) -> tuple[Macro, Mapping[str, str]] | None:
        """Return the macro that was chosen and the values of a ticket, None when none was."""
        known = await self.read_in_thread(self.store.macros)
        values = await self.read_in_thread(self.store.macro_values, number) if known else None
        if known == ():
            self.status("There are no macros yet", hint="an admin writes them in the policy file: g s")
        if not known or values is None:
            return None
        from deskterm.ui.dialogs.macro_choice import ChooseMacro

        chosen = await self.ask(ChooseMacro(title, known, values, detail=detail))
        if chosen is None:
            return None
        missing = macros.filled(chosen.value, values).gaps
        if missing:
            self.status(f"{chosen.label}: ‹{missing[0]}?› is missing on #{number}", error=True)
            return None
        return chosen.value, values

    def write_macro(self, view: TicketView, macro: Filled) -> None:
        """Open the ticket with the macro in the composer."""
        self.open_ticket(view.ticket.number, compose="reply", macro=macro)

    async def _act_on(self, numbers: tuple[int, ...], macro: Macro) -> None:
        whole = await self.read_in_thread(self._filled, numbers, macro)
        if whole is None or not await self.sure("Change", numbers):
            return
        missing = next(((number, one.gaps[0]) for number, one in whole.items() if one.gaps), None)
        if missing is not None:
            self.status(f"{macro.name}: ‹{missing[1]}?› is missing on #{missing[0]}", error=True)
            return
        beyond = await self.beyond(whole)
        if beyond is not None:
            self.run_command(macros.command_of(whole, beyond=beyond))

    async def beyond(self, whole: Mapping[int, Filled]) -> str | None:
        """Ask for the second reason of a P1 where a macro makes one; None when that was left."""

        def share() -> tuple[float, tuple[int, ...]] | None:
            found = {number: self.store.ticket(number, messages=1).ticket.priority for number in urging}
            some = tuple(n for n, held in found.items() if macros.makes_p1(whole[n].actions, held))
            return (self.store.policy.p1_share, some) if some else None

        urging = [n for n, one in whole.items() if any(each.do == "priority" for each in one.actions)]
        allowed = await self.read_in_thread(share) if urging else None
        if allowed is None:
            return ""
        from deskterm.ui.screens.budget import ask_beyond

        return await ask_beyond(self, *allowed)

    def _filled(self, numbers: tuple[int, ...], macro: Macro) -> dict[int, Filled]:
        return {number: macros.filled(macro, self.store.macro_values(number)) for number in numbers}

    # Several at once

    async def reply_to_all(self, numbers: tuple[int, ...], macro: Macro | None = None) -> None:
        """Write one text for several tickets, look at what each would get, and send it as one step."""
        from deskterm.domain.actions import Macro
        from deskterm.ui.dialogs.bulk_reply import LookThrough, WriteToAll

        if len(numbers) > MOST:
            self.status(f"{len(numbers):,} tickets are too many: {MOST:,} at once", error=True)
            return
        found = await self.read_in_thread(self._read_letters, numbers)
        if found is None:
            return
        views, values = found
        closed = [number for number, view in views.items() if view.ticket.state is State.CLOSED]
        meant = tuple(number for number in views if number not in closed)
        if not meant:
            self.status("All of them are closed: reopen them first", error=True)
            return
        detail = f"{len(closed)} closed left out: #{', #'.join(map(str, closed[:5]))}" if closed else ""
        text = macro.text if macro is not None else kept.kept(self.app, KEPT).get("text", "")
        while True:
            written = await self.ask(
                WriteToAll(f"Reply to {wording.which(meant)}", text, self._of_macro, detail=detail)
            )
            if written is None:
                return
            text = written.text
            kept.keep(self.app, KEPT, {"text": text})
            actions = written.actions or (macro.actions if macro is not None else ())
            used = Macro(written.macro or (macro.name if macro is not None else ""), text, actions)
            letters = [self._letter(views[n], macros.filled(used, values[n])) for n in meant]
            chosen = await self.ask(LookThrough(f"Reply to {wording.which(meant)}", letters))
            if chosen is None:
                continue
            whole = {letter.number: letter.filled for letter in chosen}
            seen = {number: views[number].ticket.version for number in whole}
            news = await self.read_in_thread(self.store.news, seen)
            if news is None:
                return
            # What is shown now has been seen, whatever is decided: it is not asked about again.
            views |= {view.ticket.number: view for view in news}
            seen |= {view.ticket.number: view.ticket.version for view in news}
            if not news or await self._in_spite_of(news, len(whole)):
                break
        beyond = await self.beyond(whole)
        if beyond is not None:
            command = macros.command_of(whole, seen=seen, beyond=beyond)
            self.run_command(command, lambda outcome: kept.forget(self.app, KEPT))

    async def _in_spite_of(self, news: Sequence[TicketView], count: int) -> bool:
        """Say which tickets got a message since they were looked at, and what is new; ask whether to send."""
        from deskterm.ui.dialogs.confirm import Confirm

        said = []
        for view in news[:SHOWN]:
            more = len(view.messages) - 1
            last = view.messages[-1]
            words = clean_line(" ".join(last.text.split()), WORDS)
            and_more = f" (and {more} more)" if more else ""
            said.append(f"#{view.ticket.number} {clean_line(last.author, 40)}{and_more}: {words}")
        said += [f"and {len(news) - SHOWN} more"] if len(news) > SHOWN else []
        which = "1 of them has" if len(news) == 1 else f"{len(news)} of them have"
        title = f"{which} a new message" if count > 1 else "There is a new message"
        answer = await self.ask(
            Confirm(title, "\n".join(said), yes="send all the same", no="back to the text")
        )
        return bool(answer)

    def _read_letters(
        self, numbers: tuple[int, ...]
    ) -> tuple[dict[int, TicketView], dict[int, dict[str, str]]]:
        agent = self.store.actor.agent
        views = {number: self.store.ticket(number, messages=1) for number in numbers}
        return views, {number: macros.values_of(view, agent) for number, view in views.items()}

    async def _of_macro(self) -> Macro | None:
        numbers = self.targets()
        chosen = await self.choose_macro(numbers[0], "Macro") if numbers else None
        return chosen[0] if chosen is not None else None

    def _letter(self, view: TicketView, one: Filled) -> Letter:
        from deskterm.ui.dialogs.bulk_reply import Letter

        copies = tuple(address for _, address in view.participants)
        return Letter(view.ticket.number, view.ticket.subject, view.requester, view.address, copies, one)
