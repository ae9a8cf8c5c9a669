"""All sources there are: those of the config, and those that `import` and `pick` remembered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gphotos_search.catalog import places, sources
from gphotos_search.catalog.sources import SourceRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

LOCAL_TYPES = ("takeout", "folder")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere on this machine that a source is read from."""

    source: str
    path: Path
    exclude: tuple[str, ...] = ()


def local_places(config: Config, catalog: Catalog) -> tuple[Place, ...]:
    """Where takeout and folder sources look, those that are paused left out."""
    found = [one for one in all_sources(config, catalog) if one.type in LOCAL_TYPES]
    with catalog.reading() as tx:
        rows = {row.name: row for row in sources.all_rows(tx)}
        added = {name: places.of(tx, row.id) for name, row in rows.items()}
    resting = {name for name, row in rows.items() if row.paused}
    return tuple(
        Place(source=one.name, path=path, exclude=one.exclude)
        for one in found
        if one.name not in resting
        for path in [*([one.path] if one.path else []), *map(Path, added.get(one.name, ()))]
    )


def paused(catalog: Catalog) -> set[str]:
    with catalog.reading() as tx:
        return {row.name for row in sources.all_rows(tx) if row.paused}


def known_as(tx: Connection, source: SourceConfig) -> SourceRow:
    """The source's row, attached; made where it is new."""
    return sources.ensure(
        tx, source.name, source.type, source.account, remembered=source.remembered
    )


def set_paused(config: Config, catalog: Catalog, name: str, wanted: bool) -> bool:
    """Pause or resume a source; False where it was so already. Raises UsageError without one."""
    known = {source.name: source for source in all_sources(config, catalog)}
    with catalog.transaction() as tx:
        row = sources.get(tx, name)
        if name in known:
            row = known_as(tx, known[name])
        if row is None or not row.attached:
            raise unknown(name, known)
        sources.pause(tx, row.id, wanted)
        return row.paused is not wanted


def unknown(name: str, known: Iterable[str]) -> UsageError:
    there = ", ".join(known) or "none"
    return UsageError(f'No source is named "{name}".', advice=f"There are: {there}.")
