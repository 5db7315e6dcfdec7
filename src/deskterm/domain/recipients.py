"""Recipients: exactly who gets a mail of a ticket, and who does not and why, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from deskterm.domain.delivery import bare
from deskterm.domain.mail import Address
from deskterm.domain.mail_settings import is_address

NO_MAIL = "no outgoing mail for this queue"
NOBODY = "nobody to send it to"


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who gets a reply, from whom. `why` says in words why nobody does, "" when somebody does.

    `left_out` are those who take part and get nothing, each with the reason in words.
    """

    sender: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    left_out: tuple[tuple[Address, str], ...] = ()
    why: str = ""

    @property
    def everybody(self) -> tuple[Address, ...]:
        """All who get it, the requester first."""
        return self.to + self.cc


def recipients(
    sender: Address | None,
    requester: Address,
    others: Iterable[Address],
    *,
    own: Collection[str] = (),
    is_dead: Callable[[str], bool] = lambda address: False,
) -> Recipients:
    """Return who gets a reply: the requester and the CCs, nobody twice, no dead address, never the desk."""
    if sender is None:
        return Recipients(None, why=NO_MAIL)
    ours = {bare(address) for address in (*own, sender.address)}
    left: list[tuple[Address, str]] = []
    seen: set[str] = set()

    def good(people: Iterable[Address]) -> Iterator[Address]:
        for one in people:
            key = one.address.casefold()
            if key in seen:
                continue
            seen.add(key)
            why = _why_not(one.address, ours, is_dead)
            if why:
                left.append((one, why))
            else:
                yield one

    to, cc = tuple(good((requester,))), tuple(good(others))
    if not to:
        # A mail goes to somebody: without a requester to send it to, to those who take part.
        to, cc = cc, ()
    why = "" if to else "; ".join(reason for _, reason in left) or NOBODY
    return Recipients(sender, to, cc, tuple(left), why)


def _why_not(address: str, ours: Collection[str], is_dead: Callable[[str], bool]) -> str:
    if "@" not in address:
        return "has no address"
    if not is_address(address):
        return f"{address} is no address that mail can be sent to"
    if bare(address) in ours:
        return f"{address} is this desk's own"
    if is_dead(address):
        return f"{address} is dead: mail came back from it"
    return ""
