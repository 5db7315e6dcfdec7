"""What could come next in a query that is being typed: field names, their values, and a line of help each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from deskterm.domain.query import AHEAD, FIELDS, FORM_PREFIX, IS_VALUES, Exact, format_value

MOST = 50  # completions: more than any list shows


class Completion(NamedTuple):
    """Replacing the query's characters from `start` up to `end` by `text` completes it."""

    start: int
    end: int
    text: str
    help: str


def complete(text: str, cursor: int, values: Mapping[str, Sequence[str]] | None = None) -> list[Completion]:
    """Return what may stand at `cursor` (an index into `text`), best first, 50 at most.

    `values` holds, by field name (`field.NAME` for a form's), the names the desk knows: queues, agents, tags.
    Inside a quoted phrase there is nothing to complete.
    """
    values = values or {}
    cursor = max(0, min(cursor, len(text)))
    start = _start_of_word(text, cursor)
    typed = text[start:cursor]
    if typed.startswith("-"):
        start, typed = start + 1, typed[1:]
    if typed.startswith('"'):
        return []
    name, colon, rest = typed.partition(":")
    if not colon:
        end = _end_of_word(text, cursor, stop_after_colon=True)
        return _matching(typed, start, end, _names(values))
    begin = cursor - len(_last_value(rest))
    end = _end_of_word(text, cursor, stop_after_colon=False)
    return _matching(text[begin:cursor].strip('"'), begin, end, _values(name.lower(), values))


def _start_of_word(text: str, cursor: int) -> int:
    start, quoted = 0, False
    for index in range(cursor):
        char = text[index]
        if char == '"':
            quoted = not quoted
        elif not quoted and (char.isspace() or char in "()"):
            start = index + 1
    return start


def _last_value(values: str) -> str:
    begin, quoted = 0, False
    for index, char in enumerate(values):
        if char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            begin = index + 1
    return values[begin:]


def _end_of_word(text: str, cursor: int, stop_after_colon: bool) -> int:
    end = cursor
    while end < len(text) and not text[end].isspace() and text[end] not in '(),"':
        end += 1
        if stop_after_colon and text[end - 1] == ":":
            break
    return end


def _names(values: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    yield "is:", "what is so: open, mine, unread, any…"
    for name, info in FIELDS.items():
        yield f"{name}:", info.help
    for name in values:
        if name.startswith(FORM_PREFIX):
            yield f"{name}:", "a field of a form"


def _values(name: str, values: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    if name == "is":
        yield from IS_VALUES.items()
        return
    info = FIELDS.get(name)
    if info is None and name not in values:
        return
    kind = info.kind if info else "text"
    if kind == "people":
        yield "me", "the one who asks"
    if kind == "time":
        yield "today", "since midnight"
        yield "yesterday", "the day before today"
        ahead = name in AHEAD
        for span in ("2h", "1d", "7d"):
            yield f"<{span}", f"{'within' if ahead else 'less than'} {span} {'from now' if ahead else 'ago'}"
    if kind == "duration":
        for span in ("15m", "1h", "4h"):
            yield f">{span}", f"more than {span}"
    known = [*values.get(name, ()), *(info.choices if info else ())]
    for one in dict.fromkeys(known):
        yield (one if kind == "choice" else format_value(Exact(one))), ""
    if "none" not in known and name not in ("state", "has", "created", "updated", "number"):
        yield "none", "empty"


def _matching(typed: str, start: int, end: int, offers: Iterator[tuple[str, str]]) -> list[Completion]:
    """Return the offers that begin with what is typed, then those which contain it."""
    wanted = typed.lower()
    begins: list[Completion] = []
    contains: list[Completion] = []
    for text, help_line in offers:
        plain = text.strip('"').lower()
        if plain.startswith(wanted):
            begins.append(Completion(start, end, text, help_line))
        elif wanted in plain:
            contains.append(Completion(start, end, text, help_line))
    return (begins + contains)[:MOST]
