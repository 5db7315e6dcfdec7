"""Bringing old mail in: every mail of a file as history, once however often it is brought."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from deskterm.channels.mail.reader import MailReader
from deskterm.channels.mail.sources import Found, mails_in
from deskterm.domain.delivery import Became, Mailbox, Received
from deskterm.domain.mail import Mail, MailRefused

if TYPE_CHECKING:
    from deskterm.store.store import Store

OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Mail that says to be older has a wrong clock."""

EXAMPLES = 3
AHEAD = 4
"""Mails that are read while one is stored."""


@dataclass(slots=True)
class MailReport:
    """What came of the mails of a file."""

    path: str
    mails: int = 0
    opened: int = 0
    joined: int = 0
    known: int = 0
    quarantined: int = 0
    dry_run: bool = False
    reasons: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def note(self, where: str, received: Received) -> None:
        """Count a mail that was taken in."""
        if received.became is Became.KNOWN:
            self.known += 1
        elif received.became is Became.QUARANTINED:
            self.refused(where, received.reason)
        elif received.opened:
            self.opened += 1
        else:
            self.joined += 1

    def refused(self, where: str, reason: str) -> None:
        """Count a mail that went to quarantine, and keep the first places for each reason."""
        self.quarantined += 1
        count, places = self.reasons.get(reason, (0, []))
        self.reasons[reason] = (count + 1, [*places, where][:EXAMPLES])

    def text(self) -> list[str]:
        """Say it in lines for a person."""
        if self.dry_run:
            said = [f"{self.mails:,} mails of {self.path} can be read, {self.quarantined:,} cannot"]
        else:
            said = [
                f"{self.mails:,} mails of {self.path} were read",
                f"{self.opened:,} opened tickets, {self.joined:,} joined one, {self.known:,} were known",
            ]
            if self.quarantined:
                said.append(f"{self.quarantined:,} went to quarantine: deskterm quarantine list")
        for reason, (count, places) in self.reasons.items():
            more = ", …" if count > len(places) else ""
            said.append(f"{count:,} × {reason} ({', '.join(places)}{more})")
        return said

    def as_dict(self) -> dict[str, object]:
        """Say it for a program."""
        return {
            "file": self.path,
            "dry_run": self.dry_run,
            "mails": self.mails,
            "opened": self.opened,
            "joined": self.joined,
            "known": self.known,
            "quarantined": self.quarantined,
            "problems": [
                {"what": reason, "count": count, "examples": places}
                for reason, (count, places) in self.reasons.items()
            ],
        }


def run(
    store: Store | None,
    path: Path,
    mailbox: Mailbox,
    *,
    still_open: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> MailReport:
    """Bring in the mails of a file or folder; without a store only read them. Raises InputFileError.

    They come in as history, closed and with nothing set off, unless they are `still_open`.
    """
    report = MailReport(str(path), dry_run=store is None)
    with MailReader() as reader, ThreadPoolExecutor(1) as pool:
        for found, future in _ahead(path, reader, pool):
            report.mails += 1
            try:
                mail = future.result()
            except MailRefused as refused:
                report.refused(found.where, refused.message)
                if store is not None:
                    store.set_aside(found.raw, refused.message, mailbox)
            else:
                if store is not None:
                    past = None if still_open else _when(mail, store.now())
                    received = store.receive_mail(mail, found.raw, mailbox, past=past, asked=True)
                    report.note(found.where, received)
            if on_progress:
                on_progress(report.mails)
    return report


def _when(mail: Mail, now: datetime) -> datetime:
    """Return when an old mail came, as far as what it says of that can be true."""
    said = (mail.received_at, mail.date)
    return next((at for at in said if at is not None and OLDEST <= at <= now), now)


def _ahead(path: Path, reader: MailReader, pool: ThreadPoolExecutor) -> Iterator[tuple[Found, Future[Mail]]]:
    """Yield mails with their reading, which goes on a few mails ahead of what is stored."""
    waiting: deque[tuple[Found, Future[Mail]]] = deque()
    for found in mails_in(path):
        waiting.append((found, pool.submit(reader.read, found.raw)))
        if len(waiting) > AHEAD:
            yield waiting.popleft()
    yield from waiting
