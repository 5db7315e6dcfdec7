"""What tells a desk its own mail: signed message ids and tokens that nobody else can make (SEMANTICS E2).

An id is `desk.TAG.TICKET.MESSAGE.SIGNATURE@domain`, a token `TAG-TICKET-SIGNATURE`: in the local part of an
address after a plus sign, or in a text as `[ref:TOKEN]`. The tag says which desk made it, so that another
desk's ids are merely unknown here, while one that claims to be ours and is not signed by us is forged.

Those of a side conversation hold letters drawn by lot in place of the ticket's number, and letters in place
of the message's: who gets its mails learns neither.
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

REF_LENGTH = 16
"""Letters by which a side conversation is named outside the desk, drawn by lot: 75 bits."""

_LETTERS = "[a-z2-7]"
_TAG = f"({_LETTERS}{{{TAG_LENGTH}}})"
_SIGNATURE = f"({_LETTERS}{{{SIGNATURE_LENGTH}}})"
_NUMBER = rf"([0-9]{{1,{MOST_DIGITS}}})"
_REF = f"([a-z]{{{REF_LENGTH}}})"
_PLACE = "([a-z]{1,12})"
_ANY_CASE = re.ASCII | re.IGNORECASE
"""Letters of ASCII alone: ignoring case, others would be taken for some of them."""

_ID = re.compile(rf"desk\.{_TAG}\.{_NUMBER}\.{_NUMBER}\.{_SIGNATURE}@[^@\s<>]{{1,255}}", _ANY_CASE)
_TOKEN = re.compile(rf"{_TAG}-{_NUMBER}-{_SIGNATURE}", _ANY_CASE)
_SIDE_ID = re.compile(rf"desk\.{_TAG}\.{_REF}\.{_PLACE}\.{_SIGNATURE}@[^@\s<>]{{1,255}}", _ANY_CASE)
_SIDE_TOKEN = re.compile(rf"{_TAG}-{_REF}-{_SIGNATURE}", _ANY_CASE)
_IN_TEXT = re.compile(r"\[ref:([a-z0-9-]{1,80})\]", _ANY_CASE)


class Claim(NamedTuple):
    """What an id or token says: its ticket, and whether this desk signed it. `message` is 0 for tokens.

    `side` names a side conversation; then the ticket is the desk's to know, and 0.
    """

    ticket: int
    message: int
    authentic: bool
    side: str = ""


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

    def side_id(self, ref: str, message: int, domain: str) -> str:
        """Return the id of a mail of a side conversation."""
        place = in_letters(message)
        return f"desk.{self.tag}.{ref}.{place}.{self._sign('side id', ref, place)}@{domain}"

    def side_marker(self, ref: str) -> str:
        """Return what names a side conversation in the text of its mails."""
        return f"[ref:{self.tag}-{ref}-{self._sign('side token', ref)}]"

    def read_id(self, message_id: str) -> Claim | None:
        """Return what an id claims, None when it does not claim to be of this desk."""
        bare = message_id.strip().removeprefix("<").removesuffix(">")
        found = _ID.fullmatch(bare)
        if found is None:
            return self._side_claim(_SIDE_ID.fullmatch(bare))
        if found[1].lower() != self.tag:
            return None
        ticket, message = int(found[2]), int(found[3])
        return Claim(ticket, message, self._signed(found[4], "id", ticket, message))

    def ids_in(self, text: str) -> Iterator[Claim]:
        """Yield what the ids in a text claim: a report of what came back may quote no more than a header."""
        for pattern in (_ID, _SIDE_ID):
            for found in pattern.finditer(text[:TEXT_LIMIT]):
                claim = self.read_id(found[0])
                if claim is not None:
                    yield claim

    def read_address(self, address: str) -> Claim | None:
        """Return what the part after the plus sign claims, None when it is no token of this desk."""
        local = address.rpartition("@")[0]
        return self._claim(local.partition("+")[2])

    def read_text(self, text: str) -> Iterator[Claim]:
        """Yield what the tokens in a text claim, in their order."""
        for found in _IN_TEXT.finditer(text[:TEXT_LIMIT]):
            claim = self._claim(found[1])
            if claim is not None:
                yield claim

    def _side_claim(self, found: re.Match[str] | None) -> Claim | None:
        if found is None or found[1].lower() != self.tag:
            return None
        ref, place = found[2].lower(), found[3].lower()
        return Claim(0, 0, self._signed(found[4], "side id", ref, place), ref)

    def _claim(self, token: str) -> Claim | None:
        found = _TOKEN.fullmatch(token) or _SIDE_TOKEN.fullmatch(token)
        if found is None or found[1].lower() != self.tag:
            return None
        if found[2].isalpha():
            ref = found[2].lower()
            return Claim(0, 0, self._signed(found[3], "side token", ref), ref)
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


def in_letters(number: int) -> str:
    """Return a number as letters: where digits would be taken for a ticket's."""
    found = ""
    while True:
        number, rest = divmod(number, 26)
        found = chr(ord("a") + rest) + found
        if not number:
            return found


def _letters(digest: bytes) -> str:
    return base64.b32encode(digest).decode("ascii").lower()
