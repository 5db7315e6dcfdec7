"""The actions of the pages that are shown over the tabs: settings, quarantine, outbox, contacts."""

from __future__ import annotations

from deskterm.ui.action import Action

SETTINGS = (
    Action("settings.down", ("j", "down"), "settings", "move", "Next line", 1),
    Action("settings.up", ("k", "up"), "settings", "move", "Line before", 2),
    Action("settings.top", ("g g", "home"), "settings", "top", "First line"),
    Action("settings.bottom", ("G", "end"), "settings", "end", "Last line"),
    Action("settings.page_down", ("ctrl+d", "pagedown"), "settings", "page down", "A page down"),
    Action("settings.page_up", ("ctrl+u", "pageup"), "settings", "page up", "A page up"),
    Action("settings.change", ("enter",), "settings", "change", "Change what is under the cursor", 3),
)

QUARANTINE = (
    Action("quarantine.down", ("j", "down"), "quarantine", "move", "Next mail", 1),
    Action("quarantine.up", ("k", "up"), "quarantine", "move", "Mail before", 2),
    Action("quarantine.top", ("g g", "home"), "quarantine", "top", "Newest mail"),
    Action("quarantine.bottom", ("G", "end"), "quarantine", "end", "Oldest mail"),
    Action("quarantine.page_down", ("ctrl+d", "pagedown"), "quarantine", "scroll", "Scroll the mail down"),
    Action("quarantine.page_up", ("ctrl+u", "pageup"), "quarantine", "scroll", "Scroll the mail up"),
    Action("quarantine.retry", ("r",), "quarantine", "retry", "Try to take the mail in again", 3),
    Action("quarantine.discard", ("D",), "quarantine", "discard", "Throw the mail away", 4),
    Action(
        "quarantine.retry_all",
        ("R",),
        "quarantine",
        "retry all of the sender",
        "Try all mails of this sender again",
        5,
    ),
    Action("quarantine.discard_all", ("X",), "quarantine", "", "Throw all mails of this sender away"),
)

OUTBOX = (
    Action("outbox.down", ("j", "down"), "outbox", "move", "Next mail", 1),
    Action("outbox.up", ("k", "up"), "outbox", "move", "Mail before", 2),
    Action("outbox.top", ("g g", "home"), "outbox", "top", "First mail"),
    Action("outbox.bottom", ("G", "end"), "outbox", "end", "Last mail"),
    Action("outbox.page_down", ("ctrl+d", "pagedown"), "outbox", "page down", "A page down"),
    Action("outbox.page_up", ("ctrl+u", "pageup"), "outbox", "page up", "A page up"),
    Action("outbox.open", ("enter",), "outbox", "open", "Open the ticket it is about", 3),
    Action("outbox.retry", ("r",), "outbox", "retry", "Try now to send it", 4),
    Action("outbox.cancel", ("D",), "outbox", "take out", "Take it out before it leaves", 5),
)

CONTACTS = (
    Action("contacts.down", ("j", "down"), "contacts", "move", "Next contact", 1),
    Action("contacts.up", ("k", "up"), "contacts", "move", "Contact before", 2),
    Action("contacts.top", ("g g", "home"), "contacts", "top", "First contact"),
    Action("contacts.bottom", ("G", "end"), "contacts", "end", "Last contact"),
    Action("contacts.page_down", ("ctrl+d", "pagedown"), "contacts", "page down", "A page down"),
    Action("contacts.page_up", ("ctrl+u", "pageup"), "contacts", "page up", "A page up"),
    Action("contacts.find", ("f",), "contacts", "find", "Find by name, address or organization", 4),
    Action("contacts.open", ("enter",), "contacts", "show", "Show the contact", 3),
    Action("contact.down", ("j", "down"), "contact", "move", "Next ticket", 1),
    Action("contact.up", ("k", "up"), "contact", "move", "Ticket before", 2),
    Action("contact.top", ("g g", "home"), "contact", "top", "Newest ticket"),
    Action("contact.bottom", ("G", "end"), "contact", "end", "Oldest ticket"),
    Action("contact.open", ("enter",), "contact", "open", "Open the ticket", 3),
    Action("contact.edit", ("e",), "contact", "change", "Change name, organization, time zone, notes", 4),
    Action("contact.vip", ("V",), "contact", "VIP", "Mark as VIP, or not", 5),
    Action("contact.address", ("a",), "contact", "address", "Add an address", 6),
    Action("contact.remove_address", ("X",), "contact", "remove", "Remove an address", 8),
    Action("contact.organization", ("o", "g O"), "contact", "organization", "Show their organization", 9),
    Action("contact.merge", ("d",), "contact", "duplicate", "Duplicate of another: merge into them", 7),
)

ORGANIZATION = (
    Action("organization.down", ("j", "down"), "organization", "move", "Next line", 1),
    Action("organization.up", ("k", "up"), "organization", "move", "Line before", 2),
    Action("organization.top", ("g g", "home"), "organization", "top", "First of its people"),
    Action("organization.bottom", ("G", "end"), "organization", "end", "Oldest ticket"),
    Action("organization.open", ("enter",), "organization", "open", "Show the contact, open the ticket", 3),
    Action("organization.edit", ("e",), "organization", "change", "Change name, mail domains, notes", 4),
    Action("organization.vip", ("V",), "organization", "VIP", "Mark all its people as VIP, or not", 5),
)
