"""A folder of pictures as a source: a synced camera roll, a disk of scans, any tree of files.

What left the folder leaves the index, by the rules of every removal; but a folder that is missing,
or empty where pictures were, is taken for a disk that is not connected.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo
from functools import partial
from pathlib import Path

from gphotos_search.catalog import archives, observations, places, sources
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import TryLater, UsageError
from gphotos_search.files import xmp
from gphotos_search.files.trees import Tree
from gphotos_search.intake.bind import is_xmp
from gphotos_search.intake.foretell import foretell
from gphotos_search.intake.local import LocalSource
from gphotos_search.intake.pages import Pages
from gphotos_search.intake.placing import PlainPlacing
from gphotos_search.intake.scan import Document, What
from gphotos_search.intake.take_in import TakeIn, Wanted
from gphotos_search.media import Cursor, Page
from gphotos_search.progress import Progress, Silent
from gphotos_search.search.query import local_zone
from gphotos_search.sources.base import Foretold
from gphotos_search.takeout import documents, endings


class Folder(LocalSource):
    """See `Source` for the promises. Its row is in the catalogue before pages are asked for."""

    lists_everything = True

    def __init__(
        self,
        source: SourceConfig,
        path: Path | None,
        config: Config,
        catalog: Catalog,
        *,
        stop: threading.Event,
        progress: Progress,
    ) -> None:
        super().__init__(source.name, catalog)
        self.path, self.stop, self.progress = path, stop, progress
        self._include, self._exclude = source.include, source.exclude
        self._zone = local_zone(config.search)
        self._placing = PlainPlacing()

    def check(self) -> None:
        """Raises UsageError without a path, TryLater for a folder that cannot be found."""
        self._root()

    def pages(self, start: Cursor | None) -> Iterator[Page]:
        row = self._row()
        complete, fingerprint = True, ""
        if start is None:
            complete, fingerprint = self._take_in(row.id, self._root())
            if complete and fingerprint == row.fingerprint and row.last_full is not None:
                yield Page(fingerprint=fingerprint, unchanged=True)
                return
        pages = Pages(self.catalog, row.id, self._reader, self._placing, self._zone)
        pages.skipped = not complete
        yield from pages.walk(start, fingerprint)

    def foretell(self) -> Sequence[Foretold]:
        placing = PlainPlacing()
        found = foretell(
            self.catalog,
            self.name,
            [self._wanted(self._root())],
            taking=lambda catalog, source_pk: self._taking(catalog, source_pk, placing),
            placing=placing,
            say=self.progress.say,
        )
        return [replace(one, unpaired={}) for one in found]  # here a sidecar is the exception

    def _root(self) -> Path:
        if self.path is None:
            raise UsageError(f'"{self.name}" has no folder.', advice="Give it a path.")
        if not self.path.is_dir():
            raise TryLater(
                f"The folder {self.path} is not there. Nothing was removed: its photos stay"
                " searchable.",
                advice="Is the disk connected? The next sync looks again.",
            )
        return self.path

    def _take_in(self, source_pk: int, root: Path) -> tuple[bool, str]:
        """Whether everything in the folder could be looked at, and what state it is in."""
        self._refuse_if_empty(source_pk, root)
        take_in = self._taking(self.catalog, source_pk, self._placing)
        with self.catalog.transaction() as tx:
            others = [
                row.id for path, row in archives.of(tx, source_pk).items() if path != str(root)
            ]
            archives.drop(tx, others)  # the config named another folder before
        take_in.run([self._wanted(root)])
        return take_in.complete, take_in.fingerprint()

    def _wanted(self, root: Path) -> Wanted:
        return Wanted(
            path=root,
            kind="tree",
            export=str(root),
            exported_at=None,
            opening=lambda: Tree(root, include=self._include, exclude=self._exclude),
        )

    def _taking(self, catalog: Catalog, source_pk: int, placing: PlainPlacing) -> TakeIn:
        return TakeIn(
            catalog,
            source_pk,
            placing=placing,
            sort=sort,
            read_document=partial(read_document, zone=self._zone),
            stop=self.stop,
            say=self.progress.say,
        )

    def _refuse_if_empty(self, source_pk: int, root: Path) -> None:
        """An empty folder in the place of a full one is a mount point without its disk."""
        with self.catalog.reading() as tx:
            row = archives.of(tx, source_pk).get(str(root))
            held = observations.walk(tx, source_pk, 0, 1) if row else []
        if held and not any(True for _ in root.iterdir()):
            raise TryLater(
                f"The folder {root} is empty, and pictures were read from it before. Nothing was"
                " removed: they stay searchable.",
                advice="Is the disk connected? If the pictures are gone for good, run: "
                f"gphotos-search sources forget {self.name}",
            )


def sort(name: str) -> What:
    """What the name of a file promises. Without an ending it is no picture here."""
    kind = endings.sort_of(name)
    if kind == "json" or is_xmp(name):
        return "document"
    return "media" if kind in ("photo", "raw", "video") else ""


def read_document(name: str, content: bytes, *, zone: tzinfo) -> Document:
    return xmp.read(content, zone) if is_xmp(name) else documents.read(content)


def open_source(
    source: SourceConfig,
    config: Config,
    catalog: Catalog,
    *,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
) -> Folder:
    """Its path is the config's, or the one that `import` remembered."""
    path = source.path
    if path is None:
        with catalog.reading() as tx:
            row = sources.get(tx, source.name)
            path = next((Path(each) for each in (places.of(tx, row.id) if row else ())), None)
    return Folder(
        source, path, config, catalog, stop=stop or threading.Event(), progress=progress or Silent()
    )
