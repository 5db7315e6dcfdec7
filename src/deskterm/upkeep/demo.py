"""Filling a desk to show: believable, the same for the same seed, of any size, relative to now."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Any

from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError
from deskterm.domain.history import History, WriteReport
from deskterm.domain.kinds import Priority
from deskterm.domain.people import DESK, Actor
from deskterm.domain.policy import DEFAULT
from deskterm.upkeep import demo_texts as texts
from deskterm.upkeep.demo_cast import HOME, HR, LARGE, MAIN, Cast, Person, host_of, lead_of
from deskterm.upkeep.demo_days import arrivals
from deskterm.upkeep.demo_macros import MACROS
from deskterm.upkeep.demo_play import Part, Play
from deskterm.upkeep.demo_processes import PROCESSES
from deskterm.upkeep.demo_showcase import CHECKOUT, DUPLICATES, POOL, Scene, scenes
from deskterm.upkeep.demo_stories import QUICK, STORIES, Living, draw, ended, living

if TYPE_CHECKING:
    from deskterm.store.store import Store

VARIANTS = 48
"""How many paces of one story a desk tells; then they repeat with other people, words and times."""

LARGE_STRAIGHT = 12
"""How much more often the first story, one that needs few events, is told on a large desk."""

ACTIVE_SHARES = {
    "breached": 3,
    "atrisk": 6,
    "waited": 20,
    "replied": 13,
    "taken": 4,
    "pending": 30,
    "hold": 10,
    "fresh": 14,
}
"""How the tickets that are still worked stand."""

HOME_SHARE = 25 / 86
"""How many of the tickets with an owner the demo's own agent has, on a small desk."""

CHANNELS = ("email",) * 11 + ("web",) * 4 + ("phone",) * 4 + ("chat",) * 2 + ("api", "monitoring", "walk-in")


