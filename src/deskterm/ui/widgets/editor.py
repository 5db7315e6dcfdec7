"""Writing in $EDITOR: the text goes through a private file that is gone afterwards."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from deskterm.domain.errors import Refused
from deskterm.domain.plain import clean_text


def editor_command() -> list[str]:
    """Return the words that start the person's editor. Raises Refused when there is none."""
    wanted = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        words = shlex.split(wanted)
    except ValueError as error:
        raise Refused(f"$EDITOR is not a command: {error}", hint="export EDITOR=nano") from error
    if not words:
        words = [name for name in ("sensible-editor", "nano", "vi") if shutil.which(name)][:1]
    if not words or shutil.which(words[0]) is None:
        name = Path(words[0]).name if words else ""
        raise Refused(f"there is no editor {name}".rstrip(), hint="export EDITOR=nano, or go on writing here")
    return words


def edit(text: str, away: Callable[[], AbstractContextManager[None]]) -> str:
    """Return `text` as the person left it in their editor; `away` gives the terminal up meanwhile.

    Raises Refused when the editor cannot run or ends with an error: the text is as it was.
    """
    words = editor_command()
    # mkdtemp makes the folder for this user alone; the file itself is no more open than that.
    folder = Path(tempfile.mkdtemp(prefix="deskterm-"))
    path = folder / "message.md"
    try:
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
        with away():
            code = subprocess.run([*words, str(path)], check=False).returncode
        if code:
            raise Refused(
                f"{Path(words[0]).name} ended with {code}", hint="what was written here is unchanged"
            )
        written = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise Refused(f"the editor could not be used: {error.strerror or error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return clean_text(written).rstrip("\n")
