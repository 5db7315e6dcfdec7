"""What comes with messages, by keys: folded quotes, the raw mail, files and links looked at before use."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from deskterm.domain.commands import Note, Receive
from deskterm.domain.ticket import NewFile
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.dialogs.confirm import Confirm
from deskterm.ui.dialogs.look import Look
from deskterm.ui.dialogs.prompt import Prompt
from deskterm.ui.screens.raw_mail import RawMailScreen
from tests.mails import mail, raw
from tests.ui.desk import Clock, as_agent
from tests.ui.running import Running, on_ticket

EVIL = "evil\x1b]0;owned\x07\u202egnp.exe"
QUOTE = "\n".join(f"> line {n} of the old mail" for n in range(14))
SIZES = [(80, 24), (120, 40)]


@pytest.fixture
def small(small: Path) -> Path:
    """The small desk; on its first ticket a note with files, links, and a long quote."""
    store = as_agent(small, "bo", Clock())
    files = (
        NewFile("table.csv", "text/csv", b"name,amount\nAna,5\nBenedict,12\n"),
        NewFile(EVIL, "image/png", b"MZ\0\0"),
    )
    store.dispatch(
        Note((1,), "See https://b\u0430nk.example/login\x1b[2J and https://x.example/ok.", files=files)
    )
    store.close()
    desk = as_agent(small, "", Clock())
    desk.dispatch(Receive((1,), f"Still broken\n\n{QUOTE}\n\nAna", "email"))
    desk.close()
    return small


async def listed(desk: Running, typed: str) -> None:
    """Choose from the list of what comes with the messages."""
    await desk.keys("o")
    await desk.shows(Choose)
    await desk.write(typed)
    await desk.keys("enter")
    await desk.shows(Look)


@pytest.mark.parametrize("size", SIZES)
async def test_quotes_are_folded_and_unfold(small: Path, size: tuple[int, int]) -> None:
    async with on_ticket(small, size=size) as desk:
        await desk.sees("Still broken", "… 14 quoted lines", "Ana")
        assert "line 3 of the old mail" not in desk.text
        await desk.keys("Q")
        await desk.sees("line 3 of the old mail")
        await desk.keys("Q")
        await desk.sees("… 14 quoted lines")


@pytest.mark.parametrize("size", SIZES)
async def test_a_file_is_previewed_and_saved_over_nothing_unasked(
    small: Path, tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "Downloads").mkdir()
    (tmp_path / "Downloads" / "table.csv").write_text("mine")
    async with on_ticket(small, size=size) as desk:
        await listed(desk, "table")
        await desk.sees("Benedict  12", "text/csv · 30 B")
        await desk.keys("s")
        prompt = await desk.shows(Prompt)
        assert prompt.value("text") == str(tmp_path / "Downloads" / "table (2).csv")
        await desk.keys("enter")
        await desk.happens("the file", (tmp_path / "Downloads" / "table (2).csv").exists)
        assert (tmp_path / "Downloads" / "table (2).csv").read_bytes().startswith(b"name,amount")
        await listed(desk, "table")
        await desk.keys("s")
        prompt = await desk.shows(Prompt)
        prompt.query_one("#field-text").value = "~/Downloads/table.csv"  # type: ignore[attr-defined]
        await desk.keys("enter")
        await desk.shows(Confirm)
        await desk.keys("n")
        await desk.sees("Nothing was saved")
        assert (tmp_path / "Downloads" / "table.csv").read_text() == "mine"


async def test_a_hostile_name_is_only_text_and_is_not_opened(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **rest: started.append(args))
    async with on_ticket(small) as desk:
        await listed(desk, "evil")
        assert "\x1b" not in desk.text
        assert "\u202e" not in desk.text
        await desk.sees("no preview of it")
        await desk.keys("o")
        await desk.sees("may do something when it is opened")
        assert started == []


@pytest.mark.parametrize("size", SIZES)
async def test_where_a_link_leads_is_shown_before_it_is_opened(
    small: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **rest: started.append(args[0]))
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    async with on_ticket(small, size=size) as desk:
        await listed(desk, "login")
        await desk.sees("xn--bnk-6cd.example", "▲ the host is asked for as xn--bnk-6cd.example")
        await desk.keys("escape")
        assert started == []
        await listed(desk, "x.example/ok")
        await desk.sees("x.example", "https://x.example/ok")
        await desk.keys("o")
        await desk.sees("Opened x.example")
        assert [words[1] for words in started] == ["https://x.example/ok"]


async def test_a_session_over_ssh_saves_and_opens_nothing(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_ORIGINAL_COMMAND", "deskterm")
    async with on_ticket(small) as desk:
        await listed(desk, "table")
        await desk.sees("Benedict")
        await desk.keys("s")
        await desk.sees("nothing can be saved")
        await listed(desk, "x.example/ok")
        await desk.keys("o")
        await desk.sees("nothing can be opened")


@pytest.mark.parametrize("size", SIZES)
async def test_the_whole_mail_and_its_bytes_are_a_key_away(small: Path, size: tuple[int, int]) -> None:
    desk_itself = as_agent(small, "", Clock())
    whole = f"It is worse\n\n-- \nAna\n\nOn Friday alice wrote:\n{QUOTE}"
    one = mail("Ana Ruiz <ana@northwind.example>", whole, new_text="It is worse", subject="[#1] Re: Checkout")
    received = desk_itself.receive_mail(one, b"X-Odd: \x1b[2J\r\n" + raw(one))
    assert received.ticket == 1
    desk_itself.close()
    async with on_ticket(small, size=size) as desk:
        await desk.sees("It is worse", "… the mail says more: quoted text or a signature")
        await desk.keys("Q")
        await desk.sees("line 13 of the old mail")
        await desk.keys("R")
        choose = await desk.shows(Choose)
        assert len(choose.all) == 3
        await desk.keys("enter")
        await desk.shows(RawMailScreen)
        await desk.sees("the mail as it came", "X-Odd: ␛[2J")
        await desk.keys("q")
        await desk.ticket()
