"""Policy: how a desk is configured, as one immutable value with a version that events name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from deskterm.domain.kinds import Level, Priority, State

if TYPE_CHECKING:
    # What only a desk with a policy of its own needs stays off the way to the first screen.
    from deskterm.domain.actions import Macro
    from deskterm.domain.calendar import Calendar
    from deskterm.domain.mail_settings import MailSettings
    from deskterm.domain.named_states import States
    from deskterm.domain.process import Process
    from deskterm.domain.rule import Rule
    from deskterm.domain.sla_policy import SlaPolicy
    from deskterm.domain.terms import Terms

HOUR = 3600
MINUTE = 60

ALWAYS = "24x7"
"""The name of the calendar that is always open and always there."""

TARGETS = ("first_reply", "next_reply", "update", "resolution")
"""The targets a ticket can have, in the order they are shown."""

DEFAULT_SLA = "default"
"""The name of the SLA policy that holds where no other one matches."""


@dataclass(frozen=True, slots=True)
class Targets:
    """How long a ticket of one priority may take, in seconds of business time; None sets no target."""

    first_reply: int | None = None
    resolution: int | None = None
    next_reply: int | None = None
    update: int | None = None

    def of(self, target: str) -> int | None:
        """Return the seconds of a target by its name, one of TARGETS."""
        seconds: int | None = getattr(self, target)
        return seconds


class Effect(StrEnum):
    """What a state does to the resolution clock: each state has exactly one effect (SEMANTICS S4)."""

    RUNS = "runs"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class NamedState:
    """A state as a desk calls it: its category says what it means, its effect what it does to clocks.

    The `default` of a category is where tickets go when nobody names a state; the first one is when none
    says so. `comes_from` and `leads_to` name the states between which people may move a ticket, None being
    any that the categories allow. `was` are former names: tickets that carry one are in it.
    """

    name: str
    category: State
    effect: Effect
    default: bool = True
    comes_from: tuple[str, ...] | None = None
    leads_to: tuple[str, ...] | None = None
    was: tuple[str, ...] = ()


class Assignment(StrEnum):
    """How a queue gives tickets to its members."""

    NONE = "none"
    ROUND_ROBIN = "round robin"
    LEAST_LOADED = "least loaded"
    SKILLS = "skills"


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """What a queue does its own way; None means as the desk does.

    `fallback` takes over when the mode finds nobody. A ticket its owner leaves untouched for `return_after`
    seconds of business time goes back to the queue, 0 being never. `reply` is the state that "send" leaves
    a ticket in. `mail` is how its mail leaves, None when it says nothing of that.
    """

    assignment: Assignment = Assignment.NONE
    fallback: Assignment = Assignment.NONE
    calendar: str = ""
    return_after: int | None = None
    reopen_window: timedelta | None = None
    reply: State = State.PENDING
    mail: MailSettings | None = None


AS_THE_DESK = "as the desk"
"""What a queue says where it sets nothing of its own."""

_AS_THE_DESK = QueueSettings()


def _targets() -> Mapping[Priority, Targets]:
    """The figures of CONTRACT section 5."""
    return MappingProxyType(
        {
            Priority.P1: Targets(15 * MINUTE, 4 * HOUR),
            Priority.P2: Targets(1 * HOUR, 8 * HOUR),
            Priority.P3: Targets(4 * HOUR, 24 * HOUR),
            Priority.P4: Targets(8 * HOUR, 40 * HOUR),
        }
    )


def _matrix() -> Mapping[tuple[Level, Level], Priority]:
    """Impact × urgency: high/high P1, high/medium P2, high/low and medium/medium P3, else P4."""
    high, medium, low = Level.HIGH, Level.MEDIUM, Level.LOW
    return MappingProxyType(
        {
            (high, high): Priority.P1,
            (high, medium): Priority.P2,
            (medium, high): Priority.P2,
            (high, low): Priority.P3,
            (low, high): Priority.P3,
            (medium, medium): Priority.P3,
            (medium, low): Priority.P4,
            (low, medium): Priority.P4,
            (low, low): Priority.P4,
        }
    )


def _states() -> tuple[NamedState, ...]:
    """The six categories by their own names: only pending and hold pause."""
    effects = {State.PENDING: Effect.PAUSED, State.HOLD: Effect.PAUSED}
    effects |= {State.SOLVED: Effect.STOPPED, State.CLOSED: Effect.STOPPED}
    return tuple(NamedState(state.value, state, effects.get(state, Effect.RUNS)) for state in State)


def _weights() -> Mapping[Priority, int]:
    return MappingProxyType({Priority.P1: 8, Priority.P2: 4, Priority.P3: 2, Priority.P4: 1})


def _nothing() -> Mapping[str, QueueSettings]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TimeSettings:
    """How time worked is counted, in seconds: after `idle` without a key nothing counts, less than `least` is
    not recorded, `round` is the unit it is rounded up to (0: as counted). With `ask`, reply and solve ask.
    """

    on: bool = True
    idle: int = 5 * MINUTE
    least: int = MINUTE
    round: int = 0
    ask: bool = False


@dataclass(frozen=True)
class Policy:
    """Everything a desk decides about itself.

    `targets` and `calendar` are those of the last resort, where none of `sla` matches. `risk` is the share
    of a target after which it is at risk. `rules` run in their order. `processes` are the templates of what
    tickets go through. `queues` holds the settings of queues
    by key. `weights` says how much a ticket of each priority adds to an agent's load. `auto_close_days` are
    business days; `return_after` (None: never) is in seconds of business time. For `work_next_hold` seconds
    what work next handed to an agent is handed to nobody else. `mail` is how mail leaves where a queue says
    nothing, and `undo_send` how many seconds it waits to be taken back. `time` is how time worked is counted.
    `past` holds earlier versions: what has ended is judged by the one that held then.
    """

    version: int = 1
    targets: Mapping[Priority, Targets] = field(default_factory=_targets)
    matrix: Mapping[tuple[Level, Level], Priority] = field(default_factory=_matrix)
    risk: float = 0.8
    reopen_window: timedelta = timedelta(days=14)
    p1_share: float = 0.10
    calendar: str = ALWAYS
    calendars: tuple[Calendar, ...] = ()
    sla: tuple[SlaPolicy, ...] = ()
    states: tuple[NamedState, ...] = field(default_factory=_states)
    rules: tuple[Rule, ...] = ()
    macros: tuple[Macro, ...] = ()
    processes: tuple[Process, ...] = ()
    queues: Mapping[str, QueueSettings] = field(default_factory=_nothing)
    roles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    weights: Mapping[Priority, int] = field(default_factory=_weights)
    auto_close_days: int = 4
    return_after: int | None = None
    work_next_hold: int = 10 * MINUTE
    mail: MailSettings | None = None
    undo_send: int = 10
    time: TimeSettings = TimeSettings()
    past: Mapping[int, Policy] = field(
        default_factory=lambda: MappingProxyType({}), repr=False, compare=False
    )

    def priority(self, impact: Level, urgency: Level) -> Priority:
        """Read the matrix."""
        return self.matrix[impact, urgency]

    def at(self, version: int) -> Policy:
        """Return a version of this policy: this one for one not known, the first is as unset."""
        if version == self.version:
            return self
        return self.past.get(version) or (DEFAULT if version == 1 else self)

    @cached_property
    def named(self) -> States:
        """The states of this policy, ready to be asked."""
        from deskterm.domain.named_states import States

        return States(self.states)

    def effect(self, state: State) -> Effect:
        """Say what the default state of a category does to the resolution clock."""
        return self._effects[state]

    @cached_property
    def own_effects(self) -> Mapping[tuple[State, str], Effect]:
        """What other states than the defaults do to it, by what tickets carry, where that differs."""
        found: dict[tuple[State, str], Effect] = {}
        if len(self.states) > len(State):
            for one in self.states:
                usual = self._effects[one.category]
                if one.effect is not usual:
                    found |= {(one.category, name): one.effect for name in self.named.carried(one)}
        return found

    def queue(self, key: str) -> QueueSettings:
        """Return the settings of a queue by its key; a queue that sets nothing does as the desk does."""
        return self.queues.get(key, _AS_THE_DESK)

    def reopens_within(self, queue: str) -> timedelta:
        """Return how long after closing a requester's message reopens a ticket of a queue."""
        own = self.queue(queue).reopen_window
        return self.reopen_window if own is None else own

    def returns_after(self, queue: str) -> int | None:
        """Return after how many seconds of business time an untouched ticket returns to its queue."""
        own = self.queue(queue).return_after
        return self.return_after if own is None else own or None

    def mail_of(self, queue: str) -> MailSettings:
        """Return how the mail of a queue (by key) leaves: every setting of it is said."""
        from deskterm.domain.mail_settings import AS_IT_COMES, MailSettings

        nothing = MailSettings()
        return (self.queue(queue).mail or nothing).over((self.mail or nothing).over(AS_IT_COMES))

    @cached_property
    def sends_mail(self) -> bool:
        """Say whether mail leaves any queue."""
        return any(one is not None and one.sender for one in self._mails)

    @cached_property
    def own_addresses(self) -> tuple[str, ...]:
        """The addresses that this desk's mail is sent from: nothing is sent to them."""
        found = (one.address for one in self._mails if one is not None)
        return tuple(dict.fromkeys(one.address for one in found if one is not None))

    @property
    def _mails(self) -> tuple[MailSettings | None, ...]:
        return (self.mail, *(one.mail for one in self.queues.values()))

    @cached_property
    def gives_out(self) -> bool:
        """Say whether any queue gives tickets out by itself, or takes back what nobody touches."""
        queues = self.queues.values()
        given = any(one.assignment is not Assignment.NONE or one.return_after for one in queues)
        return given or self.return_after is not None

    def calendar_named(self, name: str) -> Calendar:
        """Return a calendar by its name, "" for the desk's own. Raises KeyError."""
        return self._calendars[name or self.calendar]

    def queue_calendar(self, key: str) -> Calendar:
        """Return the calendar a queue works by."""
        return self.calendar_named(self.queue(key).calendar)

    def sla_named(self, name: str) -> SlaPolicy | None:
        """Return an SLA policy by its name, the last resort included; None when there is none."""
        return self._sla.get(name)

    @cached_property
    def last_resort(self) -> SlaPolicy:
        """The SLA policy that holds where none of `sla` matches."""
        from deskterm.domain.sla_policy import SlaPolicy

        return SlaPolicy(DEFAULT_SLA, "", self.calendar, self.targets, risk=self.risk)

    def process_named(self, name: str) -> Process | None:
        """Return a process template by its name, whatever the case; None when there is none."""
        wanted = name.strip().casefold()
        return next((one for one in self.processes if one.name.casefold() == wanted), None)

    def process_for(self, type: str) -> Process | None:
        """Return the process that tickets of a type begin by themselves, None when they begin none."""
        wanted = type.strip().casefold()
        return next((one for one in self.processes if wanted in one.types), None)

    @cached_property
    def terms(self) -> dict[str, Terms]:
        """What its SLA policies say, by name, as far as it was asked for (domain/terms.py)."""
        return {}

    @cached_property
    def _effects(self) -> Mapping[State, Effect]:
        effects: dict[State, Effect] = {}
        for state in sorted(self.states, key=lambda state: not state.default):
            effects.setdefault(state.category, state.effect)
        return effects

    @cached_property
    def _sla(self) -> Mapping[str, SlaPolicy]:
        return {one.name: one for one in (*self.sla, self.last_resort)}

    @cached_property
    def _calendars(self) -> Mapping[str, Calendar]:
        from deskterm.domain.calendar import AROUND_THE_CLOCK

        always = {ALWAYS: AROUND_THE_CLOCK, AROUND_THE_CLOCK.name: AROUND_THE_CLOCK}
        return {one.name: one for one in self.calendars} | always


DEFAULT = Policy()
"""The policy of a desk that has set nothing."""
