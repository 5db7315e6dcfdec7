"""Sending what waits: one thread a server, so that a dead one blocks no agent and no other mail."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Protocol

from deskterm.channels.mail.credentials import credential_of
from deskterm.channels.mail.rendering import render
from deskterm.channels.mail.smtp import BROKEN, SmtpSession, Unreachable, said
from deskterm.domain.errors import DeskError, StorageError
from deskterm.domain.outgoing import MAIL, Outgoing
from deskterm.store.posting import Result

if TYPE_CHECKING:
    from deskterm.domain.lists import Notice
    from deskterm.smtp_config import SmtpServer
    from deskterm.store.store import Store

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""How long a process may be at one mail; then it is taken to be dead, and another sends it."""

LOOK_SECONDS = 30.0
"""How often a thread looks by itself: a clock that was put right is noticed within this time."""

SHORTEST_LOOK = 0.05

TOGETHER = 20
"""Mails that a server's thread takes and tells of in one transaction."""

FRESH_SECONDS = 5.0
"""How long such mails may be out: what was not come to then is given back."""

SENT = Result(sent=True)
"""A server has taken a mail, for everybody, and has said nothing besides."""

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 120.0
"""Seconds before a server that cannot be used is tried again: doubled each time, with jitter."""

RETRIED = "mail_retried"


class Worker(Protocol):
    """Something that sends one kind of thing until it is ended."""

    kind: str

    def all_due(self) -> int:
        """Send all that is due, and return how much that was."""

    def lift(self) -> None:
        """Try at once again."""

    def rest_seconds(self) -> float:
        """Return how long nothing is to be tried."""


class MailWorker:
    """Sends by one server. `others` are senders whose mail another server takes."""

    kind = MAIL

    def __init__(
        self,
        store: Store,
        server: SmtpServer,
        holder: str,
        *,
        chance: Random,
        monotonic: Callable[[], float],
        others: tuple[str, ...] = (),
        span: timedelta = LEASE,
    ) -> None:
        self.store = store
        self.server = server
        self.holder = holder
        self.trouble = ""
        self._chance = chance
        self._monotonic = monotonic
        self._others = others
        self._span = span
        self._pause = FIRST_PAUSE
        self._until = float("-inf")
        self._unsettled: list[tuple[int, Result]] = []

    def lift(self) -> None:
        """Try at once again: somebody asked for it."""
        self._until = float("-inf")

    def rest_seconds(self) -> float:
        """Return how long the server is left alone."""
        return max(0.0, self._until - self._monotonic())

    def all_due(self) -> int:
        """Send all that is due over one connection, and return how many mails were."""
        for number, result in tuple(self._unsettled):
            self.store.settle_outgoing(number, self.holder, result, self._chance.random())
            self._unsettled.remove((number, result))
        if self.rest_seconds() > 0:
            return 0
        count, mails = 0, self._next()
        if not mails:
            return 0
        try:
            login = credential_of(self.server) if self.server.user else None
            session = SmtpSession(self.server, login)
        except (Unreachable, DeskError) as error:
            self._unusable(mails, str(error))
            return 0
        self._usable()
        broken = ""
        with session:
            while mails and not broken:
                sent, broken = self._some(session, mails)
                count += sent
                mails = () if broken else self._next()
        if broken:
            self._back_off(broken)
        return count

    def _some(self, session: SmtpSession, mails: Sequence[Outgoing]) -> tuple[int, str]:
        """Send mails that were taken together; returns how many, and what broke the connection.

        What a server has taken is kept at once, so that it never leaves twice, and told for all together.
        What is not come to is given back: after a refusal, since others may be for the same address, and
        after some seconds, since meanwhile an address may have died, or somebody wants to take a mail out.
        """
        until = self._monotonic() + FRESH_SECONDS
        left, sent, count = list(mails), list[Outgoing](), 0
        try:
            while left and self._monotonic() < until:
                mail = left.pop(0)
                result, broken = self._sent(session, mail)
                count += result.sent
                if result != SENT:
                    self._settle(mail, result)
                    return count, broken
                sent.append(mail)
                if left:
                    self._mark(mail)
        finally:
            self._all_settled(sent, left)
        return count, ""

    def _sent(self, session: SmtpSession, mail: Outgoing) -> tuple[Result, str]:
        """Return what became of a mail, and what broke the connection, "" when it holds."""
        try:
            raw = render(mail, [(file, self.store.file_bytes(file.digest)) for file in mail.files])
        except DeskError as error:
            return Result(permanent=True, words=error.message), ""
        except Exception as error:
            # Whatever a mail does to the renderer, it stands in no other mail's way.
            log.warning("mail %d cannot be written: %s", mail.number, said(error))
            return Result(permanent=True, words=f"it cannot be written: {said(error)}"), ""
        try:
            return session.send(mail, raw), ""
        except BROKEN as error:
            session.drop()
            return Result(words=said(error)), said(error)

    def _next(self) -> tuple[Outgoing, ...]:
        return self.store.next_mails(
            self.holder,
            self._span,
            senders=self.server.senders or None,
            not_senders=self._others,
            most=TOGETHER,
        )

    def _mark(self, mail: Outgoing) -> None:
        try:
            self.store.mark_sent(mail.number, self.holder)
        except StorageError:
            self._unsettled.append((mail.number, SENT))
            raise

    def _all_settled(self, sent: list[Outgoing], left: list[Outgoing]) -> None:
        """Tell of what was sent, and give back what was not tried."""
        try:
            if sent:
                self.store.settle_sent([mail.number for mail in sent], self.holder)
        except StorageError:
            known = {number for number, _ in self._unsettled}
            self._unsettled += [(mail.number, SENT) for mail in sent if mail.number not in known]
            raise
        if left:
            self.store.give_back([mail.number for mail in left], self.holder)

    def _settle(self, mail: Outgoing, result: Result) -> None:
        try:
            self.store.settle_outgoing(mail.number, self.holder, result, self._chance.random())
        except StorageError:
            # What has left must not leave again: it is said as soon as the storage takes it.
            self._unsettled.append((mail.number, result))
            raise

    def _unusable(self, mails: Sequence[Outgoing], words: str) -> None:
        self._settle(mails[0], Result(words=f"{self.server.name}: {words}"))
        if mails[1:]:
            self.store.give_back([mail.number for mail in mails[1:]], self.holder)
        self._back_off(words)

    def _back_off(self, words: str) -> None:
        if words != self.trouble:
            log.warning("mail server %s: %s", self.server.name, words)
        self.trouble = words
        self._until = self._monotonic() + self._pause * (1 + self._chance.random() / 2)
        self._pause = min(LONGEST_PAUSE, self._pause * 2)

    def _usable(self) -> None:
        if self.trouble:
            log.warning("mail server %s is reached again", self.server.name)
        self.trouble, self._pause = "", FIRST_PAUSE


