"""Rings the bell and shows a note when one of the agent's reminders has come due."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Notice
from deskterm.domain.plain import clean_line
from deskterm.ui.widgets.clock import hour

if TYPE_CHECKING:
    from deskterm.domain.views import ReminderLine
    from deskterm.ui.app import DeskApp

SECONDS_SHOWN = 15.0
MOST_AT_ONCE = 3


class Alarms:
    """Knows which reminders were shown in this session; those that rang while nobody was here come first."""

    def __init__(self, desk: DeskApp) -> None:
        self.desk = desk
        self._shown: set[int] = set()

    def heard(self, notice: Notice) -> None:
        """Look after a commit that touched a reminder."""
        changes = (change.field for event in notice.events for change in event.changes)
        if any(name.startswith("reminder:") for name in changes):
            self.look(bell=True)

    def look(self, *, bell: bool = False) -> None:
        """Show what rang and was not shown yet."""
        self.desk.run_worker(self._look(bell), name="reminders")

    async def _look(self, bell: bool) -> None:
        try:
            lines = await asyncio.to_thread(self.desk.store.reminders)
        except DeskError:
            return  # whatever is wrong with the desk is said by the screens that read it
        rang = [line for line in lines if line.state == "fired" and line.id not in self._shown]
        self._shown |= {line.id for line in rang}
        for line in rang[-MOST_AT_ONCE:]:
            self._show(line)
        if rang and bell:
            self.desk.bell()

    def _show(self, line: ReminderLine) -> None:
        when = hour(line.at, self.desk.now(), self.desk.zone)
        about = f"#{line.ticket} " if line.ticket else ""
        text = clean_line(about + (line.text or "have a look"), 300)
        self.desk.notify(text, title=f"◷ Reminder {when}", timeout=SECONDS_SHOWN, markup=False)
