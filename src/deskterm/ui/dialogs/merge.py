"""Merge: which ticket goes on and which close, and what becomes of fields, messages and people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskterm.domain.plain import clean_line
from deskterm.domain.views import TicketView
from deskterm.ui.dialogs.base import Dialog, Hint
from deskterm.ui.safe import fit
from deskterm.ui.theme import STATE_GLYPH
from deskterm.ui.widgets.message_lines import wrap

MOST_LISTED = 5
LABEL, WHO, LINE = 11, 22, 66
"""Cells of a label, of a name at most, and of a line in the panel."""


@dataclass(frozen=True, slots=True)
class MergeAnswer:
    """What was agreed to: the ticket that goes on, and those that close into it."""

    into: int
    others: tuple[int, ...]
    children: bool = False


class MergePreview(Dialog[MergeAnswer]):
    """Shows a merge before it is done. `refusal` says why two tickets cannot be merged, "" when they can."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "merge", show=False),
        Binding("x,tab", "swap", show=False),
    ]

    def __init__(self, views: Sequence[TicketView], refusal: Callable[[TicketView, TicketView], str]) -> None:
        super().__init__("Merge")
        # The older one goes on unless that is swapped: its number is the one that people know.
        self.views = sorted(views, key=lambda view: (view.ticket.created_at, view.ticket.number))
        self.refusal = refusal
        self.warned = False
        self.at = next((at for at in range(len(self.views)) if not self._refused(at)), 0)

    def body(self) -> Iterable[Widget]:
        """What would happen."""
        yield Static("", classes="question")

    def hints(self) -> Sequence[Hint]:
        """The keys."""
        other = "swap" if len(self.views) == 2 else "another one goes on"
        return (("↵", "merge"), ("x", other), ("esc", "leave"))

    def on_mount(self) -> None:
        """Say it."""
        self._say()

    @property
    def survivor(self) -> TicketView:
        """The ticket that would go on."""
        return self.views[self.at]

    @property
    def others(self) -> list[TicketView]:
        """The tickets that would close."""
        return [view for view in self.views if view is not self.survivor]

    def action_swap(self) -> None:
        """Let another ticket go on."""
        self.at = (self.at + 1) % len(self.views)
        self.warned = False
        self._say()

    def action_merge(self) -> None:
        """Agree; a ticket with children has to be agreed to twice."""
        refused = self._refused(self.at)
        if refused:
            self.problem(refused)
            return
        parents = [view for view in self.others if _has_children(view)]
        if parents and not self.warned:
            self.warned = True
            self.problem(f"#{parents[0].ticket.number} has child tickets: ↵ once more merges it all the same")
            return
        numbers = tuple(view.ticket.number for view in self.others)
        self.dismiss(MergeAnswer(self.survivor.ticket.number, numbers, bool(parents)))

    def _refused(self, at: int) -> str:
        survivor = self.views[at]
        reasons = (self.refusal(view, survivor) for view in self.views if view is not survivor)
        return next(filter(None, reasons), "")

    def _say(self) -> None:
        self.query_one(".question", Static).update(Content("\n").join(preview(self.survivor, self.others)))
        self.problem(self._refused(self.at))


def preview(survivor: TicketView, others: Sequence[TicketView]) -> list[Content]:
    """Write what a merge would do, a line a fact."""
    lines = [_ticket("goes on", survivor)]
    lines += [_ticket("closes" if not at else "", view) for at, view in enumerate(others[:MOST_LISTED])]
    if len(others) > MOST_LISTED:
        lines.append(_fact("", f"and {len(others) - MOST_LISTED} more"))
    kept = survivor.ticket
    owner = survivor.owner or "nobody"
    stays = f"{kept.priority}, {survivor.queue}, {owner}: subject and fields of #{kept.number} stay"
    lines += [Content(""), _fact("fields", stays)]
    tags = set[str]().union(*(view.ticket.tags for view in others)) - kept.tags
    if tags:
        lines.append(_fact("tags", " ".join(f"+{clean_line(tag, 40)}" for tag in sorted(tags))))
    spoken = sum(view.spoken for view in (survivor, *others))
    lines.append(_fact("messages", f"{spoken}, read as one conversation, each with its number"))
    lines.append(_fact("clocks", "each keeps its own: what was late stays late"))
    people = dict.fromkeys((view.requester or view.address, view.address) for view in others)
    cc = [f"{name} <{address}>" for name, address in people if address != survivor.address]
    known = survivor.requester or survivor.address
    more = [f"and {len(cc) - 3} more"] if len(cc) > 3 else []
    lines.append(_fact("answers", ", ".join([f"to {known}", *(f"CC {one}" for one in cc[:3]), *more])))
    followers = set[int]().union(*(view.ticket.followers for view in others)) - kept.followers
    names = sorted(survivor.names.get(agent, "?") for agent in followers)
    if names:
        lines.append(_fact("followed", "also by " + ", ".join(names)))
    return lines


def _ticket(label: str, view: TicketView) -> Content:
    row, survives = view.row, label == "goes on"
    number, subject = f"#{row.number}", clean_line(row.subject)
    who = clean_line(view.requester or view.address, WHO)
    room = LINE - LABEL - 6 - cell_len(number) - cell_len(who)
    return Content.assemble(
        (f"{label:<{LABEL}}", "$label"),
        (f"{STATE_GLYPH[row.state]} {row.priority} ", "$muted"),
        (f"{number} ", "bold $accent" if survives else "$muted"),
        (fit(subject, min(room, cell_len(subject))), "bold" if survives else ""),
        (f" {who}", "$muted"),
    )


def _fact(label: str, words: str) -> Content:
    """Write a fact beside its label; what needs more lines stays in its column."""
    said = f"\n{'':<{LABEL}}".join(wrap(clean_line(words, 300), LINE - LABEL))
    return Content.assemble((f"{label:<{LABEL}}", "$label"), said)


def _has_children(view: TicketView) -> bool:
    return any(link.kind == "child" for link in view.links)
