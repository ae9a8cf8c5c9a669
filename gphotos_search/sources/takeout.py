"""Google Takeout exports as a source: archives and unpacked exports in watched places.

What an export looks like: docs/reference/takeout.md. Nothing is ever unpacked, and nothing is
removed because an export lacks it: later exports are incremental.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from gphotos_search.catalog import archives, exports, places, sources
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import TryLater, UsageError
from gphotos_search.files.containers import open_container
from gphotos_search.files.discover import Found, Unfinished, find
from gphotos_search.files.safety import is_text, printable
from gphotos_search.intake.foretell import foretell
from gphotos_search.intake.local import LocalSource
from gphotos_search.intake.pages import Pages
from gphotos_search.intake.placing import ExportPlacing
from gphotos_search.intake.scan import Document, What
from gphotos_search.intake.take_in import TakeIn, Wanted
from gphotos_search.media import Cursor, Page
from gphotos_search.progress import Progress, Silent
from gphotos_search.search.query import local_zone
from gphotos_search.sources.base import Foretold
from gphotos_search.takeout import documents, endings
from gphotos_search.takeout.exports import export_of


class Takeout(LocalSource):
    """See `Source` for the promises. Its row is in the catalogue before pages are asked for."""

    lists_everything = False

    def __init__(
        self,
        name: str,
        config: Config,
        catalog: Catalog,
        where: Sequence[Path],
        *,
        stop: threading.Event,
        progress: Progress,
        tell_empty: bool = True,
    ) -> None:
        """`tell_empty`: say so where nothing lies in the places, which somebody should fill."""
        self._seek_points = config.storage.data_dir / "seek-points"
        super().__init__(name, catalog, index_dir=self._seek_points)
        self._tell_empty = tell_empty
        self.config, self.where = config, where
        self.stop, self.progress = stop, progress
        self._placing = ExportPlacing()

    def check(self) -> None:
        """Raises UsageError without a place, TryLater when no place can be reached.

        An archive that was read and is no longer in its folder was deleted, and that is fine.
        """
        if not self.where:
            raise UsageError(
                f'"{self.name}" has no folder or archive to read.',
                advice="Run: gphotos-search import PATH",
            )
        read = self._archives_read()
        if not any(
            place.exists() or (str(place) in read and place.parent.is_dir()) for place in self.where
        ):
            listed = ", ".join(map(str, self.where[:3]))
            raise TryLater(
                f"{listed} cannot be found; what was read from it stays searchable.",
                advice="Is the disk connected? The next sync looks again.",
            )

    def pages(self, start: Cursor | None) -> Iterator[Page]:
        row = self._row()
        fingerprint = ""
        if start is None:
            self.check()
            fingerprint = self._take_in(row.id)
            if fingerprint == row.fingerprint:
                yield Page(fingerprint=fingerprint)
                return
        zone = local_zone(self.config.search)
        pages = Pages(self.catalog, row.id, self._reader, self._placing, zone)
        yield from pages.walk(start, fingerprint)

    def foretell(self) -> Sequence[Foretold]:
        self.check()
        wanted, _ = self._look(None)
        placing = ExportPlacing()
        return foretell(
            self.catalog,
            self.name,
            wanted,
            taking=lambda catalog, source_pk: self._taking(catalog, source_pk, placing),
            placing=placing,
            say=self.progress.say,
        )

    def _archives_read(self) -> set[str]:
        with self.catalog.reading() as tx:
            row = sources.get(tx, self.name)
            known = archives.of(tx, row.id).values() if row else ()
        return {each.path for each in known if each.kind != "tree"}

    def _take_in(self, source_pk: int) -> str:
        wanted, unfinished = self._look(self._seek_points)
        with self.catalog.transaction() as tx:
            exports.put_unfinished(tx, source_pk, unfinished)
        if self._tell_empty and not wanted and not unfinished:
            listed = ", ".join(map(str, self.where))
            self.progress.say(f"{self.name}: no Takeout archive lies in {listed} now.")
        take_in = self._taking(self.catalog, source_pk, self._placing)
        take_in.run(wanted)
        return take_in.fingerprint()

    def _taking(self, catalog: Catalog, source_pk: int, placing: ExportPlacing) -> TakeIn:
        return TakeIn(
            catalog,
            source_pk,
            placing=placing,
            sort=sort,
            read_document=read_document,
            stop=self.stop,
            say=self.progress.say,
        )

    def _look(self, index_dir: Path | None) -> tuple[list[Wanted], list[tuple[str, str]]]:
        """What lies in the places, each archive once; and what is left for later, with why."""
        wanted: dict[Path, Wanted] = {}
        unfinished: dict[str, str] = {}
        for place in self.where:
            if not place.exists():
                continue
            found = Found([place]) if place.is_file() else find(place, stop=self.stop)
            wanted |= {each.path: each for each in self._wanted(found, index_dir)}
            for left in [*found.unfinished, *_unspeakable(found)]:
                name = printable(left.path.name)
                self.progress.say(f"{name} is left for later: {left.reason}.")
                unfinished[printable(str(left.path))] = left.reason
        return list(wanted.values()), list(unfinished.items())

    def _wanted(self, found: Found, index_dir: Path | None) -> Iterator[Wanted]:
        for path in filter(is_text, found.archives):
            export = export_of(path.name)
            yield Wanted(
                path=path,
                kind="tgz" if path.name.lower().endswith("gz") else "zip",
                export=export.id if export else str(path),
                exported_at=(export.made_at if export else None) or _changed_at(path),
                opening=partial(open_container, path, index_dir=index_dir),
            )
        for path in filter(is_text, found.trees):
            yield Wanted(
                path=path,
                kind="tree",
                export=str(path),
                exported_at=_unpacked_export_of(path),
                opening=partial(open_container, path, index_dir=None),
            )


def sort(name: str) -> What:
    """What the name of a member promises; the bytes decide later."""
    if endings.sort_of(name) == "json":
        return "document"
    return "media" if endings.may_be_media(name) else ""


def read_document(_name: str, content: bytes) -> Document:
    return documents.read(content)


def _unspeakable(found: Found) -> Iterator[Unfinished]:
    """What the catalogue cannot name."""
    for path in (*found.archives, *found.trees):
        if not is_text(path):
            yield Unfinished(path, "its path is not UTF-8; rename it")


def _unpacked_export_of(root: Path) -> datetime:
    """When it was made, by the page that lies beside the photos: unpacking keeps its time, and the
    folder's own is that of the unpacking, which would let an old export outvote newer ones.
    """
    for folder in (root, root.parent):
        page = folder / "archive_browser.html"
        if page.is_file():
            return _changed_at(page)
    return _changed_at(root)


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def open_source(
    source: SourceConfig,
    config: Config,
    catalog: Catalog,
    *,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
) -> Takeout:
    """Its places are the path of the config and what `import` added."""
    with catalog.reading() as tx:
        row = sources.get(tx, source.name)
        added = places.of(tx, row.id) if row else []
    where = dict.fromkeys([*([source.path] if source.path else []), *map(Path, added)])
    return Takeout(
        source.name,
        config,
        catalog,
        list(where),
        stop=stop or threading.Event(),
        progress=progress or Silent(),
    )
