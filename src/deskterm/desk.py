"""The composition root: opens a desk's database and store for whoever is at the terminal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING

from deskterm.domain.errors import NotFound
from deskterm.domain.people import DESK, Actor, Agent
from deskterm.machine import os_user, utc_now
from deskterm.storage.database import Database
from deskterm.store.store import Store

if TYPE_CHECKING:
    from deskterm.channels.mail.fetching import Fetchers
    from deskterm.channels.mail.reader import MailReader
    from deskterm.channels.mail.sender import Senders
    from deskterm.config import Config
    from deskterm.domain.delivery import Mailbox
    from deskterm.domain.mail import Mail
    from deskterm.scheduler import Scheduler
    from deskterm.storage.people import Directory


class Desk:
    """An open desk. Use it as a context manager; `close` stops its scheduler and gives the database back."""

    def __init__(self, store: Store, config: Config | None = None) -> None:
        self.store = store
        self.config = config
        self._scheduler: Scheduler | None = None
        self._reader: MailReader | None = None
        self._fetchers: Fetchers | None = None
        self._senders: Senders | None = None
        self._closed = False
        store.read_mail = self._read_mail
        store.mailbox_named = self.mailbox

    @classmethod
    def open(
        cls, config: Config, *, clock: Callable[[], datetime] = utc_now, via: str = "cli", create: bool = True
    ) -> Desk:
        """Open the configured desk as the configured agent. Raises StorageError, NotFound for no such agent.

        A desk without agents is opened as the desk itself: only setting it up makes sense there.
        """
        database = Database(config.db, create=create)
        store = Store(database, DESK, clock=clock, zone=config.zone())
        try:
            store.actor = who(store.people(), config.agent, via)
        except BaseException:
            store.close()
            raise
        return cls(store, config)

    def mailbox(self, name: str) -> Mailbox | None:
        """Return a configured mailbox, None for one that is not. Raises UsageError."""
        found = self.config.mailboxes() if self.config is not None else ()
        return next((one.mailbox for one in found if one.mailbox.name == name), None)

    def _read_mail(self, raw: bytes) -> Mail:
        if self._reader is None:
            from deskterm.channels.mail.reader import MailReader

            self._reader = MailReader()
        return self._reader.read(raw)

    def start_scheduler(self, is_answering: Callable[[], bool] = lambda: False) -> Scheduler:
        """Ring for due work in the background until the desk is closed; see Scheduler for `is_answering`."""
        from deskterm.recounter import Recounter
        from deskterm.scheduler import Scheduler

        if self._scheduler is None:
            apart = Recounter(self.store.database)
            self._scheduler = Scheduler(self.store, present=True, is_answering=is_answering, apart=apart)
            self._scheduler.start()
        return self._scheduler

    def start_fetching(self) -> int:
        """Fetch the configured mailboxes in the background until the desk is closed; returns how many.

        Each is fetched by one process at a time, whichever has its lease. Raises UsageError.
        """
        wanted = [one for one in self.config.mailboxes() if one.account] if self.config is not None else []
        if wanted and self._fetchers is None:
            import socket
            import time
            from random import SystemRandom
            from secrets import token_hex

            from deskterm.channels.mail.fetching import Fetcher, Fetchers

            holder = f"{socket.gethostname()}:{token_hex(8)}"
            found = [
                Fetcher(self.store, one, holder, monotonic=time.monotonic, chance=SystemRandom())
                for one in wanted
            ]
            self._fetchers = Fetchers(found)
            self._fetchers.start()
        return len(wanted)

    def start_sending(self) -> int:
        """Send what waits, by the configured servers, until the desk is closed; returns how many those are.

        Webhooks need none. Every mail is sent by one process, whichever takes it. Raises UsageError.
        """
        if self.config is None or self._senders is not None or self._closed:
            return 0
        servers, hooks = self.config.servers(), self.config.webhook_config()
        import socket
        import time
        from random import SystemRandom
        from secrets import token_hex

        from deskterm.channels.mail.sender import MailWorker, Senders, Worker
        from deskterm.channels.webhooks import HookWorker

        holder, chance = f"{socket.gethostname()}:{token_hex(8)}", SystemRandom()
        workers: list[Worker] = [HookWorker(self.store, hooks, holder, chance=chance)]
        for server in servers:
            # A server that names its senders takes theirs alone; the one that names none takes what is left.
            others = () if server.senders else tuple(one for each in servers for one in each.senders)
            workers.append(
                MailWorker(self.store, server, holder, chance=chance, monotonic=time.monotonic, others=others)
            )
        self._senders = Senders(self.store, workers)
        self._senders.start()
        return len(servers)

    def close(self) -> None:
        """Stop what sends and fetches, the scheduler and the feed, and give the database back."""
        self._closed = True
        if self._senders is not None:
            self._senders.stop()
        if self._fetchers is not None:
            self._fetchers.stop()
        if self._scheduler is not None:
            self._scheduler.stop()
        if self._reader is not None:
            self._reader.close()
        self.store.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def who(known: Directory, wanted: str, via: str) -> Actor:
    """Return who acts (CONTRACT section 1): the named agent, else the one whose login is the system's user.

    Whoever names somebody else is kept in the trail ("bo as alice"). Raises NotFound naming the agents.
    """
    working = {agent.login: agent for agent in known.agents.values() if agent.active}
    if not working:
        return Actor(None, "setup")
    user = os_user()
    found: Agent | None = known.agent(wanted or user)
    if found is None or not found.active:
        name = wanted or user
        logins = sorted(working)
        listed = ", ".join(logins[:12]) + (f" and {len(logins) - 12} more" if len(logins) > 12 else "")
        raise NotFound(
            f"no agent is called {name!r}",
            field="agent",
            hint=f"agents: {listed}; act as one with --as NAME; an admin adds one: deskterm agent add {name}",
        )
    return Actor(found, via, user if wanted and found.login != user else "")
