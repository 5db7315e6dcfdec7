"""Telling a thank-you from a message that asks for more: the first reopens nothing (SEMANTICS R3)."""

from __future__ import annotations

import re

from deskterm.domain.plain import fold

MOST_WORDS = 25
"""A longer message says something besides."""

_THANKS = re.compile(
    r"\b(thanks?|thank you|thx|ty|cheers|danke|merci|gracias|grazie|obrigad[oa]|tack|takk?|bedankt|dank)\b"
)
_MORE = re.compile(
    r"\b(but|however|still|again|not|no|never|cannot|cant|unfortunately|except|another|also|please|error|"
    r"fails?|failed|broken|aber|noch|nicht|wieder|leider|bitte|mais|encore|pas|pero|aun|todavia|ma|ancora)\b"
)
_DENIED = re.compile(r"n['’]t\b", re.I)
_QUOTED = re.compile(r"^\s*>.*$|^\s*(on .+ wrote:|am .+ schrieb.*:|le .+ a écrit.*:)\s*$", re.M | re.I)
_SIGNATURE = re.compile(r"^-- ?$.*", re.M | re.S)


def is_thanks(text: str) -> bool:
    """Say whether a message is nothing but thanks: short, without a question or anything besides.

    Quoted lines and a signature do not count. In doubt it is no thank-you, and the ticket opens again.
    """
    said = _SIGNATURE.sub("", _QUOTED.sub("", text)).strip()
    if not said or "?" in said or len(said.split()) > MOST_WORDS:
        return False
    words = fold(said)
    more = _MORE.search(words) or _DENIED.search(said)
    return _THANKS.search(words) is not None and more is None
