"""Many rows in one statement. Triggers then run inside of it: run one row a statement, the index of
texts writes itself out for each of them, which took most of the time of a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from gphotos_search.catalog.columns import EPOCH, as_json, microseconds

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gphotos_search.media import MediaId, MediaItem

# Columns of `items` that an item fills, in the order of `values`.
COLUMNS = (
    *("taken_at", "people", "albums", "kind"),
    *("source_id", "filename", "mime_type", "width", "height", "description", "url"),
    *("camera_make", "camera_model", "video_status", "path", "taken_from", "utc_offset_min"),
    *("latitude", "longitude", "favorite", "archived", "trashed", "original", "edited_of"),
)
_plain = attrgetter(*COLUMNS[4:])
PARAMETERS = 16_000  # of one statement; SQLite takes 32,766 and more


def insert(
    tx: Connection, found: Iterable[MediaItem], first: MediaId, common: tuple[int, int, int]
) -> None:
    """Items that are not there yet, with ids from `first` on. `common`: the key of their source,
    the number of its listing, and now, in microseconds since 1970."""
    rows = [(media_id, *common, *values(item)) for media_id, item in enumerate(found, first)]
    write(tx, INSERT, rows)


INSERT = f"""INSERT INTO items (media_id, source, last_seen, added_at, {", ".join(COLUMNS)})
VALUES """


def update(tx: Connection, changed: Iterable[tuple[MediaId, MediaItem]], listing: int) -> None:
    """What is stored of items becomes this."""
    rows = [(media_id, *values(item)) for media_id, item in changed]
    fresh = ", ".join(f"{name} = page.column{n}" for n, name in enumerate(COLUMNS, 2))
    head = f"UPDATE items SET last_seen = {listing:d}, {fresh} FROM (VALUES "
    write(tx, head, rows, ") AS page WHERE items.media_id = page.column1")


def write(tx: Connection, head: str, rows: Sequence[tuple[Any, ...]], tail: str = "") -> None:
    """Run `head`, then the rows as SQL's list of values, then `tail`."""
    if not rows:
        return
    for some in _parts(rows, PARAMETERS // len(rows[0])):
        sql = statement(head, len(some[0]), len(some), tail)
        tx.exec_driver_sql(sql, tuple(chain.from_iterable(some)))


def _parts(rows: Sequence[tuple[Any, ...]], size: int) -> Iterator[Sequence[tuple[Any, ...]]]:
    return (rows[begin : begin + size] for begin in range(0, len(rows), size))


@lru_cache(maxsize=64)  # the driver knows a statement again by its text, and need not read it
def statement(head: str, width: int, count: int, tail: str = "") -> str:
    """With places for `count` rows of `width` values."""
    row = f"({', '.join('?' * width)})"
    return f"{head}{', '.join([row] * count)}{tail}"


def values(item: MediaItem) -> tuple[Any, ...]:
    """In the order of COLUMNS."""
    taken = None if item.taken_at is None else microseconds(item.taken_at - EPOCH)
    people, albums = as_json(item.people), as_json(item.albums)
    return (taken, people, albums, item.kind, *_plain(item))
