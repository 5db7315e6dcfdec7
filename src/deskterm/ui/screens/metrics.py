"""The metrics: figures of a period compared with the one before, each leading to the tickets behind it."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult

from deskterm.domain.errors import DeskError
from deskterm.domain.kinds import Priority
from deskterm.domain.lists import Notice
from deskterm.domain.views import MetricsView
from deskterm.ui.keymap import SCREENS
from deskterm.ui.screens.filtering import Filtering
from deskterm.ui.screens.metrics_export import MetricsExport
from deskterm.ui.styles import STYLES
from deskterm.ui.widgets.figures import HOW, Behind
from deskterm.ui.widgets.metrics_canvas import MetricsCanvas
from deskterm.ui.widgets.metrics_head import FigureLine, MetricsHead, MetricsTitle
from deskterm.ui.widgets.metrics_page import Asked
from deskterm.ui.widgets.period import LENGTHS, Period

CALM = 2.0
"""Seconds between two readings because of what others do: figures need not flicker with every commit."""


class Loaded(NamedTuple):
    """Figures, and what they were asked for."""

    filter: str
    period: Period
    compare: bool
    view: MetricsView
    seq: int


class MetricsScreen(MetricsExport, Filtering):
    """Computed off the UI thread; what is shown stays until newer figures are there."""

    CSS_PATH = STYLES / "metrics.tcss"
    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["metrics"]
    TEXT_SCOPES: ClassVar[tuple[str, ...]] = SCREENS["search"]
    TITLE = "Metrics"
    TAB = "metrics"
    FILTER_BEFORE = "#metrics-title"

    def __init__(self) -> None:
        super().__init__()
        self.period, self.compare, self.named = Period(), True, ""
        self.title_line, self.canvas = MetricsTitle(), MetricsCanvas(self._asked_page)
        self.figure_line = FigureLine()
        self.shown: Loaded | None = None
        self._calm = False

    def body(self) -> ComposeResult:
        """A title, the figures, and the one under the cursor in words."""
        yield self.title_line
        yield self.canvas
        yield self.figure_line

    def on_mount(self) -> None:
        """Say that the figures are being computed."""
        super().on_mount()
        self._say_head(None)
        self.canvas.say([[("  Computing the figures …", "muted")]])

    # Live figures.

    def query_text(self) -> str:
        """The query of all tickets that count, whatever their state."""
        return f"is:any ({self.filter})" if self.filter else "is:any"

    def load(self) -> Loaded:
        """Compute the figures."""
        wanted, period, compare = self.filter, self.period, self.compare
        since, until = period.bounds(self.desk.now(), self.store.zone)
        view = self.store.metrics(self.query_text(), since, until, compare=compare)
        return Loaded(wanted, period, compare, view, view.seq)

    def loaded(self, view: Loaded) -> None:
        """Paint them."""
        if (view.filter, view.period, view.compare) != (self.filter, self.period, self.compare):
            self.reload()
            return
        self.shown = view
        self._say_head(view.view)
        self.canvas.show(view.view)
        self.figure_line.show(self.canvas.spot)

    def load_failed(self, error: DeskError) -> None:
        """Say what went wrong, in place of the figures when there are none."""
        super().load_failed(error)
        lines = [(error.message, "muted"), (error.hint, "label"), ("ctrl+l tries again", "label")]
        self.canvas.say([[(f"  {text}", ink)] for text, ink in lines if text])

    def concerns(self, notice: Notice) -> bool:
        """Tickets and agents count; figures follow at most every two seconds."""
        if not any(topic.startswith(("ticket:", "queue:", "desk")) for topic in notice.topics):
            return False
        if not self._calm:
            self._calm = True
            self.set_timer(CALM, self._catch_up)
        return False

    def _catch_up(self) -> None:
        self._calm = False
        self.reload()

    def figures_shown(self) -> MetricsView | None:
        """The figures on the screen."""
        return self.shown.view if self.shown else None

    def _say_head(self, view: MetricsView | None) -> None:
        now, zone = self.desk.now(), self.desk.zone
        compared = self.period.before() if self.compare else ""
        cost = f"computed in {view.elapsed_ms:,.0f} ms over {view.tickets:,} tickets" if view else ""
        name = self.named or self.filter or "All queues"
        self.title_line.show(MetricsHead(name, self.period.words(now, zone), compared, cost))

    def _asked_page(self, shapes: bool) -> Asked:
        now, zone, every = self.desk.now(), self.desk.zone, self.query_text()
        created, solved = (self.period.term(field, now, zone) for field in ("created", "solved"))
        filtered = f"({self.filter})" if self.filter else ""
        behind = Behind(
            f"{every} {created}".strip(),
            f"{every} {solved or '-solved:none'}".strip(),
            f"is:active {filtered}".strip(),
        )

        def on_days(first: date, last: date) -> str:
            return f"is:any created:{first}" if first == last else f"is:any created:{first}..{last}"

        return Asked(behind, shapes, on_days, filtered)

    def filtered(self) -> None:
        """Compute for other tickets."""
        self.named = ""
        self._ask_anew()

    def _ask_anew(self) -> None:
        self._say_head(None)
        self.reload()

    def time_passed(self, now: datetime) -> None:
        """A new day is another period."""
        shown = self.shown
        if shown and self.desk.is_open and shown.view.since != shown.period.bounds(now, self.desk.zone)[0]:
            self.reload()

    # The cursor.

    def on_metrics_canvas_moved(self) -> None:
        """Say the figure under the cursor."""
        self.figure_line.show(self.canvas.spot)

    def on_metrics_canvas_opened(self) -> None:
        """List the tickets of a figure that was clicked twice."""
        self.run_worker(self.do_metrics_open(), name="drill down")

    def do_metrics_left(self) -> None:
        """Figure to the left."""
        self.canvas.go(-1, 0)

    def do_metrics_right(self) -> None:
        """Figure to the right."""
        self.canvas.go(1, 0)

    def do_metrics_up(self) -> None:
        """Figure above."""
        self.canvas.go(0, -1)

    def do_metrics_down(self) -> None:
        """Figure below."""
        self.canvas.go(0, 1)

    def do_metrics_next(self) -> None:
        """First figure of the next panel."""
        self.canvas.go_panel(1)

    def do_metrics_previous(self) -> None:
        """First figure of the panel before."""
        self.canvas.go_panel(-1)

    def do_metrics_top(self) -> None:
        """First figure."""
        self.canvas.go_end(False)

    def do_metrics_bottom(self) -> None:
        """Last figure."""
        self.canvas.go_end(True)

    # What can be asked.

    def do_metrics_earlier(self) -> None:
        """The period before."""
        self.period = self.period.earlier()
        self._ask_anew()

    def do_metrics_later(self) -> None:
        """The period after."""
        self.period = self.period.later()
        self._ask_anew()

    async def do_metrics_period(self) -> None:
        """Choose how long the period is."""
        from deskterm.ui.dialogs.choice_list import Choice
        from deskterm.ui.dialogs.choose import Choose

        now, zone = self.desk.now(), self.desk.zone
        choices = [Choice(days, Period(days).words(now, zone)) for days in LENGTHS]
        chosen = await self.ask(Choose("Period", choices, current=self.period.days))
        if chosen is not None:
            self.period = Period(chosen.value)
            self._ask_anew()

    async def do_metrics_break_down(self) -> None:
        """Choose one queue, priority or agent, or all."""
        from deskterm.ui.dialogs.choice_list import Choice
        from deskterm.ui.dialogs.choose import Choose

        people = self.store.people()
        choices = [Choice("", "All queues")]
        queues = sorted(people.queues.values(), key=lambda queue: queue.name.casefold())
        choices += [Choice(f'queue:"{queue.key}"', queue.name, "queue") for queue in queues]
        choices += [Choice(f"priority:{level.lower()}", level.value, "priority") for level in Priority]
        agents = sorted(people.agents.values(), key=lambda agent: agent.login)
        choices += [Choice(f'owner:"{agent.login}"', agent.login, "agent") for agent in agents]
        chosen = await self.ask(Choose("Break down by", choices, current=self.filter))
        if chosen is not None:
            self.filter, self.named = chosen.value, chosen.label if chosen.value else ""
            self._ask_anew()

    def do_metrics_compare(self) -> None:
        """Compare with the period before, or not."""
        self.compare = not self.compare
        self._ask_anew()

    async def do_metrics_open(self) -> None:
        """List the tickets behind the figure in the inbox."""
        spot = self.canvas.spot
        if spot is not None:
            await self.show_tickets(spot.query)

    async def do_metrics_explain(self) -> None:
        """Say how the figure is computed."""
        from deskterm.ui.dialogs.explain import Explain

        spot = self.canvas.spot
        if spot is not None:
            text = f"{HOW[spot.how]}\n\n↵ lists {spot.behind}: {spot.query}"
            await self.ask(Explain("How it is computed", text, detail=spot.said))
