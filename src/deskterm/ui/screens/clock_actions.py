"""What leads and admins do to clocks: a target of the ticket's own, and counting anew, each with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.ui.late import Late
from deskterm.ui.screens.targets import Targets, subject

if TYPE_CHECKING:
    from deskterm.domain import commands as c
    from deskterm.domain import durations, policy, wording
else:
    names = ("commands", "durations", "policy", "wording")
    c, durations, policy, wording = (Late(f"deskterm.domain.{name}") for name in names)

BY_POLICY = "policy"
"""Typed in place of a time: the ticket has no target of its own any more."""


class ClockActions(Targets):
    """The actions that change what a ticket's clocks are measured by."""

    async def do_ticket_target(self) -> None:
        """Give the tickets that are meant a target of their own, or take it back."""
        from deskterm.ui.dialogs.form import Field, Form

        numbers, view = await self.meant()
        if not numbers:
            return
        title = f"A target of its own for {wording.which(numbers)}"
        names = {target.replace("_", " "): target for target in policy.TARGETS}
        answer = await self.ask(
            Form(
                title,
                (
                    Field("target", "Target", "resolution", options=tuple(names)),
                    Field(
                        "time",
                        "Within",
                        placeholder="4h",
                        help=f"business time from when the clock began; {BY_POLICY} takes the target back",
                        required=f"say how long, such as 4h, or {BY_POLICY}",
                        check=_wrong,
                    ),
                    Field("reason", "Why", required="a target of its own needs a reason"),
                ),
                detail=subject(view),
                verb="set it",
            )
        )
        if answer is not None:
            target = names[answer["target"]]
            self.send(
                c.SetTarget(numbers, target, _seconds(answer["time"]), answer["reason"]),
                view,
                "target_overrides",
            )

    async def do_ticket_recount(self) -> None:
        """Count the clocks of the tickets that are meant anew, by the policy of now."""
        from deskterm.ui.dialogs.prompt import Prompt

        numbers, view = await self.meant()
        if not numbers:
            return
        answer = await self.ask(
            Prompt(
                f"Count the clocks of {wording.which(numbers)} anew",
                "Why",
                required="counting anew needs a reason",
                help="from the beginning, by the policy of now; also what has ended is judged anew",
                detail=subject(view),
                verb="count anew",
            )
        )
        if answer is not None:
            self.send(c.Recount(numbers, answer["text"]), None)


def _seconds(time: str) -> int | None:
    return None if time.strip().casefold() == BY_POLICY else durations.read_duration(time)


def _wrong(time: str) -> str:
    try:
        _seconds(time)
    except ValueError as error:
        return str(error)
    return ""
