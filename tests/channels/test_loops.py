"""Two desks, an out-of-office, a list and a dead address mailing each other for a day: no loop, no flood."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from deskterm.channels.mail.parsing import parse_mail
from deskterm.channels.mail.rendering import render
from deskterm.domain import commands as c
from deskterm.domain.delivery import Mailbox
from deskterm.domain.outgoing import Outgoing
from deskterm.store.posting import Result
from tests.outgoing import next_mail
from tests.small_desk import Clock, Desk, copy_of, open_desk

ONE, TWO = "support@one.example", "help@two.example"
AWAY, LIST, DEAD, ANA = "away@corp.example", "all@lists.example", "gone@corp.example", "ana@northwind.example"
SPAN = timedelta(minutes=5)


class Post:
    """Carries mail between the desks and everybody else, by the minute."""

    def __init__(self, desks: dict[str, Desk], clock: Clock, *, strip: bool) -> None:
        self.desks = desks
        self.clock = clock
        self.strip = strip
        self.automatic: dict[tuple[str, str], list[datetime]] = defaultdict(list)
        self.sent: dict[str, int] = defaultdict(int)
        self.said: set[str] = set()
        self.waiting: list[tuple[str, bytes]] = []
        self.people: dict[str, Callable[[str, Outgoing], None]] = {
            AWAY: self._away,
            LIST: self._list,
            DEAD: self._dead,
        }
        self.count = 0

    def minute(self) -> None:
        """Let everybody send what is due, and everybody get what was sent."""
        for address, desk in self.desks.items():
            desk.store.run_due()
            while (mail := next_mail(desk.store, "post", SPAN)) is not None:
                desk.store.settle_outgoing(mail.number, "post", Result(sent=True), 0)
                self.sent[address] += 1
                self.said.add(mail.text.split("[ref:")[0] if mail.automatic else "")
                for to in mail.envelope:
                    if mail.automatic:
                        self.automatic[address, to].append(self.clock.at)
                    self._carried(to, address, mail)
        waiting, self.waiting = self.waiting, []
        for to, raw in waiting:
            self.arrives(to, raw)

    def _carried(self, to: str, sender: str, mail: Outgoing) -> None:
        raw = render(mail)
        if self.strip:
            # The worst gateway: it throws every header away that says a machine wrote this.
            head, _, body = raw.partition(b"\r\n\r\n")
            kept = [
                line
                for line in head.split(b"\r\n")
                if not line.lower().startswith((b"auto-submitted", b"precedence", b"x-auto-response"))
            ]
            raw = b"\r\n".join(kept) + b"\r\n\r\n" + body
        elif mail.automatic:
            raw = b"Return-Path: <>\r\n" + raw
        if to in self.desks:
            self.waiting.append((to, raw))
        elif to in self.people:
            self.people[to](sender, mail)

    def arrives(self, to: str, raw: bytes) -> None:
        """Hand a mail to a desk."""
        self.desks[to].store.receive_mail(parse_mail(raw), raw, Mailbox("box", "network", (to,)))

    def write(self, sender: str, to: str, text: str, *more: str) -> None:
        """Write a mail from outside."""
        self.count += 1
        head = (f"Message-ID: <{self.count}@outside.example>", f"From: {sender}", f"To: {to}", *more)
        subject = () if any(line.startswith("Subject") for line in more) else ("Subject: Hello",)
        raw = "\r\n".join((*head, *subject, "", text)).encode()
        self.waiting.append((to, raw))

    def _away(self, sender: str, mail: Outgoing) -> None:
        # An old responder: no header says what it is, and it answers everything.
        self.write(AWAY, sender, "I am away", f"In-Reply-To: <{mail.message_id}>", "Subject: On holiday")

    def _list(self, sender: str, mail: Outgoing) -> None:
        # A list sends everything back to all, the desk among them, under its own address.
        self.write(LIST, sender, mail.text, f"Subject: [all] {mail.subject}")

    def _dead(self, sender: str, mail: Outgoing) -> None:
        report = (
            "Return-Path: <>",
            "Auto-Submitted: auto-replied",
            "Subject: Undelivered Mail Returned to Sender",
            f"In-Reply-To: <{mail.message_id}>",
        )
        self.write("MAILER-DAEMON@corp.example", sender, "550 5.1.1 no such user " + DEAD, *report)


@pytest.fixture
def desks(furnished_file: Path, tmp_path: Path) -> Iterator[tuple[Desk, Desk]]:
    found = tuple(open_desk(copy_of(furnished_file, tmp_path / f"{name}.db")) for name in ("one", "two"))
    for desk, address in zip(found, (ONE, TWO), strict=True):
        rule = '[[rules]]\nname = "busy"\non = "update"\nevents = ["changed:message"]\n'
        rule += 'do = [{ reply = "We are on it." }]\n'
        # What rules solve and escalate, and what answers that reopens, goes round as well.
        rule += '[[rules]]\nname = "up"\non = "time"\nsince = "received"\nafter = "20m"\n'
        rule += 'do = [{ escalate = "lead", text = "late" }]\n'
        rule += '[[rules]]\nname = "done"\non = "time"\nsince = "received"\nafter = "70m"\n'
        rule += 'do = [{ solve = "fixed", text = "by itself" }]\n'
        desk.do(
            "dana",
            c.ApplyPolicy(
                f'[mail]\nfrom = "{address}"\nundo_send = "off"\nescalated = "Up {{ticket.number}}"\n' + rule
            ),
        )
    yield found[0], found[1]
    for desk in found:
        desk.close()


@pytest.mark.slow
@pytest.mark.parametrize("strip", [False, True], ids=["honest", "headers stripped"])
def test_a_day_of_machines_is_no_more_than_one_automatic_mail_an_hour_to_each(
    desks: tuple[Desk, Desk], strip: bool
) -> None:
    one, two = desks
    clock = one.clock
    two.clock = clock
    two.store._dispatcher.clock = clock
    post = Post({ONE: one, TWO: two}, clock, strip=strip)
    for minute in range(24 * 60):
        if minute % 180 == 0:
            # Somebody lets the desks talk to each other, and everybody write to both.
            for desk, other in ((one, TWO), (two, ONE)):
                number = desk.create(requester_address=other, queue="network")
                desk.do("bo", c.Reply((number,), "Please look at this"))
            for sender in (AWAY, LIST, DEAD, ANA):
                for desk_address in (ONE, TWO):
                    post.write(sender, desk_address, "It fails again")
        post.minute()
        clock.forward(minutes=1)
    for (_, _), times in post.automatic.items():
        for at in times:
            assert sum(at - timedelta(hours=1) < each <= at for each in times) == 1
    assert post.automatic[ONE, ANA]
    for words in ("we have received", "We are on it", "Up ", "marked your request"):
        assert any(words in said for said in post.said), words
    assert sum(post.sent.values()) < 24 * 2 * 8
    for desk in desks:
        assert desk.store.count("is:any") < 400
