"""What people decide on in the outbox: that something is tried at once, or does not leave at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deskterm.domain.decide import not_allowed
from deskterm.domain.errors import NotFound, Refused
from deskterm.domain.events import Change
from deskterm.domain.outgoing import LEFT, OutState
from deskterm.domain.people import Actor, Role
from deskterm.domain.proposal import stamp
from deskterm.storage import journal, outbox, tickets
from deskterm.storage.codec import to_ms

if TYPE_CHECKING:
    from deskterm.storage.database import Connection
    from deskterm.store.dispatch import Dispatcher


def decide(
    dispatcher: Dispatcher, connection: Connection, actor: Actor, number: int, state: OutState
) -> None:
    """Let a row be tried at once, or take it out. Raises NotFound, NotAllowed, Refused."""
    walk = dispatcher.walk(connection, actor)
    row = outbox.one(connection, number)
    ticket = (
        tickets.load(connection, row["ticket"]) if row is not None and row["ticket"] is not None else None
    )
    if row is None or (ticket is not None and ticket.queue in walk.hidden):
        raise NotFound(f"there is nothing {number} in the outbox", field="outbox")
    if not walk.actor.may(Role.AGENT):
        raise not_allowed(walk.actor, "decide on what leaves the house", Role.AGENT)
    held = OutState(row["state"])
    retry = state is OutState.WAITING
    if held in LEFT or (not retry and held is OutState.CANCELLED):
        raise Refused(f"{number} is {held.value} already", field="outbox")
    if retry and held is OutState.CANCELLED:
        raise Refused(f"{number} was not sent: {row['error'] or 'it was taken back'}", hint="write again")
    verb = "Trying again" if retry else "Cancelled"
    # Cancelling is taken back like anything else; what was tried again cannot be.
    by = None if retry or ticket is None else actor.id
    walk.command = journal.new_command(
        connection,
        "Send",
        actor=by,
        via=actor.via,
        at=to_ms(walk.now),
        summary=f"{verb}: {row['target']}",
    )
    values: dict[str, Any] = {"error": "cancelled by hand"}
    if retry:
        values = {"next_at": to_ms(walk.now), "attempts": 0}
    was, is_now = (held.value, outbox.QUEUED) if retry else (outbox.QUEUED, None)
    changes = (Change(f"outbox:{number}", was, is_now), *stamp(f"mail to {row['target']}"))
    kind = "mail_retried" if retry else "mail_cancelled"
    if ticket is None:
        walk.append(None, kind, changes)
    else:
        walk.apply(ticket, ticket.number, kind, changes)
    outbox.put(connection, number, state, **values)
    dispatcher.database.notify(connection, walk.seq)
