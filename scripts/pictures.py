"""Pictures of a running screen: SVG without a foreign font address, the same bytes for the same screen."""

from __future__ import annotations

import re

_FONT = re.compile(r"@font-face\s*\{[^}]*\}\s*", re.DOTALL)
_GENERATOR = re.compile(r"\s*<!-- Generated with .*? -->", re.DOTALL)
_UNIQUE = re.compile(r"terminal-\d+")
FAMILY = "JetBrains Mono, DejaVu Sans Mono, Menlo, Consolas"


def plain_svg(svg: str) -> str:
    """Return an SVG that names no address and no generator, and keeps its columns in any renderer.

    Leading no-break spaces are dropped by some renderers; plain ones are kept when the text says so.
    """
    svg = _GENERATOR.sub("", _FONT.sub("", svg))
    svg = _UNIQUE.sub("terminal", svg).replace("Fira Code", FAMILY)
    return svg.replace("&#160;", " ").replace("<text ", '<text xml:space="preserve" ')
