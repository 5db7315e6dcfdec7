"""Writing a file whole or not at all: beside it first, then in its place, readable by its owner alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from deskterm.domain.errors import StorageError


@contextmanager
def replacing(path: Path, newline: str = "\n") -> Iterator[TextIO]:
    """Give a file to write into that takes the place of `path` at the end. Raises StorageError."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline=newline) as file:
            yield file
        os.replace(temporary, path)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}", hint="a file that was there stays as it was"
        ) from error
    finally:
        with suppress(OSError):
            os.unlink(temporary)
