"""Finds the style sheets: inside the installed package, or in the checkout during development."""

from __future__ import annotations

from pathlib import Path


def _folder() -> Path:
    packaged = Path(__file__).parents[1] / "styles"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "styles"


STYLES = _folder()
