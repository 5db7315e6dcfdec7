"""Say when: snooze, be reminded, or hold until then, with the time as it is understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from textual.widgets import Input

from deskterm.domain.commands import ChangeReminder, Remind
from deskterm.domain.kinds import HOLD_REASONS
from deskterm.domain.recurrence import EXAMPLES as AGAIN
from deskterm.domain.recurrence import is_recurrence, parse_recurrence, zone_name
from deskterm.domain.time_spans import humanize
from deskterm.domain.views import ReminderLine
from deskterm.domain.when import EXAMPLES, WhenError, parse_when
from deskterm.ui.dialogs.base import Hint
from deskterm.ui.dialogs.choice_field import ChoiceField
from deskterm.ui.dialogs.form import Check, Field, Form

SNOOZE, REMIND, WAKE = "snooze", "remind me", "wake now"
HOLD_HELP = {
    "vendor": "a supplier or another company has to act",
    "problem": "it waits for a known problem to be solved",
    "change": "it waits for a planned change",
    "other": "it waits for something else",
}
WHAT_HELP = {
    SNOOZE: "hides it from my lists until then, or until the customer writes",
    REMIND: "rings at that time; the ticket stays where it is",
    WAKE: "shows it in my lists again",
}


def understood(now: datetime, zone: tzinfo) -> Check:
    """Return what says how a time is read: the local time and how far away it is, or what is wrong."""

    def preview(text: str) -> str:
        if not text.strip():
            return "for example: " + ", ".join(EXAMPLES[:4])
        try:
            at = parse_when(text, now, zone)
        except WhenError as error:
            return f"… {error.reason}"
        return f"→ {local_time(at, zone)}, {humanize((at - now).total_seconds())}"

    return preview


def refused(now: datetime, zone: tzinfo, *, empty: str = "") -> Check:
    """Return the check of a time; `empty` is what is wrong with giving none, "" when it may be left out."""

    def check(text: str) -> str:
        if not text.strip():
            return empty
        try:
            parse_when(text, now, zone)
        except WhenError as error:
            return f"{error.reason}; try {EXAMPLES[0]} or {EXAMPLES[1]}"
        return ""

    return check


def understood_again(now: datetime, zone: tzinfo) -> Check:
    """Return what says how a time, or what comes again, is read."""
    once = understood(now, zone)

    def preview(text: str) -> str:
        if not text.strip():
            return "for example: " + ", ".join((*EXAMPLES[:2], *AGAIN[:2]))
        if not is_recurrence(text):
            return once(text)
        try:
            found = parse_recurrence(text, now, zone)
        except WhenError as error:
            return f"… {error.reason}"
        first = found.next(now, zone)
        return (f"→ {local_time(first, zone)}, then " if first is not None else "→ ") + str(found)

    return preview


def refused_again(now: datetime, zone: tzinfo, *, empty: str = "") -> Check:
    """Return the check of a time, or of what comes again."""
    once = refused(now, zone, empty=empty)

    def check(text: str) -> str:
        if not is_recurrence(text):
            return once(text)
        try:
            parse_recurrence(text, now, zone)
        except WhenError as error:
            return f"{error.reason}; try {AGAIN[0]} or {AGAIN[1]}"
        return ""

    return check


def reminder(
    answer: Mapping[str, str], now: datetime, zone: tzinfo, ticket: int | None, agent: int | None
) -> Remind:
    """Turn the answer of a form (`when` and `text`) into the command that sets the reminder."""
    when, text = answer["when"], answer["text"]
    if is_recurrence(when):
        return Remind(None, text, ticket, agent, every=when, zone=zone_name(zone))
    return Remind(parse_when(when, now, zone), text, ticket, agent)


def local_time(at: datetime, zone: tzinfo) -> str:
    """Write a time with its day: Mon 23 Nov 09:00."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"


def _whom(colleagues: Sequence[str]) -> str:
    return "who is reminded; empty is me: " + ", ".join(colleagues)


def _known(colleagues: Sequence[str]) -> Check:
    def check(login: str) -> str:
        wanted = login.strip().casefold()
        if not wanted or wanted in (name.casefold() for name in colleagues):
            return ""
        return f"no agent is called {login.strip()!r}: {', '.join(colleagues)}"

    return check


