"""What can be refused and why: one family of errors that every door turns into words and exit codes."""

from __future__ import annotations

from datetime import datetime
from typing import Any


class DeskError(Exception):
    """Anything that is refused with a reason a person can act on.

    `code` names the family in JSON, `exit_code` follows CONTRACT section 3.
    """

    code = "refused"
    exit_code = 1

    def __init__(self, message: str, *, field: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.hint = hint


class Refused(DeskError):
    """A rule of the desk says no."""


class UsageError(DeskError):
    """The words of a command or query are wrong."""

    code = "usage"
    exit_code = 2


class QueryError(UsageError):
    """The query is wrong at `position` (a column, from 1); `expected` and `nearest` say how to mend it."""

    def __init__(self, message: str, position: int, expected: str, nearest: str | None = None) -> None:
        mend = f"; did you mean {nearest}?" if nearest else ""
        super().__init__(f"Column {position}: {message}; expected {expected}{mend}", hint=nearest or "")
        self.position = position
        self.expected = expected
        self.nearest = nearest


class NotFound(DeskError):
    """It does not exist, or not for this actor: the same answer."""

    code = "not_found"
    exit_code = 3


class NotAllowed(DeskError):
    """The actor's role does not include this."""

    code = "not_allowed"
    exit_code = 4


class Conflict(DeskError):
    """The field was changed meanwhile; nothing was overwritten."""

    code = "conflict"
    exit_code = 5

    def __init__(
        self, message: str, *, field: str = "", hint: str = "", mine: Any = None, theirs: Any = None
    ) -> None:
        super().__init__(message, field=field, hint=hint)
        self.mine = mine
        self.theirs = theirs
        self.by = ""
        self.at: datetime | None = None


class FieldMoved(Conflict):
    """A field does not hold the expected value any more; the store adds who changed it and when."""

    def __init__(self, ticket: int, field: str, expected: Any, found: Any) -> None:
        shown = found if found not in (None, "") else "empty"
        super().__init__(f"{field} of #{ticket} is now {shown}", field=field, mine=expected, theirs=found)
        self.ticket = ticket


class NewMessages(Conflict):
    """Somebody wrote on the ticket since the composer was opened; the draft is kept."""

    def __init__(self, ticket: int, count: int) -> None:
        plural = "s" if count != 1 else ""
        super().__init__(
            f"{count} new message{plural} on #{ticket} since you began; your draft is kept",
            field="messages",
            hint="read what is new, then send again",
        )
        self.ticket = ticket


class StorageError(DeskError):
    """The database is busy, full, read-only, damaged, newer or no database."""

    code = "storage"
    exit_code = 6


class Unstorable(StorageError):
    """The storage works, and does not take this: trying again is of no use."""


class InputFileError(DeskError):
    """A file to import is not what it should be."""

    code = "input"
    exit_code = 7
