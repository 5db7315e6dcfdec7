"""One run's desk: opened when a verb first asks for it, and what the words typed name on it."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from deskterm.cli.output import Output
from deskterm.domain.errors import NotFound, Refused, UsageError

if TYPE_CHECKING:
    from deskterm.config import Config
    from deskterm.desk import Desk
    from deskterm.domain.people import Agent, Queue
    from deskterm.domain.views import Outcome
    from deskterm.store.store import Store

STDIN_LIMIT = 8_000_000
"""Bytes read from a pipe: far beyond the longest message a desk takes."""


class Session:
    """What a verb works with: `options` as typed, `out` to speak through, the store, and look-ups."""

    def __init__(self, options: Namespace, out: Output) -> None:
        self.options = options
        self.out = out
        self.create = False
        self._desk: Desk | None = None

    @cached_property
    def config(self) -> Config:
        """The configuration. Raises UsageError."""
        from deskterm.config import load

        options = self.options
        return load(
            db=options.db,
            agent=options.agent,
            file=options.config,
            layout=options.layout,
            theme=options.theme,
        )

    @property
    def store(self) -> Store:
        """The desk, as the acting agent. Raises StorageError, NotFound when nobody is called so."""
        if self._desk is None:
            from deskterm.desk import Desk

            self._desk = Desk.open(self.config, create=self.create)
        return self._desk.store

    @property
    def has_desk(self) -> bool:
        """Say whether the configured desk is there already; a server's is taken to be."""
        from deskterm.storage.database import database_url

        url = database_url(self.config.db)
        if url.get_backend_name() != "sqlite":
            return True
        path = Path(str(url.database))
        return path.exists() and (not path.is_file() or path.stat().st_size > 0)

    @property
    def desk(self) -> Store:
        """The desk as the desk itself, whoever asks: for what needs access to the database and no agent."""
        if self._desk is None:
            from deskterm.desk import Desk
            from deskterm.domain.people import DESK
            from deskterm.machine import utc_now
            from deskterm.storage.database import Database
            from deskterm.store.store import Store

            database = Database(self.config.db, create=self.create)
            store = Store(database, DESK, clock=utc_now, zone=self.config.zone())
            self._desk = Desk(store, self.config)
        return self._desk.store

    @property
    def opened(self) -> Desk:
        """The desk that `desk` opened, for what runs beside its store."""
        assert self._desk is not None
        return self._desk

    @property
    def writer(self) -> Store:
        """The store, for a verb that changes tickets. Raises Refused on a desk where nobody works."""
        if self.store.actor.agent is None:
            raise Refused(
                "nobody works on this desk yet",
                field="agent",
                hint="deskterm agent add LOGIN, then deskterm queue add NAME; or open it once: deskterm",
            )
        return self.store

    def close(self) -> None:
        """Give the desk back."""
        if self._desk is not None:
            self._desk.close()
            self._desk = None

    # What was typed

    def number(self, text: str = "") -> int:
        """Return the one ticket that was named. Raises UsageError, NotFound."""
        numbers = self.numbers(text)
        if len(numbers) != 1:
            raise UsageError("one ticket at a time here", field="ticket")
        return numbers[0]

    def numbers(self, text: str = "") -> tuple[int, ...]:
        """Return the tickets that were named, as 1042, #1042 or 12,15. Raises UsageError, NotFound."""
        typed = text or str(self.options.numbers)
        found = []
        for part in typed.split(","):
            digits = part.strip().removeprefix("#")
            if not (digits.isascii() and digits.isdigit()):
                raise UsageError(
                    f"{part!r} is no ticket number", field="ticket", hint="such as 1042 or 12,15"
                )
            if len(digits) > 15:
                raise NotFound(f"there is no ticket #{digits}", field="ticket")
            found.append(int(digits))
        return tuple(dict.fromkeys(found))

    def words(self, words: list[str], what: str) -> str:
        """Return words as one text, a single - read from stdin. Raises UsageError when there are none."""
        text = " ".join(words)
        if not words:
            raise UsageError(f"{what} is missing", field="text", hint="give it as words, or - to read stdin")
        return self.piped() if text == "-" else text

    def piped(self) -> str:
        """Return what comes through the pipe. Raises UsageError when it is too much."""
        data = sys.stdin.buffer.read(STDIN_LIMIT + 1)
        if len(data) > STDIN_LIMIT:
            raise UsageError(f"stdin holds more than {STDIN_LIMIT:,} bytes", field="text")
        return data.decode("utf-8", "replace")

    def agent(self, name: str) -> Agent:
        """Return the agent of a login or name, or `me`. Raises NotFound naming the nearest."""
        if name == "me" and self.store.actor.agent is not None:
            return self.store.actor.agent
        known = self.store.people()
        found = known.agent(name)
        if found is None or not found.active:
            logins = sorted(agent.login for agent in known.agents.values() if agent.active)
            hint = _hint(name, logins, "agents")
            raise NotFound(f"there is no agent {name!r}", field="owner", hint=hint)
        return found

    def owner(self, name: str) -> int | None:
        """Return an owner's id, None for `none`. Raises NotFound."""
        if name.casefold() == "nobody" and self.store.people().agent(name) is None:
            raise NotFound("there is no agent 'nobody'", field="owner", hint="did you mean none?")
        return None if name.casefold() in ("none", "") else self.agent(name).id

    def queue(self, name: str) -> Queue:
        """Return the queue of a key or name, if visible. Raises NotFound naming the nearest."""
        queues = self.store.people().queues.values()
        wanted = name.strip().casefold()
        for queue in queues:
            if wanted in (queue.key.casefold(), queue.name.casefold()):
                return queue
        hint = _hint(name, sorted(queue.key for queue in queues), "queues")
        raise NotFound(f"there is no queue {name!r}", field="queue", hint=hint)

    def when(self, text: str) -> datetime:
        """Return the time ahead that words mean. Raises UsageError."""
        from deskterm.domain.when import parse_when

        return parse_when(text, self.store.now(), self.store.zone)

    # What came of it

    def told(self, outcome: Outcome) -> int:
        """Say what a command did; tickets a rule left out make it a refusal that names them."""
        if self.out.json:
            changed = outcome.changed
            self.out.emit(
                {
                    "number": outcome.created or (changed[0] if len(changed) == 1 else None),
                    "changed": list(changed),
                    "refused": [{"number": number, "reason": reason} for number, reason in outcome.refused],
                    "summary": outcome.summary,
                    "command": outcome.command,
                    "hanging": list(outcome.hanging),
                }
            )
        elif self.out.quiet:
            if outcome.created is not None:
                self.out.line(str(outcome.created))
        else:
            self.out.line(outcome.summary)
        if outcome.hanging:
            named = ",".join(map(str, outcome.hanging))
            self.out.say(f"incidents or children of it are not solved: deskterm solve {named} NOTE")
        if outcome.refused:
            reasons = "; ".join(reason for _, reason in outcome.refused)
            raise Refused(f"{len(outcome.refused)} left out: {reasons}", hint="the others were changed")
        return 0


def _hint(name: str, known: list[str], what: str) -> str:
    if not known:
        return f"there are no {what} yet"
    from deskterm.domain.query_parser import nearest

    close = nearest(name, known)
    listed = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"did you mean {close}? " * bool(close) + f"{what}: {listed}"
