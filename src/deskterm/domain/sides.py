"""Side conversations: mail beside a ticket with somebody who is not its requester, and shows none of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from deskterm.domain.conversation import body, whole
from deskterm.domain.delivery import is_nobody
from deskterm.domain.errors import NewMessages, NotFound, Refused
from deskterm.domain.events import Change, Event
from deskterm.domain.kinds import MessageKind, State
from deskterm.domain.mail import Address
from deskterm.domain.mail_settings import is_address
from deskterm.domain.plain import clean_line
from deskterm.domain.proposal import NewMessage, Proposal, Situation
from deskterm.domain.recipients import Recipients, recipients
from deskterm.domain.side_commands import EndSide, ReplySide, StartSide
from deskterm.domain.ticket import Ticket

OPEN, CLOSED = "open", "closed"
"""The states of a side conversation; one that was taken back has none."""

SUBJECT_LIMIT = 200
MOST_PEOPLE = 20
"""People who take part in one side conversation."""

STARTED, REPLIED, RECEIVED, BOUNCED, ENDED = (
    *("side_started", "side_replied", "side_received", "side_bounced", "side_ended"),
)
"""The kinds of its events: none is a reply, a note or a requester's message to anything that counts those."""

KINDS = frozenset({STARTED, REPLIED, RECEIVED, BOUNCED, ENDED})

WORDS = {
    STARTED: "began a side conversation",
    REPLIED: "wrote in a side conversation",
    RECEIVED: "an answer came in a side conversation",
    BOUNCED: "a mail of a side conversation came back",
}

TAKES_PART = "takes part in the ticket: answer there"

_PERSON = re.compile(r"\s*(?P<name>[^<>]*?)\s*<\s*(?P<address>[^<>]*?)\s*>\s*")


@dataclass(frozen=True, slots=True)
class Side:
    """A side conversation as it is now. `people` are those it is with, `by` the agent (id) who began it.

    `messages` are the ids of what was said in it; `awaits` says whether the last word is not the desk's.
    """

    id: int
    ticket: int
    ref: str
    subject: str
    open: bool
    people: tuple[Address, ...]
    begun_at: datetime
    by: int | None = None
    messages: tuple[int, ...] = ()
    last_at: datetime | None = None
    awaits: bool = False

    @property
    def whom(self) -> str:
        """Who it is with, in a word: the first of them, and how many more."""
        if not self.people:
            return "nobody"
        first = self.people[0]
        more = f" +{len(self.people) - 1}" if len(self.people) > 1 else ""
        return clean_line(first.name or first.address, 60) + more

    @property
    def label(self) -> str:
        """How it is called on the desk: "side: ACME – Broken disk"."""
        return f"side: {self.whom} – {clean_line(self.subject, 80)}"


# What is written


def start(command: StartSide, ticket: Ticket, situation: Situation) -> Proposal:
    """Begin one. Raises Refused for whom it cannot be with, and when something is missing."""
    if ticket.state is State.CLOSED:
        raise Refused(f"#{ticket.number} is closed", field="state", hint="reopen it first")
    if not subject_line(command.subject):
        raise Refused(f"#{ticket.number}: the side conversation needs a subject", field="subject")
    if not command.to:
        raise Refused(f"#{ticket.number}: who the side conversation is with is missing", field="to")
    _all_get_it(situation.whom, ticket)
    return Proposal(STARTED, (), _message(command, ticket, situation))


def reply(command: ReplySide, ticket: Ticket, situation: Situation) -> Proposal:
    """Go on with one, to all who take part in it; one that was ended goes on."""
    side = _side(situation, ticket)
    if situation.unseen:
        raise NewMessages(ticket.number, situation.unseen)
    found = situation.whom
    new = {one.address.casefold() for one in command.also}
    _all_get_it(found, ticket, new)
    if found is not None and found.why:
        raise Refused(f"#{ticket.number}: {found.why}", field="to")
    changes = () if side.open else (Change(f"side:{side.id}", CLOSED, OPEN),)
    return Proposal(REPLIED, changes, _message(command, ticket, situation))


def end(command: EndSide, ticket: Ticket, situation: Situation) -> Proposal | None:
    """End it, or begin it anew; None when it is so already."""
    side = _side(situation, ticket)
    if side.open == command.open:
        return None
    was, then = (CLOSED, OPEN) if command.open else (OPEN, CLOSED)
    return Proposal(ENDED, (Change(f"side:{side.id}", was, then),))


def _side(situation: Situation, ticket: Ticket) -> Side:
    if situation.side is None:
        raise NotFound(f"#{ticket.number} has no such side conversation", field="side")
    return situation.side


def _message(command: StartSide | ReplySide, ticket: Ticket, situation: Situation) -> NewMessage:
    text = body(command.text, ticket.number)
    whole(text, ticket.number)
    return NewMessage(
        MessageKind.SIDE, text, agent=situation.actor.id, channel="", attachments=command.attachments
    )


