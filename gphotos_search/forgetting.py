"""`sources forget`: a source leaves the index with everything known of it; its files stay.

In small transactions, so that nobody waits long for the writer; a run that was killed is ended by
the next one.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gphotos_search.catalog import archives, exports, items, sources
from gphotos_search.catalog.sources import SourceRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.embed import thumbnails
from gphotos_search.errors import UsageError
from gphotos_search.files.containers import index_file
from gphotos_search.originals import folder_of
from gphotos_search.remembered import unknown

# Rows a transaction: 500 take half as long again, and 5,000 are hardly faster. Who wants to write
# meanwhile waits for tenths of a second.
REMOVE_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Forgettable:
    """A source that may be forgotten, and what would leave the index with it."""

    row: SourceRow
    items: int


def look(config: Config, catalog: Catalog, name: str) -> Forgettable:
    """Raises UsageError for a source that nobody knows, and for one that the config names."""
    if name in {source.name for source in config.sources}:
        raise UsageError(
            f'"{name}" is named by the configuration; a sync would bring it back.',
            advice=f"Take it out of {config.file} first.",
        )
    with catalog.reading() as tx:
        row = sources.get(tx, name)
        held = items.counts_by_source(tx)
    if row is None:
        raise unknown(name, held)
    return Forgettable(row, held.get(name, 0))


def forget(config: Config, catalog: Catalog, source: SourceRow) -> int:
    """How many photos left. Call it under the writer's lock, and update the index afterwards."""
    with catalog.transaction() as tx:
        sources.pause(tx, source.id, True)  # a run that is killed on the way is not synced back
    _forget_archives(config, catalog, source.id)
    removed = 0
    while True:
        with catalog.transaction() as tx:
            some = exports.item_ids(tx, source.id, REMOVE_AT_ONCE)
            items.remove(tx, some)
        if not some:
            break
        thumbnails.remove(config.storage.thumbnails, some)
        removed += len(some)
    with catalog.transaction() as tx:
        sources.forget(tx, source.id)
        exports.sweep(tx)
    shutil.rmtree(folder_of(config), ignore_errors=True)
    return removed


def _forget_archives(config: Config, catalog: Catalog, source_pk: int) -> None:
    with catalog.reading() as tx:
        rows = archives.of(tx, source_pk)
        shared = exports.shared_paths(tx, source_pk)
    for path, row in rows.items():
        with catalog.transaction() as tx:
            archives.drop(tx, [row.id])
        if path not in shared:
            with suppress(OSError):
                index_file(Path(path), config.storage.data_dir / "seek-points").unlink()
