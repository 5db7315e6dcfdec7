"""Mails into bytes: every header made from cleaned words, so that no text can add one or begin a body."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from deskterm.channels.mail.markup import to_html
from deskterm.domain.mail import Address
from deskterm.domain.outgoing import Outgoing
from deskterm.domain.plain import clean_line, clean_text
from deskterm.domain.ticket import Attachment

_ID = re.compile(r"[!-;=?-~]{1,480}")
"""An id that stands in a header as it is: printable ASCII without angle brackets."""

_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
_OF_MAILS = ("message", "multipart")

LONGEST_LINE = 900
"""Characters of a header's line: servers take 998."""

File = tuple[Attachment, bytes]


def render(mail: Outgoing, files: Iterable[File] = ()) -> bytes:
    """Return a mail as it is sent; the same mail always as the same bytes but for its parts' borders."""
    return "".join(_head(mail)).encode("ascii") + _body(mail, files)


def _head(mail: Outgoing) -> Iterable[str]:
    yield _line("Message-ID", f"<{mail.message_id}>")
    yield _line("Date", format_datetime(mail.written_at))
    yield _line("From", _people((mail.sender,)))
    yield _line("To", _people(mail.to))
    if mail.cc:
        yield _line("Cc", _people(mail.cc))
    yield _line("Subject", _words(mail.subject))
    if _ID.fullmatch(mail.in_reply_to):
        yield _line("In-Reply-To", f"<{mail.in_reply_to}>")
    known = [f"<{one}>" for one in mail.references if _ID.fullmatch(one)]
    if known:
        yield _line("References", "\r\n ".join(known))
    if mail.automatic:
        yield _line("Auto-Submitted", "auto-generated")
        yield _line("Precedence", "bulk")
        yield _line("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply")


def _line(name: str, value: str) -> str:
    """Return a header: line ends are only those that were put in here, each before a space."""
    folded = value.replace("\r\n ", " ")
    if any(ord(char) < 32 or ord(char) > 126 for char in folded):
        raise ValueError(f"the header {name} would hold a character that no header may")
    return f"{name}: {value}\r\n"


def _words(text: str) -> str:
    said = clean_line(text, LONGEST_LINE).strip()
    if said.isascii():
        return said
    return Header(said, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _people(people: Iterable[Address]) -> str:
    return ",\r\n ".join(_person(one) for one in people)


def _person(one: Address) -> str:
    name = clean_line(one.name, 100).strip()
    address = wire_address(one.address)
    if not name or ("@" in name and name.casefold() == one.address.casefold()):
        return address
    return formataddr((name, address)) if name.isascii() else _encoded(name, address)


def _encoded(name: str, address: str) -> str:
    return f"{Header(name, 'utf-8').encode(linesep=chr(13) + chr(10))} <{address}>"


def wire_address(address: str) -> str:
    """Return an address in ASCII, its domain encoded where it must be. Raises ValueError."""
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise ValueError(f"{address} cannot be written in ASCII, and this desk sends nothing else")
    if not domain.isascii():
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}"


def _body(mail: Outgoing, files: Iterable[File]) -> bytes:
    message = EmailMessage(policy=SMTP)
    text = clean_text(mail.text).rstrip("\n") + "\n"
    html = to_html(text, mail.marker)
    message.set_content(f"{text}\n{mail.marker}\n" if mail.marker else text, cte="quoted-printable")
    if html:
        message.add_alternative(html, subtype="html", cte="quoted-printable")
    for file, content in files:
        kind = file.media_type.casefold()
        main, _, sub = kind.partition("/") if _TYPE.fullmatch(kind) else ("application", "", "octet-stream")
        if main in _OF_MAILS:
            main, sub = "application", "octet-stream"
        name = clean_line(file.name, 255).strip() or "file"
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    for part in message.walk():
        if part is not message:
            # Said once, for the whole mail.
            del part["MIME-Version"]
    return message.as_bytes()
