"""Asking for details: what a new ticket does not say yet, and the reply that asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from deskterm.domain.plain import clean_line, fold_tokens
from deskterm.domain.similarity import references
from deskterm.domain.ticket import Ticket

ENOUGH_WORDS = 25
"""A message of so many words says by itself what was done and what happened."""

_SINCE = frozenset({"since", "yesterday", "today", "morning", "hours", "minutes", "days", "week", "seit"})
_WHO = frozenset(
    {"everybody", "everyone", "all", "team", "colleagues", "customers", "users", "we", "us", "wir"}
)


def missing(ticket: Ticket, text: str) -> tuple[str, ...]:
    """Return the questions that a ticket leaves open, in the order in which they are asked."""
    words = fold_tokens(f"{ticket.subject} {text}")
    known = set(words)
    asked = []
    if not ticket.component and not ticket.category:
        asked.append("which product, service or device it is about")
    if len(words) < ENOUGH_WORDS:
        asked.append("what you did, what you expected, and what happened instead")
    if ticket.type in ("incident", "problem") and not references(f"{ticket.subject} {text}"):
        asked.append("the exact words or the number of any error message")
    if not known & _SINCE:
        asked.append("since when it is so, and whether it ever worked")
    if not known & _WHO:
        asked.append("who else is affected")
    return tuple(asked) or ("anything else that may help us to see it too",)


def request(name: str, questions: Sequence[str], agent: str) -> str:
    """Write the reply that asks."""
    first = clean_line(name, 60).strip().split(" ")[0]
    lines = [f"Hello {first},", "", "to help you we need to know:", ""]
    lines += [f"- {question}" for question in questions]
    return "\n".join([*lines, "", "Thank you,", clean_line(agent, 60)])
