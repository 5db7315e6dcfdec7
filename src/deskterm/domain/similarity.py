"""How much two tickets look like the same thing, as a score with its reasons in words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from deskterm.domain.plain import clean_line, fold_tokens

READ = 2000
"""Characters of an opening message that are compared: what it is about is said at its beginning."""

MOST_WORDS = 28
"""Words of a ticket that are looked up; those of the subject first, then the longest of its message."""

LEAST = 0.3
"""What scores less is not called a likely duplicate."""

SMALL = 50
"""A desk of fewer tickets is taken for one of so many: on a desk of two, every word they share is common."""

TELLING = 0.15
"""The least weight of a word that is named as a reason; everyday words are never one."""

FRESH_DAYS, HALF_DAYS = 2.0, 21.0
"""Tickets this far apart in time count in full; from there on half of the rest every so many days."""

_REFERENCE = re.compile(
    r"\b(?:0x[0-9A-Fa-f]{3,16}"
    r"|[A-Z][A-Z0-9]{1,9}[-_](?:[A-Z]{1,12}[-_])*[0-9]{2,12}"
    r"|[A-Z]{2,10}(?:_[A-Z]{2,20})+"
    r"|[A-Z]{1,6}[0-9]{3,12}"
    r"|[0-9]{5,14})\b"
)
_MENTION = re.compile(r"(?<![\w#])#([1-9][0-9]{0,11})\b")
_MOST_REFERENCES = 6


@dataclass(frozen=True, slots=True)
class Essence:
    """What is compared of a ticket: its subject and opening message, who asks, and when it was opened."""

    number: int
    subject: str
    text: str
    requester: int
    organization: int | None
    created_at: datetime

    @property
    def words(self) -> frozenset[str]:
        """The folded words of both."""
        return frozenset(fold_tokens(f"{self.subject} {self.text[:READ]}"))


@dataclass(frozen=True, slots=True)
class Likeness:
    """How likely two tickets are about the same: from 0 to 1, and why in a few words."""

    score: float
    reasons: tuple[str, ...]


def look_up(essence: Essence) -> tuple[str, ...]:
    """Return the words by which tickets like this one can be found."""
    subject = [word for word in dict.fromkeys(fold_tokens(essence.subject)) if _tells(word)]
    said = [word for word in dict.fromkeys(fold_tokens(essence.text[:READ])) if _tells(word)]
    said.sort(key=len, reverse=True)
    return tuple(dict.fromkeys((*subject[: MOST_WORDS // 2], *said)))[:MOST_WORDS]


def _tells(word: str) -> bool:
    """Say whether a word may tell tickets apart: not a or to, and neither 3 nor 17."""
    return len(word) > 2 or (not word.isascii() and not word.isdigit())


def references(text: str) -> tuple[str, ...]:
    """Return the order numbers, error codes and the like that a text names, as written."""
    found = _REFERENCE.findall(text[: 4 * READ])
    return tuple(dict.fromkeys(found))[:_MOST_REFERENCES]


def mentions(text: str) -> tuple[int, ...]:
    """Return the tickets that a text names as #123."""
    found = (int(number) for number in _MENTION.findall(text[: 4 * READ]))
    return tuple(dict.fromkeys(found))[:_MOST_REFERENCES]


def weight(found: int, reach: float, desk: int) -> float:
    """Return what sharing a word says, from 0 to 1, when it was found so often within a part of the desk."""
    total = max(SMALL, desk)
    often = min(total, max(1.0, found / max(reach, 1e-9)))
    return max(0.0, math.log(total / often) / math.log(total))


def compare(
    mine: Essence,
    other: Essence,
    weights: Mapping[str, float],
    shared: Sequence[tuple[str, bool]],
    *,
    answers: bool = False,
) -> Likeness:
    """Score another ticket. `weights` are of the words looked up; `shared` references, and which are rare.

    `answers` says that a stranger's mail, with which this ticket was opened, answers one of the other's.
    """
    evidence: list[float] = []
    reasons: list[str] = []
    if mine.requester == other.requester:
        evidence.append(0.35)
        reasons.append("same requester")
    elif mine.organization is not None and mine.organization == other.organization:
        evidence.append(0.08)
        reasons.append("same organization")
    named = set(mentions(f"{mine.subject} {mine.text}")) & {other.number}
    naming = set(mentions(f"{other.subject} {other.text}")) & {mine.number}
    if named or naming:
        evidence.append(0.8)
        reasons.append(f"names #{other.number}" if named else f"#{other.number} names this one")
    if answers:
        evidence.append(0.9)
        reasons.append(f"its mail answers #{other.number}, from somebody else")
    for reference, rare in shared:
        evidence.append(0.75 if rare else 0.25)
        reasons.append(f"reference {clean_line(reference, 24)}")
    alike, words = _alike(mine, other, weights)
    if alike:
        evidence.append(0.9 * alike)
    if words:
        reasons.append(words)
    if not words and not shared and not named and not naming and not answers:
        return Likeness(0.0, ())
    doubt = 1.0
    for one in evidence:
        doubt *= 1 - one
    return Likeness(round((1 - doubt) * _near(mine, other), 3), tuple(reasons))


def _alike(mine: Essence, other: Essence, weights: Mapping[str, float]) -> tuple[float, str]:
    """Return how much of what this ticket says the other one says too, and in which words."""
    total = sum(weights.values())
    theirs = other.words
    both = sorted(
        (word for word in weights if word in theirs), key=lambda word: (-weights[word], -len(word), word)
    )
    if not total or not both:
        return 0.0, ""
    said = sum(weights[word] for word in both) / total
    subject = [word for word in dict.fromkeys(fold_tokens(mine.subject)) if word in weights]
    whole = sum(weights[word] for word in subject)
    titles = set(fold_tokens(other.subject))
    titled = sum(weights[word] for word in subject if word in titles) / whole if whole else said
    telling = [word for word in both if weights[word] >= TELLING]
    if not telling:
        return 0.0, ""
    count = f"{len(telling)} word{'s' if len(telling) != 1 else ''} in common: "
    return min(1.0, 0.6 * said + 0.4 * titled) ** 1.2, count + ", ".join(telling[:4])


def _near(mine: Essence, other: Essence) -> float:
    apart = abs((mine.created_at - other.created_at).total_seconds()) / 86400
    return float(0.5 + 0.5 * 0.5 ** (max(0.0, apart - FRESH_DAYS) / HALF_DAYS))
