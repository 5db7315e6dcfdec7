"""The parts of a policy file that are conditions and actions: rules, macros, and what they may refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from deskterm.domain.actions import ACTIONS, ME, STATE_WORDS, VENDOR_PREFIX, Macro, vendor_text
from deskterm.domain.causes import CHANGEABLE, EVENTS, SINCE
from deskterm.domain.durations import BUSINESS, read_duration, usual_day
from deskterm.domain.errors import Refused
from deskterm.domain.kinds import HOLD_REASONS, State
from deskterm.domain.plain import clean_text
from deskterm.domain.policy import ALWAYS
from deskterm.domain.policy_reader import Part, meant, pick
from deskterm.domain.process import NO_PROCESS
from deskterm.domain.query import Exact, Field, Is, Me, Not, Query, Term
from deskterm.domain.query_parser import parse
from deskterm.domain.rule import Action, On, Rule
from deskterm.domain.when import WhenError, parse_when

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar
    from deskterm.domain.named_states import States

ALWAYS_NAMES = (ALWAYS, "24×7")
_PERSONAL = ("mine", "unread", "snoozed")


@dataclass(frozen=True, slots=True)
class Names:
    """What a file may refer to: queues by key or name, agents by login, calendars, processes; None is not
    looked at."""

    queues: Mapping[str, str] | None = None
    agents: Mapping[str, str] | None = None
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    states: States | None = None
    processes: Mapping[str, str] | None = None
    me: bool = False
    """Whether "me" may stand for an agent: in macros, which somebody uses."""

    def queue(self, text: str) -> str:
        """Return a queue's key. Raises ValueError."""
        return _known(text, self.queues, "queue")

    def agent(self, text: str) -> str:
        """Return an agent's login. Raises ValueError."""
        if self.me and text.strip().casefold() == ME:
            return ME
        return _known(text, self.agents, "agent")

    def state(self, text: str) -> str:
        """Return the name of a state that an action may put a ticket to. Raises ValueError."""
        if self.states is None:
            return text
        there = [one for one in self.states.all if one.category in STATE_WORDS]
        found = self.states.find(text)
        if found is None or found not in there:
            return pick(text, dict.fromkeys((*STATE_WORDS, *(one.name for one in there))))
        return found.name

    def process(self, text: str) -> str:
        """Return the name of a process, or none. Raises ValueError."""
        return (
            NO_PROCESS if text.strip().casefold() == NO_PROCESS else _known(text, self.processes, "process")
        )

    def status(self, text: str) -> str:
        """Return the name of a state that a condition asks for. Raises ValueError."""
        if self.states is not None and self.states.find(text) is None:
            known = [one.name for one in self.states.all]
            raise ValueError(f'there is no state "{text}"' + meant(text, known))
        return text

    def looks(self) -> dict[str, Callable[[str], str]]:
        """Return what looks up the values of each field whose values are names. These raise ValueError."""
        found: dict[str, Callable[[str], str]]
        found = {"queue": self.queue, "owner": self.agent, "status": self.status}
        if self.processes is not None:
            found["process"] = self.process
        return found

    def calendar(self, text: str) -> str:
        """Return a calendar's name. Raises ValueError."""
        if text.strip() in ALWAYS_NAMES:
            return ALWAYS
        known = {name.casefold(): name for name in self.calendars}
        found = known.get(text.strip().casefold())
        if found is None:
            raise ValueError(f'there is no calendar "{text}"' + meant(text, (*self.calendars, ALWAYS)))
        return found

    def day_of(self, calendar: str) -> int:
        """Return how long a day of a calendar is. Raises ValueError."""
        return usual_day(self.calendars.get(calendar))


def _known(text: str, names: Mapping[str, str] | None, what: str) -> str:
    if names is None:
        return text
    found = names.get(text.strip().casefold())
    if found is None:
        raise ValueError(f'there is no {what} "{text}"' + meant(text, sorted(set(names.values()))))
    return found


def unique(parts: Iterable[tuple[str, Part]], what: str) -> None:
    """Make two of one name a fault."""
    seen: dict[str, str] = {}
    for name, part in parts:
        folded = name.casefold()
        if name and folded in seen:
            part.fault("name" if "name" in part else None, f'there are two {what} named "{seen[folded]}"')
        seen.setdefault(folded, name)


def duration(part: Part, name: str, default: Any, day: Callable[[], int], *, off: bool = False) -> Any:
    """Return seconds; with `off`, the word off is None."""

    def how(text: str) -> int | None:
        return None if off and text.strip().casefold() == "off" else business_time(text, day)

    return part.read(name, how, default)


def business_time(text: str, day: Callable[[], int]) -> int:
    """Return seconds of business time. Raises ValueError."""
    # How long a day is only matters to those who write one.
    return read_duration(text, day() if "d" in text.lower() or "w" in text.lower() else 0)


