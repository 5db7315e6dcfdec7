"""What was typed into a dialog and not sent, kept for the next time it opens: leaving loses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from textual.app import App

_KEPT: WeakKeyDictionary[App[Any], dict[str, dict[str, str]]] = WeakKeyDictionary()


def keep(app: App[Any], key: str, values: Mapping[str, str]) -> None:
    """Keep what was typed under `key` for as long as the program runs."""
    if key:
        _KEPT.setdefault(app, {})[key] = dict(values)


def kept(app: App[Any], key: str) -> dict[str, str]:
    """Return what was kept under `key`, empty when nothing was."""
    return dict(_KEPT.get(app, {}).get(key, {}))


def forget(app: App[Any], key: str) -> None:
    """Drop what was kept: it has been sent."""
    _KEPT.get(app, {}).pop(key, None)
