"""Items that may show what another one shows, and items in the order they were taken."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, select, union_all

from gphotos_search.catalog.columns import among
from gphotos_search.catalog.items import by_ids
from gphotos_search.catalog.schema import items
from gphotos_search.media import MediaId, StoredItem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]

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
        select(items.c.media_id).where(among(items.c.source_id, source_ids)),
        select(items.c.media_id).where(
            items.c.edited_of != "", among(items.c.edited_of, source_ids)
        ),
        select(items.c.media_id).where(items.c.twin_of.is_not(None), among(items.c.twin_of, ids)),
    )
    return by_ids(tx, set(tx.execute(query).scalars()))


def taken_within(tx: Connection, spans: Iterable[tuple[datetime, datetime]]) -> list[Shot]:
    """Photos taken in one of the spans, both ends included, whose time is known to the second."""
    found = []
    for first, last in spans:
        query = select(items.c.media_id, items.c.taken_at, items.c.trashed).where(
            items.c.taken_at >= first,
            items.c.taken_at <= last,
            items.c.taken_from != "folder",
            items.c.kind == "photo",
        )
        found += [Shot(*row) for row in tx.execute(query)]
    return found


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
