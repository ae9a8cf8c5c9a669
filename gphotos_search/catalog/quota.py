"""Our own count of requests, a bucket a day, kept across restarts."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from gphotos_search.catalog.schema import quota

KEPT = timedelta(days=7)


def spend(tx: Connection, bucket: str, day: date, amount: int, ceiling: int) -> bool:
    """Count `amount` requests; False, and nothing counted, where that would pass the ceiling."""
    spent = used(tx, bucket, day) + amount
    if spent > ceiling:
        return False
    new = upsert(quota).values(bucket=bucket, day=day.isoformat(), used=spent)
    tx.execute(new.on_conflict_do_update(index_elements=["bucket", "day"], set_={"used": spent}))
    tx.execute(delete(quota).where(quota.c.day < (day - KEPT).isoformat()))
    return True


def used(tx: Connection, bucket: str, day: date) -> int:
    query = select(quota.c.used).where(quota.c.bucket == bucket, quota.c.day == day.isoformat())
    return tx.execute(query).scalar() or 0
