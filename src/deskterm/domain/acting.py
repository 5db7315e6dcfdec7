"""Acting: what the actions of a rule do to a ticket, by the same decisions that answer people's commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from deskterm.domain import commands as c
from deskterm.domain.acting_steps import begin, mark
from deskterm.domain.actions import ME, VENDOR_PREFIX, vendor_text
from deskterm.domain.decide import decide
from deskterm.domain.errors import DeskError, NotFound, Refused, UsageError
from deskterm.domain.escalation import leads, may_see, owner_or_leads
from deskterm.domain.events import Change, Event, evolve, net_effect
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.people import Actor, Agent
from deskterm.domain.policy import Assignment
from deskterm.domain.process import NO_PROCESS
from deskterm.domain.proposal import NewMessage, Ring, Situation
from deskterm.domain.rule import Action
from deskterm.domain.stepping import by_type
from deskterm.domain.ticket import Ticket
from deskterm.domain.when import parse_when

RULES = Actor(None, "rule")
"""The desk doing what its rules say."""

MODES = tuple(mode.value for mode in Assignment if mode is not Assignment.NONE)


class Post(NamedTuple):
    """Something to leave the house: its kind (webhook) and where it goes; the outbox keeps it until sent."""

    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class Effects:
    """What actions come to: the changes of one event, and what is written, rung and sent beside it.

    `ticket` is as it will be; `refused` says in words which actions could not be done, and `reasons` why it
    was given to whom. `turn` is the queue and the agent whose turn that was; `later` is a mode that found
    nobody and is to be tried again.
    """

    ticket: Ticket
    changes: tuple[Change, ...] = ()
    messages: tuple[NewMessage, ...] = ()
    rings: tuple[Ring, ...] = ()
    posts: tuple[Post, ...] = ()
    refused: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    turn: tuple[int, int] | None = None
    later: str = ""

    @property
    def nothing(self) -> bool:
        """Say whether everything was so already."""
        return not (self.changes or self.messages or self.rings or self.posts or self.refused)


def act(
    actions: Sequence[Action],
    ticket: Ticket,
    situation: Situation,
    by: str,
    *,
    zone: tzinfo = UTC,
    intake: bool = False,
    actor: Actor = RULES,
    beyond: str = "",
) -> Effects:
    """Return what actions do to a ticket, each seeing what the ones before it did.

    `by` names the rule, in reasons. What is so already is left out; what is refused is named and does not
    keep the others from being done. On `intake` a queue is chosen: nobody hands anything over. A macro is
    done by the `actor` who uses it; `beyond` is their second reason for a P1.
    """
    hands = _Hands(ticket, replace(situation, actor=actor), by, zone, intake, beyond)
    for action in actions:
        try:
            _DO[action.do](hands, action)
        except KeyError:
            hands.refused.append(f"{action.do}: there is no such action")
        except DeskError as error:
            hands.refused.append(f"{action.do} {action.value}: {error.message}")
        except ValueError:
            hands.refused.append(f"{action.do}: {action.value!r} is no value of it")
    changes = tuple(
        change
        for change in net_effect(hands.events)
        if change.before != change.after and change.field != "reason"
    )
    return Effects(
        hands.ticket,
        changes,
        tuple(hands.messages),
        tuple(hands.rings),
        tuple(hands.posts),
        tuple(hands.refused),
        tuple(hands.reasons),
        hands.turn,
        hands.later,
    )


class _Hands:
    """The ticket while it is being acted on."""

    def __init__(
        self, ticket: Ticket, situation: Situation, by: str, zone: tzinfo, intake: bool, beyond: str
    ) -> None:
        self.ticket = ticket
        self.situation = situation
        self.by = by
        self.zone = zone
        self.intake = intake
        self.beyond = beyond
        self.events: list[Event] = []
        self.messages: list[NewMessage] = []
        self.rings: list[Ring] = []
        self.posts: list[Post] = []
        self.refused: list[str] = []
        self.reasons: list[str] = []
        self.turn: tuple[int, int] | None = None
        self.later = ""

    def command(self, command: c.TicketCommand) -> None:
        proposal = decide(command, self.ticket, self.situation)
        if proposal is None:
            return
        if proposal.message is not None:
            self.messages.append(proposal.message)
        self.rings += proposal.rings
        # Choosing the queue of what just came in is no handoff.
        quiet = ("handoffs",) if self.intake else ()
        self.change(tuple(change for change in proposal.changes if change.field not in quiet))

    def change(self, changes: tuple[Change, ...]) -> None:
        now, ticket = self.situation.now, self.ticket
        event = Event(ticket.version, 0, ticket.number, "ruled", now, None, RULES.via, "", changes)
        self.events.append(event)
        self.ticket = evolve(ticket, event)

    @property
    def numbers(self) -> tuple[int, ...]:
        return (self.ticket.number,)

    def agent(self, name: str) -> Agent:
        wanted, me = name.casefold(), self.situation.actor.agent
        if wanted == ME and me is not None:
            return me
        for agent in self.situation.agents.values():
            if agent.active and wanted in (agent.login.casefold(), agent.name.casefold()):
                return agent
        raise NotFound(f"there is no agent {name!r}")

    def told(self, whom: str) -> list[Agent]:
        if whom == "lead":
            return leads(self.ticket, self.situation)
        if whom == "queue":
            agents = self.situation.agents.values()
            return [agent for agent in agents if agent.active and self.ticket.queue in agent.queues]
        if whom == "owner":
            return owner_or_leads(self.ticket, self.situation)
        agent = self.agent(whom)
        if not may_see(agent, self.ticket, self.situation):
            raise Refused(f"{agent.login} may not see it")
        return [agent]

    def when(self, text: str) -> datetime:
        """Return the time that words mean in the desk's zone. Raises Refused."""
        try:
            return parse_when(text, self.situation.now, self.zone)
        except UsageError as error:
            raise Refused(error.message) from None

    def ring(self, agents: Sequence[Agent], at: datetime, text: str) -> None:
        said = text.strip() or f"{self.by}: #{self.ticket.number}"
        self.rings += [Ring(agent.id, at, said) for agent in agents]


