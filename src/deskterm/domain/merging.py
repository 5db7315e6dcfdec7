"""Merging: a duplicate closes into the ticket that goes on; what both become, and how they part again."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from deskterm.domain.commands import Merge, Unmerge
from deskterm.domain.errors import NotFound, Refused
from deskterm.domain.events import Change, Event, invert
from deskterm.domain.kinds import MERGED_FROM, MERGED_INTO, State
from deskterm.domain.lifecycle import state_changes
from deskterm.domain.proposal import Proposal, Situation, changed
from deskterm.domain.ticket import Ticket

ABSORBED = "absorbed"
"""The kind of the event of a merge on the ticket that goes on."""


def merge(command: Merge, ticket: Ticket, situation: Situation) -> Proposal:
    """Close a ticket as a duplicate of the situation's other one; its fields and clocks stay readable."""
    survivor = situation.other
    if survivor is None:
        raise NotFound(f"there is no ticket #{command.into}", field="into")
    _may_go_into(ticket, survivor, situation)
    if not command.children and any(link.kind == "child" for link in ticket.links):
        raise Refused(
            f"#{ticket.number} has child tickets, which would belong to a closed one",
            field="children",
            hint="merge it all the same by confirming that (--children)",
        )
    changes = state_changes(ticket, State.CLOSED, situation.now)
    linked = Change("links", (), ((MERGED_INTO, survivor.number),))
    return Proposal("merged", (*changes, *changed(ticket, close_reason="duplicate"), linked))


def _may_go_into(ticket: Ticket, survivor: Ticket, situation: Situation) -> None:
    """Raise Refused unless the first of these tickets may be merged into the second."""
    number, into = ticket.number, survivor.number
    if number == into:
        raise Refused(f"#{number} cannot be merged into itself", field="into")
    if ticket.merged_into is not None:
        raise Refused(
            f"#{number} is merged into another ticket already", field="into", hint="unmerge it first"
        )
    if ticket.state is State.CLOSED:
        raise Refused(f"#{number} is closed", field="state", hint="reopen it first")
    may_go_on(survivor)
    ours, theirs = situation.queues.get(ticket.queue), situation.queues.get(survivor.queue)
    secret = next((queue for queue in (ours, theirs) if queue is not None and queue.confidential), None)
    if secret is not None and ticket.queue != survivor.queue:
        raise Refused(
            f"{secret.name} is confidential: #{number} and #{into} are not both in it",
            field="queue",
            hint="move one of them first, or link them",
        )


def may_go_on(survivor: Ticket) -> None:
    """Raise Refused unless tickets may be merged into this one."""
    if survivor.voided:
        raise Refused(f"#{survivor.number} was taken back", field="into")
    if survivor.merged_into is not None:
        raise Refused(
            f"#{survivor.number} was merged into another ticket itself",
            field="into",
            hint="merge into the one it was merged into",
        )
    if survivor.state is State.CLOSED:
        raise Refused(
            f"#{survivor.number} is closed: nothing is merged into a closed ticket",
            field="into",
            hint="reopen it first, or merge the other way round",
        )


def absorb(survivor: Ticket, ticket: Ticket) -> Proposal:
    """Take a duplicate in: its messages and its requester by the link, its tags and followers as well."""
    changes = [Change("links", (), ((MERGED_FROM, ticket.number),))]
    tags, followers = ticket.tags - survivor.tags, ticket.followers - survivor.followers
    if tags:
        changes.append(Change("tags", (), tuple(sorted(tags))))
    if followers:
        changes.append(Change("followers", (), tuple(sorted(followers))))
    return Proposal(ABSORBED, tuple(changes))


def unmerge(command: Unmerge, ticket: Ticket, situation: Situation) -> Proposal:
    """Make a merged ticket what it was before; the dispatcher gives the other one its part."""
    if ticket.merged_into is None:
        raise Refused(f"#{ticket.number} is not merged into another ticket", field="links")
    if situation.other is None:
        raise Refused(
            f"#{ticket.number} was merged into a ticket that you may not see",
            hint="somebody of its queue can unmerge it",
        )
    return part(ticket, situation.history, MERGED_INTO, ticket.merged_into)


def part(ticket: Ticket, history: Sequence[Event], kind: str, other: int) -> Proposal:
    """Take a merge back on one of its two tickets: the inverse of the last event that made this link.

    Bringing several merges back is one event on the ticket that took them in: there the event of the merge
    itself tells what came with this one.
    """
    link = (kind, other)
    made = [event for event in reversed(history) if link in _links_made(event)]
    if not made:
        raise Refused(f"#{ticket.number} has no history of that merge", field="links")
    event = next((event for event in made if event.kind == ABSORBED), made[0])
    return Proposal("unmerged", invert([event], ticket).changes)


def _links_made(event: Event) -> Collection[tuple[str, int]]:
    change = event.change("links")
    return {(kind, number) for kind, number in change.after or ()} if change is not None else ()


def parts(events: Sequence[Event]) -> bool:
    """Say whether these events of a ticket took it out of one that it was merged into."""
    taken = (change.before or () for event in events if (change := event.change("links")) is not None)
    return any(kind == MERGED_INTO for links in taken for kind, _ in links)
