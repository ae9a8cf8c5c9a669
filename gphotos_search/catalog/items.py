"""Photos and videos, one row each, keyed by our media_id and by the id of their source."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
    update,
)

from gphotos_search.catalog.columns import EPOCH, MICROSECOND, among
from gphotos_search.catalog.schema import (
    changes,
    encoders,
    failures,
    items,
    pending,
    sources,
    vectors,
)
from gphotos_search.media import Filters, MediaId, MediaItem, StoredItem, TimeRange

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gphotos_search.catalog.schema import AnyRow

MANY_SPANS = 50
FIRST_MOMENT, LAST_MOMENT = -(2**63), 2**63 - 1  # microseconds; what SQLite's integers hold

FIELDS = (
    *("source_id", "filename", "mime_type", "taken_at", "width", "height", "description"),
    *("url", "camera_make", "camera_model", "video_status", "path", "taken_from"),
    *("utc_offset_min", "latitude", "longitude", "favorite", "archived", "trashed"),
    *("people", "albums", "original", "edited_of"),
)
COLUMNS = (items.c.media_id, *(items.c[field] for field in FIELDS))


@dataclass(frozen=True, slots=True)
class StoredRow:
    """What a planner compares a listed item with."""

    media_id: MediaId
    item: MediaItem
    last_seen: int  # number of the listing that saw it last


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """`items` = `embedded` + `pending` + `failed`, under one encoder."""

    items: int
    embedded: int
    pending: int
    failed: int


def known(tx: Connection, source_pk: int, source_ids: Iterable[str]) -> dict[str, StoredRow]:
    """Those of the source's ids that the catalogue holds."""
    query = select(*COLUMNS, items.c.last_seen).where(
        items.c.source == source_pk, among(items.c.source_id, source_ids)
    )
    return {
        row.source_id: StoredRow(row.media_id, item_of(row), row.last_seen)
        for row in tx.execute(query)
    }


def apply(
    tx: Connection,
    source_pk: int,
    *,
    add: Sequence[MediaItem] = (),
    update: Sequence[tuple[MediaId, MediaItem]] = (),
    seen: Sequence[MediaId] = (),
    listing: int,
    now: datetime,
) -> dict[str, MediaId]:
    """Write one page; all of its items count as seen by `listing`. The ids of the added ones.

    An item to add that is there already is updated instead, so doing a page twice is harmless.
    """
    there = known(tx, source_pk, [item.source_id for item in add])
    fresh = {item.source_id: item for item in add if item.source_id not in there}
    again = [(there[item.source_id].media_id, item) for item in add if item.source_id in there]
    if fresh:
        common = {"source": source_pk, "last_seen": listing, "added_at": now}
        tx.execute(insert(items), [_values(item) | common for item in fresh.values()])
    if changed := [*update, *again]:
        tx.execute(
            _UPDATE, [_values(item) | {"id": id, "last_seen": listing} for id, item in changed]
        )
    if seen:
        tx.execute(_ITEMS_UPDATE.where(among(items.c.media_id, seen)).values(last_seen=listing))
    return {id: row.media_id for id, row in known(tx, source_pk, fresh).items()} | {
        item.source_id: id for id, item in again
    }


_ITEMS_UPDATE = update(items)  # `apply` has a parameter of that name
_UPDATE = _ITEMS_UPDATE.where(items.c.media_id == bindparam("id"))


def get(tx: Connection, media_id: MediaId) -> StoredItem | None:
    return by_ids(tx, [media_id]).get(media_id)


def by_ids(tx: Connection, ids: Iterable[MediaId]) -> dict[MediaId, StoredItem]:
    """Those that the catalogue holds."""
    query = STORED.where(among(items.c.media_id, (int(id) for id in ids)))
    return {row.media_id: stored(row) for row in tx.execute(query)}


def of_bytes(tx: Connection, source_ids: Iterable[str]) -> dict[MediaId, StoredItem]:
    """Every item, in whatever source, whose id there is one of these."""
    query = STORED.where(among(items.c.source_id, source_ids))
    return {row.media_id: stored(row) for row in tx.execute(query)}


def matching(tx: Connection, filters: Filters) -> NDArray[np.int64]:
    """The ids of all items that meet every filter, ascending; all items where there is none."""
    import numpy as np

    query = select(items.c.media_id).where(*_conditions(tx, filters)).order_by(items.c.media_id)
    return np.fromiter(tx.execute(query).scalars(), np.int64)


def absent(tx: Connection, source_pk: int, listing: int) -> list[MediaId]:
    """Items that listing number `listing` and the complete full listing before it both lacked.

    Empty unless `listing` is the last one that was full, skipped nothing and has ended. What any
    other listing saw or added since counts as seen; what it lacked proves nothing.
    """
    row = tx.execute(select(sources).where(sources.c.id == source_pk)).one()
    if listing != row.last_full or row.previous_full is None:
        return []
    unseen = items.c.last_seen < row.previous_full
    query = select(items.c.media_id).where(items.c.source == source_pk, unseen)
    return list(tx.execute(query.order_by(items.c.media_id)).scalars())


