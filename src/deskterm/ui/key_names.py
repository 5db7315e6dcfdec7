"""How keys are written for people: `↵` for enter, `^S` for ctrl+s, `g i` for one after the other."""

from __future__ import annotations

_SHOWN = {
    "enter": "↵",
    "escape": "Esc",
    "space": "␣",
    "slash": "/",
    "colon": ":",
    "question_mark": "?",
    "full_stop": ".",
    "comma": ",",
    "plus": "+",
    "asterisk": "*",
    "backslash": "\\",
    "equals_sign": "=",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "tab": "Tab",
    "shift+tab": "⇧Tab",
}


def shown_key(key: str) -> str:
    """Write a key (or a sequence of two) the way a person would: `↵`, `^S`, `g i`."""
    return " ".join(_shown_one(part) for part in key.split(" "))


def _shown_one(key: str) -> str:
    if key.startswith("ctrl+"):
        return "^" + key.removeprefix("ctrl+").upper()
    return _SHOWN.get(key, key)
