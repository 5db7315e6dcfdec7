"""What is put right of Textual until it is put right there, applied when the app is made."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cache, lru_cache, wraps
from types import MemberDescriptorType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from rich.segment import Segment
from textual._compositor import Compositor
from textual._styles_cache import StylesCache
from textual.app import App
from textual.await_remove import AwaitRemove
from textual.cache import FIFOCache
from textual.color import Color
from textual.css.styles import RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.events import ScreenResume
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget


@lru_cache(1024)
def inner_outer(base_background: Color, background: Color) -> tuple[Style, Style]:
    """Return the colours inside and outside a border."""
    return Style(background=base_background + background), Style(background=base_background)


def renders(self: Compositor, crop: Region | None = None) -> Iterator[tuple[Region, Region, list[Strip]]]:
    """Render the lines of widgets that are in `crop` and not behind others: regions, what is seen, lines."""
    free = [(1 << self.size.width) - 1] * self.size.height
    """The cells of each line that nothing was painted on, as bits."""
    for widget, (region, clip) in self.visible_widgets.items():
        if crop is not None:
            clip = clip.intersection(Region(clip.x, crop.y, clip.width, crop.height))
        seen = region.intersection(clip)
        if not seen:
            continue
        cells = ((1 << seen.width) - 1) << seen.x
        for first, last in _runs([y for y in seen.line_range if free[y] & cells]):
            part = Region(seen.x, first, seen.width, last - first + 1)
            strips = widget.render_lines(part.translate((-region.x, -region.y)))
            for y, strip in zip(part.line_range, strips, strict=False):
                # What is being removed renders nothing: then what is behind it is seen.
                if strip.cell_length >= seen.width:
                    free[y] &= ~cells
            yield region, part, strips


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of numbers that follow each other."""
    first = 0
    for at, number in enumerate(numbers):
        if at + 1 == len(numbers) or numbers[at + 1] != number + 1:
            yield numbers[first], number
            first = at + 1


def paint_only_what_changed() -> None:
    """Render the lines that changed and are seen instead of all lines of all widgets that are on the screen.

    Textual 8.2.8 asks whether what changed is within the clip of a widget, which is mostly the whole screen:
    moving a cursor by a line took the lines of the header, the list and the footer through every filter. And
    it renders the empty lines of whatever holds other widgets, behind those: half of all lines of a screen.
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


class Known(NamedTuple):
    """What the rules of a stylesheet come to for nodes that look alike to them."""

    rules: RulesMap
    hover: bool
    focus_within: bool
    order: bool
    odd_or_even: bool


MOST_KNOWN = 2_000
"""Kinds of nodes that are remembered: all screens and dialogs have a few hundred."""


def look_of(node: DOMNode) -> Hashable:
    """Return all of a node and what it is in that a rule can ask for, but for its place among others."""
    app = node.app
    found: list[Hashable] = [app.app_focus, app.native_ansi_color, app.no_color, app.is_inline]
    at: object = node
    while isinstance(at, DOMNode):
        state = (
            (at.mouse_hover, at.has_focus, at.disabled, at.allow_focus()) if isinstance(at, Widget) else ()
        )
        found.append((type(at), at.id, at.classes, state))
        at = at._parent
    return tuple(found)


def look_styles_up_once() -> None:
    """Find the styles of a widget by what it looks like to the rules, once for all that look alike.

    Textual 8.2.8 goes through every rule of every style sheet for each widget, and for each part of one that
    has a colour of its own: sixty times where a ticket is opened to be answered, a third of what that takes.
    """
    apply = Stylesheet.apply
    rules_of: WeakKeyDictionary[Stylesheet, tuple[object, dict[Hashable, Known]]] = WeakKeyDictionary()

    @wraps(apply)
    def apply_known(
        self: Stylesheet,
        node: DOMNode,
        *,
        animate: bool = False,
        cache: dict[tuple[Any, ...], RulesMap] | None = None,
    ) -> None:
        # A theme or a style sheet that is new makes a new list.
        of, known = rules_of.get(self, (None, {}))
        if of is not self.rules or len(known) > MOST_KNOWN:
            known = {}
            rules_of[self] = (self.rules, known)
        look = look_of(node)
        one = known.get(look)
        if one is None:
            found: dict[tuple[Any, ...], RulesMap] = {}
            apply(self, node, animate=animate, cache=found)
            # It keeps none where the place among others matters, and needs none where no rule holds.
            for rules in found.values():
                known[look] = Known(
                    rules,
                    node._has_hover_style,
                    node._has_focus_within,
                    node._has_order_style,
                    node._has_odd_or_even,
                )
            return
        node._has_hover_style, node._has_focus_within = one.hover, one.focus_within
        node._has_order_style, node._has_odd_or_even = one.order, one.odd_or_even
        self.replace_rules(node, one.rules, animate=animate)
        self._process_component_classes(node)

    Stylesheet.apply = apply_known  # type: ignore[method-assign]


def style_a_new_screen_once() -> None:
    """Leave the styles of a screen that was made just now as they are.

    Textual 8.2.8 applies them to each widget that is made, and to all of a screen's again when it is shown.
    """
    load, resume = App._load_screen_css, Screen._on_screen_resume
    styled: WeakKeyDictionary[Screen[Any], object] = WeakKeyDictionary()

    def load_css(self: App[object], screen: Screen[Any]) -> None:
        rules = self.stylesheet.rules
        load(self, screen)
        # Else the screen itself was made before its own style sheet was read.
        if screen.stack_updates == 0 and self.stylesheet.rules is rules:
            # One that was made ahead has the styles of then.
            styled.setdefault(screen, rules)

    def resumed(self: Screen[Any], event: ScreenResume) -> None:
        if styled.pop(self, None) is self.app.stylesheet.rules:
            event.refresh_styles = False
        resume(self, event)

    App._load_screen_css = load_css  # type: ignore[method-assign, assignment]
    Screen._on_screen_resume = resumed  # type: ignore[method-assign]


@cache
def put_right() -> None:
    """Apply all of it, once."""
    make_lines_without_caches()
    forget_what_is_gone()
    paint_only_what_changed()
    leave_the_screen_below()
    look_styles_up_once()
    style_a_new_screen_once()
