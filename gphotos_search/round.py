"""One round: every source listed, what lacks a vector embedded, the index brought up to date.

The steps meet in the catalogue; this file only puts them in order and keeps one source's trouble
from the others.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

from gphotos_search import improving, index, linking, parts
from gphotos_search.catalog import items, sources, vectors
from gphotos_search.catalog.sources import SourceRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.embed import thumbnails
from gphotos_search.embed.run import Embedder, Job
from gphotos_search.encoders.base import Encoder
from gphotos_search.errors import GphotosError, TooManyRemovals, TryLater
from gphotos_search.media import MediaId, StoredItem
from gphotos_search.places import locate
from gphotos_search.progress import Progress
from gphotos_search.remembered import known_as
from gphotos_search.sources.base import Fetches, RenewsLinks, Settles, Source
from gphotos_search.sync.plan import chunks
from gphotos_search.sync.report import SourceReport, SyncReport, note
from gphotos_search.sync.run import (
    CommittedPage,
    Listing,
    ListingReport,
    remove_absent,
)
from gphotos_search.trial import Trial

log = logging.getLogger(__name__)

RENEW_AT_ONCE = 50  # ids of one batchGet (facts 1.2)
# On a first run of days the index file follows at this distance; a search applies the rest itself.
INDEX_EVERY = 5_000


class Round:
    """Use once, inside the writer's lock."""

    replaces = True  # thumbnails that are there: a picture may be another one by now

    def __init__(
        self,
        config: Config,
        catalog: Catalog,
        encoder: Encoder,
        *,
        stop: threading.Event,
        progress: Progress,
        allow_removals: bool = False,
        retry_all: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.config, self.catalog, self.encoder = config, catalog, encoder
        self.stop, self.progress, self.now = stop, progress, now
        self.allow_removals, self.retry_all = allow_removals, retry_all
        self.report = SyncReport()
        self._indexed_at = 0
        self._naming = threading.Lock()  # a trial renames the set; the index is saved under its id
        self._attempted: set[MediaId] = set()

    def run(self, configs: Sequence[SourceConfig]) -> SyncReport:
        """Every source in turn, then the index. Only trouble of our own machine is raised."""
        with self.catalog.transaction() as tx:
            sources.detach_others(tx, [source.name for source in self.config.sources])
        model, say = self.config.model, self.progress.say
        trial = Trial(
            self.catalog, model, self.encoder, stop=self.stop, naming=self._naming, say=say
        )
        with (
            closing(trial),
            Embedder(
                self.catalog,
                self.encoder,
                workers=self.config.sync.download_workers,
                stop=self.stop,
                shelf=thumbnails.shelf(self.config.storage, replace=self.replaces),
                after=trial.saw,
                on_batch=self._tell,
            ) as self.embedder,
        ):
            for source in configs:
                if not self.stop.is_set():
                    self.report.sources.append(self._source(source))
        outcome = self.embedder.outcome
        self.report.embedded, self.report.failed = outcome.embedded, outcome.failed
        self.report.stopped = self.stop.is_set()
        linking.link_picked(self.catalog, self.encoder.id)
        locate.forget_unused(self.catalog)
        self.report.indexed = self._index()
        if not self.stop.is_set():
            self._improve()
        return self.report

    def _source(self, config: SourceConfig) -> SourceReport:
        with self.catalog.transaction() as tx:
            row = known_as(tx, config)
        if not self.retry_all and row.retry_at is not None and row.retry_at > self.now():
            waits = TryLater(row.message, until=row.retry_at, advice="")  # it is in the message
            return SourceReport(config.name, ListingReport(), waits)
        report, error = ListingReport(), None
        try:
            part = parts.load("sources", config.type)
            with closing(
                part.open_source(
                    config, self.config, self.catalog, stop=self.stop, progress=self.progress
                )
            ) as source:
                listing = Listing(
                    self.catalog, source, row, self.stop, ask_all=self.allow_removals, now=self.now
                )
                report = listing.report
                try:
                    self._list_and_embed(source, listing)
                except GphotosError:
                    self.embedder.drain()  # what is on its way needs the source open
                    raise
        except GphotosError as trouble:
            if not self.stop.is_set():  # trouble after a stop is the stop, not the source
                error = trouble
                log.warning("%s: %s", config.name, trouble)
        if not self.stop.is_set():
            note(self.catalog, row, error, self.now())
        return SourceReport(config.name, report, error)

    def _list_and_embed(self, source: Source, listing: Listing) -> None:
        held_back: GphotosError | None = None
        try:
            self._list(source, listing)
        except TryLater as error:
            # One archive that cannot be read now keeps no other on the disk.
            if not isinstance(source, Fetches) or self.stop.is_set():
                raise
            held_back = error
        self._settle(source)
        try:
            self._remove(listing)
        except TooManyRemovals as error:
            held_back = error
        self._embed_rest(source)
        if isinstance(source, Settles) and not self.stop.is_set():
            source.settle(self.encoder.id, self.progress.say)
        more = False
        if isinstance(source, Fetches) and not self.stop.is_set():
            more = source.finish(self.encoder.id)
        if held_back is not None:
            raise held_back
        if more:
            self._list_and_embed(source, replace(listing, row=self._row(listing)))

    def _list(self, source: Source, listing: Listing) -> None:
        for page in listing.pages():
            if listing.report.pages == 1:
                self._answers(listing.row)
            self.progress.listing(source.name, listing.report.pages, listing.report.listed)
            thumbnails.remove(self.config.storage.thumbnails, page.removed)
            locate.locate(self.catalog, self.stop)
            self._embed_page(source, page)
            self._raise_trouble(source)
            self._index_meanwhile()

    def _row(self, listing: Listing) -> SourceRow:
        """As the last listing left it."""
        with self.catalog.reading() as tx:
            return sources.get(tx, listing.source.name) or listing.row

    def _remove(self, listing: Listing) -> None:
        share = self.config.sync.max_removed
        gone = remove_absent(listing, max_share=share, allow=self.allow_removals)
        thumbnails.remove(self.config.storage.thumbnails, gone)

    def _settle(self, source: Source) -> None:
        self.embedder.drain()
        self._raise_trouble(source)

    def _raise_trouble(self, source: Source) -> None:
        if trouble := self.embedder.outcome.stopped.get(source.name):
            self.embedder.drain()
            raise trouble

    def _embed_page(self, source: Source, page: CommittedPage) -> None:
        """The items of a fresh page that lack a vector, with the page's own links."""
        by_id = {stored.media_id: stored for stored in page.items}
        if source.local:
            self._adopt(by_id)
        retry_all = self.retry_all or isinstance(source, Settles)
        with self.catalog.reading() as tx:
            lacking = vectors.lacking(
                tx, self.encoder.id, list(by_id), now=self.now(), retry_all=retry_all
            )
        for media_id, stored in by_id.items():
            if media_id in lacking and media_id not in self._attempted:
                self._submit(Job(source, stored, page.links.get(stored.item.source_id)))

    def _adopt(self, ids: Iterable[MediaId]) -> None:
        """Equal bytes of another source have been embedded already."""
        with self.catalog.transaction() as tx:
            adopted = vectors.adopt(tx, self.encoder.id, ids, now=self.now())
        for new, old in adopted.items():
            thumbnails.copy(self.config.storage.thumbnails, old, new)

    def _embed_rest(self, source: Source) -> None:
        """What still lacks a vector: earlier failures, killed runs, what asked for a second try."""
        last: MediaId | None = None
        while waiting := self._waiting(source, last):
            last = waiting[-1].media_id
            fresh = [one for one in waiting if one.media_id not in self._attempted]
            self._embed_anew(source, fresh, final=False)
            self._raise_trouble(source)
        self._settle(source)
        for some in chunks(sorted(self.embedder.outcome.again), RENEW_AT_ONCE):
            with self.catalog.reading() as tx:
                found = items.by_ids(tx, some).values()
            again = [one for one in found if one.source == source.name]
            self._embed_anew(source, again, final=True)
            self._raise_trouble(source)
        self._settle(source)

    def _waiting(self, source: Source, last: MediaId | None) -> Sequence[StoredItem]:
        """The next items without a vector whose turn it is; none after a stop."""
        if self.stop.is_set():
            return ()
        with self.catalog.reading() as tx:
            return vectors.pending(
                tx,
                self.encoder.id,
                now=self.now(),
                limit=RENEW_AT_ONCE,
                retry_all=self.retry_all,
                sources=[source.name],
                after=last,
            )

    def _embed_anew(self, source: Source, some: Sequence[StoredItem], *, final: bool) -> None:
        """Items without a young link: renewed fifty at a time where the source has links.

        One that gets no link is tried all the same: the source knows why and says it.
        """
        if not some or self.stop.is_set():
            return
        links: Mapping[str, str] = {}
        if isinstance(source, RenewsLinks):
            links = source.renew([one.item for one in some])
        for one in some:
            link = links.get(one.item.source_id)
            self._submit(Job(source, one, link, final=final or link is None))

    def _submit(self, job: Job) -> None:
        self._attempted.add(job.stored.media_id)
        self.embedder.submit(job)

    def _tell(self) -> None:
        outcome = self.embedder.outcome
        self.progress.downloaded(outcome.downloaded)
        self.progress.embedding(outcome.embedded, len(self._attempted), outcome.failed)

    def _index_meanwhile(self) -> None:
        if self.embedder.outcome.embedded - self._indexed_at < INDEX_EVERY:
            return
        try:
            self._index()
        except TryLater as trouble:  # the end of the round tries again, and raises it
            log.warning("%s", trouble)

    def _index(self) -> int:
        self._indexed_at = self.embedder.outcome.embedded
        config, encoder = self.config, self.encoder
        with self._naming:
            place = (config.storage.index, encoder.id, encoder.dim, config.index.engine)
            report = index.bring_up_to_date(self.catalog, *place, say=self.progress.say)
        return report.count

    def _improve(self) -> None:
        improving.improve(
            self.config,
            self.catalog,
            self.encoder.id,
            self.encoder.dim,
            encoder=lambda: self.encoder,
            say=self.progress.say,
            stop=self.stop.is_set,
        )

    def _answers(self, row: SourceRow) -> None:
        """What kept the last run from this source is over, and `status` says so at once."""
        if row.state not in ("new", "ok"):
            with self.catalog.transaction() as tx:
                sources.set_state(tx, row.id, "ok", "")
