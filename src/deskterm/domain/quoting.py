"""What is new in a mail: told from the quotes of earlier ones and from the signature, line by line.

Nothing is taken away: blocks say which lines are what, so that a screen can fold them and show them again.
Every line is looked at a bounded number of times and only its first characters count, so the time is
linear in the text whatever stands in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from deskterm.domain.quoting_words import (
    BEGINNINGS,
    DIVIDERS,
    FORWARDED,
    FROM_LABELS,
    HEADER_LABELS,
    MOBILE,
    OPENERS,
    SUBJECT_LABELS,
    SUBJECT_PREFIXES,
    WROTE,
)

REPLY_MARKER = "— Please reply above this line —"
"""Stands at the top of what the desk sends: everything from it on is no news."""

LONGEST_LOOK = 300
"""Characters at either end of a line that decide what it is."""

MOST_ATTRIBUTION_LINES = 4
LONGEST_PLAIN_ATTRIBUTION = 150
"""Characters of `Ana wrote:` without a date, right above marked lines."""

MOST_HEADER_LINES = 10
MOST_LINES = 20_000
"""Lines that are looked at; those after them are what the last of these is."""

LONGEST_UNSURE_SIGNATURE = 15
"""Lines after a `--` that a writer may have meant as a rule; after `-- ` with its blank there is no doubt."""


class Kind(StrEnum):
    """What a block of lines is."""

    NEW = "new"
    QUOTE = "quote"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Block:
    """Lines `first` up to, not including, `end` of a text, counted from 0."""

    kind: Kind
    first: int
    end: int


_MARKER = re.compile(
    r"[\s>*#\-–—_=]*(?:please |bitte |merci de |veuillez |por favor,? |)(?:(?:type|write|reply|respond"
    r"|enter) (?:your |)"
    r"(?:reply |response |answer |)(?:above|over) this line|(?:ihre |)antwort(?:en|)(?: sie|) (?:bitte "
    r"|)oberhalb dieser"
    r" (?:linie|zeile)|(?:répondre|réponse) au-dessus de cette ligne|(?:responda"
    r"|escriba)[\w ]{0,20} (?:por encima|encima)"
    r" de esta línea)",
    re.I,
)
_QUOTED = re.compile(r"\s{0,3}>(?!=)")
_RULE = re.compile(r"[\s*]*(?:_{10,}|─{10,}|-{20,}|={20,})\s*")
_SIGNATURE = re.compile(r"(?:--|––|—)[ \u00a0]?")
_BOLD = re.compile(r"^[\s*_>]+|[*_]+")
_DATED = re.compile(r"\d{1,4}[./年\-]|\d{4}|\S@\S")
_TIMED = re.compile(r"\d{1,2}[:.]\d{2}(?!\d)|\S@\S")
_LABEL = re.compile(r"([^\W\d][\w\-.' ]{0,25}?)\s?[:：]")
_LEADING = re.compile(r"\A(?:[^\S\n]*\n)+")


def is_forward(subject: str) -> bool:
    """Say whether a subject is that of a forwarded mail, whose content is news."""
    return SUBJECT_PREFIXES.match(subject.strip()) is not None


def blocks(text: str, *, forwarded: bool = False, quoted_from: int | None = None) -> tuple[Block, ...]:
    """Return the blocks of a text in order, together all of its lines.

    In a `forwarded` mail the one that is passed on is news. `quoted_from` is the line at which the sender's
    program says that the mail before begins.
    """
    lines = text.split("\n", MOST_LINES)
    more = lines.pop().count("\n") + 1 if len(lines) > MOST_LINES else 0
    kinds, passed_on = _kinds(lines, forwarded)
    if quoted_from is not None and not forwarded:
        for place in range(quoted_from, len(lines)):
            kinds[place] = Kind.QUOTE
    _sign(lines, kinds, passed_on)
    found: list[Block] = []
    start, end = 0, len(lines)
    for place in range(1, end + 1):
        if place == end or kinds[place] is not kinds[start]:
            found.append(Block(kinds[start], start, place + more if place == end else place))
            start = place
    return tuple(found)


def new_text(text: str, *, forwarded: bool = False, quoted_from: int | None = None) -> str:
    """Return what is new in a text: without quotes and signature. Empty when it is nothing but those."""
    lines = text.split("\n")
    kept: list[str] = []
    for block in blocks(text, forwarded=forwarded, quoted_from=quoted_from):
        if block.kind is Kind.NEW:
            part = "\n".join(lines[block.first : block.end]).rstrip()
            if part:
                kept.append(_LEADING.sub("", part))
    return "\n\n".join(kept)


def _kinds(lines: list[str], forwarded: bool) -> tuple[list[Kind], set[int]]:
    """Return what each line is but for signatures, and the lines where a mail that is passed on begins."""
    kinds = [Kind.NEW] * len(lines)
    passed_on: set[int] = set()
    place, end = 0, len(lines)
    follows = _next_filled(lines)
    labels = list(map(_label, lines))
    while place < end:
        line = lines[place]
        look = line[:LONGEST_LOOK]
        if not look.strip():
            place += 1
            continue
        if _MARKER.match(look):
            kinds[place:] = [Kind.QUOTE] * (end - place)
            _before(lines, kinds, place)
            break
        if _QUOTED.match(look):
            kinds[place] = Kind.QUOTE
            place += 1
            continue
        if _is_divider(look) or _starts_headers(lines, labels, place):
            if FORWARDED.search(look) or forwarded:
                passed_on.add(place)
                place = _past_headers(labels, place + 1)
                continue
            kinds[place:] = [Kind.QUOTE] * (end - place)
            break
        if length := _attribution(lines, place, follows[place]):
            kinds[place + 1 - length : place + 1] = [Kind.QUOTE] * length
            after = follows[place]
            if after < end and not _QUOTED.match(lines[after][:LONGEST_LOOK]):
                # No marks follow: this program quotes by the attribution alone.
                kinds[place:] = [Kind.QUOTE] * (end - place)
                break
        place += 1
    _bridge(lines, kinds)
    return kinds, passed_on


def _next_filled(lines: list[str]) -> list[int]:
    """Return for each line the next one that is not empty."""
    follows = [len(lines)] * len(lines)
    last = len(lines)
    for place in range(len(lines) - 1, -1, -1):
        follows[place] = last
        if lines[place][:LONGEST_LOOK].strip():
            last = place
    return follows


def _bridge(lines: list[str], kinds: list[Kind]) -> None:
    """Empty lines between two quoted ones are quoted too."""
    last = -1
    for place, kind in enumerate(kinds):
        if kind is Kind.QUOTE:
            if last >= 0 and place - last > 1:
                kinds[last + 1 : place] = [Kind.QUOTE] * (place - last - 1)
            last = place
        elif lines[place].strip():
            last = -1


def _is_divider(look: str) -> bool:
    return DIVIDERS.fullmatch(look.strip()) is not None


def _label(line: str) -> str:
    """Return the label that a line of a copied header begins with, in lower case; empty for none."""
    start = line[:60]
    if ":" not in start and "：" not in start:
        return ""
    found = _LABEL.match(_BOLD.sub("", start))
    return found[1].casefold() if found else ""


def _starts_headers(lines: list[str], labels: list[str], place: int) -> bool:
    """Say whether the head of an earlier mail is copied here, perhaps below a rule."""
    if _RULE.fullmatch(lines[place][:LONGEST_LOOK]):
        place += 1
        if place < len(lines) and not lines[place].strip():
            place += 1
    if place >= len(lines) or labels[place] not in BEGINNINGS:
        return False
    near = labels[place : place + MOST_HEADER_LINES]
    known = HEADER_LABELS.intersection(near)
    if len(known) < 3 or known.isdisjoint(FROM_LABELS):
        return False
    # A form may ask from where to where and when; a mail's head has a subject or says an address.
    return not known.isdisjoint(SUBJECT_LABELS) or any(
        label in FROM_LABELS and "@" in line[:LONGEST_LOOK]
        for label, line in zip(near, lines[place : place + MOST_HEADER_LINES], strict=True)
    )


def _past_headers(labels: list[str], place: int) -> int:
    """Return the line after the copied head that begins near `place`; `place` when none does."""
    return max(
        (
            here + 1
            for here in range(place, min(len(labels), place + MOST_HEADER_LINES))
            if labels[here] in HEADER_LABELS
        ),
        default=place,
    )


def _attribution(lines: list[str], place: int, after: int) -> int:
    """Return how many lines an attribution takes that ends at `place`; 0 when none does.

    Above marked lines a date and the words suffice; without marks, when all that follows would be
    folded, there must be a time of day or an address too.
    """
    if lines[place].rstrip()[-1:] not in (":", "："):
        return 0
    quoted = after < len(lines) and _QUOTED.match(lines[after][:LONGEST_LOOK]) is not None
    joined, alone = "", 0
    for length in range(1, MOST_ATTRIBUTION_LINES + 1):
        here = place + 1 - length
        if (
            here < 0
            or len(lines[here]) > LONGEST_LOOK
            or not lines[here].strip()
            or _QUOTED.match(lines[here])
        ):
            break
        joined = f"{lines[here].strip()} {joined}".strip()
        if len(joined) > 2 * LONGEST_LOOK:
            break
        wrote = WROTE.search(joined) is not None
        opens = OPENERS.match(joined) is not None
        timed = _TIMED.search(joined) is not None
        if opens and timed and (wrote or quoted):
            return length
        if quoted and wrote:
            if opens and _DATED.search(joined):
                return length
            if length == 1 and len(joined) < LONGEST_PLAIN_ATTRIBUTION:
                alone = 1
    return alone


def _before(lines: list[str], kinds: list[Kind], place: int) -> None:
    """Take the attribution that stands right above the desk's own marker with it."""
    here = place - 1
    while here >= 0 and not lines[here].strip():
        here -= 1
    if here >= 0 and (length := _attribution(lines, here, place)):
        kinds[here + 1 - length : place] = [Kind.QUOTE] * (place - here - 1 + length)


