"""Another set of vectors for photos that are known already: nothing is listed, added or removed.

Pictures come from where they lie, else from the thumbnails that we kept, else they are fetched.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from gphotos_search import parts
from gphotos_search.catalog import sets, sources, vectors
from gphotos_search.config import SourceConfig
from gphotos_search.embed import thumbnails
from gphotos_search.embed.run import Job
from gphotos_search.errors import GphotosError, ItemFailed
from gphotos_search.media import FEATURES, Cursor, MediaItem, Page, StoredItem
from gphotos_search.remembered import all_sources, as_config
from gphotos_search.round import Round
from gphotos_search.sources.base import Source
from gphotos_search.sync.report import SourceReport, SyncReport
from gphotos_search.sync.run import ListingReport

log = logging.getLogger(__name__)


class Kept:
    """A source whose pictures cannot be had, or need not: what serves is our thumbnails."""

    lists_everything = may_keep_bytes = newest_first = False
    local = True

    def __init__(self, name: str) -> None:
        self.name = name

    def pages(self, start: Cursor | None) -> Iterator[Page]:  # noqa: ARG002
        return iter(())

    def picture(self, item: MediaItem, link: str | None, *, size: int) -> bytes:  # noqa: ARG002
        raise ItemFailed("Its picture cannot be had now.")

    def close(self) -> None:
        pass


class Refill(Round):
    """As Round, for every photo that lacks a vector of this encoder. `run_all` is its beginning."""

    replaces = False  # the pictures are the same

    def run_all(self) -> SyncReport:
        """Every source there is; of those that nothing is read from now, only the thumbnails."""
        with self.catalog.reading() as tx:
            rows = sources.all_rows(tx)
            waiting = sets.to_do(tx, self.encoder.id)
        paused = {row.name for row in rows if row.paused}
        known = all_sources(self.config, self.catalog)
        open_ = [one for one in known if one.name not in paused and waiting.get(one.name)]
        read = {one.name for one in open_}
        closed = [as_config(row) for row in rows if row.name not in read and waiting.get(row.name)]
        self._closed = {one.name for one in closed}
        self._left = sum(waiting[one.name] for one in open_ if one.type != FEATURES)
        return self.run([one for one in (*open_, *closed) if one.type != FEATURES])

    def _source(self, config: SourceConfig) -> SourceReport:
        error = None
        if config.name not in self._closed:
            error = self._from_source(config)
        if error is not None or config.name in self._closed:
            self._from_thumbnails(Kept(config.name))
        return SourceReport(config.name, ListingReport(), error)

    def _from_source(self, config: SourceConfig) -> GphotosError | None:
        try:
            part = parts.load("sources", config.type)
            with closing(
                part.open_source(
                    config, self.config, self.catalog, stop=self.stop, progress=self.progress
                )
            ) as source:
                try:
                    self._embed_rest(source)
                except GphotosError:
                    self.embedder.drain()  # what is on its way needs the source open
                    raise
        except GphotosError as trouble:
            if not self.stop.is_set():  # trouble after a stop is the stop, not the source
                log.warning("%s: %s", config.name, trouble)
                return trouble
        return None

    def _from_thumbnails(self, kept: Kept) -> None:
        if self.embedder.shelf is None:  # not used; and trying would count as a failure of each
            return
        self.embedder.outcome.stopped.pop(kept.name, None)
        last = None
        while waiting := self._waiting(kept, last):
            last = waiting[-1].media_id
            self._submit_kept(kept.name, [one for one in waiting if self._path(one).exists()])
        self.embedder.drain()

    def _embed_anew(self, source: Source, some: Sequence[StoredItem], *, final: bool) -> None:
        if source.local:
            some = self._without_adopted(some)
        elif not final:
            kept = [one for one in some if self._serves(one)]
            self._submit_kept(source.name, kept)
            some = [one for one in some if one not in kept]
        super()._embed_anew(source, some, final=final)

    def _without_adopted(self, some: Sequence[StoredItem]) -> Sequence[StoredItem]:
        """Equal bytes of another source may have been embedded a moment ago."""
        ids = [one.media_id for one in some]
        self._adopt(ids)
        with self.catalog.reading() as tx:
            lacking = vectors.lacking(tx, self.encoder.id, ids, now=self.now(), retry_all=True)
        self._left -= len(ids) - len(lacking)
        return [one for one in some if one.media_id in lacking]

    def _serves(self, one: StoredItem) -> bool:
        """Whether a thumbnail is kept that is not smaller than what the encoder looks at."""
        sides = (one.item.width, one.item.height)
        if self.config.storage.keep_thumbnails == "never" or min(sides) <= 0:
            return False
        short = min(sides) * min(1.0, thumbnails.LONGEST / max(sides))
        return 2 * short >= self.encoder.short_side and self._path(one).exists()

    def _submit_kept(self, source: str, some: Sequence[StoredItem]) -> None:
        for one in some:
            self._submit(Job(Kept(source), one, None, final=True))

    def _path(self, one: StoredItem) -> Path:
        return thumbnails.path_of(self.config.storage.thumbnails, one.media_id)

    def _tell(self) -> None:
        outcome = self.embedder.outcome
        self.progress.downloaded(outcome.downloaded)
        total = max(self._left, len(self._attempted))
        self.progress.embedding(outcome.embedded, total, outcome.failed)
