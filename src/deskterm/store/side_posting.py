"""Posting beside: what a mail of a side conversation says when it is sent, which is nothing of its ticket."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from deskterm.domain.mail import Address
from deskterm.domain.outgoing import Outgoing
from deskterm.storage import mail as kept
from deskterm.storage import sides, tickets
from deskterm.storage.codec import from_ms
from deskterm.store.siding import taking_part

if TYPE_CHECKING:
    from deskterm.domain.sides import Side
    from deskterm.storage.codec import Row
    from deskterm.storage.database import Connection

REFERENCES = 20
"""Ids of earlier mails that a mail names: those of its own conversation alone."""


def outgoing(
    connection: Connection,
    row: Row,
    side: Side,
    signature: str,
    sender: Address,
    to: Collection[Address],
    live: Collection[str],
) -> Outgoing | str:
    """Return everything a row's mail says, or why it is not sent after all."""
    home = tickets.load(connection, side.ticket)
    text = sides.text_of(connection, row["message"])
    if text is None or home is None:
        return "the message was taken back"
    takes_part = taking_part(connection, home)
    # Who became a requester of the ticket since, by a merge, reads nothing of what was said beside it.
    left = tuple(sorted(address for address in live if not takes_part(address)))
    if not left:
        return "everybody it was for takes part in the ticket itself"
    if signature:
        text = f"{text.rstrip()}\n\n-- \n{signature}"
    earlier = sides.ids_of(connection, side.id, row["message"], REFERENCES)
    theirs = [one for one, came_in in earlier if came_in]
    ids = [one for one, _ in earlier]
    return Outgoing(
        row["id"],
        row["message_id"],
        sender,
        tuple(one for one in to if not takes_part(one.address)),
        (),
        left,
        row["subject"],
        text,
        from_ms(row["at"]),
        row["attempts"],
        (theirs or ids or [""])[-1],
        tuple(ids),
        files=kept.parts_of(connection, [row["message"]]).get(row["message"], ()),
        marker=kept.sure_signer(connection).side_marker(side.ref),
    )
