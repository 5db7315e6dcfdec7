"""Commands on the desk itself: agents, queues, views and reminders, each as an event that can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deskterm.domain import commands as c
from deskterm.domain.decide import not_allowed
from deskterm.domain.errors import Conflict, NotAllowed, NotFound, Refused
from deskterm.domain.events import Change, Event
from deskterm.domain.people import Role
from deskterm.domain.plain import clean_line
from deskterm.domain.query_parser import MAX_LENGTH, parse
from deskterm.domain.views import Outcome
from deskterm.domain.wording import outcome
from deskterm.storage import dead_addresses, desk_rows, journal, people, quarantine, words
from deskterm.storage.codec import to_ms
from deskterm.store import contacts, organizations, recurring, ringing

if TYPE_CHECKING:
    from deskterm.store.dispatch import Walk

NAME_LIMIT = 60
_WORDS = {"queue_saved": "queue", "dead": "address", "quarantine": "mail"}


def carry_out(walk: Walk, command: c.Command) -> Outcome:
    """Carry out a command that is about no single ticket. Raises Refused, NotFound, NotAllowed."""
    numbers: tuple[int, ...] = ()
    if isinstance(command, c.Remind) and command.ticket is not None:
        numbers = (command.ticket,)
    summary = outcome(command, numbers, {}, {}, walk.actor.id)
    walk.begin(command, summary)
    match command:
        case c.Remind():
            ringing.remind(walk, command)
        case c.DismissReminder():
            ringing.dismiss(walk, command)
        case c.ChangeReminder():
            summary = ringing.change(walk, command)
            journal.rename_command(walk.connection, walk.command, summary)
        case c.ChangeRecurring():
            summary = recurring.change(walk, command)
            journal.rename_command(walk.connection, walk.command, summary)
        case c.AddRecurring():
            _desk_event(walk, "recurring", recurring.add(walk, command))
        case c.EndRecurring():
            _desk_event(walk, "recurring", recurring.end(walk, command.recurring))
        case c.SaveView():
            _save_view(walk, command)
        case c.AddAgent():
            _save_agent(walk, command)
        case c.AddQueue():
            _save_queue(walk, command)
        case c.GoAway():
            summary = _go_away(walk, command)
            journal.rename_command(walk.connection, walk.command, summary)
        case c.SaveContact() | c.MergeContacts() | c.AddContactAddress() | c.RemoveContactAddress():
            summary = contacts.carry_out(walk, command)
            journal.rename_command(walk.connection, walk.command, summary)
        case c.SaveOrganization():
            summary = organizations.carry_out(walk, command)
            journal.rename_command(walk.connection, walk.command, summary)
        case c.AllowAddress():
            _allow_address(walk, command)
        case c.DiscardMail():
            _discard(walk, command)
        case c.ApplyPolicy():
            from deskterm.store.policy_changes import apply_file

            summary = apply_file(walk, command)
            journal.rename_command(walk.connection, walk.command, summary)
        case _:
            raise Refused(f"{type(command).__name__} cannot be dispatched")
    return Outcome(walk.command, walk.seq, numbers, (), summary)


def _save_view(walk: Walk, command: c.SaveView) -> None:
    owner = walk.actor.id
    if owner is None:
        raise NotAllowed("only an agent keeps views")
    name = clean_line(command.name).strip()
    if not name or len(name) > NAME_LIMIT:
        raise Refused(f"a view needs a name of at most {NAME_LIMIT} characters", field="name")
    query = clean_line(command.query, MAX_LENGTH).strip()
    if query:
        parse(query)
    before = desk_rows.view(walk.connection, owner, name)
    after = query or None
    if before is None and after is None:
        raise NotFound(f"there is no view {name!r}", field="name")
    if before == after:
        raise Refused(f"the view {name!r} is saved so already", field="name")
    _desk_event(walk, "view", Change(f"view:{owner}:{name}", before, after))


def _save_agent(walk: Walk, command: c.AddAgent) -> None:
    known = people.known_login(walk.connection, command.login)
    before = desk_rows.agent(walk.connection, known) if known is not None else None
    number = people.save_agent(walk.connection, command, walk.directory)
    after = desk_rows.agent(walk.connection, number)
    touched(walk, walk.append(None, "agent", (Change(f"agent:{number}", before, after),)))


def _go_away(walk: Walk, command: c.GoAway) -> str:
    number = command.agent if command.agent is not None else walk.actor.id
    agent = walk.directory.agents.get(number) if number is not None else None
    if agent is None or not agent.active:
        raise NotFound("there is no such agent", field="agent")
    if agent.id != walk.actor.id and not walk.actor.may(Role.LEAD):
        raise not_allowed(walk.actor, "send others away", Role.LEAD)
    if command.until is not None and command.until <= walk.now:
        raise Refused("that time has passed", field="until")
    if command.until is None and not agent.is_away(walk.now):
        raise Refused(f"{agent.login} is here already", field="until")
    before = desk_rows.agent(walk.connection, agent.id)
    assert before is not None
    after = {**before, "away_until": None if command.until is None else to_ms(command.until)}
    _desk_event(walk, "agent", Change(f"agent:{agent.id}", before, after))
    return f"{agent.login} is back" if command.until is None else f"{agent.login} is away"


def _allow_address(walk: Walk, command: c.AllowAddress) -> None:
    address = clean_line(command.address).strip()
    held = dead_addresses.number(walk.connection, address)
    known = {one for one, _, _ in dead_addresses.all_dead(walk.connection, tuple(walk.hidden))}
    if held is None or address.casefold() not in known:
        raise NotFound(f"no mail came back from {address!r}", field="address")
    _desk_event(walk, "address", Change(f"dead:{held}", dead_addresses.DEAD, dead_addresses.ALLOWED))


def _discard(walk: Walk, command: c.DiscardMail) -> None:
    changes = []
    for number in dict.fromkeys(command.mails):
        found = quarantine.one(walk.connection, number)
        if found is None or not found.is_known_in(walk.directory.queues.values(), walk.hidden):
            raise NotFound(f"there is no mail {number} in quarantine", field="mail")
        if found.state != quarantine.WAITING:
            raise Refused(f"mail {number} is {found.state} already", field="mail")
        changes.append(Change(f"quarantine:{number}", quarantine.WAITING, quarantine.DISCARDED))
    for change in changes:
        apply(walk, change)
    walk.append(None, "quarantine", tuple(changes))


def _save_queue(walk: Walk, command: c.AddQueue) -> None:
    known = people.known_queue(walk.connection, command.name)
    before = desk_rows.queue(walk.connection, known) if known is not None else None
    number = people.save_queue(walk.connection, command)
    after = desk_rows.queue(walk.connection, number)
    touched(walk, walk.append(None, "queue", (Change(f"queue_saved:{number}", before, after),)))


def _desk_event(walk: Walk, kind: str, change: Change) -> None:
    apply(walk, change)
    touched(walk, walk.append(None, kind, (change,)))


def put_back(walk: Walk, change: Change) -> None:
    """Make the desk's rows be what an inverse says. Raises Conflict when they were changed since."""
    head, _, rest = change.field.partition(":")
    connection = walk.connection
    found: Any = None
    if head == "policy":
        from deskterm.store import policy_changes

        policy_changes.put_back(walk, change)
        return
    if head == "view":
        owner, _, name = rest.partition(":")
        found = desk_rows.view(connection, int(owner), name)
    elif head == "agent":
        found = desk_rows.agent(connection, int(rest))
        if change.before is not None:
            # An event from before agents had skills or an address, or went away, says nothing of it.
            unsaid: dict[str, Any] = {"skills": [], "away_until": None, "address": ""}
            change = Change(change.field, {**unsaid, **change.before}, change.after)
    elif head == "queue_saved":
        found = desk_rows.queue(connection, int(rest))
    elif head == "recurring":
        found = recurring.held(walk, int(rest))
    elif head == "outbox":
        # What rang has rung, and its mail goes out with it.
        return
    elif head == "reminder":
        row = desk_rows.reminder(connection, int(rest))
        found = row["state"] if row is not None and row["state"] != "cancelled" else None
    elif head == "contact":
        found = contacts.held(walk, int(rest))
    elif head == "organization":
        found = organizations.held(walk, int(rest))
    elif head == "dead":
        found = dead_addresses.state_of(connection, int(rest))
    elif head == "quarantine":
        mail = quarantine.one(connection, int(rest))
        found = mail.state if mail is not None else None
    expected = None if change.before == "cancelled" else change.before
    if found != expected:
        what = _WORDS.get(head, head)
        raise Conflict(f"cannot be taken back: the {what} was changed since", field=what)
    apply(walk, change)