def _sign(lines: list[str], kinds: list[Kind], passed_on: set[int]) -> None:
    """Mark signatures: from the line of two dashes to the next quote or the end, and what phones add."""
    stop = len(lines)  # where the next quote begins, or a mail that is passed on
    last = True  # nothing but what phones add stands between here and there
    stops = [stop] * len(lines)
    for place in range(len(lines) - 1, -1, -1):
        if kinds[place] is Kind.QUOTE or place in passed_on:
            stop, last = place, True
        elif last and (bare := lines[place][:LONGEST_LOOK].strip()):
            last = len(bare) < LONGEST_LOOK and MOBILE.fullmatch(_BOLD.sub("", bare)) is not None
            if last:
                kinds[place] = Kind.SIGNATURE
        stops[place] = stop
    place = 0
    while place < len(lines):
        line = lines[place]
        if kinds[place] is Kind.NEW and len(line) < 5:
            room = stops[place] - place - 1
            if line in ("-- ", "--\u00a0") or (
                _SIGNATURE.fullmatch(line) and room <= LONGEST_UNSURE_SIGNATURE
            ):
                kinds[place : stops[place]] = [Kind.SIGNATURE] * (stops[place] - place)
                place = stops[place]
                continue
        place += 1


__all__ = ["REPLY_MARKER", "Block", "Kind", "blocks", "is_forward", "new_text"]
