"""The rules from any screen: each with how often it fired, and one of them tried on past tickets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from deskterm.domain.errors import DeskError
from deskterm.domain.plain import clean_line

if TYPE_CHECKING:
    from deskterm.domain.rule_views import DryRun, Overlap, RuleLine, Unreachable
    from deskterm.store.store import Store
    from deskterm.ui.screens.everywhere import Everywhere

SHOWN = 8
"""Tickets that a trial names."""


async def look_at_rules(screen: Everywhere) -> None:
    """List the rules; the chosen one is tried, until the list is left."""
    from deskterm.domain.rule_views import occasion
    from deskterm.ui.dialogs.choice_list import Choice
    from deskterm.ui.dialogs.choose import Choose
    from deskterm.ui.dialogs.explain import Explain

    try:
        lines = await asyncio.to_thread(screen.store.rules)
    except DeskError as error:
        screen.status(error.message, error=True, hint=error.hint)
        return
    if not lines:
        screen.status("There are no rules yet", hint="they are written in the policy file: docs/rules.md")
        return
    choices = [
        Choice(at, clean_line(line.rule.name, 60), f"{occasion(line.rule)} · {fired(line)}")
        for at, line in enumerate(lines)
    ]
    current = 0
    while True:
        detail = "in the order in which they are asked; enter tries one on the last 1,000 tickets"
        chosen = await screen.ask(Choose("Rules", choices, current=current, detail=detail))
        if chosen is None:
            return
        current = chosen.value
        try:
            text = await asyncio.to_thread(trial, screen.store, lines, current)
        except DeskError as error:
            screen.status(error.message, error=True, hint=error.hint)
            return
        await screen.ask(Explain(clean_line(lines[current].rule.name, 60), text))


def fired(line: RuleLine) -> str:
    """Say how often a rule fired."""
    return f"fired {line.fired:,}×" if line.fired else "never fired"


def trial(store: Store, lines: Sequence[RuleLine], at: int) -> str:
    """Return what a rule says, did, and would have done, as text."""
    line = lines[at]
    run = store.dry_run(line.rule, limit=SHOWN)
    conflicts = store.rule_conflicts([each.rule for each in lines])
    return "\n".join(_told(line, run, conflicts, store.now()))


def _told(
    line: RuleLine,
    run: DryRun,
    conflicts: tuple[Sequence[Overlap], Sequence[Unreachable]],
    now: datetime,
) -> Iterator[str]:
    from deskterm.domain.rule_views import action_words, occasion
    from deskterm.domain.time_spans import ago

    rule = line.rule
    yield f"on     {occasion(rule)}"
    yield f"when   {rule.when or 'every ticket'}"
    for action in rule.actions:
        yield f"does   {clean_line(action_words(action), 200)}"
    if rule.stop:
        yield "then   no later rule is asked"
    yield ""
    last = f", last {ago((now - line.last_at).total_seconds())} ago" if line.last_at is not None else ""
    tickets = f" on {line.tickets:,} ticket{'' if line.tickets == 1 else 's'}" if line.fired else ""
    yield f"It {fired(line)}{tickets}{last}."
    if line.stopped:
        yield f"The loop guard stopped it {line.stopped:,}×."
    would = "It would fire now on" if rule.since else "It would have matched"
    yield f"{would} {run.matched:,} of the last {run.of:,} tickets."
    for row in run.rows:
        yield f"  #{row.number}  {clean_line(row.subject, 70)}"
    overlaps, unreachable = conflicts
    for overlap in overlaps:
        if rule.name in (overlap.first, overlap.second):
            yield f"! {overlap}"
    for never in unreachable:
        if rule.name == never.rule:
            yield f"! {never}"
