"""The index as searches hold it: a saved state, and in memory whatever is newer than that.

Searches hold no lock and write nothing; they see each change as soon as the catalogue has it.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from gphotos_search import manifest as files
from gphotos_search import renamed
from gphotos_search.catalog import changes, settings, vectors
from gphotos_search.manifest import IndexMissing, IndexUnusable, Manifest, Place

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gphotos_search.catalog.store import Catalog
    from gphotos_search.engines.base import Engine, Ids, Vectors
    from gphotos_search.manifest import Save

BATCH = 4096  # changes learnt at a time


class Index:
    """The vectors of one encoder, ready to be searched. Usable from several threads."""

    def __init__(self, place: Place, engine: Engine, catalog_id: str, generation: int) -> None:
        self._place, self._engine, self._catalog_id = place, engine, catalog_id
        self._searching, self._refreshing = Lock(), Lock()
        self._stamp = files.stamp(place.folder)  # of the files when they were last looked at
        self.generation = generation  # of the catalogue's changes: all up to here are in it
        self.trouble = ""  # why the files did not serve, for the person who searches
        self.manifest: Manifest | None = None  # the files it was opened from, where there are any

    @classmethod
    def open(
        cls, root: Path, encoder_id: str, dim: int, engine_name: str, *, folder: Path | None = None
    ) -> Index:
        """The saved state, mapped: no checksum, nothing read that need not be. `folder` is where
        it lies, if not in its own.

        Raises IndexUnusable where it is missing, damaged, or of another encoder or engine.
        """
        place = Place(root, encoder_id, dim, engine_name)
        folder = folder or place.folder
        stamp = files.stamp(place.folder)
        found = files.read(folder)
        while (opened := files.engine_of(place, found, folder)) is None:
            stamp = files.stamp(place.folder)
            newer = files.read(folder)  # a writer may have swapped the state meanwhile
            if newer.state == found.state:
                raise IndexUnusable("has damaged files")
            found = newer
        index = cls(place, opened, found.catalog, found.generation)
        index.manifest, index._stamp = found, stamp
        return index

    def __len__(self) -> int:
        return len(self._engine)

    @property
    def engine(self) -> Engine:
        return self._engine

    def ids(self) -> Ids:
        return self._engine.ids()

    def nearest(
        self, vector: Vectors, k: int, within: Ids | None = None
    ) -> list[tuple[int, float]]:
        """As Engine.nearest: at most k of (media id, score), best first."""
        with self._searching:
            return self._engine.nearest(vector, k, within)

    def refresh(self, catalog: Catalog) -> bool:
        """Learn what was committed since, in memory, and take up a state that was saved since;
        whether there was anything. Cheap if not."""
        with self._refreshing, catalog.reading() as tx:
            adopted = self._adopt_newer(tx)
            if changes.generation(tx, self._place.encoder_id) == self.generation:
                return adopted
            try:
                self.check(tx)
                self.learn(tx)
                self.check_count(tx)
            except IndexUnusable:
                self._take(read_whole(tx, self._place))
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

    def save(self, name: str, how: Save | None = None) -> None:
        """Write a state of these vectors, as the engine does it or by `how`, and go on with it.

        Raises TryLater; the state before then stays in use.
        """
        self.manifest, engine = files.write(
            self._place,
            how or self._engine.save,
            self.manifest,
            save=name,
            catalog=self._catalog_id,
            generation=self.generation,
        )
        with self._searching:
            self._engine = engine

    def _adopt_newer(self, tx: Connection) -> bool:
        """Take up a state that another process saved: it is mapped, not held in memory, and may
        answer faster. What the catalogue learnt since is learnt before it answers."""
        stamp = files.stamp(self._place.folder)
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            saved = opened(tx, self._place)
            if self.manifest is not None and saved.manifest == self.manifest:
                return False
            if saved.generation != changes.generation(tx, self._place.encoder_id):
                saved.learn(tx)
            saved.check_count(tx)
        except IndexUnusable:
            return False
        self._take(saved)
        return True

    def _take(self, other: Index) -> None:
        with self._searching:
            self._engine, self._catalog_id = other._engine, other._catalog_id
            self.generation, self.manifest = other.generation, other.manifest
            self.trouble = other.trouble


def for_search(catalog: Catalog, root: Path, encoder_id: str, dim: int, engine_name: str) -> Index:
    """The index as of now, for a search: never waits, never writes, needs no files."""
    place = Place(root, encoder_id, dim, engine_name)
    with catalog.reading() as tx:
        try:
            index = opened(tx, place)
            if index.generation != changes.generation(tx, encoder_id):
                index.learn(tx)
                index.check_count(tx)
        except IndexMissing:
            return read_whole(tx, place)  # not saved yet, or deleted: nothing is wrong
        except IndexUnusable as error:
            index = read_whole(tx, place)
            index.trouble = (
                f"The index {error}; the catalogue answered. Run: gphotos-search reindex"
            )
        return index


def opened(tx: Connection, place: Place) -> Index:
    """The saved state, where it can be brought up to date. Raises IndexUnusable."""
    try:
        return _checked(tx, place, place.folder)
    except IndexUnusable:  # its own folder may also have come a moment ago
        found = renamed.folder(tx, place.root, place.encoder_id)
        if found == place.folder and files.stamp(found) is None:
            raise
        return _checked(tx, place, found)


def _checked(tx: Connection, place: Place, folder: Path) -> Index:
    index = Index.open(place.root, place.encoder_id, place.dim, place.engine_name, folder=folder)
    index.check(tx)
    return index


def read_whole(tx: Connection, place: Place) -> Index:
    """All vectors in memory, as the catalogue has them."""
    index = unread(tx, place)
    for ids, rows in vectors.read_all(tx, place.encoder_id):
        index.engine.put(ids, rows)
    return index


def unread(tx: Connection, place: Place) -> Index:
    """An empty one, of the catalogue's present generation."""
    catalog_id = settings.get(tx, settings.CATALOG)
    generation = changes.generation(tx, place.encoder_id)
    return Index(place, place.engine(None), catalog_id, generation)
