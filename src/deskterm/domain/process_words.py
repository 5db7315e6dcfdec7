"""Processes in words: what a history and a list of undo say of steps and of the process a ticket follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskterm.domain.events import Event
from deskterm.domain.process import StepState
from deskterm.domain.process_commands import FollowProcess, MarkStep

STATES: Mapping[StepState, str] = {
    StepState.OPEN: "open",
    StepState.DONE: "done",
    StepState.SKIPPED: "skipped",
    StepState.REFUSED: "refused",
    StepState.NEEDLESS: "not needed",
}
"""What a step's state is called to people."""

CURRENT_GLYPH = "▸"
GLYPHS: Mapping[StepState, str] = {
    StepState.OPEN: "○",
    StepState.DONE: "✓",
    StepState.SKIPPED: "↷",
    StepState.REFUSED: "✗",
    StepState.NEEDLESS: "·",
}
"""How a step's state is drawn, beside its word where it has one; the step whose turn it is has its own."""

_DID: Mapping[StepState, str] = {
    StepState.OPEN: "Opened",
    StepState.DONE: "Done",
    StepState.SKIPPED: "Skipped",
    StepState.REFUSED: "Refused",
}


def done_words(command: FollowProcess | MarkStep, them: str) -> str:
    """Say what a command did to tickets."""
    if isinstance(command, FollowProcess):
        return f"Began {command.process} on {them}" if command.process else f"Ended the process of {them}"
    did = _DID.get(StepState(command.state), "Marked")
    return f"{did}: {command.step} on {them}"


def marks_words(value: Any, by: str = "") -> str:
    """Say what became of steps, and by whom: "Fix done by bo, Docs check skipped: nothing to write"."""
    said = []
    for step, state, _, _, *text in value or ():
        why = f": {text[0]}" if text and text[0] else ""
        now = "open again" if state == StepState.OPEN else STATES[StepState(state)]
        said.append(f"{step} {now}{by}{why}")
    return ", ".join(said)


def step_sentence(event: Event, by: str = "") -> str:
    """Say what an event says of a step, and ` by` whom: "Root cause done by bo: a full disk"."""
    change = event.change("steps")
    if change is None:
        return f"marked a step{by}"
    if change.after:
        return marks_words(change.after, by)
    return ", ".join(f"{mark[0]} open again{by}" for mark in change.before or ())


def process_sentence(event: Event) -> str:
    """Say which process began or ended."""
    change = event.change("process")
    if change is None:
        return "the process as the desk has it now"
    if not change.after:
        return f"process {change.before} ended"
    return f"process {change.after}" + (f" in place of {change.before}" if change.before else "")
