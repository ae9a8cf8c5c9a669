"""Items in the order in which they get a vector: the newest first, those without a time last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from gphotos_search.catalog.columns import EPOCH, microseconds
from gphotos_search.catalog.items import STORED, stored
from gphotos_search.catalog.schema import UNKNOWN_TIME
from gphotos_search.media import MediaId, StoredItem

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gphotos_search.catalog.schema import AnyRow

_TAKEN = f"coalesce(items.taken_at, {UNKNOWN_TIME})"
_REST = """CROSS JOIN sources ON sources.id = items.source
LEFT JOIN failures ON failures.media_id = items.media_id"""
_DUE = " AND (failures.media_id IS NULL OR failures.next_try_at <= ?)"

_QUEUE = f"""{STORED}, pending.taken FROM pending
CROSS JOIN items ON items.media_id = pending.media_id {_REST}
WHERE pending.encoder = ? AND pending.source = ?"""
_QUEUE_BEHIND = " AND (pending.taken, pending.media_id) < (?, ?)"
_QUEUE_ORDER = " ORDER BY pending.taken DESC, pending.media_id DESC LIMIT ?"

# Before an encoder's first vector all items wait and no row says so yet: first those with a time,
# then those without. The plus keeps SQLite from reading and sorting all items of a source.
_ALL = f"""{STORED} FROM items {_REST}
WHERE +items.source IN (SELECT value FROM json_each(?)) AND items.taken_at IS """
_ALL_BEHIND = {
    "NOT NULL": " AND items.taken_at <= ? AND (items.taken_at, items.media_id) < (?, ?)",
    "NULL": f" AND ? IS NOT NULL AND ({_TAKEN}, items.media_id) < (?, ?)",
}
_ALL_ORDER = " ORDER BY items.taken_at DESC, items.media_id DESC LIMIT ?"


def first(
    tx: Connection,
    key: int | None,
    *,
    now: datetime,
    limit: int,
    retry_all: bool,
    sources: Sequence[str] | None,
    after: MediaId | None,
) -> list[StoredItem]:
    """As vectors.pending; `key` is the encoder's, None before its first vector."""
    due, by = ("", ()) if retry_all else (_DUE, (microseconds(now - EPOCH),))
    keys, start = _keys(tx, sources), () if after is None else _place(tx, after)
    rows: list[AnyRow] = []
    if key is not None:
        # One query a source: each walks its own stretch of the queue and stops at the limit.
        query = _QUEUE + (_QUEUE_BEHIND if start else "") + due + _QUEUE_ORDER
        for source in keys:
            rows += tx.exec_driver_sql(query, (key, source, *start, *by, limit)).all()
        if len(keys) > 1:
            rows.sort(key=lambda row: (row[-1], row[0]), reverse=True)
        return [stored(row) for row in rows[:limit]]
    for time, behind in _ALL_BEHIND.items():
        query = _ALL + time + (behind if start else "") + due + _ALL_ORDER
        asked = (json.dumps(keys), *start[:1], *start, *by, limit - len(rows))
        rows += tx.exec_driver_sql(query, asked).all()
    return [stored(row) for row in rows]


def _keys(tx: Connection, names: Sequence[str] | None) -> list[int]:
    if names is None:
        return list(tx.exec_driver_sql("SELECT id FROM sources").scalars())
    named = "SELECT id FROM sources WHERE name IN (SELECT value FROM json_each(?))"
    return list(tx.exec_driver_sql(named, (json.dumps(list(names)),)).scalars())


def _place(tx: Connection, media_id: MediaId) -> tuple[int, ...]:
    """When it was taken, and its id; nothing where it is gone."""
    asked = f"SELECT {_TAKEN}, media_id FROM items WHERE media_id = ?"
    return tuple(tx.exec_driver_sql(asked, (media_id,)).first() or ())
