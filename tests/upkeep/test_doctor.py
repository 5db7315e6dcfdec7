"""The doctor is content with a sound desk on both engines, and finds each kind of damage."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from deskterm.domain import commands as c
from deskterm.domain.kinds import State
from deskterm.domain.people import DESK
from deskterm.domain.policy import Policy
from deskterm.domain.rule import Action, On, Rule
from deskterm.storage import health, requester_words
from deskterm.storage.database import HEAD, Database
from deskterm.store.store import Store
from deskterm.upkeep.doctor import Diagnosis, examine
from tests.small_desk import Desk, copy_of, open_desk


def private(desk: Desk) -> None:
    """Give the files of a copied desk the modes of one that was made here."""
    if desk.store.database.sqlite:
        file = Path(desk.store.database.name)
        for path in file.parent.glob(f"{file.name}*"):
            path.chmod(0o600)


def live(desk: Desk) -> None:
    """Three tickets to which most things happened, some of it taken back."""
    private(desk)
    for number in range(3):
        desk.create(
            subject=f"Ticket {number}", text="It fails.", tags=("outage",), fields=(("vendor", "acme"),)
        )
    desk.do("alice", c.Assign((1, 2), desk.id("alice")))
    desk.do("alice", c.Reply((1,), "We are on it"))
    desk.do("alice", c.Undo())
    desk.do("alice", c.Snooze((1,), desk.clock() + timedelta(hours=3)))
    desk.do("alice", c.Remind(desk.clock() + timedelta(hours=1), "call", 2))
    desk.do("alice", c.LinkTo((1,), "parent", 2))
    desk.do("bo", c.Together((c.Tag((2,), ("x",)), c.ChangeState((2,), State.HOLD, "vendor"))))
    desk.do("bo", c.Solve((3,), "rolled back"))
    desk.clock.forward(hours=30)
    desk.store.run_due()
    desk.do("bo", c.Create("gone", "x@y", queue="payments"))
    desk.do("bo", c.Undo())
    desk.do("dana", c.AddQueue("Spare"))


def faults(desk: Desk) -> list[str]:
    """What the doctor finds wrong."""
    return examine(desk.store).faults


def test_a_sound_desk(desk: Desk) -> None:
    private(desk)
    assert faults(desk) == []
    live(desk)
    steps: list[int] = []
    found = examine(desk.store, steps.append)
    assert found.faults == []
    assert found.sound
    assert (found.tickets, found.schema, steps) == (4, HEAD, [4])
    with desk.store.database.read() as connection:
        assert found.events == connection.execute(text("SELECT count(*) FROM events")).scalar_one()
    assert found.engine.startswith("SQLite" if desk.store.database.sqlite else "PostgreSQL")


DAMAGE = (
    (
        "UPDATE tickets SET priority = 'P1' WHERE number = 1",
        "#1: its row and its history disagree about priority",
    ),
    ("UPDATE tickets SET due_key = 5 WHERE number = 1", "#1: its row and its history disagree about due_key"),
    (
        "UPDATE tickets SET state = 'open', active = 1 WHERE number = 3",
        "#3: its row and its history disagree",
    ),
    ("DELETE FROM ticket_tags WHERE ticket = 2", "#2: its tags cannot be searched"),
    ("UPDATE ticket_fields SET value = 'x' WHERE ticket = 2", "#2: its fields cannot be searched"),
    ("DELETE FROM ticket_links WHERE ticket = 1", "#1: its links cannot be searched"),
    ("UPDATE messages SET retracted = NOT retracted WHERE ticket = 1", "#1: its messages are not those"),
    ("DELETE FROM messages WHERE ticket = 1", "#1: its messages are not those"),
    ("UPDATE messages SET text = 'We lied' WHERE ticket = 1 AND id = 1", "#1: message 1 was altered"),
    ("UPDATE messages SET text = '' WHERE ticket = 1 AND id = 1", "#1: message 1 was altered"),
    ("UPDATE messages SET kind = 'internal' WHERE id = 2", "#2: message 2 was altered"),
    ("UPDATE messages SET agent_id = 2 WHERE id = 4", "#1: message 4 was altered"),
    ("UPDATE messages SET requester_id = NULL WHERE id = 1", "#1: message 1 was altered"),
    ("UPDATE messages SET at = at - 1 WHERE id = 1", "#1: message 1 was altered"),
    ("UPDATE messages SET channel = 'fax' WHERE id = 1", "#1: message 1 was altered"),
    ("UPDATE reminders SET state = 'fired' WHERE id = 2", "reminder 2 is not as its history left it"),
    ("DELETE FROM reminders WHERE id = 1", "reminder 1 has a history but is not there"),
    ("UPDATE reminders SET ticket = 3 WHERE id = 1", "reminder 1 is not as its history left it"),
    ("UPDATE reminders SET at = at + 1 WHERE id = 2", "reminder 2 has no alarm"),
    (
        "INSERT INTO reminders (id, agent_id, ticket, at, text, state, created_by)"
        " SELECT 9, agent_id, ticket, at, text, 'fired', created_by FROM reminders"
        " WHERE id = 1",
        "reminder 9 is in no history",
    ),
    ("UPDATE agents SET role = 'x' WHERE login = 'bo'", "agent bo has the role 'x', which is none of viewer"),
    ("UPDATE due SET at = at + 1 WHERE ticket = 1 AND what LIKE 'clock:%'", "#1: its alarms are not those"),
    ("INSERT INTO snoozes VALUES (1, 2, 99999999999999)", "#2: a snooze has no alarm"),
    ("DELETE FROM due WHERE what = 'reminder'", "reminder 2 has no alarm"),
    ("UPDATE texts SET body = 'other' WHERE body = 'Ticket 0'", "#1: 1 of its history's texts were altered"),
    ("DELETE FROM texts WHERE body = 'Ticket 0'", "#1: 1 of its history's texts are missing"),
    ("UPDATE commands SET id = id + 1000 WHERE id = 9", "belongs to a command that is not there"),
)


def test_damage_beside_the_journal(sqlite_desk: Desk, tmp_path: Path) -> None:
    live(sqlite_desk)
    sqlite_desk.do("alice", c.Remind(sqlite_desk.clock() + timedelta(hours=1), "again"))
    assert faults(sqlite_desk) == []
    sqlite_desk.store.close()
    for sql, says in DAMAGE:
        desk = open_desk(copy_of(tmp_path / "desk.db", tmp_path / "damaged.db"))
        private(desk)
        spoil(desk, sql)
        found = faults(desk)
        desk.close()
        assert any(says in fault for fault in found), (sql, found)


def spoil(desk: Desk, sql: str) -> None:
    """Change the database behind the desk's back."""
    desk.store.database.write(lambda connection: connection.execute(text(sql)))


