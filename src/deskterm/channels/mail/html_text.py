"""HTML as text that reads well in a terminal: links as numbers, tables in columns, quotes behind `>`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from deskterm.channels.mail.encoded import visible
from deskterm.channels.mail.html_links import deception, same, target_of
from deskterm.channels.mail.html_tables import table_lines
from deskterm.channels.mail.html_tokens import tokens

DEEPEST = 25
"""Quotes, lists and cells within each other that are drawn as such; deeper ones flow on."""

MOST_LINKS = 500
RULE = "─" * 20

_SPACES = re.compile(r"[ \t\n\r\f\u00a0\u2000-\u200a\u202f\u205f]+")
_SOFT = re.compile(r"[\u00ad\u200b\ufeff]|(?:[\u200c\u034f][\s\u00a0]*){3,}")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.I)
_TINY = re.compile(r"[01](px)?")
_QUOTED_FROM = re.compile(
    r"(?:x_)*(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION"
    r"|isReplyContent"
    r"|yahoo_quoted\w*|ydp\w*yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra)"
)
_MARK = "\x00quote"

_BLOCKS = frozenset(
    ("div", "section", "article", "header", "footer", "main", "center", "form", "fieldset", "address",
    "dd", "dt", "dl",
     "figure", "figcaption", "nav", "aside", "details", "summary", "body", "html", "ul", "ol", "tbody",
     "thead",
     "tfoot", "caption", "legend", "option", "hgroup", "dir", "menu")
)  # fmt: skip
_SPACED = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "pre"))
_VOID = frozenset(
    ("br", "hr", "img", "wbr", "input", "meta", "link", "area", "base", "col", "source", "track")
)
_OWN_FRAME = {"blockquote": "quote", "li": "item", "td": "cell", "th": "cell", "table": "table"}


@dataclass
class _Frame:
    """Something that indents or places what is in it: its lines so far, and the line being written."""

    kind: str
    mark: str = ""
    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    gap: bool = False  # an empty line is due before the next one
    rows: list[list[list[str]]] = field(default_factory=list)
    layout: bool = False

    def end_line(self) -> None:
        """Finish the line being written, if anything is in it."""
        text = "".join(self.line).rstrip(" ")
        self.line.clear()
        if text:
            self.add([text])

    def add(self, lines: list[str]) -> None:
        """Put whole lines in."""
        if self.gap and self.lines:
            self.lines.append("")
        self.gap = False
        self.lines.extend(lines)


@dataclass(frozen=True, slots=True)
class HtmlText:
    """Readable text, the targets of its links by number from 1, and the line where the sender's program
    says that the mail before begins (None when it does not say)."""

    text: str
    links: tuple[str, ...]
    quoted_from: int | None
    deceptive: tuple[str, str] | None = None
    """A link that shows one host and leads to another: both."""


def html_text(html: str, images: Mapping[str, str] | None = None) -> HtmlText:
    """Return HTML as text. `images` are names of inline images by content id; nothing is ever fetched."""
    writer = _Writer(images or {})
    for kind, value, attributes in tokens(visible(html)):
        if kind == "text":
            writer.text(value)
        elif kind == "open":
            writer.open(value, attributes)
        else:
            writer.close(value)
    return writer.result()


class _Writer:
    """Follows the tags of a document and writes what they show."""

    def __init__(self, images: Mapping[str, str]) -> None:
        self.images = images
        self.frames = [_Frame("page")]
        self.pre = 0
        self.lists: list[int] = []  # the next number of each open list, -1 for one without
        self.links: dict[str, int] = {}
        self.target = ""
        self.anchor: list[str] | None = None
        self.unseen: list[str] = []  # tags open inside one that is not shown, that one first
        self.deceptive: tuple[str, str] | None = None

    @property
    def top(self) -> _Frame:
        return self.frames[-1]

    # What is shown

    def text(self, text: str) -> None:
        """Write text as it flows: blanks are one, or as they are in `pre`."""
        if self.unseen:
            return
        text = _SOFT.sub("", visible(text)) if not text.isascii() else visible(text)
        if self.pre:
            first, *others = text.replace("\u00a0", " ").split("\n")
            self.top.line.append(first)
            for after in others:
                self.top.add(["".join(self.top.line).rstrip()])
                self.top.line[:] = [after]
            return
        text = _SPACES.sub(" ", text)
        line = self.top.line
        if text.startswith(" ") and (not line or line[-1].endswith(" ")):
            text = text[1:]
        if text:
            line.append(text)
            if self.anchor is not None:
                self.anchor.append(text)

    def open(self, name: str, given: dict[str, str]) -> None:
        """Begin an element."""
        if self.unseen:
            if name not in _VOID and name == self.unseen[0]:
                self.unseen.append(name)
            return
        hidden = "hidden" in given or _HIDDEN.search(given.get("style", ""))
        if hidden and name not in _VOID and name not in ("body", "html"):
            self.unseen.append(name)
            return
        if _QUOTED_FROM.fullmatch(given.get("id", "")) or any(
            map(_QUOTED_FROM.fullmatch, given.get("class", "").split()[:10])
        ):
            self._break()
            self.top.lines.append(_MARK)
        if name == "br":
            self._line()
        elif name == "img":
            self._image(given)
        elif name == "a":
            self._end_link()
            self.target, self.anchor = target_of(given.get("href", "")), []
        elif name == "hr":
            self._gap()
            self.top.add([RULE])
            self._gap()
        else:
            self._open_block(name, given)

    def _open_block(self, name: str, given: dict[str, str]) -> None:
        if name in _SPACED:
            self._gap()
        elif name in _BLOCKS:
            self._break()
        if name == "pre":
            self.pre += 1
        elif name in ("ul", "ol") and len(self.lists) < DEEPEST:
            if not self.lists:
                self._gap()
            start = given.get("start", "")
            self.lists.append((int(start) if re.fullmatch(r"\d{1,6}", start) else 1) if name == "ol" else -1)
        elif name == "tr":
            self._close_to("cell", "table")
            if self.top.kind == "table":
                self.top.rows.append([])
        elif name in _OWN_FRAME:
            self._push(_OWN_FRAME[name], given)

    def _push(self, kind: str, given: dict[str, str]) -> None:
        mark = ""
        if kind == "cell":
            self._close_to("cell", "table")
            if self.top.kind != "table":
                return
        elif kind == "item":
            self._close_to("item", "table", "cell", "quote", past_lists=False)
            self._break()
            mark = "- "
            if self.lists and self.lists[-1] >= 0:
                mark = f"{self.lists[-1]}. "
                self.lists[-1] += 1
        if len(self.frames) < DEEPEST:
            self._break()
            self.frames.append(_Frame(kind, mark, layout=given.get("role") in ("presentation", "none")))
        else:
            self._break()
            self.top.line.append(mark)

    def close(self, name: str) -> None:
        """End an element."""
        if self.unseen:
            if name == self.unseen[0]:
                self.unseen.pop()
            return
        if name == "a":
            self._end_link()
        elif name == "pre":
            self._break()
            self.pre = max(0, self.pre - 1)
        elif name in _OWN_FRAME:
            kind = _OWN_FRAME[name]
            self._close_to(kind, *(() if kind == "table" else ("table",)))
        elif name in ("ul", "ol") and self.lists:
            self._close_to("item", "table", "quote")
            self.lists.pop()
        elif name == "tr":
            self._close_to("cell", "table")
        if name in _SPACED:
            self._gap()
        elif name in _BLOCKS:
            self._break()
        if name in ("ul", "ol") and not self.lists:
            self._gap()

    # Frames

    def _close_to(self, kind: str, *barriers: str, past_lists: bool = True) -> None:
        """Close frames down to the nearest of `kind`, that one too; nothing when a barrier is nearer."""
        for depth in range(len(self.frames) - 1, 0, -1):
            here = self.frames[depth].kind
            if here == kind:
                if kind == "item" and not past_lists and self._items() < len(self.lists):
                    return  # the first item of a list inside an item
                while len(self.frames) > depth:
                    self._pop()
                return
            if here in barriers:
                return

    def _items(self) -> int:
        return sum(frame.kind == "item" for frame in self.frames)

    def _pop(self) -> None:
        frame = self.frames[-1]
        self._break()
        self.frames.pop()
        lines = frame.lines
        if frame.kind == "cell":
            table = self.top
            if not table.rows:
                table.rows.append([])
            table.rows[-1].append(lines)
            return
        if frame.kind == "table":
            lines = lines + table_lines(frame.rows, frame.layout)
            self._gap()
        elif frame.kind == "quote":
            lines = [line if line == _MARK else f"> {line}".rstrip() for line in _trimmed(lines)]
        elif frame.kind == "item":
            indent = " " * len(frame.mark)
            lines = [
                (frame.mark if place == 0 else indent) + line if line else line
                for place, line in enumerate(_trimmed(lines))
            ]
        self.top.end_line()
        if lines:
            self.top.add(lines)

    def _break(self) -> None:
        self.top.end_line()

    def _gap(self) -> None:
        self.top.end_line()
        if self.top.lines:
            self.top.gap = True

    def _line(self) -> None:
        """End the line for a `br`, which makes an empty one where nothing stands before it."""
        if "".join(self.top.line).strip():
            self.top.end_line()
        elif self.top.lines and (self.top.lines[-1] or not self.top.gap):
            self.top.line.clear()
            self.top.gap = False
            self.top.lines.append("")
        if self.anchor is not None:
            self.anchor.append(" ")

    # Links and images

    def _end_link(self) -> None:
        if self.anchor is None:
            return
        shown = _SPACES.sub(" ", "".join(self.anchor)).strip()
        target, self.anchor = self.target, None
        if not target or not shown or same(shown, target):
            return
        if self.deceptive is None:
            self.deceptive = deception(shown, target)
        if target not in self.links:
            if len(self.links) == MOST_LINKS:
                return
            self.links[target] = len(self.links) + 1
        frame = self.top
        if not frame.line and frame.lines and not frame.gap and frame.lines[-1] not in ("", _MARK):
            frame.lines[-1] += f" [{self.links[target]}]"  # the link ended with a block
            return
        number = f"[{self.links[target]}]"
        while frame.line and not frame.line[-1].rstrip(" "):
            frame.line.pop()
        if frame.line:
            frame.line[-1] = frame.line[-1].rstrip(" ")
            number = " " + number
        frame.line.append(number)

    def _image(self, given: dict[str, str]) -> None:
        if _TINY.fullmatch(given.get("width", "")) or _TINY.fullmatch(given.get("height", "")):
            return
        source = given.get("src", "")
        alt = _SPACES.sub(" ", visible(given.get("alt", ""))).strip()[:200]
        if source.lower().startswith("cid:"):
            name = self.images.get(source[4:].strip().strip("<>"), "")
            alt = f"image: {name}" if name else alt or "image"
        elif not alt and self.anchor is not None:
            alt = "image"
        if alt:
            self.text(f"[{alt}]")

    def result(self) -> HtmlText:
        """Close what is open and return everything."""
        self._end_link()
        while len(self.frames) > 1:
            self._pop()
        self.top.end_line()
        lines: list[str] = []
        quoted_from = None
        for line in self.top.lines:
            if _MARK in line:
                quoted_from = len(lines) if quoted_from is None else quoted_from
            elif line or (lines and lines[-1]):
                lines.append(line)
        return HtmlText("\n".join(lines).rstrip(), tuple(self.links), quoted_from, self.deceptive)


def _trimmed(lines: list[str]) -> list[str]:
    start, end = 0, len(lines)
    while start < end and not lines[start]:
        start += 1
    while end > start and not lines[end - 1]:
        end -= 1
    return lines[start:end]
