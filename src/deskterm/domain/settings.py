"""Settings: the policy of a desk as lines to read, and the common ones as something to change one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deskterm.domain import settings_file
from deskterm.domain.durations import write_duration, write_share
from deskterm.domain.errors import Refused
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.mail_settings import AS_IT_COMES, TEMPLATES, MailSettings
from deskterm.domain.named_states import TRANSITIONS
from deskterm.domain.people import Role
from deskterm.domain.plan import AgentPlan, Plan
from deskterm.domain.policy import (
    ALWAYS,
    AS_THE_DESK,
    TARGETS,
    Assignment,
    Effect,
    NamedState,
    Policy,
    Targets,
)
from deskterm.domain.policy_diff import one_line, told
from deskterm.domain.policy_file import PolicyError, parse
from deskterm.domain.policy_mail import written as written_mail
from deskterm.domain.policy_processes import step_words
from deskterm.domain.process import Process
from deskterm.domain.settings_file import ANY, NO, NONE, OFF, ON, REMOVE, YES, role_name
from deskterm.domain.sla_policy import SlaPolicy

SHARE = "a share of the target, such as 80%"
COMMAS = "with commas between, empty for none"


@dataclass(frozen=True, slots=True)
class Setting:
    """One line: `way` leads to what a file calls it, () when only a file changes it.

    `choices` are all values there are, () for a text that `help` explains.
    """

    section: str
    label: str
    value: str
    way: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    help: str = ""


def settings(plan: Plan) -> tuple[Setting, ...]:
    """Return everything a policy says, section by section."""
    policy = plan.policy
    found = [
        *_desk(policy),
        *_targets("Targets", ("targets",), policy.targets),
        *_queues(plan),
        *_mail(policy),
        *_time(policy),
    ]
    for process in policy.processes:
        found += _process(process)
    for one in policy.sla:
        found += _sla(policy, one)
    for rule in policy.rules:
        found.append(Setting("Rules", rule.name, told(rule)))
        runs, leads = ON if rule.active else OFF, ("rules", rule.name, "active")
        found.append(Setting("Rules", f"{rule.name} is", runs, leads, (ON, OFF)))
    found += [Setting("Calendars", one.name, told(one)) for one in policy.calendars]
    priorities = tuple(priority.value for priority in Priority)
    for impact in Level:
        for urgency in Level:
            words, cell = f"{impact} impact, {urgency} urgency", policy.matrix[impact, urgency].value
            place = ("matrix", impact.value, urgency.value)
            found.append(Setting("Priority matrix", words, cell, place, priorities))
    for state in policy.states:
        found += _state(state, policy)
    for priority in Priority:
        weight, adds = str(policy.weights[priority]), "what a ticket adds to a load, 0 to 1000"
        found.append(
            Setting("Weights of load", priority.value, weight, ("weights", priority.value), (), adds)
        )
    for role in Role:
        called, help = role_name(policy, role), "what the role is called here"
        found.append(Setting("Names of roles", role.value, called, ("roles", role.value), (), help))
    found += [Setting("Macros", one.name, told(one)) for one in policy.macros]
    found += [line for one in plan.agents if one.active for line in _agent(one)]
    for view in plan.views:
        place = ("views", view.agent, view.name)
        found.append(Setting("Views", f"{view.agent}: {view.name}", view.query, place, (), "a search"))
    return tuple(found)


def document(plan: Plan, setting: Setting, text: str) -> str:
    """Return the policy file that changes one setting."""
    return settings_file.document(plan, setting.way, text)


def made_doubtful(plan: Plan, setting: Setting, text: str) -> tuple[str, ...]:
    """Return what a change of a setting makes doubtful that was not so before; nothing of what is refused."""
    from deskterm.domain.policy_warnings import doubts

    try:
        after = parse(document(plan, setting, text), plan)
    except PolicyError:
        return ()
    before = {one.message for one in doubts(plan)}
    return tuple(dict.fromkeys(one.message for one in doubts(after) if one.message not in before))


def _process(process: Process) -> list[Setting]:
    """Say what begins a process, and its steps: the common parts of each can be changed."""
    way, section = ("processes", process.name), "Processes"
    types = ", ".join(process.types) or NONE
    help = "types of tickets with commas between, or none"
    found = [Setting(section, f"{process.name} is begun by", types, (*way, "types"), (), help)]
    for place, step in enumerate(process.steps, 1):
        label, leads = f"{process.name} {place}. {step.name}", (*way, step.name)
        words = one_line(f"{step_words(step)}\n{step.text}" if step.text else step_words(step))
        within = write_duration(step.within) if step.within is not None else NONE
        required = YES if step.required else NO
        found += [
            Setting(section, label, words),
            Setting(section, f"{label}: required", required, (*leads, "required"), (YES, NO)),
            Setting(section, f"{label}: within", within, (*leads, "within"), (), "business time, or none"),
        ]
    return found


def _sla(policy: Policy, one: SlaPolicy) -> list[Setting]:
    way, section = ("sla", one.name), "SLA policies"
    return [
        Setting(section, one.name, told(one)),
        Setting(section, f"{one.name} calendar", one.calendar, (*way, "calendar"), _calendars(policy)),
        Setting(section, f"{one.name} at risk after", write_share(one.risk), (*way, "at_risk"), (), SHARE),
        Setting(
            section,
            f"{one.name} outside hours adds",
            write_duration(one.out_of_hours) if one.out_of_hours else OFF,
            (*way, "out_of_hours"),
            (),
            "business time such as 30m, or off",
        ),
        *_targets(section, way, one.targets, f"{one.name} "),
    ]


def _state(state: NamedState, policy: Policy) -> list[Setting]:
    own = (state.category.value,) if state.default else (state.category.value, state.name)
    way, section = ("states", *own), "States"
    which = state.category.value if state.default else f"{state.category}, {state.name}"
    help = "its name here; tickets in it go along"
    found = [
        Setting(section, f"{which} is called", state.name, (*way, "name"), (), help),
        Setting(section, f"{which}: its clock", state.effect.value, (*way, "clock"), _clocks(state)),
    ]
    for key, words, there in (("from", "comes from", state.comes_from), ("to", "leads to", state.leads_to)):
        if there is not None or _may_move(state, key, policy):
            value = ANY if there is None else ", ".join(there)
            help = "names of states with commas between, or any"
            found.append(Setting(section, f"{which} {words}", value, (*way, key), (), help))
    if not state.default:
        found.append(Setting(section, f"{which}: remove", NO, (*way, REMOVE), (NO, YES)))
    else:
        more = "" if len(policy.named.within(state.category)) == 1 else "another name for tickets to be in"
        label, leads = f"{state.category}: one more state", ("states", state.category.value, "more")
        found.append(Setting(section, label, NONE, leads, (), more or "a name, such as waiting for parts"))
    return found


def _may_move(state: NamedState, key: str, policy: Policy) -> bool:
    """Say whether the categories let any other state come before (`from`) or after one (`to`)."""
    others = (one.category for one in policy.states if one is not state)
    ends = ((one, state.category) if key == "from" else (state.category, one) for one in others)
    return any(here is there or there in TRANSITIONS[here] for here, there in ends)


def is_removal(setting: Setting) -> bool:
    """Say whether a setting takes a state away."""
    return setting.way[:1] == ("states",) and setting.way[-1] == REMOVE


def removed(plan: Plan, setting: Setting) -> tuple[NamedState, NamedState]:
    """Return the state that a setting takes away, and the one that its tickets are in then.

    Raises Refused where another state has no move left without it, and where the policy needs it.
    """
    known = plan.policy.named
    gone = known.find(setting.way[2])
    if gone is None or gone.default:
        raise Refused(f"there is no state {setting.way[2]!r} to remove", field="states")
    for one in plan.policy.states:
        for words, ends in (("comes from", one.comes_from), ("leads to", one.leads_to)):
            if one is not gone and ends == (gone.name,):
                raise Refused(
                    f"{gone.name} stays: {one.name} {words} it alone",
                    field="states",
                    hint=f"change first what {one.name} {words}",
                )
    try:
        parse(document(plan, setting, YES), plan)
    except PolicyError as error:
        fault = error.faults[0]
        raise Refused(f"{gone.name} stays: {fault.message}", field=fault.where, hint=fault.hint) from None
    return gone, known.default(gone.category)


def _clocks(state: NamedState) -> tuple[str, ...]:
    """The effects a state may have: its category's, and in some of them what the desk likes."""
    if state.category in (State.SOLVED, State.CLOSED):
        return (Effect.STOPPED.value,)
    if state.category in (State.PENDING, State.HOLD):
        return tuple(effect.value for effect in Effect)
    return (Effect.RUNS.value,) if state.default else (Effect.RUNS.value, Effect.PAUSED.value)