def remove(tx: Connection, media_ids: Iterable[MediaId]) -> None:
    """Delete items with all that hangs on them, and tell every index that held their vectors."""
    ids = list(media_ids)
    gone = select(vectors.c.encoder, vectors.c.media_id, literal("remove")).where(
        among(vectors.c.media_id, ids)
    )
    columns = ["encoder", "media_id", "op"]
    tx.execute(insert(changes).from_select(columns, gone.order_by(vectors.c.media_id)))
    tx.execute(delete(items).where(among(items.c.media_id, ids)))


def counts(tx: Connection, encoder_id: str) -> Counts:
    """Index-only counts: milliseconds for hundreds of thousands of items."""
    key = tx.execute(select(encoders.c.id).where(encoders.c.name == encoder_id)).scalar()
    total = tx.execute(select(func.count()).select_from(items)).scalar_one()
    if key is None:
        failed = tx.execute(select(func.count()).select_from(failures)).scalar_one()
        return Counts(items=total, embedded=0, pending=total - failed, failed=failed)
    held = select(func.count()).select_from(vectors).where(vectors.c.encoder == key)
    embedded = tx.execute(held).scalar_one()
    both = failures.join(pending, failures.c.media_id == pending.c.media_id)
    missed = select(func.count()).select_from(both).where(pending.c.encoder == key)
    failed = tx.execute(missed).scalar_one()
    return Counts(items=total, embedded=embedded, pending=total - embedded - failed, failed=failed)


def counts_by_source(tx: Connection) -> dict[str, int]:
    """How many items each source has, by its name; a source without any is there with 0."""
    held = select(items.c.source, func.count().label("n")).group_by(items.c.source).subquery()
    query = select(sources.c.name, func.coalesce(held.c.n, 0)).outerjoin(
        held, held.c.source == sources.c.id
    )
    return {row[0]: row[1] for row in tx.execute(query)}


STORED = select(*COLUMNS, items.c.twin_of, sources.c.name.label("source_name")).join(
    sources, sources.c.id == items.c.source
)


def stored(row: AnyRow) -> StoredItem:
    """A row of STORED as what leaves the catalogue."""
    return StoredItem(
        media_id=row.media_id,
        source=row.source_name,
        item=item_of(row),
        twin_of=row.twin_of,
    )


def item_of(row: AnyRow) -> MediaItem:
    return MediaItem(**{field: row._mapping[field] for field in FIELDS})


def _values(item: MediaItem) -> dict[str, Any]:
    return {field: getattr(item, field) for field in FIELDS} | {"kind": item.kind}


def _conditions(tx: Connection, filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [items.c[flag].is_(True) for flag in filters.flags]
    if "trashed" not in filters.flags:
        conditions.append(items.c.trashed.is_(False))
    if filters.sources:
        named = select(sources.c.id).where(among(sources.c.name, filters.sources))
        conditions.append(items.c.source.in_(tx.execute(named).scalars().all()))
    if filters.kinds:
        conditions.append(items.c.kind.in_(filters.kinds))
    if len(filters.taken) > MANY_SPANS:
        conditions.append(items.c.media_id.in_(_in_many(filters.taken)))
    elif filters.taken:
        conditions.append(or_(*(_within(each) for each in filters.taken)))
    return conditions


def _in_many(spans: Sequence[TimeRange]) -> Select[int]:
    """Ids taken in any of the spans, one look into the index of times for each.

    As a chain of ORs they would pass SQLite's limit on the depth of an expression (1000).
    """
    bounds = [
        [
            _microseconds(span.start, FIRST_MOMENT),
            _microseconds(span.end, LAST_MOMENT),
        ]
        for span in spans
    ]
    listed = func.json_each(json.dumps(bounds)).table_valued("value")
    taken = type_coerce(items.c.taken_at, Integer)
    inside = and_(
        taken >= func.json_extract(listed.c.value, "$[0]"),
        taken < func.json_extract(listed.c.value, "$[1]"),
    )
    return select(items.c.media_id).select_from(listed.join(items, inside))


def _microseconds(moment: datetime | None, unbounded: int) -> int:
    return unbounded if moment is None else (moment - EPOCH) // MICROSECOND


def _within(span: TimeRange) -> ColumnElement[bool]:
    bounds: list[ColumnElement[bool]] = [items.c.taken_at.is_not(None)]
    if span.start is not None:
        bounds.append(items.c.taken_at >= span.start)
    if span.end is not None:
        bounds.append(items.c.taken_at < span.end)
    return and_(*bounds)
