"""What a verb of the command line is."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verb:
    """One command: `rest` is the list that takes further words, `terms` allows words such as -tag:vpn."""

    help: str
    handler: str
    arguments: Callable[[ArgumentParser], None]
    rest: str = ""
    terms: bool = False
    description: str = ""


def whole(text: str) -> int:
    """Return a whole number. Raises ArgumentTypeError."""
    try:
        return int(text.replace("\x00", ""))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no whole number") from None
