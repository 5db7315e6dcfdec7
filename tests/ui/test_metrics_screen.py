"""The metrics screen, by keys: going from figure to figure, to the tickets behind them, periods, export."""

from __future__ import annotations

import json
import re
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from syrupy.assertion import SnapshotAssertion

from deskterm.domain import commands as c
from deskterm.domain.commands import AddAgent, AddQueue, Assign, Create, LogTime, Move, Reopen, Reply, Solve
from deskterm.domain.errors import StorageError
from deskterm.domain.kinds import Level, State
from deskterm.domain.people import DESK, Role
from deskterm.domain.process import StepState
from deskterm.domain.views import Day, MetricsView, Verdicts
from deskterm.store.metrics import as_csv, as_json
from deskterm.ui.screens.inbox import InboxScreen
from deskterm.ui.screens.metrics import CALM, MetricsScreen
from deskterm.ui.widgets import chart, figures
from deskterm.ui.widgets.ink import width_of
from deskterm.ui.widgets.metrics_page import lit
from deskterm.ui.widgets.period import Period
from tests.ui.desk import NOON, Clock, as_agent, people
from tests.ui.pictures import picture
from tests.ui.running import Running, running


async def metrics(desk: Running) -> MetricsScreen:
    """Go to the metrics and wait for the figures."""
    await desk.press("3")
    screen = await desk.shows(MetricsScreen)
    await computed(desk, screen)
    return screen


async def computed(desk: Running, screen: MetricsScreen) -> None:
    """Wait until the figures are those that were asked for."""

    def there() -> bool:
        shown = screen.shown
        wanted = (screen.filter, screen.period, screen.compare)
        return shown is not None and (shown.filter, shown.period, shown.compare) == wanted

    await desk.happens("the figures", there)
    await desk.settle()


def key(screen: MetricsScreen) -> str:
    """The name of the figure under the cursor."""
    assert screen.canvas.spot is not None
    return screen.canvas.spot.key


async def test_keys_go_from_figure_to_figure(small: Path) -> None:
    async with running(small) as desk:
        screen = await metrics(desk)
        assert key(screen) == "created"
        await desk.press("l", "l")
        assert key(screen) == "backlog"
        await desk.press("h")
        assert key(screen) == "solved"
        await desk.press("j")
        assert key(screen).startswith("days ")
        await desk.press("l")
        assert key(screen).startswith("days ")
        await desk.press("j")
        assert key(screen) == "arrivals"
        await desk.press("j", "j")
        assert key(screen) == "ages 1"
        await desk.press("G")
        assert key(screen) == "reassignments"
        await desk.press("g", "g", "k", "h")
        assert key(screen) == "created"
        seen = [key(screen)]
        for _ in range(7):
            await desk.press("tab")
            seen.append(key(screen).split(" ")[0])
        assert seen == ["created", "days", "arrivals", "ages", "reply_sla", "active", "backlog", "reopened"]
        await desk.press("tab")
        assert key(screen) == "created"
        await desk.press("shift+tab")
        assert key(screen) == "reopened"


@pytest.mark.parametrize(
    ("keys", "query", "numbers"),
    [
        ((), "is:any created:>=2026-10-24", {1, 2, 3, 4, 5, 6, 7, 8, 9}),
        (("l",), "is:any solved:>=2026-10-24", {9}),
        (("l", "l"), "is:active", {1, 2, 3, 4, 5, 6, 7, 8}),
        (("tab", "tab", "tab"), "is:active created:<1d", {1, 2, 3, 4, 5, 6, 7, 8}),
    ],
)
async def test_enter_lists_the_tickets_behind_a_figure(
    small: Path, keys: tuple[str, ...], query: str, numbers: set[int]
) -> None:
    async with running(small) as desk:
        await metrics(desk)
        await desk.press(*keys)
        await desk.press("enter")
        await desk.shows(InboxScreen)
        assert desk.inbox.list.query_text == query
        await desk.happens("them", lambda: {row.number for row in desk.inbox.list.window.rows} == numbers)


