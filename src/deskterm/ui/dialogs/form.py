"""A form of a few fields, filled from the keyboard; what was typed is never lost by leaving."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from deskterm.domain.plain import clean_line, clean_text
from deskterm.ui.dialogs import kept
from deskterm.ui.dialogs.base import Dialog, Hint
from deskterm.ui.dialogs.choice_field import ChoiceField
from deskterm.ui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from textual.widgets import TextArea

AROUND = 11
"""Lines of a form that are not fields."""

Check = Callable[[str], str]
"""Return what is wrong with a value, "" when nothing is."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: a line, a text of several lines, or a choice of `options`.

    `help` is shown while the field has the focus; `preview` says how a value is understood;
    `check` runs when the form is sent. `lines` above 1 makes a text.
    """

    name: str
    label: str
    value: str = ""
    options: tuple[str, ...] = ()
    placeholder: str = ""
    help: str | Mapping[str, str] = ""
    check: Check | None = None
    preview: Check | None = None
    lines: int = 1
    required: str = ""


class Form(Dialog[dict[str, str]]):
    """Ask for several values; the answer maps field names to what was entered.

    With `keep_as`, what was typed is kept when the form is left and until the asker forgets it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "submit", show=False, priority=True),
        Binding("ctrl+r", "afresh", show=False, priority=True),
        Binding("enter", "next", show=False, priority=True),
        Binding("tab", "over", show=False, priority=True),
        Binding("shift+tab", "back", show=False, priority=True),
        Binding("down", "below", show=False, priority=True),
        Binding("up", "previous", show=False, priority=True),
    ]

    def __init__(
        self, title: str, fields: Sequence[Field], *, detail: str = "", keep_as: str = "", verb: str = "save"
    ) -> None:
        super().__init__(title, detail=detail)
        self.fields = tuple(fields)
        self.keep_as = keep_as
        self.verb = verb
        self.restored = False

    def hints(self) -> Sequence[Hint]:
        """Enter goes on and sends from the last line, Tab where texts are; Ctrl+S sends from anywhere."""
        choice = (("←→", "change"),) if any(field.options for field in self.fields) else ()
        if len(self.fields) == 1 and self.fields[0].lines == 1:
            return (*choice, ("↵", self.verb), ("esc", "leave"))
        following = "tab" if any(field.lines > 1 for field in self.fields) else "↵"
        return ((following, "next"), *choice, ("^S", self.verb), ("esc", "leave"))

    def body(self) -> Iterable[Widget]:
        """One row a field, and one line that helps with the field in hand."""
        before = kept.kept(self.app, self.keep_as) if self.keep_as else {}
        self.restored = any(before.get(field.name, field.value) != field.value for field in self.fields)
        rows: list[Widget] = []
        for field in self.fields:
            row = Horizontal(
                Static(Content(field.label), classes="label"),
                self._widget(field, before.get(field.name, field.value)),
                classes="row",
            )
            row.styles.height = field.lines
            rows.append(row)
        # More fields than lines: the one in hand is scrolled into sight.
        yield VerticalScroll(*rows, can_focus=False, classes="fields")
        yield Static("", classes="help")

    def _widget(self, field: Field, value: str) -> Widget:
        identity = f"field-{field.name}"
        if field.options:
            return ChoiceField(field.options, value, id=identity)
        if field.lines > 1:
            from deskterm.ui.widgets.text_field import TextField

            return TextField(
                value, id=identity, compact=True, highlight_cursor_line=False, placeholder=field.placeholder
            )
        return LineInput(
            value, id=identity, placeholder=field.placeholder, compact=True, select_on_focus=False
        )

    def on_mount(self) -> None:
        """Begin in the first field; say when something was restored."""
        self.query_one(".fields").styles.max_height = max(2, self.app.size.height - AROUND)
        self._entry(self.fields[0]).focus()
        if self.restored:
            note = Content.assemble(("restored what you had typed  ", "$muted"), ("^R", "bold $accent"))
            self.query_one(".problem", Static).update(Content.assemble(note, (" start afresh", "$muted")))
            self.query_one(".problem").add_class("shown")

    def asked(self) -> tuple[Field, ...]:
        """The fields that are asked for now: all, unless what was chosen leaves some out."""
        return self.fields

    def show_asked(self) -> None:
        """Show the lines of what is asked for, and no others."""
        asked = self.asked()
        for field in self.fields:
            row = self._entry(field).parent
            if isinstance(row, Widget):
                row.display = field in asked

    def _entry(self, field: Field) -> Widget:
        return self.query_one(f"#field-{field.name}")

    def value(self, name: str) -> str:
        """Return what a field holds now."""
        widget = self.query_one(f"#field-{name}")
        if isinstance(widget, Input | ChoiceField):
            return widget.value
        area: TextArea = widget  # type: ignore[assignment]
        return area.text

    def values(self) -> dict[str, str]:
        """Return everything entered, by field name."""
        return {
            field.name: clean_text(self.value(field.name))
            if field.lines > 1
            else clean_line(self.value(field.name))
            for field in self.fields
        }

    @property
    def in_hand(self) -> Field | None:
        """The field that has the focus."""
        focused = self.focused.id if self.focused else ""
        return next((field for field in self.fields if f"field-{field.name}" == focused), None)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Help with the field that got the focus."""
        self.help_with(self.in_hand)

    def help_with(self, field: Field | None) -> None:
        """Show how a field's value is understood, else what the field is for."""
        if field is None:
            return
        value = self.value(field.name)
        text = field.preview(value) if field.preview else ""
        if not text:
            text = field.help if isinstance(field.help, str) else field.help.get(value, "")
        self.say(text)

    def say(self, text: str) -> None:
        """Write the line under the fields."""
        self.query_one(".help", Static).update(Content(clean_line(text, 300)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Follow what is typed."""
        self._changed()

    def on_text_area_changed(self) -> None:
        """Follow what is typed."""
        self._changed()

    def on_choice_field_changed(self) -> None:
        """Follow what is chosen."""
        self._changed()

    def _changed(self) -> None:
        if not self.restored:
            self.problem("")
        self.help_with(self.in_hand)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Enter and the arrows to a text of several lines, which has its own use for them."""
        here = self.in_hand
        if action in ("next", "below", "previous") and here is not None and here.lines > 1:
            return False
        return super().check_action(action, parameters)

    def action_next(self) -> None:
        """Go to the next field; from the last, send."""
        here, asked = self.in_hand, self.asked()
        if here is None or here is asked[-1]:
            self.action_submit()
        else:
            self._go(asked[asked.index(here) + 1])

    def action_below(self) -> None:
        """Go to the next field."""
        here, asked = self.in_hand, self.asked()
        if here is not None:
            self._go(asked[min(len(asked) - 1, asked.index(here) + 1)])

    def action_previous(self) -> None:
        """Go to the field before."""
        here, asked = self.in_hand, self.asked()
        if here is not None:
            self._go(asked[max(0, asked.index(here) - 1)])

    def _go(self, field: Field) -> None:
        # At once: on a slow line a word, Enter and the next word arrive together, and each has its field.
        self.set_focus(self._entry(field))

    def action_over(self) -> None:
        """Go to the next field, whatever this one is; at once, as Enter does."""
        self.focus_next()

    def action_back(self) -> None:
        """Go to the field before."""
        self.focus_previous()

    def action_submit(self) -> None:
        """Send when every field has read the keys that came before this one."""
        self._when_read([self._entry(field) for field in self.fields])

    def _when_read(self, fields: list[Widget]) -> None:
        if fields:
            fields[0].call_later(self._when_read, fields[1:])
        else:
            self.call_later(self._submit)

    def _submit(self) -> None:
        """Check every field and answer, or say what is wrong and go there."""
        if not self.is_current:
            return
        values = self.values()
        for field in self.asked():
            value = values[field.name]
            wrong = field.required if field.required and not value.strip() else ""
            if not wrong and field.check is not None:
                wrong = field.check(value)
            if wrong:
                self.restored = False
                self._go(field)
                self.problem(wrong)
                return
        kept.keep(self.app, self.keep_as, values)
        self.dismiss(values)

    def action_leave(self) -> None:
        """Leave, keeping what was typed for the next time."""
        values = self.values()
        if any(values[field.name] != field.value for field in self.fields):
            kept.keep(self.app, self.keep_as, values)
        self.dismiss(None)

    def action_afresh(self) -> None:
        """Drop what was restored and begin again."""
        if not self.restored:
            return
        kept.forget(self.app, self.keep_as)
        for field in self.fields:
            widget = self._entry(field)
            if isinstance(widget, Input | ChoiceField):
                widget.value = field.value
            else:
                area: TextArea = widget  # type: ignore[assignment]
                area.text = field.value
        self.restored = False
        self.problem("")
        self._go(self.fields[0])
