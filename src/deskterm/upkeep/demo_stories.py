"""How tickets of the demo desk live: stories that ended, at different paces, and ones that go on now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from deskterm.domain.commands import (
    Assign,
    ChangeState,
    Close,
    LogTime,
    Move,
    Note,
    Receive,
    Reply,
    SetPriority,
    Solve,
)
from deskterm.domain.kinds import Priority, State
from deskterm.domain.policy import DEFAULT
from deskterm.upkeep.demo_play import DAWN, NUMBER, Play
from deskterm.upkeep.demo_processes import begins, done

T = (NUMBER,)
OWNER, HELPER, FIRST = 1, 2, 3
"""The agents of a play by their numbers there."""
HERE = 1
CODE = "fixed"
"""Stands for the code of the ticket's own topic."""

MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Pace:
    """When things happen in a story that ended, in seconds from its beginning."""

    taken: float
    replied: float
    solved: float
    closed: float


def pace(rng: Random, priority: Priority) -> Pace:
    """Draw how fast a ticket went: most well within their targets, some late."""
    targets = DEFAULT.targets[priority]
    first, whole = targets.first_reply or HOUR, targets.resolution or DAY
    share = min(0.93, rng.lognormvariate(-1.4, 0.7))
    if rng.random() < 0.03:
        share = rng.uniform(1.05, 1.9)
    replied = max(2 * MINUTE, first * share)
    late = {Priority.P1: 0.16, Priority.P2: 0.09, Priority.P3: 0.05, Priority.P4: 0.03}[priority]
    used = min(0.96, rng.lognormvariate(-1.25, 0.55))
    if rng.random() < late:
        used = rng.uniform(1.03, 1.8)
    solved = max(replied + 4 * MINUTE, whole * used)
    closed = solved + (
        rng.uniform(0.5, 20) * HOUR if rng.random() < 0.4 else 4 * DAY + rng.uniform(0, 2) * DAY
    )
    return Pace(replied * rng.uniform(0.2, 0.8), replied, solved, closed)


def _straight(play: Play, when: Pace, rng: Random) -> Play:
    """Whoever reads it first knows the answer."""
    return play.do(when.replied, "owner", Reply(T, "@fix", State.SOLVED, code=CODE))


def _answered(play: Play, when: Pace, rng: Random) -> Play:
    """One reply that solves it."""
    play.do(when.taken, "owner", Assign(T, OWNER))
    return play.do(when.replied, "owner", Reply(T, "@fix", State.SOLVED, code=CODE))


def _worked(play: Play, when: Pace, rng: Random) -> Play:
    """Acknowledged, then solved."""
    play.do(when.taken, "owner", Assign(T, OWNER))
    play.do(when.replied, "owner", Reply(T, "@acknowledged", State.OPEN))
    if rng.random() < 0.5:
        half = (when.replied + when.solved) / 2
        play.do(half, "owner", Note(T, "@note"))
        spent = (10 + int(when.solved) % 9 * 5) * MINUTE
        play.do(half, "owner", LogTime(T, min(spent, int(half - when.taken)), timed=True))
    return play.do(when.solved, "owner", Solve(T, "@resolution", CODE, "@fix"))


def _asked(play: Play, when: Pace, rng: Random) -> Play:
    """A question, an answer, then the fix."""
    play.do(when.taken, "owner", Assign(T, OWNER))
    play.do(when.replied, "owner", Reply(T, "@ask", State.PENDING))
    wait = min(14 * DAY, rng.lognormvariate(3.5, 1.1) * HOUR)
    play.do(when.replied + wait, "", Receive(T, "@answer"))
    if rng.random() < 0.4:
        play.do(when.replied + wait + MINUTE, "owner", Note(T, "@note"))
    return play.do(when.solved + wait, "owner", Solve(T, "@resolution", CODE, "@fix"))


def _confirmed(play: Play, when: Pace, rng: Random) -> Play:
    """The customer tries the fix before it counts as solved."""
    play.do(when.taken, "owner", Assign(T, OWNER))
    play.do(when.replied, "owner", Reply(T, "@ask", State.PENDING))
    wait = min(9 * DAY, rng.lognormvariate(3.2, 1.0) * HOUR)
    play.do(when.replied + wait, "", Receive(T, "@answer"))
    play.do(when.solved + wait, "owner", Reply(T, "@fix", State.PENDING))
    tried = when.solved + wait + min(9 * DAY, rng.lognormvariate(3.2, 1.0) * HOUR)
    play.do(tried, "", Receive(T, "@confirmed"))
    return play.do(tried + 5 * MINUTE, "owner", Solve(T, "@resolution", CODE))


def _moved(play: Play, when: Pace, rng: Random) -> Play:
    """It came to the wrong queue first."""
    play.do(when.taken * 0.4, "first", Note(T, "@checked"))
    play.do(when.taken * 0.6, "first", Move(T, HERE, "@handover"))
    play.do(when.taken, "owner", Assign(T, OWNER))
    play.do(when.replied, "owner", Reply(T, "@acknowledged", State.OPEN))
    return play.do(when.solved, "owner", Solve(T, "@resolution", CODE, "@fix"))


