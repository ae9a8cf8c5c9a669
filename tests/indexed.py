"""A catalogue with its index, and what is done to them in tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gphotos_search.catalog import items, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.index import Index, Report, bring_up_to_date, for_search, verify
from gphotos_search.manifest import folder_of
from tests.catalog.filled import DIM, ENCODER, NOW, add, embed, fresh, unit


@dataclass
class Library:
    """A catalogue, its index folder, and what was said."""

    catalog: Catalog
    root: Path
    engine: str
    said: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return folder_of(self.root, ENCODER)

    def add(self, *numbers: int) -> list[int]:
        with self.catalog.transaction() as tx:
            ids = add(tx, numbers)
            embed(tx, ids)
        return ids

    def remove(self, *ids: int) -> None:
        with self.catalog.transaction() as tx:
            items.remove(tx, ids)

    def replace(self, media_id: int, seed: int) -> None:
        with self.catalog.transaction() as tx:
            vectors.put(tx, ENCODER, [(media_id, unit(seed))], NOW)

    def update(self) -> Report:
        return bring_up_to_date(
            self.catalog, self.root, ENCODER, DIM, self.engine, say=self.said.append
        )

    def open(self) -> Index:
        return Index.open(self.root, ENCODER, DIM, self.engine)

    def search(self) -> Index:
        return for_search(self.catalog, self.root, ENCODER, DIM, self.engine)

    def verify(self) -> list[str]:
        return verify(self.catalog, self.root, ENCODER, DIM, self.engine)

    def agrees(self, index: Index) -> bool:
        """Every stored vector is held with its id and no other is, and no best hit scores less.

        Rows of float16 are not quite of unit length: another one may score higher than itself."""
        with self.catalog.reading() as tx:
            ids = [int(one) for found, _ in vectors.read_all(tx, ENCODER) for one in found]
            _, rows = vectors.read(tx, ENCODER, ids)
        best = np.array([index.nearest(row, 1)[0][1] for row in rows])
        own = [index.nearest(row, 1, np.array([id])) for id, row in zip(ids, rows, strict=True)]
        scores = np.einsum("ij,ij->i", rows, rows)
        return (
            index.ids().tolist() == ids
            and [hits[0][0] for hits in own if hits] == ids
            and np.allclose([hits[0][1] for hits in own], scores, atol=1e-6)
            and bool(np.all(best >= scores - 1e-6))
        )

    def state(self) -> Path:
        return self.folder / str(json.loads((self.folder / "manifest.json").read_text())["state"])


@contextmanager
def opened(folder: Path, engine: str) -> Iterator[Library]:
    library = Library(fresh(folder), folder / "index", engine)
    try:
        yield library
    finally:
        library.catalog.close()
