"""What doubts about a policy are made of: where a file says it, and what a condition says for certain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from deskterm.domain.query import And, Exact, Field, Query, Term
from deskterm.domain.toml_places import Path

Facts = Mapping[str, frozenset[str]]
"""What is known of the tickets that something is about: the values that each of some fields may have."""

SINGLE = frozenset({"queue", "type", "category", "component", "channel", "priority", "impact", "urgency"})
"""Fields that have one value on a ticket: conditions that ask for different ones never hold together."""


class Warned(NamedTuple):
    """Something doubtful: where the file says it, where it says the other half of it, and what it is."""

    path: Path
    other: Path
    message: str
    hint: str = ""


def all_of(query: Query) -> tuple[Term, ...]:
    """Return the terms of a condition that must all hold."""
    return query.root.terms if isinstance(query.root, And) else (query.root,)


def facts_of(query: Query, keys: Mapping[str, str]) -> Facts:
    """Return what a condition says about fields of one value."""
    found: dict[str, frozenset[str]] = {}
    for term in all_of(query):
        said = value_of(term, keys)
        if said is not None:
            found[said[0]] = found.get(said[0], said[1]) & said[1]
    return found


def value_of(term: Term, keys: Mapping[str, str]) -> tuple[str, frozenset[str]] | None:
    """Return the field of one value that a term asks for, and the values it may have; None for any other."""
    if not isinstance(term, Field) or term.op != "=" or term.name not in SINGLE:
        return None
    values = [value.text.casefold() for value in term.values if isinstance(value, Exact)]
    if len(values) != len(term.values):
        return None
    if term.name == "queue":
        values = [keys.get(value, value) for value in values]
    return term.name, frozenset(values)
