"""What an exported policy file says about itself, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NOTES: Mapping[str, str] = MappingProxyType(
    {
        "": """\
# The policy of this desk. Look before you change it: deskterm policy diff FILE.toml
#
# What this file leaves out stays as it is: a part, a queue, an agent, a key of those. A part that is a list
# (processes, sla, rules, states, macros), the calendars, the matrix, the targets and the roles are meant
# whole, in their order, and so is the mail of a queue.
# Queues, agents and views are only added and changed; with `complete = true` at the top, agents that are
# not in the file have left.
#
# Durations: 15m, 4h, 1h30m. In targets, thresholds and return_after they are business time, counted by the
# calendar that applies, and 2d is two of that calendar's days: 16h when it is open 8 hours a day, 48h for
# 24x7. In reopen_window and a rule's after, a day has 24 hours. Conditions (when) are
# searches, as in the search box; an empty one is every ticket.""",
        "desk": """\
# at_risk: the share of a target after which it is at risk. p1_share: more P1 than that is said aloud.
# auto_close_days: business days after solving. return_after: untouched tickets go back; on is 30m, or off.
# work_next_hold: how long what work next handed to an agent is handed to nobody else, by the clock.""",
        "roles": "# What the roles are called here.",
        "states": """\
# Each in one of the six categories; with several in one, default = true says where a ticket goes that nobody
# puts to a certain one. clock: what resolution does there, runs or paused (in pending and hold stopped as
# well: nothing but the first reply runs), and stopped in solved and closed. from, to: the states between
# which people may move a ticket, any without. was = ["old name"]: what the state was called before.""",
        "matrix": "# Impact (rows) and urgency make the priority.",
        "weights": "# How much a ticket of each priority adds to its owner's load.",
        "calendars": """\
# zone, hours by weekday (several: "09:00-12:30, 13:30-17:00"), places = ["DE-BY"] for public holidays,
# holidays = [{ day = 2026-12-24, name = "Christmas Eve" }], special_days with hours of their own.
# The calendar 24x7 is always there.""",
        "queues": """\
# assign: none, round robin, least loaded or skills; fallback when that finds nobody. reply: the state that
# sending leaves a ticket in, pending or open. calendar, return_after (or off), reopen_window: its own, or
# "as the desk". mail: what of [mail] it says its own way, nothing in {}.""",
        "agents": "# By login. role: viewer, agent, lead or admin; tier, skills, address, active = false.",
        "mail": """\
# from: who mail is sent as, such as "Support <support@example.com>"; without it nothing is sent. signature,
# and what the desk says by itself, each a text or "off": confirmation, solved (without a word to the
# requester), auto_closed, escalated, with {ticket.number}, {ticket.subject}, {queue.name}, {requester.name},
# {requester.first_name}. undo_send: how long mail waits to be taken back. A queue has its own in
# mail = { from = "..." }. Which server takes the mail is in the configuration file, never here.""",
        "time": """\
# The timer of whoever works on a ticket. on: count at all. idle: so long without a key does not count. least:
# less is not recorded. round: up to whole units such as 15m, or off. ask: when replying and solving.""",
        "targets": "# What holds where none of [[sla]] matches: first_reply, next_reply, update, resolution.",
        "processes": """\
# What tickets of a type (types = ["incident"]) go through, in order; rules and macros may begin one too. A
# required step stands before = "solved" (or "closed"): it is done, or skipped with a reason. owner: owner,
# lead or a login; approval = "lead" (or admin) in its place needs their yes, and later steps wait for that.
# within: business time from when its turn comes. when: only for tickets that a search finds. fields: form
# fields to fill with it. text: what is to be done. Tickets keep the steps they began with.""",
        "sla": """\
# In order: the first that matches a ticket holds. A priority or target left out has no clock. Thresholds
# beside at_risk and breached: at = "50%" or "30m before", for one target or any, and what to do then.
# out_of_hours: business time added to the targets of what comes in while the calendar is closed, or off.""",
        "rules": """\
# In order. on = "intake" before anybody looks; "update" after something happened, with events (created,
# updated, at_risk, breached, changed:FIELD, changed:reply, changed:note, changed:message); "time" with since
# (created, replied, received, pending, hold, solved) and after. do: a list of actions.""",
        "macros": "# Canned answers: text with placeholders such as {requester.first_name}, and actions.",
        "views": "# Searches that agents keep under a name.",
    }
)
