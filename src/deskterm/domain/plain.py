"""Text from outside, made safe for a terminal and folded for searching."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

LINE_LIMIT = 1000  # characters: far beyond any screen's width, small enough to clean on every paint
TAB_STOP = 8
TOKEN_LIMIT = 64  # characters: PostgreSQL refuses long words, and both engines must hold the same ones

_JOINER = "\u200d"
_SELECTORS = "\ufe0e\ufe0f"
_KEYCAP = "\u20e3"

# Printable to Python, yet drawn as nothing: fillers and variation selectors, which can carry hidden data.
_BLANKS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)

# Marks that stack: a tower of them is drawn over the rows above and below its own.
_STACKING = (
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u06d6-\u06ed\u0e31\u0e34-\u0e3a"
    "\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_TOWER = f"({_STACKING}{{8}})({_STACKING}+)"

# Scripts written without spaces between words: each character is a token, a word is a phrase of them.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_ASCII_TOKEN = "[a-z0-9]+"
_TOKEN = f"[{_UNSPACED}](?<=\\w)|[^\\W_{_UNSPACED}]+"


@cache
def _pattern(source: str) -> re.Pattern[str]:
    """Compile when first needed: the large classes cost milliseconds that plain ASCII never owes."""
    return re.compile(source)


def clean_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Return `text` as one line of at most `limit` characters which draws only itself.

    Line breaks and tabs become spaces; control, invisible and direction-changing characters become
    visible marks; what does not fit is cut with `…`. Raises ValueError when `limit` is below 1.
    """
    if limit < 1:
        raise ValueError("limit must be at least 1")
    cut = len(text) > limit
    if not cut and text.isascii() and text.isprintable():
        return text
    line = text[:limit].rstrip(_JOINER + _SELECTORS) if cut else text
    line = line.replace("\r\n", " ").replace("\n", " ").replace("\r", " ").replace("\t", " ")
    line = _marked(line)
    if cut or len(line) > limit:
        # A joiner left at the cut would join with whatever is drawn next.
        line = line[: limit - 1].rstrip(_JOINER + _SELECTORS) + "…"
    return line


def clean_text(text: str) -> str:
    """Return `text` with its lines kept and everything else as in `clean_line`, of any length.

    Lines end in `\\n`, tabs are expanded to columns of 8, a carriage return inside a line is shown.
    """
    if text.isascii() and text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join([_marked(line.expandtabs(TAB_STOP)) for line in lines])


def fold(text: str) -> str:
    """Return the form in which text is indexed and searched: tokens separated by single spaces."""
    return " ".join(fold_tokens(text))


def fold_tokens(text: str) -> list[str]:
    """Return the tokens of `text`: lower-case, without accents, letters and digits only.

    A character of a script without spaces (Chinese, Japanese, Korean, Thai…) is a token of its own.
    Tokens are cut to 64 characters. Folding what is folded changes nothing.
    """
    if text.isascii():
        found = _pattern(_ASCII_TOKEN).findall(text.lower())
    else:
        bare = _without_marks(text).casefold()
        # Case folding can compose marks again, and decomposing took Hangul syllables apart.
        found = _pattern(_TOKEN).findall(unicodedata.normalize("NFC", _without_marks(bare)))
    return [token[:TOKEN_LIMIT] for token in found]


def _without_marks(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join([char for char in apart if unicodedata.category(char)[0] != "M"])


def _marked(line: str) -> str:
    """Return one line with visible marks in place of what would not be drawn as itself."""
    if line.isascii() and line.isprintable():
        return line
    if not line.isprintable() or not _BLANKS.isdisjoint(line):
        line = _spelled_out(line)
    return _pattern(_TOWER).sub(lambda tower: f"{tower[1]}‹+{len(tower[2])}›", line)


def _spelled_out(line: str) -> str:
    shown: list[str] = []
    before = ""  # the character just kept; empty at the start and after a mark
    end = len(line)
    for index, char in enumerate(line):
        if char.isprintable() and char not in _BLANKS:
            shown.append(char)
            before = char
            continue
        after = line[index + 1] if index + 1 < end else ""
        drawn = _drawn(char, before, after)
        shown.append(drawn)
        before = char if drawn == char else ""
    return "".join(shown)


def _drawn(char: str, before: str, after: str) -> str:
    """Return what stands for a character that is invisible, unknown or dangerous on a terminal."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if char == _JOINER and _joins(before, after):
        return char
    if char in _SELECTORS and (_pictorial(before) or (after == _KEYCAP and before in set("0123456789#*"))):
        return char
    if unicodedata.category(char) == "Zs":
        return char if char == "\u3000" else " "
    if 0x1F000 <= code <= 0x1FAFF:
        return char  # an emoji younger than this Python
    return f"‹U+{code:04X}›"


def _joins(before: str, after: str) -> bool:
    """Return whether a zero-width joiner is spelling here: inside an emoji, or after a virama."""
    if before == "" or after == "":
        return False
    if unicodedata.combining(before) == 9:
        return after.isalpha() and after not in _BLANKS
    return (before in _SELECTORS or _pictorial(before)) and _pictorial(after)


def _pictorial(char: str) -> bool:
    if char == "":
        return False
    code = ord(char)
    if 0x1F000 <= code <= 0x1FAFF or char in "‼⁉〰ℹ":
        return True
    category = unicodedata.category(char)
    return category == "So" or (category == "Sm" and code >= 0x2190)
