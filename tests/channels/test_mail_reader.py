"""Mails are read in a child process with limits, and whatever a mail does to it, the next one is read."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from deskterm.channels.mail import wire
from deskterm.channels.mail.parsing import parse_mail
from deskterm.channels.mail.reader import MailReader
from deskterm.domain.mail import MailRefused
from tests.channels.mail_shapes import CORPUS

MAIL = b"From: Ana <ana@example.org>\nSubject: fine\n\nWords\n"
MB = 1024 * 1024
PATIENCE = 500.0
"""Seconds by the clock for one mail: however busy a machine is, only the seconds of a processor decide."""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def reader() -> Iterator[MailReader]:
    with MailReader(seconds=PATIENCE) as reader:
        yield reader


def nested(depth: int) -> bytes:
    """A mail with so many parts within each other."""
    heads = [f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n".encode() for n in range(depth)]
    return b"".join(heads) + b"\ninnermost\n"


def parts(count: int) -> bytes:
    """A mail with so many parts beside each other."""
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * count


BOMBS = {
    "size": (b"Subject: x\n\n" + b"x" * (25 * MB), "more than 25 MB"),
    "parts": (parts(1001), "more than 1,000 parts"),
    "depth": (nested(60), "more than 50 parts within each other"),
    "head": (b"X-A: " + b"y" * 300_000 + b"\n\nx", "headers of more than 256 KB"),
    "fields": (b"X: y\n" * 1001 + b"\nx", "more than 1,000 header fields"),
    "nothing": (b" \r\n", "an empty mail"),
}

SLOW = {
    "one line of 24 MB": b"\n\n" + b"x" * (24 * MB),
    "24 MB of line ends": b"Content-Type: text/plain; format=flowed\n\n" + b"\n" * (24 * MB),
    "24 MB of control characters": b"\n\n" + b"\x1b" * (24 * MB),
    "24 MB of no UTF-8": b"Content-Type: text/plain; charset=utf-8\n\n" + b"\xff" * (24 * MB),
    "24 MB of padding": b"Content-Transfer-Encoding: base64\n\n" + b"=\n" * (12 * MB),
    "24 MB of tables": b"Content-Type: text/html\n\n" + b"<table><tr><td>" * (24 * MB // 15),
    "24 MB of comments": b"Content-Type: text/html\n\n" + b"<!--" * (6 * MB),
    "24 MB of lists": b"Content-Type: text/html\n\n" + b"<ul><li>" * (3 * MB),
    "1,000 parts of 20 KB": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + (b"--b\nContent-Type: text/html\n\n" + b"<p>x" * 5000 + b"\n") * 999,
    "50 levels of 24 MB": nested(49) + b"x\n" * (12 * MB),
    "files within text": b"\n\n" + b"begin 644 a\n#0V%T\nend\n" * MB,
    "invitations": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + (b"--b\nContent-Type: text/calendar\n\nBEGIN:VEVENT\n" + b"X:y\n" * 5000) * 999,
    "reports": b"From: mailer-daemon@example.net\nContent-Type: multipart/report; boundary=b\n\n"
    + (b"--b\nContent-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 1000) * 999,
    "comments in an address": b"From: " + b"(" * 250_000 + b"\n\nx",
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 18_000 + b"\n\nx",
    "boundaries": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n--bb" * (4 * MB),
    "nameless bytes": bytes(range(256)) * (24 * MB // 256),
}
"""What took a mail parser minutes or gigabytes."""


@pytest.mark.parametrize("name", BOMBS)
def test_a_mail_past_the_limits_is_refused_with_the_reason_and_the_next_is_read(
    reader: MailReader, name: str
) -> None:
    raw, reason = BOMBS[name]
    with pytest.raises(MailRefused) as refused:
        reader.read(raw)
    assert refused.value.message == reason
    assert reader.read(MAIL).subject == "fine"


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_nothing_takes_long_or_much_memory(reader: MailReader, name: str) -> None:
    with suppress(MailRefused):  # for its seconds of a processor or its memory, on a slow machine
        reader.read(SLOW[name])
    assert reader.read(MAIL).subject == "fine"


def test_what_is_just_within_the_limits_is_read(reader: MailReader) -> None:
    assert reader.read(nested(49)).text == "innermost"
    assert reader.read(parts(999)).text.count("x") == 999


def test_what_the_child_says_is_what_was_parsed(reader: MailReader) -> None:
    for raw in CORPUS[::7]:
        assert reader.read(raw) == parse_mail(raw)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs signals")
def test_a_mail_that_takes_too_long_is_refused_and_the_next_is_read() -> None:
    with MailReader(seconds=PATIENCE) as reader:
        reader.read(MAIL)
        reader.seconds = 0.5
        os.kill(child_of(reader), signal.SIGSTOP)
        # A child that is stopped answers nobody: without the limit this would have no end.
        with pytest.raises(MailRefused, match=r"takes more than 0\.5 seconds"):
            reader.read(MAIL)
        reader.seconds = PATIENCE
        assert reader.read(MAIL).subject == "fine"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs signals")
def test_a_child_that_died_is_replaced(reader: MailReader) -> None:
    reader.read(MAIL)
    first = child_of(reader)
    os.kill(first, signal.SIGKILL)
    with pytest.raises(MailRefused, match="ends the process that reads it"):
        reader.read(MAIL)
    assert reader.read(MAIL).subject == "fine"
    assert child_of(reader) != first


def test_a_child_is_used_again(reader: MailReader) -> None:
    reader.read(MAIL)
    first = child_of(reader)
    for _ in range(20):
        reader.read(MAIL)
    assert child_of(reader) == first


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits addresses on Linux alone")
def test_the_child_cannot_take_more_memory(reader: MailReader) -> None:
    reader.read(MAIL)
    limits = Path(f"/proc/{child_of(reader)}/limits").read_text("ascii")
    [line] = [line for line in limits.splitlines() if line.startswith("Max address space")]
    assert line.split()[3] == str(300 * MB)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_child_has_nothing_of_the_desk_in_it(reader: MailReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKTERM_MAIL_PASSWORD", "hunter2")
    reader.read(MAIL)
    pid = child_of(reader)
    assert b"hunter2" not in Path(f"/proc/{pid}/environ").read_bytes()
    mapped = Path(f"/proc/{pid}/maps").read_text("utf-8")
    assert "sqlite" not in mapped
    assert "sqlalchemy" not in mapped


def test_several_children_read_at_once() -> None:
    with MailReader(children=2, seconds=PATIENCE) as reader, ThreadPoolExecutor(8) as pool:
        read = list(pool.map(reader.read, CORPUS[:100]))
    assert read == [parse_mail(raw) for raw in CORPUS[:100]]


def test_closing_ends_the_children() -> None:
    reader = MailReader(seconds=PATIENCE)
    reader.read(MAIL)
    process = reader._idle.queue[-1]
    assert process is not None
    reader.close()
    assert process.process.poll() is not None


def test_an_answer_that_makes_no_sense_is_no_mail() -> None:
    def lies(data: bytes) -> None:
        place = 0

        def read(count: int) -> bytes:
            nonlocal place
            place += count
            return data[place - count : place]

        wire.unpack(read)

    good = b"".join(wire.pack(parse_mail(MAIL)))
    for bad in (
        wire.LENGTH.pack(2**31) + b"x",
        wire.LENGTH.pack(2) + b"{}",
        wire.LENGTH.pack(4) + b"[1,2",
        wire.LENGTH.pack(len(good))
        + good.replace(b'"attachments":[]', b'"attachments":[["a","b",-1,"",false]]'),
        wire.LENGTH.pack(3) + b"\xff\xff\xff",
    ):
        with pytest.raises((ValueError, TypeError, KeyError, IndexError)):
            lies(bad)


def child_of(reader: MailReader) -> int:
    """The process id of the child that reads next."""
    child = reader._idle.queue[-1]
    assert child is not None
    return child.process.pid
