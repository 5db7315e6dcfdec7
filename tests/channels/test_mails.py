"""Every mail of tests/data/mail is read as a person who looked at it says it should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deskterm.channels.mail.parsing import parse_mail
from deskterm.cli.parse_mail import as_json

MAILS = Path(__file__).parents[1] / "data/mail"
NAMES = sorted(path.stem for path in MAILS.glob("*.eml"))


def expected(name: str) -> dict[str, Any]:
    """What a mail should be read as; texts of several lines are written as lists of lines."""
    said: dict[str, Any] = json.loads((MAILS / f"{name}.json").read_text("utf-8"))
    for key in ("text", "new_text", "subject"):
        if isinstance(said.get(key), list):
            said[key] = "\n".join(said[key])
    return said


@pytest.mark.parametrize("name", NAMES)
def test_it_is_read_as_it_should_be(name: str) -> None:
    mail = parse_mail((MAILS / f"{name}.eml").read_bytes())
    said = expected(name)
    assert said.pop("about"), "say what the mail is there for"
    shown: dict[str, Any] = as_json(mail) | {
        "auto_reason": mail.auto_reason,
        "bounce_permanent": mail.bounce_permanent,
        "bounced_ids": list(mail.bounced_ids),
        "bounce_dead": list(mail.bounce_dead),
        "reply_to": [{"name": one.name, "address": one.address} for one in mail.reply_to],
        "recipients": list(mail.recipients),
        "list_id": mail.list_id,
        "all_in_reply_to": list(mail.in_reply_to),
        "contents": {part.name: part.content.decode("utf-8", "replace") for part in mail.attachments},
        "inline": [part.name for part in mail.attachments if part.inline],
    }
    assert said, "an expected result must expect something"
    assert {key: shown[key] for key in said} == said


def test_there_are_enough_of_them_and_each_is_explained() -> None:
    assert len(NAMES) >= 150
    assert sorted(path.stem for path in MAILS.glob("*.json")) == NAMES
