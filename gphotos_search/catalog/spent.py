"""Which archives have given everything they hold."""

from __future__ import annotations

from sqlalchemy import Connection, and_, exists, or_, select

from gphotos_search.catalog.schema import TAKEN, encoders, failures, items, pending, sources
from gphotos_search.catalog.schema_local import archives as archives_table
from gphotos_search.catalog.schema_local import files


def archives(tx: Connection, source: str, encoder_id: str, *, tries: int) -> dict[str, str]:
    """The source's archives that were read and have no photo left to embed: path → what is wrong.

    One that is damaged was read as far as it goes. A photo that failed for good, or `tries` times,
    is not waited for; one that was never hashed is, and so is everything while the encoder is
    unknown.
    """
    key = tx.execute(select(encoders.c.id).where(encoders.c.name == encoder_id)).scalar()
    if key is None:
        return {}
    given_up = exists().where(
        failures.c.media_id == items.c.media_id,
        or_(failures.c.next_try_at.is_(None), failures.c["count"] >= tries),
    )
    waits = exists().where(
        pending.c.encoder == key,
        pending.c.source == items.c.source,
        pending.c.taken == TAKEN,
        pending.c.media_id == items.c.media_id,
    )
    # One inside of the other: joined, SQLite would walk all that waits, for each file.
    wanted = (
        exists()
        .where(
            items.c.source == archives_table.c.source,
            items.c.source_id == files.c.sha256,
            waits,
            ~given_up,
        )
        .correlate(archives_table, files)
    )
    unread = and_(files.c.sha256 == "", files.c.trouble == "")
    open_ = exists().where(
        files.c.archive == archives_table.c.id, files.c.role == "media", or_(unread, wanted)
    )
    query = (
        select(archives_table.c.path, archives_table.c.message)
        .join(sources, sources.c.id == archives_table.c.source)
        .where(
            sources.c.name == source,
            archives_table.c.state == "paired",
            ~open_,
        )
    )
    return {row.path: row.message for row in tx.execute(query)}
