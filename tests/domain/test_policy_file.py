"""Policy files: what is written comes back, and every mistake is named by its line and what to write."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskterm.domain.errors import Refused
from deskterm.domain.kinds import Priority, State
from deskterm.domain.people import Role
from deskterm.domain.plan import AgentPlan, Plan, QueuePlan, ViewPlan
from deskterm.domain.policy import DEFAULT, Assignment, Effect, Targets
from deskterm.domain.policy_file import PolicyError, parse, read_policy
from deskterm.domain.policy_format import format_plan, format_policy
from deskterm.domain.rule import Action, On
from deskterm.domain.sla_policy import Threshold
from deskterm.domain.toml_places import places
from tests.domain.policies import no_holidays, plans

HOUR = 3600
DESK = Plan(
    queues=(QueuePlan("hr", "HR", True), QueuePlan("payments", "Payments")),
    agents=(
        AgentPlan("alice", "Alice Moreau", queues=("payments",)),
        AgentPlan("dana", "Dana Okafor", Role.ADMIN),
    ),
    views=(ViewPlan("alice", "Mine", "is:mine"),),
)


def one_country(country: str, region: str, year: int) -> Mapping[date, str]:
    """A world that is Germany."""
    if country != "DE":
        raise Refused(f"nobody knows {country}")
    return {}


def read(text: str, current: Plan = DESK) -> Plan:
    """Read a file over the small desk."""
    return parse(text, current, one_country)


@settings(max_examples=40)
@given(plans())
def test_what_is_written_comes_back(plan: Plan) -> None:
    for explain in (True, False):
        text = format_plan(plan, explain=explain)
        assert parse(text, Plan(), no_holidays) == plan
    assert format_plan(parse(text, Plan(), no_holidays), explain=False) == text


@settings(max_examples=15)
@given(plans(), plans())
def test_what_was_exported_comes_back_whatever_the_desk_became_meanwhile(plan: Plan, other: Plan) -> None:
    keys = [one.key for one in plan.queues]
    logins = {one.login: replace(one, queues=()) for one in other.agents}
    now = Plan(
        replace(other.policy, queues={key: one for key, one in other.policy.queues.items() if key in keys}),
        tuple(one for one in other.queues if one.key in keys),
        tuple(sorted(replace(logins.get(one.login, one), login=one.login) for one in plan.agents)),
    )
    assert parse(format_plan(plan), now, no_holidays) == plan


CHANGED_LATER = """
[desk]
calendar = "O"
return_after = "1h"
[roles]
lead = "Team lead"
[calendars.O]
zone = "UTC"
hours = { mon = "09:00-17:00" }
[queues.payments]
assign = "skills"
fallback = "round robin"
calendar = "O"
return_after = "20m"
reopen_window = "3d"
mail = { from = "Pay <pay@example.com>", signature = "P" }
[mail]
from = "Help <help@example.com>"
signature = "H"
solved = "done"
confirmation = "off"
[agents.alice]
tier = "L2"
skills = ["sap"]
address = "alice@example.com"
"""


def test_an_old_export_takes_back_all_that_was_set_since() -> None:
    then = format_plan(DESK)
    changed = read(CHANGED_LATER)
    assert changed != DESK
    assert read(then, changed) == DESK


def test_a_queue_does_as_the_desk_again_or_never_takes_tickets_back() -> None:
    changed = read(CHANGED_LATER)
    assert changed.policy.returns_after("payments") == 1200
    off = read("[queues.payments]\nreturn_after = 'off'", changed)
    assert off.policy.returns_after("payments") is None
    assert off.policy.returns_after("hr") == HOUR
    assert read(format_plan(off), changed) == off
    assert read("[queues.payments]\nassign = 'none'", off).policy.returns_after("payments") is None
    again = "[queues.payments]\n" + "".join(
        f"{name} = 'as the desk'\n" for name in ("calendar", "return_after", "reopen_window")
    )
    as_the_desk = read(again, changed).policy
    assert as_the_desk.returns_after("payments") == HOUR
    assert as_the_desk.reopens_within("payments") == timedelta(days=14)
    assert as_the_desk.queue("payments").calendar == ""


def test_the_mail_of_a_queue_is_meant_whole_and_that_of_the_desk_says_what_it_sends() -> None:
    changed = read(CHANGED_LATER)
    own = read("[queues.payments]\nmail = { signature = 'Q' }", changed).policy
    assert own.mail_of("payments").signature == "Q"
    assert own.mail_of("payments").sender == "Help <help@example.com>"
    assert read("[queues.payments]\nmail = {}", changed).policy.queue("payments").mail is None
    text = format_plan(DESK)
    assert 'from = "off"' in text
    assert "we have received your request" in text


def test_tickets_return_after_half_an_hour_where_it_is_only_said_that_they_do() -> None:
    policy = read("[desk]\nreturn_after = 'on'\n[queues.hr]\nreturn_after = '2h'").policy
    assert (policy.returns_after("payments"), policy.returns_after("hr")) == (1800, 2 * HOUR)
    assert read("[queues.hr]\nreturn_after = 'on'").policy.returns_after("hr") == 1800


def test_zero_is_never_taken_for_what_is_not_said() -> None:
    assert read("[desk]\nreopen_window = '0m'").policy.reopen_window == timedelta(0)
    assert read("[queues.hr]\nreopen_window = '0m'").policy.reopens_within("hr") == timedelta(0)


@settings(max_examples=40)
@given(plans())
def test_the_document_of_a_version_is_its_policy(plan: Plan) -> None:
    document = format_policy(plan.policy)
    assert read_policy(document, no_holidays) == plan.policy
    assert format_policy(read_policy(document, no_holidays)) == document


@settings(max_examples=40)
@given(plans())
def test_everything_in_a_file_has_its_place(plan: Plan) -> None:
    text = format_plan(plan)
    found = places(text)
    lines = text.split("\n")

    def look(path: tuple[str | int, ...], value: object) -> None:
        if path:
            place = found[path]
            assert 1 <= place.line <= len(lines)
            last = path[-1]
            if isinstance(last, str) and last.isascii() and last.isalnum():
                assert last in lines[place.line - 1]
        if isinstance(value, dict):
            for name, inner in value.items():
                look((*path, name), inner)
        elif isinstance(value, list):
            for at, inner in enumerate(value):
                look((*path, at), inner)

    look((), tomllib.loads(text))


def test_places_know_every_way_to_write_toml() -> None:
    text = '''# first
top = """
a = 1 ] } "" \\""""
[a."b c".d]  # [no]
x.y = [1, { z = 'it''s' }, # two
  [ 2 ],
]
[[list]]
[list.inner]
name = 'one'
[[list]]
inner = { name = "two" }
'''.replace("it''s", "its")
    found = {path: tuple(place) for path, place in places(text).items()}
    assert tomllib.loads(text)["list"][1]["inner"]["name"] == "two"
    assert found["top",] == (2, 1)
    assert found["a", "b c", "d", "x", "y"] == (5, 1)
    assert found["a", "b c", "d", "x", "y", 1, "z"] == (5, 13)
    assert found["a", "b c", "d", "x", "y", 2] == (6, 3)
    assert found["list", 0, "inner", "name"] == (10, 1)
    assert found["list", 1] == (11, 1)
    assert found["list", 1, "inner", "name"] == (12, 11)


def test_a_desk_that_set_nothing_exports_the_figures_of_the_contract() -> None:
    text = format_plan(Plan())
    assert read(text).policy == DEFAULT
    assert 'P1 = { first_reply = "15m", resolution = "4h" }' in text
    assert 'P4 = { first_reply = "8h", resolution = "40h" }' in text
    assert 'high = { high = "P1", medium = "P2", low = "P3" }' in text
    assert 'reopen_window = "14d"' in text
    assert 'return_after = "off"' in text


FILE = """\
[calendars.Office]
zone = "Europe/Berlin"
hours = { mon = "09:00-12:30, 13:30-17:00", tue = "09:00-12:30, 13:30-17:00" }
holidays = [{ day = 2026-12-24, name = "Christmas Eve" }]
special_days = [{ day = 2026-12-31, name = "Year's end", hours = "09:00-12:00" }]

