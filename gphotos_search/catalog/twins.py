"""Picked photos, and the items of other sources that may be the same photo."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Integer, and_, exists, or_, select, type_coerce, update

from gphotos_search.catalog.columns import among
from gphotos_search.catalog.items import by_ids
from gphotos_search.catalog.schema import encoders, items, sources, vectors
from gphotos_search.media import MediaId, StoredItem

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

SECOND = 1_000_000  # microseconds, as `taken_at` is stored


def candidates(
    tx: Connection, encoder_id: str, *, picked: str, others: Collection[str]
) -> list[tuple[StoredItem, list[StoredItem]]]:
    """Items of sources of type `picked` that have no living twin, each with the items of the types
    `others` that were taken in the same second and are of the same kind; only what has a vector.
    """
    one, other, twin = items.alias("one"), items.alias("other"), items.alias("twin")
    its_source, other_source = sources.alias("its_source"), sources.alias("other_source")
    taken, other_taken = (
        type_coerce(one.c.taken_at, Integer),
        type_coerce(other.c.taken_at, Integer),
    )
    second = taken - taken % SECOND
    query = (
        select(one.c.media_id, other.c.media_id)
        .join(its_source, its_source.c.id == one.c.source)
        .join(other, and_(other_taken >= second, other_taken < second + SECOND))
        .join(other_source, other_source.c.id == other.c.source)
        .where(
            its_source.c.type == picked,
            among(other_source.c.type, others),
            other.c.kind == one.c.kind,
            other.c.trashed.is_(False),
            or_(one.c.twin_of.is_(None), ~exists().where(twin.c.media_id == one.c.twin_of)),
            _has_vector(one.c.media_id, encoder_id),
            _has_vector(other.c.media_id, encoder_id),
        )
        .order_by(one.c.media_id, other.c.media_id)
    )
    pairs = [(row[0], row[1]) for row in tx.execute(query)]
    stored = by_ids(tx, {media_id for pair in pairs for media_id in pair})
    found: dict[MediaId, list[StoredItem]] = {}
    for media_id, candidate in pairs:
        found.setdefault(media_id, []).append(stored[candidate])
    return [(stored[media_id], others_) for media_id, others_ in found.items()]


def link(tx: Connection, media_id: MediaId, twin: MediaId) -> None:
    """`twin` is the same photo, better known."""
    tx.execute(update(items).where(items.c.media_id == media_id).values(twin_of=twin))


def _has_vector(media_id: ColumnElement[int], encoder_id: str) -> ColumnElement[bool]:
    key = select(encoders.c.id).where(encoders.c.name == encoder_id).scalar_subquery()
    return exists().where(vectors.c.media_id == media_id, vectors.c.encoder == key)
