"""The settings: everything the policy says, line by line, and the common ones changed with Enter."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult

from deskterm.domain.commands import ApplyPolicy
from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Notice
from deskterm.domain.people import Role
from deskterm.domain.plan import Plan
from deskterm.domain.policy import Effect, NamedState
from deskterm.domain.policy_diff import LINE_END
from deskterm.domain.policy_file import PolicyError, parse
from deskterm.domain.query import Exact, format_value
from deskterm.domain.settings import Setting, document, is_removal, made_doubtful, removed, settings
from deskterm.domain.settings_file import YES
from deskterm.ui.keymap import SCREENS
from deskterm.ui.safe import fit, fit_middle
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.styles import STYLES
from deskterm.ui.theme import palette
from deskterm.ui.widgets.line_view import LineView
from deskterm.ui.widgets.message_lines import Line

LABEL = 30
"""Cells for what a setting is called, at least; two fifths of the screen where some need more."""


def _does(state: NamedState) -> str:
    """Say what the resolution clock does in a state."""
    return state.effect.value if state.effect is Effect.RUNS else f"is {state.effect.value}"


class SettingsScreen(DeskScreen):
    """A list of settings with a cursor; it follows what other admins apply."""

    CSS_PATH = STYLES / "ticket.tcss"
    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["settings"]
    TAB = "inbox"

    def __init__(self) -> None:
        super().__init__()
        self.plan = Plan()
        self.known: tuple[Setting, ...] = ()
        self.at = 0
        self.top = LineView(id="history-head")
        self.pane = LineView(id="history")

    def body(self) -> ComposeResult:
        """A head that stays, and the settings."""
        yield self.top
        yield self.pane

    def on_mount(self) -> None:
        """Ask for the policy."""
        self.title = "Settings"
        self.reload()

    def load(self) -> Plan:
        """Read what holds now; the people of the desk are for admins to see."""
        if self.store.actor.may(Role.ADMIN):
            return self.store.plan()
        return Plan(self.store.policy)

    def loaded(self, view: Plan) -> None:
        """Paint the settings, the cursor where it was."""
        self.plan, self.known = view, settings(view)
        self.lay_out()

    def concerns(self, notice: Notice) -> bool:
        """Somebody changed the desk."""
        return "desk" in notice.topics

    def on_screen_resume(self) -> None:
        """Lay out again: the theme may have changed."""
        super().on_screen_resume()
        self.lay_out()

    @property
    def here(self) -> Setting | None:
        """The setting under the cursor."""
        return self.known[self.at] if self.known else None

    def lay_out(self) -> None:
        """Turn the settings into lines, each section under its name, and keep the cursor in sight."""
        look, width = palette(self.app), max(40, self.app.size.width - 2)
        self.at = max(0, min(self.at, len(self.known) - 1))
        admin = self.desk.is_open and self.store.actor.may(Role.ADMIN)
        how = "Enter changes a line that has a ›" if admin else "an admin can change them"
        head = [Segment(f" Settings  policy {self.plan.policy.version}", look.bold)]
        file = "deskterm policy export writes the file"
        self.top.show_lines([head, [Segment(f"  {how}; {file}", look.label)]])
        lines: list[Line] = []
        longest = max((len(one.label) for one in self.known), default=0)
        label = max(LABEL, min(longest, width * 2 // 5))
        cursor, section = 0, ""
        for place, one in enumerate(self.known):
            if one.section != section:
                section = one.section
                lines += (
                    [[], [Segment(f" {section}", look.label)]]
                    if lines
                    else [[Segment(f" {section}", look.label)]]
                )
            if place == self.at:
                cursor = len(lines)
            chosen = look.selection if place == self.at else None
            mark = "›" if one.way and admin else " "
            parts = [
                (f"  {mark} ", look.accent),
                (fit_middle(one.label, label) + " ", look.plain),
                (fit(one.value, max(8, width - label - 5)), look.bold if one.way else look.muted),
            ]
            lines.append([Segment(text, style + chosen if chosen else style) for text, style in parts])
        self.pane.show_lines(lines)
        top, height = self.pane.scroll_offset.y, max(1, self.pane.size.height)
        if cursor < top + 1:
            self.pane.to_line(max(0, cursor - 1))
        elif cursor >= top + height:
            self.pane.to_line(cursor - height + 1)

    # Keys

    def _move(self, by: int) -> None:
        self.at += by
        self.lay_out()

    def do_settings_down(self) -> None:
        """Go to the next line."""
        self._move(1)

    def do_settings_up(self) -> None:
        """Go to the line before."""
        self._move(-1)

    def do_settings_top(self) -> None:
        """Go to the first line."""
        self._move(-len(self.known))

    def do_settings_bottom(self) -> None:
        """Go to the last line."""
        self._move(len(self.known))

    def do_settings_page_down(self) -> None:
        """Go a page down."""
        self._move(max(1, self.pane.size.height - 2))

    def do_settings_page_up(self) -> None:
        """Go a page up."""
        self._move(-max(1, self.pane.size.height - 2))

    async def do_settings_change(self) -> None:
        """Change the setting under the cursor."""
        setting, plan = self.here, self.plan
        if setting is None:
            return
        if not setting.way:
            await self._read_whole(setting)
            return
        text = await (self._removing(setting, plan) if is_removal(setting) else self._ask(setting, plan))
        if text is not None and text != setting.value and await self._meant(setting, plan, text):
            self.run_command(ApplyPolicy(document(plan, setting, text), plan.policy.version))

    async def _read_whole(self, setting: Setting) -> None:
        """Show all of what one line cannot, and say where it is changed."""
        from deskterm.ui.dialogs.why import WhyDialog

        said = [f" {line}" for line in setting.value.split(LINE_END)]
        how = f"{setting.section}: changed in the policy file (deskterm policy export, then apply)"
        await self.ask(WhyDialog(setting.label, (*said, "", f" {how}")))

    async def _meant(self, setting: Setting, plan: Plan, text: str) -> bool:
        """Say what is doubtful about a change, when it makes anything so, and ask whether it is meant."""
        doubtful = await asyncio.to_thread(made_doubtful, plan, setting, text)
        if not doubtful:
            return True
        from deskterm.ui.dialogs.confirm import Confirm

        said = f"{setting.label}: {text or 'nothing'}?"
        return await self.ask(Confirm(said, ". ".join(doubtful) + ".", yes="change", no="keep")) is True

    async def _removing(self, setting: Setting, plan: Plan) -> str | None:
        """Say what becomes of a state's tickets, and ask whether it is to go."""
        try:
            gone, there, count = await asyncio.to_thread(self._removed, setting, plan)
        except DeskError as error:
            self.status(error.message, error=True, hint=error.hint)
            return None
        from deskterm.ui.dialogs.confirm import Confirm

        if count:
            many = "1 ticket that you can see is" if count == 1 else f"{count:,} tickets that you can see are"
            them = "It goes" if count == 1 else "They go"
            text = f"{many} in {gone.name}. {them} to {there.name}, where the clock {_does(there)}."
        else:
            text = f"No ticket that you can see is in {gone.name}."
        text += " u brings the state and its tickets back."
        sure = await self.ask(Confirm(f"Remove the state {gone.name}?", text, yes="remove", no="keep"))
        return YES if sure else None

    def _removed(self, setting: Setting, plan: Plan) -> tuple[NamedState, NamedState, int]:
        """Read which state would go, where its tickets would be then, and how many those are."""
        gone, there = removed(plan, setting)
        return gone, there, self.store.count(f"is:any status:{format_value(Exact(gone.name))}")

    async def _ask(self, setting: Setting, plan: Plan) -> str | None:
        if setting.choices:
            from deskterm.ui.dialogs.choice_list import Choice
            from deskterm.ui.dialogs.choose import Choose

            choices = [Choice(value, value) for value in setting.choices]
            chosen = await self.ask(Choose(setting.label, choices, current=setting.value))
            return chosen.value if chosen else None
        from deskterm.ui.dialogs.prompt import Prompt

        def wrong(text: str) -> str:
            try:
                parse(document(plan, setting, text), plan)
            except PolicyError as error:
                return error.faults[0].message
            return ""

        answer = await self.ask(
            Prompt(setting.label, "Value", value=setting.value, help=setting.help, check=wrong)
        )
        return answer["text"] if answer else None
