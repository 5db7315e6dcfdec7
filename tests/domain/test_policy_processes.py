"""[[processes]] of a policy file: every mistake by its line, read back as written, in diffs, doubted."""

from __future__ import annotations

import pytest

from deskterm.domain.people import Role
from deskterm.domain.plan import AgentPlan, Plan, QueuePlan
from deskterm.domain.policy_diff import diff
from deskterm.domain.policy_file import PolicyError, parse, read_policy
from deskterm.domain.policy_format import format_plan, format_policy
from deskterm.domain.policy_warnings import warnings
from deskterm.domain.process import Gate, Process, Step
from tests.domain.policies import no_holidays

DESK = Plan(
    queues=(QueuePlan("network", "Network"), QueuePlan("payments", "Payments")),
    agents=(
        AgentPlan("alice", "Alice Moreau", queues=("payments",)),
        AgentPlan("carol", "Carol Weiss", Role.LEAD),
        AgentPlan("dana", "Dana Okafor", Role.ADMIN),
    ),
)
HEAD = "[[processes]]\nname = 'Incident'\ntypes = ['incident']\n"
STEP = HEAD + "[[processes.steps]]\nname = 'Fix'\n"
WHOLE = """
[[processes]]
name = "Incident"
types = ["incident", "problem"]
[[processes.steps]]
name = "Fix"
text = "Make it\\nwork"
owner = "alice"
within = "1h30m"
[[processes.steps]]
name = "Root cause"
owner = "lead"
required = false
before = "closed"
when = "priority:P1,P2 -queue:network"
fields = ["root_cause", "field.since"]

[[processes]]
name = "Access"
[[processes.steps]]
name = "Agree"
approval = "lead"
"""


def read(text: str, current: Plan = DESK) -> Plan:
    """Read a file over the small desk."""
    return parse(text, current, no_holidays)


def faults(text: str, current: Plan = DESK) -> list[tuple[int, str]]:
    """The mistakes of a file with their lines."""
    with pytest.raises(PolicyError) as refused:
        read(text, current)
    return [(fault.line, str(fault)) for fault in refused.value.faults]


def test_everything_that_is_said_is_read() -> None:
    assert read(WHOLE).policy.processes == (
        Process(
            "Incident",
            (
                Step("Fix", "Make it\nwork", "alice", within=5400),
                Step(
                    "Root cause",
                    owner="lead",
                    required=False,
                    before=Gate.CLOSED,
                    when="priority:P1,P2 -queue:network",
                    fields=("root_cause", "since"),
                ),
            ),
            ("incident", "problem"),
        ),
        Process("Access", (Step("Agree", approval=Role.LEAD),)),
    )


