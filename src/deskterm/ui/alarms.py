"""Rings the bell and shows a note: a reminder, a mention, word on what the agent follows, mail set aside."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Notice
from deskterm.domain.plain import clean_line
from deskterm.ui.widgets.clock import hour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deskterm.domain.views import ReminderLine
    from deskterm.ui.app import DeskApp

SECONDS_SHOWN = 15.0
MOST_AT_ONCE = 3
WAITS, RANG = "◷", "◷!"
"""The marks of a reminder that is to ring, and of one that rang."""

GLYPH = "◔"
"""The mark of time that is counted."""

JUST_NOW = timedelta(minutes=10)
"""What rang before that was seen in the terminal that was open then, or is in the ticket's reminders."""


class Alarms:
    """Knows which reminders were shown in this session; at the start, those of the last minutes."""

    def __init__(self, desk: DeskApp) -> None:
        self.desk = desk
        self._shown: set[int] = set()
        self._heard_to: int | None = None
        """The newest message that was there when somebody was last told of one."""
        self._listening = asyncio.Lock()
        self.marks: dict[int, str] = {}
        """The tickets on which a reminder of the agent waits or rang lately, each with its mark."""

    def heard(self, notice: Notice) -> None:
        """Look after a commit that touched a reminder."""
        if f"reminder:{self.desk.store.actor.id}" in notice.topics:
            self.look(live=True)
        if f"said:{self.desk.store.actor.id}" in notice.topics:
            self.desk.run_worker(self._said(), name="said")
        if "quarantine" in notice.topics:
            self.tell_of_quarantine()

    def tell_of_quarantine(self) -> None:
        """Say that mail waits in quarantine, for those who may look at it."""
        from deskterm.domain.people import Role

        if self.desk.store.actor.may(Role.AGENT):
            self.desk.run_worker(self._quarantine(), name="quarantine")

    async def _quarantine(self) -> None:
        try:
            mails = await asyncio.to_thread(self.desk.store.quarantine)
        except DeskError:
            return
        if mails:
            from deskterm.domain.quarantine import how_many

            newest = mails[0]
            key = self.desk.keymap.key_of("go.quarantine")
            text = clean_line(f"{newest.sender or 'nobody'}: {newest.reason}", 200)
            count = "A mail waits" if len(mails) == 1 else f"{how_many(len(mails))} wait".capitalize()
            title = f"{count} in quarantine · {key}"
            self.desk.notify(text, title=title, timeout=SECONDS_SHOWN, markup=False)

    def listen(self) -> None:
        """Begin to tell of what is said to the agent, and of time that an earlier session counted."""
        self.desk.run_worker(self._listen(), name="listen")
        self.desk.run_worker(self._take_up(), name="timers")

    async def _take_up(self) -> None:
        """Say which time was recorded because the session that counted it ended before it could."""
        try:
            taken = await asyncio.to_thread(self.desk.store.take_up_timers)
        except DeskError:
            return
        if taken:
            from deskterm.domain.time_words import time_words

            text = ", ".join(f"{time_words(seconds)} on #{ticket}" for ticket, seconds in taken)
            title = f"{GLYPH} Time of a session that broke off is recorded"
            self.desk.notify(text, title=title, timeout=SECONDS_SHOWN, markup=False)

    async def _listen(self) -> None:
        async with self._listening:
            if self._heard_to is None:
                with suppress(DeskError):
                    self._heard_to = await asyncio.to_thread(self.desk.store.newest_message)

    async def _said(self) -> None:
        """Tell of mentions, and of customers who wrote on tickets that the agent follows."""
        async with self._listening:
            if self._heard_to is None:
                return
            try:
                words = await asyncio.to_thread(self.desk.store.words, self._heard_to)
            except DeskError:
                return
            self._heard_to = max((word.message for word in words), default=self._heard_to)
        for word in words[-MOST_AT_ONCE:]:
            who = clean_line(word.who, 60) or "somebody"
            title = f"@ {who} mentioned you" if word.mention else f"● {who} wrote"
            title = f"◇ {who} answered, beside the ticket" if word.side else title
            text = f"#{word.ticket} {word.words}"
            self.desk.notify(text, title=title, timeout=SECONDS_SHOWN, markup=False)
        if words:
            self.desk.bell()

    def opened(self, ticket: int) -> None:
        """Take the mark off a ticket whose reminder rang: whoever it rang for has opened it."""
        if self.marks.get(ticket) == RANG:
            self.desk.run_worker(self._seen(ticket), name="seen")

    async def _seen(self, ticket: int) -> None:
        with suppress(DeskError):
            await asyncio.to_thread(lambda: self.desk.store.see_reminders(ticket=ticket))
        await self._look(live=False)

    async def acknowledge(self, reminder: int) -> None:
        """Take the mark off for one reminder that rang."""
        with suppress(DeskError):
            await asyncio.to_thread(lambda: self.desk.store.see_reminders(reminder=reminder))
        await self._look(live=False)

    def look(self, *, live: bool = False) -> None:
        """Show what rang and was not shown yet; at the start only what rang a moment ago."""
        self.desk.run_worker(self._look(live), name="reminders")

    async def _look(self, live: bool) -> None:
        try:
            lines = await asyncio.to_thread(self.desk.store.reminders)
        except DeskError:
            return  # whatever is wrong with the desk is said by the screens that read it
        self._mark(lines)
        rang = [line for line in lines if line.state == "fired" and line.id not in self._shown]
        self._shown |= {line.id for line in rang}
        if not live:
            since = self.desk.now() - JUST_NOW
            rang = [line for line in rang if not line.seen and (line.rang_at or line.at) >= since]
        for line in rang[-MOST_AT_ONCE:]:
            self._show(line)
        if rang and live:
            self.desk.bell()

    def _mark(self, lines: Sequence[ReminderLine]) -> None:
        """Mark the rows of these reminders' tickets; one that rang counts before one that waits."""
        found = {line.ticket: WAITS for line in lines if line.ticket is not None and line.state == "pending"}
        found |= {
            line.ticket: RANG
            for line in lines
            if line.ticket is not None and line.state == "fired" and not line.seen
        }
        if found != self.marks:
            self.marks = found
            for screen in self.desk.desk_screens():
                screen.bells_changed(found)

    def _show(self, line: ReminderLine) -> None:
        when = hour(line.at, self.desk.now(), self.desk.zone)
        about = f"#{line.ticket} " if line.ticket else ""
        text = clean_line(about + (line.text or "have a look"), 300)
        self.desk.notify(text, title=f"◷ Reminder {when}", timeout=SECONDS_SHOWN, markup=False)
