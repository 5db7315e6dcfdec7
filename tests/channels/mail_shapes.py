"""Mails made up at random for looking for faults: real structure, broken everywhere; and what must hold."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import strategies as st

from deskterm.domain.mail import Mail

MAILS = Path(__file__).parents[1] / "data/mail"
CORPUS = [path.read_bytes() for path in sorted(MAILS.glob("*.eml"))]

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_ADDRESS = re.compile(r'(?:[^\s@"<>,;:()]+|"[^"]+")@[^\s@<>,;:"()]+|.+@\[[^\]]+\]')
_LINE_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")

HEADER_NAMES = (
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Received",
    "Return-Path",
    "Auto-Submitted",
    "Precedence",
    "List-Id",
    "Delivered-To",
    "X-Failed-Recipients",
    "X-Spam-Status",
    "Authentication-Results",
    "Content-Type",
    "Content-Disposition",
    "Content-Transfer-Encoding",
    "Content-ID",
    "X",
)
PIECES = (
    b"=?utf-8?Q?=C3=BC?=",
    b"=?utf-8?B?w7w=?=",
    b"=?utf-8?B?w?=",
    b"=?x?q?=0D=0A=1B?=",
    b"=?utf-7?Q?+AAoADQ-?=",
    b'"',
    b"<",
    b">",
    b"(",
    b")",
    b",",
    b";",
    b":",
    b"@",
    b"\\",
    b"a@example.org",
    b"\xfc\xe9",
    b"\xff\xfe",
    "ü你".encode(),
    b"\x1b[31m",
    b"\x00",
    b"\r",
    b"\n ",
    b"\n",
    b" ",
    b"\t",
    b"undisclosed:;",
    b"[1]",
    b"=",
    b"?",
    b"%0D%0A",
    b"'",
    b"*0*=",
    b"name*0*=utf-8''%1B",
    b"boundary=b1",
    b"charset=",
    b"filename=../../x",
    b"x" * 300,
    b"Mon, 23 Nov 2026 09:14 +0100",
    b"multipart/mixed; boundary=b1",
    b"multipart/report; boundary=b2",
    b"message/rfc822",
    b"base64",
    b"quoted-printable",
    b"x-uuencode",
    b"attachment",
    b"\xe2\x80\xae",
    b"\xc2\x9b",
    b"\xed\xa0\x80",
    b"\xe2\x80\xa8",
)
LINES = (
    b"--b1",
    b"--b1--",
    b"--b2",
    b"--b2--",
    b"",
    b"> quoted",
    b"On 23 Nov 2026 at 08:41, A <a@b.example> wrote:",
    b"-- ",
    b"begin 644 x",
    b"#0V%T",
    b"`",
    b"end",
    b"<p>a</p>",
    b"<a href='http://x.example'>y</a>",
    b"<table><tr><td>",
    b"<!--",
    b"<blockquote>",
    b"</blockquote>",
    b"<li><ul>",
    b"<pre>",
    b"&#27;&#x9b;&lt;",
    b"From: x",
    b"Sent: y",
    b"Subject: z",
    b"BEGIN:VEVENT",
    b"SUMMARY:x\\n\x1b",
    b"DTSTART:20261124T100000Z",
    b"Final-Recipient: rfc822; a@b.example",
    b"Action: failed",
    b"Status: 5.1.1",
    b"=C3=BC=",
    b"w7w=",
    b"\x1b$B",
    b"+AGE-",
    b"\xef\xbb\xbf",
    b"Content-Type: text/html",
    b"----- Original Message -----",
    b"Sent from my iPhone",
    b"_" * 32,
    b"*From:* x",
    b"Content-Type: text/calendar",
    b"Content-Type: message/delivery-status",
    b"Content-Transfer-Encoding: base64",
    b"Content-Type: text/plain; format=flowed",
)
CHARSETS = (
    "utf-8",
    "utf-7",
    "utf-16",
    "utf-32",
    "iso-2022-jp",
    "hz",
    "gb2312",
    "big5",
    "idna",
    "punycode",
    "base64",
    "rot13",
    "unicode_escape",
    "undefined",
    "mbcs",
    "x" * 90,
    "",
    "cp037",
    "utf-8-sig",
    "zlib",
)

values = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)), max_size=8).map(b"".join)
headers = st.lists(
    st.tuples(st.sampled_from(HEADER_NAMES), values).map(lambda one: one[0].encode() + b": " + one[1]),
    max_size=10,
).map(b"\n".join)
bodies = st.lists(
    st.one_of(st.sampled_from(LINES), values, headers, st.binary(max_size=60)), max_size=30
).map(b"\n".join)
types = st.builds(
    lambda media, charset, how: (
        f"Content-Type: {media}; charset={charset}; boundary=b1\nContent-Transfer-Encoding: {how}\n"
    ).encode(),
    st.sampled_from(
        (
            "text/plain",
            "text/html",
            "text/calendar",
            "text/enriched",
            "multipart/mixed",
            "multipart/alternative",
            "multipart/related",
            "multipart/report",
            "multipart/signed",
            "multipart/digest",
            "message/rfc822",
            "image/png",
        )
    ),
    st.sampled_from(CHARSETS),
    st.sampled_from(("7bit", "base64", "quoted-printable", "x-uuencode", "8bit", "nonsense")),
)


def _spliced(mail: bytes, other: bytes, first: float, second: float, glue: bytes) -> bytes:
    return mail[: int(len(mail) * first)] + glue + other[int(len(other) * second) :]


shares = st.floats(0, 1)
made = st.builds(lambda top, kind, body: top + b"\n" + kind + b"\n" + body, headers, types, bodies)
spliced = st.builds(_spliced, st.sampled_from(CORPUS), st.sampled_from(CORPUS), shares, shares, values)
repeated = st.builds(
    lambda mail, piece, times: mail + b"\n" + piece * times,
    st.one_of(st.sampled_from(CORPUS), made),
    st.one_of(st.sampled_from(PIECES), st.sampled_from(LINES).map(lambda line: line + b"\n")),
    st.integers(1, 3000),
)
raws = st.one_of(made, spliced, repeated, st.binary(max_size=2000))
"""Bytes that are nearly mails."""


def faults(mail: Mail) -> list[str]:
    """What is wrong with a mail that was read: any text that could harm whoever shows or stores it."""
    found = [
        f"{name} holds a control" for name in ("text", "new_text") if _CONTROLS.search(getattr(mail, name))
    ]
    people = [mail.sender, *mail.reply_to, *mail.to, *mail.cc]
    lines = [
        mail.subject,
        mail.message_id,
        *mail.in_reply_to,
        *mail.references,
        mail.bounce_for,
        mail.auto_reason,
    ]
    lines += [*mail.spam_hints, mail.return_path, mail.list_id, *mail.recipients, *mail.authentication]
    lines += [mail.fingerprint, *mail.bounced_ids]
    for one in people:
        if one is not None:
            lines += [one.name, one.address]
            if one.address and not re.fullmatch(
                r'(?:[^\s@"<>,;:()]+|"[^"]+")@[^\s@<>,;:"()]+|.+@\[[^\]]+\]', one.address
            ):
                found.append(f"{one.address!r} is no address")
    for part in mail.attachments:
        lines += [part.name, part.media_type, part.content_id]
        if (
            not part.name
            or len(part.name.encode()) > 255
            or re.search(r"[/\\]", part.name)
            or part.name[0] == "."
        ):
            found.append(f"{part.name!r} is no label")
    found += [f"{line[:80]!r} holds a control" for line in lines if _LINE_CONTROLS.search(line)]
    if mail.is_bounce and not mail.is_auto:
        found.append("a bounce that no machine wrote")
    return found
