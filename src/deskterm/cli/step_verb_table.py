"""The verbs of processes: what they are called, take and say of themselves."""

from __future__ import annotations

from argparse import ArgumentParser

from deskterm.cli.verb import Verb

_PROCESS = """Let tickets follow a process of the desk's policy (docs/processes.md).

  deskterm process 1042 Incident
  deskterm process 12,15 "Access request" --reason "they ask for an account"   leaving one needs a reason
  deskterm process 1042 none --reason "a question after all"

The one that a ticket follows already begins again as the desk has it now; steps that are still there stay as
they stand."""

_STEP = """Say what became of a step of a ticket's process (docs/processes.md). STEP is its name, or its
place in deskterm steps N.

  deskterm step 1042 "Root cause" done --field root_cause="a full disk"
  deskterm step 1042 2 done "the cache was cold"
  deskterm step 12,15 "Docs check" skip "nothing to write"    skipping and refusing need a reason
  deskterm step 1042 Approve refuse "not in the budget"       the role whose yes it needs decides
  deskterm step 1042 3 open                                   open again"""

ACTIONS = ("done", "skip", "refuse", "open")


def _process(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("numbers", metavar="N", help="a ticket, or several as 12,15,18")
    add("name", nargs="*", default=[], metavar="NAME|none", help="the process to follow, or none")
    add("--reason", default="", help="why, when they leave another one")


def _steps(parser: ArgumentParser) -> None:
    parser.add_argument("numbers", metavar="N", help="a ticket")


def _step(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("numbers", metavar="N", help="a ticket, or several as 12,15,18")
    add("step", metavar="STEP", help="its name or its place, from 1 on")
    add("action", choices=ACTIONS, help="what became of it, or open again")
    add("words", nargs="*", default=[], metavar="TEXT", help="what is to be said of it, or - to read stdin")
    add("--text", "--reason", default=None, metavar="TEXT", help="the same as an option")
    add("--field", action="append", default=[], metavar="NAME=VALUE", help="fill a form field with it")


STEP_VERBS: dict[str, Verb] = {
    "steps": Verb("show the steps of a ticket's process", "step_verb:steps", _steps),
    "step": Verb("mark a step of a ticket's process", "step_verb:step", _step, "words", description=_STEP),
    "process": Verb(
        "begin, change or end a ticket's process", "step_verb:process", _process, "name", description=_PROCESS
    ),
}
"""In the order of the help."""