async def test_a_figure_counts_the_tickets_it_opens(small: Path, clock: Clock) -> None:
    store = as_agent(small, "", clock)
    store.dispatch(Reopen((9,), "not yet"))
    store.dispatch(Move((9,), 2, "yours"))
    store.close()
    async with running(small) as desk:
        screen = await metrics(desk)
        told = 0
        for spot in screen.canvas.page.spots:
            number = re.match(r"the ([\d,]+) ", spot.behind)
            if number:
                told += 1
                assert desk.store.count(spot.query) == int(number[1].replace(",", "")), spot.said
        assert told >= 6
        by_key = {spot.key: spot for spot in screen.canvas.page.spots}
        assert desk.store.numbers(by_key["reopened"].query) == (9,)
        assert desk.store.numbers(by_key["reassignments"].query) == (9,)


async def test_esc_goes_back_to_the_figure(small: Path) -> None:
    async with running(small) as desk:
        screen = await metrics(desk)
        await desk.press("l")
        figure = key(screen)
        await desk.press("enter")
        await desk.shows(InboxScreen)
        await desk.press("escape")
        assert await desk.shows(MetricsScreen) is screen
        assert key(screen) == figure
        await desk.press("1")
        await desk.shows(InboxScreen)
        assert desk.inbox.shown is not None


async def test_every_query_behind_a_figure_is_understood(small: Path) -> None:
    async with running(small) as desk:
        screen = await metrics(desk)
        for filtered in ("", "queue:billing OR priority:p1"):
            screen.show_filter(filtered)
            await computed(desk, screen)
            assert len(screen.canvas.page.spots) > 20
            for spot in screen.canvas.page.spots:
                desk.store.count(spot.query)
                assert spot.said
                assert spot.how in figures.HOW


def page_of(screen: MetricsScreen) -> list[str]:
    """The whole page as text, also what is below the window."""
    return ["".join(text for text, _ in line).rstrip() for line in screen.canvas.page.block]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_time_worked_stands_under_the_rest_and_opens_its_tickets(
    small: Path, clock: Clock, size: tuple[int, int]
) -> None:
    async with running(small, size=size) as desk:
        screen = await metrics(desk)
        without = page_of(screen)
        assert "Time worked" not in "\n".join(without)
        store = as_agent(small, "bo", clock)
        store.dispatch(LogTime((1, 2), 45 * 60, "on the phone"))
        store.close()
        store = as_agent(small, "alice", clock)
        store.dispatch(LogTime((9,), 80 * 60))
        # Sixty days ago is before the period: it is neither counted nor compared with.
        store.dispatch(LogTime((3,), 60, at=clock.at - timedelta(days=60)))
        store.close()
        await desk.happens("the time", lambda: "Time worked" in "\n".join(page_of(screen)))
        shown = page_of(screen)
        assert [line for line, was in zip(shown, without, strict=False) if not line.startswith(was)] == []
        by_key = {spot.key: spot for spot in screen.canvas.page.spots}
        assert by_key["worked everybody"].said.startswith(
            "time worked by everybody 2h50, ▲ 2h50, on 3 tickets"
        )
        assert by_key["worked bo"].said.startswith("time worked by bo 1h30, ▲ 1h30, on 2 tickets")
        assert set(desk.store.numbers(by_key["worked everybody"].query)) == {1, 2, 9}
        await desk.press("G")
        assert key(screen) == "worked alice"
        await desk.sees("time worked by alice 1h20", "Time worked")
        await desk.keys("w")
        await desk.sees("How it is computed", "Time recorded for work in the period")
        await desk.keys("escape")
        await desk.shows(MetricsScreen)
        await desk.press("k")
        assert key(screen) == "worked bo"
        await desk.press("enter")
        await desk.shows(InboxScreen)
        await desk.happens("them", lambda: {row.number for row in desk.inbox.list.window.rows} == {1, 2})


