"""Taking in one mail, whatever it holds: it is stored or set aside, and only storage may fail."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from deskterm.domain.errors import StorageError

if TYPE_CHECKING:
    from deskterm.domain.delivery import Mailbox, Received
    from deskterm.store.store import Store

log = logging.getLogger(__name__)


def take(store: Store, raw: bytes, mailbox: Mailbox) -> Received:
    """Take a mail in; what nobody foresaw goes to quarantine too, so that it never blocks the next.

    Raises StorageError: then nothing happened, and the mail is to be offered again.
    """
    try:
        return store.deliver(raw, mailbox)
    except StorageError:
        raise
    except Exception as error:
        log.exception("a mail could not be taken in")
        return store.set_aside(raw, f"deskterm failed: {type(error).__name__}", mailbox)
