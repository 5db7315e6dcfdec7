"""A mail as the desk knows it: who wrote to whom, what is new in it, what hangs on it, and what made it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deskterm.domain.errors import InputFileError


class MailRefused(InputFileError):
    """A mail that cannot be read within the limits; `message` says which one, for the quarantine."""


@dataclass(frozen=True, slots=True)
class Address:
    """A name and an address, as the mail gives them; the name may be empty and proves nothing.

    `address` is `local@domain` with the domain in lower case and nothing else in it, or empty
    when the mail names somebody without one.
    """

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class MailPart:
    """A file that hangs on a mail: its bytes as they were before they were encoded for sending.

    `name` is a label of one line, at most 255 bytes of UTF-8, without separators of paths: it never
    says where to write. `media_type` is what the sender claims, such as `image/png`. An `inline` part is
    shown within the text by those who can, which refers to it by its `content_id` (without brackets).
    """

    name: str
    media_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, read. Every id is without its angle brackets; no text holds a control character
    but line feeds and, in `text` and `new_text`, tabs.

    `sender` is the first of From, None when there is none; `date` is what the mail says in UTC (None when
    it says nothing that is a time) and orders nothing; `received_at` is when the last server on the way
    took it, which only imports of old mail go by. `text` is all of it as readable text; `new_text` is that
    without quotes and signature, and may be empty. `return_path` is empty when the mail has none or `<>`
    (`null_return_path` tells them apart). `recipients` are the addresses it was delivered to, by headers that
    servers add (Delivered-To, X-Original-To, Envelope-To). `authentication` holds the headers called
    Authentication-Results, of which a channel may trust those its own server wrote. `fingerprint` is the
    same for the same mail however it came, in hexadecimal digits, and stands in for a missing id.
    `bounced_ids` are the ids of the mail a bounce is about: they say on which ticket it belongs. `bounce_for`
    is the first address that it names, `bounce_dead` are all those that it says are gone for good.
    """

    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sender: Address | None
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    date: datetime | None
    text: str
    new_text: str
    attachments: tuple[MailPart, ...] = ()
    is_auto: bool = False
    auto_reason: str = ""
    is_bounce: bool = False
    bounce_for: str = ""
    bounce_permanent: bool = False
    spam_hints: tuple[str, ...] = ()
    return_path: str = ""
    null_return_path: bool = False
    list_id: str = ""
    recipients: tuple[str, ...] = ()
    authentication: tuple[str, ...] = ()
    received_at: datetime | None = None
    fingerprint: str = ""
    bounced_ids: tuple[str, ...] = ()
    bounce_dead: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """The id that makes a second delivery known: the mail's own, else one made from what it says."""
        return self.message_id or f"{self.fingerprint}@no-id.invalid"
