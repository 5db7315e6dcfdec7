"""`g p`: contacts found, shown, changed, merged and taken back by keys, on a large screen and a small one."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskterm.domain import commands as c
from deskterm.domain.people import Role
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.dialogs.form import Form
from deskterm.ui.dialogs.prompt import Prompt
from deskterm.ui.screens.contact import ContactScreen
from deskterm.ui.screens.contacts import ContactsScreen
from deskterm.ui.screens.organization import OrganizationScreen
from deskterm.ui.screens.ticket import TicketScreen
from tests.ui.desk import Clock, as_agent
from tests.ui.running import Running, running

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)])
MIRA = "mira.k@home.example"


async def opened(desk: Running) -> ContactsScreen:
    """Go to the contacts and wait for them."""
    await desk.press("g", "p")
    screen = await desk.shows(ContactsScreen)
    await desk.happens("the contacts", lambda: screen.looked)
    await desk.settle()
    return screen


async def found(desk: Running, words: str) -> ContactScreen:
    """Look for somebody and show them."""
    screen = await opened(desk)
    await desk.press("f")
    await desk.shows(Prompt)
    await desk.write(words)
    await desk.press("enter")
    await desk.happens("whom was looked for", lambda: screen.text == words and len(screen.lines) == 1)
    await desk.press("enter")
    one = await desk.shows(ContactScreen)
    await desk.happens("the contact", lambda: one.view is not None)
    return one


def with_mira(desk: Running) -> int:
    """Open a ticket from somebody new."""
    created = desk.other("bo").dispatch(c.Create("Lost badge", MIRA, "Mira Kern", "Kern & Co")).created
    assert created is not None
    return created


@SIZES
async def test_a_contact_is_found_and_their_ticket_opened(small: Path, size: tuple[int, int]) -> None:
    async with running(small, size=size) as desk:
        number = with_mira(desk)
        await found(desk, "kern home")
        await desk.sees("Mira Kern", MIRA, "Kern & Co", "Lost badge", "1, 1 of them active")
        await desk.press("enter")
        screen = await desk.shows(TicketScreen)
        assert screen.number == number
        await desk.press("escape")
        await desk.shows(ContactScreen)
        await desk.press("escape", "f")
        await desk.shows(Prompt)
        await desk.press("ctrl+u")
        await desk.write("nobody at all")
        await desk.press("enter")
        await desk.sees("Nobody is found by that")
        await desk.press("enter")
        await desk.sees("There is nobody to show")


@SIZES
async def test_a_contact_is_changed_and_taken_back(small: Path, size: tuple[int, int]) -> None:
    async with running(small, size=size) as desk:
        with_mira(desk)
        one = await found(desk, "mira")
        await desk.press("V")
        await desk.sees("★ VIP", "Changed Mira Kern: VIP")
        await desk.press("e")
        form = await desk.shows(Form)
        await desk.press("tab", "tab")
        await desk.write("Mars")
        await desk.press("ctrl+s")
        await desk.sees("no time zone is called so")
        await desk.press(*["backspace"] * 4)
        await desk.write("Europe/Vienna")
        await desk.press("tab")
        await desk.write("Call first.")
        await desk.press("ctrl+s")
        await desk.happens("the form is gone", lambda: desk.app.screen is not form)
        await desk.sees("Europe/Vienna", "Call first.", "Changed Mira Kern: zone, notes")
        await desk.press("a")
        await desk.shows(Prompt)
        await desk.write("mira@new.example")
        await desk.press("enter")
        await desk.sees(f"{MIRA}, mira@new.example")
        await desk.press("X")
        await desk.shows(Choose)
        await desk.press("down", "enter")
        await desk.sees("Removed mira@new.example from Mira Kern")
        await desk.happens("it is gone", lambda: one.view is not None and one.view.addresses == (MIRA,))
        await desk.press("X")
        await desk.sees(f"{MIRA} is their only address")
        await desk.press("u")
        await desk.sees(f"{MIRA}, mira@new.example")
        await desk.press("u")
        await desk.happens("one address", lambda: one.view is not None and one.view.addresses == (MIRA,))


async def test_the_organization_of_a_contact_is_on_the_key_it_has_on_a_ticket_too(small: Path) -> None:
    async with running(small) as desk:
        with_mira(desk)
        await found(desk, "mira")
        await desk.press("question_mark")
        await desk.sees("o  g O")
        await desk.press("escape")
        await desk.press("g", "O")
        await desk.shows(OrganizationScreen)


@SIZES
async def test_an_organization_is_reached_from_contact_and_ticket(small: Path, size: tuple[int, int]) -> None:
    async with running(small, size=size) as desk:
        number = with_mira(desk)
        await found(desk, "mira")
        await desk.press("o")
        screen = await desk.shows(OrganizationScreen)
        await desk.sees("Kern & Co", "PEOPLE  1", "Mira Kern", "TICKETS  1", "Lost badge", "none asks for it")
        await desk.press("e")
        form = await desk.shows(Form)
        await desk.press("tab")
        await desk.write("kern.example")
        await desk.press("tab")
        await desk.write("Call the office first.")
        await desk.press("ctrl+s")
        await desk.happens("the form is gone", lambda: desk.app.screen is not form)
        await desk.sees("kern.example", "Call the office first.", "Changed Kern & Co: notes, domains")
        await desk.press("V")
        await desk.sees("★ VIP", "Changed Kern & Co: VIP")
        await desk.press("u")
        await desk.happens("no VIPs", lambda: screen.view is not None and not screen.view.line.vip)
        await desk.press("j", "enter")
        ticket = await desk.shows(TicketScreen)
        assert ticket.number == number
        await desk.happens("the ticket", lambda: ticket.view is not None)
        await desk.press("g", "O")
        await desk.shows(OrganizationScreen)
        await desk.sees("Mira Kern")
        await desk.press("enter")
        await desk.shows(ContactScreen)
        await desk.press("escape", "escape", "C")
        await desk.shows(ContactScreen)
        await desk.sees(MIRA)


@SIZES
async def test_duplicates_are_merged_and_come_apart(small: Path, size: tuple[int, int]) -> None:
    async with running(small, size=size) as desk:
        with_mira(desk)
        desk.other("bo").dispatch(c.Create("No VPN", "m.kern@work.example", "M. Kern"))
        one = await found(desk, "m.kern@work")
        await desk.press("d")
        await desk.shows(Prompt)
        await desk.press("ctrl+u")
        await desk.write("mira")
        await desk.press("enter")
        await desk.shows(Choose)
        await desk.sees("Mira Kern")
        await desk.press("enter")
        await desk.sees("Mira Kern", f"{MIRA}, m.kern@work.example", "Lost badge", "No VPN")
        await desk.sees("Merged M. Kern")
        await desk.press("u")
        await desk.happens("two again", lambda: one.view is not None and len(one.view.addresses) == 1)


async def test_the_mark_and_the_notes_stand_beside_the_ticket(small: Path) -> None:
    async with running(small) as desk:
        number = with_mira(desk)
        other = desk.other("bo")
        [mira] = other.contacts_called(MIRA)
        other.dispatch(
            c.SaveContact(mira, vip=True, zone="Europe/Vienna", notes="[red]Call[/] \x1b[31mfirst.")
        )
        desk.app.screen.open_ticket(number)  # type: ignore[attr-defined]
        await desk.ticket()
        await desk.sees("Mira Kern ★ VIP", "Europe/Vienna", "[red]Call[/]")


async def test_a_viewer_looks_only(small: Path) -> None:
    store = as_agent(small, "", Clock())
    store.dispatch(c.Create("Lost badge", MIRA, "Mira Kern", "Kern & Co"))
    store.dispatch(c.AddAgent("vera", "Vera", Role.VIEWER, ("billing",)))
    async with running(small, login="vera") as desk:
        await found(desk, "mira")
        await desk.press("V")
        await desk.sees("needs an agent")


async def test_more_than_a_list_holds_are_said_to_be_there(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskterm.ui.screens.contacts.MOST", 2)
    async with running(small) as desk:
        screen = await opened(desk)
        await desk.sees("the first 2 contacts: f finds others")
        assert len(screen.lines) == 2
