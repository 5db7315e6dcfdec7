"""Mails in files: single ones, mboxes, Maildirs and folders of them, one at a time however large they are."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

from deskterm.channels.mail.mime import MAIL_LIMIT
from deskterm.domain.errors import InputFileError

KEPT_LIMIT = 4 * MAIL_LIMIT
"""Bytes of one mail that are taken at all; more is no mail."""

LINE_LIMIT = 1024 * 1024
GZIP = b"\x1f\x8b"


class Found(NamedTuple):
    """One mail of a source: where it stands, and its bytes."""

    where: str
    raw: bytes


def mails_in(path: Path) -> Iterator[Found]:
    """Yield the mails of a file or folder. Raises InputFileError when there are none to read there."""
    try:
        if path.is_dir():
            yield from _folder(path)
        elif path.is_file():
            yield from _file(path)
        else:
            raise InputFileError(f"there is no file or folder {path}", field="file")
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputFileError(f"cannot read {path}: {reason}", field="file") from None


def _folder(path: Path) -> Iterator[Found]:
    """Yield the mails of a Maildir, or of the files below a folder by their names."""
    halves = [path / name for name in ("cur", "new") if (path / name).is_dir()]
    places = halves or [path]
    files = sorted((file.name, file) for place in places for file in place.iterdir() if file.is_file())
    for name, file in files:
        if not halves and not name.lower().endswith((".eml", ".mbox", ".mbox.gz")):
            continue
        yield from _file(file, one=bool(halves))
    if not halves:
        for folder in sorted(one for one in path.iterdir() if one.is_dir() and not one.is_symlink()):
            yield from _folder(folder)


def _file(path: Path, *, one: bool = False) -> Iterator[Found]:
    with path.open("rb") as plain:
        packed = plain.read(2) == GZIP
    with _unpacked(path) if packed else path.open("rb") as file:
        if not one and file.read(5) == b"From ":
            file.seek(0)
            yield from _mbox(file, str(path))
            return
        file.seek(0)
        yield Found(str(path), file.read(KEPT_LIMIT))


def _unpacked(path: Path) -> IO[bytes]:
    """Open what gzip has packed."""
    return cast("IO[bytes]", gzip.open(path, "rb"))


def _mbox(file: IO[bytes], path: str) -> Iterator[Found]:
    """Yield the mails of an mbox: each begins with a `From ` line after an empty one."""
    number, start = 0, 1
    lines: list[bytes] = []
    size, empty = 0, True
    line_number = 0
    while line := file.readline(LINE_LIMIT):
        line_number += 1
        if empty and line.startswith(b"From "):
            if number:
                yield Found(f"{path}:{start}", _joined(lines))
            number, start, size = number + 1, line_number, 0
            lines.clear()
            empty = False
            continue
        empty = line in (b"\n", b"\r\n")
        size += len(line)
        if size <= KEPT_LIMIT:
            # A line of the text that begins with "From " was written with a mark before it.
            lines.append(line[1:] if line.lstrip(b">").startswith(b"From ") and line[:1] == b">" else line)
    if number:
        yield Found(f"{path}:{start}", _joined(lines))


def _joined(lines: list[bytes]) -> bytes:
    """Return the mail without the empty line that parts it from the next one."""
    if lines and lines[-1] in (b"\n", b"\r\n"):
        lines.pop()
    return b"".join(lines)
