"""Catalogue changes → engine → files. The index is a cache: deleting its folder loses nothing.

Only `bring_up_to_date` and `rebuild` write, and their caller holds the writer's lock. Searches hold
none: they learn in memory what is newer than the files.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from gphotos_search import manifest as files
from gphotos_search.catalog import changes, settings, vectors
from gphotos_search.manifest import IndexMissing, IndexUnusable, Manifest, Place

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gphotos_search.catalog.store import Catalog
    from gphotos_search.engines.base import Engine, Ids, Vectors

BATCH = 4096  # changes learnt at a time
SAMPLE_EVERY = 64  # one vector of so many is compared by `verify`


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an update did; `rebuilt` says why everything was read from the catalogue again."""

    added: int
    removed: int
    count: int
    rebuilt: str | None


class Index:
    """The vectors of one encoder, ready to be searched. Usable from several threads."""

    def __init__(self, place: Place, engine: Engine, catalog_id: str, generation: int) -> None:
        self._place, self._engine, self._catalog_id = place, engine, catalog_id
        self._searching, self._refreshing = Lock(), Lock()
        self.generation = generation  # of the catalogue's changes: all up to here are in it
        self.trouble = ""  # why the files did not serve, for the person who searches
        self.manifest: Manifest | None = None  # the files it was opened from, where there are any

    @classmethod
    def open(cls, root: Path, encoder_id: str, dim: int, engine_name: str) -> Index:
        """The saved state, mapped: no checksum, nothing read that need not be.

        Raises IndexUnusable where it is missing, damaged, or of another encoder or engine.
        """
        place = Place(root, encoder_id, dim, engine_name)
        found = files.read(place.folder)
        while (opened := files.engine_of(place, found)) is None:
            newer = files.read(place.folder)  # a writer may have swapped the state meanwhile
            if newer.state == found.state:
                raise IndexUnusable("has damaged files")
            found = newer
        index = cls(place, opened, found.catalog, found.generation)
        index.manifest = found
        return index

    def __len__(self) -> int:
        return len(self._engine)

    def ids(self) -> Ids:
        return self._engine.ids()

    def nearest(
        self, vector: Vectors, k: int, within: Ids | None = None
    ) -> list[tuple[int, float]]:
        """As Engine.nearest: at most k of (media id, score), best first."""
        with self._searching:
            return self._engine.nearest(vector, k, within)

    def refresh(self, catalog: Catalog) -> bool:
        """Learn what was committed since, in memory; whether there was anything. Cheap if not."""
        with self._refreshing, catalog.reading() as tx:
            if changes.generation(tx, self._place.encoder_id) == self.generation:
                return False
            try:
                self._adopt_newer(tx)
                self.check(tx)
                self.learn(tx)
                self.check_count(tx)
            except IndexUnusable:
                self._take(_read_whole(tx, self._place, "exact"))
            return True

    def learn(self, tx: Connection) -> tuple[int, int]:
        """Apply the changes since our generation; how many vectors were put and removed."""
        added = removed = 0
        encoder_id = self._place.encoder_id
        while batch := changes.since(tx, encoder_id, self.generation, BATCH):
            touched = {change.media_id for change in batch}
            ids, rows = vectors.read(tx, encoder_id, touched)  # as they are now
            gone = np.array(sorted(touched.difference(ids.tolist())), np.int64)
            with self._searching:
                if len(ids):
                    self._engine.put(ids, rows)
                self._engine.remove(gone)
                self.generation = batch[-1].seq
            added, removed = added + len(ids), removed + len(gone)
        return added, removed

    def check(self, tx: Connection) -> None:
        """Raises IndexUnusable where the changes in the catalogue cannot bring us up to date."""
        if self._catalog_id != settings.get(tx, settings.CATALOG):
            raise IndexUnusable("belongs to another catalogue")
        known = settings.get(tx, self._place.saves_key) or []
        if self.manifest is not None and self.manifest.save not in known:
            raise IndexUnusable("was saved for another copy of the catalogue")
        if self.generation > changes.generation(tx, self._place.encoder_id):
            raise IndexUnusable("is ahead of the catalogue")
        if self.generation < changes.pruned(tx, self._place.encoder_id):
            raise IndexUnusable("is older than the changes that the catalogue keeps")

    def check_count(self, tx: Connection) -> None:
        """Raises IndexUnusable where, up to date, we hold more or less than the catalogue."""
        count = vectors.count(tx, self._place.encoder_id)
        if len(self) != count:
            raise IndexUnusable(f"holds {len(self)} vectors where the catalogue has {count}")

    def save(self, previous: Manifest | None, name: str) -> None:
        """Raises TryLater; the state before then stays in use."""
        self.manifest = files.write(
            self._place.folder,
            self._engine,
            previous,
            save=name,
            catalog=self._catalog_id,
            encoder=self._place.encoder_id,
            engine=self._place.engine_name,
            generation=self.generation,
        )

    def _adopt_newer(self, tx: Connection) -> None:
        """A state that another process saved is mapped, not held in memory: prefer it."""
        with suppress(IndexUnusable):
            saved = _opened(tx, self._place)
            if saved.generation > self.generation:
                self._take(saved)

    def _take(self, other: Index) -> None:
        with self._searching:
            self._engine, self._catalog_id = other._engine, other._catalog_id
            self.generation, self.manifest = other.generation, other.manifest


