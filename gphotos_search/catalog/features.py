"""What an import of features asks of the catalogue besides items and vectors."""

from __future__ import annotations

from sqlalchemy import Connection, exists, func, select, update

from gphotos_search.catalog.schema import encoders, items


def rename_set(tx: Connection, old: str, new: str, dim: int) -> bool:
    """Give a set of vectors another encoder id; False where that is taken, or `dim` is not its."""
    taken = exists().where(encoders.c.name == new)
    ours = (encoders.c.name == old) & (encoders.c.dim == dim) & ~taken
    return tx.execute(update(encoders).where(ours).values(name=new)).rowcount > 0


def item_count(tx: Connection, source_pk: int) -> int:
    query = select(func.count()).select_from(items).where(items.c.source == source_pk)
    return tx.execute(query).scalar_one()