class Script:
    """Everything that will happen on a demo desk, as histories in the order of their creation."""

    def __init__(self, tickets: int, seed: int, now: datetime) -> None:
        self.now = now.replace(microsecond=0)
        self._seed = seed
        self._rng = Random(f"deskterm demo {seed}")
        self.cast = Cast(tickets, self._rng)
        self._small = tickets < LARGE
        self._scenes = scenes(self.now)[:tickets]
        left = tickets - len(self._scenes)
        self.living = self._plan(min(left, max(0, round(_active_share(tickets) * tickets) - 15)), tickets)
        self._ended = left - len(self.living)
        self._plays: dict[tuple[str, Priority, int], Play] = {}
        shares = [share for share, _ in STORIES.values()]
        if tickets >= LARGE:
            shares[0] *= LARGE_STRAIGHT
        self._names = tuple(STORIES)
        self._sums = tuple(accumulate(shares))

    def histories(self) -> Iterator[History]:
        """Yield every ticket's past, oldest first."""
        known = [scene.begun(self.now) for scene in self._scenes] + [
            story.created_at for story in self.living
        ]
        closed = ((time, 0, None) for time in arrivals(self._ended, self.now, known, self._rng))
        alive = ((story.created_at, 1, story) for story in self.living)
        shown = ((scene.begun(self.now), 2, scene) for scene in self._scenes)
        streams: list[Iterable[tuple[datetime, int, Any]]] = [closed, alive, shown]
        for time, _, what in heapq.merge(*streams, key=lambda entry: entry[:2]):
            if isinstance(what, Scene):
                yield what.history(self.now)
            elif isinstance(what, Living):
                yield self._alive(what)
            else:
                yield self._past(time)

    def _plan(self, many: int, tickets: int) -> list[Living]:
        """Decide how each ticket that is still worked stands, and so when it was opened."""
        flavours = _shared(many)
        home = HOME_SHARE if tickets < LARGE else 0.004
        late = 9 * 60.0 if tickets < LARGE else 6 * 3600.0
        rng, owned, found = self._rng, 0, []
        for flavour in flavours:
            mine = False
            if flavour != "fresh":
                owned += 1
                mine = int(owned * home) > int((owned - 1) * home)
            queue = self.cast.queue(rng)
            while (mine and queue not in MAIN) or (queue == HR and flavour in ("breached", "atrisk")):
                queue = self.cast.queue(rng)
            topics = self.cast.topics(queue)
            topic = rng.randrange(len(topics))
            priority = DEFAULT.priority(topics[topic].impact, topics[topic].urgency)
            used, first, wait = draw(flavour, priority, rng, late)
            created = self.now - timedelta(seconds=used + wait)
            seed = rng.getrandbits(40)
            found.append(Living(created, flavour, queue, topic, priority, used, first, wait, mine, seed))
        return sorted(found, key=lambda story: story.created_at)

    def _alive(self, story: Living) -> History:
        rng = Random(story.seed)
        topic = self.cast.topics(story.queue)[story.topic]
        owner = HOME if story.mine else rng.choice(self.cast.members[story.queue])
        part, person = self._part(topic, story.queue, owner, rng)
        # On a large desk the thousands that are still worked are told as quickly as those that ended.
        type_ = topic.kind if self._small else ""
        return History(person, living(story, rng, type_).stamp(story.created_at, part))

    def _past(self, time: datetime) -> History:
        rng = self._rng
        queue = self.cast.queue(rng)
        topics = self.cast.topics(queue)
        topic = topics[int(rng.random() * len(topics))]
        priority = DEFAULT.priority(topic.impact, topic.urgency)
        age = self.now - time
        name, play, beats = self._told(priority, age)
        members = self.cast.members[queue]
        owner = HOME if queue in MAIN and rng.random() < 0.24 else members[int(rng.random() * len(members))]
        part, person = self._part(topic, queue, owner, rng, spam=name == "spam")
        return History(person, play.stamp(time, part, beats))

    def _told(self, priority: Priority, age: timedelta) -> tuple[str, Play, int]:
        """Choose a story that could end within `age`."""
        rng = self._rng
        for _ in range(6):
            name = rng.choices(self._names, cum_weights=self._sums)[0]
            play = self._play(name, priority, int(rng.random() * VARIANTS))
            beats = play.until(age)
            if beats is not None:
                return name, play, beats
        play = self._play(QUICK, priority, 0)
        return QUICK, play, play.until(age) or len(play.beats)

    def _play(self, name: str, priority: Priority, variant: int) -> Play:
        key = (name, priority, variant)
        play = self._plays.get(key)
        if play is None:
            rng = Random(f"{self._seed} {name} {priority} {variant}")
            play = self._plays[key] = ended(name, priority, rng)
        return play

    def _part(
        self, topic: texts.Topic, queue: str, owner: str, rng: Random, *, spam: bool = False
    ) -> tuple[Part, Person]:
        """Say who takes part in a ticket, and in which words."""
        person = self.cast.person(rng)
        name, address, organization = person
        slots = texts.Slots(
            rng,
            first=name.partition(" ")[0],
            organization=organization,
            organization_slug=host_of(organization),
            address=address,
            agent=owner,
            component=topic.component,
        )
        members = self.cast.members[queue]
        helper = members[int(rng.random() * len(members))]
        other = MAIN[int(rng.random() * 4)]
        while other == queue:
            other = MAIN[int(rng.random() * 4)]
        first = self.cast.members[other][0]
        words = _Words(topic, slots, spam)
        created: dict[str, Any] = {
            "subject": words["@subject"],
            "impact": topic.impact,
            "urgency": topic.urgency,
            "type": topic.kind,
            "channel": CHANNELS[int(rng.random() * len(CHANNELS))],
            "category": topic.category,
            "component": topic.component,
            "tags": frozenset(topic.tags.split()),
        }
        if "order" in slots:
            created["fields"] = frozenset({("order", slots["order"])})
        return Part(
            {"owner": owner, "helper": helper, "first": first, "lead": lead_of(queue)},
            {"here": queue, "elsewhere": other},
            words,
            created,
        ), person


_PHRASES = {
    "@acknowledged": texts.ACKNOWLEDGED,
    "@confirmed": texts.CONFIRMED,
    "@still_broken": texts.STILL_BROKEN,
    "@fixed_again": texts.FIXED_AGAIN,
    "@chase": texts.CHASES,
    "@reassured": texts.REASSURED,
    "@vendor": texts.VENDOR_WAIT,
    "@vendor_done": texts.VENDOR_DONE,
    "@handover": texts.HANDOVER,
    "@checked": texts.CHECKED,
}
"""What is said in every kind of trouble, by its key."""


class _Words(dict[str, str]):
    """The texts of one ticket by their keys, filled when a play asks for them; anything else says itself."""

    def __init__(self, topic: texts.Topic, slots: texts.Slots, spam: bool) -> None:
        super().__init__(fixed=topic.code)
        self._topic = topic
        self._slots = slots
        if spam:
            subject, opening = texts.SPAM[len(slots["address"]) % len(texts.SPAM)]
            self["@subject"], self["@opening"] = slots.fill(subject), slots.fill(opening)

    def get(self, key: str, otherwise: Any = None) -> Any:
        """Return the text of a key; a text that is no key is itself."""
        return self[key] if key[:1] == "@" or key in self else otherwise

    def __missing__(self, key: str) -> str:
        phrases = _PHRASES.get(key)
        if phrases is None:
            raw = getattr(self._topic, key.removeprefix("@"))
        else:
            raw = phrases[sum(map(ord, self._slots["first"])) % len(phrases)]
        text = self[key] = self._slots.fill(raw)
        return text


