"""A desk that sends mail, for the tests of sending."""

from __future__ import annotations

from datetime import timedelta

from deskterm.domain import commands as c
from deskterm.domain.delivery import Mailbox
from deskterm.domain.outgoing import Outgoing
from deskterm.store.store import Store
from tests.small_desk import Desk

SENDER = "support@desk.example"
SUPPORT = Mailbox("support", "network", (SENDER,))
ANA, BEN = "ana@northwind.example", "ben@northwind.example"


def next_mail(store: Store, holder: str, span: timedelta) -> Outgoing | None:
    """Take the next mail that is due, for so long; None when none is."""
    return next(iter(store.next_mails(holder, span)), None)


def send_as(desk: Desk, more: str = "", sender: str = f"Support <{SENDER}>") -> None:
    """Let a desk send its mail under an address."""
    head = f'[mail]\nfrom = "{sender}"\n' if sender else ""
    desk.do("dana", c.ApplyPolicy(head + more))
