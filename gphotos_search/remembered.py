"""All sources there are: those of the config, and those that `import` and `pick` remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gphotos_search.catalog import sources
from gphotos_search.catalog.sources import SourceRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig

if TYPE_CHECKING:
    from sqlalchemy import Connection


def all_sources(config: Config, catalog: Catalog) -> tuple[SourceConfig, ...]:
    """The config's in their order, then remembered ones by name; the config wins a name."""
    named = {source.name for source in config.sources}
    with catalog.reading() as tx:
        rows = sources.remembered(tx)
    more = (as_config(row) for row in rows if row.name not in named)
    return (*config.sources, *more)


def as_config(row: SourceRow) -> SourceConfig:
    """A remembered source as the config would have it; where it looks is in the catalogue."""
    return SourceConfig(name=row.name, type=row.type, account=row.account, remembered=True)


def paused(catalog: Catalog) -> set[str]:
    with catalog.reading() as tx:
        return {row.name for row in sources.all_rows(tx) if row.paused}


def known_as(tx: Connection, source: SourceConfig) -> SourceRow:
    """The source's row, attached; made where it is new."""
    return sources.ensure(
        tx, source.name, source.type, source.account, remembered=source.remembered
    )
