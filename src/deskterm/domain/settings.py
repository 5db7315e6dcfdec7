"""Settings: the policy of a desk as lines to read, and the common ones as something to change one by one."""

from __future__ import annotations

from dataclasses import dataclass

from deskterm.domain.durations import write_duration, write_share
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.mail_settings import OFF
from deskterm.domain.plan import Plan
from deskterm.domain.policy import TARGETS, Assignment, Effect, NamedState, Policy, Targets
from deskterm.domain.policy_diff import told
from deskterm.domain.policy_format import key as toml_key
from deskterm.domain.policy_format import quoted

NONE = "none"


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
    found = [*_desk(policy), *_targets(policy), *_queues(plan), *_mail(policy)]
    found += [Setting("SLA policies", one.name, told(one)) for one in policy.sla]
    found += [Setting("Rules", one.name, told(one)) for one in policy.rules]
    found += [Setting("Calendars", one.name, told(one)) for one in policy.calendars]
    for impact in Level:
        row = ", ".join(f"{level} urgency {policy.matrix[impact, level]}" for level in Level)
        found.append(Setting("Priority matrix", f"{impact} impact", row))
    for state in policy.states:
        told_of = f"{state.name}, the clock of resolution {_does(state)}"
        found.append(Setting("States", state.category, told_of))
    found += [Setting("Macros", one.name, told(one)) for one in policy.macros]
    found += [Setting("Agents", one.login, told(one)) for one in plan.agents if one.active]
    return tuple(found)


def document(plan: Plan, setting: Setting, text: str) -> str:
    """Return the policy file that changes one setting."""
    part, *names = setting.way
    text = text.strip()
    if part == "targets":
        return _targets_file(plan.policy, Priority(names[0]), names[1], text)
    head = ".".join(toml_key(name) for name in (part, *names[:-1]))
    value = text if names[-1] == "auto_close_days" and text.isdecimal() else quoted(text)
    return f"[{head}]\n{names[-1]} = {value}\n"


def _does(state: NamedState) -> str:
    return "runs" if state.effect is Effect.RUNS else f"is {state.effect}"


def _desk(policy: Policy) -> list[Setting]:
    def one(name: str, label: str, value: str, help: str, choices: tuple[str, ...] = ()) -> Setting:
        return Setting("Desk", label, value, ("desk", name), choices, help)

    window = write_duration(int(policy.reopen_window.total_seconds()), days=True)
    returns = "off" if policy.return_after is None else write_duration(policy.return_after)
    calendars = ("24x7", *(calendar.name for calendar in policy.calendars))
    return [
        one("p1_share", "P1 share", write_share(policy.p1_share), "such as 10%: more P1 than that is said"),
        one("at_risk", "At risk after", write_share(policy.risk), "a share of the target, such as 80%"),
        one("reopen_window", "Reopen window", window, "such as 14d, from closing"),
        one("auto_close_days", "Auto-close days", str(policy.auto_close_days), "business days after solving"),
        one("return_after", "Untouched returns", returns, "business time such as 30m, or off"),
        one(
            "work_next_hold",
            "Work next holds",
            write_duration(policy.work_next_hold),
            "such as 10m, 1m to 24h",
        ),
        one("calendar", "Calendar", policy.calendar, "of whatever names none", calendars),
    ]


def _mail(policy: Policy) -> list[Setting]:
    held = policy.mail.sender if policy.mail is not None else None
    help = "such as Support <support@example.com>, or off: then replies are kept and not sent"
    undo = write_duration(policy.undo_send) if policy.undo_send else OFF
    return [
        Setting("Mail", "Mail is from", held or OFF, ("mail", "from"), (), help),
        Setting("Mail", "Undo send", undo, ("mail", "undo_send"), (), "such as 10s, up to 1h, or off"),
    ]


def _targets(policy: Policy) -> list[Setting]:
    found = []
    for priority in Priority:
        goals = policy.targets.get(priority, Targets())
        for name in TARGETS:
            seconds = goals.of(name)
            value = NONE if seconds is None else write_duration(seconds)
            words = f"{priority} {name.replace('_', ' ')}"
            help = "business time such as 15m, 4h or 2d; none sets no target"
            found.append(Setting("Targets", words, value, ("targets", priority.value, name), (), help))
    return found


def _targets_file(policy: Policy, changed: Priority, target: str, text: str) -> str:
    lines = ["[targets]"]
    for priority in Priority:
        goals = policy.targets.get(priority, Targets())
        parts = {name: write_duration(seconds) for name in TARGETS if (seconds := goals.of(name)) is not None}
        if priority is changed:
            parts.pop(target, None)
            if text.casefold() not in ("", NONE):
                parts[target] = text
        if parts:
            inner = ", ".join(f"{name} = {quoted(value)}" for name, value in parts.items())
            lines.append(f"{priority.value} = {{ {inner} }}")
    return "\n".join(lines) + "\n"


def _queues(plan: Plan) -> list[Setting]:
    found = []
    modes = tuple(mode.value for mode in Assignment)
    for queue in plan.queues:
        held = plan.policy.queue(queue.key)
        window = plan.policy.reopens_within(queue.key)
        way = ("queues", queue.key)
        found += [
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
                write_duration(int(window.total_seconds()), days=True),
                (*way, "reopen_window"),
                (),
                "such as 14d, from closing",
            ),
        ]
    return found
