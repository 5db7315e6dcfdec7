"""Quarantine: what is known of a mail that could not be handled and waits for a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from deskterm.domain.people import Queue

WAITING, STORED, DISCARDED = "waiting", "stored", "discarded"

FLOOD = "flood: "
"""How the reason begins of a mail that is held only because too many came."""

MORE = "flooded"
"""The event of a mail that is held after people were told of the flood: no terminal rings for it again."""

LISTED = 1000
"""The newest mails that are listed at once; more may wait behind them."""

SAID_LIMIT = 300
"""Characters of a reason, sender or subject that are kept beside the bytes."""


def how_many(count: int) -> str:
    """Say how many mails are listed, and that there may be more than that."""
    if count >= LISTED:
        return f"more than {LISTED - 1:,} mails"
    return f"{count:,} mail{'' if count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One mail in quarantine: when it came to which mailbox, and why it could not be handled.

    `queue` is where its ticket would be opened ("" the first queue); `ticket` is where a retry put it.
    """

    number: int
    at: datetime
    mailbox: str
    queue: str
    reason: str
    sender: str
    subject: str
    size: int
    state: str = WAITING
    ticket: int | None = None

    def is_known_in(self, queues: Iterable[Queue], hidden: Collection[int]) -> bool:
        """Say whether somebody for whom some queues (ids) do not exist may know of it.

        What was meant for a queue that nobody has heard of is for everybody to put right.
        """
        wanted = self.queue.casefold()
        by_id = sorted(queues, key=lambda queue: queue.id)
        named = [queue for queue in by_id if wanted in (queue.key.casefold(), queue.name.casefold())]
        place = named if wanted else by_id[:1]
        return not any(queue.id in hidden for queue in place)
