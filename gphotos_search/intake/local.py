"""What every source on this machine does alike: find its row, and read pictures where they lie."""

from __future__ import annotations

from pathlib import Path

from gphotos_search.catalog import observations, sources
from gphotos_search.catalog.sources import SourceRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.intake.read import Reader
from gphotos_search.media import MediaItem


class LocalSource:
    """Part of a `Source`; whoever inherits it lists. Its row is in the catalogue before that."""

    may_keep_bytes = True
    newest_first = False
    local = True

    def __init__(self, name: str, catalog: Catalog, *, index_dir: Path | None = None) -> None:
        self.name, self.catalog = name, catalog
        self._reader = Reader(index_dir=index_dir)

    def picture(self, item: MediaItem, link: str | None, *, size: int) -> bytes:  # noqa: ARG002
        with self.catalog.reading() as tx:
            rows = observations.everywhere(tx, item.source_id)
        return self._reader.picture(rows, size=size)

    def close(self) -> None:
        self._reader.close()

    def _row(self) -> SourceRow:
        with self.catalog.reading() as tx:
            row = sources.get(tx, self.name)
        if row is None:
            raise LookupError(f"no source {self.name}")
        return row
