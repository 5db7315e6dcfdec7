"""How fast mail comes in: whole mails, read in the child and stored one by one, each on the disk."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import perf_counter, process_time

from bench.measures import Figures, percentile
from deskterm.channels.mail.intake import take
from deskterm.channels.mail.reader import MailReader
from deskterm.domain.commands import AddQueue
from deskterm.domain.delivery import Mailbox
from deskterm.domain.people import DESK
from deskterm.machine import utc_now
from deskterm.storage.database import Database
from deskterm.store.store import Store

WORDS = (
    *("invoice", "payment", "vpn", "password", "router", "refund", "login", "checkout", "error"),
    *("timeout", "printer", "mailbox", "account", "certificate", "download", "upload", "screen", "device"),
    *("order", "delivery", "customer", "update", "version", "server", "network"),
)  # fmt: skip
BOX = Mailbox("support", "support", ("support@desk.example",), tickets_an_hour=100_000)
SHARE_OF_ANSWERS, SHARE_OF_FILES, FILE_BYTES = 0.4, 0.1, 20_000
WARM = 0.1
"""The share of the mails after which memory is looked at first."""


def mails(count: int, seed: int = 1) -> Iterator[bytes]:
    """Yield mails of 200 customers: text and HTML, some answers, some with a file."""
    rng = Random(seed)
    for number in range(count):
        answered = rng.randrange(max(0, number - 400), number) if number else 0
        is_answer = number > 20 and rng.random() < SHARE_OF_ANSWERS
        who = _customer(answered if is_answer else number)
        said = "\n".join(" ".join(rng.choices(WORDS, k=9)) for _ in range(rng.randrange(3, 25)))
        head = [
            f"From: Customer {who} <c{who}@northwind.example>",
            "To: support@desk.example",
            f"Subject: {'Re: ' if is_answer else ''}{' '.join(rng.choices(WORDS, k=4))}",
            f"Message-ID: <{number}@northwind.example>",
            "Date: Mon, 02 Nov 2026 10:00:00 +0000",
            "MIME-Version: 1.0",
            'Content-Type: multipart/mixed; boundary="mixed"',
        ]
        if is_answer:
            head.append(f"In-Reply-To: <{answered}@northwind.example>")
            said += "\n\nOn Monday Customer wrote:\n> " + " ".join(rng.choices(WORDS, k=40))
        parts = [
            '--mixed\nContent-Type: multipart/alternative; boundary="alt"\n',
            f"--alt\nContent-Type: text/plain; charset=utf-8\n\n{said}\n",
            f"--alt\nContent-Type: text/html; charset=utf-8\n\n<html><p>{said}</p></html>\n--alt--",
        ]
        if rng.random() < SHARE_OF_FILES:
            content = base64.encodebytes(rng.randbytes(FILE_BYTES)).decode()
            parts.append(
                "--mixed\nContent-Type: image/png\nContent-Disposition: attachment; filename=screen.png\n"
                f"Content-Transfer-Encoding: base64\n\n{content}"
            )
        yield "\n".join([*head, "", *parts, "--mixed--", ""]).encode()


def _customer(number: int) -> int:
    return number * 7919 % 200


def measure(count: int) -> Figures:
    """Take so many mails in on an empty desk; times in milliseconds, memory in megabytes."""
    times: list[float] = []
    warm = 0.0
    with tempfile.TemporaryDirectory(prefix="deskterm-bench-") as folder, MailReader() as reader:
        store = Store(Database(str(Path(folder) / "desk.db")), DESK, clock=utc_now)
        store.read_mail = reader.read
        store.dispatch(AddQueue("Support"))
        began, used = perf_counter(), process_time()
        for raw in mails(count):
            one = perf_counter()
            take(store, raw, BOX)
            times.append(1000 * (perf_counter() - one))
            if len(times) == int(count * WARM):
                warm = _megabytes()
        seconds, used = perf_counter() - began, process_time() - used
        found = {
            "mails": float(count),
            "tickets": float(store.count("is:any")),
            "mails per second": count / seconds,
            "processor per mail": 1000 * used / count,
            "one mail.p50": percentile(times, 0.5),
            "one mail.p95": percentile(times, 0.95),
            "last tenth.p50": percentile(times[-max(1, count // 10) :], 0.5),
            "memory after a tenth": warm,
            "memory at the end": _megabytes(),
        }
        store.close()
    return found


def _megabytes() -> float:
    """Return what this process holds in memory."""
    import psutil

    return float(psutil.Process(os.getpid()).memory_info().rss) / 1e6
