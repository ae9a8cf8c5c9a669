"""Vectors: float16 rows of unit length, keyed by media id and encoder id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import (
    Connection,
    and_,
    delete,
    insert,
    or_,
    select,
)

from gphotos_search.catalog import pages, waiting
from gphotos_search.catalog.columns import EPOCH, among, microseconds
from gphotos_search.catalog.schema import (
    encoders,
    failures,
    items,
    vectors,
)
from gphotos_search.media import MediaId, StoredItem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gphotos_search.catalog.schema import AnyRow, AnySelect

    Ids = NDArray[np.int64]
    Matrix = NDArray[np.float32]  # (n, dim)

UNIT_TOLERANCE = 1e-2
SHA256_LENGTH = 64  # hexadecimal digits


def put(
    tx: Connection,
    encoder_id: str,
    rows: Sequence[tuple[MediaId, NDArray[np.float32]]],
    now: datetime,
) -> None:
    """Store unit rows, replacing what the ids had; their failures are cleared and every index of
    this encoder is told. Items that vanished meanwhile are skipped.

    Raises ValueError for rows that are not finite, of unit length, or of the encoder's width.
    """
    if not rows:
        return
    matrix = np.stack([vector for _, vector in rows]).astype(np.float32)
    if not np.all(np.abs(np.linalg.norm(matrix, axis=1) - 1) < UNIT_TOLERANCE):
        raise ValueError("vectors must be finite and of unit length")
    key = _registered(tx, encoder_id, matrix.shape[1])
    half = dict(zip((int(id) for id, _ in rows), matrix.astype("<f2"), strict=True))
    listed = json.dumps(list(half))
    there = set(tx.exec_driver_sql(_THERE, (listed,)).scalars())
    kept = [media_id for media_id in half if media_id in there]
    if not kept:
        return
    when = microseconds(now - EPOCH)
    pages.write(tx, _INSERT, [(id, key, half[id].tobytes(), when) for id in kept], _REPLACE)
    tx.exec_driver_sql(_TELL, (key, json.dumps(kept)))
    tx.execute(delete(failures).where(among(failures.c.media_id, kept)))


_THERE = "SELECT media_id FROM items WHERE media_id IN (SELECT value FROM json_each(?))"
_INSERT = "INSERT INTO vectors (media_id, encoder, vector, added_at) VALUES "
_REPLACE = """ ON CONFLICT (media_id, encoder)
DO UPDATE SET vector = excluded.vector, added_at = excluded.added_at"""
_TELL = """INSERT INTO changes (encoder, media_id, op)
SELECT ?, value, 'put' FROM json_each(?) ORDER BY key"""


def adopt(
    tx: Connection, encoder_id: str, ids: Iterable[MediaId], now: datetime
) -> dict[MediaId, MediaId]:
    """Give items without a vector the one of an item with the same bytes in another source.

    Only where the source's id is the SHA-256 of the bytes, so that equal ids mean equal bytes.
    The items served, each with the one its vector came from.
    """
    key = _key(tx, encoder_id)
    if key is None:
        return {}
    rows = {
        row[0]: row
        for row in tx.exec_driver_sql(_SAME_BYTES, (json.dumps(list(ids)), key, key)).all()
    }
    found = [(id, np.frombuffer(row[2], "<f2").astype(np.float32)) for id, row in rows.items()]
    put(tx, encoder_id, found, now)
    return {id: row[1] for id, row in rows.items()}


# CROSS JOIN keeps the order: SQLite would begin with every vector of the encoder.
_SAME_BYTES = f"""SELECT items.media_id, twin.media_id, held.vector FROM json_each(?) AS listed
CROSS JOIN items ON items.media_id = listed.value
CROSS JOIN sources ON sources.id != items.source
CROSS JOIN items AS twin ON twin.source = sources.id AND twin.source_id = items.source_id
CROSS JOIN vectors AS held ON held.media_id = twin.media_id AND held.encoder = ?
WHERE length(items.source_id) = {SHA256_LENGTH} AND NOT EXISTS (
    SELECT 1 FROM vectors AS own WHERE own.media_id = items.media_id AND own.encoder = ?
)"""


def pending(
    tx: Connection,
    encoder_id: str,
    *,
    now: datetime,
    limit: int,
    retry_all: bool = False,
    sources: Sequence[str] | None = None,
    after: MediaId | None = None,
) -> list[StoredItem]:
    """Items with no vector under this encoder whose turn it is, newest taken first.

    A failed item's turn comes when its next try is due; with `retry_all` always. `after` goes on
    behind an item of an earlier call (from the start, where that item is gone).
    """
    return waiting.first(
        tx,
        _key(tx, encoder_id),
        now=now,
        limit=limit,
        retry_all=retry_all,
        sources=sources,
        after=after,
    )


def lacking(
    tx: Connection,
    encoder_id: str,
    ids: Iterable[MediaId],
    *,
    now: datetime,
    retry_all: bool = False,
) -> set[MediaId]:
    """Those of the ids that `pending` would give."""
    key = _key(tx, encoder_id)
    held = and_(vectors.c.media_id == items.c.media_id, vectors.c.encoder == key)
    query = (
        select(items.c.media_id)
        .outerjoin(vectors, held)
        .outerjoin(failures, failures.c.media_id == items.c.media_id)
        .where(among(items.c.media_id, ids), vectors.c.id.is_(None))
    )
    if not retry_all:
        query = query.where(or_(failures.c.media_id.is_(None), failures.c.next_try_at <= now))
    return set(tx.execute(query).scalars())


def read_all(tx: Connection, encoder_id: str, chunk: int = 8192) -> Iterator[tuple[Ids, Matrix]]:
    """All vectors of an encoder, ids ascending, in pieces of at most `chunk` rows."""
    key = _key(tx, encoder_id)
    last = -1
    while key is not None:
        query = _held(key).where(vectors.c.media_id > last).limit(chunk)
        found = tx.execute(query).all()
        if not found:
            return
        yield _matrix(found)
        last = found[-1].media_id


def read(tx: Connection, encoder_id: str, ids: Iterable[MediaId]) -> tuple[Ids, Matrix]:
    """Those of the ids that have a vector, ascending, and the vectors: (n,) and (n, dim)."""
    key = _key(tx, encoder_id)
    if key is None:
        return np.empty(0, np.int64), np.empty((0, 0), np.float32)
    wanted = among(vectors.c.media_id, [int(id) for id in ids])
    found = tx.execute(_held(key).where(wanted)).all()
    if not found:
        return np.empty(0, np.int64), np.empty((0, _dim(tx, key)), np.float32)
    return _matrix(found)


def count(tx: Connection, encoder_id: str) -> int:
    """Kept by triggers: nothing is counted here."""
    return tx.execute(select(encoders.c.vectors).where(encoders.c.name == encoder_id)).scalar() or 0


def _held(key: int) -> AnySelect:
    held = select(vectors.c.media_id, vectors.c.vector).where(vectors.c.encoder == key)
    return held.order_by(vectors.c.media_id)


def _matrix(found: Sequence[AnyRow]) -> tuple[Ids, Matrix]:
    ids = np.fromiter((row.media_id for row in found), np.int64, len(found))
    packed = np.frombuffer(b"".join(row.vector for row in found), "<f2")
    return ids, packed.reshape(len(found), -1).astype(np.float32)


def _key(tx: Connection, encoder_id: str) -> int | None:
    query = "SELECT id FROM encoders WHERE name = ?"
    return tx.exec_driver_sql(query, (encoder_id,)).scalar()


def _dim(tx: Connection, key: int) -> int:
    dim: int = tx.execute(select(encoders.c.dim).where(encoders.c.id == key)).scalar_one()
    return dim


def _registered(tx: Connection, encoder_id: str, dim: int) -> int:
    """The encoder's key; a new encoder has all items pending, by a trigger."""
    key = _key(tx, encoder_id)
    if key is None:
        new = insert(encoders).values(name=encoder_id, dim=dim, generation=0, pruned=0)
        key = tx.execute(new.returning(encoders.c.id)).scalar_one()
    elif _dim(tx, key) != dim:
        raise ValueError(f"{encoder_id} has vectors of width {_dim(tx, key)}, not {dim}")
    return key