def for_search(catalog: Catalog, root: Path, encoder_id: str, dim: int, engine_name: str) -> Index:
    """The index as of now, for a search: never waits, never writes, needs no files."""
    place = Place(root, encoder_id, dim, engine_name)
    with catalog.reading() as tx:
        try:
            index = _opened(tx, place)
            if index.generation != changes.generation(tx, encoder_id):
                index.learn(tx)
                index.check_count(tx)
        except IndexMissing:
            return _read_whole(tx, place, "exact")  # not saved yet, or deleted: nothing is wrong
        except IndexUnusable as error:
            index = _read_whole(tx, place, "exact")
            index.trouble = (
                f"The index {error}; the catalogue answered. Run: gphotos-search reindex"
            )
        return index


def bring_up_to_date(
    catalog: Catalog,
    root: Path,
    encoder_id: str,
    dim: int,
    engine_name: str,
    *,
    say: Callable[[str], None],
) -> Report:
    """Apply the changes since the saved state and save; the caller holds the writer's lock.

    Files that are missing, damaged, foreign or stale are rebuilt from the catalogue, and a line
    through `say` tells why. Raises TryLater where the disk does not take the new state.
    """
    place = Place(root, encoder_id, dim, engine_name)
    with catalog.reading() as tx:
        try:
            index = _opened(tx, place)
            before = index.manifest
            added, removed = index.learn(tx)
            index.check_count(tx)
        except IndexUnusable as error:
            # The very first one is nothing to explain.
            first = isinstance(error, IndexMissing) and not changes.pruned(tx, encoder_id)
            return _rebuilt(catalog, tx, place, None if first else str(error), say)
    if before is None or before.generation != index.generation:
        _save(catalog, place, index, before)
    return Report(added=added, removed=removed, count=len(index), rebuilt=None)


def rebuild(
    catalog: Catalog,
    root: Path,
    encoder_id: str,
    dim: int,
    engine_name: str,
    *,
    say: Callable[[str], None],
) -> Report:
    """Read every vector from the catalogue again, whatever the files say. As bring_up_to_date."""
    place = Place(root, encoder_id, dim, engine_name)
    with catalog.reading() as tx:
        return _rebuilt(catalog, tx, place, "is to be rebuilt", say)


def verify(catalog: Catalog, root: Path, encoder_id: str, dim: int, engine_name: str) -> list[str]:
    """Everything that is wrong with the saved state, a sentence each. Reads all of it."""
    place = Place(root, encoder_id, dim, engine_name)
    with catalog.reading() as tx:
        try:
            index = _opened(tx, place)
        except IndexUnusable as error:
            return [f"The index {error}."]
        assert index.manifest is not None
        if names := files.damaged(place.folder, index.manifest):
            return [
                f"The index has a damaged file {name} (its checksum differs)." for name in names
            ]
        index.learn(tx)
        return _differences(tx, encoder_id, index)


def _differences(tx: Connection, encoder_id: str, index: Index) -> list[str]:
    held = index.ids()
    missing = stale = 0
    for ids, rows in vectors.read_all(tx, encoder_id):
        missing += int(np.count_nonzero(~np.isin(ids, held)))
        for place in range(0, len(ids), SAMPLE_EVERY):
            found = index.nearest(rows[place], 1, ids[place : place + 1])
            stale += bool(found) and abs(found[0][1] - float(rows[place] @ rows[place])) > 1e-3
    extra = len(held) - (vectors.count(tx, encoder_id) - missing)
    counted = {
        "vectors of the catalogue are not in it": missing,
        "of its vectors are not in the catalogue": extra,
        "of its vectors differ from the catalogue's": stale,
    }
    return [
        f"The index does not match: {count} {what}." for what, count in counted.items() if count
    ]


def _opened(tx: Connection, place: Place) -> Index:
    """The saved state, where it can be brought up to date. Raises IndexUnusable."""
    index = Index.open(place.root, place.encoder_id, place.dim, place.engine_name)
    index.check(tx)
    return index


def _read_whole(tx: Connection, place: Place, engine_name: str) -> Index:
    engine = place.engine(None, engine_name)
    for ids, rows in vectors.read_all(tx, place.encoder_id):
        engine.put(ids, rows)
    catalog_id = settings.get(tx, settings.CATALOG)
    return Index(place, engine, catalog_id, changes.generation(tx, place.encoder_id))


def _rebuilt(
    catalog: Catalog,
    tx: Connection,
    place: Place,
    reason: str | None,
    say: Callable[[str], None],
) -> Report:
    if reason is not None:
        say(f"The index {reason}. Building it again from the catalogue.")
    index = _read_whole(tx, place, place.engine_name)
    _save(catalog, place, index, None)
    return Report(added=len(index), removed=0, count=len(index), rebuilt=reason)


def _save(catalog: Catalog, place: Place, index: Index, before: Manifest | None) -> None:
    # The catalogue knows each save by a random name, so that a copy of it that is put back, with
    # changes of the same numbers, is told apart. Both names are good: a crash leaves either state.
    name = token_hex(8)
    with catalog.transaction() as tx:
        settings.put(tx, place.saves_key, [before.save, name] if before else [name])
    index.save(before, name)
    with catalog.transaction() as tx:
        changes.prune(tx, place.encoder_id, index.generation)
