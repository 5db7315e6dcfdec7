"""Decisions: who gave a ticket to whom, and what each rule did to it, because of which event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from deskterm.domain.causes import cause_words
from deskterm.domain.events import Event
from deskterm.domain.trail_words import beside_words
from deskterm.domain.wording import done_words, rule_of, sentence


@dataclass(frozen=True, slots=True)
class Because:
    """Something that was decided about a ticket, when, and for which reason.

    `event` says so in the history, and `policy` is the version of the desk's policy that held. Of a rule:
    its name, everything it `did`, and why it `fired`; `cause` is the event of the ticket's history that set
    it off, None when time or a clock did.
    """

    at: datetime
    what: str
    reason: str
    event: int = 0
    policy: int = 1
    rule: str = ""
    did: tuple[str, ...] = ()
    fired: str = ""
    cause: int | None = None


def decisions(
    events: Sequence[Event], agents: Mapping[int, str], queues: Mapping[int, str]
) -> Iterator[Because]:
    """Iterate who gave it to whom and what rules did, newest first."""
    known = {event.seq: event for event in events}
    for event in reversed(events):
        fired = rule_of(event)
        if fired is not None:
            yield _ruled(event, fired.field.partition(":")[2], str(fired.after or ""), known, agents, queues)
            continue
        by = agents.get(event.actor or 0) or event.via
        said = event.change("reason")
        reason = str(said.after) if said is not None and said.after else ""
        for what in _given(event, agents, queues):
            yield Because(event.at, f"{what} by {by}", reason, event.seq, event.policy)


def _given(event: Event, agents: Mapping[int, str], queues: Mapping[int, str]) -> Iterator[str]:
    """Say to whom and into which queue an event gave the ticket, and to whom it was escalated."""
    owner, queue, escalated = event.change("owner"), event.change("queue"), event.change("escalated")
    if owner is not None and not (event.kind == "created" and owner.after is None):
        who = owner.before if owner.after is None else owner.after
        name = agents.get(who, f"agent {who}")
        yield f"taken from {name}" if owner.after is None else f"assigned to {name}"
    if escalated is not None and escalated.after:
        yield f"escalated to {beside_words('escalated', escalated.after, agents, queues)}"
    elif queue is not None and event.kind != "created":
        yield f"moved to {queues.get(queue.after, 'another queue')}"


def _ruled(
    event: Event,
    rule: str,
    cause: str,
    known: Mapping[int, Event],
    agents: Mapping[int, str],
    queues: Mapping[int, str],
) -> Because:
    said = event.change("reason")
    reason = str(said.after) if said is not None and said.after else ""
    by = f"by rule {rule}"
    given = [f"{what} {by}" for what in _given(event, agents, queues)]
    stopped = event.kind == "rule_stopped"
    what = " · ".join(given) or (f"rule {rule} was stopped" if stopped else f"rule {rule}")
    kind, _, number = cause.partition(":")
    seq = int(number) if number.isdigit() and kind not in ("time", "clock", "stopped") else None
    fired = "" if stopped else cause_words(cause)
    if stopped:
        reason = cause.partition(":")[2]
    elif seq is not None and (source := known.get(seq)) is not None:
        who = agents.get(source.actor or 0) or source.via
        fired = f"{sentence(source, agents, queues)}, by {who} (event {seq})"
    did = tuple(done_words(event, agents, queues))
    return Because(event.at, what, reason, event.seq, event.policy, rule, did, fired, seq)
