"""Mails for the tests of threading and receiving: values, as the parser gives them."""

from __future__ import annotations

import hashlib
from itertools import count
from typing import Any

from deskterm.domain.mail import Address, Mail, MailPart

_numbers = count(1)


def mail(sender: str = "ana@northwind.example", text: str = "It fails again", **values: Any) -> Mail:
    """A mail of somebody to support@desk.example; every one has an id of its own unless said otherwise."""
    name, address = "", sender
    if "<" in sender:
        name, _, rest = sender.partition("<")
        name, address = name.strip(), rest.rstrip(">")
    number = next(_numbers)
    held: dict[str, Any] = {
        "message_id": f"m{number}@mail.example",
        "in_reply_to": (),
        "references": (),
        "sender": Address(name, address),
        "reply_to": (),
        "to": (Address("", "support@desk.example"),),
        "cc": (),
        "subject": "VPN down",
        "date": None,
        "text": text,
        "new_text": text,
        "return_path": address,
        "fingerprint": hashlib.sha256(f"{sender} {text} {values}".encode()).hexdigest(),
    }
    return Mail(**(held | values))


def file(name: str = "log.txt", content: bytes = b"one line\n", media_type: str = "text/plain") -> MailPart:
    """A file on a mail."""
    return MailPart(name, media_type, content)


def people(*addresses: str) -> tuple[Address, ...]:
    """Addresses without names."""
    return tuple(Address("", address) for address in addresses)


def raw(one: Mail) -> bytes:
    """Some bytes of a mail: what is kept of it beside what was read."""
    head = f"Message-ID: <{one.message_id}>\r\nSubject: {one.subject}\r\n\r\n"
    return (head + one.text).encode("utf-8", "replace")