def apply(walk: Walk, change: Change) -> None:
    """Make the desk's rows be what a change says."""
    head, _, rest = change.field.partition(":")
    if head == "view":
        owner, _, name = rest.partition(":")
        desk_rows.put_view(walk.connection, int(owner), name, change.after)
    elif head == "agent":
        desk_rows.put_agent(walk.connection, int(rest), change.after)
    elif head == "queue_saved":
        desk_rows.put_queue(walk.connection, int(rest), change.after)
    elif head == "recurring":
        recurring.put(walk, change)
    elif head in ("reminder", "outbox"):
        ringing.put(walk, change)
    elif head == "contact":
        contacts.put(walk, change)
    elif head == "organization":
        organizations.put(walk, change)
    elif head == "dead":
        dead_addresses.put_state(walk.connection, int(rest), change.after)
    elif head == "quarantine":
        quarantine.put_state(walk.connection, int(rest), change.after)


def touched(walk: Walk, event: Event) -> None:
    """Tell every process that its directory is old, when agents or queues changed."""
    if any(change.field.startswith("queue_saved:") and _reach(change) for change in event.changes):
        words.index_merges(walk.connection)
    if any(change.field.partition(":")[0] in ("agent", "queue_saved") for change in event.changes):
        people.touch_directory(walk.connection, event.seq)


def _reach(change: Change) -> bool:
    """Say whether a queue that was there became confidential, or public."""
    before, after = change.before, change.after
    return bool(before and after and before["confidential"] != after["confidential"])
