"""What the commonest filters ask of every item, in arrays with one place for each media id.

A year of two million items is then found in the time that SQLite takes for a few thousand rows.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np

from gphotos_search.catalog.columns import EPOCH, MICROSECOND
from gphotos_search.catalog.local_dates import DAY, Local, offsets, wanted_days
from gphotos_search.media import Filters

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    Ids = NDArray[np.int64]
    Mask = NDArray[np.bool_]

THERE, VIDEO, FAVORITE, ARCHIVED, TRASHED, FOLDER = (1 << place for place in range(6))
FLAGS = {"favorite": FAVORITE, "archived": ARCHIVED, "trashed": TRASHED}
KINDS = ("photo", "video")
NO_DAY = -(2**31)  # of items without a time
PIECE = 1 << 16  # ids read at once
BLOCK = 1 << 16  # days compared at once: as many as stay in the processor's cache
OWN_TIME, NO_OFFSET = -(2**63), 2**31  # what stands for NULL in _READ

_READ = f"""SELECT group_concat(media_id), group_concat(coalesce(taken_at, {OWN_TIME})),
group_concat(coalesce(utc_offset_min, {NO_OFFSET})), group_concat(source),
group_concat({THERE} + (kind = 'video') * {VIDEO} + favorite * {FAVORITE}
    + archived * {ARCHIVED} + trashed * {TRASHED} + (taken_from = 'folder') * {FOLDER})
FROM items WHERE """
_STATE = "SELECT name, seq FROM sqlite_sequence WHERE name IN ('items', 'item_changes')"
_CHANGED = "SELECT DISTINCT media_id FROM item_changes WHERE seq > ? AND seq <= ?"


@dataclass(frozen=True, slots=True)
class State:
    """Of a catalogue: equal states hold the same items. Neither number ever falls."""

    top: int  # the highest media id ever
    seq: int  # of the last change of an item that was there

    def before(self, other: State) -> bool:
        return self.top <= other.top and self.seq <= other.seq


def state(tx: Connection) -> State:
    found = {row[0]: row[1] for row in tx.exec_driver_sql(_STATE)}
    return State(found.get("items", 0), found.get("item_changes", 0))


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """The items of one state of the catalogue; never changed, so that threads may share it."""

    state: State
    zone: tzinfo  # of items that do not know their own
    bits: NDArray[np.uint8]
    source: NDArray[np.int32]
    day: NDArray[np.int32]  # local, since 1970
    month: NDArray[np.int8]  # 1-12
    weekday: NDArray[np.int8]  # 1-7
    folder: Ids  # ids of the bit FOLDER, which are few, as are those of TRASHED
    trashed: Ids

    @property
    def size(self) -> int:
        return len(self.bits)

    @property
    def there(self) -> Mask:
        there: Mask = self.bits != 0
        return there

    def mask(self, filters: Filters, names: dict[str, int]) -> Mask | None:
        """Which ids meet what the arrays know of: days, months, weekdays, sources, kinds, flags;
        None where the filters ask for none of these. `names` are the sources' keys by name."""
        found: Mask | None = None
        for mask in self._conditions(filters, names):
            found = mask if found is None else np.logical_and(found, mask, out=found)
        return found

    def _conditions(self, filters: Filters, names: dict[str, int]) -> Iterator[Mask]:
        if filters.days or filters.months or filters.weekdays:
            yield self._dated(filters)
        if filters.sources:
            yield _any(self.source, {names[name] for name in filters.sources if name in names})
        if filters.kinds and set(filters.kinds) != set(KINDS):
            wanted = THERE | VIDEO if "video" in filters.kinds else THERE
            yield (self.bits & (THERE | VIDEO)) == wanted
        elif filters.kinds:
            yield self.there
        if filters.flags:
            wanted = sum(FLAGS[flag] for flag in set(filters.flags))
            yield (self.bits & wanted) == wanted

    def _dated(self, filters: Filters) -> Mask:
        days, years = wanted_days(filters)
        found = _inside(self.day, days)
        if 0 < len(set(filters.months)) < 12:
            found &= _any(self.month, filters.months)
        if 0 < len(set(filters.weekdays)) < 7:
            found &= _any(self.weekday, filters.weekdays)
        if days != years:
            found[self.folder] = _inside(self.day[self.folder], years)
        return found


