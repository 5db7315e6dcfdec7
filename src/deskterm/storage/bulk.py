"""Writing whole histories fast: importers and the demo desk, past the rules but through the same journal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from deskterm.domain.commands import AddAgent, AddQueue
from deskterm.domain.decide import FIELDS
from deskterm.domain.due_work import due_work
from deskterm.domain.errors import InputFileError
from deskterm.domain.events import Change, Event, evolve
from deskterm.domain.facts import Facts, Talk
from deskterm.domain.history import Beside, Fact, History
from deskterm.domain.legs import chosen, legs_changed
from deskterm.domain.matching import matches
from deskterm.domain.people import DESK, Queue, Requester
from deskterm.domain.plain import clean_line, clean_text
from deskterm.domain.policy import Policy
from deskterm.domain.query import Query
from deskterm.domain.sides import OPEN
from deskterm.domain.sla import standing
from deskterm.domain.terms import measured
from deskterm.domain.ticket import SET_FIELDS, Leg, Mark, Ticket, Worked, in_order
from deskterm.storage import journal, people, sides, words, worktime
from deskterm.storage.codec import chain, content_digest, encode_changes, from_ms, ticket_row, to_ms
from deskterm.storage.follow_tables import ticket_followers
from deskterm.storage.side_tables import side_messages, side_people
from deskterm.storage.side_tables import sides as side_rows
from deskterm.storage.tables import (
    due,
    events,
    messages,
    requesters,
    ticket_fields,
    ticket_links,
    ticket_tags,
    tickets,
)
from deskterm.storage.tickets import HOLD, showing
from deskterm.storage.time_tables import time_entries

_LINES = frozenset({"subject", "category", "component", "priority_reason", "external_id"})


class HistoryWriter:
    """Writes histories on one connection; `flush` puts the rows of a batch in with one statement a table."""

    def __init__(self, connection: Connection, policy: Policy, command: int, via: str, now: datetime) -> None:
        self.connection = connection
        self.policy = policy
        self.command = command
        self.via = via
        self.now = now
        self.events = 0
        self._directory = people.directory(connection)
        self._logins = {agent.login: agent.id for agent in self._directory.agents.values()}
        self._queues = {queue.key: queue.id for queue in self._directory.queues.values()}
        self._known = dict(self._directory.queues)
        self._requesters: dict[str, tuple[int, str]] = {}
        self._number = self._highest(tickets.c.number)
        self._message = self._highest(messages.c.id)
        self._side = self._highest(side_rows.c.id)
        self._begun: dict[tuple[int, str], int] = {}
        """Side conversations of this batch, by ticket and subject."""
        self._seq = journal.last_seq(connection)
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._texts: dict[str, str] = {}
        self._index: list[words.Entry] = []
        self.new_people = False

    def _highest(self, column: Any) -> int:
        return int(self.connection.execute(select(func.coalesce(func.max(column), 0))).scalar_one())

    def expect(self, histories: Sequence[History]) -> None:
        """Look up the requesters of a batch with one statement instead of two each."""
        keys = sorted({address.casefold() for _, address, _ in (history.requester for history in histories)})
        for start in range(0, len(keys), journal.CHUNK):
            wanted = requesters.c.address.in_(keys[start : start + journal.CHUNK])
            found = select(requesters.c.address, requesters.c.id, requesters.c.name).where(wanted)
            for row in self.connection.execute(found):
                if row.name != row.address:
                    self._requesters[row.address] = (row.id, row.name)

    def write(self, history: History) -> int:
        """Add one ticket with its past; returns its number. Raises InputFileError when it makes no sense."""
        self._number += 1
        number = self._number
        name, address, organization = history.requester
        requester, who = self._requester(name, address, organization)
        ticket: Ticket | None = None
        said: list[str] = []
        before = ""
        for fact in history.facts:
            self._seq += 1
            self.events += 1
            known = history.external_id or str(number)
            changes = self._changes(ticket, fact, requester, history.external_id, known)
            if fact.message is not None:
                changes += self._say(number, requester, fact, said)
            if fact.work is not None:
                changes.append(self._work(fact))
            event = Event(
                self._seq,
                self.command,
                number,
                fact.kind,
                fact.at,
                self._agent(fact.actor),
                self.via,
                "",
                tuple(changes),
            )
            try:
                ticket = evolve(ticket, event)
            except (TypeError, ValueError) as error:
                raise InputFileError(f"ticket {known}: its history makes no sense: {error}") from error
            before = self._journal(event, before)
        if ticket is None:
            raise InputFileError(f"ticket {history.external_id or number} has no history")
        ticket = self._measure(ticket, Requester(requester, who, address), organization, said, before)
        self._keep(ticket)
        self._index.append(words.entry(number, ticket.subject, who, address, said))
        return number

    def _changes(
        self, ticket: Ticket | None, fact: Fact, requester: int, external_id: str, known: str
    ) -> list[Change]:
        strange = fact.values.keys() - FIELDS
        if strange:
            raise InputFileError(f"ticket {known}: {min(strange)!r} is no field of a ticket")
        values = {name: self._value(name, value) for name, value in fact.values.items()}
        if ticket is None:
            values["requester"] = requester
            if external_id:
                values["external_id"] = external_id
            changes = [
                Change(name, None, in_order(value) if name in SET_FIELDS else value)
                for name, value in values.items()
            ]
            return [*changes, Change("voided", True, False)]
        changes = []
        for name, value in values.items():
            held = getattr(ticket, name)
            if held == value:
                continue
            if name in SET_FIELDS:
                changes.append(Change(name, in_order(held - value), in_order(value - held)))
            else:
                changes.append(Change(name, held, value))
        return changes

    def _value(self, name: str, value: Any) -> Any:
        if name == "queue":
            return self._queue(value)
        if name == "owner":
            return self._agent(value)
        if name in _LINES:
            return clean_line(value).strip()
        if name == "resolution":
            return clean_text(value).strip()
        if name == "steps":
            return frozenset(
                Mark(step, state, at, self._agent(login) or 0, clean_line(text).strip())
                for step, state, at, login, text in value
            )
        if name in SET_FIELDS:
            return frozenset(value)
        return value

    def _say(self, number: int, requester: int, fact: Fact, said: list[str]) -> tuple[Change, ...]:
        new = fact.message
        assert new is not None
        self._message += 1
        body = clean_text(new.text)
        said.append(body)
        row = {
            "id": self._message,
            "ticket": number,
            "kind": new.kind.value,
            "at": to_ms(fact.at),
            "agent_id": None if new.requester else self._agent(fact.actor),
            "requester_id": requester if new.requester else None,
            "channel": new.channel,
            "text": body,
            "retracted": False,
        }
        self._add("messages", row)
        return showing(row) if fact.beside is None else self._aside(row, fact.beside)

    def _aside(self, row: dict[str, Any], beside: Beside) -> tuple[Change, ...]:
        """Put a message into its side conversation, which the first one of that subject begins."""
        message, begun = row["id"], (row["ticket"], beside.subject)
        changes: tuple[Change, ...] = ()
        if begun not in self._begun:
            self._side += 1
            side = self._begun[begun] = self._side
            self._add(
                "sides",
                sides.row_of(side, row["ticket"], beside.subject, row["agent_id"], from_ms(row["at"]), OPEN),
            )
            changes = (Change(f"side:{side}", None, OPEN),)
        own, joined, said = sides.rows_beside(
            message, self._begun[begun], beside.subject, beside.writer, beside.people
        )
        self._add("side_messages", own)
        for one in joined:
            self._add("side_people", one)
        content = content_digest(row, (), said)
        return (*changes, Change("message", None, message), Change(f"content:{message}", None, content))

    def _work(self, fact: Fact) -> Change:
        """Return the change that records an entry of time worked, numbered as its event is."""
        agent = self._agent(fact.actor)
        if fact.work is None or agent is None:
            raise InputFileError("time was worked by nobody")
        done = fact.work
        entry = Worked(self._seq, agent, fact.at, done.seconds, clean_line(done.text), done.timed)
        return Change("worked", (), (entry,))

    def _journal(self, event: Event, before: str) -> str:
        row: dict[str, Any] = {
            "seq": event.seq,
            "command": event.command,
            "ticket": event.ticket,
            "kind": event.kind,
            "at": to_ms(event.at),
            "actor": event.actor,
            "via": event.via,
            "login": event.login,
            "changes": encode_changes(event.changes, self._texts),
            "undoes": None,
            "policy": event.policy,
        }
        row["hash"] = chain(before, row)
        self._add("events", row)
        return str(row["hash"])

    def _measure(
        self, ticket: Ticket, requester: Requester, organization: str, said: list[str], before: str
    ) -> Ticket:
        """Let the SLA policy of now measure a ticket that brings none, from its creation on."""
        if ticket.legs or not (self.policy.sla or self.policy.version != 1):
            return ticket

        def asks(asked: Ticket, query: Query) -> bool:
            entry = words.entry(asked.number, asked.subject, requester.name, requester.address, said)
            talk = Talk(f"{entry.subject} {entry.names} {entry.said}", frozenset())
            facts = Facts(
                asked,
                self._known[asked.queue],
                requester,
                lambda: talk,
                lambda: standing(asked, self.policy),
                lambda: asked.links,
                organization or None,
                self._directory.agents,
                states=lambda: self.policy.named,
            )
            return matches(query, facts, DESK, self.now, UTC)

        wanted = chosen(ticket, self.policy, asks)
        whole = replace(ticket, legs=frozenset({Leg(ticket.created_at, wanted.name, self.policy.version)}))
        if measured(ticket, self.policy)[0].terms.same_as(wanted):
            return ticket
        self._seq += 1
        self.events += 1
        event = Event(
            self._seq,
            self.command,
            ticket.number,
            "settled",
            ticket.updated_at,
            None,
            self.via,
            "",
            legs_changed(ticket, whole),
        )
        self._journal(event, before)
        return evolve(ticket, event)

    def _keep(self, ticket: Ticket) -> None:
        number = ticket.number
        self._add("tickets", ticket_row(ticket, self.policy))
        for tag in ticket.tags:
            self._add("tags", {"tag": tag, "ticket": number})
        for agent in sorted(ticket.followers):
            self._add("followers", {"agent_id": agent, "ticket": number})
        for entry in worktime.entry_rows(ticket):
            self._add("worked", entry)
        for link in ticket.links:
            self._add("links", {"ticket": number, "other": link.number, "kind": link.kind})
        for name, value in ticket.fields:
            self._add("fields", {"ticket": number, "name": name, "value": value})
        for item in due_work(ticket, self.policy):
            # What was due before the import is history, and history fires nothing.
            if item.at <= self.now:
                continue
            self._add("due", {"what": item.what, "ticket": number, "ref": 0, "at": to_ms(item.at)})
        if ticket.hold_until is not None and ticket.hold_until > self.now:
            self._add("due", {"what": HOLD, "ticket": number, "ref": 0, "at": to_ms(ticket.hold_until)})

    def _add(self, table: str, row: dict[str, Any]) -> None:
        self._rows.setdefault(table, []).append(row)

    def _agent(self, login: str | None) -> int | None:
        if login is None:
            return None
        found = self._logins.get(login)
        if found is None:
            safe = re.sub(r"[^\w.@-]+", "-", clean_line(login)).strip("-.") or "agent"
            found = self._logins.get(safe)
            if found is None:
                found = people.save_agent(self.connection, AddAgent(safe, login), self._directory)
                self.new_people = True
            self._logins[login] = self._logins[safe] = found
        return found

    def _queue(self, name: str) -> int:
        key = people.queue_key(name)
        found = self._queues.get(key)
        if found is None:
            found = self._queues[key] = people.save_queue(self.connection, AddQueue(name))
            self._known[found] = Queue(found, name, key)
            self.new_people = True
        return found

    def _requester(self, name: str, address: str, organization: str) -> tuple[int, str]:
        key = address.casefold() or name
        found = self._requesters.get(key)
        if found is None:
            number = people.requester_id(self.connection, name, address, organization)
            who = self.connection.execute(
                select(requesters.c.name).where(requesters.c.id == number)
            ).scalar_one()
            found = (number, who)
            if len(self._requesters) < 200_000:
                self._requesters[key] = found
        return found

    def flush(self) -> None:
        """Write the batch."""
        tables = {
            "tickets": tickets,
            "messages": messages,
            "events": events,
            "tags": ticket_tags,
            "followers": ticket_followers,
            "links": ticket_links,
            "fields": ticket_fields,
            "worked": time_entries,
            "sides": side_rows,
            "side_messages": side_messages,
            "side_people": side_people,
            "due": due,
        }
        for name, table in tables.items():
            rows = self._rows.get(name)
            if rows:
                self.connection.execute(insert(table), rows)
        self._rows.clear()
        journal.keep_texts(self.connection, self._texts)
        self._texts.clear()
        words.write(self.connection, self._index, known=False)
        self._index.clear()


def known_external(connection: Connection, wanted: Iterable[str]) -> set[str]:
    """Return which external ids the desk has already."""
    found: set[str] = set()
    keys = [key for key in wanted if key]
    for start in range(0, len(keys), journal.CHUNK):
        chunk = keys[start : start + journal.CHUNK]
        found |= set(
            connection.execute(
                select(tickets.c.external_id).where(tickets.c.external_id.in_(chunk))
            ).scalars()
        )
    return found


def unknown(batch: list[History], known: set[str]) -> list[History]:
    """Return the histories whose external id is neither on the desk nor earlier in the batch."""
    seen, new = set(known), []
    for history in batch:
        if history.external_id and history.external_id in seen:
            continue
        seen.add(history.external_id)
        new.append(history)
    return new