def _active_share(tickets: int) -> float:
    """How much of a desk is still worked: a small one shows more of it."""
    if tickets <= 1000:
        return 0.19
    return max(0.08, 0.19 - 0.055 * min(2.0, (len(str(tickets)) - 3) * 0.67))


def _shared(many: int) -> list[str]:
    """Share a number of tickets among the flavours."""
    total = sum(ACTIVE_SHARES.values())
    flavours: list[str] = []
    sums = 0
    for flavour, share in ACTIVE_SHARES.items():
        sums += share
        flavours += [flavour] * (round(many * sums / total) - len(flavours))
    return flavours


def fill(
    store: Store, tickets: int, seed: int, now: datetime, on_progress: Callable[[int], None] | None = None
) -> WriteReport:
    """Fill an empty desk with people, queues and tickets. The same seed and now give the same desk."""
    script = Script(tickets, seed, now)
    for queue in script.cast.queues:
        store.dispatch(queue, actor=DESK)
    for agent in script.cast.agents:
        store.dispatch(agent, actor=DESK)
    store.dispatch(c.ApplyPolicy(PROCESSES + MACROS), actor=DESK)
    # A policy asks for clocks to be counted anew; there is no ticket yet.
    store.run_due()
    report = store.write_histories(script.histories(), via="demo", on_progress=on_progress)
    _finish(store, Random(f"deskterm demo {seed} last"))
    return report


def _finish(store: Store, rng: Random) -> None:
    """Do what belongs to agents and not to tickets' pasts, through the desk's ordinary door."""
    held = store.actor
    home = store.people().agent(HOME)
    store.actor = Actor(home, "demo")
    try:
        _link(store)
        _own_workplace(store, rng)
    finally:
        store.actor = held


def _numbers(store: Store, subject: str) -> tuple[int, ...]:
    return tuple(row.number for row in store.quick(subject, limit=20) if row.subject == subject)


def _link(store: Store) -> None:
    checkout = _numbers(store, CHECKOUT)
    wanted = [("duplicate", subject) for subject in DUPLICATES] + [("caused by", POOL)]
    for kind, subject in wanted:
        for number in _numbers(store, subject)[:1]:
            if checkout:
                store.dispatch(c.LinkTo((checkout[0],), kind, number), actor=Actor(None, "demo"))


def _own_workplace(store: Store, rng: Random) -> None:
    """Give the demo's own agent read and unread tickets, snoozes, reminders and searches of her own."""
    now = store.now()
    mine = store.numbers("owner:me", 400)
    for number in mine:
        store.mark_read(number)
    # A vendor's answer is there to be seen.
    quiet = store.numbers("owner:me is:pending,hold -has:side", 40)
    tomorrow = now.replace(hour=7, minute=0, second=0, microsecond=0) + timedelta(days=1)
    orders: list[c.Command] = [c.Snooze((number,), until=tomorrow) for number in quiet[-4:]]
    for number, text in zip(quiet, ("Call back about the contract", "Ask the vendor again"), strict=False):
        orders.append(c.Remind(now + timedelta(hours=rng.randint(2, 20)), text, number))
    for number in _numbers(store, CHECKOUT)[:1]:
        orders.append(c.Remind(now + timedelta(minutes=25), "Next update to Ana", number))
    orders.append(c.SaveView("VIP this week", 'org:Northwind,"Harbour Bank" created:<7d'))
    orders.append(c.SaveView("Waiting > 3d", "is:pending updated:>3d"))
    for order in orders:
        with suppress(DeskError):
            store.dispatch(order)
    for subject, text in NEWS:
        for number in _numbers(store, subject)[:1]:
            store.dispatch(c.Receive((number,), text), actor=Actor(None, "demo"))


NEWS = (
    (CHECKOUT, "Still about one in ten here. Is there something we can switch off on our side meanwhile?"),
    ("Export to CSV drops the last column", "By the way, it is the same in the export of refunds."),
    ("Export to CSV drops the last column", "We would need it before the month is closed on Friday."),
)
"""What customers wrote since the demo's own agent looked."""
