"""Keys as a person writes them (`30*j <enter>`), and the bytes a terminal sends for them."""

from __future__ import annotations

import re

_NAMED = {
    "enter": b"\r",
    "esc": b"\x1b",
    "tab": b"\t",
    "space": b" ",
    "bs": b"\x7f",
    "pgup": b"\x1b[5~",
    "pgdn": b"\x1b[6~",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
}


def parse(spec: str) -> list[bytes]:
    """Return what each key of a spec sends: `N*` repeats an item, `<name>` is named, the rest is typed."""
    keys: list[bytes] = []
    for item in spec.split():
        count = re.match(r"(\d+)\*(?=.)", item)
        parts = re.findall(r"<[^<>]+>|.", item[count.end() :] if count else item)
        keys += [encode(part) for part in parts] * (int(count[1]) if count else 1)
    return keys


def encode(key: str) -> bytes:
    """Return the bytes of one key. Raises KeyError for a name it does not know."""
    if not (len(key) > 2 and key[0] == "<" and key[-1] == ">"):
        return key.encode()
    name = key[1:-1]
    if re.fullmatch(r"c-[a-z]", name):
        return bytes([ord(name[2].upper()) & 0x1F])
    return _NAMED[name]
