"""Rows of a base in a mapped file, and every way of finding the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gphotos_search.engines._arrays import EPSILON, contained, held_among
from gphotos_search.engines._flat import STORED
from gphotos_search.engines._scan import ALONE, best, spans_of

if TYPE_CHECKING:
    from gphotos_search.engines._arrays import Mask, Positions
    from gphotos_search.engines._delta import Rows
    from gphotos_search.engines._flat import Codes
    from gphotos_search.engines._lists import Lists
    from gphotos_search.engines._scan import Bits, Read, Span
    from gphotos_search.engines.base import Ids, Vectors

    Facts = dict[str, Any]

MARGIN = 16  # asked beyond k: shows whether the k-th score is shared with rows behind it
STRETCH = 4096, 16_384  # rows a thread takes at a time: few of few, so that none waits for long
GATHERED = 1024  # and of rows that are copied out
GATHERED_ALONE = 4096  # of these a second thread pays sooner: each is waited for
# Hits: recall is measured of ten, for which a search asks 26, and twice that where photos fold
# into one. Longer answers can wait for an exact scan.
APPROXIMATE_MOST = 64
# A selection as a share of all rows, with what jumping costs: from here on the rows between are as
# cheap to score as to leave out, because memory is the limit and is read ahead.
WHOLE_FROM = 0.9
JUMP = 2  # rows that could be read meanwhile: the end of each run of allowed rows
SPARE = 1.5  # times as many as should be needed are asked, so that once is enough
WHOLE_MOST = 8192  # rows asked at once


class MappedBase:
    """Rows in the order of their ids, or of their lists where there are some."""

    def __init__(
        self,
        ids: Ids,
        codes: Codes,
        files: Sequence[Path],
        facts: Facts,
        lists: Lists | None = None,
    ) -> None:
        self.ids, self.files, self.facts, self.lists = ids, files, facts, lists
        self._codes = codes
        self._labels: Positions | None = None if lists is None else lists.ranks
        self._packed: tuple[Mask | None, Bits | None] = (None, None)

    def rows(self, positions: Positions) -> Rows:
        places = positions if self.lists is None else self.lists.places[positions]
        taken: Rows = np.take(self._codes, places, axis=0).view(STORED)
        return taken

    def nearest(self, query: Vectors, k: int, alive: Mask | None) -> Positions:
        if self.lists is not None and k <= APPROXIMATE_MOST:
            spans = self.lists.nearest(query, self.facts["probes"])
            found = leading_in(spans, self._read, query, k, self._bits(alive))
            if len(found) >= k:
                return found
        return self.top(query, k, alive)

    def top(self, query: Vectors, k: int, allowed: Mask | None) -> Positions:
        count = len(self.ids) if allowed is None else int(np.count_nonzero(allowed))
        if k >= count:
            return np.arange(count) if allowed is None else np.flatnonzero(allowed)
        return leading_in(stretches(len(self.ids)), self._read, query, k, self._bits(allowed))

    def top_inside(self, query: Vectors, k: int, wanted: Ids, alive: Mask | None) -> Positions:
        asked = MARGIN + int(SPARE * k * len(self.ids) / len(wanted))
        if asked <= WHOLE_MOST and self._scattered(wanted):
            spans = stretches(len(self.ids))
            scores, found = best(spans, self._read, query, asked, self._bits(alive))
            answers = contained(self.ids[found], wanted)
            # What scores more than the last one found was found, wanted or not.
            last = scores[-1] if len(found) == asked else -np.inf
            scores = scores[answers]
            if len(scores) >= k and last < scores[k - 1] - EPSILON:
                kept: Positions = found[answers][scores >= scores[k - 1] - EPSILON]
                return kept
        allowed = held_among(self.ids, wanted)
        return self.top(query, k, allowed if alive is None else allowed & alive)

    def top_among(self, query: Vectors, k: int, positions: Positions) -> Positions:
        def gather(start: int, end: int) -> tuple[Rows, Ids]:
            return self.rows(positions[start:end]), positions[start:end]

        if k >= len(positions):
            return positions
        spans = spans_of(len(positions), GATHERED)
        return leading_in(spans, gather, query, k, alone=GATHERED_ALONE)

    def _read(self, start: int, end: int) -> tuple[Rows, Ids]:
        if self._labels is None:
            self._labels = np.arange(len(self.ids))
        return self._codes[start:end], self._labels[start:end]

    def _scattered(self, wanted: Ids) -> bool:
        """Whether to walk all rows and choose afterwards is no more work than to choose first."""
        share = len(wanted) / len(self.ids)
        runs = share * (1 - share)  # where nothing lies beside its neighbour, as in lists
        if self.lists is None:
            runs = int(np.count_nonzero(wanted[1:] - wanted[:-1] > 1)) / len(self.ids)
        return share + JUMP * runs > WHOLE_FROM

    def _bits(self, mask: Mask | None) -> Bits | None:
        """A bit for each position; kept, because tombstones are the same in each search."""
        before, bits = self._packed
        if mask is None or mask is before:
            return None if mask is None else bits
        bits = np.packbits(mask, bitorder="little")
        self._packed = mask, bits
        return bits


def stretches(count: int) -> list[Span]:
    least, most = STRETCH
    return spans_of(count, max(least, min(count // 32, most)))


def leading_in(
    spans: Sequence[Span],
    read: Read,
    query: Vectors,
    k: int,
    allowed: Bits | None = None,
    *,
    alone: int = ALONE,
) -> Positions:
    asked = k + MARGIN
    while True:
        scores, found = best(spans, read, query, asked, allowed, alone=alone)
        # FAISS keeps any of the rows that share the last score: take them all.
        if len(found) < asked or scores[-1] < scores[k - 1] - EPSILON:
            return found
        asked *= 4