MISTAKES = [
    ("processes = 3", 1, "must be a list"),
    ("[[processes]]\ntypes = ['incident']\n[[processes.steps]]\nname = 'Fix'", 1, "name is missing"),
    ("[[processes]]\nname = 'None'\n[[processes.steps]]\nname = 'Fix'", 2, '"none" means no process'),
    (f"[[processes]]\nname = '{'x' * 101}'\n[[processes.steps]]\nname = 'Fix'", 2, "longer than"),
    (HEAD, 1, "the process has no steps"),
    (HEAD + "steps = []", 4, "the process has no steps"),
    (HEAD + "steps = 3", 4, "must be a list"),
    (HEAD.replace("incident'", "incidnet'") + "steps = [{ name = 'Fix' }]", 3, "did you mean incident"),
    (HEAD.replace("['incident']", "'incident'") + "steps = [{ name = 'Fix' }]", 3, "must be a list"),
    (STEP + HEAD.replace("Incident", "Other") + "steps = [{ name = 'Fix' }]", 8, "begin Incident already"),
    (STEP + STEP.replace("types = ['incident']", "types = []").replace("Inc", "INC"), 7, 'named "Incident"'),
    (HEAD + "colour = 'red'\nsteps = [{ name = 'Fix' }]", 4, "colour"),
    (STEP + "[[processes.steps]]\nname = 'FIX'", 7, 'there are two steps named "Fix"'),
    (STEP + "[[processes.steps]]\ntext = 'x'", 6, "name is missing"),
    (HEAD + "[[processes.steps]]\nname = '3'", 5, "a number is how steps are named by their place"),
    (STEP + "own = 'alice'", 6, "did you mean owner"),
    (STEP + "owner = 'alcie'", 6, 'there is no agent "alcie"; did you mean alice?'),
    (STEP + "owner = 'me'", 6, 'there is no agent "me"'),
    (STEP + "owner = 3", 6, "must be text in quotes"),
    (STEP + "owner = 'lead'\napproval = 'lead'", 6, "an approval is given by a role"),
    (STEP + "approval = 'agent'", 6, '"agent" is none of lead, admin'),
    (STEP + "approval = 'carol'", 6, "lead"),
    (STEP + "required = 'yes'", 6, "must be true or false"),
    (STEP + "before = 'hold'", 6, "solved"),
    (STEP + "within = '2d'", 6, "write hours, such as 16h"),
    (STEP + "within = '1w'", 6, "write hours, such as 16h"),
    (STEP + "within = '30s'", 6, "between a minute and a year"),
    (STEP + "within = '9000h'", 6, "between a minute and a year"),
    (STEP + "within = 'soon'", 6, '"soon"'),
    (STEP + "within = 4", 6, "must be text in quotes"),
    (STEP + "when = 'queeue:payments'", 6, "queue"),
    (STEP + "when = 'queue:nowhere'", 6, 'there is no queue "nowhere"'),
    (STEP + "when = 'owner:zoe'", 6, 'there is no agent "zoe"'),
    (STEP + "when = 'owner:me'", 6, "nobody in particular asks"),
    (STEP + "when = 'is:unread'", 6, "nobody in particular asks"),
    (STEP + "when = 'status:lost'", 6, 'there is no state "lost"'),
    (STEP + "fields = 'root_cause'", 6, "must be a list"),
    (STEP + "fields = ['ok', '']", 6, "is no name of a field"),
    (STEP + f"fields = ['{'x' * 61}']", 6, "is no name of a field"),
]


@pytest.mark.parametrize(("text", "line", "message"), MISTAKES, ids=[f"{at}" for at in range(len(MISTAKES))])
def test_a_mistake_is_named_by_its_line(text: str, line: int, message: str) -> None:
    told = faults(text)
    assert any(at == line and message in said for at, said in told), told


RULE = "[[rules]]\nname = 'R'\non = 'intake'\n"


def test_a_macro_marks_a_step_and_a_rule_cannot() -> None:
    macro = "[[macros]]\nname = 'M'\ndo = [{ step = 'Fix', text = 'as ever' }]\n"
    there = read(STEP + macro)
    [action] = there.policy.macros[0].actions
    assert (action.do, action.value, action.text) == ("step", "Fix", "as ever")
    assert read(format_plan(there), DESK) == there
    told = faults(STEP + RULE + "do = [{ step = 'Fix' }]")
    assert any(at == 9 and "a macro does it, a rule cannot" in said for at, said in told), told
    wrong = STEP + macro.replace("'Fix'", "'Fxi'")
    said = [(one.line, one.message) for one in warnings(wrong, read(wrong))]
    assert said == [(8, 'the macro "M": no process has a step "Fxi"')]


REFERRING = [
    (RULE + "do = [{ process = 'Acess' }]", 'there is no process "Acess"; did you mean Access?'),
    (RULE + "when = 'process:acess'\ndo = [{ tag = 'x' }]", 'there is no process "acess"'),
    ("[[macros]]\nname = 'M'\ndo = [{ process = 'Acess' }]", 'there is no process "Acess"'),
    (
        "[[sla]]\nname = 'G'\nwhen = 'process:acess'\n[sla.targets]\nP1 = { resolution = '4h' }",
        'no process "acess"',
    ),
    (
        "[[sla]]\nname = 'G'\n[sla.targets]\nP1 = { resolution = '4h' }\n[[sla.thresholds]]\nat = '50%'\n"
        "do = [{ process = 'Acess' }]",
        'there is no process "Acess"',
    ),
]


@pytest.mark.parametrize(("text", "message"), REFERRING)
def test_what_names_a_process_that_is_not_there_is_refused(text: str, message: str) -> None:
    there = read(WHOLE)
    assert any(message in said for _, said in faults(text, there))
    assert any(message in said for _, said in faults(WHOLE + text))
    assert read(text.replace("Acess", "access").replace("acess", "access"), there)


