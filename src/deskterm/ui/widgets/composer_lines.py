"""The lines around a text that is written: what it is, who gets it, and what goes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from deskterm.domain.plain import clean_line
from deskterm.domain.views import SIDE, Also
from deskterm.ui.safe import fit
from deskterm.ui.theme import palette
from deskterm.ui.widgets.message_lines import wrap

if TYPE_CHECKING:
    from deskterm.domain.callees import Callee
    from deskterm.domain.mail import Address
    from deskterm.domain.recipients import Recipients

REPLY, NOTE = "reply", "note"

MOST_LINES = 3
"""Lines for who gets it, and as many for what goes with it."""


class ComposerRule(Widget):
    """The line over the text: to whom, what came meanwhile, and when the draft was saved."""

    def __init__(self) -> None:
        super().__init__()
        self.title = self.kind = ""
        self.news = ""
        self.saved = ""
        self.failed = False

    def begin(self, title: str, kind: str) -> None:
        """Say what is going to be written."""
        self.kind = kind
        self.name_it(title)

    def name_it(self, title: str) -> None:
        """Say what is written, when that was changed."""
        self.title = clean_line(title, 200)
        self.refresh()

    def say(self, *, saved: str | None = None, news: str | None = None, failed: bool = False) -> None:
        """Change what the line says."""
        self.saved = self.saved if saved is None else saved
        self.news = self.news if news is None else news
        self.failed = failed
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint it."""
        look, width = palette(self.app), self.size.width
        tone = (look.note if self.kind == NOTE or self.kind.startswith(SIDE) else look.accent) + Style(
            bold=True
        )
        saved_style = look.breached if self.failed else look.label
        right = f" {self.saved} " if self.saved else ""
        news = f"  ● {self.news}" if self.news else ""
        room = max(8, width - cell_len(right) - cell_len(news) - 8)
        title = fit(self.title, min(room, cell_len(self.title)))
        used = 2 + cell_len(title) + cell_len(news) + 1 + cell_len(right) + 2
        return Strip(
            [
                Segment("─ ", look.rule),
                Segment(title, tone),
                Segment(news, look.atrisk),
                Segment(" " + "─" * max(0, width - used), look.rule),
                Segment(right, saved_style),
                Segment("──", look.rule),
            ]
        ).crop(0, width)


class SmallLines(Widget):
    """A few lines of one colour each, as tall as there are any."""

    def __init__(self) -> None:
        super().__init__()
        self.said: tuple[str, ...] = ()
        self.alert = False

    def say(self, said: Sequence[str], *, alert: bool = False) -> None:
        """Say other things; each begins on a line of its own."""
        self.said, self.alert = tuple(said), alert
        self._lay()

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew."""
        self._lay()

    def lines(self, width: int) -> list[str]:
        """Return the lines for a width; what does not fit is counted, never left out unsaid."""
        found = [line for text in self.said for line in wrap(text, max(10, width - 3))]
        if len(found) > MOST_LINES:
            left = f" … {len(found) - MOST_LINES} more lines"
            last = fit(found[MOST_LINES - 1], max(4, width - 3 - cell_len(left))).rstrip()
            found = [*found[: MOST_LINES - 1], last + left]
        return found

    def _lay(self) -> None:
        width = self.size.width or self.app.size.width
        self.styles.height = len(self.lines(width))
        self.display = bool(self.said)
        self.refresh()

    def style(self) -> Style:
        """The colour of the lines."""
        look = palette(self.app)
        return look.atrisk if self.alert else look.muted

    def render_line(self, y: int) -> Strip:
        """Paint one."""
        lines = self.lines(self.size.width)
        text = lines[y] if y < len(lines) else ""
        return Strip([Segment(fit(f"  {text}", self.size.width), self.style())])


class ComposerWhom(SmallLines):
    """Exactly who gets what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = ""
        self.said = ("",)

    def begin(self, kind: str) -> None:
        """Say who gets a note; who gets anything else is still to be read."""
        self.kind = kind
        if kind == NOTE:
            self.said = ("colleagues only: it never leaves the desk",)

    def show(self, found: Recipients) -> None:
        """Say who gets it, or why nobody does, and who takes part and gets nothing."""
        if self.kind == NOTE:
            return
        said = []
        beside = self.kind.startswith(SIDE)
        if found.why:
            kept = "" if beside else "; it is stored on the ticket"
            said.append(f"▲ nobody gets a mail: {clean_line(found.why, 200)}{kept}")
        else:
            to = ", ".join(map(who, found.to))
            cc = ", ".join(map(who, found.cc))
            said.append(f"to {to}" + (f"  cc {cc}" if cc else ""))
            if found.left_out:
                said.append("▲ not to " + "; ".join(clean_line(why, 200) for _, why in found.left_out))
        if beside:
            said.append("they see what you write here, and nothing of the ticket")
        self.say(said, alert=bool(found.why))

    def style(self) -> Style:
        """Violet for what colleagues read."""
        return palette(self.app).note if self.kind == NOTE else super().style()


def who(address: Address) -> str:
    """Write who somebody is, with the address that mail goes to."""
    name = clean_line(address.name, 60).strip()
    where = clean_line(address.address, 254)
    return f"{name} <{where}>" if name and name != where else where


class ComposerOffer(Widget):
    """Who may be meant by the mention that is being typed, the one that would be taken in the accent."""

    def __init__(self) -> None:
        super().__init__()
        self.people: tuple[Callee, ...] = ()
        self.chosen = 0
        self.display = False

    def show(self, people: Sequence[Callee], chosen: int) -> None:
        """Offer these; nobody takes the line away."""
        if (tuple(people), chosen) != (self.people, self.chosen):
            self.people, self.chosen = tuple(people), chosen
            self.display = bool(people)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint it: as many as fit, the chosen one always."""
        look, width = palette(self.app), self.size.width
        line, used = [Segment("  ", look.plain)], 2
        hint = "tab takes it "
        first = max(0, self.chosen - 1) if width < 60 else 0
        for at, one in enumerate(self.people[first:], first):
            name = clean_line(one.name, 30)
            text = f"@{one.login} {name}" if name != one.login else f"@{one.login}"
            text = fit(text, min(cell_len(text), max(8, width - 4)))
            if used + cell_len(text) + len(hint) + 2 > width and at > self.chosen:
                break
            line += [
                Segment(text, look.accent if at == self.chosen else look.muted),
                Segment("   ", look.plain),
            ]
            used += cell_len(text) + 3
        gap = width - used - len(hint)
        if gap >= 0:
            line.append(Segment(" " * gap + hint, look.label))
        return Strip(line).crop(0, width)


class ComposerExtras(SmallLines):
    """What goes with the text: files with their sizes, and what macros change."""

    def show(self, also: Also, files: Mapping[str, str]) -> None:
        """Show it; `files` says how a path is written, with its size."""
        from deskterm.domain.rule_views import action_words

        said = [
            f"→ {clean_line(name, 60)}: " + "; ".join(clean_line(action_words(one), 80) for one in actions)
            for name, actions in also.macros
            if actions
        ]
        if also.files:
            said.append("   ".join(f"▤ {files.get(path) or file_name(path)}" for path in also.files))
        self.say(said)


def file_name(path: str) -> str:
    """Return the last part of a path."""
    return clean_line(path.rstrip("/").rpartition("/")[2], 120)
