"""Ask for one line, saying at once how it is understood and what is wrong with it."""

from __future__ import annotations

from deskterm.ui.dialogs.form import Check, Field, Form


class Prompt(Form):
    """A form of one line; the answer is its text under the name `text`."""

    def __init__(
        self,
        title: str,
        label: str,
        *,
        value: str = "",
        placeholder: str = "",
        help: str = "",
        required: str = "",
        check: Check | None = None,
        preview: Check | None = None,
        detail: str = "",
        keep_as: str = "",
        verb: str = "save",
    ) -> None:
        line = Field(
            "text",
            label,
            value,
            placeholder=placeholder,
            help=help,
            required=required,
            check=check,
            preview=preview,
        )
        super().__init__(title, [line], detail=detail, keep_as=keep_as, verb=verb)
