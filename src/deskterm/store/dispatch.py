"""Dispatch: the one walk every command takes, from the lock to the commit, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from deskterm.domain import commands as c
from deskterm.domain.decide import authorise, decide, settle
from deskterm.domain.errors import Conflict, DeskError, FieldMoved, NotAllowed, NotFound, Refused
from deskterm.domain.events import Change, Event, evolve
from deskterm.domain.kinds import State
from deskterm.domain.people import Actor
from deskterm.domain.policy import Policy
from deskterm.domain.proposal import NewMessage, Proposal, Situation, stamp
from deskterm.domain.ticket import Ticket
from deskterm.domain.triage import opening
from deskterm.domain.views import Outcome
from deskterm.domain.wording import doer, outcome, value_words
from deskterm.storage import journal, people, recounting, tickets, workplace
from deskterm.storage.codec import to_ms
from deskterm.storage.database import Database
from deskterm.storage.kept_holidays import Kept, first_of
from deskterm.storage.people import Directory
from deskterm.storage.policies import Policies
from deskterm.store import (
    asking,
    assigning,
    closing,
    desk_changes,
    following,
    handing,
    hanging,
    mentioning,
    merging,
    processes,
    ringing,
    rule_runner,
    sending,
    siding,
    takeback,
    uploads,
)
from deskterm.store.selection import none_of, shown_by, wanted_by

if TYPE_CHECKING:
    from deskterm.storage.database import Connection
    from deskterm.store.policy_changes import Rehearsed


@dataclass(slots=True)
class Touched:
    """One ticket in a walk: how it stood before, how it stands, and the events in between."""

    before: Ticket | None
    events: list[Event] = field(default_factory=list)
    ticket: Ticket | None = None


class Walk:
    """One command inside its transaction: who, when, under which policy, and what it appended so far."""

    def __init__(
        self, connection: Connection, actor: Actor, now: datetime, policies: Policies, known: Directory
    ) -> None:
        self.connection = connection
        self.actor = actor
        self.now = now
        self.policies = policies
        self.policy = policies.current(connection)
        self.directory = known
        self.hidden = frozenset(known.hidden(actor))
        self.touched: dict[int, Touched] = {}
        self.ruled: dict[int, Touched] = {}
        """What rules did to tickets in this walk: they hear nothing of it themselves."""
        self.urgent: tuple[int, int, int] | None = None
        self.command = 0
        self.seq = 0
        self.rehearsed: Rehearsed | None = None
        self.queues = {queue.id: queue for queue in known.queues.values() if queue.id not in self.hidden}

    def situation(self, **also: Any) -> Situation:
        """What a rule may look at."""
        agents, asks = self.directory.agents, asking.asks(self)
        return Situation(self.actor, self.now, self.policy, self.queues, agents, asks=asks, **also)

    def names(self) -> tuple[dict[int, str], dict[int, str]]:
        """The logins of agents and the names of the queues this actor may know of, by id."""
        return (
            {agent.id: agent.login for agent in self.directory.agents.values()},
            {queue.id: queue.name for queue in self.queues.values()},
        )

    def called(self, state: State) -> str:
        """Return how the desk calls the default state of a category."""
        return self.policy.named.default(state).name

    def begin(self, command: c.Command, summary: str, undoes: int | None = None) -> None:
        """Record the command, so that its events can name it."""
        self.command = journal.new_command(
            self.connection,
            type(command).__name__,
            actor=self.actor.id,
            via=self.actor.via,
            at=to_ms(self.now),
            summary=summary,
            undoes=undoes,
        )

    def append(
        self, ticket: int | None, kind: str, changes: tuple[Change, ...], undoes: int | None = None
    ) -> Event:
        """Append one event to the journal."""
        event = journal.append(
            self.connection,
            Event(
                0,
                self.command,
                ticket,
                kind,
                self.now,
                self.actor.id,
                self.actor.via,
                self.actor.login,
                changes,
                undoes,
                self.policy.version,
            ),
        )
        self.seq = event.seq
        return event

    def all_touched(self) -> dict[int, Touched]:
        """Return all that happened to tickets in this walk, what rules did too."""
        found = dict(self.touched)
        for number, ruled in self.ruled.items():
            one = found.get(number, Touched(ruled.before))
            events = sorted((*one.events, *ruled.events), key=lambda event: event.seq)
            after = ruled.ticket if events and events[-1] in ruled.events else one.ticket
            found[number] = Touched(one.before, events, after)
        return found

    def load(self, number: int) -> Ticket:
        """Return a ticket this actor may know of. Raises NotFound."""
        found = tickets.load(self.connection, number, tuple(self.hidden))
        if found is None:
            raise NotFound(f"there is no ticket #{number}", field="ticket")
        return found

    def apply(
        self,
        ticket: Ticket | None,
        number: int,
        kind: str,
        changes: tuple[Change, ...],
        undoes: int | None = None,
        *,
        indexed: bool = True,
    ) -> Ticket:
        """Append an event, fold it into the ticket and write the row and all that hangs on it.

        Without `indexed` it is not made searchable yet, because another event follows at once that does.
        """
        event = self.append(number, kind, changes, undoes)
        after = evolve(ticket, event)
        touched = self.touched.setdefault(number, Touched(ticket))
        touched.events.append(event)
        touched.ticket = after
        tickets.save(self.connection, ticket, after, event, self.policy, indexed=indexed)
        return after

    def carry_out(self, ticket: Ticket | None, number: int, requester: int, proposal: Proposal) -> Ticket:
        """Apply what a rule proposed, its messages included, and what must follow from it."""
        changes = list(proposal.changes)
        after = ticket
        if proposal.message is not None and ticket is not None:
            changes += self.message(number, requester, proposal.message)
        changes += ringing.set_all(self, number, proposal.rings)
        # A message points to its ticket: a new ticket's first one follows the row.
        follows = ticket is None and proposal.message is not None
        after = self.apply(ticket, number, proposal.kind, tuple(changes), indexed=not follows)
        if ticket is not None and proposal.message is not None and proposal.message.agent is not None:
            workplace.read_own(self.connection, proposal.message.agent, ticket, after)
        if proposal.message is not None and ticket is None:
            after = self.apply(after, number, "received", self.message(number, requester, proposal.message))
        return self.settle(after)

    def settle(self, ticket: Ticket, *, alerts: bool = True) -> Ticket:
        """Apply what must follow from a changed ticket; without `alerts` what rang is left as it is."""
        follow = settle(ticket, self.situation(), alerts=alerts)
        return self.apply(ticket, ticket.number, "settled", follow) if follow else ticket

    def message(self, number: int, requester: int, new: NewMessage) -> tuple[Change, ...]:
        """Store a message and queue the mail it goes out as; returns the changes that show and send it,
        and tell whom it mentions."""
        shown = tickets.add_message(self.connection, number, requester, new, self.now)
        told = mentioning.tell(self, number, shown[0].after, new)
        return shown + told + sending.letter(self, number, shown[0].after, new)


class Dispatcher:
    """Turns commands into commits. Safe from any thread; the directory is read again when it changed."""

    def __init__(self, database: Database, clock: Callable[[], datetime], policy: Policy) -> None:
        self.database = database
        self.clock = clock
        self.policies = Policies(policy, _read_policy)
        self._directory = Directory()
        if (database.upgraded_from or recounting.COUNTED_OTHERWISE) < recounting.COUNTED_OTHERWISE:
            database.write(lambda on: recounting.rows_anew(on, self.policies.current(on)))
            database.upgraded_from = None

    def now(self) -> datetime:
        """The moment, to the millisecond the tables keep."""
        moment = self.clock()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def directory(self, connection: Connection) -> Directory:
        """Return the agents and queues, from memory unless they changed."""
        version = people.directory_version(connection)
        if version != self._directory.version or not self._directory.queues:
            self._directory = people.directory(connection)
        return self._directory

    def dispatch(self, command: c.Command, actor: Actor) -> Outcome:
        """Carry out a command in one transaction. Raises DeskError; then nothing happened at all."""
        known = None
        if isinstance(command, c.ApplyPolicy):
            from deskterm.store import policy_changes

            known = policy_changes.rehearse(self, command, actor)
        upload = uploads.prepare(command) if isinstance(command, uploads.CARRIES) else None

        def work(connection: Connection) -> Outcome:
            if upload is None:
                return self.carry_out(connection, command, actor, known)
            upload.keep(connection)
            return self.carry_out(connection, upload.command, actor, known)

        return self.database.write(work)

    def walk(self, connection: Connection, actor: Actor) -> Walk:
        """Begin a walk as the actor is known now: roles and queues may have changed since login."""
        known = self.directory(connection)
        if actor.agent is not None:
            current = known.agents.get(actor.agent.id)
            if current is None:
                raise NotAllowed(f"{actor.name} is no agent of this desk", hint="an admin can add them")
            actor = replace(actor, agent=current)
        return Walk(connection, actor, self.now(), self.policies, known)

    def carry_out(
        self, connection: Connection, command: c.Command, actor: Actor, known: Rehearsed | None = None
    ) -> Outcome:
        """Carry out a command inside a write transaction. Raises DeskError."""
        walk = self.walk(connection, actor)
        walk.rehearsed = known
        authorise(command, walk.actor)
        match command:
            case c.TicketCommand():
                result = self._on_tickets(walk, command)
            case c.Create():
                result = self._create(walk, command)
            case c.Split():
                result = merging.split(walk, command)
            case c.Together():
                result = self._together(walk, command)
            case c.Rebalance():
                from deskterm.store import rebalancing

                result = rebalancing.carry_out(walk, command, self._on_ticket, self._told)
            case c.Undo() | c.Redo():
                result = takeback.take_back(walk, command)
            case _:
                result = desk_changes.carry_out(walk, command)
        if isinstance(command, c.Undo | c.Redo):
            closing.after(walk)
        else:
            rule_runner.after(walk, intake=isinstance(command, c.Create))
            processes.after(walk)
            closing.after(walk)
            assigning.after(walk)
            sending.after(walk)
            result = replace(result, seq=max(result.seq, walk.seq), hanging=hanging.on_solved(walk))
        handing.after(walk)
        self.database.notify(connection, result.seq)
        return result

    def _create(self, walk: Walk, command: c.Create) -> Outcome:
        requester = people.requester_id(
            walk.connection, command.requester_name, command.requester_address, command.organization
        )
        number = tickets.next_number(walk.connection)
        proposal = opening(command, requester, walk.situation(**asking.urgent(walk, command)))
        summary = outcome(command, (number,), {}, {}, walk.actor.id)
        walk.begin(command, summary)
        walk.carry_out(None, number, requester, proposal)
        return Outcome(walk.command, walk.seq, (number,), (), summary, created=number)

    def _on_tickets(self, walk: Walk, command: c.TicketCommand) -> Outcome:
        wanted = wanted_by(command)
        walk.begin(command, "")
        changed: list[int] = []
        refused: list[tuple[int, DeskError]] = []
        single = len(wanted) == 1 or isinstance(command, c.LinkTo)
        for number in wanted:
            try:
                done = self._on_ticket(walk, command, number)
                if done is not None:
                    changed.append(done)
            except (Refused, NotFound, Conflict) as error:
                if single:
                    raise self._told(walk, error) from None
                refused.append((number, self._told(walk, error)))
        if not changed:
            raise (
                none_of(len(wanted), refused[0][1])
                if refused
                else Refused("nothing changes: it is so already")
            )
        summary = outcome(command, shown_by(command, changed), *walk.names(), walk.actor.id, walk.called)
        journal.rename_command(walk.connection, walk.command, summary)
        told = tuple((number, error.message) for number, error in refused)
        return Outcome(walk.command, walk.seq, tuple(changed), told, summary)

    def _together(self, walk: Walk, command: c.Together) -> Outcome:
        """Carry out the parts in their order; the first that is refused undoes the transaction."""
        walk.begin(command, "")
        changed: dict[int, None] = {}
        said: list[str] = []
        for part in command.parts:
            authorise(part, walk.actor)
            wanted = wanted_by(part)
            for number in wanted:
                try:
                    done = self._on_ticket(walk, part, number)
                except (Refused, NotFound, Conflict) as error:
                    raise self._told(walk, error) from None
                changed[number if done is None else done] = None
            # A part may bring a ticket the process whose gate stands before the next one.
            processes.after(walk)
            said.append(outcome(part, shown_by(part, wanted), *walk.names(), walk.actor.id, walk.called))
        if not changed:
            raise Refused("there is nothing to do")
        summary = " · ".join(said)
        journal.rename_command(walk.connection, walk.command, summary)
        return Outcome(walk.command, walk.seq, tuple(changed), (), summary)

    def _on_ticket(self, walk: Walk, command: c.TicketCommand, number: int) -> int | None:
        """Carry a command out on a ticket; returns the ticket it changed, None when nothing happened."""
        if isinstance(command, c.Merge):
            return merging.merge(walk, command, number)
        if isinstance(command, c.Unmerge):
            return merging.unmerge(walk, command, number)
        if isinstance(command, siding.COMMANDS):
            return siding.carry_out(walk, command, number)
        if isinstance(command, c.UseMacro):
            return rule_runner.use_macro(walk, command, number)
        ticket = asked = walk.load(number)
        if isinstance(command, c.Receive):
            ticket = merging.heir(walk, asked)
            number = ticket.number
            if (begun := following.begun(walk, command, ticket)) is not None:
                return begun
        proposal = decide(command, ticket, walk.situation(**asking.known(walk, command, number)))
        if proposal is None:
            return None
        if asked is not ticket:
            proposal = replace(proposal, changes=(*proposal.changes, *stamp(f"to #{asked.number}")))
        walk.carry_out(ticket, number, asked.requester, proposal)
        if isinstance(command, c.Reply | c.Note) and walk.actor.id is not None:
            kind = "reply" if isinstance(command, c.Reply) else "note"
            tickets.drop_draft(walk.connection, walk.actor.id, number, kind)
        return number

    def _told(self, walk: Walk, error: DeskError) -> DeskError:
        """Add to a conflict who changed the field and when."""
        if not isinstance(error, FieldMoved):
            return error
        for event in reversed(journal.of_ticket(walk.connection, error.ticket)):
            if event.change(error.field) is not None:
                names, queues = walk.names()
                error.by = doer(event, names)
                error.at = event.at
                found = value_words(error.field, error.theirs, names, queues)
                error.message = f"{error.by} set the {error.field} of #{error.ticket} to {found} meanwhile"
                error.args = (error.message,)
                break
        return error


def _read_policy(document: str, kept: Kept) -> Policy:
    from deskterm.domain.policy_file import read_policy
    from deskterm.holiday_dates import holiday_dates

    return read_policy(document, first_of(kept, holiday_dates))
