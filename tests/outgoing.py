"""A desk that sends mail, for the tests of sending."""

from __future__ import annotations

from deskterm.domain import commands as c
from deskterm.domain.delivery import Mailbox
from tests.small_desk import Desk

SENDER = "support@desk.example"
SUPPORT = Mailbox("support", "network", (SENDER,))
ANA, BEN = "ana@northwind.example", "ben@northwind.example"


def send_as(desk: Desk, more: str = "", sender: str = f"Support <{SENDER}>") -> None:
    """Let a desk send its mail under an address."""
    head = f'[mail]\nfrom = "{sender}"\n' if sender else ""
    desk.do("dana", c.ApplyPolicy(head + more))
