"""What an import of features asks of the catalogue besides items and vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, exists, func, select, update

from gphotos_search.catalog.columns import among
from gphotos_search.catalog.schema import encoders, items, sources
from gphotos_search.media import MediaId


def rename_set(tx: Connection, old: str, new: str, dim: int) -> bool:
    """Give a set of vectors another encoder id; False where that is taken, or `dim` is not its."""
    taken = exists().where(encoders.c.name == new)
    ours = (encoders.c.name == old) & (encoders.c.dim == dim) & ~taken
    return tx.execute(update(encoders).where(ours).values(name=new)).rowcount > 0


def item_count(tx: Connection, source_pk: int) -> int:
    query = select(func.count()).select_from(items).where(items.c.source == source_pk)
    return tx.execute(query).scalar_one()


def cells(tx: Connection, ids: Iterable[MediaId], fields: Sequence[str]) -> list[tuple[Any, ...]]:
    """A row for each item that there is, ids ascending: the source's id, ours, the source's name,
    and these fields."""
    query = (
        select(
            items.c.source_id,
            items.c.media_id,
            sources.c.name,
            *(items.c[field] for field in fields),
        )
        .join(sources, sources.c.id == items.c.source)
        .where(among(items.c.media_id, ids))
        .order_by(items.c.media_id)
    )
    return [tuple(row) for row in tx.execute(query)]
