"""Sets of vectors, one of each encoder: what one lacks that another has; dropping one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Select, and_, case, delete, exists, func, or_, select, update

from gphotos_search.catalog.schema import (
    changes,
    encoders,
    failures,
    items,
    pending,
    sources,
    vectors,
)
from gphotos_search.media import MediaId

DROPPED = "dropped:"  # what the id of a set that is being dropped begins with
FETCH = "fetch"  # the stage of failures that are about bytes, not about what they hold
GONE = "gone"  # items.original where it was deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorSet:
    """All vectors of one encoder."""

    encoder: str
    dim: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Photos of one source that have a vector in one set and none in another."""

    source: str
    type: str
    attached: bool
    paused: bool
    photos: int
    given_up: int  # of them: failed for good or so often, or could not be read and were deleted
    unreadable: int  # of the rest: failed once or more, because the bytes could not be had
    total: int  # all photos of the source


def all_sets(tx: Connection) -> list[VectorSet]:
    """The oldest first; those that are being dropped too."""
    query = select(encoders.c.name, encoders.c.dim).order_by(encoders.c.id)
    return [VectorSet(encoder=row.name, dim=row.dim) for row in tx.execute(query)]


def lacks(tx: Connection, old: str, new: str, *, tries: int) -> list[Lack]:
    """What `old` has and `new` lacks, by source; sources that lack nothing are left out.

    A photo that failed `tries` times is given up.
    """
    every = items.alias()
    total = select(func.count()).where(every.c.source == sources.c.id).scalar_subquery()
    failed = failures.c.media_id.is_not(None)
    given_up = and_(
        failed,
        or_(
            failures.c.next_try_at.is_(None),
            failures.c["count"] >= tries,
            and_(items.c.original == GONE, failures.c.stage == FETCH),
        ),
    )
    unreadable = and_(failed, ~given_up, failures.c.stage == FETCH)
    behind = _behind(tx, old, new).subquery()
    query = (
        select(
            sources.c.name.label("source"),
            sources.c.type,
            sources.c.attached,
            sources.c.paused,
            func.count().label("photos"),
            func.sum(case((given_up, 1), else_=0)).label("given_up"),
            func.sum(case((unreadable, 1), else_=0)).label("unreadable"),
            total.label("total"),
        )
        .select_from(behind)
        .join(items, items.c.media_id == behind.c.media_id)
        .join(sources, sources.c.id == items.c.source)
        .outerjoin(failures, failures.c.media_id == items.c.media_id)
        .group_by(sources.c.id)
        .order_by(sources.c.name)
    )
    return [Lack(**row) for row in tx.execute(query).mappings()]


def ids_lacking(tx: Connection, old: str, new: str, limit: int) -> list[MediaId]:
    """Some of the photos that `old` has and `new` lacks, the newest first."""
    behind = _behind(tx, old, new).subquery()
    query = select(items.c.media_id).join(behind, behind.c.media_id == items.c.media_id)
    newest = query.order_by(items.c.taken_at.desc(), items.c.media_id.desc())
    return list(tx.execute(newest.limit(limit)).scalars())


def to_do(tx: Connection, encoder_id: str) -> dict[str, int]:
    """How many photos of each source have no vector in a set; nothing for a source without any."""
    key = _key(tx, encoder_id)
    if key is None:  # its first vector makes a row for every photo
        counted = select(items.c.source, func.count().label("n")).group_by(items.c.source)
    else:
        counted = (
            select(pending.c.source, func.count().label("n"))
            .where(pending.c.encoder == key)
            .group_by(pending.c.source)
        )
    found = counted.subquery()
    query = select(sources.c.name, found.c.n).join(found, found.c.source == sources.c.id)
    return {row.name: row.n for row in tx.execute(query)}


def held_of_type(tx: Connection, encoder_id: str, kind: str) -> int:
    """How many photos of sources of one type have a vector in the set."""
    query = (
        select(func.count())
        .select_from(sources)
        .join(items, items.c.source == sources.c.id)
        .join(vectors, vectors.c.media_id == items.c.media_id)
        .where(sources.c.type == kind, vectors.c.encoder == _key(tx, encoder_id))
    )
    return tx.execute(query).scalar_one()


def begin_drop(tx: Connection, encoder_id: str) -> str:
    """From now on the set is nobody's: a run that dies on the way leaves no half of one. Its name
    for `drop_some`."""
    key = _key(tx, encoder_id)
    nobody = f"{DROPPED}{key}"
    tx.execute(update(encoders).where(encoders.c.id == key).values(name=nobody))
    return nobody


def drop_some(tx: Connection, encoder_id: str, limit: int) -> int:
    """Delete up to `limit` vectors of a set; how many. With the last one the set is gone."""
    key = _key(tx, encoder_id)
    some = select(vectors.c.id).where(vectors.c.encoder == key).limit(limit)
    removed = tx.execute(delete(vectors).where(vectors.c.id.in_(some))).rowcount
    if not removed:
        for table in (pending, changes):
            tx.execute(delete(table).where(table.c.encoder == key))
        tx.execute(delete(encoders).where(encoders.c.id == key))
    return removed


def _behind(tx: Connection, old: str, new: str) -> Select[tuple[int]]:
    held = vectors.c.encoder == _key(tx, old)
    key = _key(tx, new)
    if key is None:
        return select(vectors.c.media_id).where(held)
    there = exists().where(vectors.c.media_id == pending.c.media_id, held)
    return select(pending.c.media_id).where(pending.c.encoder == key, there)


def _key(tx: Connection, encoder_id: str) -> int | None:
    return tx.execute(select(encoders.c.id).where(encoders.c.name == encoder_id)).scalar()