def _queue(hands: _Hands, action: Action) -> None:
    queue = hands.situation.queue(action.value)
    if queue.id != hands.ticket.queue:
        hands.command(c.Move(hands.numbers, queue.id, action.text))


def _assign(hands: _Hands, action: Action) -> None:
    if action.value in MODES:
        _give(hands, action)
        return
    owner = None if action.value in ("", "none") else hands.agent(action.value).id
    if owner != hands.ticket.owner:
        hands.command(c.Assign(hands.numbers, owner, action.text))
        hands.reasons += [action.text.strip()] if action.text.strip() else []


def _give(hands: _Hands, action: Action) -> None:
    """Give it to whom a mode finds, as a queue does by itself; with nobody free it is tried again."""
    ticket, gives = hands.ticket, hands.situation.gives
    if gives is None:
        raise Refused("there is nobody to choose from here")
    choice = gives(ticket, Assignment(action.value))
    if choice.agent is None:
        hands.later = action.value if ticket.owner is None else ""
        raise Refused(choice.reason)
    hands.command(c.Assign(hands.numbers, choice.agent, choice.reason))
    hands.reasons.append(": ".join(filter(None, (action.text.strip(), choice.reason))))
    hands.turn, hands.later = (ticket.queue, choice.agent), ""


def _classify(hands: _Hands, action: Action) -> None:
    if getattr(hands.ticket, action.do) != action.value:
        hands.command(c.Classify(hands.numbers, ((action.do, action.value),)))


def _type(hands: _Hands, action: Action) -> None:
    """A type brings its process at once, so that nothing is solved on the way there."""
    before = hands.ticket
    _classify(hands, action)
    begins = by_type(before, hands.ticket, hands.situation.policy)
    if begins is not None:
        hands.command(begins)
        hands.reasons.append(begins.by)


def begun_first(actions: tuple[Action, ...], begins: c.FollowProcess | None) -> tuple[Action, ...]:
    """Return actions that begin the process of a ticket's type, where it is still to begin, before they solve
    it: its gate stands there already."""
    place = next((at for at, one in enumerate(actions) if one.do in ("solve", "process")), None)
    if begins is None or place is None or actions[place].do == "process":
        return actions
    first = Action("process", begins.process or NO_PROCESS, begins.by)
    return (*actions[:place], first, *actions[place:])


def _form(hands: _Hands, action: Action) -> None:
    name = action.value.removeprefix("field.")
    if dict(hands.ticket.fields).get(name, "") != action.text:
        hands.command(c.Classify(hands.numbers, ((f"field.{name}", action.text),)))


def _level(hands: _Hands, action: Action) -> None:
    level = Level(action.value)
    if getattr(hands.ticket, action.do) is level:
        return
    impact = level if action.do == "impact" else None
    urgency = level if action.do == "urgency" else None
    hands.command(c.SetPriority(hands.numbers, impact=impact, urgency=urgency))


