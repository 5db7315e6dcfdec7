"""The colours and what each may mean: severity, notes, the accent, and nothing else (CONTRACT section 10)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rich.style import Style
from textual.app import App
from textual.theme import BUILTIN_THEMES, Theme

from deskterm.domain.kinds import Priority, Sla, State

NAMES = ("deskterm-dark", "deskterm-light", "deskterm-contrast", "deskterm-ansi")
ANSI = "deskterm-ansi"
"""The theme of terminals that have 16 colours: it uses those, so that the user's own scheme shows."""

_ORDER = (
    "background", "surface", "raised", "text", "muted", "label", "rule",
    "accent", "selection", "breached", "atrisk", "within", "note",
)  # fmt: skip

_COLOURS = {
    "deskterm-dark": (
        "#10151c", "#161d26", "#1f2a37", "#d5dce5", "#8492a3", "#66758a", "#3b4757",
        "#6cb6ff", "#223246", "#ff7b72", "#e3b341", "#56d364", "#d2a8ff",
    ),
    "deskterm-light": (
        "#fbfcfd", "#eef2f6", "#dde5ee", "#1c2530", "#566476", "#6b788a", "#c3ccd6",
        "#0a5ec2", "#d6e6fa", "#c01c28", "#8a5a00", "#1a7f37", "#7a3fc4",
    ),
    "deskterm-contrast": (
        "#000000", "#000000", "#303030", "#ffffff", "#e4e4e4", "#d0d0d0", "#9e9e9e",
        "#5fd7ff", "#00407f", "#ff8787", "#ffd700", "#5fff5f", "#e6b3ff",
    ),
    "deskterm-ansi": (
        *("ansi_default",) * 7,
        "ansi_cyan", "ansi_blue", "ansi_red", "ansi_yellow", "ansi_green", "ansi_magenta",
    ),
}  # fmt: skip


def _theme(name: str) -> Theme:
    colour = dict(zip(_ORDER, _COLOURS[name], strict=True))
    variables = {part: colour[part] for part in ("raised", "muted", "label", "rule", "selection")}
    variables |= {part: colour[part] for part in ("breached", "atrisk", "within", "note")}
    if name == ANSI:
        variables |= BUILTIN_THEMES["ansi-dark"].variables
    variables |= {
        "text-muted": colour["muted"],
        "input-cursor-background": colour["accent"],
        "input-selection-background": colour["selection"],
        "block-cursor-background": colour["selection"],
        "block-cursor-foreground": colour["text"],
        "scrollbar": colour["rule"],
        "scrollbar-background": colour["background"],
    }
    return Theme(
        name=name,
        primary=colour["accent"],
        secondary=colour["accent"],
        accent=colour["accent"],
        warning=colour["atrisk"],
        error=colour["breached"],
        success=colour["within"],
        foreground=colour["text"],
        background=colour["background"],
        surface=colour["surface"],
        panel=colour["raised"],
        dark=name != "deskterm-light",
        text_alpha=1.0,
        variables=variables,
        ansi=name == ANSI,
    )


THEMES = tuple(_theme(name) for name in NAMES)


class Palette(NamedTuple):
    """The styles that painted lines use, each on the plain ground; add `selection` under the cursor."""

    plain: Style
    bold: Style
    muted: Style
    label: Style
    rule: Style
    accent: Style
    accent_bold: Style
    breached: Style
    atrisk: Style
    within: Style
    note: Style
    surface: Style
    raised: Style
    selection: Style
    ground: Style
    bold_only: Style

    def severity(self, sla: Sla) -> Style:
        """The colour of an SLA word; only what has a severity has one."""
        if sla in (Sla.BREACHED, Sla.MISSED):
            return self.breached
        if sla is Sla.ATRISK:
            return self.atrisk
        return self.within if sla in (Sla.OK, Sla.MET) else self.muted

    def priority(self, priority: Priority) -> Style:
        """The colour of a priority: P1 and P2 stand out."""
        if priority is Priority.P1:
            return self.breached + _BOLD
        return self.atrisk + _BOLD if priority is Priority.P2 else self.muted


_BOLD = Style(bold=True)

STATE_GLYPH = {
    State.NEW: "○",
    State.OPEN: "●",
    State.PENDING: "◐",
    State.HOLD: "◌",
    State.SOLVED: "✓",
    State.CLOSED: "·",
}

LATE_GLYPH = "▲"
SLA_GLYPH = {Sla.BREACHED: LATE_GLYPH, Sla.MISSED: LATE_GLYPH, Sla.ATRISK: "◆"}
"""What stands beside a severity, so that it never rests on colour alone."""


def _rich(name: str) -> str:
    return name.removeprefix("ansi_") if name.startswith("ansi_") else name


@lru_cache(maxsize=8)
def palette_of(theme: str) -> Palette:
    """Return the styles of a theme; one that is not ours gets those of the dark one."""
    colour = dict(zip(_ORDER, map(_rich, _COLOURS.get(theme, _COLOURS["deskterm-dark"])), strict=True))
    ground = Style(bgcolor=colour["background"])
    dim = Style(dim=True) if theme == ANSI else Style()

    def on_ground(name: str) -> Style:
        return Style(color=colour[name]) + ground

    return Palette(
        plain=on_ground("text"),
        bold=on_ground("text") + _BOLD,
        muted=on_ground("muted"),
        label=on_ground("label") + dim,
        rule=on_ground("rule") + dim,
        accent=on_ground("accent"),
        accent_bold=on_ground("accent") + _BOLD,
        breached=on_ground("breached"),
        atrisk=on_ground("atrisk"),
        within=on_ground("within"),
        note=on_ground("note"),
        surface=Style(color=colour["text"], bgcolor=colour["surface"]),
        raised=Style(color=colour["text"], bgcolor=colour["raised"]),
        selection=Style(color="white", bgcolor="blue")
        if theme == ANSI
        else Style(bgcolor=colour["selection"]),
        ground=ground,
        bold_only=_BOLD,
    )


def palette(app: App[object]) -> Palette:
    """Return the styles of the theme an app shows now."""
    return palette_of(app.theme)


def wear(app: App[None], theme: str) -> None:
    """Begin with a theme, an unknown one being the dark one; its watcher would style every widget again."""
    app.set_reactive(App.theme, theme if theme in NAMES else NAMES[0])
    dark = app.current_theme.dark
    app.set_class(dark, "-dark-mode", update=False)
    app.set_class(not dark, "-light-mode", update=False)
    app._refresh_truecolor_filter(app.ansi_theme)
    app.stylesheet.set_variables(app.get_css_variables())