def tamper(desk: Desk, *statements: str) -> None:
    """Take the journal's guards away and change it."""
    sqlite = desk.store.database.sqlite
    guards = (
        ("DROP TRIGGER events_no_update", "DROP TRIGGER events_no_delete")
        if sqlite
        else ("DROP TRIGGER events_no_change ON events",)
    )

    def work(connection: object) -> None:
        for sql in (*guards, *statements):
            connection.execute(text(sql))  # type: ignore[attr-defined]

    desk.store.database.write(work)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        (
            "UPDATE events SET actor = 1 WHERE seq = (SELECT min(seq) FROM events WHERE ticket = 1)",
            "was altered",
        ),
        ("UPDATE events SET at = at + 1 WHERE ticket IS NULL AND kind = 'agent'", "was altered"),
        ("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events WHERE ticket = 2)", "disagree"),
        ("DELETE FROM events WHERE ticket = 3", "the journal has gaps"),
        ("DELETE FROM events WHERE ticket = 3", "#3 has a row but no history"),
        ("UPDATE events SET changes = '[[' WHERE ticket = 1", "#1: its history cannot be replayed"),
    ],
)
def test_a_journal_that_was_tampered_with(desk: Desk, sql: str, says: str) -> None:
    live(desk)
    tamper(desk, sql)
    found = faults(desk)
    assert any(says in fault for fault in found), found
    assert any("not protected against changes" in fault for fault in found)


def test_a_ticket_that_was_deleted(sqlite_desk: Desk) -> None:
    live(sqlite_desk)
    sqlite_desk.store.database.write(
        lambda connection: [
            connection.execute(text(sql))
            for sql in (
                "PRAGMA defer_foreign_keys = ON",
                "DELETE FROM ticket_tags WHERE ticket = 3",
                "DELETE FROM ticket_fields WHERE ticket = 3",
                "DELETE FROM messages WHERE ticket = 3",
                "DELETE FROM tickets WHERE number = 3",
            )
        ]
    )
    found = faults(sqlite_desk)
    assert "#3 has a history but no row" in found
    assert "search finds #3, which is not there" in found


@pytest.mark.parametrize("table", ["ticket_words", "ticket_text"])
def test_a_ticket_that_search_would_not_find(sqlite_desk: Desk, table: str) -> None:
    live(sqlite_desk)
    sqlite_desk.store.database.write(
        lambda connection: connection.execute(text(f"DELETE FROM {table} WHERE rowid = 2"))
    )
    assert faults(sqlite_desk) == ["#2: search would not find it"]


