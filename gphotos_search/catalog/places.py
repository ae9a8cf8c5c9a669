"""Where a takeout or folder source looks, besides the path that the config gives it."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from gphotos_search.catalog.schema_local import places


def of(tx: Connection, source_pk: int) -> list[str]:
    query = select(places.c.path).where(places.c.source == source_pk).order_by(places.c.path)
    return list(tx.execute(query).scalars())


def add(tx: Connection, source_pk: int, path: str) -> None:
    """Remember a place; one that is remembered stays."""
    row = insert(places).values(source=source_pk, path=path)
    tx.execute(row.on_conflict_do_nothing())


def drop(tx: Connection, source_pk: int, path: str) -> None:
    tx.execute(delete(places).where(places.c.source == source_pk, places.c.path == path))
