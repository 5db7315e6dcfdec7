"""The part of a policy file about mail: who it is from, how it ends, and what the desk says by itself."""

from __future__ import annotations

from dataclasses import fields, replace

from deskterm.domain.durations import read_duration
from deskterm.domain.mail_settings import (
    AS_IT_COMES,
    OFF,
    PLACEHOLDERS,
    TEMPLATES,
    MailSettings,
    read_sender,
    unknown_placeholders,
    write_sender,
)
from deskterm.domain.plain import clean_text
from deskterm.domain.policy_reader import Part, meant

LONGEST_UNDO = 3600
LONGEST_TEXT = 10_000

NAMES = {"sender": "from"}
"""What a file calls a setting whose name is a word of the language here."""


def desk_mail(part: Part, base: MailSettings | None) -> MailSettings | None:
    """Read [mail]; what it leaves out stays as it was, and what says the same as nothing is nothing."""
    found = _settings(part, base or MailSettings())
    said = {one.name: getattr(found, one.name) for one in fields(found)}
    usual = {name: None for name, text in said.items() if text == getattr(AS_IT_COMES, name)}
    return replace(found, **usual) or None


def queue_mail(part: Part) -> MailSettings | None:
    """Read the mail table of a queue, meant whole: what it leaves out is as the desk does."""
    return _settings(part, MailSettings()) or None


def _settings(part: Part, held: MailSettings) -> MailSettings:
    found = MailSettings(
        part.read("from", _sender, held.sender),
        part.read("signature", _prose, held.signature),
        *(part.read(name, _template, held.template(name)) for name in TEMPLATES),
    )
    part.done()
    return found


def undo_send(text: str) -> int:
    """Read how long mail waits to be taken back. Raises ValueError."""
    seconds = 0 if text.strip().casefold() == OFF else read_duration(text)
    if seconds > LONGEST_UNDO:
        raise ValueError("must be at most an hour")
    return seconds


def _sender(text: str) -> str:
    return "" if text.strip().casefold() == OFF else write_sender(read_sender(text))


def _prose(text: str) -> str:
    found = clean_text(text).strip()
    if len(found) > LONGEST_TEXT:
        raise ValueError(f"is longer than {LONGEST_TEXT:,} characters")
    return "" if found.casefold() == OFF else found


def _template(text: str) -> str:
    found = _prose(text)
    for name in unknown_placeholders(found):
        raise ValueError(f"{{{name}}} stands for nothing" + meant(name, PLACEHOLDERS))
    return found


def written(settings: MailSettings | None, base: MailSettings | None = None) -> dict[str, str]:
    """Return what settings say, by the names and in the words of a file; of a base where they say nothing."""
    said = (settings or MailSettings()).over(base or MailSettings())
    values = {NAMES.get(one.name, one.name): getattr(said, one.name) for one in fields(said)}
    return {name: value or OFF for name, value in values.items() if value is not None}
