"""Blobs: the bytes of files and raw mails, each kept once by its SHA-256, in compressed pieces."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from deskterm.domain.errors import StorageError
from deskterm.storage.mail_tables import blob_chunks, blobs

CHUNK_BYTES = 256 * 1024
WORTH = 0.9
"""A piece is kept compressed when that makes it at least so much smaller."""


class Packed(NamedTuple):
    """Bytes as they are going to be kept: their digest and size, and the pieces, each compressed or not."""

    digest: str
    size: int
    pieces: Iterable[tuple[bool, bytes]]


def pack(content: bytes) -> Packed:
    """Return bytes ready to be kept; a piece is compressed when it is asked for."""
    return Packed(hashlib.sha256(content).hexdigest(), len(content), _pack(content))


def _pack(content: bytes) -> Iterator[tuple[bool, bytes]]:
    for at in range(0, len(content), CHUNK_BYTES):
        piece = content[at : at + CHUNK_BYTES]
        packed = zlib.compress(piece, 6)
        small = len(packed) < len(piece) * WORTH
        yield small, packed if small else piece


def put(connection: Connection, content: bytes | Packed) -> str:
    """Keep bytes and return their digest; those that are there already are not written again."""
    packed = content if isinstance(content, Packed) else pack(content)
    digest = packed.digest
    if connection.execute(select(blobs.c.digest).where(blobs.c.digest == digest)).first() is not None:
        return digest
    connection.execute(insert(blobs), {"digest": digest, "size": packed.size})
    for place, (small, piece) in enumerate(packed.pieces):
        row = {"digest": digest, "place": place, "packed": small, "content": piece}
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
