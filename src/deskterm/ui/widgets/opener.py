"""Opening a file or a link with the system's own program: only when asked, and never what may run."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deskterm.domain.attaching import OPENS, runs, safe_name
from deskterm.domain.errors import Refused
from deskterm.store.files import write_file


def open_link(url: str) -> None:
    """Open a link. Raises Refused."""
    if not url.casefold().startswith(OPENS) or any(char.isspace() or not char.isprintable() for char in url):
        raise Refused("that is no link that can be opened", hint="copy it")
    _start(url)


def open_file(name: str, media_type: str, content: bytes) -> None:
    """Open a copy of a file, in a folder of this user alone. Raises Refused, InputFileError."""
    name = safe_name(name)
    if runs(name, media_type):
        raise Refused(f"{name} may do something when it is opened", hint="save it and look at it first")
    _program()
    folder = tempfile.mkdtemp(prefix="deskterm-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _start(str(write_file(str(Path(folder) / name), content)))


def _program() -> str:
    name = "open" if sys.platform == "darwin" else "xdg-open"
    found = shutil.which(name)
    if found is None:
        raise Refused(f"there is no {name} on this machine", hint="save it, or copy the link")
    return found


def _start(what: str) -> None:
    quiet = subprocess.DEVNULL
    try:
        subprocess.Popen(
            [_program(), what],
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            start_new_session=True,
            close_fds=True,
        )
    except OSError as error:
        raise Refused(f"it could not be opened: {error.strerror or error}") from error
