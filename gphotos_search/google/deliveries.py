"""The archives of one Drive, from delivery to deletion of our copy.

An archive is fetched when Drive has described the same content (size, MD5, revision) twice, at
least SETTLED apart: whether a file shows while it is still being delivered is documented nowhere.
For a file that Drive itself has called unchanged for OLD, that counts as the first time, and
asking once more just before the download as the second; so an export of yesterday is fetched by the
very first run.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gphotos_search.catalog import drive_files
from gphotos_search.catalog.drive_files import DriveFile, DriveRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.google.archives import ArchiveChanged, ArchiveDownloads
from gphotos_search.google.drive import ArchiveGone, ArchiveRefused, ArchiveWrong, DriveApi
from gphotos_search.google.partial import Partial, digest_file, owner
from gphotos_search.progress import Progress

SETTLED = timedelta(minutes=5)
OLD = timedelta(hours=1)
TELL_EVERY_S = 0.5
AS_IN_DRIVE = (
    "It lies in Drive just so. What could be read is searchable; for the rest, order the export"
    " again."
)


class Deliveries:
    """Used by one thread, under the writer's lock. `folder` is where whole archives lie."""

    def __init__(
        self,
        catalog: Catalog,
        source_pk: int,
        *,
        api: DriveApi,
        downloads: ArchiveDownloads,
        folder: Path,
        progress: Progress,
        stop: threading.Event,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._catalog, self._source = catalog, source_pk
        self._api, self._downloads, self._folder = api, downloads, folder
        self.progress, self._stop, self._now = progress, stop, now

    def poll(self) -> None:
        """Note what Drive lists now. Raises SignInNeeded, ScopeMissing, TryLater."""
        found = self._api.archives()
        waiting = [row for file in found.files if (row := self._saw(file)).state == "seen"]
        if waiting:
            some = f"{len(waiting):,} archives are" if len(waiting) > 1 else "1 archive is"
            self.progress.say(f"{some} perhaps still being delivered; a later run asks again.")
        if found.complete:
            self._forget_all_but({file.file_id for file in found.files})
        else:
            self.progress.say("Drive did not look everywhere this time; the next run asks again.")

    def fetch(self) -> Iterator[Path]:
        """Each archive that is ready, once it lies whole in the folder.

        One that Google refuses is told, remembered and passed over. Raises SignInNeeded,
        ScopeMissing and TryLater, which concern all of them.
        """
        self.here()
        with self._catalog.reading() as tx:
            ready = drive_files.rows(tx, self._source, "ready")
        for row in ready:
            if self._stop.is_set():
                return
            path = self._fetch_one(row)
            if path is not None:
                yield path

    def here(self) -> list[Path]:
        """Whole archives that were not spent yet, also those of earlier runs, by name.

        One that somebody deleted before it was read is fetched again.
        """
        with self._catalog.reading() as tx:
            fetched = drive_files.rows(tx, self._source, "fetched")
        lost = [row for row in fetched if not self._place(row.file).exists()]
        for row in lost:
            self._set(row.file, "ready")
        return [self._place(row.file) for row in fetched if row not in lost]

    def let_go(self, spent: Mapping[str, str], *, keep: bool) -> int:
        """Archives whose every photo is embedded need no copy here, unless `keep`.

        `spent` says by path what is wrong with an archive, "" for nothing: a damaged one is let go
        too, for it came as it lies in Drive, and another copy would be no better. Returns the
        bytes that this freed.
        """
        freed = 0
        with self._catalog.reading() as tx:
            fetched = drive_files.rows(tx, self._source, "fetched")
        for row in fetched:
            path = self._place(row.file)
            wrong = spent.get(str(path))
            if wrong is None:
                continue
            if not keep:
                path.unlink(missing_ok=True)
                freed += row.file.size
            told = f"{wrong} {AS_IN_DRIVE}" if wrong else ""
            self._set(row.file, "imported", told)
            if told:
                self.progress.say(told)
        return freed

    def refused(self) -> list[DriveRow]:
        """Archives that could not be had, each with its reason."""
        with self._catalog.reading() as tx:
            known = drive_files.rows(tx, self._source, "ready", "failed")
        return [row for row in known if row.message]

    def _saw(self, file: DriveFile) -> DriveRow:
        now, claimed = self._now(), file.unchanged_since
        with self._catalog.transaction() as tx:
            known = drive_files.get(tx, self._source, file.file_id)
            # What changed under our eyes is not old, whatever its dates say.
            old = known is None and claimed is not None and now - claimed >= OLD
            since = claimed if old and claimed is not None else now
            row = drive_files.see(tx, self._source, file, since=since, now=now)
            if row.state == "seen" and file.described and now - row.since >= SETTLED:
                drive_files.set_state(tx, self._source, file.file_id, "ready")
            found = drive_files.get(tx, self._source, file.file_id)
        assert found is not None
        return found

    def _fetch_one(self, row: DriveRow) -> Path | None:
        file = row.file
        with self._catalog.reading() as tx:
            again = drive_files.have(tx, self._source, file.md5)
        if again:
            self._set(file, "imported")
            self.progress.say(f"{file.name} was fetched under another name already.")
            return None
        if (occupied := self._occupied(file)) is not None:
            return occupied if self._is_ours(file, occupied) else None
        try:
            path = self._downloads.fetch(file, self._folder, self._teller(file))
        except ArchiveChanged as error:
            self._saw(error.now)
            self.progress.say(f"{error} A later run fetches it.")
        except ArchiveGone as error:
            self._forget(row)
            self.progress.say(f"{file.name}: {error}")
        except ArchiveRefused as error:
            # Bytes that are wrong twice stay wrong; a refusal is asked about again by each run.
            self._set(file, "failed" if isinstance(error, ArchiveWrong) else "ready", str(error))
            self.progress.say(f"{file.name}: {error} {error.advice}")
        else:
            # As old as Drive says: who reads it need not doubt that it is whole.
            os.utime(path, (row.since.timestamp(), row.since.timestamp()))
            self._set(file, "fetched")
            return path
        return None

    def _occupied(self, file: DriveFile) -> Path | None:
        """What lies in the archive's place already: itself, after a kill, or another one."""
        place = self._place(file)
        if place.exists():
            return place
        other = owner(self._folder, file.name)
        with self._catalog.reading() as tx:
            half = other != file.file_id and drive_files.awaited(tx, other)
        return place if half else None

    def _is_ours(self, file: DriveFile, place: Path) -> bool:
        if place.exists() and place.stat().st_size == file.size:
            found = hashlib.md5(usedforsecurity=False)
            digest_file(place, found, self._stop)
            if found.hexdigest() == file.md5:
                self._remove_half(file)  # a kill may have left what lay beside it
                self._set(file, "fetched")
                return True
        why = f"Another archive of this name is in {place.parent}; rename one of them in Drive."
        self._set(file, "ready", why)
        self.progress.say(f"{file.name}: {why}")
        return False

    def _teller(self, file: DriveFile) -> Callable[[int], None]:
        told_at = [0.0]

        def tell(size: int) -> None:
            now = time.monotonic()
            if size == file.size or now - told_at[0] >= TELL_EVERY_S:
                told_at[0] = now
                self.progress.transferred(file.name, size, file.size)

        return tell

    def _forget_all_but(self, ids: set[str]) -> None:
        """What left Drive before it was fetched; what was fetched is ours to finish."""
        with self._catalog.reading() as tx:
            known = drive_files.rows(tx, self._source, "seen", "ready", "failed")
        for row in known:
            if row.file.file_id not in ids:
                self._forget(row)

    def _forget(self, row: DriveRow) -> None:
        self._remove_half(row.file)
        with self._catalog.transaction() as tx:
            drive_files.forget(tx, self._source, row.file.file_id)

    def _remove_half(self, file: DriveFile) -> None:
        if owner(self._folder, file.name) == file.file_id:
            Partial(self._folder, file).remove()

    def _place(self, file: DriveFile) -> Path:
        return self._folder / file.name

    def _set(self, file: DriveFile, state: drive_files.State, message: str = "") -> None:
        with self._catalog.transaction() as tx:
            drive_files.set_state(tx, self._source, file.file_id, state, message)
