"""What our engines share: an immutable base on disk, a small owned delta, and tombstones.

A memory-mapped FAISS index must never be changed (adding aborts the process, removing segfaults),
and rewriting gigabytes for each page of a sync would be waste. So changes go into a delta in memory
and a mask over the base's rows; saving writes only these, until they outgrow what a search should
walk beside the base, and a new base is built.

Every answer is ranked by scores computed anew, in double precision and one way for all layers and
engines. Kernels differ in a score's last bits, and equal pictures must tie.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from gphotos_search.engines._arrays import (
    ascending,
    contained,
    leading,
    link,
    positions_of,
    write_array,
)
from gphotos_search.engines._delta import Delta
from gphotos_search.engines._merged import CHUNK, Merged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gphotos_search.engines._arrays import Mask, Positions
    from gphotos_search.engines._delta import Rows
    from gphotos_search.engines.base import Ids, Vectors

MERGE_SHARE = 0.1  # of the base: delta rows plus tombstones
MERGE_LEAST = 1024  # below this many a merge is not worth its writing
MERGE_MOST = 32_768  # more would be felt in every search
# Of the base. Gathering rows is many times faster than walking all of them with a selector when few
# match, a quarter faster at ten percent, and no faster at twenty (100,000 and 1,000,000 rows).
GATHER_SHARE = 0.12


class Base(Protocol):
    """Rows that never change. Positions are places in `ids`, however the rows lie."""

    ids: Ids  # ascending
    files: Sequence[Path]  # what it was opened from

    def rows(self, positions: Positions) -> Rows:
        """A copy of the rows there."""
        ...

    def nearest(self, query: Vectors, k: int, alive: Mask | None) -> Positions:
        """As `top`, where an approximate answer serves."""
        ...

    def top(self, query: Vectors, k: int, allowed: Mask | None) -> Positions:
        """Positions of the k best of the allowed rows, and of all within EPSILON of them."""
        ...

    def top_inside(self, query: Vectors, k: int, wanted: Ids, alive: Mask | None) -> Positions:
        """As `top`, of the living rows with these ids, ascending: many beside all."""
        ...

    def top_among(self, query: Vectors, k: int, positions: Positions) -> Positions:
        """As `top`, of these rows: few beside all."""
        ...


class LayeredEngine(ABC):
    """The engine over a base; a subclass says how a base is searched and stored."""

    stored: ClassVar[Any]  # the type that rows have on disk; vectors of the catalogue lose nothing

    def __init__(self, folder: Path | None, dim: int) -> None:
        self.dim = dim
        self._base = self.open_base(folder)
        self._dead: Mask = np.zeros(len(self._base.ids), np.bool_)
        if folder is None:
            self._delta = Delta.empty(dim, self.stored)
        else:
            dead = np.load(folder / "dead.npy")
            self._delta = Delta.load(folder)
            inside = not len(dead) or 0 <= dead.min() <= dead.max() < len(self._dead)
            fits = self._delta.rows.shape[1:] == (dim,) and self._delta.rows.dtype == self.stored
            if not (inside and fits):
                raise ValueError("the files of the index do not belong together")
            self._dead[dead] = True
        self._note_dead()

    @abstractmethod
    def open_base(self, folder: Path | None) -> Base: ...

    @abstractmethod
    def write_base(self, folder: Path, pieces: Iterable[tuple[Ids, Rows]]) -> Sequence[Path]:
        """Store rows, given in pieces in the order of their ids, so that `open_base` finds them."""

    def merge(self, folder: Path, merged: Merged) -> Sequence[Path]:
        """Store the base anew together with what changed."""
        return self.write_base(folder, merged)

    def __len__(self) -> int:
        return len(self._dead) - self._dead_count + len(self._delta)

    def put(self, ids: Ids, vectors: Vectors) -> None:
        if vectors.shape != (len(ids), self.dim):
            raise ValueError(f"expected {len(ids)} rows of width {self.dim}, got {vectors.shape}")
        self._bury(ids)
        self._delta.put(ids, vectors)

    def remove(self, ids: Ids) -> None:
        self._bury(ids)
        self._delta.remove(ids)

    def _bury(self, ids: Ids) -> None:
        gone = positions_of(self._base.ids, ascending(ids))
        if len(gone):
            self._dead[gone] = True
            self._note_dead()

    def _note_dead(self) -> None:
        # Kept, not counted anew in each search: that would walk millions of flags.
        self._dead_count = int(np.count_nonzero(self._dead))
        self._alive: Mask | None = ~self._dead if self._dead_count else None

    def ids(self) -> Ids:
        kept = self._base.ids if self._alive is None else self._base.ids[self._alive]
        return np.sort(np.concatenate([kept, self._delta.ids]), kind="stable")

    def nearest(
        self, vector: Vectors, k: int, within: Ids | None = None
    ) -> list[tuple[int, float]]:
        if k <= 0 or not len(self):
            return []
        query = np.ascontiguousarray(vector, np.float32).reshape(self.dim)
        wanted = None if within is None else ascending(within)
        old, new = self._in_base(query, k, wanted), self._in_delta(query, k, wanted)
        ids = np.concatenate([self._base.ids[old], self._delta.ids[new]])
        scores = np.empty(len(ids), np.float64)
        for start in range(0, len(old), CHUNK):
            part = slice(start, min(start + CHUNK, len(old)))
            scores[part] = _scores(self._base.rows(old[part]), query)
        scores[len(old) :] = _scores(self._delta.rows[new], query)
        order = np.lexsort((ids, -scores))[:k]
        return list(zip(ids[order].tolist(), scores[order].tolist(), strict=True))

    def _in_base(self, query: Vectors, k: int, wanted: Ids | None) -> Positions:
        if wanted is None:
            return self._base.nearest(query, k, self._alive)
        if not len(self._dead):
            return np.empty(0, np.int64)
        if len(wanted) <= GATHER_SHARE * len(self._dead):
            positions = positions_of(self._base.ids, wanted)
            if self._alive is not None:
                positions = positions[self._alive[positions]]
            return self._base.top_among(query, k, positions)
        return self._base.top_inside(query, k, wanted, self._alive)

    def _in_delta(self, query: Vectors, k: int, wanted: Ids | None) -> Positions:
        if wanted is None:
            return self.leading(self._delta.rows, query, k)
        places = np.flatnonzero(contained(self._delta.ids, wanted))
        return places[self.leading(self._delta.rows[places], query, k)]

    def leading(self, rows: Rows, query: Vectors, k: int) -> Positions:
        """Places of the k best of some rows, and of all within EPSILON of them."""
        return leading(rows @ query, k)

    def save(self, folder: Path) -> Sequence[Path]:
        most = max(MERGE_LEAST, min(MERGE_SHARE * len(self._dead), MERGE_MOST))
        if not self._base.files or len(self._delta) + self._dead_count > most:
            return [*self.merge(folder, self.merged()), *self.no_changes(folder)]
        return [*self.link_base(folder), *self.write_changes(folder)]

    def build(self, folder: Path, pieces: Iterable[tuple[Ids, Vectors]]) -> Sequence[Path]:
        stored = ((ids, rows.astype(self.stored, copy=False)) for ids, rows in pieces)
        return [*self.write_base(folder, stored), *self.no_changes(folder)]

    def merged(self) -> Merged:
        return Merged(self._base, self._dead, self._delta, self.stored)

    def link_base(self, folder: Path) -> list[Path]:
        return [link(file, folder / file.name) for file in self._base.files]

    def write_changes(self, folder: Path) -> list[Path]:
        dead = write_array(folder / "dead.npy", np.flatnonzero(self._dead))
        return [dead, *self._delta.save(folder)]

    def no_changes(self, folder: Path) -> list[Path]:
        dead = write_array(folder / "dead.npy", np.empty(0, np.int64))
        return [dead, *Delta.empty(self.dim, self.stored).save(folder)]


def _scores(rows: Rows, query: Vectors) -> NDArray[np.float64]:
    scores: NDArray[np.float64] = np.multiply(rows, query, dtype=np.float64).sum(axis=1)
    return scores
