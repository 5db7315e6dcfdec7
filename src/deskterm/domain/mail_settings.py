"""How mail leaves a queue: under which address, signed how, and what the desk says by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields

from deskterm.domain.mail import Address
from deskterm.domain.plain import clean_line

OFF = "off"

NAME_LIMIT = 100
ADDRESS_LIMIT = 254
"""Characters of an address: no server takes a longer one."""

LOCAL_LIMIT = 64

_LOCAL = re.compile(r"[^\s()<>\[\]\\,;:\"@\x00-\x20\x7f-\xa0]+")
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """What a queue says of its mail; None is as the desk does, and of the desk: as it comes.

    `sender` is what From says, such as `Support <support@example.com>`; "" sends nothing. `signature` ends
    every mail. The others are templates of what the desk says by itself, "" says nothing: that a ticket was
    opened, solved without a word to its requester, closed because nobody answered, or escalated.
    """

    sender: str | None = None
    signature: str | None = None
    confirmation: str | None = None
    solved: str | None = None
    auto_closed: str | None = None
    escalated: str | None = None

    def __bool__(self) -> bool:
        """Say whether anything is said."""
        return self != _NOTHING

    def over(self, base: MailSettings) -> MailSettings:
        """Return these settings, and those of a base where nothing is said."""
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        return MailSettings(
            **{name: getattr(base, name) if said is None else said for name, said in own.items()}
        )

    def template(self, name: str) -> str | None:
        """Return a template by its name, one of TEMPLATES; None when nothing is said of it."""
        found: str | None = getattr(self, name)
        return found

    @property
    def address(self) -> Address | None:
        """Whom the mail is from, None when nothing is sent."""
        return read_sender(self.sender) if self.sender else None


_NOTHING = MailSettings()

TEMPLATES = ("confirmation", "solved", "auto_closed", "escalated")

AS_IT_COMES = MailSettings(
    sender="",
    signature="",
    confirmation="""\
Hello,

we have received your request and keep it as number {ticket.number}. Somebody of {queue.name} will look at \
it and answer you by mail.

To add something, just answer this mail: what you write is filed with your request.""",
    solved="""\
Hello,

we have marked your request {ticket.number} as solved. If it is not, just answer this mail, and we go on \
with it.""",
    auto_closed="""\
Hello,

we have closed your request {ticket.number}, because it was solved and we heard nothing more. If something \
is still wrong, just answer this mail.""",
    escalated="",
)
"""What holds where a policy says nothing: no mail is sent before it has an address to be sent from."""


def is_address(address: str) -> bool:
    """Say whether mail can be sent to an address: one that no server would read as anything else."""
    local, at, domain = address.rpartition("@")
    if not at or len(address) > ADDRESS_LIMIT or len(local) > LOCAL_LIMIT:
        return False
    if _LOCAL.fullmatch(local) is None or local.startswith((".", "-")) or local.endswith("."):
        return False
    return ".." not in local and all(_LABEL.fullmatch(label) for label in domain.split("."))


def read_sender(text: str) -> Address:
    """Return an address with a name, written `Support <support@example.com>`. Raises ValueError."""
    said = clean_line(text).strip()
    name, bracket, rest = said.rpartition("<")
    address = rest.removesuffix(">").strip() if bracket else said
    if (bracket and not rest.endswith(">")) or not is_address(address):
        raise ValueError(f'"{said}" is no address; expected such as Support <support@example.com>')
    name = name.strip().strip('"').strip()
    if len(name) > NAME_LIMIT:
        raise ValueError(f"the name is longer than {NAME_LIMIT} characters")
    local, _, domain = address.rpartition("@")
    return Address(name, f"{local}@{domain.casefold()}")


def write_sender(address: Address) -> str:
    """Return an address with its name as a policy writes it."""
    return f"{address.name} <{address.address}>" if address.name else address.address


PLACEHOLDERS = (
    "ticket.number",
    "ticket.subject",
    "requester.name",
    "requester.first_name",
    "queue.name",
)
"""What a template may name; nothing else of a ticket is ever put into one."""

_PLACEHOLDER = re.compile(r"\{([^{}\n]{1,40})\}")


def unknown_placeholders(template: str) -> Iterator[str]:
    """Yield what stands in braces in a template and means nothing."""
    yield from (found[1] for found in _PLACEHOLDER.finditer(template) if found[1] not in PLACEHOLDERS)


def filled(template: str, values: dict[str, str]) -> str:
    """Return a template with its placeholders filled, in one pass: what is put in is not read again."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)
