"""What agents write, as simple HTML beside the text: Markdown without HTML, images or links that run code."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

LONGEST = 200_000
"""Characters that are worth an HTML form: what is longer is a log, and reads best as text."""

_HEAD = (
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head>'
    '<body style="font-family: sans-serif; line-height: 1.4">\n'
)


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Nothing of a text is HTML, and nothing is fetched by opening the mail.
    return (
        MarkdownIt("commonmark", {"html": False, "breaks": True})
        .enable(["table", "strikethrough"])
        .disable(["image", "html_block", "html_inline"])
    )


def to_html(text: str, small: str = "") -> str:
    """Return a text as a page of HTML, "" for one that is better left as it is; `small` stands below it."""
    if len(text) > LONGEST:
        return ""
    below = f'<p style="color: #999; font-size: small">{escape(small)}</p>\n' if small else ""
    return f"{_HEAD}{_markdown().render(text)}{below}</body></html>\n"
