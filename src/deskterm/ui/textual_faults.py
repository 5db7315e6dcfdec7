"""What is put right of Textual until it is put right there, applied when the app is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from types import MemberDescriptorType
from typing import Any

from rich.segment import Segment
from textual._compositor import Compositor
from textual._styles_cache import StylesCache
from textual.app import App
from textual.await_remove import AwaitRemove
from textual.cache import FIFOCache
from textual.color import Color
from textual.dom import DOMNode
from textual.geometry import Region
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget


@lru_cache(1024)
def inner_outer(base_background: Color, background: Color) -> tuple[Style, Style]:
    """Return the colours inside and outside a border."""
    return Style(background=base_background + background), Style(background=base_background)


def renders(self: Compositor, crop: Region | None = None) -> Iterator[tuple[Region, Region, list[Strip]]]:
    """Render the lines of widgets that are in `crop`: regions, what is seen of them, and lines."""
    for widget, (region, clip) in self.visible_widgets.items():
        if crop is not None:
            clip = clip.intersection(Region(clip.x, crop.y, clip.width, crop.height))
        seen = region.intersection(clip)
        if seen:
            yield region, clip, widget.render_lines(seen.translate((-region.x, -region.y)))


def paint_only_what_changed() -> None:
    """Render the lines that changed instead of all lines of all widgets that are on the screen.

    Textual 8.2.8 asks whether what changed is within the clip of a widget, which is mostly the whole screen:
    moving a cursor by a line took the lines of the header, the list and the footer through every filter.
    """
    Compositor._get_renders = renders  # type: ignore[method-assign]


def forget_what_is_gone() -> None:
    """Keep no widget's painted lines after the widget.

    Textual 8.2.8 remembers these colours by the cache of each widget (the method lacks its `@classmethod`)
    and with it the lines of the last thousand widgets: a megabyte for each ticket that was opened.
    """
    StylesCache.get_inner_outer = staticmethod(inner_outer)  # type: ignore[assignment]


def leave_the_screen_below() -> None:
    """Do not paint a screen again because the one above it is gone: it was painted when it came back.

    Textual 8.2.8 lays out and paints whatever lay around a widget that is removed, which for a screen or a
    dialog is all there is: eleven kilobytes once more on each Esc.
    """
    prune = App._prune

    def prune_unseen(self: App[object], *nodes: Widget, parent: DOMNode | None = None) -> AwaitRemove:
        return prune(self, *nodes, parent=None if isinstance(parent, App) else parent)

    App._prune = prune_unseen  # type: ignore[method-assign, assignment]


class Lazily:
    """A cache of a painted line that is made when it is first asked for."""

    __slots__ = ("_size", "_slot")

    def __init__(self, slot: MemberDescriptorType, size: int) -> None:
        self._slot, self._size = slot, size

    def __get__(self, strip: Strip, owner: type[Strip]) -> FIFOCache[Any, Any]:
        try:
            found: FIFOCache[Any, Any] = self._slot.__get__(strip, owner)
        except AttributeError:
            found = FIFOCache(self._size)
            self._slot.__set__(strip, found)
        return found


CACHES = {
    "_divide_cache": 4,
    "_crop_cache": 16,
    "_style_cache": 16,
    "_filter_cache": 4,
    "_line_length_cache": 4,
    "_crop_extend_cache": 4,
    "_offsets_cache": 4,
}
"""How many each of a line's caches holds, as Textual says."""


def make_lines_without_caches() -> None:
    """Give a painted line the caches it needs, and no others.

    Textual 8.2.8 makes seven for each, of which most lines use one: an eighth of the time of a frame, and
    two fifths of what a closed screen leaves to be collected.
    """

    def begin(self: Strip, segments: Iterable[Segment], cell_length: int | None = None) -> None:
        self._segments = list(segments)
        self._cell_length = cell_length
        self._render_cache = self._link_ids = self._cell_count = None

    for name, size in CACHES.items():
        setattr(Strip, name, Lazily(vars(Strip)[name], size))
    Strip.__init__ = begin  # type: ignore[method-assign]


@cache
def put_right() -> None:
    """Apply all of it, once."""
    make_lines_without_caches()
    forget_what_is_gone()
    paint_only_what_changed()
    leave_the_screen_below()