def _priority(hands: _Hands, action: Action) -> None:
    order, held = tuple(Priority), hands.ticket.priority
    wanted = order[max(0, order.index(held) - 1)] if action.value == "raise" else Priority(action.value)
    if wanted is not held:
        what = "rule" if hands.situation.actor is RULES else "macro"
        reason = action.text.strip() or f"{what} {hands.by}"
        hands.command(c.SetPriority(hands.numbers, wanted, reason=reason, beyond=hands.beyond))
        hands.reasons += [hands.beyond] if wanted is Priority.P1 and hands.beyond else []


def _state(hands: _Hands, action: Action) -> None:
    states = hands.situation.policy.named
    found, here = states.find(action.value), states.of_ticket(hands.ticket)
    if found is None:
        raise Refused("there is no such state")
    # The word for a category is not about which of its states a ticket is in.
    category = action.value.casefold() == found.category
    if here.category is not found.category or not (category or here is found):
        into = found.category is State.HOLD and here.category is not State.HOLD
        reason = action.text.strip() or ("other" if into else "")
        status = None if category else found.name
        hands.command(c.ChangeState(hands.numbers, found.category, reason, status=status))


def _solve(hands: _Hands, action: Action) -> None:
    if hands.ticket.state is not State.SOLVED:
        what = "rule" if hands.situation.actor is RULES else "macro"
        hands.command(c.Solve(hands.numbers, action.text.strip() or f"{what} {hands.by}", action.value))


def _close(hands: _Hands, action: Action) -> None:
    if hands.ticket.state is not State.CLOSED:
        hands.command(c.Close(hands.numbers, action.value))


def _tag(hands: _Hands, action: Action) -> None:
    name = action.value.strip().lstrip("#").casefold()
    adds = action.do == "tag"
    if (name in hands.ticket.tags) is not adds:
        hands.command(c.Tag(hands.numbers, (name,) if adds else (), () if adds else (name,)))


def _note(hands: _Hands, action: Action) -> None:
    hands.command(c.Note(hands.numbers, action.value or action.text))


def _reply(hands: _Hands, action: Action) -> None:
    hands.command(c.Reply(hands.numbers, action.value or action.text))


def _notify(hands: _Hands, action: Action) -> None:
    told = hands.told(action.value)
    if not told:
        raise NotFound("there is nobody to tell")
    hands.ring(told, hands.situation.now, action.text)


def _remind(hands: _Hands, action: Action) -> None:
    owner = hands.told("owner")
    if not owner:
        raise NotFound("nobody owns it and there is no lead to ring for")
    hands.ring(owner, hands.when(action.value), action.text)


def _escalate(hands: _Hands, action: Action) -> None:
    why, value = action.text, action.value
    if value in ("", "lead"):
        hands.command(c.Escalate(hands.numbers, c.EscalateTo.LEAD, reason=why, by=hands.by))
    elif value.casefold().startswith(VENDOR_PREFIX):
        reference, when, why = vendor_text(why)
        vendor = value[len(VENDOR_PREFIX) :].strip()
        if dict(hands.ticket.fields).get("vendor") == vendor and hands.ticket.state is State.HOLD:
            return
        at, to = hands.when(when), c.EscalateTo.VENDOR
        hands.command(
            c.Escalate(
                hands.numbers,
                to,
                vendor=vendor,
                reference=reference,
                follow_up=at,
                reason=why,
                by=hands.by,
            )
        )
    else:
        queue = hands.situation.queue(value)
        if queue.id == hands.ticket.queue:
            return
        hands.command(c.Escalate(hands.numbers, c.EscalateTo.QUEUE, queue=queue.id, reason=why, by=hands.by))
    hands.reasons += [why.strip()] if why.strip() else []


def _follow(hands: _Hands, action: Action) -> None:
    agent = hands.agent(action.value)
    if not may_see(agent, hands.ticket, hands.situation):
        raise Refused(f"{agent.login} may not see it")
    if agent.id not in hands.ticket.followers:
        hands.change((Change("followers", (), (agent.id,)),))


def _webhook(hands: _Hands, action: Action) -> None:
    if not action.value.startswith(("https://", "http://")):
        raise Refused("a webhook needs an address that begins with https://")
    hands.posts.append(Post("webhook", action.value))


_DO: dict[str, Callable[[_Hands, Action], None]] = {
    "queue": _queue,
    "assign": _assign,
    "type": _type,
    "category": _classify,
    "component": _classify,
    "channel": _classify,
    "impact": _level,
    "urgency": _level,
    "priority": _priority,
    "state": _state,
    "solve": _solve,
    "close": _close,
    "field": _form,
    "tag": _tag,
    "untag": _tag,
    "note": _note,
    "reply": _reply,
    "notify": _notify,
    "remind": _remind,
    "escalate": _escalate,
    "follow": _follow,
    "webhook": _webhook,
    "process": begin,
    "step": mark,
}
"""Each key of ACTIONS and what it does."""
