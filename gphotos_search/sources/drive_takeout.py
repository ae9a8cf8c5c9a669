"""Takeout archives that Google delivers to Drive: fetched to this machine, then read in place.

Parts of an export are read as they arrive; what was fetched before stays readable whatever
becomes of the sign-in.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from gphotos_search.catalog import drive_files, sources, spent
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import GphotosError
from gphotos_search.google.archives import ArchiveDownloads
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.deliveries import Deliveries
from gphotos_search.google.drive import ArchiveRefused, DriveApi
from gphotos_search.google.hosts import Hosts
from gphotos_search.google.partial import NoRoom, gib
from gphotos_search.google.patience import Patience, RetryPolicy
from gphotos_search.google.tokens import TokenStore
from gphotos_search.media import Cursor, MediaItem, Page
from gphotos_search.progress import Progress, Silent
from gphotos_search.sources.base import Foretold
from gphotos_search.sources.takeout import Takeout

READ_EVERY_S = 20 * 60.0  # of fetching; then what came is read, while more is fetched later
TRIES = 3  # a photo that failed so often does not keep its archive on the disk


class DriveTakeout:
    """See `Source`, `KnowsTrouble` and `Fetches` for the promises."""

    lists_everything = False
    may_keep_bytes = True
    newest_first = False
    local = True

    def __init__(
        self,
        name: str,
        catalog: Catalog,
        *,
        takeout: Takeout,
        api: DriveApi,
        downloads: ArchiveDownloads,
        folder: Path,
        keep_archives: bool,
        stop: threading.Event,
        progress: Progress,
    ) -> None:
        self.name = name
        self._catalog, self._takeout, self._api = catalog, takeout, api
        self._downloads, self._folder, self._keep = downloads, folder, keep_archives
        self._stop, self._progress = stop, progress
        self._trouble: GphotosError | None = None  # what kept archives away in this run

    def check(self) -> None:
        self._api.check()

    def foretell(self) -> Sequence[Foretold]:
        """Of what was fetched already; what waits in Drive is told, and not fetched."""
        with self._catalog.reading() as tx:
            row = sources.get(tx, self.name)
            here = drive_files.rows(tx, row.id, "fetched", "imported") if row else []
        known = {one.file.md5 for one in here}
        waiting = [file for file in self._api.archives().files if file.md5 not in known]
        if waiting:
            count = f"{len(waiting):,} archives wait" if len(waiting) > 1 else "1 archive waits"
            size = gib(sum(file.size for file in waiting))
            self._progress.say(f"{count} in Drive ({size}); a sync fetches before it reads.")
        return self._takeout.foretell() if self._folder.exists() else ()

    def pages(self, start: Cursor | None) -> Iterator[Page]:
        """What is here, and what is fetched on the way; trouble with Drive is raised by `finish`,
        so that what is here is read first."""
        yield from self._all_pages() if start is None else self._takeout.pages(start)

    def picture(self, item: MediaItem, link: str | None, *, size: int) -> bytes:
        return self._takeout.picture(item, link, size=size)

    def finish(self, encoder_id: str) -> bool:
        deliveries = self._deliveries()
        with self._catalog.reading() as tx:
            done = spent.archives(tx, self.name, encoder_id, tries=TRIES)
        freed = deliveries.let_go(done, keep=self._keep)
        if freed and isinstance(self._trouble, NoRoom):
            return True
        if self._trouble is not None:
            raise self._trouble
        if refused := deliveries.refused():
            told = "; ".join(f"{row.file.name}: {row.message}" for row in refused[:5])
            count = f"{len(refused):,} archives" if len(refused) > 1 else "An archive"
            raise ArchiveRefused(f"{count} could not be fetched: {told}")
        return False

    def close(self) -> None:
        self._takeout.close()
        self._api.close()

    def _all_pages(self) -> Iterator[Page]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        place = "file:0"
        for last in self._arrivals(self._deliveries()):
            for page in self._takeout.pages(None):
                place = page.next or place
                if page.next is None and not last:  # more is to come in this listing
                    yield replace(page, next=place, fingerprint="")
                else:
                    yield page

    def _arrivals(self, deliveries: Deliveries) -> Iterator[bool]:
        """Whenever what is in the folder should be read; True for the last time."""
        self._trouble = None
        try:
            deliveries.poll()
            began = time.monotonic()
            for _ in deliveries.fetch():
                if time.monotonic() - began >= READ_EVERY_S:
                    yield False
                    began = time.monotonic()
        except GphotosError as trouble:
            if self._stop.is_set():
                raise
            self._trouble = trouble
        yield True

    def _deliveries(self) -> Deliveries:
        with self._catalog.reading() as tx:
            row = sources.get(tx, self.name)
        if row is None:
            raise LookupError(f"no source {self.name}")
        return Deliveries(
            self._catalog,
            row.id,
            api=self._api,
            downloads=self._downloads,
            folder=self._folder,
            progress=self._progress,
            stop=self._stop,
        )


def folder_of(config: Config, source: str) -> Path:
    """Where the whole archives of a source lie; their halves are in the folder above."""
    safe = quote(source, safe=" ").replace(".", "%2E")  # a name may hold anything, "/" too
    return config.storage.data_dir / "archives" / safe


def open_source(
    source: SourceConfig,
    config: Config,
    catalog: Catalog,
    *,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> DriveTakeout:
    """No request is made before the source is used. `patience` is for tests in a hurry."""
    stop, progress = stop or threading.Event(), progress or Silent()
    waits = patience or Patience(RetryPolicy(), stop=stop)
    credentials = AccountCredentials(TokenStore(config.storage.tokens), source.account)
    url, folder = config.google.drive_url, folder_of(config, source.name)
    api = DriveApi(url, credentials, waits)
    downloads = ArchiveDownloads(
        url,
        api=api,
        credentials=credentials,
        hosts=Hosts.of(config.google),
        patience=waits,
        stop=stop,
    )
    takeout = Takeout(
        source.name, config, catalog, [folder], stop=stop, progress=progress, tell_empty=False
    )
    return DriveTakeout(
        source.name,
        catalog,
        takeout=takeout,
        api=api,
        downloads=downloads,
        folder=folder,
        keep_archives=source.keep_archives,
        stop=stop,
        progress=progress,
    )
