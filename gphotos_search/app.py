"""Builds the parts from a Config and strings the steps together: what commands and service call."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gphotos_search import index, models
from gphotos_search.catalog import failures, items, known, picker, sources, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import UsageError
from gphotos_search.lock import exclusive
from gphotos_search.media import FEATURES, Answer, MediaId, Query, StoredItem
from gphotos_search.progress import Progress, Silent
from gphotos_search.remembered import (
    Place,
    all_sources,
    local_places,
    paused,
    set_paused,
    unknown,
)
from gphotos_search.searching import Searching

if TYPE_CHECKING:
    from gphotos_search.catalog.failures import Failure
    from gphotos_search.catalog.known import Observed, Related
    from gphotos_search.forgetting import Forgettable
    from gphotos_search.imports import Import
    from gphotos_search.index import Report
    from gphotos_search.originals import Originals
    from gphotos_search.picking import News
    from gphotos_search.search.query import Request
    from gphotos_search.switching import Pruned, Switched
    from gphotos_search.sync.report import SyncReport


log = logging.getLogger(__name__)


class App:
    """One person's library. Opening it is cheap; models and index load when first needed.

    Searches may run in several threads while a sync runs in another. `say` hears of what a search
    has to wait for.
    """

    def __init__(self, config: Config, *, say: Callable[[str], None] = log.info) -> None:
        self.config = config
        self.catalog = Catalog.open(config.storage.data_dir)
        self._say = say
        self._searching = Searching(self.catalog, config, say=say)

    def __enter__(self) -> App:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self.catalog.close()

    @property
    def lock_file(self) -> Path:
        """The writer's lock; index and catalogue change only under it."""
        return self.config.storage.data_dir / "lock"

    def search(self, query: Query, *, remember: bool = False) -> Answer:
        """See Searching.search."""
        return self._searching.search(query, remember=remember)

    def ask(self, request: Request) -> Answer:
        """See Searching.ask."""
        return self._searching.ask(request)

    def warm(self) -> None:
        """See Searching.warm."""
        self._searching.warm()

    def sync(
        self,
        names: Sequence[str] = (),
        *,
        allow_removals: bool = False,
        scheduled: bool = False,
        progress: Progress | None = None,
        stop: threading.Event | None = None,
    ) -> SyncReport:
        """Fetch, embed and index once, under the writer's lock (Locked when another has it).

        A scheduled run honours the next try of failed items, one by hand retries them all now.
        Sources that are paused are left out. Raises UsageError for one that nobody knows and for
        a paused one that is named; trouble of one source is in the report.
        """
        from gphotos_search.preview import hopeless
        from gphotos_search.round import Round  # the Google clients load only here
        from gphotos_search.sync.report import SyncReport

        progress, stop = progress or Silent(), stop or threading.Event()
        configs = self._chosen(names)
        with exclusive(self.lock_file, purpose="sync"):
            if not configs:
                return SyncReport(indexed=self._searchable())
            if (report := hopeless(self.config, self.catalog, configs)) is not None:
                report.indexed = self._searchable()
                return report
            encoder = models.for_indexing(self.catalog, self.config.model, say=progress.say)
            try:
                round_ = Round(
                    self.config,
                    self.catalog,
                    encoder,
                    stop=stop,
                    progress=progress,
                    allow_removals=allow_removals,
                    retry_all=not scheduled,
                )
                report = round_.run(configs)
            finally:
                encoder.release()
            models.promote(self.catalog, self.config.model, encoder, say=progress.say)
        return report

    def _searchable(self) -> int:
        active = models.active(self.catalog)
        with self.catalog.reading() as tx:
            return vectors.count(tx, active.id) if active else 0

    def preview(
        self,
        names: Sequence[str] = (),
        *,
        progress: Progress | None = None,
        stop: threading.Event | None = None,
    ) -> SyncReport:
        """What a sync would do, from the same listings; writes nothing but the quota used."""
        from gphotos_search.preview import preview

        stop = stop or threading.Event()
        return preview(self.config, self.catalog, self._chosen(names), stop, progress)

    def preview_import(
        self,
        imports: Sequence[Import],
        *,
        progress: Progress | None = None,
        stop: threading.Event | None = None,
    ) -> SyncReport:
        """What these would bring, without remembering them."""
        from gphotos_search.preview import preview_import

        stop = stop or threading.Event()
        return preview_import(self.config, self.catalog, imports, stop, progress)

    def sources(self) -> tuple[SourceConfig, ...]:
        """Those of the config, and those that `import` and `pick` remembered; paused ones too."""
        return all_sources(self.config, self.catalog)

    def places(self) -> tuple[Place, ...]:
        """Where takeout and folder sources look, those that are paused left out."""
        return local_places(self.config, self.catalog)

    def _chosen(self, names: Sequence[str]) -> tuple[SourceConfig, ...]:
        there = {source.name: source for source in self.sources()}
        resting = paused(self.catalog)
        for name in names:
            if name not in there:
                raise unknown(name, there)
            if name in resting:
                raise UsageError(
                    f'"{name}" is paused.', advice=f"Run: gphotos-search sources resume {name}"
                )
            if there[name].type == FEATURES:
                raise UsageError(
                    f'"{name}" holds imported features: there is nothing to sync.',
                    advice="To bring them up to date: gphotos-search import-features",
                )
        resting |= {name for name, one in there.items() if one.type == FEATURES}
        wanted = names or [name for name in there if name not in resting]
        return tuple(there[name] for name in dict.fromkeys(wanted))

    def pause(self, name: str, wanted: bool = True) -> bool:
        """Leave a source out of every run, or take it in again; False where it was so already."""
        return set_paused(self.config, self.catalog, name, wanted)

    def forgettable(self, name: str) -> Forgettable:
        """What `forget` would remove. Raises UsageError where it must not."""
        from gphotos_search import forgetting

        return forgetting.look(self.config, self.catalog, name)

    def forget(self, name: str) -> int:
        """Remove a source with its photos from the index; how many went. Locked at once while
        another process writes."""
        from gphotos_search import forgetting

        with exclusive(self.lock_file, purpose="forgetting a source"):
            row = forgetting.look(self.config, self.catalog, name).row
            removed = forgetting.forget(self.config, self.catalog, row)
            active = models.active(self.catalog)
            if active is not None:
                place = (self.config.storage.index, active.id, active.dim, self.config.index.engine)
                index.bring_up_to_date(self.catalog, *place, say=self._say)
        return removed

    def reindex(
        self, *, rebuild: bool = False, say: Callable[[str], None], wait_s: float = 0.0
    ) -> Report | None:
        """Verify the index and bring it up to date, or build it anew; None when there is none."""
        from gphotos_search import switching

        with exclusive(self.lock_file, purpose="reindex", wait_s=wait_s):
            active = models.active(self.catalog)
            if active is None:
                return None
            return switching.verify(self.config, self.catalog, active, rebuild=rebuild, say=say)

    def switch(
        self, name: str, *, progress: Progress | None = None, stop: threading.Event | None = None
    ) -> Switched:
        """Another model, from photos that are known already; see switching.switch."""
        from gphotos_search import switching

        progress, stop = progress or Silent(), stop or threading.Event()
        with exclusive(self.lock_file, purpose="reindex --model"):
            return switching.switch(self.config, self.catalog, name, progress=progress, stop=stop)

    def prune(self, *, say: Callable[[str], None]) -> Pruned:
        """Drop the sets of vectors of former models; see switching.prune."""
        from gphotos_search import switching

        with exclusive(self.lock_file, purpose="reindex --prune"):
            return switching.prune(self.config, self.catalog, say=say)

    def status(self) -> dict[str, Any]:
        """The contract of `status --json`."""
        from gphotos_search import status

        return status.report(self.config, self.catalog)

    def item(self, media_id: MediaId) -> StoredItem | None:
        with self.catalog.reading() as tx:
            return items.get(tx, media_id)

    def about(self, stored: StoredItem) -> tuple[list[Observed], Related]:
        """Where files of an item were seen, and what belongs to it."""
        with self.catalog.reading() as tx:
            return known.observed(tx, stored.item.source_id), known.related(tx, stored)

    def originals(self) -> Originals:
        """Where originals lie, and copies of those in archives; a context manager."""
        from gphotos_search.originals import Originals

        return Originals(self.config, self.catalog)

    def failures(self, limit: int) -> list[Failure]:
        with self.catalog.reading() as tx:
            return failures.listed(tx, limit)

    def last_sync_at(self) -> datetime | None:
        """Since when no source has gone without a sync; paused and new ones do not count."""
        with self.catalog.reading() as tx:
            return sources.last_run(tx)

    def look_for_picks(self) -> News | None:
        """Ask once about the picking sessions that were handed to the service; None without any."""
        with self.catalog.reading() as tx:
            if not picker.polled(tx):
                return None
        from gphotos_search import picking  # the Google clients load only here

        return picking.look(self.config, self.catalog)

    def plan_next(self, at: datetime) -> None:
        """Remember when the service means to sync next, for `status`."""
        with self.catalog.transaction() as tx:
            for row in sources.all_rows(tx):
                sources.plan_next(tx, row.id, None if row.type == FEATURES else at)
