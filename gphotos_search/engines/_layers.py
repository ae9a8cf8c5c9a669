"""What our engines share: an immutable base on disk, a small owned delta, and tombstones.

A memory-mapped FAISS index must never be changed (adding aborts the process, removing segfaults),
and rewriting hundreds of megabytes for each page of a sync would be waste. So changes go into a
delta in memory and a mask over the base's rows; saving writes only these, until they outgrow
MERGE_SHARE and a new base is built.

Every answer is ranked by scores computed anew, in double precision and one way for all layers and
engines. Kernels differ in a score's last bits, and equal pictures must tie.
"""

from __future__ import annotations

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gphotos_search.engines.base import Ids, Vectors

    Mask = NDArray[np.bool_]
    Positions = NDArray[np.int64]

MERGE_SHARE = 0.1  # of the base: delta rows plus tombstones
MERGE_LEAST = 1024  # below this many a merge is not worth its writing
# Of the base. Gathering rows is up to 100 times faster than walking all of them with a selector
# when few match, and slower above some ten percent.
GATHER_SHARE = 0.08
EPSILON = 2e-5  # far more than two kernels' float32 scores of the same unit rows differ by
CHUNK = 8192
SPARSE = 8  # ids up to so many times their number: a table is faster than a search for each


class Base(Protocol):
    """Rows that never change, ordered by id."""

    ids: Ids  # ascending
    rows: Vectors  # perhaps mapped
    files: Sequence[Path]  # what it was opened from

    def top(self, vector: Vectors, k: int, allowed: Mask | None) -> Positions:
        """Positions of the k best of the allowed rows, and of all within EPSILON of them."""
        ...


class Delta:
    """Rows in memory, in no order, that can be put and removed one by one."""

    def __init__(self, ids: Ids, rows: Vectors) -> None:
        self._ids, self._rows = ids, rows
        self._where = {int(media_id): place for place, media_id in enumerate(ids)}

    def __len__(self) -> int:
        return len(self._where)

    @property
    def ids(self) -> Ids:
        return self._ids[: len(self)]

    @property
    def rows(self) -> Vectors:
        return self._rows[: len(self)]

    def put(self, ids: Ids, rows: Vectors) -> None:
        self._reserve(len(self) + len(ids))
        for media_id, row in zip(ids.tolist(), rows, strict=True):
            place = self._where.setdefault(media_id, len(self._where))
            self._ids[place] = media_id
            self._rows[place] = row

    def remove(self, ids: Ids) -> None:
        for media_id in ids.tolist():
            place = self._where.pop(media_id, None)
            if place is None:
                continue
            last = len(self._where)
            if place != last:  # the last row fills the hole
                moved = int(self._ids[last])
                self._ids[place], self._rows[place] = moved, self._rows[last]
                self._where[moved] = place

    def _reserve(self, count: int) -> None:
        """Room for `count` rows, doubled: loaded arrays are mapped or full, so they are copied."""
        if count <= len(self._ids):
            return
        room = max(count, 2 * len(self._ids))
        ids = np.empty(room, np.int64)
        rows = np.empty((room, self._rows.shape[1]), np.float32)
        ids[: len(self)], rows[: len(self)] = self.ids, self.rows
        self._ids, self._rows = ids, rows


