"""What is put right of Textual until it is put right there, applied when the app is made."""

from __future__ import annotations

from functools import lru_cache

from textual._styles_cache import StylesCache
from textual.color import Color
from textual.style import Style


@lru_cache(1024)
def inner_outer(base_background: Color, background: Color) -> tuple[Style, Style]:
    """Return the colours inside and outside a border."""
    return Style(background=base_background + background), Style(background=base_background)


def forget_what_is_gone() -> None:
    """Keep no widget's painted lines after the widget.

    Textual 8.2.8 remembers these colours by the cache of each widget (the method lacks its `@classmethod`)
    and with it the lines of the last thousand widgets: a megabyte for each ticket that was opened.
    """
    StylesCache.get_inner_outer = staticmethod(inner_outer)  # type: ignore[assignment]
