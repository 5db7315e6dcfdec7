"""Files of this machine: read to be attached, within the limit, and written without overwriting anything."""

from __future__ import annotations

import mimetypes
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from deskterm.domain.attaching import LIMIT, file_refused, label, size_words, too_large
from deskterm.domain.errors import DeskError, InputFileError, Refused
from deskterm.domain.plain import clean_line
from deskterm.domain.ticket import NewFile

MOST_COMPLETIONS = 200


def fits(paths: Iterable[str]) -> None:
    """Raise Refused when files are too large or too many for one message, InputFileError when one is none."""
    wrong = too_large([file_size(path) for path in paths])
    if wrong:
        raise Refused(wrong, field="attachments", hint="leave some out, or send a link")


def read_files(paths: Iterable[str]) -> tuple[NewFile, ...]:
    """Return files ready to be attached. Raises InputFileError, Refused when they are too large."""
    files = tuple(read_file(path) for path in paths)
    file_refused(files)
    return files


def file_size(path: str) -> int:
    """Return the size of a file that can be attached. Raises InputFileError, Refused when it is too large."""
    return _looked_at(_meant(path)).st_size


def file_words(paths: Iterable[str]) -> dict[str, str]:
    """Say of each path which file it is and how large, or what is wrong with it."""
    found = {}
    for path in paths:
        name = label(_meant(path).name)
        try:
            found[path] = f"{name} {size_words(file_size(path))}"
        except DeskError as error:
            found[path] = f"{name} ({error.message.rpartition(': ')[2]})"
    return found


def read_file(path: str) -> NewFile:
    """Return a file ready to be attached. Raises InputFileError, Refused when it is too large."""
    place = _meant(path)
    _looked_at(place)
    try:
        with place.open("rb") as file:
            # A file may grow while it is read.
            content = file.read(LIMIT + 1)
    except OSError as error:
        raise _cannot(place, error) from error
    wrong = too_large([len(content)])
    if wrong:
        raise Refused(f"{label(place.name)}: {wrong}", field="attachments")
    kind = mimetypes.guess_type(place.name)[0] or "application/octet-stream"
    return NewFile(label(place.name), kind, content)


def _looked_at(place: Path) -> os.stat_result:
    try:
        found = place.stat()
    except OSError as error:
        raise _cannot(place, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise InputFileError(f"{clean_line(str(place))} is no file", field="attachments")
    wrong = too_large([found.st_size])
    if wrong:
        raise Refused(
            f"{label(place.name)}: {wrong}", field="attachments", hint="send a link, or a part of it"
        )
    return found


def completions(text: str) -> tuple[str, ...]:
    """Return the paths that begin as typed: folders end in a slash, hidden ones need a dot."""
    folder, _, begin = text.rpartition("/")
    top = _meant(folder + "/" if "/" in text else ".")
    found = []
    try:
        with os.scandir(top) as entries:
            for entry in entries:
                if entry.name.casefold().startswith(begin.casefold()) and (
                    begin.startswith(".") or not entry.name.startswith(".")
                ):
                    way = f"{folder}/{entry.name}" if "/" in text else entry.name
                    found.append(way + "/" if entry.is_dir() else way)
                    if len(found) >= MOST_COMPLETIONS:
                        break
    except OSError:
        return ()
    return tuple(sorted(found, key=lambda way: (not way.endswith("/"), way.casefold())))


def write_file(path: str, content: bytes, *, over: bool = False) -> Path:
    """Write bytes to a new file, or over an old one if agreed. Raises FileExistsError, InputFileError."""
    place = _meant(path)
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if over else os.O_EXCL) | getattr(os, "O_NOFOLLOW", 0)
    try:
        with os.fdopen(os.open(place, flags, 0o600), "wb") as file:
            file.write(content)
    except FileExistsError:
        raise
    except OSError as error:
        raise _cannot(place, error) from error
    return place


def free_path(folder: Path, name: str) -> Path:
    """Return a path in a folder at which there is nothing yet: name, name (2), …"""
    place, at = folder / name, 1
    while place.exists() or place.is_symlink():
        at += 1
        place = folder / f"{Path(name).stem} ({at}){Path(name).suffix}"
    return place


def download_folder() -> Path:
    """Return where files are saved unless somebody says another place."""
    downloads = Path.home() / "Downloads"
    return downloads if downloads.is_dir() else Path.cwd()


def _meant(path: str) -> Path:
    try:
        return Path(path.strip()).expanduser()
    except (RuntimeError, ValueError):
        return Path(path.strip())


def _cannot(place: Path, error: OSError) -> InputFileError:
    said = error.strerror or str(error)
    return InputFileError(f"{clean_line(str(place))}: {said}", field="attachments")