def _inside(day: NDArray[np.int32], ranges: Sequence[Local]) -> Mask:
    """Block by block: the days come once from memory, however many comparisons there are."""
    found = np.zeros(len(day), np.bool_)
    limits = [(np.int32(since // DAY), np.int32(until // DAY)) for since, until in ranges]
    scratch = np.empty((2, min(len(day), BLOCK)), np.bool_)
    for begin in range(0, len(day), BLOCK):
        some, into = day[begin : begin + BLOCK], found[begin : begin + BLOCK]
        after, before = scratch[:, : len(some)]
        for since, until in limits:
            np.greater_equal(some, since, out=after)
            np.less(some, until, out=before)
            after &= before
            into |= after
    return found


def _any(column: NDArray[np.int32] | NDArray[np.int8], values: Collection[int]) -> Mask:
    found = np.zeros(len(column), np.bool_)
    for value in set(values):
        found |= column == value
    return found


def read(tx: Connection, zone: tzinfo) -> Arrays:
    """Of all items. Two million take seconds, most of them inside of SQLite."""
    now = state(tx)
    blank = Arrays(
        State(0, now.seq),
        zone,
        np.zeros(1, np.uint8),
        np.zeros(1, np.int32),
        np.full(1, NO_DAY, np.int32),
        np.zeros(1, np.int8),
        np.zeros(1, np.int8),
        np.empty(0, np.int64),
        np.empty(0, np.int64),
    )
    return advanced(tx, blank) or blank


def advanced(tx: Connection, old: Arrays) -> Arrays | None:
    """As the catalogue is now; None where the way from `old` to here is not known any more."""
    now = state(tx)
    if now == old.state:
        return old
    first = tx.exec_driver_sql("SELECT min(seq) FROM item_changes").scalar() or 0
    if not old.state.before(now) or (now.seq > old.state.seq and first > old.state.seq + 1):
        return None
    new = _grown(old, now)
    if now.seq > old.state.seq:
        changed = list(tx.exec_driver_sql(_CHANGED, (old.state.seq, now.seq)).scalars())
        there = [id for id in changed if id <= old.state.top]
        new.bits[there], new.source[there] = 0, 0
        new.day[there] = NO_DAY
        listed = "media_id IN (SELECT value FROM json_each(?))"
        _fill(tx, new, listed, (json.dumps(there),))
    for begin in range(old.state.top, now.top, PIECE):
        _fill(tx, new, "media_id > ? AND media_id <= ?", (begin, min(begin + PIECE, now.top)))
    folder, trashed = (np.flatnonzero((new.bits & bit) != 0) for bit in (FOLDER, TRASHED))
    return replace(new, folder=folder, trashed=trashed)


def _grown(old: Arrays, now: State) -> Arrays:
    """A copy with a place for every id up to now."""

    def longer(column: NDArray[Any], empty: int) -> NDArray[Any]:
        made = np.full(now.top + 1, empty, column.dtype)
        made[: len(column)] = column
        return made

    return replace(
        old,
        state=now,
        bits=longer(old.bits, 0),
        source=longer(old.source, 0),
        day=longer(old.day, NO_DAY),
        month=longer(old.month, 0),
        weekday=longer(old.weekday, 0),
    )


def _fill(tx: Connection, arrays: Arrays, where: str, parameters: tuple[object, ...]) -> None:
    """As texts: a million rows would be a million tuples, made while all other threads wait."""
    found = tx.exec_driver_sql(_READ + where, parameters).one()
    if found[0] is None:
        return
    ids, taken, offset, source, bits = (np.fromstring(text, np.int64, sep=",") for text in found)
    arrays.bits[ids], arrays.source[ids] = bits, source
    dated = taken != OWN_TIME
    ids, taken, offset = ids[dated], taken[dated], offset[dated]
    local = taken + np.where(offset == NO_OFFSET, _of_zone(arrays.zone, taken), offset * 60_000_000)
    day = local // DAY
    arrays.day[ids] = day
    arrays.month[ids] = day.astype("M8[D]").astype("M8[M]").astype(np.int64) % 12 + 1
    arrays.weekday[ids] = (day + 3) % 7 + 1  # 1970 began on a Thursday


def _of_zone(zone: tzinfo, taken: Ids) -> Ids:
    """The zone's offset at each instant, in microseconds."""
    if not len(taken):
        return taken
    ends = (EPOCH + int(end) * MICROSECOND for end in (taken.min(), taken.max()))
    begins, known = np.array(offsets(zone, *ends), np.int64).T
    found: Ids = known[np.searchsorted(begins, taken, "right") - 1]
    return found
