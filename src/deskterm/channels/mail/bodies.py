"""Which parts of a mail are its text and which hang on it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from deskterm.channels.mail import invitations
from deskterm.channels.mail.charsets import decode
from deskterm.channels.mail.encoded import base64_bytes, header_text, one_line
from deskterm.channels.mail.html_text import HtmlText, html_text
from deskterm.channels.mail.mime import Entity, read_head, uu_files
from deskterm.channels.mail.names import clean_name, made_name
from deskterm.channels.mail.plain_text import enriched, tidy, unflowed
from deskterm.domain.mail import MailPart

TEXT_LIMIT = 1_000_000
"""Characters of a mail's bodies, HTML or plain, that become text; what is longer is kept as an attachment."""

BYTES_LIMIT = 3 * TEXT_LIMIT
MOST_WRITTEN_FILES = 100
"""Files written into the text of one mail that are taken out of it."""

MOST_PICTURES = 50
SMALLEST_PICTURE = 200
"""Bytes; pictures written into HTML itself are attachments from there on, so many of one mail."""

MOST_INVITATIONS = 5
TWIN_LIMIT = 100_000
"""Bytes of HTML up to which it is looked at whether it says the same as the plain text before it."""

_NO_TEXT = re.compile(
    r"\W{0,5}(?:this (?:e-?mail|message|mail) (?:is|requires|contains|has|was|needs)\b.{0,60}\bhtml"
    r"|your (?:e-?mail|mail) "
    r"(?:client|program|reader|software)\b.{0,60}\b(?:html|support|mime)|to view this (?:e-?mail"
    r"|message)|html e-?mail only"
    r"|please (?:view|use|enable)\b.{0,40}\bhtml|diese (?:e-?mail|nachricht)\b.{0,60}\bhtml"
    r"|ce message\b.{0,60}\bhtml"
    r"|your client does not (?:support|accept)|view (?:this email )?in (?:your )?browser\W*$)",
    re.I | re.S,
)