def _all_get_it(found: Recipients | None, ticket: Ticket, named: Collection[str] | None = None) -> None:
    """Refuse when somebody who was named now gets nothing: who was there before is only left out."""
    if found is None:
        return
    if found.sender is None:
        raise Refused(
            f"#{ticket.number}: {found.why}", field="to", hint="an admin sets mail.from in the policy"
        )
    for one, why in found.left_out:
        if named is None or one.address.casefold() in named:
            raise Refused(f"#{ticket.number}: {why}", field="to")


def subject_line(text: str) -> str:
    """Return a subject as it is kept."""
    return clean_line(text, SUBJECT_LIMIT).strip()


_AGAIN = re.compile(r"^\s*((re|aw|sv|antw|fwd|fw|wg)\s*(\[\d+\])?\s*:\s*)+", re.I)


def answer_subject(subject: str) -> str:
    """Return the subject of a mail that goes on with one."""
    return f"Re: {_AGAIN.sub('', subject).strip() or subject}"


# How it is told


def said(event: Event, agents: Mapping[int, str], queues: Mapping[int, str]) -> str:
    """Say what happened in one."""
    change = next((one for one in event.changes if one.field.startswith("side:")), None)
    if event.kind == ENDED:
        went_on = change is not None and change.after == OPEN
        return "took up a side conversation again" if went_on else "ended a side conversation"
    return WORDS[event.kind]


def done(command: StartSide | ReplySide | EndSide, them: str) -> str:
    """Say what a command did."""
    match command:
        case StartSide(to=to):
            return f"Wrote to {to[0].address if to else 'nobody'} beside {them}"
        case ReplySide():
            return f"Wrote in a side conversation of {them}"
    return f"{'Took up' if command.open else 'Ended'} a side conversation of {them}"


# Who it is with


def read_people(text: str) -> tuple[Address, ...]:
    """Read addresses as people write them: `ACME <help@acme.example>, bo@acme.example`. Raises Refused."""
    found: dict[str, Address] = {}
    for part in _parts(text):
        named = _PERSON.fullmatch(part)
        name, address = (named["name"].strip('" '), named["address"]) if named else ("", part.strip())
        if not is_address(address):
            raise Refused(
                f"{clean_line(address, 100)!r} is no address that mail can be sent to",
                field="to",
                hint="help@acme.example, or ACME <help@acme.example>; several with commas",
            )
        local, _, domain = address.rpartition("@")
        found.setdefault(address.casefold(), Address(clean_line(name, 100), f"{local}@{domain.lower()}"))
    if len(found) > MOST_PEOPLE:
        raise Refused(f"{len(found)} people are more than {MOST_PEOPLE}", field="to")
    return tuple(found.values())


def _parts(text: str) -> Iterable[str]:
    """Cut at commas and semicolons, but not within quotes."""
    part, quoted = "", False
    for char in text.replace("\n", ","):
        quoted ^= char == '"'
        if char in ",;" and not quoted:
            if part.strip():
                yield part
            part = ""
        else:
            part += char
    if part.strip():
        yield part


def write_people(people: Iterable[Address]) -> str:
    """Write addresses so that they are read again."""
    return ", ".join(
        f'"{name}" <{one.address}>' if (name := one.name.replace('"', "")) else one.address for one in people
    )


def side_recipients(
    sender: Address | None,
    people: Iterable[Address],
    takes_part: Callable[[str], bool],
    *,
    own: Collection[str] = (),
    is_dead: Callable[[str], bool] = lambda address: False,
) -> Recipients:
    """Return who gets a mail of a side conversation: nobody who takes part in the ticket itself."""
    wanted = tuple(people)
    others = tuple(one for one in wanted if not takes_part(one.address))
    inside = tuple((one, f"{one.address} {TAKES_PART}") for one in wanted if one not in others)
    if not others:
        why = "; ".join(reason for _, reason in inside) or "nobody to send it to"
        return Recipients(sender, left_out=inside, why=why)
    found = recipients(sender, others[0], others[1:], own=own, is_dead=is_dead)
    return replace(found, to=found.everybody, cc=(), left_out=(*inside, *found.left_out))


def joining(
    copied: Iterable[Address], held: Collection[str], takes_part: Callable[[str], bool]
) -> tuple[Address, ...]:
    """Return those whom one who takes part has copied in, and who so take part: never somebody of the
    ticket itself, who would read what is not for them."""
    room = MOST_PEOPLE - len(held)
    new = (
        one
        for one in copied
        if one.address.casefold() not in held and not is_nobody(one.address) and not takes_part(one.address)
    )
    return tuple(one for one, _ in zip(new, range(max(0, room)), strict=False))
