"""One agent in two windows on one draft: no word is lost, and nothing that was sent comes back unseen."""

from __future__ import annotations

from pathlib import Path

from deskterm.domain.commands import Reply
from tests.ui.running import Running, on_ticket
from tests.ui.test_composer import closed, opened


def drafted(desk: Running) -> list[str]:
    return [draft.text for draft in desk.other("alice").drafts(1)]


async def test_what_two_windows_write_is_both_kept(small: Path) -> None:
    async with on_ticket(small) as desk:
        composer = await opened(desk)
        desk.other("alice").save_draft(1, "reply", "From the other window", 1)
        await desk.write("From this one")
        both = "From this one\n\nFrom the other window"
        await desk.happens("both texts in the draft", lambda: drafted(desk) == [both])
        assert composer.text == both
        await desk.sees("Your other window wrote here too")
        await desk.write(" now")
        await desk.happens(
            "the cursor in its line", lambda: drafted(desk) == ["From this one now\n\nFrom the other window"]
        )


async def test_two_open_windows_come_to_one_text(small: Path) -> None:
    async with on_ticket(small) as one, on_ticket(small) as two:
        here, there = await opened(one), await opened(two)
        await one.write("Here")
        await one.happens("saved", lambda: drafted(one) == ["Here"])
        await two.write("There")
        await two.happens("both", lambda: drafted(two) == ["There\n\nHere"])
        await one.write(" a")
        await one.happens("as one", lambda: drafted(one) == ["There\n\nHere a"])
        await two.write(" b")
        await two.happens("as one", lambda: drafted(two) == ["There b\n\nHere a"])
        await one.write(" c")
        await one.happens("as one", lambda: drafted(one) == [here.text] == ["There b\n\nHere a c"])
        assert there.text == "There b\n\nHere a"


async def test_what_the_other_window_sent_is_no_draft_again_unseen(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.write("All is fixed")
        await desk.happens("saved", lambda: drafted(desk) == ["All is fixed"])
        desk.other("alice").dispatch(Reply((1,), "All is fixed"))
        await desk.write("!")
        await desk.sees("Your other window sent or dropped this", "no draft any more")
        assert drafted(desk) == []
        await desk.write("!")
        await desk.happens("kept once the person goes on", lambda: drafted(desk) == ["All is fixed!!"])


async def test_leaving_what_the_other_window_sent_keeps_no_draft(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.write("All is fixed")
        await desk.happens("saved", lambda: drafted(desk) == ["All is fixed"])
        desk.other("alice").dispatch(Reply((1,), "All is fixed"))
        await desk.keys("escape")
        await closed(desk)
        await desk.sees("Your other window sent or dropped this draft")
        assert drafted(desk) == []


async def test_a_text_is_not_sent_twice_from_two_windows(small: Path) -> None:
    async with on_ticket(small) as desk:
        composer = await opened(desk)
        await desk.write("All is fixed")
        await desk.happens("saved", lambda: drafted(desk) == ["All is fixed"])
        desk.other("alice").dispatch(Reply((1,), "All is fixed"))
        count = len(desk.store.ticket(1).messages)
        await desk.keys("ctrl+s")
        await desk.sees("Your other window sent or dropped this")
        await desk.happens("ready", lambda: not composer.sending)
        assert len(desk.store.ticket(1).messages) == count


async def test_sending_takes_the_words_of_the_other_window_in_first(small: Path) -> None:
    async with on_ticket(small) as desk:
        composer = await opened(desk)
        desk.other("alice").save_draft(1, "reply", "And restart it", 1)
        await desk.write("Rolled back")
        await desk.keys("ctrl+s")
        await desk.sees("Your other window wrote here too", "And restart it")
        await desk.happens("ready", lambda: not composer.sending)
        await desk.keys("ctrl+s")
        await closed(desk)
        assert desk.store.ticket(1).messages[-1].text == "Rolled back\n\nAnd restart it"
        assert drafted(desk) == []


async def test_the_last_letters_are_kept_beside_the_other_windows(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        desk.other("alice").save_draft(1, "reply", "From the other window", 1)
        await desk.write("last lett")
        desk.app.leave()
        assert drafted(desk) == ["last lett\n\nFrom the other window"]


async def test_an_emptied_draft_takes_nothing_of_the_other_window_with_it(small: Path) -> None:
    async with on_ticket(small) as desk:
        composer = await opened(desk)
        await desk.write("no")
        await desk.happens("saved", lambda: drafted(desk) == ["no"])
        desk.other("alice").save_draft(1, "reply", "no\nbut this is meant", 1)
        await desk.keys("backspace", "backspace")
        await desk.happens("the other's words", lambda: "but this is meant" in composer.text)
        await desk.happens("kept", lambda: drafted(desk) == [composer.text])