def test_the_names_of_processes_may_be_written_in_any_case_and_none_is_none() -> None:
    text = (
        RULE
        + "when = 'process:INCIDENT OR process:none'\ndo = [{ process = 'ACCESS' }, { process = 'NONE' }]"
    )
    done = read(text, read(WHOLE)).policy.rules[0].actions
    assert [action.value for action in done] == ["Access", "none"]


@pytest.mark.parametrize(
    ("user", "named"),
    [
        (RULE + "do = [{ process = 'access' }]", 'the rule "R"'),
        ("[[macros]]\nname = 'M'\ndo = [{ process = 'Access' }]", 'the macro "M"'),
        (
            "[[sla]]\nname = 'G'\n[sla.targets]\nP1 = { resolution = '4h' }\n[[sla.thresholds]]\nat = '50%'\n"
            "do = [{ process = 'Access' }]",
            'SLA policy "G"',
        ),
    ],
)
def test_a_process_that_something_begins_cannot_be_left_out(user: str, named: str) -> None:
    used = read(WHOLE + user)
    message = f'{named} begins the process "Access", which is left out'
    assert [message in said for _, said in faults("processes = []", used)] == [True]
    renamed = WHOLE.replace('"Access"', '"Entry"')
    assert any(message in said for _, said in faults(renamed, used))
    part = user.partition("]]")[0].removeprefix("[[")
    assert read(f"processes = []\n{part} = []", used).policy.processes == ()
    assert read(RULE.replace("R", "other") + "do = [{ tag = 'x' }]", used).policy.processes


def test_what_a_file_leaves_out_stays_and_what_it_says_is_meant_whole() -> None:
    there = read(WHOLE)
    assert read("[desk]\nauto_close_days = 3", there).policy.processes == there.policy.processes
    only = read(STEP, there).policy.processes
    assert [(one.name, [step.name for step in one.steps]) for one in only] == [("Incident", ["Fix"])]
    assert read("complete = true\n" + STEP, there).policy.processes == only


def test_an_export_brings_them_back_and_one_of_before_there_were_any_leaves_them() -> None:
    there = read(WHOLE)
    exported = format_plan(there)
    assert read(exported, DESK) == there
    assert read(exported, read("processes = []", there)) == there
    nothing = format_plan(DESK)
    assert "processes = []" in nothing
    assert read(nothing, there) == DESK
    older = nothing.replace("processes = []\n", "")
    assert read(older, there).policy.processes == there.policy.processes


def test_a_version_of_the_policy_is_kept_with_them_and_one_from_before_has_none() -> None:
    policy = read(WHOLE).policy
    assert read_policy(format_policy(policy)).processes == policy.processes
    assert read_policy(format_policy(DESK.policy).replace("processes = []\n", "")).processes == ()


def test_a_version_that_is_kept_is_read_whatever_became_of_whom_it_names() -> None:
    text = (
        STEP + "owner = 'gone'\nwhen = 'queue:gone owner:gone'\n" + RULE + "do = [{ process = 'Incident' }]"
    )
    assert read_policy(text).processes[0].steps[0].owner == "gone"


def test_a_diff_says_what_changes_step_by_step() -> None:
    there = read(WHOLE)
    text = WHOLE.replace('within = "1h30m"', 'within = "2h"').replace('"problem"', '"task"')
    text = text.replace('approval = "lead"', 'approval = "admin"\n[[processes.steps]]\nname = "Grant"')
    assert [f"{one.sign} {one}" for one in diff(there, read(text, there))] == [
        "~ process 'Incident' begun by incident, problem → incident, task",
        "~ process 'Incident' step 'Fix' by alice, required before solved, within 1h30m → "
        "by alice, required before solved, within 2h",
        "~ process 'Access' step 'Agree' lead approves, required before solved → "
        "admin approves, required before solved",
        "~ process 'Access' step 'Grant' none → by owner, required before solved",
        "~ steps of process 'Access': 'Agree' → 'Agree', 'Grant'",
    ]
    first = WHOLE.replace(
        'types = ["incident", "problem"]',
        'types = ["incident", "problem"]\n[[processes.steps]]\nname = "Look"',
    )
    assert [f"{one.sign} {one}" for one in diff(there, read(first, there))] == [
        "~ process 'Incident' step 'Look' none → by owner, required before solved",
        "~ steps of process 'Incident': 'Fix', 'Root cause' → 'Look', 'Fix', 'Root cause'",
    ]
    gone = [f"{one.sign} {one}" for one in diff(there, read("processes = []", there))]
    assert [line[:27] for line in gone] == [
        "− process 'Incident' (begun",
        "− process 'Incident' step '",  # a text of several lines is told by itself
        "− process 'Access' (step 'A",
    ]
    assert not diff(there, read(WHOLE, there))


