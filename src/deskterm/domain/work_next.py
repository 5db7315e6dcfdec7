"""Work next: which ticket an agent does best to open now, and why that one (PRODUCT section 8.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from deskterm.domain.commands import Skip
from deskterm.domain.errors import Refused
from deskterm.domain.events import Event
from deskterm.domain.kinds import Priority
from deskterm.domain.plain import clean_line
from deskterm.domain.proposal import Proposal, Situation, stamp
from deskterm.domain.ticket import Ticket

REASONS = ("waiting for a colleague", "not my skill", "too big for now")
"""Why a ticket is skipped, as it is offered; anything else is said in one's own words."""

LONGEST_REASON = 200

MINUTE, HOUR, DAY = 60, 3600, 86400

HALF = HOUR
"""Seconds ahead of a breach at which a ticket weighs half of what it weighs at the breach."""

WORST = 8 * HOUR
"""Seconds after a breach at which a ticket weighs twice that; from then on it weighs no more."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket that may be handed to an agent: one of a queue of theirs that nobody has, or one of their own.

    `queue` is its queue's name; without `due_at` no clock runs. `left` are the seconds of business time to
    its breach, less than none after it, as lists show them; None is the time on the wall.
    """

    number: int
    priority: Priority
    queue: str
    due_at: datetime | None = None
    risk_at: datetime | None = None
    mine: bool = False
    left: float | None = None

    def until_breach(self, now: datetime) -> float | None:
        """Return the seconds to its breach in the time it is measured by; None when no clock runs."""
        if self.due_at is None:
            return None
        return (self.due_at - now).total_seconds() if self.left is None else self.left

    def presses(self, now: datetime) -> bool:
        """Say whether it is breached or at risk."""
        if self.due_at is None:
            return False
        return now >= self.due_at or (self.risk_at is not None and now >= self.risk_at)


@dataclass(frozen=True, slots=True)
class Load:
    """How many active tickets an agent holds, of how many they can carry."""

    held: int = 0
    capacity: int = 1

    @property
    def full(self) -> bool:
        """Say whether they should finish something before they begin something."""
        return self.held >= self.capacity


def urgency(left: float | None) -> float:
    """Weigh the nearness of a breach, in seconds of business time: 1 at the breach, half of it an hour ahead,
    up to 2 eight hours late; nothing where no clock runs."""
    if left is None:
        return 0.0
    if left > 0:
        return 1.0 / (1.0 + left / HALF)
    return 1.0 + min(-left, WORST) / WORST


def score(candidate: Candidate, weights: Mapping[Priority, int], now: datetime) -> float:
    """Weigh a ticket: the nearness of its breach times the weight of its priority."""
    return weights[candidate.priority] * urgency(candidate.until_breach(now))


def order(
    candidate: Candidate, weights: Mapping[Priority, int], load: Load, now: datetime
) -> tuple[object, ...]:
    """Return the key by which candidates are sorted, the best one first. No two tickets have the same.

    One's own that is breached or at risk comes before what nobody has, and so does all of one's own for
    whoever is full.
    """
    first = candidate.mine and (load.full or candidate.presses(now))
    due, left = candidate.due_at, candidate.until_breach(now)
    return (
        not first,
        -score(candidate, weights, now),
        candidate.priority.value,
        due is None,
        0.0 if left is None else left,
        # Two that have as long in closed hours: the one that is due first.
        0.0 if due is None else due.timestamp(),
        not candidate.mine,
        candidate.number,
    )


def best(
    candidates: Iterable[Candidate], weights: Mapping[Priority, int], load: Load, now: datetime
) -> Candidate | None:
    """Return the ticket to open next, None when there is none."""
    return min(candidates, key=lambda each: order(each, weights, load, now), default=None)


def why_next(candidate: Candidate, load: Load, now: datetime) -> str:
    """Say why a ticket is next: "P1, breaches in 0:12, in your queue payments, nobody has it"."""
    said = [candidate.priority.value, _clock_words(candidate.until_breach(now))]
    if candidate.mine:
        said.append("yours, and it is your turn")
    else:
        said += [f"in your queue {candidate.queue}", "nobody has it"]
        if load.full:
            said.append(f"yours all wait (you hold {load.held} of {load.capacity})")
    return ", ".join(said)


def _clock_words(left: float | None) -> str:
    if left is None:
        return "no clock runs"
    if left <= 0:
        return f"breached {_ago(-left)}"
    if left < MINUTE:
        return "breaches now"
    if left >= DAY:
        days = int(left // DAY)
        return f"breaches in {days} day{'s' if days > 1 else ''}"
    return f"breaches in {int(left // HOUR)}:{int(left % HOUR // MINUTE):02}"


def _ago(seconds: float) -> str:
    if seconds < MINUTE:
        return "just now"
    for unit, length in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if seconds >= length:
            return f"{int(seconds // length)}{unit} ago"
    raise AssertionError("unreachable")


def skip(command: Skip, ticket: Ticket, situation: Situation) -> Proposal:
    """Record that an agent was handed a ticket and left it, and why. Nothing else follows from it."""
    reason = clean_line(command.reason, LONGEST_REASON).strip()
    if situation.actor.id is None:
        raise Refused("only an agent can skip a ticket")
    if not reason:
        raise Refused("skipping needs a reason", field="reason", hint="such as " + ", ".join(REASONS))
    return Proposal("skipped", stamp(reason))


MOVED = frozenset({"state", "owner", "queue", "voided"})
"""Fields whose change means that a ticket went on: whoever it was handed to has nothing to explain."""


def ends_hold(event: Event, agent: int) -> bool:
    """Say whether what happened ends the hold of the agent a ticket was handed to.

    It does when the ticket was answered, noted on, taken or moved, by whomever, or when the agent skipped or
    snoozed it; what the customer writes meanwhile does not.
    """
    if event.kind == "skipped":
        return event.actor == agent
    for change in event.changes:
        if change.field in MOVED or (change.field == "message" and event.actor is not None):
            return True
        if change.field == f"snooze:{agent}" and change.after is not None:
            return True
    return False
