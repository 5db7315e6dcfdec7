"""What can be done to a ticket, wherever it is shown: ask, then send one command."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deskterm.domain.kinds import LINK_KINDS, Level, Priority
from deskterm.ui.dialogs import kept
from deskterm.ui.late import Late
from deskterm.ui.screens.clock_actions import ClockActions
from deskterm.ui.screens.escalating import EscalateAction
from deskterm.ui.screens.lifecycle_actions import LifecycleActions
from deskterm.ui.screens.merging import MergeActions
from deskterm.ui.screens.targets import subject
from deskterm.ui.screens.using_macros import MacroActions

if TYPE_CHECKING:
    from deskterm.domain import commands as c
    from deskterm.domain import people as known
    from deskterm.domain import triage, when, wording
    from deskterm.ui.dialogs.choice_list import Choice
else:
    names = ("commands", "people", "triage", "when", "wording")
    c, known, triage, when, wording = (Late(f"deskterm.domain.{name}") for name in names)


class TicketActions(LifecycleActions, MergeActions, EscalateAction, ClockActions, MacroActions):
    """The actions of the scope `ticket`. The screen says which tickets are meant with `targets()`."""

    # Writing.

    async def do_ticket_reply(self) -> None:
        """Reply to the requester, on the ticket's screen; to each of a selection in its own words."""
        await self.compose_on("reply")

    async def do_ticket_note(self) -> None:
        """Write an internal note; on a selection, the same one line on all."""
        await self.compose_on("note")

    async def do_ticket_side(self) -> None:
        """Write to others beside the ticket, or go on with that."""
        await self.compose_on("side")

    async def compose_on(self, kind: str) -> None:
        """Open the ticket's screen with the composer; ask for the text when several are meant."""
        numbers = self.targets()
        if not numbers:
            self.status("There is no ticket under the cursor", error=True)
        elif len(numbers) == 1:
            self.open_ticket(numbers[0], compose=kind)
        elif kind == "side":
            self.status("That is written beside one ticket: take the others out of the selection", error=True)
        elif kind == "reply":
            await self.reply_to_all(numbers)
        else:
            await self._note_all(numbers)

    async def _note_all(self, numbers: tuple[int, ...]) -> None:
        from deskterm.ui.dialogs.prompt import Prompt

        title = f"Internal note on {wording.which(numbers)}"
        key = "note on several"
        answer = await self.ask(
            Prompt(
                title, "Note", required="the note is empty", keep_as=key, help="the same note on each of them"
            )
        )
        if answer:
            self.send(c.Note(numbers, answer["text"]), None, keep_as=key)

    # Whose it is.

    async def do_ticket_assign(self) -> None:
        """Assign to an agent, or to nobody."""
        from deskterm.ui.dialogs.choice_list import Choice
        from deskterm.ui.dialogs.choose import Choose

        numbers, view = await self.meant()
        people = await self.read_in_thread(self.store.people) if numbers else None
        if people is None:
            return
        agents = sorted(
            (
                agent
                for agent in people.agents.values()
                if agent.active and agent.role.includes(known.Role.AGENT)
            ),
            key=lambda agent: (agent.id != self.store.actor.id, agent.login),
        )
        choices: list[Choice[int | None]] = [
            Choice(agent.id, agent.login, f"{agent.name} {agent.tier}".strip(), words=agent.name)
            for agent in agents
        ]
        choices.append(Choice(None, "nobody", "give it back to the queue", words="none unassign"))
        # Whose it is now; the first, which is me, when it is nobody's or there are several.
        current = (view.ticket.owner if view else None) or agents[0].id if agents else None
        chosen = await self.ask(
            Choose(f"Assign {wording.which(numbers)} to", choices, current=current, detail=subject(view))
        )
        if chosen is not None:
            self.send(c.Assign(numbers, chosen.value), view, "owner")

    async def do_ticket_take(self) -> None:
        """Assign to myself."""
        numbers, view = await self.meant()
        if numbers and await self.sure("Take", numbers):
            self.send(c.Assign(numbers, self.store.actor.id), view, "owner")

    async def do_ticket_move(self) -> None:
        """Hand over to another queue with a note."""
        from deskterm.ui.dialogs.choice_list import Choice
        from deskterm.ui.dialogs.choose import Choose
        from deskterm.ui.dialogs.prompt import Prompt

        numbers, view = await self.meant()
        people = await self.read_in_thread(self.store.people) if numbers else None
        if people is None:
            return
        here = view.ticket.queue if view else None
        queues = [Choice(queue.id, queue.name) for queue in people.queues.values() if queue.id != here]
        if not queues:
            self.status("There is no other queue", error=True)
            return
        chosen = await self.ask(Choose(f"Move {wording.which(numbers)} to", queues, detail=subject(view)))
        if chosen is None:
            return
        key = f"move {wording.which(numbers)}"
        answer = await self.ask(
            Prompt(
                f"Hand {wording.which(numbers)} over to {chosen.label}",
                "Note",
                help="what the next team needs to know; an internal note, empty for none",
                keep_as=key,
                verb="move",
            )
        )
        if answer is not None:
            self.send(c.Move(numbers, chosen.value, answer["text"]), view, "queue", keep_as=key)

    async def do_ticket_follow(self) -> None:
        """Follow, or stop following."""
        numbers, view = await self.meant()
        if not numbers:
            return
        on = view is None or self.store.actor.id not in view.ticket.followers
        if await self.sure("Follow", numbers):
            self.send(c.Follow(numbers, on), None)

    async def do_ticket_why(self) -> None:
        """Show what counted and what did not, and why; of the ticket under the cursor alone."""
        row = self.target_row()
        if row is None:
            self.status("There is no ticket under the cursor", error=True)
            return
        found = await self.read_in_thread(self._reasons, row.number)
        if found is not None:
            from deskterm.ui.dialogs.why import WhyDialog

            await self.ask(WhyDialog(f"Why #{found[0]}", found[1]))

    def _reasons(self, number: int) -> tuple[int, list[str]]:
        from deskterm.domain.why import told, why

        view = self.store.ticket(number, messages=1)
        now, waits = self.store.now(), self.store.waits(number)
        found = why(view.ticket, self.store.policy, now, view.events, view.names, view.queues, waits)
        return number, told(found, self.store.zone)

    async def do_ticket_time(self) -> None:
        """Show the time worked, and record, change or delete some."""
        from deskterm.ui.screens.worked import look_at_time

        await look_at_time(self)

    async def do_ticket_steps(self) -> None:
        """Show the steps of its process, and mark them; begin, change or end the process."""
        from deskterm.ui.screens.stepping import look_at_steps

        await look_at_steps(self)

    # What it is.

    async def do_ticket_priority(self) -> None:
        """Choose impact and urgency, or override the priority."""
        from deskterm.ui.dialogs.priority import ChoosePriority

        numbers, view = await self.meant()
        if not numbers:
            return
        impact, urgency, detail = Level.LOW, Level.MEDIUM, ""
        if view is not None:
            ticket = view.ticket
            impact, urgency, detail = ticket.impact, ticket.urgency, f"now {ticket.priority}"
            if ticket.requested_urgency is not None:
                detail += f", the requester said urgency {ticket.requested_urgency}"
        policy = await self.read_in_thread(lambda: self.store.policy)
        if policy is None:
            return
        title = f"Priority of {wording.which(numbers)}"
        chosen = await self.ask(ChoosePriority(title, impact, urgency, detail=detail, policy=policy))
        if chosen is None:
            return
        command = c.SetPriority(numbers, chosen.priority, chosen.impact, chosen.urgency, chosen.reason)
        if chosen.priority is Priority.P1:
            from deskterm.ui.screens.budget import ask_beyond

            beyond = await ask_beyond(self, policy.p1_share, numbers)
            if beyond is None:
                return
            command = replace(command, beyond=beyond)
        self.send(command, view, "priority", "impact", "urgency")

    async def do_ticket_tags(self) -> None:
        """Add and remove tags."""
        from deskterm.ui.dialogs.tags import EditTags

        numbers, view = await self.meant()
        known = await self.read_in_thread(self.store.tags) if numbers else None
        if known is None:
            return
        held = view.ticket.tags if view else frozenset[str]()
        shown = tuple(sorted(held)) + tuple(tag for tag in known if tag not in held)
        answer = await self.ask(
            EditTags(
                f"Tags of {wording.which(numbers)}",
                held,
                shown,
                detail=subject(view),
                bare="no tags" if view else "what is put on here is added to the tags of each",
            )
        )
        if answer is not None and (answer.add or answer.remove):
            self.send(c.Tag(numbers, answer.add, answer.remove), None)

    async def do_ticket_link(self) -> None:
        """Link to another ticket, or take a link away."""
        from deskterm.ui.dialogs.choice_list import Choice
        from deskterm.ui.dialogs.choose import Choose
        from deskterm.ui.dialogs.choose_ticket import ChooseTicket

        numbers, view = await self.meant()
        if not numbers:
            return
        if view is None:
            self.status("A link goes from one ticket: take the others out of the selection", error=True)
            return
        kinds: list[Choice[tuple[str, int]]] = [Choice((kind, 0), kind) for kind in LINK_KINDS]
        kinds += [
            Choice((link.kind, link.number), f"take away: {link.kind} #{link.number}", link.subject)
            for link in view.links
        ]
        chosen = await self.ask(Choose(f"Link {wording.which(numbers)} as", kinds, detail=subject(view)))
        if chosen is None:
            return
        kind, other = chosen.value
        if other:
            self.send(c.LinkTo(numbers, kind, other, remove=True), None)
            return
        found = await self.ask(ChooseTicket(f"{wording.which(numbers)} {kind} …", but=numbers))
        if found is not None:
            self.send(c.LinkTo(numbers, kind, found.value), None)

    # When.

    async def do_ticket_snooze(self) -> None:
        """Snooze until a time, wake, or set a reminder."""
        from deskterm.ui.dialogs.remind import REMIND, WAKE, RemindForm, reminder

        numbers, view = await self.meant()
        if not numbers:
            return
        now, zone, key = self.store.now(), self.desk.zone, f"remind {wording.which(numbers)}"
        snoozed = view is not None and view.snoozed_until is not None
        form = RemindForm(
            f"Snooze {wording.which(numbers)}, or be reminded",
            now,
            zone,
            detail=subject(view),
            snoozed=snoozed,
            single=view is not None,
            keep_as=key,
            colleagues=tuple(view.names.values()) if view is not None else (),
        )
        answer = await self.ask(form)
        if answer is None:
            return
        if answer["what"] == WAKE:
            self.send(c.Snooze(numbers, None), None, keep_as=key)
        elif answer["what"] == REMIND:
            whom = answer["whom"].strip().casefold()
            names = view.names.items() if view is not None else ()
            agent = next((number for number, login in names if login.casefold() == whom), None)
            command = reminder(answer, now, zone, numbers[0], agent)
            self.run_command(command, lambda outcome: kept.forget(self.app, key))
        else:
            self.send(c.Snooze(numbers, when.parse_when(answer["when"], now, zone)), None, keep_as=key)
