"""Keys of a screen: from the registry to what they do, in the order in which they were pressed."""

from __future__ import annotations

from collections.abc import Coroutine
from inspect import isawaitable
from typing import Any, ClassVar, cast

from textual import events
from textual.widget import Widget

from deskterm.ui.barred import barred, why_barred
from deskterm.ui.keymap import Action
from deskterm.ui.screens.everywhere import Everywhere
from deskterm.ui.widgets.footer import KeyFooter, Shape

UNSEEN = frozenset({"desk.quit", "desk.suspend", "desk.redraw"})
"""Actions that work though the window is too small to show what they do."""


class Pressing(Everywhere):
    """The part of a desk screen that takes keys and shows at its foot which of them work."""

    SCOPES: ClassVar[tuple[str, ...]] = ("everywhere",)
    TEXT_SCOPES: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        self.footer = KeyFooter()
        self.prefix = self.pressed = ""
        self.covered = False
        self._pointless: frozenset[str] = frozenset()
        self._acting = 0
        self._held: list[events.Key] = []
        self._cramped = False
        self._unseen: Widget | None = None

    def scopes_here(self) -> tuple[str, ...]:
        """The scopes that hold now: others while text is being typed."""
        return self.TEXT_SCOPES if self.is_typing() else self.SCOPES

    def actions(self) -> tuple[Action, ...]:
        """What can be done here, now."""
        return self.desk.keymap.actions_for(self.scopes_here())

    def press(self, event: events.Key) -> bool:
        """Do what a key means here; False leaves it to whatever has the focus."""
        if self._acting:
            # Typed ahead: it belongs to the dialog or screen that is about to be shown.
            self._held.append(events.Key(event.key, event.character))
            return True
        if self._cramped and not self._works_unseen(event):
            self._write_unseen(event)
            return True
        self.pressed = event.key
        scopes = self.scopes_here()
        table = self.desk.keymap.table(scopes)
        if self.prefix:
            action = table.get(f"{self.prefix} {event.key}")
            self.prefix = ""
            self.update_footer()
        elif event.key in self.desk.keymap.prefixes(scopes):
            self.prefix = event.key
            self.update_footer()
            return True
        else:
            action = table.get(event.key)
            if action is None:
                return False
        if action is None:
            return True
        if not self.desk.is_open and (action.waits or self.desk.opening.keeps):
            self.desk.opening.keep(action, event)
        else:
            self.status_line.clear_error()
            self._perform_in_turn(action, event)
        return True

    def _perform_in_turn(self, action: Action, event: events.Key) -> None:
        """Carry out an action after the letters that were pressed before it: they may be on their way yet."""
        writing = self.focused
        if writing is None or not self.is_typing():
            self.perform(action)
            return

        def do() -> None:
            if self._acting > 1:
                self._held.insert(0, events.Key(event.key, event.character))
            else:
                self.perform(action)
            self.app.call_next(self._acted)

        # What is pressed after it waits for it: it may be no letter of this text any more.
        self._acting += 1
        if not writing.call_later(do):
            self._acting -= 1

    def cramp(self, cramped: bool) -> None:
        """Hold still while the window is too small to show anything, and go on where the focus was."""
        if cramped == self._cramped:
            return
        self._cramped = cramped
        if cramped:
            # What is hidden loses the focus, and the letters of a reply would become commands.
            self._unseen, self.prefix = self.focused or self._unseen, ""
        elif self._unseen is not None:
            self.call_after_refresh(self._focus_again)

    def _focus_again(self) -> None:
        if self._cramped:
            return
        unseen, self._unseen = self._unseen, None
        if unseen is not None and unseen.is_attached:
            self.set_focus(unseen)

    def _works_unseen(self, event: events.Key) -> bool:
        action = self.desk.keymap.table(self.SCOPES).get(event.key)
        return action is not None and action.name in UNSEEN

    def _write_unseen(self, event: events.Key) -> None:
        """Let a text go on being written though nobody sees it: no letter is lost, none is a command."""
        from textual.widgets import Input, TextArea

        # What came up while nothing could be seen has the focus all the same.
        text = self._unseen or self.focused
        if not isinstance(text, Input | TextArea):
            return
        if event.key == "backspace":
            text.call_later(text.action_delete_left)
        elif event.is_printable or (event.key == "enter" and isinstance(text, TextArea)):
            text.post_message(events.Key(event.key, event.character))

    def is_typing(self) -> bool:
        """Say whether letters go into a text."""
        return self.focused is not None and self.focused.check_consume_key("a", "a")

    def perform(self, action: Action) -> None:
        """Carry out an action. Until a coroutine has ended or asks something, further keys wait for it."""
        if action.name in self.barred():
            agent = self.store.actor.agent
            who = (agent.name, agent.role) if agent else ("This", "viewer")
            self.status(why_barred(action.name, action.title, *who), error=True, hint="ask an admin")
            return
        result = getattr(self, action.method)()
        if isawaitable(result):
            self.act(cast("Coroutine[Any, Any, None]", result), action.name)

    def act(self, doing: Coroutine[Any, Any, None], name: str) -> None:
        """Let further keys wait until this has ended or asks something."""
        self._acting += 1
        # On the app: a screen that is left would wait for its own workers, and one of them is leaving it.
        self.app.run_worker(self._act(doing), name=name)

    def drop_held(self) -> None:
        """Forget the keys that wait: what they were meant for is not there."""
        self._held.clear()

    async def _act(self, doing: Coroutine[Any, Any, None]) -> None:
        try:
            await doing
        finally:
            # Held until then: keys that are on their way come after those that had to wait.
            self.app.call_next(self._acted)

    async def _acted(self) -> None:
        self._acting -= 1
        await self._give_keys()

    def release_keys(self) -> None:
        """Give the keys that had to wait to whatever is shown now."""
        self.app.call_next(self._give_keys)

    async def _give_keys(self) -> None:
        held, self._held = self._held, []
        for key in held:
            await self.app.on_event(key)

    def update_footer(self) -> None:
        """Show the keys that work right now."""
        if self.covered:
            self.footer.show(())
        else:
            self.footer.show(self.scopes_here(), self.prefix, self.footer_shape())

    def footer_shape(self) -> Shape:
        """Say what is special about the footer here, now."""
        self._pointless = self.pointless()
        return Shape(self.barred() | self._pointless)

    def pointless(self) -> frozenset[str]:
        """Name the actions for which nothing is there, such as a ticket under the cursor."""
        return frozenset()

    def offer_what_works(self) -> None:
        """Show other keys at the foot when what they are for came or went."""
        if self.pointless() != self._pointless:
            self.update_footer()

    def barred(self) -> frozenset[str]:
        """Name the actions that the agent's role does not include."""
        agent = self.store.actor.agent if self.desk.is_open else None
        return barred(agent.role) if agent is not None else frozenset()
