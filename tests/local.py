"""Local sources without a model: what a run would put into the catalogue."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from gphotos_search import parts
from gphotos_search.catalog import items, sources
from gphotos_search.catalog.filters import matching
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.config.settings import SearchConfig, StorageConfig
from gphotos_search.media import Filters, StoredItem
from gphotos_search.sync.run import Listing

NAME = "photos"


class Library:
    """One local source and the catalogue it fills."""

    def __init__(self, data: Path, path: Path, type: str = "takeout", **settings: object) -> None:
        self.path = path
        self.source = SourceConfig(name=NAME, type=type, path=path, **settings)  # type: ignore[arg-type]
        self.config = Config(
            storage=StorageConfig(data_dir=data),
            search=SearchConfig(timezone="UTC"),
            sources=(self.source,),
        )
        self.catalog = Catalog.open(data)
        self.stop = threading.Event()

    def listing(self) -> Iterator[Listing]:
        """A listing that is walked page by page."""
        with self.catalog.transaction() as tx:
            row = sources.ensure(tx, NAME, self.source.type, "default")
        source = parts.load("sources", self.source.type).open_source(
            self.source, self.config, self.catalog, stop=self.stop
        )
        with closing(source):
            listing = Listing(self.catalog, source, row, self.stop)
            for _ in listing.pages():
                yield listing
        with self.catalog.transaction() as tx:
            sources.synced(tx, row.id, datetime.now(UTC))

    def sync(self) -> Listing:
        """List to the end; nothing is embedded."""
        return list(self.listing())[-1]

    def items(self) -> dict[str, StoredItem]:
        """Everything in the catalogue, by source_id."""
        with self.catalog.reading() as tx:
            plain = matching(tx, Filters(), UTC)
            binned = matching(tx, Filters(flags=("trashed",)), UTC)
            found = items.by_ids(tx, [*plain.tolist(), *binned.tolist()])
        return {each.item.source_id: each for each in found.values()}