class Senders:
    """The threads of a process that send, woken by every commit: something may have been put there."""

    def __init__(self, store: Store, workers: list[Worker]) -> None:
        self.store = store
        self._workers = workers
        self._woken = [threading.Event() for _ in workers]
        self._ended = False
        self._threads = [
            threading.Thread(target=self._run, args=(worker, woken), name=f"send-{at}", daemon=True)
            for at, (worker, woken) in enumerate(zip(workers, self._woken, strict=True))
        ]
        self._silence: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin sending."""
        self._silence = self.store.subscribe(self._heard)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after what is being sent; what waits is in the database."""
        self._ended = True
        self._silence()
        for woken in self._woken:
            woken.set()
        for thread in self._threads:
            thread.join(timeout=10)

    def _heard(self, notice: Notice) -> None:
        if any(event.kind == RETRIED for event in notice.events):
            for worker in self._workers:
                worker.lift()
        for woken in self._woken:
            woken.set()

    def _run(self, worker: Worker, woken: threading.Event) -> None:
        while not self._ended:
            woken.clear()
            try:
                worker.all_due()
                wait = self._wait(worker)
            except DeskError as error:
                log.warning("the outbox waits: %s", error)
                wait = 1.0
            except Exception:
                # A thread that ends silently would be mail that nobody sends and nobody misses.
                log.exception("sending failed")
                wait = LOOK_SECONDS
            if not self._ended:
                woken.wait(wait)

    def _wait(self, worker: Worker) -> float:
        rest = worker.rest_seconds()
        due = self.store.next_outgoing(worker.kind)
        left = (due - self.store.now()).total_seconds() if due is not None else LOOK_SECONDS
        # What is due and still there is another process's, or waits for a server.
        return max(SHORTEST_LOOK if left > 0 else 1.0, min(LOOK_SECONDS, left), min(rest, LOOK_SECONDS))
