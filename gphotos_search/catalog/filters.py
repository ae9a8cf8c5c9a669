"""Exact filters: each condition is one look into an index, the answers are combined as masks.

A mask has one place for every media id up to the highest, so that combining a million items takes
a millisecond, where SQLite would read a million rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
)

from gphotos_search.catalog import around, labels
from gphotos_search.catalog.columns import among
from gphotos_search.catalog.local_dates import CYCLE, DAY, spans
from gphotos_search.catalog.schema import items, sources
from gphotos_search.catalog.schema_search import item_texts, places_known
from gphotos_search.media import Filters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gphotos_search.catalog.arrays import Arrays

    Ids = NDArray[np.int64]
    Mask = NDArray[np.bool_]

SECOND = 1_000_000


def matching(tx: Connection, filters: Filters, zone: tzinfo, arrays: Arrays | None = None) -> Ids:
    """The ids of all items that meet every filter, ascending; see media.Filters.

    `zone` is where items without an offset of their own were taken. `arrays`, of this state of the
    catalogue and this zone, answer what they can.
    """
    import numpy as np

    if arrays is not None:
        size = arrays.size
    else:
        size = (tx.execute(select(func.max(items.c.media_id))).scalar() or 0) + 1
    found = _mask(tx, filters, zone, size, arrays)
    if not wants_trash(filters):
        found[_ids(tx, _FLAGGED["trashed"]) if arrays is None else arrays.trashed] = False
    return np.flatnonzero(found)


def wants_trash(filters: Filters) -> bool:
    """Whether what is in the trash may be among the answers."""
    return "trashed" in filters.flags or any(wants_trash(each) for each in filters.also)


def _mask(tx: Connection, filters: Filters, zone: tzinfo, size: int, arrays: Arrays | None) -> Mask:
    found = None
    if arrays is not None:
        names = tx.execute(select(sources.c.name, sources.c.id)) if filters.sources else ()
        found = arrays.mask(filters, {row[0]: row[1] for row in names})
    for query in _conditions(tx, filters, zone, arrays is None):
        mask = _marked(_ids(tx, query), size)
        found = mask if found is None else found & mask
    for other in filters.also:
        mask = _mask(tx, other, zone, size, arrays)
        found = mask if found is None else found & mask
    if found is None:
        every = select(items.c.media_id)
        found = _marked(_ids(tx, every), size) if arrays is None else arrays.there
    for other in filters.excluded:
        found &= ~_mask(tx, other, zone, size, arrays)
    return found


def _marked(ids: Ids, size: int) -> Mask:
    import numpy as np

    mask = np.zeros(size, np.bool_)
    mask[ids] = True
    return mask


def _ids(tx: Connection, query: Select[Any]) -> Ids:
    """What a query of one column selects. As one text: a million rows would be a million tuples,
    which take four times as long."""
    import numpy as np

    listed = query.subquery()
    joined = tx.execute(select(func.group_concat(listed.c[0]))).scalar()
    return np.fromstring(joined or "", np.int64, sep=",")


# Word for word the condition of the flag's index: "trashed = 1" would not be found in it.
_FLAGGED = {
    flag: select(items.c.media_id).where(text(flag)) for flag in ("favorite", "archived", "trashed")
}


def _conditions(
    tx: Connection, filters: Filters, zone: tzinfo, everything: bool
) -> Iterator[Select[Any]]:
    """Queries, one for each condition; without `everything` those that no array answers."""
    if everything:
        yield from _of_arrays(tx, filters, zone)
    if filters.albums:
        yield labels.holding(tx, "album", labels.alike(filters.albums))
    if filters.people:
        yield labels.holding(tx, "person", labels.alike(filters.people))
    if filters.cameras:
        yield labels.holding(tx, "camera", labels.part_of(filters.cameras))
    if filters.places:
        yield _in_places(filters.places)
    if filters.near:
        yield around.any_of(tx, filters.near)
    for phrase in filters.phrases:
        yield _with_phrase(phrase)


def _of_arrays(tx: Connection, filters: Filters, zone: tzinfo) -> Iterator[Select[Any]]:
    if filters.days or filters.months or filters.weekdays:
        yield _dated(tx, filters, zone)
    if filters.sources:
        named = select(sources.c.id).where(among(sources.c.name, filters.sources))
        yield select(items.c.media_id).where(items.c.source.in_(named))
    if filters.kinds:
        yield select(items.c.media_id).where(items.c.kind.in_(filters.kinds))
    for flag in filters.flags:
        yield _FLAGGED[flag]


def _in_places(places: Iterable[int]) -> Select[Any]:
    named = (places_known.c.id, places_known.c.region, places_known.c.country)
    inside = select(places_known.c.id).where(or_(*(among(column, places) for column in named)))
    return select(items.c.media_id).where(items.c.place_id.in_(inside))


def _with_phrase(phrase: str) -> Select[Any]:
    """In quotes everything is text to FTS5, but for quotes, and NUL, which ends its reading."""
    quoted = '"{}"'.format(phrase.replace("\0", " ").replace('"', '""'))
    match = text("item_texts MATCH :phrase").bindparams(phrase=quoted)
    return select(literal_column("rowid").label("media_id")).select_from(item_texts).where(match)


def _dated(tx: Connection, filters: Filters, zone: tzinfo) -> Select[Any]:
    first, last = tx.execute(
        select(
            select(func.min(items.c.taken_at)).scalar_subquery(),
            select(func.max(items.c.taken_at)).scalar_subquery(),
        )
    ).one()
    wanted = [] if first is None else spans(filters, zone, first, last)
    span = _table(wanted)
    taken = type_coerce(items.c.taken_at, Integer)
    offset = items.c.utc_offset_min * literal_column(str(60 * SECOND))
    local = taken + func.coalesce(offset, span.c.offset)
    conditions = [
        taken >= span.c.start,
        taken < span.c.end,
        or_(span.c.folder.is_(None), span.c.folder == (items.c.taken_from == "folder")),
        local.between(span.c.since, span.c.until - 1),
        *_of_calendar(filters, local),
    ]
    return select(items.c.media_id).select_from(span.join(items, and_(*conditions)))


def _table(wanted: Iterable[tuple[Any, ...]]) -> Any:
    """Spans as a table; materialized, else JSON would be read again for every item."""
    listed = func.json_each(json.dumps(list(wanted))).table_valued("value")
    columns = [
        cast(func.json_extract(listed.c.value, f"$[{place}]"), Integer).label(name)
        for place, name in enumerate(("start", "end", "offset", "folder", "since", "until"))
    ]
    return select(*columns).cte("span").prefix_with("MATERIALIZED")


def _of_calendar(filters: Filters, local: ColumnElement[int]) -> Iterator[ColumnElement[bool]]:
    # A whole cycle later every date has the same weekday, and no number is negative, which SQLite
    # would round up.
    later = local + literal_column(str(5 * CYCLE))
    if filters.weekdays:
        weekday = (later // literal_column(str(DAY)) + 3) % 7 + 1  # 1970 began on a Thursday
        yield weekday.in_(sorted(set(filters.weekdays)))
