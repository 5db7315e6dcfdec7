"""Everything a ticket holds and what happened to it, as records that keep their meaning outside the desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from deskterm.channels.shapes import clock_shape, link_shape, list_shape, message_shape, stamp, worked_shape
from deskterm.domain.events import Change, Event
from deskterm.domain.people import Queue
from deskterm.domain.ticket import SET_FIELDS, TIME_FIELDS, Mark, Ticket, Worked, in_order
from deskterm.domain.views import TicketView

if TYPE_CHECKING:
    from deskterm.store.store import Store


class Records:
    """Says tickets and events with names instead of ids, as far as the actor may know of them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        known = store.people()
        self.agents = {agent.id: agent.login for agent in known.agents.values()}
        self.queues: Mapping[int, Queue] = known.queues

    def records(self, view: TicketView, keys: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Yield a ticket's line, then its messages', then its events'."""
        number = view.ticket.number
        yield self.ticket(view, keys)
        for message in view.messages:
            if message.ticket != number:
                continue  # read here, and written with the ticket it was merged from
            yield {
                "record": "message",
                "ticket": number,
                "channel": message.channel,
                **message_shape(message),
            }
        for event in view.events:
            yield self.event(event)

    def ticket(self, view: TicketView, keys: Mapping[str, str]) -> dict[str, Any]:
        """Return everything a ticket holds."""
        ticket = view.ticket
        shape = {
            name: self.value(name, getattr(ticket, name))
            for name in Ticket.__dataclass_fields__
            if name not in ("requester", "voided")
        }
        return {
            "record": "ticket",
            **shape,
            **list_shape(view.row, self.store.now(), keys),
            "organization": view.organization,
            "fields": dict(sorted(ticket.fields)),
            "links": [link_shape(link) for link in view.links],
            **self.worked(view),
            "clocks": [clock_shape(clock) for clock in view.clocks],
        }

    def worked(self, view: TicketView) -> dict[str, Any]:
        """Return the ticket's own time: what was merged into it is written with the ticket it was made on."""
        own = replace(view, worked=tuple(one for one in view.worked if one.ticket == view.ticket.number))
        return worked_shape(own)

    def event(self, event: Event) -> dict[str, Any]:
        """Return one fact of the history."""
        return {
            "record": "event",
            "ticket": event.ticket,
            "seq": event.seq,
            "command": event.command,
            "kind": event.kind,
            "at": stamp(event.at),
            "actor": self.agents.get(event.actor) if event.actor is not None else None,
            "via": event.via,
            "login": event.login,
            "undoes": event.undoes,
            "changes": [self.change(change) for change in event.changes],
        }

    def change(self, change: Change) -> dict[str, Any]:
        """Return one field's change."""
        return {
            "field": self.field(change.field),
            "before": self.value(change.field, change.before),
            "after": self.value(change.field, change.after),
        }

    def field(self, name: str) -> str:
        """Return a change's name; whose snooze or mention it is is said by login."""
        head, _, rest = name.partition(":")
        if head in ("snooze", "mention") and rest.isdigit():
            return f"{head}:{self.agents.get(int(rest), rest)}"
        return name

    def value(self, name: str, value: Any) -> Any:
        """Return a field's value as JSON can hold it."""
        if name == "owner":
            return self.agents.get(value) if value is not None else None
        if name == "queue":
            queue = self.queues.get(value)
            return queue.key if queue is not None else None
        if name in ("requester", "ccs"):
            # People are told by their addresses beside the ticket, never by the numbers of their rows.
            return None
        if name == "followers":
            return sorted(self.agents.get(agent, "") for agent in value or ())
        if name == "worked":
            return [self._time(Worked(*one)) for one in in_order(value or ())]
        if name == "steps":
            return [self._mark(Mark(*one)) for one in in_order(value or ())]
        if name in SET_FIELDS:
            return [self._member(item) for item in in_order(value or ())]
        if name in TIME_FIELDS or isinstance(value, datetime):
            return stamp(value)
        return value

    def _time(self, one: Worked) -> dict[str, Any]:
        """Return an entry of time worked, with names."""
        changed_by = self.agents.get(one.changed_by)
        told = one._asdict() | {"agent": self.agents.get(one.agent), "changed_by": changed_by}
        return told | {"at": stamp(one.at)}

    def _mark(self, one: Mark) -> dict[str, Any]:
        """Return what became of a step, with who said so; null for the desk itself."""
        return one._asdict() | {"agent": self.agents.get(one.agent), "at": stamp(one.at)}

    def _member(self, item: Any) -> Any:
        """Return one member of a set field, its times as text."""
        if not isinstance(item, tuple):
            return item
        return [stamp(part) if isinstance(part, datetime) else part for part in item]
