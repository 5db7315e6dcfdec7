"""Which actions need which role: the footer does not offer them to others, and the key says why."""

from __future__ import annotations

from deskterm.ui.keymap import COMPOSER, MERGING, TICKET

FOR_ADMINS = frozenset({"ticket.recount"})

FOR_LEADS = (
    frozenset({"board.rebalance", "quarantine.discard", "quarantine.discard_all", "ticket.target"})
    | FOR_ADMINS
)

FOR_AGENTS = frozenset(
    action.name
    for action in (*TICKET, *MERGING, *COMPOSER)
    if action.name not in ("ticket.snooze", "ticket.follow")
) | {
    *("desk.new", "desk.next", "list.next", "board.next", "triage.next"),
    *("board.move_left", "board.move_right"),
    *("go.quarantine", "quarantine.retry", "quarantine.retry_all", "outbox.retry", "outbox.cancel"),
    *("contact.edit", "contact.vip", "contact.address", "contact.remove_address", "contact.merge"),
    *("organization.edit", "organization.vip"),
    *("triage.accept", "triage.duplicate", "triage.ask", "triage.split"),
}

_ARTICLE = {"viewer": "a viewer", "agent": "an agent", "lead": "a lead"}


def barred(role: str) -> frozenset[str]:
    """Name the actions that a role does not include."""
    every = {"viewer": FOR_AGENTS | FOR_LEADS, "agent": FOR_LEADS, "lead": FOR_ADMINS}
    return every.get(role, frozenset())


def why_barred(action: str, title: str, who: str, role: str) -> str:
    """Say why somebody may not do something."""
    needs = "an admin" if action in FOR_ADMINS else "a lead" if action in FOR_LEADS else "an agent"
    return f"{who} is {_ARTICLE.get(role, role)}: {title} needs {needs}"
