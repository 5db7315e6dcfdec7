"""Escalating from any screen with tickets on it: to whom, what they need to know, one command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from deskterm.ui.late import Late
from deskterm.ui.screens.targets import Targets, subject

if TYPE_CHECKING:
    from deskterm.domain import commands as c
    from deskterm.domain import escalation, when, wording
    from deskterm.domain.people import Agent, Queue
    from deskterm.domain.views import TicketView
else:
    names = ("commands", "escalation", "when", "wording")
    c, escalation, when, wording = (Late(f"deskterm.domain.{name}") for name in names)


class EscalateAction(Targets):
    """The action that escalates."""

    async def do_ticket_escalate(self) -> None:
        """Escalate to a specialist queue, to the lead, or to a vendor."""
        from deskterm.ui.dialogs.escalate import QUEUE, VENDOR, EscalateForm

        numbers, view = await self.meant()
        people = await self.read_in_thread(self.store.people) if numbers else None
        if people is None:
            return
        now, zone, key = self.store.now(), self.desk.zone, f"escalate {wording.which(numbers)}"
        queues = [queue for queue in people.queues.values() if view is None or queue.id != view.ticket.queue]
        held = dict(view.ticket.fields) if view is not None else {}
        form = EscalateForm(
            f"Escalate {wording.which(numbers)}",
            now,
            zone,
            queues=[queue.name for queue in queues],
            leads=self._leads(people.agents, people.queues, view),
            vendor=held.get(escalation.VENDOR, ""),
            reference=held.get(escalation.REFERENCE, ""),
            with_vendor=view is not None and view.ticket.hold_reason == "vendor",
            detail=subject(view),
            keep_as=key,
        )
        answer = await self.ask(form)
        if answer is None:
            return
        why = answer["reason"]
        if answer["to"] == VENDOR:
            command = c.Escalate(
                numbers,
                c.EscalateTo.VENDOR,
                vendor=answer["vendor"],
                reference=answer["reference"],
                follow_up=when.parse_when(answer["follow_up"], now, zone),
                reason=why,
            )
            self.send(command, view, "state", "hold_until", keep_as=key)
        elif answer["to"] == QUEUE:
            queue = next(queue.id for queue in queues if queue.name == answer["queue"])
            self.send(c.Escalate(numbers, c.EscalateTo.QUEUE, queue, reason=why), view, "queue", keep_as=key)
        else:
            self.send(c.Escalate(numbers, c.EscalateTo.LEAD, reason=why), view, "queue", keep_as=key)

    def _leads(
        self, agents: Mapping[int, Agent], queues: Mapping[int, Queue], view: TicketView | None
    ) -> list[str]:
        """Whom the lead's escalation would ring for; nobody in particular when several tickets are meant."""
        if view is None:
            return ["the lead of each ticket's queue"]
        found = escalation.leads_of(view.ticket.queue, agents, queues, but=self.store.actor.id)
        return [agent.login for agent in found]
