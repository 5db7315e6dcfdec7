"""The window of rows: pages join without gaps, and the cursor stays on its ticket whatever comes."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain.kinds import Priority, Sla, State
from deskterm.domain.views import Listing, Row
from deskterm.ui.widgets.list_window import MARGIN, MOST, PAGE, ListWindow

WHEN = datetime(2026, 11, 20, tzinfo=UTC)


def row(number: int, version: int = 1) -> Row:
    """A row that is its number."""
    return Row(
        number=number,
        subject=f"Ticket {number}",
        state=State.OPEN,
        priority=Priority.P3,
        type="incident",
        queue="Billing",
        owner="",
        requester="Ana",
        tags=(),
        created_at=WHEN,
        updated_at=WHEN,
        due_at=None,
        risk_at=None,
        started_at=None,
        rest=Sla.NONE,
        left_seconds=None,
        new_messages=0,
        unread=False,
        version=version,
        key=number,
    )


def page(numbers: list[int], before: int, total: int) -> Listing:
    """A listing of these numbers."""
    return Listing(1, "", "number", tuple(map(row, numbers)), before, total)


def window(numbers: list[int], *, height: int = 10, total: int | None = None) -> ListWindow:
    """A window that shows these numbers."""
    made = ListWindow()
    made.resize(height)
    made.replace(page(numbers, 0, len(numbers) if total is None else total))
    return made


def numbers(held: ListWindow) -> list[int]:
    """What a window holds."""
    return [each.number for each in held.rows]


def test_pages_are_joined_and_the_far_end_is_let_go() -> None:
    held = window(list(range(PAGE)), total=5000)
    while held.rows[-1].number < 4000:
        held.move(PAGE)
        held.scroll_by_line()
        last = held.rows[-1].number
        held.append(page(list(range(last + 1, last + 1 + PAGE)), last + 1, 5000), PAGE)
    assert len(held.rows) <= MOST + PAGE
    assert numbers(held) == list(range(held.rows[0].number, held.rows[-1].number + 1))
    assert held.before == held.rows[0].number
    assert not held.at_start
    while not held.at_start:
        held.move(-PAGE)
        held.scroll_by_line()
        first = held.rows[0].number
        held.prepend(page(list(range(max(0, first - PAGE), first)), 0, 5000), PAGE)
    assert held.rows[0].number == 0
    assert held.before == 0
    assert not held.at_end


def test_a_row_that_moved_between_pages_is_shown_once() -> None:
    held = window([1, 2, 3], total=6)
    held.append(page([3, 4, 5], 3, 6), PAGE)
    assert numbers(held) == [1, 2, 3, 4, 5]


@given(
    old=st.lists(st.integers(1, 60), unique=True, min_size=1, max_size=40),
    new=st.lists(st.integers(1, 60), unique=True, max_size=40),
    at=st.integers(0, 39),
    height=st.integers(1, 12),
)
def test_fresh_rows_never_move_the_cursor_off_its_ticket(
    old: list[int], new: list[int], at: int, height: int
) -> None:
    held = window(old, height=height)
    held.move(at)
    held.scroll_by_line()
    ticket = old[held.cursor]
    line = held.cursor - held.top
    held.renew(page(new, 0, len(new)), PAGE)
    if ticket in new:
        assert held.row is not None
        assert held.row.number == ticket
        room = 0 <= held.cursor - line <= len(new) - height
        assert held.cursor - held.top == line or not room
    elif new:
        after = [number for number in old[at:] if number in new]
        assert held.row is not None
        if after:
            assert held.row.number == after[0]
    else:
        assert held.row is None
    assert 0 <= held.top <= max(0, len(new) - height)


@given(
    moves=st.lists(st.integers(-30, 30), max_size=30),
    count=st.integers(1, 80),
    height=st.integers(1, 20),
    half=st.booleans(),
)
def test_the_cursor_is_always_in_sight(moves: list[int], count: int, height: int, half: bool) -> None:
    held = window(list(range(count)), height=height)
    for by in moves:
        held.move(by)
        held.scroll_by_half() if half else held.scroll_by_line()
        assert held.top <= held.cursor < held.top + height
        assert 0 <= held.top <= max(0, count - height)


def test_moves_past_the_rows_at_hand_are_told() -> None:
    held = window(list(range(20)), total=100)
    assert held.move(25) == 6
    assert held.cursor == 19


def test_more_is_wanted_before_the_edge_is_reached() -> None:
    held = window(list(range(PAGE)), total=1000)
    assert not held.wants_more
    held.move(PAGE - MARGIN)
    held.scroll_by_line()
    assert held.wants_more
    assert not held.wants_earlier
