"""The states of a policy file, read and written: names, what they do to clocks, and moves between them."""

from __future__ import annotations

from dataclasses import replace

from deskterm.domain.kinds import ACTIVE, State
from deskterm.domain.named_states import TRANSITIONS, States
from deskterm.domain.policy import DEFAULT, Effect, NamedState, Policy
from deskterm.domain.policy_reader import Part, meant
from deskterm.domain.policy_rules import unique

MOST = 50
"""States of one desk: more than anybody can choose from."""

_ORDER = tuple(State)
_WORDS = frozenset(state.value for state in State)


def states(part: Part, *, strict: bool) -> tuple[NamedState, ...]:
    """Read [[states]]: every category must have one, and one of several is its default.

    What was stored before a desk could name several is read as it was understood then: not `strict`.
    """
    found: list[NamedState] = []
    parts: list[Part] = []
    for one in part.tables("states"):
        found.append(_state(one, strict))
        parts.append(one)
    # Of one whose category is not understood nothing more can be said.
    sure = isinstance(part.values.get("states"), list) and all(
        str(one.values.get("category", "")).casefold() in _ORDER for one in parts
    )
    missing = [state.value for state in State if state not in {one.category for one in found}]
    if missing and sure:
        part.fault("states", "no state has the category " + ", ".join(missing))
    if len(found) > MOST:
        part.fault("states", f"are more than {MOST}")
    unique(((one.name, where) for one, where in zip(found, parts, strict=True)), "states")
    known = len(part.reader.faults)
    found = _defaults(found, parts) if sure else found
    if strict:
        _names(found, parts)
        if len(part.reader.faults) == known and not missing:
            found = _moves(found, parts)
    return tuple(sorted(found, key=lambda one: (_ORDER.index(one.category), not one.default)))


def _state(part: Part, strict: bool) -> NamedState:
    name = part.name()
    category = State(part.choice("category", _ORDER, State.NEW))
    if "category" not in part:
        part.fault(None, "category is missing: one of " + ", ".join(State))
    ended = category not in ACTIVE
    effect = Effect(part.choice("clock", tuple(Effect), DEFAULT.effect(category)))
    if ended and effect is not Effect.STOPPED:
        part.fault("clock", f"the clock of {category} can be stopped")
    elif effect is Effect.STOPPED and category in (State.NEW, State.OPEN):
        part.fault("clock", f"the clock of {category} can be runs or paused")
    default = part.get("default", bool, False)
    comes_from, leads_to = part.words("from"), part.words("to")
    was = part.words("was")
    part.done()
    return NamedState(
        name,
        category,
        effect,
        default,
        comes_from if "from" in part else None,
        leads_to if "to" in part else None,
        was,
    )


def _defaults(found: list[NamedState], parts: list[Part]) -> list[NamedState]:
    """The only state of a category is its default; of several, one says so."""
    for category in State:
        places = [at for at, one in enumerate(found) if one.category is category]
        said = [at for at in places if found[at].default]
        if len(places) == 1:
            found[places[0]] = replace(found[places[0]], default=True)
        elif places and not said:
            parts[places[0]].fault(
                None, f"{category} has {len(places)} states and none is its default", "default = true"
            )
        for at in said[1:]:
            parts[at].fault("default", f"{category} has a default already: {found[said[0]].name}")
    return found


def _names(found: list[NamedState], parts: list[Part]) -> None:
    """No name may be taken for a category that it is not the default of, nor two states for one another."""
    taken = {one.name.casefold(): one for one in found}
    settled = {one.category for one in found if one.default}
    for one, part in zip(found, parts, strict=True):
        for key, name in (("name", one.name), *(("was", former) for former in one.was)):
            folded = name.casefold()
            usual = key == "name" and folded == one.category.value
            if folded in _WORDS and not (usual and (one.default or one.category not in settled)):
                part.fault(key, f"{name} is the word for a category: only its default can be called so")
        for former in one.was:
            other = taken.get(former.casefold())
            if other is not None and former.casefold() not in _WORDS:
                said = "itself" if other is one else "another state"
                was = "" if other.name.casefold() == former.casefold() else "former "
                part.fault("was", f"{former} is the {was}name of {said}")
            taken.setdefault(former.casefold(), one)
        if one.default and one.category in (State.NEW, State.OPEN) and one.effect is not Effect.RUNS:
            part.fault("clock", f"in the default of {one.category} the clock runs")


def _moves(found: list[NamedState], parts: list[Part]) -> list[NamedState]:
    """Put the moves into the names as they are written, and look whether every state can be come to."""
    known, faults = States(found), len(parts[0].reader.faults)
    moved = [
        replace(
            one,
            comes_from=_ends(one, part, "from", known),
            leads_to=_ends(one, part, "to", known),
        )
        for one, part in zip(found, parts, strict=True)
    ]
    if len(parts[0].reader.faults) > faults:
        return moved
    asked = States(moved)
    for one in asked.unreachable():
        parts[moved.index(one)].fault(None, "no state leads here", "look at its from, and at their to")
    for one, part in zip(moved, parts, strict=True):
        if one.category in ACTIVE and not asked.onward(one):
            part.fault("to" if "to" in part else None, "leads nowhere: nobody could work on such a ticket")
    return moved


def _ends(one: NamedState, part: Part, key: str, known: States) -> tuple[str, ...] | None:
    """Return the other ends of moves by their names. `known` has no moves that would narrow it."""
    names = one.comes_from if key == "from" else one.leads_to
    if names is None:
        return None
    found: list[str] = []
    for at, name in enumerate(names):
        where = (*part.path, key, at)
        other = known.find(name)
        if other is None:
            near = meant(name, [each.name for each in known.all])
            part.reader.fault(where, f'there is no state "{name}"{near}')
            continue
        here, there = (other, one) if key == "from" else (one, other)
        if other is one:
            part.reader.fault(where, "a state is no move away from itself")
        elif here.category is not there.category and there.category not in TRANSITIONS[here.category]:
            part.reader.fault(where, f"nothing goes from {here.category} to {there.category}")
        elif other.name in found:
            part.reader.fault(where, f'"{name}" is there twice')
        found.append(other.name)
    return tuple(found)


def in_use(whole: Part, policy: Policy) -> None:
    """A state that a part of the policy still puts tickets in cannot be left out."""
    users = [("rules", f'rule "{one.name}"', one.actions) for one in policy.rules]
    users += [("macros", f'macro "{one.name}"', one.actions) for one in policy.macros]
    thresholds = [(one.name, level.actions) for one in policy.sla for level in one.thresholds]
    users += [("sla", f'SLA policy "{name}"', does) for name, does in thresholds]
    for part, user, actions in users:
        for action in actions if part not in whole else ():
            if action.do == "state" and policy.named.find(action.value) is None:
                whole.fault("states", f'{user} puts tickets to "{action.value}", which is left out')


def written(one: NamedState, policy: Policy) -> dict[str, str | bool | tuple[str, ...]]:
    """Return what a file says of a state, by key: nothing that is understood without it."""
    said: dict[str, str | bool | tuple[str, ...]] = {
        "name": one.name,
        "category": one.category.value,
        "clock": one.effect.value,
    }
    if one.default and len(policy.named.within(one.category)) > 1:
        said["default"] = True
    for key, names in (("from", one.comes_from), ("to", one.leads_to), ("was", one.was or None)):
        if names is not None:
            said[key] = names
    return said
