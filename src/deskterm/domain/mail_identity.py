"""What tells a desk its own mail: signed message ids and tokens that nobody else can make (SEMANTICS E2).

An id is `desk.TAG.TICKET.MESSAGE.SIGNATURE@domain`, a token `TAG-TICKET-SIGNATURE`: in the local part of an
address after a plus sign, or in a text as `[ref:TOKEN]`. The tag says which desk made it, so that another
desk's ids are merely unknown here, while one that claims to be ours and is not signed by us is forged.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

SECRET_BYTES = 32
TAG_LENGTH = 6
SIGNATURE_LENGTH = 26
"""Letters of base32, five bits each: 130 bits that cannot be guessed."""

MOST_DIGITS = 15
"""More digits than any ticket's or message's number has."""

AUTOMATIC = 10**12
"""From here on, the message in an id is none of a ticket's: it is a mail that the desk wrote by itself."""

TEXT_LIMIT = 1_000_000
"""Characters of a text in which tokens are looked for."""

_LETTERS = "[a-z2-7]"
_TAG = f"({_LETTERS}{{{TAG_LENGTH}}})"
_SIGNATURE = f"({_LETTERS}{{{SIGNATURE_LENGTH}}})"
_NUMBER = rf"([0-9]{{1,{MOST_DIGITS}}})"
_ID = re.compile(rf"desk\.{_TAG}\.{_NUMBER}\.{_NUMBER}\.{_SIGNATURE}@[^@\s<>]{{1,255}}", re.I)
_TOKEN = re.compile(rf"{_TAG}-{_NUMBER}-{_SIGNATURE}", re.I)
_IN_TEXT = re.compile(rf"\[ref:{_TAG}-{_NUMBER}-{_SIGNATURE}\]", re.I)


class Claim(NamedTuple):
    """What an id or token says: its ticket, and whether this desk signed it. `message` is 0 for tokens."""

    ticket: int
    message: int
    authentic: bool


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs and recognises, with the secret of a desk."""

    secret: bytes

    @property
    def tag(self) -> str:
        """What marks the ids of this desk; it is no secret."""
        return _letters(self._mac("desk"))[:TAG_LENGTH]

    def message_id(self, ticket: int, message: int, domain: str) -> str:
        """Return the id of a mail that carries a message of a ticket, without angle brackets."""
        return f"desk.{self.tag}.{ticket}.{message}.{self._sign('id', ticket, message)}@{domain}"

    def token(self, ticket: int) -> str:
        """Return what stands for a ticket in an address, and between `[ref:` and `]` in a text."""
        return f"{self.tag}-{ticket}-{self._sign('token', ticket)}"

    def address(self, address: str, ticket: int) -> str:
        """Return an address of the desk whose answers name their ticket: support+TOKEN@example.com."""
        local, at, domain = address.rpartition("@")
        return f"{local}+{self.token(ticket)}{at}{domain}"

    def marker(self, ticket: int) -> str:
        """Return what names a ticket in the text of a mail."""
        return f"[ref:{self.token(ticket)}]"

    def read_id(self, message_id: str) -> Claim | None:
        """Return what an id claims, None when it does not claim to be of this desk."""
        found = _ID.fullmatch(message_id.strip().removeprefix("<").removesuffix(">"))
        if found is None or found[1].lower() != self.tag:
            return None
        ticket, message = int(found[2]), int(found[3])
        return Claim(ticket, message, self._signed(found[4], "id", ticket, message))

    def ids_in(self, text: str) -> Iterator[Claim]:
        """Yield what the ids in a text claim: a report of what came back may quote no more than a header."""
        for found in _ID.finditer(text[:TEXT_LIMIT]):
            claim = self.read_id(found[0])
            if claim is not None:
                yield claim

    def read_address(self, address: str) -> Claim | None:
        """Return what the part after the plus sign claims, None when it is no token of this desk."""
        local = address.rpartition("@")[0]
        found = _TOKEN.fullmatch(local.partition("+")[2])
        return self._claim(found)

    def read_text(self, text: str) -> Iterator[Claim]:
        """Yield what the tokens in a text claim, in their order."""
        for found in _IN_TEXT.finditer(text[:TEXT_LIMIT]):
            claim = self._claim(found)
            if claim is not None:
                yield claim

    def _claim(self, found: re.Match[str] | None) -> Claim | None:
        if found is None or found[1].lower() != self.tag:
            return None
        ticket = int(found[2])
        return Claim(ticket, 0, self._signed(found[3], "token", ticket))

    def _signed(self, signature: str, *facts: str | int) -> bool:
        return hmac.compare_digest(signature.lower(), self._sign(*facts))

    def _sign(self, *facts: str | int) -> str:
        return _letters(self._mac(*facts))[:SIGNATURE_LENGTH]

    def _mac(self, *facts: str | int) -> bytes:
        # Separated by what none of them holds, so that no two lists of facts are signed alike.
        said = "\n".join(str(fact) for fact in facts).encode("ascii")
        return hmac.new(self.secret, said, hashlib.sha256).digest()


def _letters(digest: bytes) -> str:
    return base64.b32encode(digest).decode("ascii").lower()
