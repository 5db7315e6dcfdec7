"""Attaching: how large files may be, and which of their names and kinds are safe to write and to open."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from deskterm.domain.errors import Refused
from deskterm.domain.plain import clean_line
from deskterm.domain.ticket import NewFile

LIMIT = 25_000_000
"""Bytes of the files of one message together: what a mail may weigh (CONTRACT section 5)."""

MOST_FILES = 50

NAME_BYTES = 200
"""Of a name that is written to a disk: every file system takes as many."""

_RUNS = (
    "app appimage bat cmd com command cpl desktop dll exe gadget hta htm html inf ins iso jar js jse jnlp "
    "ksh lnk mjs msc msi msp pif pkg ps1 py pyw rb reg run scf scr sct settingcontent-ms sh shb shs svg "
    "terminal url vb vbe vbs workflow ws wsf wsh xht xhtml xml xsl zsh"
)
RUNS = frozenset(_RUNS.split())
"""Endings of files that may do something when they are opened: they are saved, never opened from here."""

OPENS = ("https://", "http://", "mailto:")
"""How links begin that may be opened."""

_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{name}{at}" for name in ("com", "lpt") for at in range(1, 10))]
)


def size_words(size: int) -> str:
    """Write a size in bytes the way people say it."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def too_large(sizes: Sequence[int]) -> str:
    """Say what is wrong with files of these sizes on one message, "" when nothing is."""
    if len(sizes) > MOST_FILES:
        return f"{len(sizes)} files are too many: {MOST_FILES} are the limit"
    if sum(sizes) > LIMIT:
        together = "the files are" if len(sizes) > 1 else "the file is"
        return f"{together} {size_words(sum(sizes))}: {size_words(LIMIT)} are the limit of one message"
    return ""


def file_refused(files: Sequence[NewFile]) -> None:
    """Raise Refused when files are too large or too many for one message."""
    wrong = too_large([len(file.content) for file in files])
    if wrong:
        raise Refused(wrong, field="attachments", hint="leave some out, or send a link")


def safe_name(name: str, otherwise: str = "attachment") -> str:
    """Return a name under which a file can be written: no folders, nothing hidden, nothing invisible.

    Direction-changing and control characters would make it look like another; leading dots hide it; and
    some names are devices on some systems.
    """
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(
        char for char in unicodedata.normalize("NFC", base) if unicodedata.category(char)[0] != "C"
    )
    kept = re.sub(r'[<>:"|?*\s]+', " ", kept).strip(" .").lstrip("-~")
    stem, dot, ending = kept.rpartition(".")
    if not stem:
        stem, dot, ending = kept, "", ""
    if stem.casefold() in _DEVICES:
        stem += "_"
    ending = ending[:20]
    room = NAME_BYTES - len((dot + ending).encode())
    stem = stem.encode()[:room].decode("utf-8", "ignore").strip(" .")
    return f"{stem}{dot}{ending}" if stem else otherwise


def runs(name: str, media_type: str = "") -> bool:
    """Say whether opening a file may do more than show it."""
    ending = name.rpartition(".")[2].casefold().strip() if "." in name else ""
    kind = media_type.casefold()
    return (
        ending in RUNS or not ending or any(word in kind for word in ("script", "executable", "html", "xml"))
    )


def label(name: str) -> str:
    """Return how a file that an agent adds is called on the ticket."""
    return clean_line(safe_name(name), 255)