def _agent(one: AgentPlan) -> list[Setting]:
    way, section = ("agents", one.login), "Agents"
    roles = tuple(role.value for role in Role)
    return [
        Setting(section, one.login, told(one)),
        Setting(section, f"{one.login} role", one.role.value, (*way, "role"), roles),
        Setting(
            section, f"{one.login} capacity", str(one.capacity), (*way, "capacity"), (), "tickets at once"
        ),
        Setting(section, f"{one.login} queues", ", ".join(one.queues), (*way, "queues"), (), COMMAS),
        Setting(section, f"{one.login} skills", ", ".join(one.skills), (*way, "skills"), (), COMMAS),
        Setting(section, f"{one.login} tier", one.tier, (*way, "tier"), (), "such as L2"),
    ]


def _calendars(policy: Policy) -> tuple[str, ...]:
    return (ALWAYS, *(calendar.name for calendar in policy.calendars))


def _desk(policy: Policy) -> list[Setting]:
    def one(name: str, label: str, value: str, help: str, choices: tuple[str, ...] = ()) -> Setting:
        return Setting("Desk", label, value, ("desk", name), choices, help)

    window = write_duration(int(policy.reopen_window.total_seconds()), days=True)
    returns = "off" if policy.return_after is None else write_duration(policy.return_after)
    return [
        one("p1_share", "P1 share", write_share(policy.p1_share), "such as 10%: more P1 than that is said"),
        one("at_risk", "At risk after", write_share(policy.risk), SHARE),
        one("reopen_window", "Reopen window", window, "such as 14d, from closing"),
        one("auto_close_days", "Auto-close days", str(policy.auto_close_days), "business days after solving"),
        one("return_after", "Untouched returns", returns, "business time such as 30m, or on, or off"),
        one(
            "work_next_hold",
            "Work next holds",
            write_duration(policy.work_next_hold),
            "such as 10m, 1m to 24h",
        ),
        one("calendar", "Calendar", policy.calendar, "of whatever names none", _calendars(policy)),
    ]


