"""`parse-mail` shows how a mail is read, without any desk."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from deskterm.cli import main

MAIL = (
    b"From: =?utf-8?Q?J=C3=B6rg?= <joerg@example.org>\r\nTo: Support <support@example.com>\r\n"
    b"Cc: bo@example.org\r\n"
    b"Subject: VPN\x1b[31m\r\nDate: Sun, 22 Nov 2026 15:02:00 +0100\r\nMessage-ID: <a.1@example.org>\r\n"
    b"In-Reply-To: <b.2@example.com>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\n\r\nHelp\x1b]0;x\x07\r\n"
    b"-- \r\nJ\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF\r\n--b--\r\n"
)


@pytest.fixture
def eml(tmp_path: Path) -> Path:
    path = tmp_path / "a.eml"
    path.write_bytes(MAIL)
    return path


def test_programs_get_exactly_the_promised_keys(eml: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse-mail", str(eml), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "from": {"name": "Jörg", "address": "joerg@example.org"},
        "to": [{"name": "Support", "address": "support@example.com"}],
        "cc": [{"name": "", "address": "bo@example.org"}],
        "subject": "VPN␛[31m",
        "date": "2026-11-22T14:02:00Z",
        "message_id": "a.1@example.org",
        "in_reply_to": "b.2@example.com",
        "references": [],
        "text": "Help␛]0;x␇\n-- \nJ",
        "new_text": "Help␛]0;x␇",
        "attachments": [{"name": "a.pdf", "type": "application/pdf", "size": 4}],
        "is_auto": False,
        "is_bounce": False,
        "bounce_for": None,
        "spam_hints": [],
    }


def test_it_reads_a_pipe_and_shows_people_what_counts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MAIL)))
    assert main(["parse-mail", "-"]) == 0
    out = capsys.readouterr().out
    assert "From:         Jörg <joerg@example.org>" in out
    assert "Attached:     a.pdf (application/pdf, 4 bytes)" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "an empty mail"), (b"X: y\n" * 2000 + b"\n", "more than 1,000 header fields")],
)
def test_what_is_refused_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, reason: str
) -> None:
    path = tmp_path / "bad.eml"
    path.write_bytes(content)
    assert main(["parse-mail", str(path), "--json"]) == 7
    error = json.loads(capsys.readouterr().err)["error"]
    assert (error["code"], error["message"]) == ("input", reason)


def test_a_file_that_is_not_there_and_a_folder_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parse-mail", str(tmp_path / "none.eml")]) == 7
    assert "there is no file" in capsys.readouterr().err
    assert main(["parse-mail", str(tmp_path)]) == 7
    assert "is a folder" in capsys.readouterr().err
