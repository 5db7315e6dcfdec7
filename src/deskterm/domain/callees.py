"""Callees: the colleagues whom an `@` and a few letters may mean, while it is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from deskterm.domain.people import Agent, Queue
from deskterm.domain.plain import fold

OFFERED = 6

_CALLING = re.compile(r"(?<![\w.@/+\-])@(\w[\w.\-]{0,63})$")
_CALLABLE = re.compile(r"\w[\w.\-]{0,63}")


class Callee(NamedTuple):
    """Somebody who can be mentioned: by which login, how they are called, and that folded to be found by."""

    login: str
    name: str
    words: str


class Calling(NamedTuple):
    """A mention that is being typed: where its `@` stands in the line, and the letters after it."""

    start: int
    word: str


def callees(agents: Iterable[Agent], queue: Queue | None, actor: int | None) -> tuple[Callee, ...]:
    """Return who can be mentioned on a ticket of a queue: who works here and may see it, by login."""
    closed = queue is not None and queue.confidential
    found = (
        Callee(agent.login, agent.name, f" {fold(agent.name)}")
        for agent in agents
        if agent.active
        and agent.id != actor
        and _CALLABLE.fullmatch(agent.login)
        and (not closed or (queue is not None and queue.id in agent.queues))
    )
    return tuple(sorted(found, key=lambda one: one.login.casefold()))


def calling(line: str, column: int) -> Calling | None:
    """Return the mention that ends at a column of a line, None when none is being typed there.

    Inside a word, in code and in what is quoted nobody is called.
    """
    if "@" not in line or line.lstrip().startswith(">"):
        return None
    found = _CALLING.search(line[:column])
    if found is None or line[column : column + 1].isalnum() or line[: found.start()].count("`") % 2:
        return None
    return Calling(found.start(), found[1])


def offered(word: str, known: Sequence[Callee]) -> list[Callee]:
    """Return who may be meant, the likeliest first: by the beginning of a login, then of a name."""
    wanted, folded = word.casefold(), f" {fold(word)}"
    by_login = [one for one in known if one.login.casefold().startswith(wanted)]
    by_login.sort(key=lambda one: len(one.login) != len(word))
    if len(by_login) >= OFFERED or not folded.strip():
        return by_login[:OFFERED]
    named = [one for one in known if folded in one.words and one not in by_login]
    return (by_login + named)[:OFFERED]