def condition(part: Part, names: Names, name: str = "when", *, of_clocks: bool = True) -> str:
    """Read a query that nobody in particular asks: no "me", no queue or agent that is not there.

    Not `of_clocks`: what says which targets a ticket has cannot ask how its clocks stand.
    """

    def how(text: str) -> str:
        for term in terms_of(parse(text)):
            for said in wrong(term, names, of_clocks=of_clocks):
                part.fault(name, said)
        return text.strip()

    return part.read(name, how, "")


def wrong(term: Term, names: Names, *, of_clocks: bool = True) -> Iterator[str]:
    """Say what is wrong with a term that nobody in particular asks."""
    if not of_clocks and names.agents is not None:
        yield from _of_clocks(term)
    if isinstance(term, Is) and term.value in _PERSONAL:
        yield f"is:{term.value} is about one agent, and here nobody in particular asks"
    if names.agents is not None and (own := _own(term)):
        # What was stored before these were looked at is still read: it never held.
        yield f"{own} is about one agent, and here nobody in particular asks"
    if isinstance(term, Field):
        if any(isinstance(value, Me) for value in term.values):
            yield f"{term.name}:me is about one agent, and here nobody in particular asks"
        look = names.looks().get(term.name)
        for value in term.values:
            if look is not None and isinstance(value, Exact):
                try:
                    look(value.text)
                except ValueError as error:
                    yield str(error)


def _own(term: Term) -> str:
    """Return a term that asks for what each agent has of their own, "" for any other."""
    if isinstance(term, Is):
        return "is:mentioned" if term.value == "mentioned" else ""
    if not isinstance(term, Field):
        return ""
    if term.name == "has" and any(
        isinstance(value, Exact) and value.text == "draft" for value in term.values
    ):
        return "has:draft"
    return "snoozed:" if term.name == "snoozed" else ""


def _of_clocks(term: Term) -> Iterator[str]:
    """Say of a term that it asks for clocks."""
    said = ""
    if isinstance(term, Is) and term.value in ("breached", "atrisk"):
        said = f"is:{term.value}"
    elif isinstance(term, Field) and term.name in ("sla", "due", "reply", "resolution"):
        said = f"{term.name}:"
    if said:
        yield f"{said} asks for clocks, and which there are is what an SLA policy says"


def terms_of(query: Query) -> Iterator[Term]:
    """Iterate the fields and words of state that a query asks for, wherever they stand in it."""
    waiting: list[Term] = [query.root]
    while waiting:
        term = waiting.pop()
        if isinstance(term, Not):
            waiting.append(term.term)
        elif isinstance(term, Is | Field):
            yield term
        else:
            waiting.extend(reversed(getattr(term, "terms", ())))


def actions(part: Part, names: Names, name: str = "do") -> tuple[Action, ...]:
    """Read a list of actions, each a table such as { tag = "vip" } or { queue = "hr", text = "why" }."""
    found = []
    for one in part.tables(name):
        verbs = [key for key in one.values if key != "text"]
        said = one.prose("text")
        if len(verbs) != 1:
            one.fault(None, "an action is one thing to do" + meant("", ACTIONS))
            continue
        (verb,) = verbs
        if verb not in ACTIONS:
            one.fault(verb, f'"{verb}" is nothing a rule can do' + meant(verb, ACTIONS))
            continue
        found.append(Action(verb, _value(one, verb, names), said))
    return tuple(found)


def _value(part: Part, verb: str, names: Names) -> str:
    info = ACTIONS[verb]

    def how(text: str) -> str:
        value = clean_text(text).strip()
        if not value:
            raise ValueError("says nothing")
        if names.agents is not None:
            # What was stored before these were looked at is still read: its rules say what they could not do.
            _doable(verb, value, names)
        if verb == "state" and value.casefold() == State.HOLD:
            _hold(value, part, names)
        if verb == "escalate" and value.casefold().startswith(VENDOR_PREFIX):
            return _vendor(value, part.values.get("text"), names)
        if info.names:
            if value.casefold() in info.choices:
                return value.casefold()
            looks = {"queue": names.queue, "agent": names.agent, "state": names.state}
            look = (looks | {"process": names.process})[info.names]
            found = look(value)
            if verb == "state":
                _hold(found, part, names)
            return found
        return pick(value, info.choices) if info.choices else value

    return part.read(verb, how, "") if isinstance(part.values[verb], str) else part.text(verb)


def _hold(value: str, part: Part, names: Names) -> None:
    """Refuse a hold that does not say what it waits for. Raises ValueError."""
    state = names.states.find(value) if names.states is not None else None
    held = value.casefold() == State.HOLD or (state is not None and state.category is State.HOLD)
    if held and part.values.get("text") not in HOLD_REASONS:
        raise ValueError(f'{value} needs to know what it waits for, such as text = "vendor"')


