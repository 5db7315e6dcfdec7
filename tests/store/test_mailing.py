"""What rings while nobody is there is queued as a mail, in the same transaction, and once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from deskterm import scheduler
from deskterm.domain import commands as c
from deskterm.domain.errors import Refused
from deskterm.domain.people import Role
from deskterm.domain.policy_file import read_policy
from deskterm.domain.wording import sentence
from deskterm.machine import utc_now
from deskterm.scheduler import Scheduler
from deskterm.storage.database import Database
from deskterm.storage.reminder_tables import sessions
from deskterm.storage.sessions import BEAT, GONE
from deskterm.storage.tables import outbox
from deskterm.store.store import Store
from deskterm.upkeep.doctor import examine
from tests.small_desk import HR, START, Desk, copy_of, open_desk

SOON = START + timedelta(minutes=5)


@pytest.fixture
def addressed(desk: Desk) -> Desk:
    """A desk whose bo has an address."""
    desk.do(
        "dana", c.AddAgent("bo", "Bo Lindberg", Role.AGENT, ("payments", "network"), address="bo@x.example")
    )
    return desk


def mails(desk: Desk) -> list[dict[str, Any]]:
    """What is queued to leave the house."""
    with desk.store.database.read() as connection:
        rows = connection.execute(select(outbox).order_by(outbox.c.id)).mappings()
        return [dict(row) for row in rows if row["state"] == "waiting"]


def ring(desk: Desk, login: str = "bo", ticket: int | None = None, text: str = "call Ana") -> None:
    """Let a reminder ring."""
    desk.do(login, c.Remind(desk.clock.at + timedelta(seconds=30), text, ticket, desk.id("bo")))
    desk.clock.forward(seconds=30)
    while desk.store.run_due():
        pass


def said(desk: Desk, number: int) -> str:
    """The last thing that happened to a ticket."""
    return sentence(desk.store.history(number)[-1], {}, {})


def test_who_is_not_there_is_mailed_once(addressed: Desk) -> None:
    desk = addressed
    number = desk.create(subject="Checkout fails")
    ring(desk, ticket=number)
    (mail,) = mails(desk)
    assert (mail["kind"], mail["target"], mail["ticket"]) == ("mail", "bo@x.example", number)
    assert mail["subject"] == f"Reminder: #{number} call Ana"
    assert "Checkout fails" in mail["text"]
    assert "Mon 2026-11-23 09:00 UTC" in mail["text"]
    assert said(desk, number) == "reminder rang, and a mail was queued"
    desk.clock.forward(days=1)
    while desk.store.run_due():
        pass
    assert len(mails(desk)) == 1
    assert [fault for fault in examine(desk.store).faults if "open to others" not in fault] == []


def test_a_free_reminder_is_mailed_too(addressed: Desk) -> None:
    ring(addressed)
    (mail,) = mails(addressed)
    assert (mail["ticket"], mail["subject"]) == (None, "Reminder: call Ana")


def test_who_has_a_screen_open_is_not_mailed(addressed: Desk) -> None:
    desk = addressed
    bo = desk.seen_by("bo")
    bo.beat("one")
    bo.beat("two")
    ring(desk)
    bo.leave("one")
    ring(desk)
    assert mails(desk) == []
    bo.leave("two")
    ring(desk)
    assert len(mails(desk)) == 1


def test_a_session_that_missed_two_beats_is_gone(addressed: Desk) -> None:
    desk = addressed
    bo = desk.seen_by("bo")
    bo.beat("killed")
    desk.clock.forward(seconds=GONE.total_seconds() - 30)
    ring(desk)
    assert mails(desk) == []
    ring(desk)
    assert len(mails(desk)) == 1
    # And a clock that is put back does not keep anybody here for ever.
    bo.beat("killed")
    desk.clock.forward(days=-1)
    ring(desk)
    assert len(mails(desk)) == 2


def test_what_is_gone_is_forgotten(addressed: Desk) -> None:
    desk = addressed
    bo = desk.seen_by("bo")
    bo.beat("old")
    desk.clock.forward(days=1)
    bo.beat("new")
    with desk.store.database.read() as connection:
        assert [row.token for row in connection.execute(select(sessions))] == ["new"]


def test_somebody_elses_screen_is_not_ones_own(addressed: Desk) -> None:
    addressed.seen_by("alice").beat("hers")
    ring(addressed)
    assert len(mails(addressed)) == 1


def test_without_an_address_that_is_said(desk: Desk) -> None:
    number = desk.create()
    ring(desk, ticket=number)
    assert mails(desk) == []
    assert said(desk, number) == "reminder rang (bo is not here and has no address: not mailed)"


def test_what_one_may_not_see_any_more_is_not_mailed(addressed: Desk) -> None:
    desk = addressed
    number = desk.create(subject="Salaries")
    desk.do("bo", c.Remind(SOON, "x", number))
    desk.do("hana", c.Move((number,), HR))
    desk.clock.at = SOON
    desk.store.run_due()
    assert mails(desk) == []


def test_a_hostile_text_makes_no_header(addressed: Desk) -> None:
    ring(addressed, text="x\r\nBcc: all@x.example\x1b[31m")
    (mail,) = mails(addressed)
    assert "\n" not in mail["subject"]
    assert "\x1b" not in mail["text"] + mail["subject"]


@pytest.mark.parametrize(
    "address", ["bo", "bo@", "@x", "bo @x.example", "bo@x\r\nBcc: y@z", "<bo@x>", "a@b@c"]
)
def test_what_is_no_address(desk: Desk, address: str) -> None:
    with pytest.raises(Refused, match="is no address"):
        desk.do("dana", c.AddAgent("bo", "Bo", Role.AGENT, address=address))


def test_an_address_stays_until_it_is_changed_and_undo_brings_it_back(addressed: Desk) -> None:
    desk = addressed
    desk.do("dana", c.AddAgent("bo", "Bo Larsen", Role.AGENT))
    bo = desk.store.people().agent("bo")
    assert bo is not None
    assert bo.address == "bo@x.example"
    desk.do("dana", c.AddAgent("bo", "Bo Larsen", Role.AGENT, address=""))
    desk.do("dana", c.Undo())
    bo = desk.store.people().agent("bo")
    assert bo is not None
    assert bo.address == "bo@x.example"


RULE = """
[[rules]]
name = "tell"
on = "update"
events = ["changed:tag"]
when = "tag:outage"
do = [{ notify = "bo", text = "outage" }]
"""


def test_a_rule_that_notifies_mails_who_is_not_there(furnished_file: Path, tmp_path: Path) -> None:
    desk = open_desk(copy_of(furnished_file, tmp_path / "desk.db"))
    desk.store.close()
    desk.store = Store(Database(desk.url), desk.store.actor, clock=desk.clock, policy=read_policy(RULE))
    try:
        desk.do("dana", c.AddAgent("bo", "Bo", Role.AGENT, ("payments",), address="bo@x.example"))
        number = desk.create()
        desk.do("alice", c.Tag((number,), ("outage",)))
        desk.store.run_due()
        assert [mail["subject"] for mail in mails(desk)] == [f"Reminder: #{number} outage"]
    finally:
        desk.close()


def test_the_end_of_a_hold_mails_its_owner(addressed: Desk) -> None:
    desk = addressed
    number = desk.create(owner=desk.id("bo"))
    desk.do(
        "alice",
        c.Escalate((number,), c.EscalateTo.VENDOR, vendor="Acme", reference="ABC", follow_up=SOON),
    )
    desk.clock.at = SOON
    desk.store.run_due()
    assert [mail["subject"] for mail in mails(desk)] == [
        f"Reminder: #{number} Follow up with Acme, reference ABC"
    ]


# The heartbeat


def beats(store: Store) -> list[int]:
    """Whose screens are open."""
    with store.database.read() as connection:
        return [row.agent_id for row in connection.execute(select(sessions))]


def test_open_screens_beat_and_closed_ones_leave(furnished_file: Path, tmp_path: Path) -> None:
    desk = open_desk(copy_of(furnished_file, tmp_path / "desk.db"))
    bo = desk.seen_by("bo")
    serving = Scheduler(desk.store)
    bell = Scheduler(bo, present=True)
    try:
        bell._beat()
        serving._beat()
        assert beats(bo) == [desk.id("bo")]
        with bo.database.read() as connection:
            first = connection.execute(select(sessions.c.seen_at)).scalar_one()
        desk.clock.forward(seconds=BEAT.total_seconds() - 1)
        bell._beat()
        with bo.database.read() as connection:
            assert connection.execute(select(sessions.c.seen_at)).scalar_one() == first
        desk.clock.forward(seconds=1)
        bell._beat()
        with bo.database.read() as connection:
            assert connection.execute(select(sessions.c.seen_at)).scalar_one() > first
        bell.start()
        bell.stop()
        assert beats(bo) == []
        # What runs late says nothing any more.
        bell._beat()
        assert beats(bo) == []
    finally:
        desk.close()


def test_a_laptop_that_wakes_up_is_there_before_it_rings(
    furnished_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "AT_LEAST_EVERY_SECONDS", 3600.0)
    desk = open_desk(copy_of(furnished_file, tmp_path / "desk.db"))
    desk.clock.at = utc_now()
    desk.do("dana", c.AddAgent("bo", "Bo", Role.AGENT, ("payments",), address="bo@x.example"))
    bo = desk.seen_by("bo")
    bell = Scheduler(bo, present=True)
    try:
        bell.run_due()
        desk.do("bo", c.Remind(desk.clock.at + timedelta(minutes=5), "x"))
        desk.clock.forward(hours=8)
        assert bell.run_due() >= 1
        assert mails(desk) == []
    finally:
        desk.close()
