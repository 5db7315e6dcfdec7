"""What the query language makes of words: which was meant, which look like a filter, how several are said."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from deskterm.domain.query import FORM_PREFIX


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that looks most like `name`, None when none does."""
    import difflib  # only when something was mistyped

    known = list(known)
    by_fold = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name[:60].lower(), list(by_fold), n=1, cutoff=0.55)
    if close:
        return by_fold[close[0]]
    longer = [one for one in known if len(name) >= 2 and one.lower().startswith(name.lower())]
    return longer[0] if longer else None


def without_controls(text: str) -> str:
    """Return `text` with control characters and halves of pairs as spaces, every position as it was."""
    if text.isprintable():
        return text
    return "".join([" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text])


def listed(choices: Iterable[str]) -> str:
    """Return the words of a choice as a sentence lists them."""
    *most, last = choices
    return f"{', '.join(most)} or {last}" if most else last


def names_a_field(name: str) -> bool:
    """Return whether `name:` was meant as a filter: not a time of day, a host with a port or an address."""
    if "." in name and not name.startswith(FORM_PREFIX):
        return False
    return name[:1].isalpha() and name.translate({ord(char): None for char in "_-."}).isalnum()
