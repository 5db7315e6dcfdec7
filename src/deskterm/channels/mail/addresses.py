"""Address fields: lists, groups, comments and everything that is wrong in real ones, in one pass."""

from __future__ import annotations

import re

from deskterm.channels.mail.encoded import one_line, unfolded, words_decoded
from deskterm.domain.mail import Address

MOST_ADDRESSES = 1000
ADDRESS_LIMIT = 320
"""Characters: 64 before the @ and 255 behind it."""

NAME_LIMIT = 255

_LOCAL = re.compile(r'(?:[^\s@"(),:;<>\[\]\\\x00-\x20\x7f-\x9f]+|"[^"\x00-\x1f\x7f-\x9f]+")')
_DOMAIN = re.compile(r"(?:[\w\-]+(?:\.[\w\-]+)*|\[[0-9A-Za-z:.]+\])")
_ANGLES = re.compile(r"<([^<>]{1,1000})>")
_BARE = re.compile(r"[^\s<>,;:()\[\]\"']{1,128}@[^\s<>,;:()\[\]\"']{1,255}")


def parse_addresses(raw: bytes, charset: str = "") -> tuple[Address, ...]:
    """Return the addresses of a field in order; groups give their members, an empty group none.

    What names nobody by a valid address keeps its words as a name with an empty address.
    """
    found = []
    for words, address in _mailboxes(unfolded(raw).decode("latin-1")):
        name = _name(words, charset)
        clean = valid(_text(address, charset)) if address else ""
        if not clean and not address:
            name, clean = _from_words(name)
        if not clean and address:
            name = name or one_line(_text(address, charset), NAME_LIMIT)
        if name or clean:
            found.append(Address("" if name == clean else name, clean))
        if len(found) == MOST_ADDRESSES:
            break
    return tuple(found)


def valid(text: str) -> str:
    """Return `text` as an address with its domain in lower case, or empty when it is none."""
    text = text.strip()
    if text.startswith("@") and ":" in text:
        text = text.partition(":")[2]  # the route of former times
    if len(text) > ADDRESS_LIMIT:
        return ""
    local, at, domain = text.rpartition("@")
    local, domain = local.strip(), domain.strip().rstrip(".")
    if not at or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return ""
    return f"{local}@{domain.lower()}"


def _from_words(name: str) -> tuple[str, str]:
    """Return the address among words that were no address as they stood: the whole was encoded, say."""
    angles = _ANGLES.search(name)
    if angles and (clean := valid(angles[1])):
        return one_line(name[: angles.start()].strip(" \"'")), clean
    if "@" not in name:
        return name, ""
    if clean := valid(name.strip("\"'")):
        return "", clean
    bare = [clean for found in _BARE.findall(name) if (clean := valid(found))]
    return (name, bare[0]) if len(bare) == 1 else (name, "")


def _text(latin: str, charset: str) -> str:
    return words_decoded(latin.encode("latin-1"), charset)


def _name(latin: str, charset: str) -> str:
    return one_line(_text(latin, charset).strip(), NAME_LIMIT).strip().strip('"').strip()


def _mailboxes(text: str) -> list[tuple[str, str]]:
    """Return (words, address) for each mailbox of a field, read once from left to right."""
    found: list[tuple[str, str]] = []
    words: list[str] = []
    comments: list[str] = []
    address: str | None = None

    def finish() -> None:
        nonlocal address
        said = "".join(words).strip()
        if address is None and "@" in said and "=?" not in said and _ONE_WORD.fullmatch(said):
            address, said = said, ""
        if said or address:
            found.append((said or " ".join(comments).strip(), address or ""))
        elif comments:
            found.append((" ".join(comments).strip(), ""))
        words.clear()
        comments.clear()
        address = None

    place, end = 0, len(text)
    while place < end and len(found) <= MOST_ADDRESSES:
        char = text[place]
        encoded = _ENCODED.match(text, place) if char == "=" else None
        if encoded:
            words.append(encoded[0])  # what it hides is no punctuation of the field
            place = encoded.end()
        elif char == '"':
            said, place = _quoted(text, place)
            # A quoted name may be the local part of an address: "ana ruiz"@example.org
            words.append(f'"{said}"' if text[place : place + 1] == "@" else said)
        elif char == "(":
            said, place = _comment(text, place)
            comments.append(said)
        elif char == "<":
            close = text.find(">", place)
            close = end if close < 0 else close
            inner = text[place + 1 : close].rpartition("<")[2]
            if address is None:
                address = "".join(inner.split()) if '"' not in inner else inner.strip()
            place = close + 1
            while text[place : place + 1] == ">":
                place += 1
        elif char in ",;":
            finish()
            place += 1
        elif char == ":" and address is None and not _NO_GROUP.search("".join(words[-20:])):
            words.clear()  # what stood before is the name of a group
            comments.clear()
            place += 1
        else:
            stop = _END.search(text, place + 1)
            stop_at = stop.start() if stop else end
            words.append(text[place:stop_at])
            place = stop_at
    finish()
    return found


_END = re.compile(r'["(<,;:]|=\?')
_ENCODED = re.compile(r"=\?[^?\s]{1,80}\?[bBqQ]\?[^?]*\?=")
_NO_GROUP = re.compile(r"[@\[]")
_ONE_WORD = re.compile(r'(?:"[^"]{1,200}"@)?\S+')


def _quoted(text: str, place: int) -> tuple[str, int]:
    """Return what the quoted string at `place` says, and where it ends; an open one ends before a <."""
    found = _QUOTED.match(text, place)
    if found:
        return re.sub(r"\\(.)", r"\1", found[1]), found.end()
    stop = text.find("<", place)
    stop = len(text) if stop < 0 else stop
    return text[place + 1 : stop], stop


_QUOTED = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')


def _comment(text: str, place: int) -> tuple[str, int]:
    """Return what the comment at `place` says, with the ones inside it, and where it ends."""
    depth = 0
    for found in _PARENTHESES.finditer(text, place):
        if found[0] == "(":
            depth += 1
        elif found[0] == ")":
            depth -= 1
            if depth == 0:
                return text[place + 1 : found.start()], found.end()
    return text[place + 1 :], len(text)


_PARENTHESES = re.compile(r"\\.|[()]")