@dataclass
class Body:
    """The text of a mail as it is put together, and what hangs on it."""

    texts: list[str] = field(default_factory=list)
    links: tuple[str, ...] = ()
    quoted_from: int | None = None
    deceptive: tuple[str, str] | None = None
    attachments: list[MailPart] = field(default_factory=list)
    reports: list[Entity] = field(default_factory=list)  # parts that a bounce is understood from
    notes: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of the text, without the list of links."""
        return "\n\n".join(text for text in self.texts if text)


def read_body(mail: Entity) -> Body:
    """Return the text and the attachments of a mail."""
    body = Body()
    _Reader(body, _images(mail)).read(mail)
    invitation = [note for note in body.notes if note and note not in body.text]
    if invitation:
        body.texts.append("\n".join(dict.fromkeys(invitation)))
    return body


def _walk(entity: Entity) -> list[Entity]:
    found = [entity]
    for place in found:  # it grows while it is read
        found.extend(place.children)
    return found


def _images(mail: Entity) -> dict[str, str]:
    """Return the names of inline images by content id."""
    names = {}
    for part in _walk(mail):
        cid = _content_id(part)
        if cid and not part.children:
            names[cid] = clean_name(part.filename)
    return names


def _content_id(part: Entity) -> str:
    return one_line(part.text("content-id").strip().strip("<>"), 255)


class _Reader:
    """Goes through the parts in order."""

    def __init__(self, body: Body, images: dict[str, str]) -> None:
        self.body = body
        self.images = images
        self.count = 0
        self.room = TEXT_LIMIT
        self.files = MOST_WRITTEN_FILES
        self.pictures = MOST_PICTURES
        self.invitations = MOST_INVITATIONS

    def read(self, part: Entity, inline: bool = False) -> None:
        """Take a part in: as text, as an attachment, or by its parts."""
        media = part.media
        if part.children:
            self._read_parts(part)
        elif media.startswith("multipart/"):
            # Parts were announced and never came: what is there is taken for text.
            if part.body.strip() and not part.is_cut:
                self._plain(part)
        elif part.disposition[0] == "attachment" or media == "text/calendar":
            self._attach(part, False)
        elif self._is_text(part):
            if media == "text/html":
                self._html(part)
            else:
                self._plain(part)
        else:
            self._attach(part, inline or (part.disposition[0] == "inline" and bool(_content_id(part))))

    def _is_text(self, part: Entity) -> bool:
        if part.media not in (
            "text/plain",
            "text/html",
            "text/enriched",
            "text/richtext",
            "text/markdown",
            "text/x-markdown",
        ):
            return False
        return part.depth == 0 or not part.filename

    def _read_parts(self, whole: Entity) -> None:
        kind = whole.media
        parts = whole.children
        if kind == "multipart/alternative":
            self._read_alternatives(parts)
        elif kind == "multipart/related":
            wanted = whole.content[1].get("start", "").strip("<>")
            root = next((part for part in parts if wanted and _content_id(part) == wanted), parts[0])
            self.read(root)
            for part in parts:
                if part is not root:
                    self.read(part, inline=part.disposition[0] != "attachment")
        elif kind == "multipart/encrypted":
            self.body.notes.append("[This mail is encrypted; its content is attached.]")
            for part in parts:
                self._attach(part, False)
        else:
            self._read_mixed(parts, kind)

    def _read_mixed(self, parts: list[Entity], kind: str) -> None:
        plain_before = None
        for part in parts:
            # A sender without alternatives: the same words as text and as HTML, one after the other.
            if (
                part.media == "text/html"
                and plain_before
                and not part.filename
                and self._repeats(plain_before, part)
            ):
                continue
            before = len(self.body.text)
            self.read(part)
            plain_before = part if part.media == "text/plain" and len(self.body.text) > before else None

    def _repeats(self, plain: Entity, html: Entity) -> bool:
        if len(html.body) > TWIN_LIMIT:
            return False
        said = re.sub(r"\W+", "", decode(plain.data[:20_000], plain.charset))[:500]
        shown = re.sub(r"\W+", "", html_text(_html(html, html.data)).text)[:500]
        return bool(said) and (shown.startswith(said[:200]) or said.startswith(shown[:200]))

    def _read_alternatives(self, parts: list[Entity]) -> None:
        """Take the plain alternative unless it says nothing; what is no alternative of text is kept."""
        texts = [part for part in parts if _has_text(part)]
        plain = [part for part in texts if not _has_html(part)]
        html = [part for part in texts if _has_html(part)]
        chosen = next((part for part in plain if _says_something(part)), None) if plain else None
        if chosen is None and html:
            chosen = html[-1]
        elif chosen is None and plain:
            chosen = plain[0]
        if chosen is not None:
            self.read(chosen)
        for part in parts:
            if part is chosen or part.media == "text/x-amp-html":
                continue
            if part in texts:
                self._rest(part)
            else:
                self.read(part)

    def _rest(self, part: Entity) -> None:
        """Keep what hangs on an alternative that was not chosen, such as its images."""
        for inner in _walk(part):
            if inner.media == "text/html" and inner.disposition[0] != "attachment":
                _PICTURE.sub(self._picture, inner.data)
        for inner in _walk(part)[1:]:
            if not inner.children and not inner.media.startswith(("text/plain", "text/html", "multipart/")):
                self._attach(inner, inner.disposition[0] != "attachment")
            elif not inner.children and inner.disposition[0] == "attachment":
                self._attach(inner, False)

    # Text

    def _plain(self, part: Entity) -> None:
        data = part.data
        words: list[bytes] = []
        place = 0
        for name, content, start, end in uu_files(data, self.files):
            words.append(data[place:start])
            place = end
            self.files -= 1
            self._keep(clean_name(decode(name)) or "attachment.bin", "application/octet-stream", content)
        if words:
            data = b"".join([*words, data[place:]])
        text = self._within(decode(data[:BYTES_LIMIT], part.charset), len(data) > BYTES_LIMIT, part)
        if part.content[1].get("format", "").lower() == "flowed":
            text = unflowed(text, part.content[1].get("delsp", "").lower() == "yes")
        if part.media in ("text/enriched", "text/richtext"):
            text = enriched(text)
        if part.media == "text/plain" and _IS_HTML.match(text):
            self._add_html(html_text(text, self.images))  # HTML under the wrong name
        else:
            self.body.texts.append(tidy(text))

    def _html(self, part: Entity) -> None:
        data = _PICTURE.sub(self._picture, part.data)
        html = self._within(_html(part, data), len(data) > BYTES_LIMIT, part)
        self._add_html(html_text(html, self.images))

    def _picture(self, found: re.Match[bytes]) -> bytes:
        """Keep a picture that is written into HTML, and refer to it as to any other."""
        content = base64_bytes(found[2]) if self.pictures else b""
        if len(content) < SMALLEST_PICTURE:
            return b"data:,"  # a line or a corner that somebody drew
        media = f"image/{found[1].decode('ascii').lower()}"
        cid = f"picture-{MOST_PICTURES + 1 - self.pictures}"
        self.pictures -= 1
        self.images[cid] = made_name(cid, media)
        self._keep(self.images[cid], media, content, cid, inline=True)
        return b"cid:" + cid.encode()

    def _add_html(self, shown: HtmlText) -> None:
        body = self.body
        if not body.text and shown.quoted_from is not None:
            body.quoted_from = shown.quoted_from
        text = shown.text[: 2 * TEXT_LIMIT]  # lists within lists grow by what they are indented
        if body.links and shown.links:
            # A second body counts its links on from those of the first.
            first = len(body.links)
            text = re.sub(
                r"\[(\d{1,3})\]",
                lambda found: f"[{int(found[1]) + first}]" if int(found[1]) <= len(shown.links) else found[0],
                text,
            )
        body.links += shown.links
        body.deceptive = body.deceptive or shown.deceptive
        body.texts.append(tidy(text))

    def _within(self, text: str, cut: bool, part: Entity) -> str:
        """Return as much of a body as the mail has room for; when that is not all, the part is kept too."""
        cut = cut or len(text) > self.room
        text = text[: self.room]
        self.room -= len(text)
        if cut:
            name = made_name("message", part.media)
            self.body.notes.append(f"[This mail is longer than what is shown: the rest is in {name}.]")
            self._keep(name, part.media, part.data)
        return text

    # Attachments

    def _attach(self, part: Entity, inline: bool) -> None:
        media, data = part.media, part.data
        if part.outer == "multipart/report" and media != "text/plain":
            self.body.reports.append(part)
        if media == "text/calendar" or (media == "application/ics" and not inline):
            self.invitations -= 1
            if self.invitations >= 0:
                self.body.notes.append(invitations.summary(decode(data[:200_000], part.charset or "utf-8")))
            if any(one.content == data for one in self.body.attachments):
                return  # Google and Outlook send the same invitation twice
        if media.endswith("pkcs7-mime") and part.depth == 0:
            signed = "signed" in part.content[1].get("smime-type", "signed")
            self.body.notes.append(
                f"[This mail is {'signed' if signed else 'encrypted'} as a whole; it is attached.]"
            )
        name = clean_name(part.filename)
        if not name and media in ("message/rfc822", "message/global"):
            subject = header_text(read_head(data.lstrip(b"\r\n")).raw("subject"))
            name = clean_name(re.sub(r"[/\\]", "_", subject[:80]) + ".eml") if subject else ""
        if not name:
            self.count += 1
            name = made_name(_STEMS.get(media, f"attachment-{self.count}"), media)
        self._keep(name, media, data, _content_id(part), inline)

    def _keep(self, name: str, media: str, content: bytes, cid: str = "", inline: bool = False) -> None:
        self.body.attachments.append(MailPart(name, media, content, cid, inline))


_STEMS = {
    "message/delivery-status": "delivery-status",
    "message/disposition-notification": "receipt",
    "text/rfc822-headers": "headers",
    "message/rfc822": "message",
    "text/calendar": "invitation",
    "application/ms-tnef": "winmail",
    "application/pgp-signature": "signature",
    "application/pgp-encrypted": "pgp-version",
    "application/pkcs7-signature": "smime",
    "application/x-pkcs7-signature": "smime",
    "application/pkcs7-mime": "smime",
    "application/x-pkcs7-mime": "smime",
}


def _html(part: Entity, data: bytes) -> str:
    """Return the HTML of a part, whose charset may be said within it alone."""
    data = data[:BYTES_LIMIT]
    label = part.charset
    if not label:
        found = _META.search(data[:4000])
        label = found[1].decode("ascii", "replace") if found else ""
    return decode(data, label)


_PICTURE = re.compile(rb"data:image/([a-z0-9.+\-]{1,20});base64,([A-Za-z0-9+/=\s]*)", re.I)
_META = re.compile(rb"<meta[^>]{0,200}charset\s{0,9}=\s{0,9}[\"']?([\w\-]{1,40})", re.I)
_IS_HTML = re.compile(r"\s{0,100}(?:<!doctype html|<html[\s>])", re.I)


def _has_text(part: Entity) -> bool:
    if part.children:
        return any(map(_has_text, part.children))
    return part.media in ("text/plain", "text/html", "text/enriched", "text/richtext") and (
        part.disposition[0] != "attachment" and not part.filename
    )


def _has_html(part: Entity) -> bool:
    return part.media == "text/html" or any(map(_has_html, part.children))


def _says_something(part: Entity) -> bool:
    for one in _walk(part):
        if not one.children and one.media.startswith("text/"):
            text = decode(one.data[:4000], one.charset).strip()
            if text and not (len(text) < 400 and _NO_TEXT.match(text)):
                return True
    return False
