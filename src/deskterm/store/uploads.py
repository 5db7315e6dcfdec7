"""Files that come with a command: looked at and packed before the lock, kept in the command's transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain import commands as c
from deskterm.domain.attaching import file_refused, label
from deskterm.domain.ticket import Attachment
from deskterm.storage import blobs

if TYPE_CHECKING:
    from deskterm.storage.database import Connection


WITH_FILES = (c.Reply, c.Note, c.StartSide, c.ReplySide)
CARRIES = (*WITH_FILES, c.Together)
"""The commands that files may come with, and the one that may hold those."""


class Upload(NamedTuple):
    """A command whose files are attachments by now, and their bytes."""

    command: c.Command
    packed: tuple[blobs.Packed, ...] = ()

    def keep(self, connection: Connection) -> None:
        """Keep the bytes."""
        for one in self.packed:
            blobs.put(connection, one)


def prepare(command: c.Command) -> Upload:
    """Take the files out of a command. Packing takes time, so nobody waits for it. Raises Refused."""
    if isinstance(command, c.Together):
        parts = [prepare(part) for part in command.parts]
        packed = tuple(one for part in parts for one in part.packed)
        if not packed:
            return Upload(command)
        kept = tuple(part.command for part in parts if isinstance(part.command, c.TicketCommand))
        return Upload(replace(command, parts=kept), packed)
    if not isinstance(command, WITH_FILES) or not command.files:
        return Upload(command)
    file_refused(command.files)
    packed = tuple(
        held._replace(pieces=tuple(held.pieces))
        for held in (blobs.pack(file.content) for file in command.files)
    )
    hung = tuple(
        Attachment(label(file.name), file.media_type, held.size, held.digest)
        for file, held in zip(command.files, packed, strict=True)
    )
    return Upload(replace(command, files=(), attachments=(*command.attachments, *hung)), packed)
