"""Which items are one hit: copies, edits and twins of a photograph, and the shots of a burst.

A burst is what a camera took within seconds of each other and what looks nearly the same: one shot
leads to the next, so it may last longer than BURST_S.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gphotos_search.catalog import folds, items, vectors
from gphotos_search.catalog.folds import Shot
from gphotos_search.media import MediaId, StoredItem
from gphotos_search.search.rank import Photograph, joined, own_bytes, photographs

if TYPE_CHECKING:
    from sqlalchemy import Connection

Allowed = Callable[[Collection[MediaId]], set[MediaId]]

BURST = timedelta(seconds=3)  # from one shot to the next
# Least cosine of two shots of a burst. Measured with the small encoder: those of a burst of the
# demo library have 0.993 and more; a real photo and itself moved by 4 % or turned by 2 degrees have
# 0.917 and more in three of four cases; no two of 51 different real photos have more than 0.72.
ALIKE = 0.9
CROWD = 64  # so many in one moment are no burst, but scans or copies with one date


class Fold:
    """Learns of items as a search finds them. `allowed` says which ids the search may show."""

    def __init__(self, tx: Connection, encoder_id: str, allowed: Allowed) -> None:
        self._tx, self._encoder_id, self._allowed = tx, encoder_id, allowed
        self._known: dict[MediaId, StoredItem] = {}
        self._looked: set[MediaId] = set()  # whose neighbours in time are known
        self._alike: set[tuple[MediaId, MediaId]] = set()
        self.shows: Mapping[MediaId, Photograph] = {}

    def learn(self, found: Mapping[MediaId, StoredItem]) -> None:
        """Take in what was found, and all that has a say in what it shows."""
        fresh = {id: one for id, one in found.items() if id not in self._known}
        while fresh:
            self._known |= fresh
            near = self._shots_near(fresh)
            more = {**self._pointed_at(fresh), **items.by_ids(self._tx, near - self._known.keys())}
            fresh = {id: one for id, one in more.items() if id not in self._known}
        self.shows = joined(photographs(self._known.values()), self._alike)

    def folded(self, chosen: Collection[MediaId]) -> dict[MediaId, int]:
        """How many items each of these hits stands for, besides itself."""
        asked: set[MediaId] = set()
        while members := self._members(chosen) - asked:
            asked |= members
            known = [self._known[id] for id in members]
            named = {own_bytes(one) for one in known} | {one.item.edited_of for one in known}
            self.learn(folds.showing(self._tx, named - {""}, members))
        groups: dict[Photograph, int] = {}
        for media_id in self._allowed(self._known.keys()):
            groups[self.shows[media_id]] = groups.get(self.shows[media_id], 0) + 1
        return {id: groups.get(self.shows[id], 1) - 1 for id in chosen}

    def _members(self, chosen: Collection[MediaId]) -> set[MediaId]:
        wanted = {self.shows[id] for id in chosen}
        return {id for id, photograph in self.shows.items() if photograph in wanted}

    def _pointed_at(self, fresh: Mapping[MediaId, StoredItem]) -> dict[MediaId, StoredItem]:
        """Their twins, and whatever of the same bytes, or of an original's, points on."""
        named = {own_bytes(one) for one in fresh.values()}
        named |= {one.item.edited_of for one in fresh.values()}
        twins = {one.twin_of for one in fresh.values() if one.twin_of is not None}
        return items.pointing_on(self._tx, named - {""}) | items.by_ids(
            self._tx, twins - self._known.keys()
        )

    def _shots_near(self, fresh: Mapping[MediaId, StoredItem]) -> set[MediaId]:
        """Those that are of a burst with one of these."""
        here = {
            id: one.item.taken_at
            for id, one in fresh.items()
            if one.item.taken_at is not None and one.item.taken_from != "folder"
            if id not in self._looked and one.item.kind == "photo"
        }
        self._looked |= here.keys()
        shots = folds.taken_within(self._tx, _spans(here.values()))
        pairs = list(_neighbours(self._shown(shots), here.keys()))
        alike = self._of_one_look(pairs)
        self._alike |= alike
        return {media_id for pair in alike for media_id in pair}

    def _shown(self, shots: list[Shot]) -> list[Shot]:
        allowed = self._allowed([shot.media_id for shot in shots if not shot.trashed])
        return sorted(
            (shot for shot in shots if shot.media_id in allowed),
            key=lambda shot: (shot.taken_at, shot.media_id),
        )

    def _of_one_look(self, pairs: list[tuple[MediaId, MediaId]]) -> set[tuple[MediaId, MediaId]]:
        if not pairs:
            return set()
        ids, rows = vectors.read(self._tx, self._encoder_id, {id for pair in pairs for id in pair})
        at = {media_id: place for place, media_id in enumerate(ids.tolist())}
        return {
            (one, other)
            for one, other in pairs
            if one in at and other in at and float(rows[at[one]] @ rows[at[other]]) >= ALIKE
        }


def _spans(moments: Iterable[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """BURST around each of the moments, joined where they meet."""
    first = last = None
    for moment in sorted(moments):
        if first is not None and last is not None and moment - BURST <= last:
            last = moment + BURST
            continue
        if first is not None and last is not None:
            yield first, last
        first, last = moment - BURST, moment + BURST
    if first is not None and last is not None:
        yield first, last


def _neighbours(shots: list[Shot], here: Collection[MediaId]) -> Iterator[tuple[MediaId, MediaId]]:
    """Pairs within BURST, one of them from `here`, none in a crowd; `shots` are in order."""
    times = [shot.taken_at for shot in shots]
    ends = [bisect_right(times, moment + BURST) for moment in times]
    begins = [bisect_left(times, moment - BURST) for moment in times]
    alone = [end - begin <= CROWD for begin, end in zip(begins, ends, strict=True)]
    for place, shot in enumerate(shots):
        if not alone[place]:
            continue
        for later in range(place + 1, ends[place]):
            other = shots[later].media_id
            if alone[later] and (shot.media_id in here or other in here):
                yield shot.media_id, other
