"""Mentions: whom agents call by `@login` in what they write, and whether they may see the ticket."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from deskterm.domain.errors import Refused
from deskterm.domain.events import Change
from deskterm.domain.people import Agent
from deskterm.domain.plain import clean_line
from deskterm.domain.proposal import Situation
from deskterm.domain.ticket import Ticket

# Neither an address (ana@x.example) nor a path or a package (@x/y): nothing else may touch it.
_CALL = re.compile(r"(?<![\w.@/+\-])@(\w[\w.\-]{0,63})(?![\w@/])")
_CODE = re.compile(r"`[^`\n]*`")
_FENCE = ("```", "~~~")
_ENDS = ".-_"
"""What may stand after a login as well as in one."""

BY_MAIL = "email"
"""The door through which nobody is mentioned: a mail is quoted and forged too easily."""

SHOWN = 120
"""Characters of a message that a note on the screen shows."""


class Span(NamedTuple):
    """Where a mention stands in a line, and whose login it is (folded)."""

    start: int
    end: int
    login: str


def spans(line: str, logins: Container[str]) -> Iterator[Span]:
    """Find the mentions in one line; `logins` are folded. What is between backticks is code."""
    if "@" not in line:
        return
    bare = _CODE.sub(lambda found: " " * len(found[0]), line)
    for found in _CALL.finditer(bare):
        login = found[1].casefold()
        while login and login not in logins:
            shorter = login.rstrip(_ENDS)
            # A dot that ends the sentence is taken off, one inside the login is not.
            login = shorter if shorter != login else ""
        if login:
            yield Span(found.start(), found.start() + 1 + len(login), login)


def mentioned(text: str, agents: Mapping[int, Agent]) -> tuple[int, ...]:
    """Return the ids of the agents whom a text mentions, each once: not in code and not in what is quoted."""
    if "@" not in text:
        return ()
    logins = {agent.login.casefold(): agent.id for agent in agents.values() if agent.active}
    found: dict[int, None] = {}
    fenced = False
    for line in text.split("\n"):
        bare = line.lstrip()
        if bare.startswith(_FENCE):
            fenced = not fenced
        elif not fenced and not bare.startswith(">"):
            found |= dict.fromkeys(logins[span.login] for span in spans(line, logins))
    return tuple(found)


def folded(logins: Iterable[str]) -> frozenset[str]:
    """Return logins as `spans` asks for them."""
    return frozenset(login.casefold() for login in logins)


def may_see(agent: Agent, ticket: Ticket, situation: Situation) -> bool:
    """Say whether an agent may know of a ticket."""
    queue = situation.queues.get(ticket.queue)
    return queue is None or not queue.confidential or queue.id in agent.queues


def called(text: str, ticket: Ticket, situation: Situation) -> tuple[int, ...]:
    """Return whom an agent's text mentions besides themselves. Raises Refused for who may not see it."""
    actor = situation.actor
    if actor.agent is None or actor.via == BY_MAIL:
        return ()
    found = [number for number in mentioned(text, situation.agents) if number != actor.id]
    for number in found:
        agent = situation.agents[number]
        if not may_see(agent, ticket, situation):
            raise Refused(
                f"@{agent.login} may not see #{ticket.number}: its queue is confidential",
                field="text",
                hint="take the @ out, or mention somebody of the queue",
            )
    return tuple(found)


def joining(ticket: Ticket, agents: tuple[int, ...]) -> tuple[Change, ...]:
    """Return the change by which who is mentioned follows the ticket from then on."""
    new = tuple(sorted(set(agents) - ticket.followers))
    return (Change("followers", (), new),) if new else ()


def first_words(text: str) -> str:
    """Return how a message begins, as one line that draws only itself."""
    return clean_line(" ".join(text[: 4 * SHOWN].split()), SHOWN)