def _mail(policy: Policy) -> list[Setting]:
    held = policy.mail.sender if policy.mail is not None else None
    help = "such as Support <support@example.com>, or off: then replies are kept and not sent"
    undo = write_duration(policy.undo_send) if policy.undo_send else OFF
    texts = written_mail(policy.mail, AS_IT_COMES)
    return [
        Setting("Mail", "Mail is from", held or OFF, ("mail", "from"), (), help),
        Setting("Mail", "Undo send", undo, ("mail", "undo_send"), (), "such as 10s, up to 1h, or off"),
        *(
            Setting("Mail", name.replace("_", "-").capitalize(), one_line(texts[name]))
            for name in ("signature", *TEMPLATES)
        ),
    ]


def _time(policy: Policy) -> list[Setting]:
    """The timer; `_value` of settings_file writes what is typed."""
    time = policy.time

    def one(name: str, label: str, value: str, help: str = "", choices: tuple[str, ...] = ()) -> Setting:
        return Setting("Time worked", label, value, ("time", name), choices, help)

    return [
        one("on", "Timer", YES if time.on else NO, choices=(YES, NO)),
        one("idle", "Idle after", write_duration(time.idle), "without a key, such as 5m, 1m to 1h"),
        one("least", "Least recorded", write_duration(time.least), "such as 1m; less is not recorded"),
        one(
            "round", "Rounded up to", write_duration(time.round) if time.round else OFF, "such as 15m, or off"
        ),
        one("ask", "Asked on reply and solve", YES if time.ask else NO, choices=(YES, NO)),
    ]


def _targets(
    section: str, way: tuple[str, ...], targets: Mapping[Priority, Targets], of: str = ""
) -> list[Setting]:
    found = []
    for priority in Priority:
        goals = targets.get(priority, Targets())
        for name in TARGETS:
            seconds = goals.of(name)
            value = NONE if seconds is None else write_duration(seconds)
            words = f"{of}{priority} {name.replace('_', ' ')}"
            help = "business time such as 15m, 4h or 2d; none sets no target"
            found.append(Setting(section, words, value, (*way, priority.value, name), (), help))
    return found


def _queues(plan: Plan) -> list[Setting]:
    found = []
    modes = tuple(mode.value for mode in Assignment)
    for queue in plan.queues:
        held = plan.policy.queue(queue.key)
        window, returns = AS_THE_DESK, AS_THE_DESK
        if held.reopen_window is not None:
            window = write_duration(int(held.reopen_window.total_seconds()), days=True)
        if held.return_after is not None:
            returns = write_duration(held.return_after) if held.return_after else OFF
        way = ("queues", queue.key)
        found += [
            Setting("Queues", f"{queue.name} is called", queue.name, (*way, "name"), (), "its name"),
            Setting("Queues", f"{queue.name} assignment", held.assignment, (*way, "assign"), modes),
            Setting("Queues", f"{queue.name} fallback", held.fallback, (*way, "fallback"), modes),
            Setting(
                "Queues",
                f"{queue.name} reply leaves",
                held.reply,
                (*way, "reply"),
                (State.PENDING.value, State.OPEN.value),
            ),
            Setting(
                "Queues",
                f"{queue.name} reopens within",
                window,
                (*way, "reopen_window"),
                (),
                "such as 14d, from closing, or as the desk",
            ),
            Setting(
                "Queues",
                f"{queue.name} calendar",
                held.calendar or AS_THE_DESK,
                (*way, "calendar"),
                (AS_THE_DESK, *_calendars(plan.policy)),
            ),
            Setting(
                "Queues",
                f"{queue.name} untouched returns",
                returns,
                (*way, "return_after"),
                (),
                "business time such as 30m, on, off, or as the desk",
            ),
            Setting(
                "Queues",
                f"{queue.name} is confidential",
                YES if queue.confidential else NO,
                (*way, "confidential"),
                (YES, NO),
            ),
            Setting("Queues", f"{queue.name} mail", _own_mail(held.mail)),
        ]
    return found


def _own_mail(mail: MailSettings | None) -> str:
    return ", ".join(f"{name} {one_line(text)}" for name, text in written_mail(mail).items()) or AS_THE_DESK
