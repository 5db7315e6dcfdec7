"""Placing: where a mail that comes in belongs, side conversations included, whose people are their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from deskterm.domain.mail_threading import Participates, SideThread, Thread, find_thread, references
from deskterm.storage import mail as kept
from deskterm.storage import sides

if TYPE_CHECKING:
    from deskterm.domain.mail import Mail
    from deskterm.domain.mail_identity import Signer
    from deskterm.domain.people import Agent
    from deskterm.domain.sides import Side
    from deskterm.storage.database import Connection


def thread(
    connection: Connection, mail: Mail, signer: Signer, sender: str, takes_part: Participates
) -> Thread:
    """Say where a mail belongs, by what the desk has seen and who its sender is."""
    ids = references(mail)
    aside = _Asides(connection, sender)
    held = kept.known_ids(connection, ids)
    return find_thread(mail, signer, held, takes_part, aside.stored(ids), aside.called)


class _Asides:
    """Looks side conversations up for one sender."""

    def __init__(self, connection: Connection, sender: str) -> None:
        self._connection = connection
        self._sender = sender.casefold()

    def stored(self, ids: Collection[str]) -> Mapping[str, SideThread]:
        """Return the side conversations of mail ids that the desk has seen in one."""
        held = sides.ids_known(self._connection, ids)
        found = {number: sides.one(self._connection, number) for number in set(held.values())}
        return {
            one: self._thread(side) for one, number in held.items() if (side := found[number]) is not None
        }

    def called(self, ref: str) -> SideThread | None:
        """Return one by what names it in mails, None when there is none (any more)."""
        side = sides.called(self._connection, ref)
        return self._thread(side) if side is not None else None

    def _thread(self, side: Side) -> SideThread:
        mine = any(one.address.casefold() == self._sender for one in side.people)
        return SideThread(side.id, side.ticket, mine)


def colleague(agents: Iterable[Agent], address: str) -> Agent | None:
    """Return the agent who works here and has an address, or a login that is one; None for nobody."""
    wanted = address.casefold()
    known = (agent for agent in agents if agent.active)
    return next((one for one in known if wanted in (one.address.casefold(), one.login.casefold())), None)
