"""Items that may show what another one shows, and items in the order they were taken."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, select, text, union_all

from gphotos_search.catalog.columns import EPOCH, among, microseconds
from gphotos_search.catalog.items import by_ids, in_any_source
from gphotos_search.catalog.schema import items
from gphotos_search.media import MediaId, StoredItem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]

# All spans in one statement, since one each costs ten times as much, most of it in building it.
# CROSS JOIN keeps the order, and the plus signs forbid other indexes than that of times.
TAKEN_WITHIN = text(
    """
    SELECT items.media_id, items.taken_at, items.trashed
    FROM json_each(:spans) AS span CROSS JOIN items
    WHERE items.taken_at BETWEEN json_extract(span.value, '$[0]')
        AND json_extract(span.value, '$[1]')
        AND +items.taken_from <> 'folder' AND +items.kind = 'photo'
    """
).columns(items.c.media_id, items.c.taken_at, items.c.trashed)
FEW = 10_000  # so many ids are sorted; of more, the index of times is walked until there are enough


class Shot(NamedTuple):
    """When an item was taken, and whether it may fold with its neighbours."""

    media_id: MediaId
    taken_at: datetime
    trashed: bool


def showing(
    tx: Connection, source_ids: Collection[str], ids: Collection[MediaId]
) -> dict[MediaId, StoredItem]:
    """Items of these bytes, whatever their source, edited copies of them, and twins of the ids."""
    query = union_all(
        select(items.c.media_id).where(in_any_source(items), among(items.c.source_id, source_ids)),
        select(items.c.media_id).where(
            items.c.edited_of != "", among(items.c.edited_of, source_ids)
        ),
        select(items.c.media_id).where(items.c.twin_of.is_not(None), among(items.c.twin_of, ids)),
    )
    return by_ids(tx, set(tx.execute(query).scalars()))


def taken_within(tx: Connection, spans: Iterable[tuple[datetime, datetime]]) -> list[Shot]:
    """Photos taken in one of the spans, both ends included, whose time is known to the second."""
    listed = json.dumps([[microseconds(end - EPOCH) for end in span] for span in spans])
    return [Shot(*row) for row in tx.execute(TAKEN_WITHIN, {"spans": listed})]


def untrashed(tx: Connection, ids: Iterable[MediaId]) -> set[MediaId]:
    """Those of the ids that are in the catalogue, and not in the trash."""
    query = select(items.c.media_id).where(among(items.c.media_id, ids), items.c.trashed.is_(False))
    return set(tx.execute(query).scalars())


def newest(tx: Connection, ids: Ids, count: int) -> list[MediaId]:
    """The first `count` of the ids, the newest first, those without a time last."""
    order = (items.c.taken_at.desc(), items.c.media_id.desc())
    query = select(items.c.media_id).order_by(*order)
    if len(ids) <= FEW:
        few = query.where(among(items.c.media_id, ids.tolist())).limit(count)
        return list(tx.execute(few).scalars())
    wanted = set(ids.tolist())
    walked = tx.execute(query.execution_options(yield_per=1000)).scalars()
    return list(islice((media_id for media_id in walked if media_id in wanted), count))
