"""Items that could not be had: the reason, how often, and when to try again. No item is lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, literal, select
from sqlalchemy.dialects.sqlite import insert as upsert

from gphotos_search.catalog.columns import Moment, among
from gphotos_search.catalog.schema import failures, items, sources
from gphotos_search.media import MediaId

FIRST_TRY = timedelta(hours=1)
LAST_TRY = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    media_id: MediaId
    source: str
    filename: str
    stage: str  # the step that failed
    reason: str  # a sentence
    count: int
    next_try_at: datetime | None  # None where it is permanent
    permanent: bool  # trying again by itself cannot help; a sync started by hand still does


def next_try(count: int, now: datetime) -> datetime:
    """An hour after the first failure, doubling with each, at most seven days."""
    factor = 1 << min(count - 1, 8)  # more would pass seven days anyway
    return now + min(FIRST_TRY * factor, LAST_TRY)


def record(
    tx: Connection, media_id: MediaId, stage: str, reason: str, *, now: datetime, permanent: bool
) -> None:
    """One more failure of the item; nothing where the item has vanished meanwhile."""
    before = select(failures.c.count).where(failures.c.media_id == media_id)
    count = (tx.execute(before).scalar() or 0) + 1
    row = {
        "stage": literal(stage),
        "reason": literal(reason),
        "count": literal(count),
        "next_try_at": literal(None if permanent else next_try(count, now), Moment),
        "failed_at": literal(now, Moment),
    }
    there = select(items.c.media_id, *row.values()).where(items.c.media_id == media_id)
    new = upsert(failures).from_select(["media_id", *row], there)
    tx.execute(new.on_conflict_do_update(index_elements=["media_id"], set_=row))


def clear(tx: Connection, ids: Iterable[MediaId]) -> None:
    tx.execute(delete(failures).where(among(failures.c.media_id, [int(id) for id in ids])))


def listed(tx: Connection, limit: int) -> list[Failure]:
    """The latest first."""
    query = (
        select(failures, items.c.filename, sources.c.name)
        .join(items, items.c.media_id == failures.c.media_id)
        .join(sources, sources.c.id == items.c.source)
        .order_by(failures.c.failed_at.desc(), failures.c.media_id)
        .limit(limit)
    )
    return [
        Failure(
            media_id=row.media_id,
            source=row.name,
            filename=row.filename,
            stage=row.stage,
            reason=row.reason,
            count=row._mapping["count"],
            next_try_at=row.next_try_at,
            permanent=row.next_try_at is None,
        )
        for row in tx.execute(query)
    ]


def count(tx: Connection) -> int:
    return tx.execute(select(func.count()).select_from(failures)).scalar_one()
