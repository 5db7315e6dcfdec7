"""Whatever the bytes are, a mail is read or refused, soon, and harms no terminal and no database.

`make fuzz` looks for longer, ten minutes unless FUZZ_SECONDS says otherwise.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, example, given, settings

from deskterm.channels.mail.child import answer
from deskterm.channels.mail.parsing import parse_mail
from deskterm.channels.mail.wire import unpack
from deskterm.domain.mail import MailRefused
from tests.channels.mail_shapes import CORPUS, faults, raws

SECONDS = 5.0


def check(raw: bytes) -> None:
    """Read the bytes and hold the result to what must hold for every mail. Raises AssertionError."""
    start = time.thread_time()
    try:
        mail = parse_mail(raw)
    except MailRefused:
        return
    took = time.thread_time() - start
    assert took < SECONDS, f"took {took:.1f} s"
    assert not faults(mail)
    answered = b"".join(answer(raw))
    place = 0

    def read(count: int) -> bytes:
        nonlocal place
        place += count
        return answered[place - count : place]

    assert unpack(read) == mail
    mail.text.encode("utf-8")


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(raws)
@example(b"")
@example(b"\n")
@example(b":")
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    check(raw)


@pytest.mark.parametrize("place", range(0, len(CORPUS), 4))
def test_a_mail_cut_anywhere_is_read_or_refused(place: int) -> None:
    raw = CORPUS[place]
    for end in range(0, len(raw), max(1, len(raw) // 20)):
        check(raw[:end])
        check(raw[end:])