def _vendor(play: Play, when: Pace, rng: Random) -> Play:
    """A third party has to move first."""
    play.do(when.taken, "helper", Assign(T, HELPER))
    play.do(when.replied, "helper", Reply(T, "@acknowledged", State.OPEN))
    play.do(when.replied + 2 * MINUTE, "helper", Assign(T, OWNER))
    play.do(when.replied + 9 * MINUTE, "owner", Note(T, "@vendor"))
    play.do(
        when.replied + 10 * MINUTE,
        "owner",
        ChangeState(T, State.HOLD, rng.choice(("vendor", "problem", "change"))),
    )
    wait = rng.uniform(1, 16) * DAY
    play.do(when.replied + wait, "owner", ChangeState(T, State.OPEN))
    play.do(when.replied + wait + MINUTE, "owner", Note(T, "@vendor_done"))
    return play.do(when.solved + wait + 15 * MINUTE, "owner", Solve(T, "@resolution", "third party", "@fix"))


def _reopened(play: Play, when: Pace, rng: Random) -> Play:
    """The first fix did not hold."""
    _worked(play, when, rng)
    back = when.solved + rng.uniform(0.5, 30) * HOUR
    play.do(back, "", Receive(T, "@still_broken"))
    return play.do(back + 50 * MINUTE, "owner", Reply(T, "@fixed_again", State.SOLVED, code=CODE))


def _chased(play: Play, when: Pace, rng: Random) -> Play:
    """The customer loses patience on the way."""
    play.do(when.taken, "owner", Assign(T, OWNER))
    play.do(when.replied, "owner", Reply(T, "@acknowledged", State.OPEN))
    gap = when.solved - when.replied
    play.do(when.replied + gap * 0.5, "", Receive(T, "@chase"))
    play.do(when.replied + gap * 0.6, "owner", Reply(T, "@reassured", State.OPEN))
    return play.do(when.solved, "owner", Solve(T, "@resolution", CODE, "@fix"))


def _raised(play: Play, when: Pace, rng: Random) -> Play:
    """It turned out to be worse than it looked."""
    better = {Priority.P4: Priority.P3, Priority.P3: Priority.P2, Priority.P2: Priority.P1}
    play.do(when.taken, "owner", Assign(T, OWNER))
    if play.priority in better:
        reason = "more people are concerned than the first message says"
        play.do(when.taken + MINUTE, "owner", SetPriority(T, better[play.priority], reason=reason))
    play.do(when.replied + MINUTE, "owner", Reply(T, "@acknowledged", State.OPEN))
    return play.do(
        when.solved * 0.4 + when.replied + 2 * MINUTE, "owner", Solve(T, "@resolution", CODE, "@fix")
    )


def _turned_away(play: Play, when: Pace, rng: Random) -> Play:
    """Closed without solving."""
    reason = rng.choice(("duplicate", "withdrawn", "duplicate", "cannot reproduce", "declined"))
    return play.do(when.taken, "owner", Close(T, reason))


def _spam(play: Play, when: Pace, rng: Random) -> Play:
    return play.do(when.taken, "owner", Close(T, "spam"))


def _at_once(play: Play, when: Pace, rng: Random) -> Play:
    """Answered and solved within minutes: what still fits into the last hour."""
    play.do(3 * MINUTE, "owner", Assign(T, OWNER))
    return play.do(rng.uniform(5, 20) * MINUTE, "owner", Reply(T, "@fix", State.SOLVED, code=CODE))


Story = Callable[[Play, Pace, Random], Play]
STORIES: dict[str, tuple[int, Story]] = {
    "straight": (14, _straight),
    "answered": (22, _answered),
    "worked": (15, _worked),
    "asked": (26, _asked),
    "confirmed": (9, _confirmed),
    "moved": (6, _moved),
    "vendor": (8, _vendor),
    "reopened": (3, _reopened),
    "chased": (3, _chased),
    "raised": (2, _raised),
    "turned away": (2, _turned_away),
    "spam": (1, _spam),
}
"""Stories that ended, with how often each is told."""
QUICK = "at once"


def ended(name: str, priority: Priority, rng: Random) -> Play:
    """Play a whole life: the story, then what closes it after it was solved."""
    story = _at_once if name == QUICK else STORIES[name][1]
    when = pace(rng, priority)
    play = Play(priority).begin("elsewhere" if name == "moved" else "here")
    story(play, when, rng)
    ticket = play.ticket
    if ticket is not None and ticket.state is State.SOLVED:
        solved = (ticket.updated_at - DAWN).total_seconds()
        confirmed = when.closed - when.solved < 2 * DAY
        play.do(
            solved + when.closed - when.solved,
            "owner" if confirmed else "",
            Close(T, "confirmed" if confirmed else "no answer"),
        )
    return play


