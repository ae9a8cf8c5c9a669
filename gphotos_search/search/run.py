"""One vector for what is asked, SQL for who may answer, the index for the nearest of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Protocol

import numpy as np

from gphotos_search import timings
from gphotos_search.catalog import items, last_results, sets, sources
from gphotos_search.catalog.filters import matching, wants_trash
from gphotos_search.catalog.folds import newest, untrashed
from gphotos_search.catalog.last_results import LastQuery
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.errors import GphotosError, UsageError
from gphotos_search.media import FEATURES, Answer, Filters, Hit, MediaId, Query, StoredItem
from gphotos_search.search.compose import Composer, EncodePicture
from gphotos_search.search.fold import Fold
from gphotos_search.search.held import Held
from gphotos_search.search.query import local_zone
from gphotos_search.search.rank import Scored, as_hits, best, by_date, shuffled
from gphotos_search.search.warnings import warnings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gphotos_search.catalog.sources import SourceRow
    from gphotos_search.encoders.base import Vectors
    from gphotos_search.engines.base import Ids

SPARE = 16  # asked of the index beyond the limit, for what folds or lies in the trash
PENDING_FOR_S = 60.0  # counting what is pending is work; a minute-old number warns as well


POOL = 10  # a random choice is made among so many times the limit
POOL_MAX = 1000

Candidates = Callable[[int], list[Scored]]


class Index(Protocol):
    """What a search needs of the index."""

    @property
    def trouble(self) -> str:
        """What to say of files that could not be used; "" when they serve."""
        ...

    def refresh(self, catalog: Catalog) -> bool:
        """Take in what the catalogue learnt since; whether there was anything."""
        ...

    def nearest(
        self, vector: Vectors, k: int, within: Ids | None = None
    ) -> list[tuple[MediaId, float]]: ...


class TextEncoder(Protocol):
    """What a search needs of an encoder."""

    @property
    def id(self) -> str: ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors: ...


def no_pictures(path: Path) -> Vectors:
    raise UsageError(f"{path}: pictures cannot be searched with here.")


class Searcher:
    """Answers queries from one index with the encoder that filled it.

    Several threads may search; `refresh` belongs to one at a time. `thumbnail_of` says where the
    thumbnail of an item would be; it is named in a hit only when the file is there. `picture` makes
    a vector of a file.
    """

    def __init__(
        self,
        catalog: Catalog,
        index: Index,
        encoder: TextEncoder,
        config: Config,
        *,
        thumbnail_of: Callable[[MediaId], Path] | None = None,
        picture: EncodePicture = no_pictures,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.catalog, self.index, self.encoder, self.config = catalog, index, encoder, config
        self._thumbnail_of = thumbnail_of
        self._picture = picture
        self._now = now
        self._pending = (0, float("-inf"))  # number, and when it was counted
        self._held = Held(catalog)

    def refresh(self) -> None:
        """Bring the index up to the catalogue as it is now."""
        self.index.refresh(self.catalog)

    def search(self, query: Query, *, remember: bool = False) -> Answer:
        """Exactly the nearest items among those that match every filter, best first; the newest
        where the query has no meaning.

        What is in the trash is left out unless the filters ask for it. Items that show the same
        photograph, or are of one burst, count once, unless the query says otherwise; see Fold.
        Sorted by date or at random, it is the nearest that are brought into that order. With
        `remember` this becomes the last list of results, whose numbers name photos.

        Raises UsageError for a source nobody knows and for photos or pictures that cannot be
        compared with, ModelUnavailable when the words cannot be encoded.
        """
        started = time.perf_counter()
        with self.catalog.reading() as tx:
            known = sources.all_rows(tx)
            self._check(query.filters, [row.name for row in known])
            composer = Composer(tx, self.encoder.id, self.encoder.encode_texts, self._picture)
            with timings.stage("encoding the words"):
                asked = composer.compose(query)
            hits = self._hits(tx, None if asked is None else asked.vector, query)
            took_ms = (time.perf_counter() - started) * 1000
            with timings.stage("warnings"):
                told = warnings(
                    known,
                    self._count_pending(tx, known),
                    self.config.sync,
                    self._now(),
                    {hit.source for hit in hits},
                )
        if remember:
            with timings.stage("keeping the numbers of the list"):
                told = (*told, *self._remember(hits, asked))
        return Answer(
            query=query.text if asked is None else asked.text,
            encoder=self.encoder.id,
            took_ms=took_ms,
            hits=hits,
            warnings=(self.index.trouble, *told) if self.index.trouble else told,
        )

    def _remember(self, hits: Sequence[Hit], asked: LastQuery | None) -> tuple[str, ...]:
        """Keep the list; a sentence where that was not possible, which is no reason to fail."""
        try:
            with self.catalog.transaction() as tx:
                last_results.replace(tx, [hit.media_id for hit in hits], asked)
        except GphotosError as trouble:
            return (f"The numbers of this list were not kept: {trouble}",)
        return ()

    def _check(self, filters: Filters, in_catalog: Sequence[str]) -> None:
        for other in (*filters.also, *filters.excluded):
            self._check(other, in_catalog)
        known = dict.fromkeys([*(source.name for source in self.config.sources), *in_catalog])
        if unknown := [name for name in filters.sources if name not in known]:
            raise UsageError(
                f'--source: no source is named "{unknown[0]}".',
                advice=f"There are: {', '.join(known) or 'none yet'}.",
            )

    def _hits(self, tx: Connection, vector: Vectors | None, query: Query) -> tuple[Hit, ...]:
        with timings.stage("filters"):
            within = self._within(tx, query, listing=vector is None)
        if within is not None and not len(within):
            return ()
        candidates = self._candidates(tx, vector, within, query)
        limit = query.limit if vector is None else pool(query)
        fold = Fold(tx, self.encoder.id, partial(_allowed, tx, within)) if query.group else None
        with timings.stage("rows of the hits, and folding"):
            chosen, shown = _chosen(tx, candidates, limit, wants_trash(query.filters), fold)
        if vector is not None and query.sort == "date":
            chosen = by_date(chosen, shown)
        if vector is not None and query.sort == "random":
            chosen = shuffled(chosen, query.limit, query.seed)
        with timings.stage("rows of the hits, and folding"):
            folded = fold.folded([media_id for media_id, _ in chosen]) if fold else {}
        return as_hits(chosen, shown, self._thumbnail, folded)

    def _within(self, tx: Connection, query: Query, *, listing: bool) -> Ids | None:
        """The ids that meet every filter; None where all may answer."""
        if not query.filters and not listing:
            return None
        zone = local_zone(self.config.search)
        return matching(tx, query.filters, zone, self._held.at(tx, zone))

    def _candidates(
        self, tx: Connection, vector: Vectors | None, within: Ids | None, query: Query
    ) -> Candidates:
        """The first so many of all that may answer, in order."""
        if vector is not None:
            return lambda count: self._nearest(vector, count, within)
        assert within is not None
        if query.sort == "random":
            order = Random(query.seed).sample(within.tolist(), len(within))
            return lambda count: [(media_id, 0.0) for media_id in order[:count]]
        return lambda count: [(media_id, 0.0) for media_id in newest(tx, within, count)]

    def _nearest(self, vector: Vectors, count: int, within: Ids | None) -> list[Scored]:
        with timings.stage("searching the index"):
            return self.index.nearest(vector, count, within)

    def _thumbnail(self, media_id: MediaId) -> str | None:
        path = self._thumbnail_of(media_id) if self._thumbnail_of else None
        return str(path) if path is not None and path.exists() else None

    def _count_pending(self, tx: Connection, known: Sequence[SourceRow]) -> int:
        """Imported features that another model left behind are not: no sync can bring them."""
        number, counted = self._pending
        if time.monotonic() - counted > PENDING_FOR_S:
            number = items.counts(tx, self.encoder.id).pending
            if number and (imported := [row.name for row in known if row.type == FEATURES]):
                left = sets.to_do(tx, self.encoder.id)
                number -= sum(left.get(name, 0) for name in imported)
            self._pending = (number, time.monotonic())
        return number


def _chosen(
    tx: Connection, candidates: Candidates, limit: int, with_trash: bool, fold: Fold | None
) -> tuple[list[Scored], dict[MediaId, StoredItem]]:
    """The first `limit` hits among the candidates, and all items that were looked at."""
    eligible: dict[MediaId, StoredItem] = {}
    known: set[MediaId] = set()
    wanted = limit + SPARE
    while True:
        found = candidates(wanted)
        # Mostly those at the end; but a longer answer of an index may be the exacter one.
        new = [media_id for media_id, _ in found if media_id not in known]
        known.update(new)
        fresh = items.by_ids(tx, new)
        eligible |= {id: one for id, one in fresh.items() if with_trash or not one.item.trashed}
        if fold is not None:
            fold.learn(eligible)
        chosen = best(found, eligible, limit, None if fold is None else fold.shows)
        if len(chosen) == limit or len(found) < wanted:
            return chosen, eligible
        wanted *= 2


def _allowed(tx: Connection, within: Ids | None, ids: Collection[MediaId]) -> set[MediaId]:
    """Those of the ids that the search may show."""
    if within is None:
        return untrashed(tx, ids)
    asked = np.fromiter(ids, np.int64, len(ids))
    places = np.searchsorted(within, asked)
    places[places == len(within)] = 0
    return set(asked[within[places] == asked].tolist())


def pool(query: Query) -> int:
    """How many of the nearest a query chooses among: a random one among more than it shows."""
    if query.sort != "random":
        return query.limit
    return min(POOL * query.limit, max(query.limit, POOL_MAX))
