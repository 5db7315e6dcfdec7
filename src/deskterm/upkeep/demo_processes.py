"""The processes of the demo desk, and how far its tickets are in them."""

from __future__ import annotations

from dataclasses import replace

from deskterm.domain.commands import FollowProcess, MarkStep
from deskterm.domain.plan import Plan
from deskterm.domain.policy import DEFAULT
from deskterm.domain.policy_file import parse
from deskterm.domain.process import StepState

PROCESSES = """
[[processes]]
name = "Incident"
types = ["incident"]

[[processes.steps]]
name = "Reproduce"
required = false
text = "Do what the customer did, and see what they saw. What you cannot see, ask for."

[[processes.steps]]
name = "Workaround"
required = false
text = "Can they go on working meanwhile? Tell them how."

[[processes.steps]]
name = "Fix"
within = "8h"
text = '''
Take the cause away, or go back to what ran before.
Tell the customer that it is in, and ask them to try.'''

[[processes.steps]]
name = "Customer confirms"
required = false
text = "It works when they say so. Skip it when they do not answer."

[[processes.steps]]
name = "Root cause"
fields = ["root_cause", "improvement"]
text = '''
Why could it happen, and why did nobody notice before the customer?
What would have kept it from happening: a problem, an improvement, or nothing, and why.'''

[[processes.steps]]
name = "Docs check"
before = "closed"
text = "Would the next person find the answer? Write or correct the article."

[[processes]]
name = "Service request"
types = ["service request"]

[[processes.steps]]
name = "Check what is asked"
required = false
text = "Who needs it, for what, and until when?"

[[processes.steps]]
name = "Approval"
approval = "lead"
text = "Access and purchases need the yes of a lead. What is free and harmless gets it at once."

[[processes.steps]]
name = "Carry out"
text = "Give exactly what was approved, and note what was changed."

[[processes.steps]]
name = "Customer confirms"
required = false
text = "Can they use it?"

[[processes.steps]]
name = "Docs check"
before = "closed"
text = "Is it in the list of who may do what?"
"""

VERSION = 2
"""The version of a demo desk's policy: the first one that is applied."""

PLAYED = replace(DEFAULT, processes=parse(PROCESSES, Plan()).policy.processes)
"""The rules by which the lives of the demo's tickets are played."""

T = (1,)
DONE, SKIPPED = StepState.DONE, StepState.SKIPPED


def begins(type_: str) -> FollowProcess | None:
    """Return what lets a ticket of a type follow its process, None for a type without one."""
    found = PLAYED.process_for(type_)
    return FollowProcess(T, found.name, by=f"its type is {type_}") if found is not None else None


def done(step: str, text: str = "", **values: str) -> MarkStep:
    """Mark a step as done."""
    return MarkStep(T, step, DONE, text, tuple(values.items()))


def skipped(step: str, why: str) -> MarkStep:
    """Mark a step as skipped."""
    return MarkStep(T, step, SKIPPED, why)
