"""HTML cut into tags and text in one pass: linear in its length, whatever stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

_ATTRIBUTE = re.compile(r"""([^\s=>"'/]{1,100})\s{0,20}(?:=\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?""")
_NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9:_\-]{0,60}")
_WANTED = frozenset(
    ("href", "src", "alt", "id", "class", "type", "width", "height", "style", "start", "role", "hidden")
)
MOST_ATTRIBUTES = 40
ATTRIBUTE_LIMIT = 4000

# Their content is no text; it ends at the closing tag and nowhere else.
_SKIPPED = (
    "script",
    "style",
    "head",
    "title",
    "template",
    "noscript",
    "svg",
    "math",
    "object",
    "iframe",
    "xml",
)

Token = tuple[str, str, dict[str, str]]
"""(`text`, the text, {}), (`open` or `close`, the tag's name, its attributes)."""


def tokens(html: str) -> Iterator[Token]:
    """Yield what HTML consists of; comments, declarations and what is never shown are left out."""
    place, end = 0, len(html)
    lower = html.lower() if len(html.lower()) == len(html) else html
    never: set[str] = set()  # closing tags that do not come any more
    while place < end:
        start = html.find("<", place)
        if start < 0:
            yield "text", _unescaped(html[place:]), {}
            return
        if start > place:
            yield "text", _unescaped(html[place:start]), {}
        follows = html[start + 1 : start + 2]
        if follows == "!":
            place = _after_comment(html, start, never)
            continue
        if follows == "?":
            close = html.find(">", start)
            place = end if close < 0 else close + 1
            continue
        found = _NAME.match(html, start + 1)
        if found is None:
            yield "text", "<", {}
            place = start + 1
            continue
        name = found[0].lower()
        close = _end_of_tag(html, found.end(), never)
        inside = html[found.end() : close]
        place = min(end, close + 1)
        if name.startswith("/"):
            yield "close", name[1:], {}
            continue
        yield "open", name, _attributes(inside)
        if name in _SKIPPED and not inside.endswith("/") and name not in never:
            closing = lower.find(f"</{name}", place)
            if (
                name == "head"
                and (body := lower.find("<body", place)) >= 0
                and (closing < 0 or body < closing)
            ):
                closing = body
            if closing < 0:
                never.add(name)  # never closed: what follows is shown
                if name in ("script", "style"):
                    return
            else:
                place = closing


def _after_comment(html: str, start: int, never: set[str]) -> int:
    """Return where the comment or declaration at `start` has ended."""
    if html.startswith("<!--", start):
        if html.startswith(("<!-->", "<!--->"), start):
            return html.index(">", start) + 1
        if "-->" not in never:
            close = html.find("-->", start + 4)
            if close >= 0:
                return close + 3
            never.add("-->")
    close = html.find(">", start)
    return len(html) if close < 0 else close + 1


def _end_of_tag(html: str, place: int, never: set[str]) -> int:
    """Return where the `>` of a tag is; one in quotes does not count, unless the quote is never closed."""
    end = len(html)
    seen = 0
    while place < end and seen < MOST_ATTRIBUTES * 2:
        found = _MARK.search(html, place)
        if found is None:
            return end
        if found[0] == ">":
            return found.start()
        quote = found[0][-1]
        seen += 1
        close = -1 if quote in never else html.find(quote, found.end())
        if close < 0:
            never.add(quote)
            place = found.end()
        else:
            place = close + 1
    close = html.find(">", place)
    return end if close < 0 else close


_MARK = re.compile(r""">|=\s{0,20}["']""")


def _attributes(inside: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if not inside or inside.isspace():
        return found
    for count, match in enumerate(_ATTRIBUTE.finditer(inside)):
        if count == MOST_ATTRIBUTES:
            break
        name = match[1].lower()
        if name in _WANTED and name not in found:
            value = match[2] or match[3] or match[4] or ""
            found[name] = _unescaped(value[:ATTRIBUTE_LIMIT])
    return found


def _unescaped(text: str) -> str:
    return unescape(text) if "&" in text else text
