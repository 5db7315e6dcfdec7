"""Organizations: what a desk knows of the companies and departments that its contacts belong to."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deskterm.domain import query as q
from deskterm.domain.contacts import NAME_LIMIT, NOTES_LIMIT, ContactEvent, ContactLine
from deskterm.domain.errors import Refused
from deskterm.domain.plain import clean_line, clean_text
from deskterm.domain.views import Row

if TYPE_CHECKING:
    from deskterm.domain.policy import Policy

DOMAINS = 50
"""Domains of one organization at most."""


@dataclass(frozen=True, slots=True)
class OrganizationCard:
    """What is kept of an organization; who first writes from one of its domains belongs to it."""

    name: str
    vip: bool = False
    notes: str = ""
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrganizationLine:
    """One organization in a list; people and tickets are counted as far as whoever asks may know of them."""

    id: int
    name: str
    vip: bool
    people: int
    tickets: int
    active: int


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """An organization with its people, its newest tickets, and the SLA policies that ask for it."""

    line: OrganizationLine
    notes: str
    domains: tuple[str, ...]
    people: tuple[ContactLine, ...]
    tickets: tuple[Row, ...]
    policies: tuple[tuple[str, str], ...]
    history: tuple[ContactEvent, ...]


def edited(
    card: OrganizationCard,
    *,
    name: str | None,
    vip: bool | None,
    notes: str | None,
    domains: tuple[str, ...] | None,
) -> OrganizationCard:
    """Return a card with what was given; None leaves a field. Raises Refused."""
    if name is not None:
        name = clean_line(name, NAME_LIMIT).strip()
        if not name:
            raise Refused("an organization needs a name", field="name")
    return replace(
        card,
        name=card.name if name is None else name,
        vip=card.vip if vip is None else vip,
        notes=card.notes if notes is None else clean_text(notes).strip()[:NOTES_LIMIT],
        domains=card.domains if domains is None else _domains(domains),
    )


def _domains(given: tuple[str, ...]) -> tuple[str, ...]:
    found = sorted({part for text in given for part in re.split(r"[\s,;]+", text.casefold()) if part})
    for domain in found:
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)+", domain) or len(domain) > 253:
            raise Refused(
                f"{clean_line(domain, 60)!r} is no domain", field="domains", hint="such as northwind.example"
            )
    if len(found) > DOMAINS:
        raise Refused(f"{len(found)} domains are too many: {DOMAINS} at most", field="domains")
    return tuple(found)


def domain_of(address: str) -> str:
    """Return the domain of an address, "" for what has none."""
    return address.rpartition("@")[2].casefold() if "@" in address else ""


def policies_of(policy: Policy, name: str, vip: bool) -> tuple[tuple[str, str], ...]:
    """Return the SLA policies (name, condition) that ask for an organization, the one that holds first."""
    found = []
    for sla in policy.sla:
        fits, asks = _about(sla.query.root, name.casefold(), vip)
        if fits and asks:
            found.append((sla.name, sla.when))
    return tuple(found)


def _about(term: q.Term, name: str, vip: bool) -> tuple[bool, bool]:
    """Say whether a condition may hold for tickets of an organization, and whether it asks for that."""
    match term:
        case q.And(terms):
            parts = [_about(each, name, vip) for each in terms]
            return all(fits for fits, _ in parts), any(asks for _, asks in parts)
        case q.Or(terms):
            parts = [_about(each, name, vip) for each in terms]
            return any(fits for fits, _ in parts), any(fits and asks for fits, asks in parts)
        case q.Not(inner):
            fits, asks = _about(inner, name, vip)
            return (not fits, True) if asks else (True, False)
        case q.Is("vip"):
            return True, vip
        case q.Field("org", _, values):
            return any(_is(value, name) for value in values), True
    return True, False


def _is(value: q.Value, name: str) -> bool:
    match value:
        case q.Exact(text):
            wanted = text.casefold()
            # As the search language compares names: the whole one, or whole words of it.
            return name == wanted or f" {wanted} " in f" {name.replace(',', ' ')} "
        case q.Prefix(text):
            return name.startswith(text.casefold())
    return False