[queues.payments]
assign = "least loaded"
calendar = "office"
reopen_window = "7d"

[queues.network]
name = "Network"

[agents.bo]
name = "Bo Lindberg"
queues = ["Network", "payments"]
skills = ["SAP", "Cisco"]

[[sla]]
name = "Gold"
when = 'org:"Blue Fin"'
calendar = "Office"
out_of_hours = "1d"
targets.P1 = { first_reply = "15m", resolution = "1d" }
targets.P2 = { next_reply = "1h30m" }
thresholds = [
    { at = "50%", do = [{ notify = "lead" }] },
    { at = "30m before", target = "resolution", do = [{ queue = "Network", text = "running out" }] },
]

[[rules]]
name = "Refunds"
on = "intake"
when = "refund -queue:hr"
do = [{ queue = "payments" }, { tag = "refund" }]
stop = true

[[rules]]
name = "Nudge"
on = "time"
since = "pending"
after = "3d"
do = [{ note = "No answer for three days" }]

[[macros]]
name = "Thanks"
text = '''
Dear {requester.first_name},

thank you.'''

[[views]]
agent = "Alice"
name = "Mine"
query = "owner:me is:open"
"""


def test_a_file_says_what_changes_and_leaves_the_rest() -> None:
    plan = read(FILE.replace('agent = "Alice"', 'agent = "alice"'))
    assert [queue.key for queue in plan.queues] == ["hr", "network", "payments"]
    assert plan.queues[0].confidential
    assert plan.policy.queue("payments").assignment is Assignment.LEAST_LOADED
    assert plan.policy.queue_calendar("payments").name == "Office"
    assert plan.policy.reopens_within("payments") == timedelta(days=7)
    assert [(agent.login, agent.queues, agent.skills) for agent in plan.agents] == [
        ("alice", ("payments",), ()),
        ("bo", ("network", "payments"), ("cisco", "sap")),
        ("dana", (), ()),
    ]
    (gold,) = plan.policy.sla
    assert gold.of(Priority.P1) == Targets(first_reply=900, resolution=7 * HOUR)
    assert gold.out_of_hours == 7 * HOUR
    assert read(FILE.replace('"1d"\ntargets', '"off"\ntargets')).policy.sla[0].out_of_hours == 0
    assert gold.of(Priority.P2) == Targets(next_reply=5400)
    assert gold.of(Priority.P3) == Targets()
    assert gold.thresholds == (
        Threshold("50%", 0.5, actions=(Action("notify", "lead"),)),
        Threshold("30m before", 1.0, 1800, "resolution", (Action("queue", "network", "running out"),)),
    )
    refunds, nudge = plan.policy.rules
    assert (refunds.on, refunds.stop, refunds.actions[0]) == (On.INTAKE, True, Action("queue", "payments"))
    assert (nudge.since, nudge.after) == ("pending", 3 * 86400)
    assert plan.policy.macros[0].text == "Dear {requester.first_name},\n\nthank you."
    assert plan.views == (ViewPlan("alice", "Mine", "owner:me is:open"),)
    assert plan.policy.targets == DEFAULT.targets
    assert read("", plan) == plan
    assert read("sla = []\nrules = []", plan).policy.sla == ()


def test_agents_leave_only_when_the_file_says_it_is_complete() -> None:
    text = "[agents.dana]\ncapacity = 3\n"
    assert all(agent.active for agent in read(text).agents)
    left = read("complete = true\n" + text).agents
    assert [(agent.login, agent.active) for agent in left] == [("alice", False), ("dana", True)]


def test_states_are_named_and_say_what_they_do_to_clocks() -> None:
    rest = "".join(
        f'[[states]]\nname = "{state}"\ncategory = "{state}"\n' for state in State if state is not State.HOLD
    )
    text = rest + '[[states]]\nname = "with the vendor"\ncategory = "hold"\nclock = "runs"\n'
    policy = read(text).policy
    assert policy.effect(State.HOLD) is Effect.RUNS
    assert policy.effect(State.SOLVED) is Effect.STOPPED


GOLD = "[[sla]]\nname = 'G'\ntargets.P1 = { resolution = '4h' }\n"
RULE = "[[rules]]\nname = 'R'\non = 'intake'\n"
HOURS = "[calendars.O]\nzone = 'UTC'\n"
DAYS = HOURS + "hours = { mon = '09:00-17:00' }\n"

MISTAKES = [
    ("x = ", 1, "is no TOML"),
    ("[desk]\n\nat_rsk = '80%'", 3, 'desk.at_rsk: "at_rsk" is unknown here; did you mean at_risk?'),
    ("[dsk]\n", 1, "did you mean desk?"),
    ("[desk]\nat_risk = '80'", 2, 'desk.at_risk: "80" is no share; expected such as 80%'),
    ("[desk]\nat_risk = '0%'", 2, "more than 0 %"),
    ("[desk]\nreopen_window = '2 fortnights'", 2, "is no duration; expected such as 15m, 4h or 1h30m"),
    ("[desk]\nreturn_after = '0m'", 2, "at once: write off for never"),
    ("[queues.hr]\nreturn_after = '0h'", 2, "at once: write off for never"),
    (
        "[calendars.'As the desk']\nzone = 'UTC'\nhours = { mon = '09:00-17:00' }",
        1,
        "means the calendar of the desk",
    ),
    ("[desk]\nauto_close_days = 'four'", 2, "must be a whole number"),
    ("[desk]\nauto_close_days = true", 2, "must be a whole number"),
    ("[desk]\ncalendar = 'Ofice'", 2, 'there is no calendar "Ofice"'),
    ("[calendars.Office]\nhours = { mon = '09:00-17:00' }", 1, "zone is missing"),
    (
        "[calendars.Office]\nzone = 'Europe/Berln'\nhours = { mon = '09:00-17:00' }",
        2,
        "mean Europe/Berlin?",
    ),
    (HOURS + "hours = { mon = '09:00-12:00, 11:00-17:00' }", 3, "overlap"),
    (HOURS + "[calendars.O.hours]\nmon = '9-5'", 4, '"9-5" is no interval'),
    (HOURS + "[calendars.O.hours]\nmonday = '09:00-17:00'", 4, "did you mean mon?"),
    (HOURS + "hours = {}", 3, "never opens"),
    (
        DAYS + "holidays = [{ day = 'xmas', name = 'X' }]",
        4,
        "a date",
    ),
    ("[calendars.24x7]\nzone = 'UTC'", 1, "always there"),
    ("[queues.payments]\nassign = 'least load'", 2, "did you mean least loaded?"),
    ("[queues.Payments]\n", 1, "is no key"),
    ("[queues.hr2]\nname = 'Payments'", 2, "payments has this name"),
    ("[queues.a]\nname = 'X'\n[queues.b]\nname = 'x'", 4, 'two queues named "X"'),
    ("[agents.alice]\nqueues = ['payments', 'paymets']", 2, "mean payments?"),
    ("[agents.alice]\nrole = 'boss'", 2, '"boss" is none of viewer, agent, lead, admin'),
    ("[agents.dana]\nrole = 'agent'", 1, "nobody would be an admin"),
    ("[agents.'a b']\n", 1, "is no login"),
    ("[targets]\nP1 = { first_reply = '15x' }", 2, "is no duration"),
    ("[targets]\nP1 = { frst_reply = '15m' }", 2, "did you mean first_reply?"),
    ("[targets]\nP1 = { first_reply = '1m' }\nP9 = { first_reply = '15m' }", 3, "there are P1, P2, P3, P4"),
    ("[roles]\nboss = 'Boss'", 2, "there are viewer, agent, lead, admin"),
    ("[targets]\nP1 = { first_reply = '0m' }", 2, "always missed"),
    ("[targets]\nP1 = { first_reply = '14s' }", 2, "is less than 15s"),
    (GOLD + "when = 'colour:red'", 4, "at character 1 of"),
    (
        GOLD + "when = 'queue:paymets'",
        4,
        "mean payments?",
    ),
    (
        GOLD + "when = 'owner:me'",
        4,
        "nobody in particular asks",
    ),
    (GOLD + "when = '-(is:unread vpn)'", 4, "is:unread"),
    (GOLD + "when = 'is:mentioned'", 4, "is:mentioned is about one agent"),
    (GOLD + "when = 'vpn has:link,draft'", 4, "has:draft is about one agent"),
    (GOLD + "when = '-snoozed:<2h'", 4, "snoozed: is about one agent"),
    (GOLD + "when = 'resolution:missed'", 4, "resolution: asks for clocks"),
    (GOLD + "when = '-reply:met'", 4, "reply: asks for clocks"),
    (GOLD + "when = 'vpn OR is:breached'", 4, "is:breached asks for clocks"),
    (GOLD + "out_of_hours = 'soon'", 4, "is no duration"),
    (GOLD + "out_of_hours = 30", 4, "must be text in quotes"),
    (GOLD + "when = 'sla:<2h'", 4, "sla: asks for clocks"),
    ("[[sla]]\nname = 'G'", 1, "has no targets at all"),
    ("[[sla]]\ntargets.P1 = { resolution = '4h' }", 1, "name is missing"),
    ("[[sla]]\nname = 'Default'\ntargets.P1 = { resolution = '4h' }", 2, "default is what holds"),
    (
        "[[sla]]\nname = 'G'\ncalendar = 'Night'\ntargets.P1 = { resolution = '4h' }",
        3,
        "there is no calendar",
    ),
    (
        GOLD + "[[sla]]\nname='g'\ntargets.P1.update='4h'",
        5,
        "two SLA",
    ),
    (GOLD + "thresholds=[\n{ at = 'soon' }]", 5, "is no share"),
    (GOLD + "thresholds=[\n{ at = '50%' },\n{ at = '50%' }]", 6, 'two levels "50%" of any'),
    (GOLD + "thresholds=[\n{ at = '50%', level = 'breached' }]", 5, "at 100 %"),
    (
        GOLD + "thresholds=[\n{ at = '1x before' }]",
        5,
        "is no duration",
    ),
    ("[[rules]]\nname = 'R'\non = 'intake'", 1, "the rule does nothing: do is missing"),
    ("[[rules]]\nname = 'R'\ndo = [{ tag = 'x' }]", 1, "on is missing"),
    ("[[rules]]\nname = 'R'\non = 'later'\ndo = [{ tag = 'x' }]", 3, "is none of intake, update, time"),
    (RULE + "do = [{ tagg = 'x' }]", 4, "did you mean tag?"),
    (RULE + "do = [\n{ queue = 'x' }]", 5, 'there is no queue "x"'),
    (RULE + "do = [{ assign = 'zoe' }]", 4, 'there is no agent "zoe"'),
    (
        RULE + "do = [{ state = 'hold' }]",
        4,
        "hold needs to know what it waits for",
    ),
    (
        RULE + "do = [{ state = 'solved' }]",
        4,
        "is none of open, pending, hold",
    ),
    (RULE + "events = ['created']\ndo = [{ tag = 'x' }]", 4, "rules on update"),
    (
        RULE.replace("intake", "update") + "events = ['craeted']\ndo = [{ tag = 'x' }]",
        4,
        "mean created?",
    ),
    (RULE.replace("intake", "update") + "do = [{ tag = 'x' }]", 1, "events is missing"),
    (RULE.replace("intake", "time") + "do = [{ tag = 'x' }]", 1, "since is missing"),
    (
        RULE.replace("intake", "time") + "since = 'created'\nafter = '2d business'\ndo = [{ tag = 'x' }]",
        5,
        "business days differ by calendar: write hours",
    ),
    (RULE + "do = [{ remind = 'someday' }]", 4, '"someday" is no time that is known here'),
    (RULE + "do = [{ remind = 'yesterday' }]", 4, "has passed"),
    (RULE + "do = [{ webhook = 'ftp://x.example' }]", 4, "begins with https://"),
    (RULE + "do = [{ process = 'onboarding' }]", 4, 'there is no process "onboarding"'),
    (RULE + "do = [{ escalate = 'vendor:Acme', text = 'A-1; someday; why' }]", 4, "is no time"),
    (GOLD + "thresholds=[\n{ at = '50%', do = [{ remind = 'soonish' }] }]", 5, "is no time"),
    ((RULE + "do = [{ tag = 'x' }]\n") * 2, 6, 'two rules named "R"'),
    ("[[macros]]\nname = 'M'", 1, "neither text nor actions"),
    ("[[states]]\nname = 'n'\ncategory = 'new'", 1, "no state has the category open"),
    ("[[states]]\nname = 'n'\ncategory = 'solved'\nclock = 'runs'", 4, "can be stopped"),
    ("[matrix]\nhigh = { high = 'P1', medium = 'P2' }", 2, "impact high and urgency low is missing"),
    ("[[views]]\nagent = 'zoe'\nname = 'V'\nquery = 'x'", 2, 'there is no agent "zoe"'),
    ("[[views]]\nagent = 'alice'\nname = 'V'\nquery = 'state:opn'", 4, "did you mean open?"),
    ("[[rule]]\nname = 'R'", 1, "did you mean rules?"),
    ("[stuff]", 1, "there are complete, desk, roles, states, matrix, weights, calendars,"),
    (DAYS + DAYS.replace("O", "o"), 4, 'there are two calendars named "O"'),
    (
        "[queues.a]\nname = 'Payments'\n[queues.payments]\nname = 'P'",
        2,
        "payments is the key of another queue",
    ),
    ("[queues.'große-kunden']\n", 1, "is no key"),
    ("[agents.zoe]\n[agents.Zoe]", 2, "the agent zoe is there twice"),
    ("complete = true\n[agents.Dana]\nrole = 'admin'\n[agents.dana]", 4, "the agent dana is there twice"),
    (HOURS + "hours = { mon = '9' }\nplaces = ['DE', 'XX']", 4, "nobody knows XX"),
    ("[calendars.O]\nzone = 'UCT+1'\nhours = { mon = '9' }", 2, "UCT+1"),
    (
        DAYS + "holidays = [\n{ day = 2026-12-24, name = 'a' },\n{ day = 2026-12-24, name = 'b' },\n]",
        6,
        "2026-12-24 is there twice",
    ),
    (
        DAYS + "special_days = [\n{ day = 2026-12-24, name = 'a' },\n{ day = 2026-12-24, name = 'b' },\n]",
        6,
        "2026-12-24 is there twice",
    ),
    (RULE + "do = [{ tagg = 'x', text = 'y' }, { zzz = 'x' }]", 4, "webhook"),
    ("sla = 3", 1, "must be a list"),
    ("sla = [3]", 1, "must be a table"),
]


@pytest.mark.parametrize(("text", "line", "message"), MISTAKES, ids=[one[2][:40] for one in MISTAKES])
def test_a_mistake_is_named_by_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(PolicyError) as refused:
        read(text)
    assert refused.value.exit_code == 7
    told = [(fault.line, str(fault)) for fault in refused.value.faults]
    assert any(at == line and message in said for at, said in told), told


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = "[desk]\nat_risk = 'x'\np1_share = 'y'\n[[rules]]\nname = 'R'\non = 'intake'\n"
    with pytest.raises(
        PolicyError, match=r'^line 2: desk.at_risk: "x" is no share.*\(and 2 more\)$'
    ) as refused:
        read(text)
    assert [fault.line for fault in refused.value.faults] == [2, 3, 4]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GOLD + "when = 'queue:nowhere (owner:zoe OR -status:lost)'",
            ['there is no queue "nowhere"', 'there is no agent "zoe"', 'there is no state "lost"'],
        ),
        ("[matrix]\nhigh = 'P1'\nmedium = {}\nlow = { high = 'P1', medium = 'P1', low = 'P1' }",
         ["matrix.high: must be a table", "matrix.medium: the priorities of impact medium are missing"]),
        (RULE + "do = [{ tagg = 'x' }]", ["did you mean tag?"]),
        ("matrix = 3", ["matrix: must be a table"]),
        ("states = 3", ["states: must be a list"]),
        ("[calendars]\nO = 3", ["calendars.O: must be a table"]),
        ("[queues]\nhr = 3", ["queues.hr: must be a table"]),
        ("[agents]\nbo = 3", ["agents.bo: must be a table"]),
    ],
    ids=lambda one: "" if isinstance(one, list) else one[:20],
)  # fmt: skip
def test_each_mistake_is_told_once_and_none_hides_another(text: str, said: list[str]) -> None:
    with pytest.raises(PolicyError) as refused:
        read(text)
    told = [str(fault).partition(": ")[2] for fault in refused.value.faults]
    assert len(told) == len(said), told
    assert all(any(one in each for each in told) for one in said), told


def test_of_very_many_mistakes_it_is_said_that_there_are_more() -> None:
    text = "".join(f"[queues.q{one}]\nassign = 'x'\n" for one in range(150))
    with pytest.raises(PolicyError) as refused:
        read(text)
    assert len(refused.value.faults) == 100
    assert refused.value.more == 50
    assert "(and 149 more)" in refused.value.message


def test_a_key_that_is_none_is_told_with_one_that_is() -> None:
    with pytest.raises(PolicyError) as refused:
        read("[queues.'Große Kunden']")
    assert refused.value.faults[0].hint == "such as grosse-kunden"


@given(
    st.text(max_size=200)
    | st.sampled_from([one[0] for one in MISTAKES]).flatmap(
        lambda text: st.integers(0, len(text)).map(lambda at: text[:at] + "\x1b[" + text[at:])
    )
)
def test_nothing_but_a_refusal_comes_of_rubbish(text: str) -> None:
    said = ""
    try:
        read(text)
    except PolicyError as error:
        said = error.message
    assert "\x1b" not in said


def test_a_calendar_that_is_still_used_cannot_be_left_out() -> None:
    plan = read(FILE.replace('agent = "Alice"', 'agent = "alice"'))
    with pytest.raises(PolicyError, match="which is left out"):
        read("[calendars]\n", plan)


def test_a_state_of_no_category_is_told_once() -> None:
    text = "".join(f"[[states]]\nname = '{one}'\ncategory = '{one}'\n" for one in State)
    with pytest.raises(PolicyError) as caught:
        read(text + "[[states]]\nname = 'x'\ncategory = 'pend'\n")
    assert [fault.line for fault in caught.value.faults] == [21]


def test_what_was_stored_before_actions_were_looked_at_is_still_read() -> None:
    text = RULE + "do = [{ process = 'onboarding' }, { remind = 'someday' }, { webhook = 'ftp://x' }]"
    assert len(read_policy(text, no_holidays).rules[0].actions) == 3
