"""Encode the words, let SQL decide who may answer, and let the index find the nearest of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gphotos_search.catalog import items, sources
from gphotos_search.catalog.filters import matching, wants_trash
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.errors import UsageError
from gphotos_search.media import Answer, Filters, Hit, MediaId, Query, StoredItem
from gphotos_search.search.query import local_zone
from gphotos_search.search.rank import as_hits, best, own_bytes, photographs
from gphotos_search.search.warnings import warnings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gphotos_search.encoders.base import Vectors
    from gphotos_search.engines.base import Ids

SPARE = 16  # asked of the index beyond the limit, for what folds or lies in the trash
PENDING_FOR_S = 60.0  # counting what is pending is work; a minute-old number warns as well


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


class Searcher:
    """Answers queries from one index with the encoder that filled it.

    Several threads may search; `refresh` belongs to one at a time. `thumbnail_of` says where the
    thumbnail of an item would be; it is named in a hit only when the file is there.
    """

    def __init__(
        self,
        catalog: Catalog,
        index: Index,
        encoder: TextEncoder,
        config: Config,
        *,
        thumbnail_of: Callable[[MediaId], Path] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.catalog, self.index, self.encoder, self.config = catalog, index, encoder, config
        self._thumbnail_of = thumbnail_of
        self._now = now
        self._pending = (0, float("-inf"))  # number, and when it was counted

    def refresh(self) -> None:
        """Bring the index up to the catalogue as it is now."""
        self.index.refresh(self.catalog)

    def search(self, query: Query) -> Answer:
        """Exactly the nearest items among those that match every filter, best first.

        What is in the trash is left out unless the filters ask for it. Items that show the same
        photograph count once, unless the query says otherwise; see rank.photographs.

        Raises UsageError for a source nobody knows, ModelUnavailable when the words cannot be
        encoded.
        """
        started = time.perf_counter()
        vector = self.encoder.encode_texts([query.terms[0].value])[0]
        with self.catalog.reading() as tx:
            known = sources.all_rows(tx)
            self._check(query.filters, [row.name for row in known])
            hits = self._hits(tx, vector, query)
            took_ms = (time.perf_counter() - started) * 1000
            told = warnings(
                known,
                self._count_pending(tx),
                self.config.sync,
                self._now(),
                {hit.source for hit in hits},
            )
        return Answer(
            query=query.text,
            encoder=self.encoder.id,
            took_ms=took_ms,
            hits=hits,
            warnings=(self.index.trouble, *told) if self.index.trouble else told,
        )

    def _check(self, filters: Filters, in_catalog: Sequence[str]) -> None:
        known = dict.fromkeys([*(source.name for source in self.config.sources), *in_catalog])
        if unknown := [name for name in filters.sources if name not in known]:
            raise UsageError(
                f'--source: no source is named "{unknown[0]}".',
                advice=f"There are: {', '.join(known) or 'none yet'}.",
            )

    def _hits(self, tx: Connection, vector: Vectors, query: Query) -> tuple[Hit, ...]:
        within = (
            matching(tx, query.filters, local_zone(self.config.search)) if query.filters else None
        )
        if within is not None and not len(within):
            return ()
        with_trash = wants_trash(query.filters)
        eligible: dict[MediaId, StoredItem] = {}
        asked, wanted = 0, query.limit + SPARE
        while True:
            # Asking for more only adds at the end, so what was looked up stays good.
            found = self.index.nearest(vector, wanted, within)
            fresh = items.by_ids(tx, [media_id for media_id, _ in found[asked:]])
            eligible |= {id: one for id, one in fresh.items() if with_trash or not one.item.trashed}
            shows = photographs(_reached(tx, eligible)) if query.group else None
            chosen = best(found, eligible, query.limit, shows)
            if len(chosen) == query.limit or len(found) < wanted:
                return as_hits(chosen, eligible, self._thumbnail)
            asked, wanted = len(found), 2 * wanted

    def _thumbnail(self, media_id: MediaId) -> str | None:
        path = self._thumbnail_of(media_id) if self._thumbnail_of else None
        return str(path) if path is not None and path.exists() else None

    def _count_pending(self, tx: Connection) -> int:
        number, counted = self._pending
        if time.monotonic() - counted > PENDING_FOR_S:
            number = items.counts(tx, self.encoder.id).pending
            self._pending = (number, time.monotonic())
        return number


def _reached(tx: Connection, found: Mapping[MediaId, StoredItem]) -> Iterable[StoredItem]:
    """`found`, and all items that have a say in which photographs they show."""
    known, fresh = dict(found), dict(found)
    asked: set[str] = set()
    while fresh:
        named = {own_bytes(one) for one in fresh.values()}
        named |= {one.item.edited_of for one in fresh.values()}
        named -= asked | {""}
        asked |= named
        twins = {one.twin_of for one in fresh.values() if one.twin_of is not None} - known.keys()
        more = items.pointing_on(tx, named) if named else {}
        more |= items.by_ids(tx, twins) if twins else {}
        fresh = {media_id: one for media_id, one in more.items() if media_id not in known}
        known |= fresh
    return known.values()
