"""Blobs: the bytes of files and raw mails, each kept once by its SHA-256, in compressed pieces."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator

from sqlalchemy import Connection, insert, select

from deskterm.domain.errors import StorageError
from deskterm.storage.mail_tables import blob_chunks, blobs

CHUNK_BYTES = 256 * 1024
WORTH = 0.9
"""A piece is kept compressed when that makes it at least so much smaller."""


def put(connection: Connection, content: bytes) -> str:
    """Keep bytes and return their digest; those that are there already are not written again."""
    digest = hashlib.sha256(content).hexdigest()
    if connection.execute(select(blobs.c.digest).where(blobs.c.digest == digest)).first() is not None:
        return digest
    connection.execute(insert(blobs), {"digest": digest, "size": len(content)})
    pieces = (content[at : at + CHUNK_BYTES] for at in range(0, len(content), CHUNK_BYTES))
    for place, piece in enumerate(pieces):
        packed = zlib.compress(piece, 6)
        small = len(packed) < len(piece) * WORTH
        row = {"digest": digest, "place": place, "packed": small, "content": packed if small else piece}
        connection.execute(insert(blob_chunks), row)
    return digest


def pieces(connection: Connection, digest: str) -> Iterator[bytes]:
    """Yield the bytes of a blob in pieces. Raises StorageError when they are damaged."""
    statement = select(blob_chunks).where(blob_chunks.c.digest == digest).order_by(blob_chunks.c.place)
    said = hashlib.sha256()
    for row in connection.execute(statement):
        try:
            piece = zlib.decompress(row.content) if row.packed else bytes(row.content)
        except zlib.error as error:
            raise _damaged(digest) from error
        said.update(piece)
        yield piece
    if said.hexdigest() != digest:
        raise _damaged(digest)


def get(connection: Connection, digest: str) -> bytes:
    """Return the bytes of a blob. Raises StorageError when they are damaged or gone."""
    return b"".join(pieces(connection, digest))


def _damaged(digest: str) -> StorageError:
    return StorageError(
        f"the file {digest[:12]} is damaged or gone", hint="run deskterm doctor and restore a backup"
    )