# What is most likely not meant

LEADERLESS = Plan(DESK.policy, DESK.queues, (DESK.agents[0], DESK.agents[2]))
LEFT = Plan(
    DESK.policy,
    DESK.queues,
    (AgentPlan("alice", "Alice", queues=("payments",), active=False), *DESK.agents[1:]),
)
MANUAL = "[[processes]]\nname = 'Access'\n[[processes.steps]]\nname = 'Agree'\n"
BY_HAND = 'no type, rule or macro begins the process "Access": only people do, by hand'
NEVER = 'the step "Fix" is there for no ticket: '
DOUBTS = [
    (STEP, DESK, []),
    (WHOLE + RULE + "do = [{ process = 'access' }]", DESK, []),
    (MANUAL, DESK, [(1, BY_HAND)]),
    (STEP + MANUAL, DESK, [(6, BY_HAND)]),
    (MANUAL + "[[macros]]\nname = 'M'\ndo = [{ process = 'Access' }]", DESK, []),
    (MANUAL + RULE + "do = [{ process = 'none' }]", DESK, [(1, BY_HAND)]),
    (STEP + "owner = 'alice'", LEFT, [(6, 'the step "Fix" is alice\'s, who has left')]),
    (STEP + "owner = 'alice'\n[agents.alice]\nactive = false", DESK,
     [(6, 'the step "Fix" is alice\'s, who has left')]),
    (
        STEP + "approval = 'lead'",
        LEADERLESS,
        [(6, 'the step "Fix" asks for the yes of a lead, and nobody is one: only an admin can give it')],
    ),
    (STEP + "approval = 'lead'", DESK, []),
    (STEP + "approval = 'admin'", LEADERLESS, []),
    (STEP + "approval = 'lead'", Plan(), []),
    (STEP + "when = 'type:question type:incident'", DESK,
     [(6, NEVER + "it would have to be of two kinds of type at once")]),
    (STEP + "when = 'queue:payments queue:Payments'", DESK, []),
    (STEP + "when = 'type:question OR type:incident'", DESK, []),
    (STEP + "when = 'is:solved'", DESK, [(6, NEVER + "is:solved is asked before it can be so")]),
    (STEP + "when = 'state:solved,closed'", DESK,
     [(6, NEVER + "state:closed,solved is asked before it can be so")]),
    (STEP + "when = 'state:open,closed'", DESK, []),
    (STEP + "when = '-is:solved'", DESK, []),
    (STEP + "when = 'process:other'", DESK,
     [(6, NEVER + 'it follows "Incident" then'),
      (6, 'the step "Fix": there is no process "other"; there are Incident')]),
    (STEP + "when = 'process:incident'", DESK, []),
    (STEP + "when = 'step:Fx'", DESK, [(6, 'the step "Fix": no process has a step "Fx"')]),
    (STEP + RULE + "when = 'step:Fx OR step:f* OR step:none'\ndo = [{ tag = 'x' }]", DESK,
     [(9, 'the rule "R": no process has a step "Fx"')]),
    (STEP + RULE + "when = 'step:FIX'\ndo = [{ tag = 'x' }]", DESK, []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "current", "said"), DOUBTS, ids=[f"{at}" for at in range(len(DOUBTS))])
def test_what_is_most_likely_not_meant(text: str, current: Plan, said: list[tuple[int, str]]) -> None:
    told = warnings(text, read(text, current))
    assert [(one.line, one.message) for one in told] == said


def test_a_condition_that_asks_for_a_process_that_is_taken_away_is_doubted() -> None:
    there = read(WHOLE + RULE + "when = 'process:access'\ndo = [{ tag = 'x' }]")
    told = warnings("processes = []", read("processes = []", there))
    assert [(one.line, one.message) for one in told] == [(1, 'the rule "R": there is no process "access"')]