class LayeredEngine(ABC):
    """The engine over a base; a subclass says how a base is searched and stored."""

    def __init__(self, folder: Path | None, dim: int) -> None:
        self.dim = dim
        self._base = self.open_base(folder)
        if folder is None:
            self._dead: Mask = np.zeros(0, np.bool_)
            self._delta = Delta(np.empty(0, np.int64), np.empty((0, dim), np.float32))
            return
        self._dead = np.zeros(len(self._base.ids), np.bool_)
        self._dead[np.load(folder / "dead.npy")] = True
        self._delta = Delta(np.load(folder / "delta-ids.npy"), np.load(folder / "delta.npy"))
        if len(self._base.ids) != len(self._base.rows) or self._delta.rows.shape[1] != dim:
            raise ValueError("the files of the index do not belong together")

    @abstractmethod
    def open_base(self, folder: Path | None) -> Base: ...

    @abstractmethod
    def write_base(self, folder: Path, ids: Ids, pieces: Iterator[Vectors]) -> Sequence[Path]:
        """Store rows, given in pieces in the order of their ids, so that `open_base` finds them."""

    def __len__(self) -> int:
        return len(self._dead) - int(np.count_nonzero(self._dead)) + len(self._delta)

    def put(self, ids: Ids, vectors: Vectors) -> None:
        if vectors.shape != (len(ids), self.dim):
            raise ValueError(f"expected {len(ids)} rows of width {self.dim}, got {vectors.shape}")
        self._dead[positions_of(self._base.ids, ascending(ids))] = True
        self._delta.put(ids, vectors)

    def remove(self, ids: Ids) -> None:
        self._dead[positions_of(self._base.ids, ascending(ids))] = True
        self._delta.remove(ids)

    def ids(self) -> Ids:
        return np.sort(np.concatenate([self._base.ids[~self._dead], self._delta.ids]))

    def nearest(
        self, vector: Vectors, k: int, within: Ids | None = None
    ) -> list[tuple[int, float]]:
        if k <= 0 or not len(self):
            return []
        query = np.ascontiguousarray(vector, np.float32).reshape(self.dim)
        wanted = None if within is None else ascending(within)
        old, new = self._in_base(query, k, wanted), self._in_delta(query, k, wanted)
        ids = np.concatenate([self._base.ids[old], self._delta.ids[new]])
        rows = np.concatenate([self._base.rows[old], self._delta.rows[new]])
        scores = np.multiply(rows, query, dtype=np.float64).sum(axis=1)
        order = np.lexsort((ids, -scores))[:k]
        return list(zip(ids[order].tolist(), scores[order].tolist(), strict=True))

    def _in_base(self, query: Vectors, k: int, wanted: Ids | None) -> Positions:
        if wanted is None:
            return self._base.top(query, k, ~self._dead if self._dead.any() else None)
        if len(wanted) <= GATHER_SHARE * len(self._dead):
            positions = positions_of(self._base.ids, wanted)
            positions = positions[~self._dead[positions]]
            return positions[leading(self._base.rows[positions] @ query, k)]
        return self._base.top(query, k, held_among(self._base.ids, wanted) & ~self._dead)

    def _in_delta(self, query: Vectors, k: int, wanted: Ids | None) -> Positions:
        places = np.arange(len(self._delta))
        if wanted is not None:
            places = np.flatnonzero(np.isin(self._delta.ids, wanted, assume_unique=True))
        return places[leading(self._delta.rows[places] @ query, k)]

    def save(self, folder: Path) -> Sequence[Path]:
        changed = len(self._delta) + int(np.count_nonzero(self._dead))
        least = max(MERGE_LEAST, MERGE_SHARE * len(self._dead))
        if not self._base.files or changed > least:
            empty = np.empty(0, np.int64)
            base = self.write_base(folder, self.ids(), self._pieces())
            return [*base, *_write_changes(folder, empty, empty, self._delta.rows[:0])]
        base = [_link(file, folder / file.name) for file in self._base.files]
        dead = np.flatnonzero(self._dead)
        return [*base, *_write_changes(folder, dead, self._delta.ids, self._delta.rows)]

    def _pieces(self) -> Iterator[Vectors]:
        """All rows in the order of their ids, without a second copy of the whole."""
        kept = np.flatnonzero(~self._dead)
        order = np.argsort(np.concatenate([self._base.ids[kept], self._delta.ids]))
        for start in range(0, len(order), CHUNK):
            part = order[start : start + CHUNK]
            old = part < len(kept)
            piece = np.empty((len(part), self.dim), np.float32)
            piece[old] = self._base.rows[kept[part[old]]]
            piece[~old] = self._delta.rows[part[~old] - len(kept)]
            yield piece


def ascending(ids: Ids) -> Ids:
    """Without repetitions; what is so already (as from the catalogue) is not sorted again."""
    ids = np.asarray(ids, np.int64)
    return ids if bool(np.all(ids[1:] > ids[:-1])) else np.unique(ids)


def positions_of(held: Ids, wanted: Ids) -> Positions:
    """Where the wanted ids stand among the held ones; both ascending; missing ones left out."""
    places = np.searchsorted(held, wanted)
    inside = places < len(held)
    places, wanted = places[inside], wanted[inside]
    found: Positions = places[held[places] == wanted]
    return found


def held_among(held: Ids, wanted: Ids) -> Mask:
    """Which of the held ids are wanted; both ascending."""
    last = int(held[-1]) if len(held) else 0
    if last > SPARSE * len(held):  # a table of all ids would be mostly holes
        mask = np.zeros(len(held), np.bool_)
        mask[positions_of(held, wanted)] = True
        return mask
    table = np.zeros(last + 1, np.bool_)
    table[wanted[: np.searchsorted(wanted, last, side="right")]] = True
    found: Mask = table[held]
    return found


def leading(scores: Vectors, k: int) -> Positions:
    """Places of the k highest scores and of all within EPSILON of the last of them."""
    if len(scores) <= k:
        return np.arange(len(scores))
    kth = np.partition(scores, len(scores) - k)[len(scores) - k]
    return np.flatnonzero(scores >= kth - EPSILON)


def write_array(path: Path, array: NDArray[Any]) -> Path:
    """An .npy file, safe on disk."""
    with path.open("wb") as file:
        np.save(file, array)
        file.flush()
        os.fsync(file.fileno())
    return path


def load_mapped(path: Path) -> NDArray[Any]:
    """An array of ours, mapped; an empty one cannot be."""
    try:
        return np.asarray(np.load(path, mmap_mode="r"))
    except ValueError:
        array: NDArray[Any] = np.load(path)
        if array.size:
            raise
        return array


def _write_changes(folder: Path, dead: Positions, ids: Ids, rows: Vectors) -> list[Path]:
    named: dict[str, NDArray[Any]] = {"dead.npy": dead, "delta-ids.npy": ids, "delta.npy": rows}
    return [write_array(folder / name, array) for name, array in named.items()]


def _link(file: Path, target: Path) -> Path:
    try:
        os.link(file, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(file, target)
        with target.open("rb+") as copy:
            os.fsync(copy.fileno())
    return target