class RemindForm(Form):
    """Ask when, and whether to hide the ticket or to ring, for me or one of `colleagues` (logins).

    `snoozed` offers to wake it.
    """

    def __init__(
        self,
        title: str,
        now: datetime,
        zone: tzinfo,
        *,
        detail: str = "",
        snoozed: bool = False,
        single: bool = True,
        keep_as: str = "",
        colleagues: Sequence[str] = (),
    ) -> None:
        options = (SNOOZE, *((REMIND,) if single else ()), *((WAKE,) if snoozed else ()))
        fields = [
            Field(
                "when",
                "When",
                placeholder="tomorrow 9am, in 2 hours, every monday 9am",
                preview=understood_again(now, zone) if single else understood(now, zone),
            ),
            Field("what", "Then", SNOOZE, options=options, help=WHAT_HELP),
            *(
                [
                    Field("text", "Note", placeholder="what to be reminded of", help="optional"),
                    Field("whom", "For", placeholder="me", help=_whom(colleagues), check=_known(colleagues)),
                ]
                if single
                else []
            ),
        ]
        super().__init__(title, fields, detail=detail, keep_as=keep_as, verb="set")
        check = refused_again if single else refused
        self.single = single
        self.check_when = check(now, zone, empty="say when, for example: tomorrow 9am")

    def on_input_changed(self, event: Input.Changed) -> None:
        """What comes again is a reminder: no ticket is hidden again and again."""
        super().on_input_changed(event)
        if self.single and event.input.id == "field-when" and is_recurrence(event.value):
            self.query_one("#field-what", ChoiceField).value = REMIND

    def hints(self) -> Sequence[Hint]:
        """Enter on the time sets it at once."""
        return (("↵", "set"), ("↓", "next"), ("←→", "change"), ("esc", "leave"))

    def action_next(self) -> None:
        """Enter sets; the arrows go from field to field."""
        self.action_submit()

    def _submit(self) -> None:
        """Answer, unless the time is not understood and matters."""
        what, when = self.value("what"), self.value("when")
        wrong = "" if what == WAKE else self.check_when(when)
        if not wrong and what == SNOOZE and is_recurrence(when):
            wrong = f'only a reminder comes again: choose "{REMIND}"'
        if wrong:
            self.problem(wrong)
            self.set_focus(self.query_one("#field-when"))
            return
        super()._submit()


def changed(
    answer: Mapping[str, str], line: ReminderLine, now: datetime, zone: tzinfo, agent: int | None
) -> ChangeReminder:
    """Turn the answer of a form about a reminder there is into the command that changes it."""
    when = answer["when"].strip()
    if when == as_typed(line, zone):
        return ChangeReminder(line.id, text=answer["text"], agent=agent)
    if is_recurrence(when):
        return ChangeReminder(line.id, text=answer["text"], agent=agent, every=when, zone=zone_name(zone))
    return ChangeReminder(line.id, parse_when(when, now, zone), answer["text"], agent)


def as_typed(line: ReminderLine, zone: tzinfo) -> str:
    """Write when a reminder rings the way that it can be typed."""
    return line.recurs or f"{line.at.astimezone(zone):%Y-%m-%d %H:%M}"


class FreeReminder(Form):
    """Ask for a reminder that is about no ticket, or, given a `line`, for what to change of one there is."""

    def __init__(
        self, now: datetime, zone: tzinfo, colleagues: Sequence[str], line: ReminderLine | None = None
    ) -> None:
        empty = "say when, for example: every weekday 8:30"
        told = (as_typed(line, zone), line.text, line.agent) if line is not None else ("", "", "")
        needed = "" if line is not None and line.ticket else "say what it is about"
        fields = [
            Field(
                "when",
                "When",
                told[0],
                placeholder="tomorrow 9am, every weekday 8:30",
                preview=understood_again(now, zone),
                check=refused_again(now, zone, empty=empty),
            ),
            Field("text", "Note", told[1], placeholder="what to be reminded of", required=needed),
            Field("whom", "For", told[2], placeholder="me", help=_whom(colleagues), check=_known(colleagues)),
        ]
        if line is None:
            super().__init__("New reminder", fields, keep_as="free reminder", verb="set")
        else:
            about = f"on #{line.ticket}" if line.ticket else ""
            super().__init__("Change reminder", fields, detail=about, verb="change it")


class HoldForm(Form):
    """Ask what a ticket waits for and until when."""

    def __init__(
        self, title: str, now: datetime, zone: tzinfo, *, detail: str = "", keep_as: str = ""
    ) -> None:
        fields = [
            Field("reason", "Waits for", HOLD_REASONS[0], options=HOLD_REASONS, help=HOLD_HELP),
            Field(
                "until",
                "Until",
                placeholder="optional: friday, in 3 days",
                preview=understood(now, zone),
                check=refused(now, zone),
            ),
        ]
        super().__init__(title, fields, detail=detail, keep_as=keep_as, verb="hold")
