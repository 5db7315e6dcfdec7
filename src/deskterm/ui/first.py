"""What the screens may be given to paint before the store is open."""

from __future__ import annotations

from typing import Protocol

from deskterm.domain.lists import Counts, Listing


class FirstPage(Protocol):
    """What can be painted before the store is open."""

    @property
    def listing(self) -> Listing: ...
    @property
    def counts(self) -> Counts: ...
    @property
    def actor_name(self) -> str: ...
