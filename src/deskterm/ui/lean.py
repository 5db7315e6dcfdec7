"""Fewer bytes on the line: between two pieces of text only what differs of their style is written."""

from __future__ import annotations

import re
from functools import lru_cache

from textual.driver import Driver

_SGR = re.compile("\x1b\\[([0-9;]*)m")
_PARTS = re.compile("[34]8;(?:5;\\d+|2;\\d+;\\d+;\\d+)|\\d+")
RESET = "\x1b[0m"


def lean(sequence: str) -> str:
    """Leave out resets and colours that the next piece of text would set again; it looks the same."""
    if RESET + "\x1b[" not in sequence:
        return sequence
    out: list[str] = []
    held = ""
    at = 0
    for found in _SGR.finditer(sequence):
        begin, end = found.span()
        codes = found[1]
        between = sequence[at:begin]
        out.append(between)
        at = end
        if codes in ("", "0"):
            following = _SGR.match(sequence, end)
            if held and following and following[1] not in ("", "0"):
                continue  # what comes next says what has to change
            held = ""
            out.append(found[0])
        else:
            step = _step(held, codes) if held else codes
            held = codes
            if step:
                out.append(f"\x1b[{step}m")
    out.append(sequence[at:])
    return "".join(out)


@lru_cache(maxsize=4096)
def _step(before: str, after: str) -> str:
    """Return the codes that lead from one style to another; the whole of it when flags have to go."""
    old, new = _PARTS.findall(before), _PARTS.findall(after)
    if not {_kind(code) for code in old} <= {_kind(code) for code in new}:
        if old[:1] == ["1"] and {_kind(code) for code in old[1:]} <= {_kind(code) for code in new}:
            return ";".join(["22", *(code for code in new if code not in old)])
        return f"0;{after}"
    return ";".join(code for code in new if code not in old)


def _kind(code: str) -> str:
    """Say what a code sets: the colour of text, of the ground, or a flag of its own."""
    if code.startswith("38") or (len(code) == 2 and code[0] in "39" and code != "38"):
        return "text"
    if code.startswith("48") or (len(code) == 2 and code[0] == "4") or (len(code) == 3 and code[:2] == "10"):
        return "ground"
    return code


@lru_cache(maxsize=4)
def lean_driver(base: type[Driver]) -> type[Driver]:
    """Return a driver that writes as `base` does, with fewer bytes."""

    class LeanDriver(base):  # type: ignore[misc, valid-type]
        """Writes what the terminal does not know yet."""

        def write(self, data: str) -> None:
            """Write a frame."""
            super().write(lean(data))

    return LeanDriver
