"""Links in texts: where they really lead, found in one pass and never followed by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

MOST = 200
"""Links listed of one ticket."""

LONGEST = 4000
"""Characters of a link; what is longer is cut and cannot be opened."""

_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"`\x00-\x1f\x7f]+", re.IGNORECASE)
_AFTER = ".,;:!?'»”’…"
_PAIRS = {")": "(", "]": "[", "}": "{"}


class Target(NamedTuple):
    """Where a link leads: the whole of it, its host as it is asked for, and what is odd about it."""

    url: str
    host: str
    odd: str = ""


def links_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the links of texts, each once, in their order."""
    found: dict[str, None] = {}
    for text in texts:
        if "://" not in text and "mailto:" not in text.casefold():
            continue
        for one in _LINK.finditer(text):
            found[_trimmed(one[0])] = None
            if len(found) >= MOST:
                return tuple(found)
    return tuple(found)


def _trimmed(url: str) -> str:
    """Take away what a sentence puts after a link."""
    url = url[:LONGEST]
    while url:
        last = url[-1]
        opened = _PAIRS.get(last)
        if last not in _AFTER and (opened is None or url.count(last) <= url.count(opened)):
            break
        url = url[:-1]
    return url


def target(url: str) -> Target:
    """Say where a link leads: letters that look like others are written as they are looked up."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or parts.path.partition("?")[0].rpartition("@")[2]
    except ValueError:
        return Target(url, "", "it is no address that can be understood")
    odd = []
    if not host.isascii():
        try:
            asked = host.encode("idna").decode()
        except UnicodeError:
            asked = ""
        odd.append(f"the host is asked for as {asked}" if asked else "the host is no name that exists")
        host = asked or host
    elif "xn--" in host:
        odd.append("the host is written in letters that look like others")
    if "@" in parts.netloc:
        odd.append("what stands before @ is no host")
    if host.replace(".", "").isdigit():
        odd.append("the host is a bare number")
    if parts.scheme.casefold() == "http":
        odd.append("it is not encrypted")
    if not url.isascii() and host.isascii() and not odd:
        odd.append("it has letters that may look like others")
    return Target(url, host, "; ".join(odd))
