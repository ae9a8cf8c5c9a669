"""Vectors: float16 rows of unit length, keyed by media id and encoder id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import (
    Connection,
    Integer,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from gphotos_search.catalog import schema
from gphotos_search.catalog.columns import among
from gphotos_search.catalog.items import STORED, stored
from gphotos_search.catalog.schema import (
    UNKNOWN_TIME,
    changes,
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
    ids = [int(media_id) for media_id, _ in rows]
    there = set(tx.execute(select(items.c.media_id).where(among(items.c.media_id, ids))).scalars())
    half = dict(zip(ids, matrix.astype("<f2"), strict=True))
    kept = [media_id for media_id in half if media_id in there]
    if not kept:
        return
    tx.execute(
        _PUT,
        [
            {"media_id": id, "encoder": key, "vector": half[id].tobytes(), "added_at": now}
            for id in kept
        ],
    )
    tx.execute(insert(changes), [{"encoder": key, "media_id": id, "op": "put"} for id in kept])
    tx.execute(delete(failures).where(among(failures.c.media_id, kept)))


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
    twin, held, own = items.alias(), vectors.alias(), vectors.alias()
    query = (
        select(items.c.media_id, held.c.media_id.label("twin"), held.c.vector)
        .join(twin, and_(twin.c.source_id == items.c.source_id, twin.c.source != items.c.source))
        .join(held, and_(held.c.media_id == twin.c.media_id, held.c.encoder == key))
        .outerjoin(own, and_(own.c.media_id == items.c.media_id, own.c.encoder == key))
        .where(
            among(items.c.media_id, ids),
            own.c.id.is_(None),
            func.length(items.c.source_id) == SHA256_LENGTH,
        )
    )
    rows = {row.media_id: row for row in tx.execute(query)}
    found = [(id, np.frombuffer(row.vector, "<f2").astype(np.float32)) for id, row in rows.items()]
    put(tx, encoder_id, found, now)
    return {id: row.twin for id, row in rows.items()}


_INSERT = upsert(vectors)
_PUT = _INSERT.on_conflict_do_update(
    index_elements=["media_id", "encoder"],
    set_={"vector": _INSERT.excluded.vector, "added_at": _INSERT.excluded.added_at},
)


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
    key = _key(tx, encoder_id)
    names = select(schema.sources.c.id)
    if sources is not None:
        names = names.where(among(schema.sources.c.name, sources))
    start = None if after is None else _place(tx, after)
    rows: list[AnyRow] = []
    # One query a source: each walks its own stretch of the index and stops at the limit.
    for source in tx.execute(names).scalars().all():
        query = _of_encoder(key, source, start) if key else _of_all(source, start)
        query = query.outerjoin(failures, failures.c.media_id == items.c.media_id)
        if not retry_all:
            due = or_(failures.c.media_id.is_(None), failures.c.next_try_at <= now)
            query = query.where(due)
        rows.extend(tx.execute(query.limit(limit)))
    rows.sort(key=lambda row: (row.taken, row.media_id), reverse=True)
    return [stored(row) for row in rows[:limit]]


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
    query = (
        select(func.count())
        .select_from(vectors.join(encoders, encoders.c.id == vectors.c.encoder))
        .where(encoders.c.name == encoder_id)
    )
    return tx.execute(query).scalar_one()


def _held(key: int) -> AnySelect:
    held = select(vectors.c.media_id, vectors.c.vector).where(vectors.c.encoder == key)
    return held.order_by(vectors.c.media_id)


def _matrix(found: Sequence[AnyRow]) -> tuple[Ids, Matrix]:
    ids = np.fromiter((row.media_id for row in found), np.int64, len(found))
    packed = np.frombuffer(b"".join(row.vector for row in found), "<f2")
    return ids, packed.reshape(len(found), -1).astype(np.float32)


def _key(tx: Connection, encoder_id: str) -> int | None:
    return tx.execute(select(encoders.c.id).where(encoders.c.name == encoder_id)).scalar()


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


def _place(tx: Connection, media_id: MediaId) -> tuple[int, MediaId] | None:
    row = tx.execute(select(_TAKEN).where(items.c.media_id == media_id)).first()
    return None if row is None else (row.taken, media_id)


_TAKEN = func.coalesce(type_coerce(items.c.taken_at, Integer), UNKNOWN_TIME).label("taken")


def _of_encoder(key: int, source: int, start: tuple[int, MediaId] | None) -> AnySelect:
    query = (
        STORED.add_columns(schema.pending.c.taken)
        .join(schema.pending, schema.pending.c.media_id == items.c.media_id)
        .where(schema.pending.c.encoder == key, schema.pending.c.source == source)
        .order_by(schema.pending.c.taken.desc(), schema.pending.c.media_id.desc())
    )
    if start is not None:
        query = query.where(
            tuple_(schema.pending.c.taken, schema.pending.c.media_id) < tuple_(*start)
        )
    return query


def _of_all(source: int, start: tuple[int, MediaId] | None) -> AnySelect:
    """Before an encoder's first vector all items are pending and no row says so yet."""
    query = (
        STORED.add_columns(_TAKEN)
        .where(items.c.source == source)
        .order_by(items.c.taken_at.desc(), items.c.media_id.desc())
    )
    if start is not None:
        query = query.where(tuple_(_TAKEN.element, items.c.media_id) < tuple_(*start))
    return query