_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""From when on the words of a time are read, to see whether they are any; a date may be whenever it is."""


def _doable(verb: str, value: str, names: Names) -> None:
    """Refuse what no ticket would ever get. Raises ValueError."""
    if verb == "step" and not names.me:
        raise ValueError("a step is marked by somebody: a macro does it, a rule cannot")
    if verb == "webhook" and not value.startswith(("https://", "http://")):
        raise ValueError("a webhook needs an address that begins with https://")
    if verb == "remind":
        _time(value)


def _time(text: str) -> None:
    """Refuse words that are no time at all. Raises ValueError."""
    try:
        parse_when(text, _ANY_DAY, UTC)
    except WhenError as error:
        dated = any(word[:4].isdigit() for word in text.split())
        if not (dated and ("passed" in error.reason or "ahead" in error.reason)):
            raise ValueError(error.message) from None


def _vendor(value: str, text: object, names: Names) -> str:
    """Return a vendor as an action names one, with its text read too. Raises ValueError."""
    if not value[len(VENDOR_PREFIX) :].strip():
        raise ValueError('the vendor has no name: write "vendor:NAME"')
    try:
        _, when, _ = vendor_text(text if isinstance(text, str) else "")
        if names.agents is not None:
            _time(when)
    except Refused as error:
        raise ValueError(f"{error.message}, {error.hint}") from None
    return VENDOR_PREFIX + value[len(VENDOR_PREFIX) :].strip()


def rules(part: Part, names: Names) -> tuple[Rule, ...]:
    """Read [[rules]], in order."""
    found, parts = [], []
    for one in part.tables("rules"):
        name = one.name()
        parts.append((name, one))
        if "on" not in one:
            one.fault(None, 'on is missing: "intake", "update" or "time"')
        on = On(one.choice("on", tuple(On), On.INTAKE))
        events = tuple(_event(one, at, text) for at, text in enumerate(one.words("events")))
        since = one.choice("since", SINCE, "")
        after, business = one.read("after", _after, (0, False))
        if on is On.TIME and "since" in one and not after:
            one.fault("since", 'since needs after, such as after = "3d"')
        for key in ("since", "after"):
            if on is not On.TIME and key in one:
                one.fault(key, "is for rules on time")
        if on is not On.UPDATE and events:
            one.fault("events", "is for rules on update")
        if on is On.UPDATE and not events:
            said = "a rule on update says what it waits for: events is missing"
            one.fault("events" if "events" in one else None, said, 'such as events = ["created"]')
        if on is On.TIME and not since:
            said = "a rule on time says what it counts from: since is missing"
            one.fault(None, said, "one of " + ", ".join(SINCE))
        rule = Rule(
            name,
            on,
            condition(one, names),
            actions(one, names),
            events,
            since,
            after,
            one.get("stop", bool, False),
            one.get("active", bool, True),
            business,
        )
        if not rule.stop and not one.values.get("do"):
            one.fault("do" if "do" in one else None, "the rule does nothing: do is missing")
        one.done()
        found.append(rule)
    unique(parts, "rules")
    return tuple(found)


def _after(text: str) -> tuple[int, bool]:
    """Return the seconds a rule waits, and whether they are business time."""
    said = text.strip().casefold()
    if not said.endswith(BUSINESS):
        return read_duration(text), False
    said = said.removesuffix(BUSINESS).strip()
    if "d" in said or "w" in said:
        raise ValueError(f'"{text}": business days differ by calendar: write hours, such as 16h {BUSINESS}')
    return read_duration(said), True


def _event(part: Part, at: int, text: str) -> str:
    head, _, changed = text.partition(":")
    try:
        if head == "changed":
            name = changed.removeprefix("field.")
            return text if name and name != changed else f"changed:{pick(changed, CHANGEABLE)}"
        return pick(text, [name for name in EVENTS if not name.endswith(":")])
    except ValueError as error:
        more = "or changed:field.NAME" if head == "changed" else "or changed:FIELD"
        part.reader.fault((*part.path, "events", at), f"{error}; {more}")
        return text


def macros(part: Part, names: Names) -> tuple[Macro, ...]:
    """Read [[macros]]."""
    found, parts = [], []
    names = replace(names, me=True)
    for one in part.tables("macros"):
        name = one.name()
        parts.append((name, one))
        macro = Macro(name, one.prose("text"), actions(one, names))
        if names.agents is not None:
            # What was stored before placeholders were looked at is still read; its gaps are seen when used.
            _placeholders(one, macro)
        if not macro.text and not macro.actions:
            one.fault(None, "the macro has neither text nor actions")
        one.done()
        found.append(macro)
    unique(parts, "macros")
    return tuple(found)


def _placeholders(part: Part, macro: Macro) -> None:
    from deskterm.domain.placeholders import PLACEHOLDERS, unknown

    written = [("text", macro.text)]
    written += [("do", text) for action in macro.actions for text in (action.value, action.text)]
    for key, text in written:
        for name, near in unknown(text):
            hint = f"did you mean {{{near}}}?" if near else "one of " + ", ".join(PLACEHOLDERS)
            part.fault(key, f"there is no placeholder {{{name}}}", hint)