def test_many_slices_are_one_examination(sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    live(sqlite_desk)
    whole = examine(sqlite_desk.store)
    monkeypatch.setattr(health, "of_tickets", partial(health.of_tickets, limit=1))
    assert examine(sqlite_desk.store) == whole


def test_files_that_are_open_to_others(sqlite_desk: Desk, tmp_path: Path) -> None:
    if os.name != "posix":
        pytest.skip("file modes are POSIX")
    file = tmp_path / "desk.db"
    file.chmod(0o640)
    assert f"{file} is open to others (mode 0640): chmod 600 {file}" in faults(sqlite_desk)
    file.chmod(0o600)
    tmp_path.chmod(0o777)
    assert f"{tmp_path} can be written by others (mode 0777): chmod go-w {tmp_path}" in faults(sqlite_desk)


def test_a_file_whose_pages_are_damaged(sqlite_desk: Desk, tmp_path: Path) -> None:
    private(sqlite_desk)
    for number in range(200):
        sqlite_desk.create(subject=f"Ticket {number}")
    sqlite_desk.store.close()
    file = tmp_path / "desk.db"
    size = file.stat().st_size
    with file.open("r+b") as raw:
        for page in range(size // 4096 * 3 // 4, size // 4096 - 2):
            raw.seek(page * 4096)
            raw.write(b"\x5a" * 4096)
    again = open_desk(f"sqlite:///{file}")
    try:
        found = faults(again)
        assert any("damaged" in fault for fault in found), found
    finally:
        again.close()


def test_what_to_do_next() -> None:
    assert Diagnosis("here").advice() == []
    mode = "desk.db is open to others (mode 0644): chmod 600 desk.db"
    assert Diagnosis("here", faults=[mode]).advice() == [
        "next: run the commands above, then deskterm doctor again"
    ]
    told = Diagnosis("here", faults=[mode, *(f"#{n}: its tags" for n in range(25, 2, -1))]).advice()
    assert "restore the last backup" in told[0]
    assert told[1].startswith("tickets not to be relied on until then: #3, #4, ")
    assert told[1].endswith("#22 and 3 more")
    assert len(Diagnosis("here", faults=["reminder 2 has no alarm"]).advice()) == 1


def test_faults_without_end_are_counted() -> None:
    found = Diagnosis("here")
    for number in range(250):
        found.add(f"fault {number}")
    assert (len(found.faults), found.more) == (100, 150)
    assert "wrong: and 150 more of the like" in found.text()
    assert found.as_dict()["more_faults"] == 150


def ruled(desk: Desk) -> Store:
    """The desk under rules that did something: a webhook, a guard that stopped one, and times to come."""
    rules = (
        Rule("Tell", On.UPDATE, "", (Action("webhook", "https://x.example/hook"),), ("created",)),
        Rule("Noted", On.UPDATE, "", (Action("note", "noted"),), ("note",)),
        Rule("Old", On.TIME, "", (Action("tag", "old"),), since="created", after=50 * 3600),
    )
    store = Store(Database(desk.url), DESK, clock=desk.clock, policy=Policy(rules=rules))
    desk.others.append(store)
    for number in (1, 2):
        store.dispatch(c.Create(f"Ticket {number}", "a@b.example", queue="payments"), actor=desk.actors["bo"])
    for _ in range(11):
        store.dispatch(c.Note((1,), "hm"), actor=desk.actors["bo"])
    return store


RULES_SPOILED = (
    ("DELETE FROM firings WHERE ticket = 2", "#2: what rules did to it is not counted"),
    ("UPDATE firings SET stopped = NOT stopped WHERE ticket = 1", "#1: what rules did to it is not counted"),
    ("UPDATE outbox SET state = 'cancelled' WHERE ticket = 2", "#2: webhook 2 is cancelled, and its history"),
    ("DELETE FROM due WHERE what = 'rule:Old' AND ticket = 1", "#1: the rule Old would never be asked"),
    (
        "UPDATE due SET what = 'rule:Gone' WHERE what = 'rule:Old' AND ticket = 2",
        "#2: it waits for the rule Gone",
    ),
)


@pytest.mark.parametrize(("sql", "says"), RULES_SPOILED)
def test_what_rules_left_behind(desk: Desk, sql: str, says: str) -> None:
    store = ruled(desk)
    private(desk)
    assert examine(store).faults == []
    spoil(desk, sql)
    assert any(says in fault for fault in examine(store).faults)


def test_what_rules_left_is_sound_after_they_fired_too(desk: Desk) -> None:
    store = ruled(desk)
    private(desk)
    desk.clock.forward(hours=51)
    store.run_due()
    store.dispatch(c.Create("one more", "a@b.example", queue="payments"), actor=desk.actors["bo"])
    store.dispatch(c.Undo(), actor=desk.actors["bo"])
    assert examine(store).faults == []


def test_a_desk_that_is_being_written_is_not_called_damaged(sqlite_desk: Desk) -> None:
    private(sqlite_desk)
    numbers = [sqlite_desk.create(text=f"It fails {at}") for at in range(20)]
    ended = threading.Event()

    def write() -> None:
        at = 0
        while not ended.is_set():
            at += 1
            sqlite_desk.do("bo", c.Note((numbers[at % 20],), f"note {at} about other things"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert [fault for _ in range(15) for fault in faults(sqlite_desk)] == []
    finally:
        ended.set()
        writer.join()


def test_what_others_wrote_since_is_not_called_damaged(sqlite_desk: Desk) -> None:
    """Each connection remembers the search index as it was when it last looked into it."""
    private(sqlite_desk)
    stores = [sqlite_desk.store, sqlite_desk.seen_by("alice"), sqlite_desk.seen_by("alice")]
    number = sqlite_desk.create(text="It fails")
    for at in range(60):
        stores[at % 2].dispatch(c.Note((number,), f"note {at}"), actor=sqlite_desk.actors["alice"])
        assert [fault for store in stores for fault in examine(store).faults] == [], at


@pytest.mark.parametrize("table", ["ticket_words", "ticket_text"])
def test_a_search_index_that_is_damaged_stays_a_fault(sqlite_desk: Desk, table: str) -> None:
    live(sqlite_desk)
    spoil(sqlite_desk, f"DELETE FROM {table}_data WHERE id > 10")
    assert any("fts5" in fault and table in fault for fault in faults(sqlite_desk))


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("DELETE FROM due WHERE what = 'hold'", "#3: the end of its hold has no alarm and would never ring"),
        ("UPDATE due SET at = at + 1 WHERE what = 'hold'", "#3: an alarm would end a hold that it has not"),
        (
            "INSERT INTO holds VALUES (2, 1, 1, false), (3, 1, 1, false)",
            "work next keeps more than one ticket",
        ),
        ("UPDATE outbox SET state = 'lost' WHERE id = 1", "1 in the outbox is in no state that there is"),
        ("UPDATE outbox SET state = 'sending' WHERE id = 1", "1 in the outbox is being sent by nobody"),
        ("UPDATE outbox SET lease = 'x' WHERE id = 1", "kept by a process that is not sending it"),
        (
            "UPDATE outbox SET next_at = NULL WHERE id = 1",
            "1 in the outbox waits, and no time says until when",
        ),
        ("UPDATE outbox SET state = 'sent' WHERE id = 1", "1 in the outbox was sent, and no time says when"),
        ("UPDATE outbox SET ticket = 2 WHERE id = 1", "carries a message of another ticket"),
        ("UPDATE outbox SET message_id = 'x@y' WHERE id = 1", "no answer would find its ticket"),
        ("DELETE FROM blob_chunks", "mail 1 in quarantine has lost its bytes"),
        ("UPDATE quarantine SET state = 'odd'", "mail 1 in quarantine is in no state that there is"),
        ("UPDATE quarantine SET state = 'stored'", "mail 1 in quarantine was stored, and no ticket is named"),
    ],
)
def test_what_waits_beside_the_tickets(desk: Desk, sql: str, says: str) -> None:
    private(desk)
    desk.do("dana", c.ApplyPolicy('[mail]\nfrom = "s@desk.example"\n'))
    for _ in range(3):
        desk.create()
    desk.do("bo", c.ChangeState((3,), State.HOLD, "vendor", desk.clock() + timedelta(days=1)))
    desk.do("bo", c.Reply((1,), "We are on it"))
    desk.store.set_aside(b"bytes", "too deep")
    assert faults(desk) == []
    desk.store.database.write(lambda connection: connection.execute(text(sql)))
    assert any(says in fault for fault in faults(desk)), faults(desk)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("DELETE FROM requester_words WHERE word = 'ana@northwind.example'", "cannot be searched by name"),
        ("INSERT INTO requester_words SELECT 'eve', id FROM requesters", "cannot be searched by name"),
        ("UPDATE requesters SET name = 'Bea Ruiz' WHERE name <> ''", "cannot be searched by name"),
    ],
)
def test_people_whom_a_search_by_name_would_miss(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, sql: str, says: str
) -> None:
    private(desk)
    monkeypatch.setattr(requester_words, "CHECKED", 2)
    for name in ("Ana Ruiz", "Ben Ode", "Cleo Ito"):
        address = f"{name.split()[0].lower()}@northwind.example"
        desk.create(requester_name=name, requester_address=address)
    assert faults(desk) == []
    desk.store.database.write(lambda connection: connection.execute(text(sql)))
    assert any(says in fault for fault in faults(desk)), faults(desk)
