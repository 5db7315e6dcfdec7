"""Mails into bytes: whatever anybody wrote, it is words in the place it was put, and nothing more."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.channels.mail.markup import to_html
from deskterm.channels.mail.parsing import parse_mail
from deskterm.channels.mail.rendering import render
from deskterm.domain.mail import Address
from deskterm.domain.outgoing import Outgoing

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HEADERS = ["Cc", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"]
HOSTILE = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from('\r\n\0\t:<>@,;"\\=?_\u2028\x85')),
    max_size=300,
)


def outgoing(name: str, subject: str, text: str, **more: object) -> Outgoing:
    values: dict[str, object] = {"automatic": False}
    return Outgoing(
        1,
        "desk.abc.1.2.sig@desk.example",
        Address(name, "support@desk.example"),
        (Address(name, "ana@northwind.example"),),
        (Address(name, "ben@bücher.example"),),
        ("ana@northwind.example",),
        subject,
        text,
        AT,
        **(values | more),  # type: ignore[arg-type]
    )


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_text_adds_a_header_a_recipient_or_a_part(name: str, subject: str, text: str) -> None:
    raw = render(outgoing(name, subject, text))
    head = raw.partition(b"\r\n\r\n")[0]
    assert all(len(line) < 998 for line in head.split(b"\r\n"))
    assert head.isascii()
    read = email.message_from_bytes(raw, policy=default)
    assert sorted(read.keys()) == HEADERS
    found = parse_mail(raw)
    assert [one.address for one in found.to] == ["ana@northwind.example"]
    assert [one.address for one in found.cc] == ["ben@xn--bcher-kva.example"]
    assert found.sender is not None
    assert found.sender.address == "support@desk.example"
    assert found.attachments == ()


@pytest.mark.parametrize("name", ["Ana Ruíz", 'A "B" C', "O'Neil, Ana", "山田 太郎", "a\\b", "=?utf-8?q?x?="])
def test_names_arrive_as_they_are(name: str) -> None:
    read = parse_mail(render(outgoing(name, "Größe [#1]", "Hello")))
    assert read.subject == "Größe [#1]"
    assert read.to[0].name == ("x" if name.startswith("=?") else name)


def test_ids_that_no_header_may_hold_are_left_out() -> None:
    mail = outgoing("", "s", "t", in_reply_to="a b", references=("ok@x", "a\r\nBcc: b@x", "<x>", "ü@x"))
    read = email.message_from_bytes(render(mail), policy=default)
    assert read["In-Reply-To"] is None
    assert str(read["References"]) == "<ok@x>"
    assert read["Bcc"] is None


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("<img src=x onerror=alert(1)>", "<img"),
        ("![x](https://evil.example/pixel.gif)", "<img"),
        ("[x](javascript:alert(1))", "href"),
        ("[x](data:text/html;base64,AAAA)", "href"),
        ("[x](vbscript:x)", "href"),
        ("&lt;b&gt; <b onclick=x>bold</b>", "<b "),
    ],
)
def test_html_of_a_text_runs_and_fetches_nothing(text: str, never: str) -> None:
    assert never not in to_html(text)


def test_markdown_is_html_and_a_log_stays_text() -> None:
    page = to_html("**now**\n\n- one\n- two\n\n> quoted\n\n`x < y`")
    for part in ("<strong>now</strong>", "<li>one</li>", "<blockquote>", "<code>x &lt; y</code>"):
        assert part in page
    assert to_html("x" * 300_000) == ""