async def test_time_worked_is_written_with_the_figures(small: Path, clock: Clock) -> None:
    store = as_agent(small, "bo", clock)
    store.dispatch(LogTime((1, 2), 45 * 60))
    view = store.metrics("is:any", NOON - timedelta(days=28), None)
    assert as_json(view)["worked"] == {
        **{"seconds": 5400, "tickets": 2},
        "agents": [{"agent": "bo", "seconds": 5400, "tickets": 2}],
    }
    lines = as_csv(view).splitlines()
    assert {"worked,seconds,5400", "worked,tickets,2", "agent worked,bo,5400"} <= set(lines)
    assert store.metrics("number:9", None, None).worked is None
    store.close()


async def test_w_says_how_a_figure_is_computed(small: Path) -> None:
    async with running(small) as desk:
        screen = await metrics(desk)
        for _ in range(8):
            spot = screen.canvas.spot
            assert spot is not None
            await desk.keys("w")
            await desk.sees("How it is computed", figures.HOW[spot.how][:30])
            await desk.keys("escape")
            await desk.shows(MetricsScreen)
            await desk.press("tab")


async def test_periods_go_back_and_forth_and_have_lengths(small: Path) -> None:
    async with running(small) as desk:
        screen = await metrics(desk)
        await desk.press("left_square_bracket")
        await computed(desk, screen)
        await desk.sees("26 Sep – 23 Oct", "vs the 28 before")
        assert screen.shown is not None
        assert screen.shown.view.created == 0
        await desk.press("right_square_bracket", "right_square_bracket")
        await computed(desk, screen)
        await desk.sees("last 28 days")
        await desk.keys("p")
        await desk.sees("all time")
        await desk.write("today")
        await desk.keys("enter")
        await desk.happens("today", lambda: screen.period == Period(1))
        await computed(desk, screen)
        await desk.sees("today", "vs the day before")
        await desk.keys("p")
        await desk.sees("all time")
        await desk.write("all")
        await desk.keys("enter")
        await desk.happens("all", lambda: screen.period == Period(None))
        await computed(desk, screen)
        assert screen.shown.view.since is None
        assert screen.shown.view.before is None
        await desk.press("left_square_bracket")
        assert screen.period == Period(None)


async def test_breaking_down_and_filtering(small: Path) -> None:
    async with running(small) as desk:
        screen = await metrics(desk)
        await desk.keys("equals_sign")
        await desk.sees("Break down by")
        await desk.write("billing")
        await desk.keys("enter")
        await desk.happens("the queue", lambda: screen.filter == 'queue:"billing"')
        await computed(desk, screen)
        await desk.sees("Billing  last 28 days", "over 3 tickets")
        await desk.press("enter")
        await desk.happens("its tickets", lambda: len(desk.inbox.list.window.rows) == 3)
        await desk.press("3", "slash")
        await desk.type(" nonsense:x")
        await desk.press("enter")
        await desk.sees("nonsense")
        await desk.press("escape", "escape")
        await computed(desk, screen)
        assert screen.filter == ""


async def test_comparison_can_be_left_out(small: Path) -> None:
    async with running(small) as desk:
        screen = await metrics(desk)
        assert screen.shown is not None
        assert screen.shown.view.before is not None
        await desk.press("c")
        await computed(desk, screen)
        assert "vs the 28 before" not in desk.text
        assert screen.shown.view.before is None


async def test_figures_follow_what_others_do(small: Path) -> None:
    async with running(small) as desk:
        screen = await metrics(desk)
        await desk.press("l")
        other = desk.other("bo")
        other.dispatch(Create("One more", "new@b.example", queue="billing"))
        assert CALM <= 2
        await desk.happens("ten", lambda: screen.shown is not None and screen.shown.view.created == 10)
        assert key(screen) == "solved"
        other.close()