FIRST_STEPS = {"Incident": "Reproduce", "Service request": "Check what is asked"}


@dataclass(frozen=True, slots=True)
class Living:
    """A ticket that is still worked: how it stands now. Seconds; `used` of its target, `wait` paused."""

    created_at: datetime
    flavour: str
    queue: str
    topic: int
    priority: Priority
    used: int
    first: int
    wait: int
    mine: bool
    seed: int


def draw(flavour: str, priority: Priority, rng: Random, late: float) -> tuple[int, int, int]:
    """Draw (used, first reply, wait): a ticket then stands as its flavour says; `late` bounds a delay."""
    targets = DEFAULT.targets[priority]
    first_target, whole = targets.first_reply or HOUR, targets.resolution or DAY
    first = int(first_target * rng.uniform(0.08, 0.55))
    long = 1.3 if flavour in ("pending", "hold") else 0.9
    wait = int(min(30.0, rng.lognormvariate(long, 0.8)) * DAY)
    if flavour in ("fresh", "taken"):
        return int(first_target * rng.uniform(0.05, 0.6)), 0, 0
    if flavour == "breached":
        used = whole + int(rng.uniform(MINUTE, late))
    elif flavour == "atrisk":
        used = int(whole * rng.uniform(0.83, 0.96))
    else:
        used = int(whole * rng.uniform(0.12, 0.62))
    if flavour == "replied" or (flavour in ("breached", "atrisk") and rng.random() < 0.4):
        wait = 0
    return max(used, first + 10 * MINUTE), first, wait


def living(story: Living, rng: Random, type_: str = "") -> Play:
    """Play a ticket up to now: its age is the time used plus the time it waited. One of a `type_` that has a
    process follows it, further than its first steps where somebody works on it."""
    play = Play(story.priority).begin()
    process = begins(type_)
    if process is not None:
        play.do(1, "", process)
    used, first, wait = story.used, story.first, story.wait
    if story.flavour == "fresh":
        return play
    if story.flavour == "taken":
        return play.do(used * 0.5, "owner", Assign(T, OWNER))
    play.do(first * 0.6, "owner", Assign(T, OWNER))
    if story.flavour in ("pending", "hold"):
        return _resting(play, story, rng)
    if wait == 0:
        play.do(first, "owner", Reply(T, "@acknowledged", State.OPEN))
        _step(play, story, first + 20)
        if rng.random() < 0.5:
            play.do((first + used) / 2, "owner", Note(T, "@note"))
        _further(play, story, used)
        return play.ring(used)
    asked = first + (used - first) * rng.uniform(0.05, 0.3)
    play.do(first, "owner", Reply(T, "@acknowledged", State.OPEN))
    _step(play, story, first + 20)
    play.do(asked, "owner", Reply(T, "@ask", State.PENDING))
    play.do(asked + wait, "", Receive(T, "@answer"))
    if rng.random() < 0.4:
        play.do(asked + wait + MINUTE, "owner", Note(T, "@note"))
    _further(play, story, used + wait)
    return play.ring(used + wait)


def _step(play: Play, story: Living, seconds: float) -> None:
    """Do the first step of a process, as most do it before anything else."""
    if play.ticket is not None and play.ticket.process and story.seed % 4:
        play.do(seconds, "owner", done(FIRST_STEPS[play.ticket.process]))


def _further(play: Play, story: Living, now: float) -> None:
    """Do the second step of some, a while ago but after all that happened before."""
    ticket = play.ticket
    if ticket is None or not ticket.process or not story.seed % 4:
        return
    if ticket.process == "Incident" and story.seed % 2:
        return
    last = (ticket.updated_at - DAWN).total_seconds()
    seconds = max(last, now - (5 + story.seed % 240) * MINUTE)
    if ticket.process == "Incident":
        play.do(seconds, "owner", done("Workaround"))
    else:
        play.do(seconds, "lead", done("Approval"))


def _resting(play: Play, story: Living, rng: Random) -> Play:
    """Leave it waiting for the customer or for a third party."""
    if story.flavour == "pending":
        if story.used - story.first > 30 * MINUTE and rng.random() < 0.5:
            play.do(story.first, "owner", Reply(T, "@acknowledged", State.OPEN))
            return play.do(story.used, "owner", Reply(T, "@ask", State.PENDING))
        play.do(story.first, "owner", Reply(T, "@ask", State.PENDING))
        return play
    play.do(story.first, "owner", Reply(T, "@acknowledged", State.OPEN))
    _step(play, story, story.first + 20)
    play.do(story.used - MINUTE, "owner", Note(T, "@vendor"))
    until = DAWN + timedelta(seconds=story.used + story.wait + rng.randint(1, 6) * DAY)
    reason = rng.choice(("vendor", "vendor", "problem", "change"))
    return play.do(story.used, "owner", ChangeState(T, State.HOLD, reason, until))
