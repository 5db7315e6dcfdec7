"""Dialogs, from keys to what is on the ticket afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion
from textual import events
from textual.widgets import Static

from deskterm.domain.commands import Assign, Create, SetPriority, Solve, Tag
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.ticket import Link
from deskterm.domain.views import TicketView
from deskterm.ui.dialogs.choice_list import Choice, ChoiceList, narrow, score
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.dialogs.confirm import Confirm
from deskterm.ui.dialogs.conflict import Conflict
from deskterm.ui.dialogs.help import Help
from deskterm.ui.dialogs.new_ticket import NewTicket
from deskterm.ui.dialogs.palette import Palette
from deskterm.ui.dialogs.priority import ChoosePriority
from deskterm.ui.dialogs.prompt import Prompt
from deskterm.ui.dialogs.remind import HoldForm, RemindForm
from deskterm.ui.dialogs.solve import SolveForm
from deskterm.ui.dialogs.tags import EditTags
from deskterm.ui.screens.ticket import TicketScreen
from tests.ui.desk import Clock, as_agent
from tests.ui.running import Running, on_ticket, running
from tests.ui.test_ticket_screen import NARROW, WIDE, picture


def now_on(desk: Running, number: int = 1) -> object:
    """Return the ticket as it is."""
    return desk.store.ticket(number).ticket


class TestChoose:
    """The fuzzy chooser, by way of assigning."""

    def test_the_best_match_comes_first(self) -> None:
        choices = [Choice(each, each) for each in ("Robert Bo", "bo", "Bob", "Abo", "b-x-o", "chen")]
        assert [each.value for each in narrow(choices, "bo")] == ["bo", "Bob", "Robert Bo", "Abo", "b-x-o"]

    def test_letters_in_order_are_enough(self) -> None:
        assert score("pgw", "payments-gateway") is not None
        assert score("wgp", "payments-gateway") is None
        assert score("", "anything") == 0

    async def test_assign_by_typing(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("a")
            await desk.shows(Choose)
            await desk.write("lind")
            await desk.sees("Bo Lindberg")
            await desk.keys("enter")
            await desk.sees("Assigned #1 to bo")
            assert desk.store.ticket(1).owner == "bo"

    async def test_the_cursor_is_not_on_giving_it_back(self, small: Path) -> None:
        as_agent(small, "alice", Clock()).dispatch(Assign((1,), None))
        async with on_ticket(small) as desk:
            await desk.keys("a")
            dialog = await desk.shows(Choose)
            assert dialog.list.current is not None
            assert dialog.list.current.label == "alice"

    def test_a_long_hint_gives_way_to_the_label(self) -> None:
        line = ChoiceList[int](())._line(Choice(1, "take away: caused by #1716", "x" * 90), False, 60)
        assert "take away: caused by #1716" in line.plain
        assert line.cell_length <= 60

    async def test_give_it_to_nobody(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("a")
            await desk.shows(Choose)
            await desk.write("nobody")
            await desk.keys("enter")
            await desk.sees("Released #1")
            assert desk.store.ticket(1).owner == ""

    async def test_esc_changes_nothing(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("a")
            await desk.shows(Choose)
            await desk.keys("down", "escape")
            await desk.ticket()
            assert desk.store.ticket(1).owner == "alice"

    async def test_nothing_matches(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("a")
            await desk.shows(Choose)
            await desk.write("zzz")
            await desk.keys("enter")
            await desk.sees("nothing matches")
            await desk.shows(Choose)


class TestStates:
    """`s`, `e` and what they ask."""

    async def choose(self, desk: Running, words: str) -> None:
        await desk.keys("s")
        await desk.shows(Choose)
        await desk.write(words)
        await desk.keys("enter")

    async def test_wait(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await self.choose(desk, "pending")
            await desk.sees("Set #1 to pending", "◐ pending", "paused")

    async def test_hold_asks_why_and_until(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await self.choose(desk, "hold")
            await desk.shows(HoldForm)
            await desk.keys("right", "enter")
            await desk.write("tomorow")
            await desk.sees("is no time that is known")
            await desk.keys("enter")
            await desk.sees("▲")
            for _ in "tomorow":
                await desk.keys("backspace")
            await desk.write("tomorrow 9am")
            await desk.sees("→ Sat 21 Nov 09:00, in 18 hours 28 minutes")
            await desk.keys("enter")
            await desk.sees("◌ hold", "problem until")
            ticket = desk.store.ticket(1).ticket
            assert (ticket.hold_reason, ticket.hold_until) == (
                "problem",
                datetime(2026, 11, 21, 9, tzinfo=UTC),
            )

    async def test_solve_with_note_code_and_message(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("e")
            await desk.shows(SolveForm)
            await desk.keys("ctrl+s")
            await desk.sees("solving needs a resolution note")
            await desk.write("Pool enlarged")
            await desk.keys("tab", "w", "tab")
            await desk.write("It works again")
            await desk.keys("ctrl+s")
            await desk.sees("Solved #1", "✓ solved", "It works again")
            ticket = desk.store.ticket(1).ticket
            assert (ticket.resolution, ticket.resolution_code) == ("Pool enlarged", "workaround")

    async def test_leaving_a_form_keeps_what_was_typed(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("e")
            await desk.shows(SolveForm)
            await desk.write("Half a resolution")
            await desk.keys("escape")
            await desk.ticket()
            await desk.keys("e")
            form = await desk.shows(SolveForm)
            await desk.sees("restored what you had typed")
            assert form.values()["note"] == "Half a resolution"
            await desk.keys("ctrl+r")
            await desk.happens("a fresh form", lambda: form.values()["note"] == "")

    async def test_a_refused_form_loses_nothing(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("e")
            await desk.shows(SolveForm)
            await desk.write("Mine")
            bo = desk.other("bo")
            bo.dispatch(Solve((1,), "His"))
            await desk.keys("ctrl+s")
            await desk.shows(Conflict)
            await desk.sees("theirs", "solved")
            await desk.keys("t")
            await desk.ticket()
            assert desk.store.ticket(1).ticket.resolution == "His"

    async def test_close_without_solving(self, small: Path) -> None:
        async with on_ticket(small, 2) as desk:
            await self.choose(desk, "close")
            await desk.sees("without solving")
            await desk.write("spam")
            await desk.keys("enter")
            await desk.sees("Closed #2: spam", "· closed")

    async def test_reopen_asks_for_a_reason(self, small: Path) -> None:
        as_agent(small, "alice", Clock()).dispatch(Solve((1,), "done"))
        async with running(small) as desk:
            desk.inbox.open_ticket(1)
            await desk.ticket()
            await self.choose(desk, "reopen")
            await desk.shows(Prompt)
            await desk.keys("enter")
            await desk.sees("reopening needs a line of reason")
            await desk.write("It is back")
            await desk.keys("enter")
            await desk.sees("Reopened #1", "● open", "It is back")


class TestPriority:
    """The table of impact and urgency."""

    async def test_choose_in_the_table(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("p")
            await desk.shows(ChoosePriority)
            await desk.sees("the organization or a key service", "work is stopped")
            await desk.keys("down", "right")
            await desk.sees("a team", "a workaround exists")
            await desk.keys("enter")
            await desk.happens("P3", lambda: desk.store.ticket(1).ticket.priority is Priority.P3)
            ticket = desk.store.ticket(1).ticket
            assert (ticket.impact, ticket.urgency) == (Level.MEDIUM, Level.MEDIUM)

    async def test_on_a_slow_line_a_number_and_its_reason_arrive_together(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("p")
            await desk.shows(ChoosePriority)
            for key in (*"4 of 2", "enter"):
                letter = key if len(key) == 1 else None
                desk.app.post_message(events.Key("space" if key == " " else key, letter))
            await desk.happens("P4", lambda: desk.store.ticket(1).ticket.priority is Priority.P4)
            assert desk.store.ticket(1).ticket.priority_reason == "of 2"

    async def test_an_override_asks_for_a_reason(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("p")
            await desk.shows(ChoosePriority)
            await desk.keys("4", "enter")
            await desk.sees("P4 needs a reason")
            await desk.write("a test shop")
            await desk.keys("enter")
            await desk.happens("P4", lambda: desk.store.ticket(1).ticket.priority is Priority.P4)
            assert desk.store.ticket(1).ticket.priority_reason == "a test shop"

    async def test_a_change_meanwhile_is_shown_and_chosen(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("p")
            await desk.shows(ChoosePriority)
            bo = desk.other("bo")
            bo.dispatch(SetPriority((1,), Priority.P2, reason="half of them"))
            await desk.keys("3")
            await desk.write("only ours")
            await desk.keys("enter")
            await desk.shows(Conflict)
            await desk.sees("was     P1", "theirs  P2", "mine    P3", "bo")
            await desk.keys("m")
            await desk.happens("mine", lambda: desk.store.ticket(1).ticket.priority is Priority.P3)

    async def test_different_fields_both_succeed(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("p")
            await desk.shows(ChoosePriority)
            desk.other("bo").dispatch(Tag((1,), ("outage",)))
            await desk.keys("down", "enter")
            await desk.happens("both", lambda: desk.store.ticket(1).ticket.priority is Priority.P2)
            assert desk.store.ticket(1).ticket.tags == {"outage"}


class TestKeysThatArriveTogether:
    """On a slow line a word, Enter and the next word come in one packet: each belongs where it was typed."""

    async def test_each_word_has_its_field(self, small: Path) -> None:
        async with running(small) as desk:
            await desk.keys("plus")
            dialog = await desk.shows(NewTicket)
            first, second = (field.name for field in dialog.fields[:2])
            before = dialog.value(second)
            self.send(desk, *"one", "enter", *"two")
            await desk.happens("both words", lambda: "two" in dialog.value(second))
            assert (dialog.value(first), dialog.value(second)) == ("one", before + "two")

    async def test_sending_waits_for_what_was_typed_before(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("e")
            await desk.shows(SolveForm)
            self.send(desk, *"done", "ctrl+s")
            await desk.happens("solved", lambda: desk.store.ticket(1).ticket.resolution == "done")

    @staticmethod
    def send(desk: Running, *keys: str) -> None:
        """Hand keys to the app as the terminal does, without waiting between them."""
        for key in keys:
            desk.app.post_message(events.Key(key, key if len(key) == 1 else None))


class TestTags:
    """Putting tags on and taking them off."""

    async def test_add_complete_and_remove(self, small: Path) -> None:
        as_agent(small, "alice", Clock()).dispatch(Tag((1, 2), ("outage", "eu")))
        async with on_ticket(small) as desk:
            await desk.keys("t")
            dialog = await desk.shows(EditTags)
            assert dialog.held == {"outage", "eu"}
            await desk.write("outage")
            await desk.keys("enter")
            await desk.sees("-#outage")
            await desk.write("gateway")
            await desk.keys("enter")
            await desk.sees("+#gateway")
            await desk.keys("enter")
            await desk.happens("tags", lambda: desk.store.ticket(1).ticket.tags == {"eu", "gateway"})

    async def test_what_is_no_tag_is_said(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("t")
            await desk.shows(EditTags)
            await desk.write("no tag!")
            await desk.keys("enter")
            await desk.sees("is no tag")


class TestTimes:
    """Snooze and reminders."""

    async def test_snooze_hides_it_from_my_view(self, small: Path) -> None:
        async with running(small) as desk:
            await desk.select(1)
            await desk.keys("z")
            await desk.shows(RemindForm)
            await desk.write("in 2 hours")
            await desk.sees("→ Fri 20 Nov 16:32, in 2 hours")
            await desk.keys("enter")
            await desk.happens(
                "gone", lambda: not any(row.number == 1 for row in desk.inbox.list.window.rows)
            )

    async def test_a_reminder(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("z")
            await desk.shows(RemindForm)
            await desk.write("monday")
            await desk.keys("down", "r", "down")
            await desk.write("ask Ana")
            await desk.keys("enter")
            await desk.sees("REMINDERS", "ask Ana")
            assert [line.text for line in desk.store.reminders()] == ["ask Ana"]

    async def test_a_reminder_for_a_colleague(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("z")
            await desk.shows(RemindForm)
            await desk.write("monday")
            await desk.keys("down", "r", "down")
            await desk.write("ask Ana")
            await desk.keys("down")
            await desk.write("nobody")
            await desk.keys("enter")
            await desk.sees("no agent is called 'nobody'")
            await desk.keys(*["backspace"] * 6)
            await desk.write("BO")
            await desk.keys("enter")
            await desk.sees("REMINDERS", "ask Ana")
            assert desk.store.reminders() == ()
            assert [line.agent for line in desk.store.ticket(1).reminders] == ["bo"]

    async def test_without_a_time_it_asks(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("z")
            await desk.shows(RemindForm)
            await desk.keys("enter")
            await desk.sees("say when")

    async def test_wake_now(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("z")
            await desk.shows(RemindForm)
            await desk.write("friday 18:00")
            await desk.keys("enter")
            await desk.sees("snoozed until")
            await desk.keys("z")
            await desk.shows(RemindForm)
            await desk.keys("down", "w", "enter")
            await desk.happens("awake", lambda: desk.store.ticket(1).snoozed_until is None)


class TestMoving:
    """Queues, links, following."""

    async def test_move_asks_for_a_handoff_note(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("M")
            await desk.shows(Choose)
            await desk.write("netw")
            await desk.keys("enter")
            await desk.shows(Prompt)
            await desk.write("It is DNS")
            await desk.keys("enter")
            await desk.sees("Moved #1 to Network", "It is DNS")
            assert desk.store.ticket(1).ticket.handoffs == 1

    async def test_link_by_words_of_the_subject(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("L")
            await desk.shows(Choose)
            await desk.write("related")
            await desk.keys("enter")
            await desk.sees("a number, or words")
            await desk.write("vpn")
            await desk.sees("VPN drops")
            await desk.keys("enter")
            await desk.sees("Linked #1", "related #2")
            assert Link("related", 1) in desk.store.ticket(2).ticket.links

    async def test_follow_and_not(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("f")
            await desk.sees("Following #1", "Followed by  alice")
            await desk.keys("f")
            await desk.sees("No longer following #1")


class TestSelection:
    """One key, many tickets: the count first, one command, one undo."""

    async def test_tags_on_a_selection_are_one_step(self, small: Path) -> None:
        async with running(small) as desk:
            await desk.press("x", "j", "x", "j", "x")
            await desk.keys("t")
            await desk.shows(EditTags)
            await desk.sees("Tags of 3 tickets", "added to the tags of each")
            await desk.write("october")
            await desk.keys("enter", "enter")
            await desk.happens("tagged", lambda: desk.store.count("is:any tag:october") == 3)
            await desk.keys("u")
            await desk.happens("undone", lambda: desk.store.count("is:any tag:october") == 0)

    async def test_taking_several_asks_first(self, small: Path) -> None:
        async with running(small) as desk:
            await desk.keys("asterisk")
            await desk.happens("a selection", lambda: desk.inbox.list.selected)
            count = len(desk.inbox.list.selected)
            await desk.keys("A")
            await desk.shows(Confirm)
            await desk.sees(f"Take {count} ticket")
            await desk.keys("n")
            await desk.happens("the inbox", lambda: desk.app.screen is desk.inbox)

    async def test_the_last_action_is_repeated_on_what_is_chosen_now(self, small: Path) -> None:
        async with running(small) as desk:
            await desk.select(1)
            await desk.keys("t")
            await desk.shows(EditTags)
            await desk.write("again")
            await desk.keys("enter", "enter")
            await desk.happens("tagged", lambda: desk.store.ticket(1).ticket.tags == {"again"})
            await desk.select(2)
            await desk.keys("full_stop")
            await desk.happens("repeated", lambda: desk.store.ticket(2).ticket.tags == {"again"})


class TestNewTicket:
    """Opening a ticket."""

    @pytest.mark.parametrize("keys", [("tab", "tab"), ("enter", "tab"), ("tab", "enter", "shift+tab", "tab")])
    async def test_on_a_slow_line_each_word_has_its_field(self, small: Path, keys: tuple[str, ...]) -> None:
        async with running(small) as desk:
            await desk.keys("plus")
            form = await desk.shows(NewTicket)
            pressed = [*"ana", keys[0], *"Ana", *keys[1:], *"VPN"]
            for key in pressed:
                desk.app.post_message(events.Key(key, key if len(key) == 1 else None))
            await desk.happens("the words", lambda: form.value("subject") == "VPN")
            assert [form.value(name) for name in ("address", "name")] == ["ana", "Ana"]

    async def test_from_the_first_field_to_the_list(self, small: Path) -> None:
        async with running(small) as desk:
            await desk.keys("plus")
            form = await desk.shows(NewTicket)
            await desk.keys("ctrl+s")
            await desk.sees("a ticket needs the requester's address")
            await desk.write("zoe@example.org\nZoe\nScreen is black\n")
            await desk.keys("p", "enter", "q", "enter", "w", "enter", "h")
            await desk.sees("the organization or a key service", "P2")
            await desk.keys("enter", "enter", "enter")
            await desk.write("laptop screen\n")
            assert form.in_hand is not None
            await desk.write("It was black this morning.")
            await desk.keys("ctrl+s")
            await desk.happens("opened", lambda: desk.store.count("is:any requester:zoe@example.org") == 1)
            row = desk.store.listing("is:any requester:zoe@example.org").rows[0]
            assert (row.subject, row.priority, row.queue, row.type) == (
                "Screen is black",
                Priority.P2,
                "Payments",
                "question",
            )
            assert set(row.tags) == {"laptop", "screen"}

    async def test_a_half_filled_form_is_kept(self, small: Path) -> None:
        async with running(small) as desk:
            await desk.keys("plus")
            await desk.shows(NewTicket)
            await desk.write("zoe@example.org")
            await desk.keys("escape")
            await desk.happens("the inbox", lambda: desk.app.screen is desk.inbox)
            await desk.keys("plus")
            form = await desk.shows(NewTicket)
            assert form.value("address") == "zoe@example.org"

    async def test_wrong_values_are_said_where_they_are(self, small: Path) -> None:
        async with running(small) as desk:
            await desk.keys("plus")
            form = await desk.shows(NewTicket)
            await desk.write("zoe@example.org\n\nSubject")
            for _ in range(7):
                await desk.keys("tab")
            await desk.write("!!")
            await desk.keys("ctrl+s")
            await desk.sees("is no tag")
            assert form.in_hand is not None
            assert form.in_hand.name == "tags"

    async def test_an_override_asks_why_and_p1_beyond_its_share_asks_again(self, small: Path) -> None:
        store = as_agent(small, "alice", Clock())
        for at in range(20):
            store.dispatch(Create(f"Down {at}", "kim@acme.example", impact=Level.HIGH, urgency=Level.HIGH))
        store.close()
        async with running(small) as desk:
            await desk.keys("plus")
            await desk.shows(NewTicket)
            await desk.write("zoe@example.org\n\nOurs too")
            for _ in range(6):
                await desk.keys("tab")
            await desk.keys("p", "ctrl+s")
            await desk.sees("P1 instead of P4")
            await desk.keys("enter")
            await desk.sees("impact low and urgency medium make P4: say why not")
            await desk.write("a VIP\n")
            await desk.sees("active tickets are P1")
            await desk.keys("escape")
            await desk.happens("the inbox", lambda: desk.app.screen is desk.inbox)
            assert desk.store.count("is:any requester:zoe@example.org") == 0
            await desk.keys("plus")
            form = await desk.shows(NewTicket)
            assert (form.value("subject"), form.value("priority")) == ("Ours too", "P1")
            await desk.keys("ctrl+s")
            await desk.sees("P1 instead of P4")
            await desk.write("a VIP\n")
            await desk.sees("active tickets are P1")
            await desk.write("the board waits\n")
            await desk.happens("opened", lambda: desk.store.count("is:any requester:zoe@example.org") == 1)
            row = desk.store.listing("is:any requester:zoe@example.org").rows[0]
            assert row.priority is Priority.P1


class TestPalette:
    """`:`"""

    async def test_an_action_by_its_name(self, small: Path) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("colon")
            await desk.shows(Palette)
            await desk.write("take it")
            await desk.sees("Take it: assign to myself")
            await desk.keys("escape")
            await desk.ticket()

    async def test_a_number_opens_the_ticket(self, small: Path) -> None:
        async with running(small) as desk:
            await desk.keys("colon")
            await desk.shows(Palette)
            await desk.write("#4")
            await desk.sees("Open #4")
            await desk.keys("enter")
            assert (await desk.shows(TicketScreen)).number == 4

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            ("assign bo", "Assigned #1 to bo"),
            ("assign none", "Released #1"),
            ("assign zorro", "there is no agent"),
            ("tag vpn", "Tagged #1 +vpn"),
            ("state hold vendor", "Set #1 to hold"),
            ("state solved", "cannot simply be set"),
            ("priority P3 calm", "Set the priority of #1"),
            ("priority medium low", "Set the priority of #1"),
            ("note seen it", "Noted on #1"),
            ("remind friday 18:00: call", "Set a reminder"),
            ("remind yesterday", "that has passed"),
            ("snooze tomorrow", "Snoozed #1"),
        ],
    )
    async def test_short_commands(self, small: Path, words: str, says: str) -> None:
        async with on_ticket(small) as desk:
            await desk.keys("colon")
            await desk.shows(Palette)
            await desk.write(words)
            await desk.keys("enter")
            await desk.happens(says, lambda: says in desk.status)


async def test_help_lists_the_keys_of_this_screen_with_my_own(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("question_mark")
        await desk.shows(Help)
        await desk.sees("Reply to the requester", "Next ticket of the view")
        await desk.keys("pagedown", "pagedown")
        await desk.sees("Take back my last command")
        assert "Card below" not in desk.text
        await desk.keys("escape")
        await desk.ticket()


@pytest.mark.parametrize("width", [60, 80, 104, 110, 120, 127, 131, 132, 150, 200])
async def test_no_key_of_the_help_is_wider_than_its_column(small: Path, width: int) -> None:
    async with on_ticket(small, size=(width, 40)) as desk:
        await desk.keys("question_mark")
        dialog = await desk.shows(Help)
        text = dialog.query_one(".keys", Static)

        def fits() -> bool:
            lines = str(text.content).split("\n")
            return 0 < max(cell_len(line.rstrip()) for line in lines) <= text.size.width

        await desk.happens("lines that fit", fits)
        assert {"MERGE", "SPLIT"}.isdisjoint(str(text.content).split())


async def test_take_refuses_to_take_what_a_colleague_just_took(small: Path) -> None:
    async with running(small, login="dana") as desk:
        desk.inbox.open_ticket(1)
        screen = await desk.ticket()
        view = screen.view
        bo = desk.other("bo")
        bo.dispatch(Assign((1,), bo.actor.id))
        await desk.sees("taken by bo")
        screen.view = view
        await desk.keys("A")
        await desk.shows(Conflict)
        await desk.sees("theirs  bo", "mine    dana")
        await desk.keys("escape")
        assert desk.store.ticket(1).owner == "bo"


OPENERS = {
    "assign": ("a",),
    "state": ("s",),
    "priority": ("p",),
    "override": ("p", "4"),
    "tags": ("t",),
    "remind": ("z",),
    "solve": ("e",),
    "new": ("plus",),
    "palette": ("colon",),
    "help": ("question_mark",),
}


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
@pytest.mark.parametrize("name", OPENERS)
async def test_picture(small: Path, name: str, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
    async with on_ticket(small, size=size) as desk:
        await desk.keys(*OPENERS[name])
        await desk.happens("the dialog", lambda: desk.app.screen.is_modal)
        assert await picture(desk) == pictures


async def test_every_dialog_fits_the_smallest_screen(small: Path) -> None:
    async with on_ticket(small, size=(60, 16)) as desk:
        for name, keys in OPENERS.items():
            await desk.keys(*keys)
            await desk.happens("the dialog", lambda: desk.app.screen.is_modal)
            await desk.pilot.pause()
            assert desk.app.screen.query_one(".hints").region.bottom <= 16, f"{name}\n{desk.text}"
            await desk.keys(*(("escape", "escape") if name == "override" else ("escape",)))
            await desk.ticket()


def test_states_are_reachable(small: Path) -> None:
    from deskterm.ui.state_choices import state_choices

    store = as_agent(small, "alice", Clock())

    def verbs(view: TicketView | None) -> list[str]:
        return [choice.value[0] for choice in state_choices(view, store.policy.named)]

    assert verbs(store.ticket(1)) == ["pending", "hold", "solve", "close"]
    store.dispatch(Solve((1,), "x"))
    assert verbs(store.ticket(1)) == ["reopen", "close"]
    assert {*verbs(None)} >= {"open", "solve", "reopen", "close"}
    assert store.ticket(1).ticket.state is State.SOLVED