async def test_export_writes_what_the_ending_says(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(small) as desk:
        screen = await metrics(desk)
        for name in ("figures.csv", "figures.json", "screen.svg"):
            await desk.keys("X")
            await desk.sees("Export")
            await desk.keys("ctrl+u")
            await desk.write(name)
            await desk.keys("enter")
            await desk.sees(f"Wrote {name}")
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        assert screen.shown is not None
        assert json.loads((tmp_path / "figures.json").read_text()) == as_json(screen.shown.view)
        assert "agent solved,alice,1" in (tmp_path / "figures.csv").read_text().splitlines()
        assert "<svg" in (tmp_path / "screen.svg").read_text()
        assert "font-face" not in (tmp_path / "screen.svg").read_text()
        (tmp_path / "figures.csv").write_text("mine")
        await desk.keys("X")
        await desk.sees("Export")
        await desk.keys("ctrl+u")
        await desk.write("figures.csv")
        await desk.keys("enter")
        await desk.sees("is there already")
        await desk.keys("n")
        await desk.shows(MetricsScreen)
        assert (tmp_path / "figures.csv").read_text() == "mine"
        await desk.keys("X")
        await desk.sees("Export")
        await desk.keys("ctrl+u")
        await desk.write("nowhere/x.csv")
        await desk.keys("enter")
        await desk.sees("there is no folder")


async def test_an_empty_desk_and_one_without_a_period_hold_together(tmp_path: Path, clock: Clock) -> None:
    store = as_agent(tmp_path / "desk.db", "", clock)
    store.dispatch(AddQueue("Payments"))
    store.dispatch(AddAgent("alice", "Alice", Role.LEAD, ("payments",), "L1"))
    store.close()
    async with running(tmp_path / "desk.db") as desk:
        screen = await metrics(desk)
        await desk.sees("over 0 tickets", "nobody has worked")
        screen.period = Period(None)
        screen.reload()
        await computed(desk, screen)
        await desk.sees("no tickets in this period")


async def test_figures_that_cannot_be_computed_say_why(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> MetricsView:
        raise StorageError("the disk reported an error", hint="check the disk")

    monkeypatch.setattr("deskterm.store.store.Store.metrics", broken)
    async with running(small) as desk:
        await desk.press("3")
        await desk.sees("the disk reported an error", "check the disk", "ctrl+l tries again")
        monkeypatch.undo()
        await desk.press("ctrl+l")
        await desk.sees("over 9 tickets")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month of tickets with a shape: weekdays, hours, some late; nothing here changes it."""
    path, clock = tmp_path_factory.mktemp("busy") / "desk.db", Clock()
    store = as_agent(path, "", clock)
    people(store)
    alice = as_agent(path, "alice", clock)
    for index in range(60):
        day, hour = 1 + index * 29 // 60, 8 + (index * 7) % 10
        clock.at = (NOON - timedelta(days=30 - day)).replace(hour=hour, minute=5)
        levels = tuple(Level)
        created = store.dispatch(
            Create(
                f"Ticket {index}",
                f"who{index % 9}@example.org",
                queue=("billing", "network", "payments")[index % 3],
                impact=levels[index % 3],
                urgency=levels[index // 3 % 3],
            )
        ).created
        assert created is not None
        clock.forward(minutes=10 + 25 * (index % 7))
        alice.dispatch(Reply((created,), "We are on it.", State.OPEN))
        if index % 5:
            alice.dispatch(Assign((created,), alice.actor.id))
            clock.forward(hours=1 + index % 11)
            alice.dispatch(Solve((created,), "Done", message="" if index % 2 else "It is done."))
    store.close()
    alice.close()
    return path


@pytest.mark.parametrize(
    ("size", "theme"),
    [
        ((80, 24), "deskterm-dark"),
        ((120, 40), "deskterm-dark"),
        ((140, 40), "deskterm-dark"),
        ((120, 40), "deskterm-light"),
        ((120, 40), "deskterm-contrast"),
        ((120, 40), "deskterm-ansi"),
    ],
    ids=lambda each: each if isinstance(each, str) else f"{each[0]}x{each[1]}",
)
async def test_the_metrics_look_as_accepted(
    busy: Path,
    pictures: SnapshotAssertion,
    size: tuple[int, int],
    theme: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("deskterm.store.metrics.perf_counter", lambda: 0.0)
    async with running(busy, size=size, theme=theme) as desk:
        await metrics(desk)
        await desk.press("l", "l")
        assert picture(desk.app) == pictures


async def test_a_narrow_screen_stacks_and_scrolls(busy: Path, pictures: SnapshotAssertion) -> None:
    async with running(busy, size=(80, 24)) as desk:
        screen = await metrics(desk)
        await desk.press("tab", "tab")
        assert key(screen) == "reply_sla P1"
        await desk.sees("SLA met by priority")
        assert all(width_of(line) <= 80 for line in desk.lines)
        await desk.press("G")
        await desk.sees("Done more than once", "Handed over")
        await desk.press("g", "g")
        await desk.sees("First contact")


def test_a_share_is_written_as_it_is_graded() -> None:
    for thousandths in range(1001):
        share = thousandths / 1000
        said = "".join(text for text, _ in chart.share_bar(share, 30)).split()[-1]
        assert chart.grade(int(said[:-1]) / 100) == chart.grade(share)


async def test_every_agent_can_be_found_in_the_workload(small: Path, clock: Clock) -> None:
    store = as_agent(small, "", clock)
    for at in range(9):
        store.dispatch(AddAgent(f"agent{at}", f"Agent {at}", queues=("billing",)))
        person = store.people().agent(f"agent{at}")
        assert person is not None
        store.dispatch(Create("Printer", "zoe@x.example", queue="billing", owner=person.id))
    async with running(small) as desk:
        screen = await metrics(desk)
        reachable = {spot.key for spot in screen.canvas.page.spots}
        assert {f"active agent{at}" for at in range(9)} <= reachable
        await desk.keys("G")
        await desk.sees("Workload of the others")


def test_periods_are_local_days() -> None:
    zone = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert Period(1).bounds(now, zone) == (datetime(2026, 11, 20, 23, 0, tzinfo=UTC), None)
    assert Period(28).term("created", now, zone) == "created:>=2026-10-25"
    month = Period(28, 1)
    assert month.bounds(now, zone) == (
        datetime(2026, 9, 26, 22, 0, tzinfo=UTC),
        datetime(2026, 10, 24, 22, 0, tzinfo=UTC),
    )
    assert month.term("solved", now, zone) == "solved:2026-09-27..2026-10-24"
    assert (month.words(now, zone), month.before()) == ("27 Sep – 24 Oct", "vs the 28 before")
    assert Period(None).bounds(now, zone) == (None, None)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0m"), (0.63, "38m"), (7.17, "7h10"), (54.47, "2.3d"), (762.05, "32d")],
)
def test_hours_are_written_short(value: float | None, text: str) -> None:
    assert figures.hours(value) == text


def test_a_change_says_whether_it_is_good() -> None:
    assert figures.relative(110, 100, 1) == ("▲ 10% better", "within")
    assert figures.relative(104, 100, -1) == ("▲ 4% worse", "atrisk")
    assert figures.relative(150, 100, -1) == ("▲ 50% worse", "breached")
    assert figures.relative(90, 100, 0) == ("▼ 10%", "muted")
    assert figures.relative(100, 100, 1) == ("= unchanged", "muted")
    assert figures.relative(3, 0, 1) == ("▲ 3 better", "within")
    assert figures.relative(3, None, 1) == ("no comparison", "label")
    assert figures.points(Verdicts(9, 10), Verdicts(8, 10)) == ("▲ 10.0pt better", "within")


@pytest.mark.parametrize("value", [0, 1, 4, 5, 9, 10, 11, 46, 116, 999, 1000, 1001, 123_456])
def test_an_axis_ends_on_a_round_number(value: int) -> None:
    top = chart.ceiling(value)
    assert value <= top <= max(4, 2 * value)
    assert top % 2 == 0


@pytest.mark.parametrize("days", [1, 2, 7, 28, 90, 365, 3000])
@pytest.mark.parametrize("width", [40, 58, 66, 78])
def test_days_fit_any_width(days: int, width: int) -> None:
    shown = [Day(date(2020, 1, 1) + timedelta(days=at), at % 9, at % 7, at) for at in range(days)]
    drawn = chart.buckets(shown, width)
    assert sum(one.created for one in drawn) == sum(day.created for day in shown)
    assert drawn[-1].active == shown[-1].active
    for line in chart.day_bars(drawn, width, 8, False):
        assert sum(width_of(text) for text, _ in line) <= width
    for line in chart.area([day.active for day in shown], width, 4):
        assert sum(width_of(text) for text, _ in line) <= width


def test_part_of_a_line_is_lit() -> None:
    line = [("abc", "text"), ("def", "muted@tile")]
    assert lit(line, 2, 2, "cursor") == [
        ("ab", "text"),
        ("c", "text@cursor"),
        ("d", "muted@cursor"),
        ("ef", "muted@tile"),
    ]
    assert lit([("日本", "text")], 0, 4, "cursor") == [("日本", "text@cursor")]


async def test_what_was_skipped_leads_to_the_tickets_once_there_is_any(small: Path) -> None:
    async with running(small) as desk:
        screen = await metrics(desk)
        await computed(desk, screen)
        assert "skipped" not in [spot.key for spot in screen.canvas.page.spots]
        number = desk.store.work_next().row.number
        desk.store.work_next("not my skill")
        await desk.happens("the figure", lambda: "skipped" in [spot.key for spot in screen.canvas.page.spots])
        spot = next(spot for spot in screen.canvas.page.spots if spot.key == "skipped")
        assert spot.query == f"is:any number:{number}"
        assert desk.store.numbers(spot.query) == (number,)


async def test_skipped_steps_lead_to_their_tickets_once_there_are_any(small: Path) -> None:
    async with running(small) as desk:
        screen = await metrics(desk)
        await computed(desk, screen)
        assert "steps_skipped" not in [spot.key for spot in screen.canvas.page.spots]
        process = '[[processes]]\nname = "Fixing"\n[[processes.steps]]\nname = "Fix"\n'
        desk.store.dispatch(c.ApplyPolicy(process), actor=DESK)
        number = desk.store.numbers("is:active")[0]
        desk.store.dispatch(c.FollowProcess((number,), "Fixing"))
        desk.store.dispatch(c.MarkStep((number,), "Fix", StepState.SKIPPED, "nothing to fix"))
        await desk.happens(
            "the figure", lambda: "steps_skipped" in [spot.key for spot in screen.canvas.page.spots]
        )
        spot = next(spot for spot in screen.canvas.page.spots if spot.key == "steps_skipped")
        assert spot.said.startswith("Steps skipped 1, ")
        assert desk.store.numbers(spot.query) == (number,)


@pytest.mark.parametrize(
    ("note", "width", "shown"),
    [
        ("10,564 of 12,436", 16, "10.6k of 12.4k"),
        ("10,564 of 12,436", 20, "10,564 of 12,436"),
        ("999,960 of 1,250,000", 16, "1.0M of 1.2M"),
        ("104,200 of 312,000", 16, "104k of 312k"),
        ("12,345 over 7 days", 16, "12.3k over 7d"),
        ("864 of 912", 16, "864 of 912"),
    ],
)
def test_large_numbers_are_written_short_where_they_do_not_fit(note: str, width: int, shown: str) -> None:
    figure = figures.Figure("sla", "SLA met", "84.9%", ("", "label"), note, "", "")
    line = "".join(text for text, _ in figures.tile(figure, width)[-1])
    assert line.strip() == shown
