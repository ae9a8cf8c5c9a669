"""Picked photos, and the items of other sources that may be the same photo."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import Connection, update

from gphotos_search.catalog.items import by_ids
from gphotos_search.catalog.schema import items
from gphotos_search.media import MediaId, StoredItem

SECOND = 1_000_000  # microseconds, as `taken_at` is stored

# CROSS JOIN keeps the order, and the plus signs forbid other indexes than that of times, which
# leads to the few items of a second: that of kinds leads to half the library.
_CANDIDATES = f"""SELECT one.media_id, other.media_id FROM sources AS its_source
CROSS JOIN items AS one ON one.source = its_source.id
CROSS JOIN items AS other ON other.taken_at >= one.taken_at - one.taken_at % {SECOND}
    AND other.taken_at < one.taken_at - one.taken_at % {SECOND} + {SECOND}
CROSS JOIN sources AS other_source ON other_source.id = +other.source
WHERE its_source.type = ? AND other_source.type IN (SELECT value FROM json_each(?))
AND +other.kind = one.kind AND NOT +other.trashed
AND NOT EXISTS (SELECT 1 FROM items AS twin WHERE twin.media_id = one.twin_of)
AND EXISTS (SELECT 1 FROM vectors WHERE media_id = one.media_id AND encoder = ?)
AND EXISTS (SELECT 1 FROM vectors WHERE media_id = other.media_id AND encoder = ?)
ORDER BY one.media_id, other.media_id"""
_ENCODER = "SELECT id FROM encoders WHERE name = ?"


def candidates(
    tx: Connection, encoder_id: str, *, picked: str, others: Collection[str]
) -> list[tuple[StoredItem, list[StoredItem]]]:
    """Items of sources of type `picked` that have no living twin, each with the items of the types
    `others` that were taken in the same second and are of the same kind; only what has a vector.
    """
    key = tx.exec_driver_sql(_ENCODER, (encoder_id,)).scalar()
    asked = (picked, json.dumps(list(others)), key, key)
    pairs = [(row[0], row[1]) for row in tx.exec_driver_sql(_CANDIDATES, asked)]
    stored = by_ids(tx, {media_id for pair in pairs for media_id in pair})
    together: dict[MediaId, list[StoredItem]] = {}
    for media_id, candidate in pairs:
        together.setdefault(media_id, []).append(stored[candidate])
    return [(stored[media_id], others_) for media_id, others_ in together.items()]


def link(tx: Connection, media_id: MediaId, twin: MediaId) -> None:
    """`twin` is the same photo, better known."""
    tx.execute(update(items).where(items.c.media_id == media_id).values(twin_of=twin))
