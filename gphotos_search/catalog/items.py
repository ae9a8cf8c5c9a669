"""Photos and videos, one row each, keyed by our media_id and by the id of their source."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)

from gphotos_search.catalog import pages
from gphotos_search.catalog.columns import EPOCH, among, microseconds, moment, strings
from gphotos_search.catalog.schema import (
    changes,
    encoders,
    failures,
    items,
    sources,
    vectors,
)
from gphotos_search.media import MediaId, MediaItem, StoredItem

if TYPE_CHECKING:
    from gphotos_search.catalog.schema import AnyRow

FIELDS = (
    *("source_id", "filename", "mime_type", "taken_at", "width", "height", "description"),
    *("url", "camera_make", "camera_model", "video_status", "path", "taken_from"),
    *("utc_offset_min", "latitude", "longitude", "favorite", "archived", "trashed"),
    *("people", "albums", "original", "edited_of"),
)
# What runs for each page and each answer is text, in which no statement has to be put together.
COLUMNS = f"items.media_id, {', '.join(f'items.{field}' for field in FIELDS)}"
STORED = f"SELECT {COLUMNS}, items.twin_of, sources.name"  # as `stored` reads it


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
    found = tx.exec_driver_sql(_KNOWN, (source_pk, json.dumps(list(source_ids))))
    return {row[1]: StoredRow(row[0], item_of(row), row[-1]) for row in found}


_KNOWN = f"""SELECT {COLUMNS}, items.last_seen FROM items
WHERE source = ? AND source_id IN (SELECT value FROM json_each(?))"""


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
    there = ids_of(tx, source_pk, [item.source_id for item in add])
    fresh = {item.source_id: item for item in add if item.source_id not in there}
    again = {there[item.source_id]: item for item in add if item.source_id in there}
    first = tx.exec_driver_sql(_NEXT).scalar() or 1
    added = {source_id: first + place for place, source_id in enumerate(fresh)}
    common = (source_pk, listing, microseconds(now - EPOCH))
    pages.insert(tx, fresh.values(), first, common)
    pages.update(tx, (dict(update) | again).items(), listing)
    if seen:
        tx.execute(_ITEMS_UPDATE.where(among(items.c.media_id, seen)).values(last_seen=listing))
    return there | added


# A transaction that writes is alone, so it may hand out the ids that AUTOINCREMENT would.
_NEXT = "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'items'"
_ITEMS_UPDATE = update(items)  # `apply` has a parameter of that name


def ids_of(tx: Connection, source_pk: int, source_ids: Iterable[str]) -> dict[str, MediaId]:
    """Our ids of those of the source's ids that the catalogue holds."""
    found = tx.exec_driver_sql(_IDS, (source_pk, json.dumps(list(source_ids))))
    return {row[0]: row[1] for row in found.all()}


_IDS = """SELECT source_id, media_id FROM items
WHERE source = ? AND source_id IN (SELECT value FROM json_each(?))"""


def in_any_source(table: FromClause) -> ColumnElement[bool]:
    """True of every item: with it SQLite finds a `source_id` in the index of sources and ids, once
    for each source."""
    return table.c.source.in_(select(sources.c.id))


def get(tx: Connection, media_id: MediaId) -> StoredItem | None:
    return by_ids(tx, [media_id]).get(media_id)


def by_ids(tx: Connection, ids: Iterable[MediaId]) -> dict[MediaId, StoredItem]:
    """Those that the catalogue holds."""
    listed = json.dumps([int(id) for id in ids])
    return {row[0]: stored(row) for row in tx.exec_driver_sql(_BY_IDS, (listed,))}


_WITH_SOURCE = "FROM items CROSS JOIN sources ON sources.id = items.source"
_BY_IDS = f"""{STORED} {_WITH_SOURCE}
WHERE items.media_id IN (SELECT value FROM json_each(?))"""


def pointing_on(tx: Connection, source_ids: Iterable[str]) -> dict[MediaId, StoredItem]:
    """Items with one of these ids, in whatever source, that are edited copies or have a twin."""
    found = tx.exec_driver_sql(_POINTING_ON, (json.dumps(list(source_ids)),))
    return {row[0]: stored(row) for row in found}


_POINTING_ON = f"""{STORED} {_WITH_SOURCE}
WHERE items.source IN (SELECT id FROM sources)
AND items.source_id IN (SELECT value FROM json_each(?))
AND (items.edited_of != '' OR items.twin_of IS NOT NULL)"""


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


def seen_again(tx: Connection, source_pk: int, before: int, listing: int) -> None:
    """What listing number `before` saw, or a later one, counts as seen by `listing` too."""
    those = (items.c.source == source_pk) & (items.c.last_seen >= before)
    tx.execute(_ITEMS_UPDATE.where(those).values(last_seen=listing))


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
    """From numbers that triggers keep and from failures alone, which are few."""
    total = tx.execute(select(func.sum(sources.c["items"]))).scalar() or 0
    query = select(encoders.c.id, encoders.c.vectors).where(encoders.c.name == encoder_id)
    key, embedded = tx.execute(query).one_or_none() or (None, 0)
    held = exists().where(vectors.c.media_id == failures.c.media_id, vectors.c.encoder == key)
    failed = tx.execute(select(func.count()).select_from(failures).where(~held)).scalar_one()
    return Counts(items=total, embedded=embedded, pending=total - embedded - failed, failed=failed)


def counts_by_source(tx: Connection) -> dict[str, int]:
    """How many items each source has, by its name; a source without any is there with 0."""
    return {row[0]: row[1] for row in tx.execute(select(sources.c.name, sources.c["items"]))}


def stored(row: AnyRow) -> StoredItem:
    """A row that begins as STORED does, as what leaves the catalogue."""
    return StoredItem(
        media_id=row[0],
        source=row[_NAME],
        item=item_of(row),
        twin_of=row[_NAME - 1],
    )


_NAME = len(FIELDS) + 2


def item_of(row: AnyRow) -> MediaItem:
    """Of a row that begins with COLUMNS."""
    said = dict(zip(FIELDS, row[1:], strict=False))
    said["taken_at"] = moment(said["taken_at"])
    for flag in ("favorite", "archived", "trashed"):
        said[flag] = bool(said[flag])
    for listed in ("people", "albums"):
        said[listed] = strings(said[listed])
    return MediaItem(**said)
