"""Fetching a mailbox: one process at a time, each mail stored before it is marked, none twice, none lost."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from deskterm.channels.mail.credentials import credential_of
from deskterm.channels.mail.imap import ImapSession, Offered, failures
from deskterm.channels.mail.intake import take
from deskterm.channels.mail.mime import MAIL_LIMIT
from deskterm.domain.errors import DeskError, StorageError
from deskterm.domain.plain import clean_line

if TYPE_CHECKING:
    from deskterm.domain.delivery import Mailbox
    from deskterm.mail_config import MailboxConfig
    from deskterm.store.store import Store

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""How long after its last sign of life a process is taken to be dead, and another fetches."""

RENEWED = 4
"""How often a lease is renewed while it lasts."""

IDLE_SECONDS = 540.0
"""A connection that waits is used again after so long: servers cut those that say nothing."""

LOOK_SECONDS = 1.0
"""How often a waiting thread looks whether it is to end."""

MARKED_AT_ONCE = 20
"""Stored mails that are marked as seen with one command; a kill before it costs a look, no second message."""

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
"""Seconds before a failed connection is tried again: doubled each time, with jitter."""


class LostLease(Exception):
    """Another process fetches this mailbox now."""


class Fetcher:
    """Fetches one mailbox until it is ended. `monotonic` measures waiting; chance spreads retries."""

    def __init__(
        self,
        store: Store,
        config: MailboxConfig,
        holder: str,
        *,
        monotonic: Callable[[], float],
        chance: Random,
        span: timedelta = LEASE,
    ) -> None:
        assert config.account is not None
        self.store = store
        self.mailbox: Mailbox = config.mailbox
        self.account = config.account
        self.holder = holder
        self.trouble = ""
        self._monotonic = monotonic
        self._chance = chance
        self._span = span
        self._renew_seconds = span.total_seconds() / RENEWED
        self._ended = threading.Event()
        self._renewed = float("-inf")
        self._pause = FIRST_PAUSE
        self._taken: set[tuple[int, int]] = set()

    @property
    def lease(self) -> str:
        """The name under which one process has the right to fetch."""
        return f"mailbox:{self.mailbox.name}"

    def end(self) -> None:
        """Stop after the mail at hand."""
        self._ended.set()

    def run(self) -> None:
        """Fetch until ended, through whatever breaks."""
        broken: tuple[type[Exception], ...] = (DeskError, *failures())
        while not self._ended.is_set():
            try:
                if not self._hold():
                    self._ended.wait(self._renew_seconds)
                    continue
                self._session()
            except LostLease:
                continue
            except broken as error:
                self._broken(error)
        self._let_go()

    def once(self) -> int:
        """Fetch what is there and return how many mails that was. Raises DeskError and `failures`."""
        if not self._hold():
            return 0
        with ImapSession(self.account, credential_of(self.account)) as session:
            count = self._fetch(session)
        self._let_go()
        return count

    # One connection

    def _session(self) -> None:
        with ImapSession(self.account, credential_of(self.account)) as session:
            if self.trouble:
                log.warning("mailbox %s is reached again", self.mailbox.name)
            self.trouble, self._pause = "", FIRST_PAUSE
            while not self._ended.is_set():
                self._fetch(session)
                self._wait(session)

    def _wait(self, session: ImapSession) -> None:
        """Wait for new mail: told by the server where it can, else until it is time to ask again."""
        if not session.can_idle:
            self._rest(float(self.account.poll_seconds))
            if not self._ended.is_set():
                session.still_there()
            return
        session.idle()
        until = self._monotonic() + IDLE_SECONDS
        while not self._ended.is_set() and self._monotonic() < until:
            if session.heard(LOOK_SECONDS):
                break
            self._keep()
        session.idle_no_more()

    def _rest(self, seconds: float) -> None:
        until = self._monotonic() + seconds
        while not self._ended.is_set() and (left := until - self._monotonic()) > 0:
            self._ended.wait(min(left, self._renew_seconds))
            self._keep()

    # Mails

    def _fetch(self, session: ImapSession) -> int:
        """Take in what is new, in the order of the server; returns how many mails that was.

        What came after the last mail that was taken in is new even when somebody has read it elsewhere. In a
        folder that is new here, or was made anew there, only what nobody has seen is.
        """
        known = self.store.mailbox_place(self.mailbox.name)
        last = known[1] if known is not None and known[0] == session.uid_validity else None
        unseen = set(session.unseen())
        # What a server does not let us mark is not fetched again and again.
        self._taken = {one for one in self._taken if one[0] == session.uid_validity and one[1] in unseen}
        wanted = {uid for uid in unseen if (session.uid_validity, uid) not in self._taken}
        place = session.last_uid() if last is None else last
        if last is not None:
            wanted.update(session.after(last))
        count = 0
        done: list[int] = []
        for offered in session.sizes(sorted(wanted)):
            if self._ended.is_set():
                break
            self._keep()
            self._one(session, offered)
            self._taken.add((session.uid_validity, offered.uid))
            count += 1
            done.append(offered.uid)
            if len(done) >= MARKED_AT_ONCE:
                session.mark_seen(done)
                if last is not None and done[-1] > place:
                    place = done[-1]
                    self.store.keep_mailbox_place(self.mailbox.name, session.uid_validity, place)
                done = []
        session.mark_seen(done)
        if not self._ended.is_set():
            place = max([place, *done])
            if place != last:
                self.store.keep_mailbox_place(self.mailbox.name, session.uid_validity, place)
        return count

    def _one(self, session: ImapSession, offered: Offered) -> None:
        if offered.size > MAIL_LIMIT:
            self._too_large(session, offered)
            return
        raw = session.bytes_of(offered.uid)
        if raw is not None:
            take(self.store, raw, self.mailbox)

    def _too_large(self, session: ImapSession, offered: Offered) -> None:
        """Leave the mail on the server and put its head into quarantine."""
        head = session.head_of(offered.uid)
        if head is None:
            return
        sender = subject = ""
        if self.store.read_mail is not None:
            try:
                mail = self.store.read_mail(head)
                sender, subject = mail.sender.address if mail.sender is not None else "", mail.subject
            except StorageError:
                raise
            except DeskError:
                log.info("the head of a large mail cannot be read")
        size = f"{offered.size / 1024 / 1024:,.0f} MB, more than {MAIL_LIMIT // (1024 * 1024)}"
        self.store.set_aside(
            head,
            f"too large: {size}; it is still on the server",
            self.mailbox,
            sender=sender,
            subject=subject,
            size=offered.size,
        )

    # The lease

    def _hold(self) -> bool:
        held = self.store.take_lease(self.lease, self.holder, self._span)
        self._renewed = self._monotonic()
        return held

    def _keep(self) -> None:
        """Show that this process is alive. Raises LostLease when another has taken over."""
        if self._monotonic() - self._renewed >= self._renew_seconds and not self._hold():
            raise LostLease

    def _let_go(self) -> None:
        try:
            self.store.give_lease_back(self.lease, self.holder)
        except DeskError as error:
            log.warning("the lease of %s ends by itself: %s", self.mailbox.name, error)

    def _broken(self, error: Exception) -> None:
        """Say once what is wrong, and wait a little longer each time."""
        words = clean_line(f"{error}" or type(error).__name__, 300)
        if words != self.trouble:
            log.warning("mailbox %s waits: %s", self.mailbox.name, words)
        self.trouble = words
        pause = self._pause * (0.5 + self._chance.random())
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._ended.wait(pause)


class Fetchers:
    """A thread for each mailbox that is fetched."""

    def __init__(self, fetchers: list[Fetcher]) -> None:
        self.fetchers = fetchers
        self._threads = [
            threading.Thread(target=one.run, name=f"mailbox {one.mailbox.name}", daemon=True)
            for one in fetchers
        ]

    def start(self) -> None:
        """Begin fetching."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """End after the mails at hand; a server that does not answer is not waited for."""
        for one in self.fetchers:
            one.end()
        for thread in self._threads:
            thread.join(seconds)
