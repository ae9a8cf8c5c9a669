"""Exact search by one matrix product: needs nothing but NumPy, uses every core, and is never wrong.

The measure for every other engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gphotos_search.engines._arrays import (
    held_among,
    leading,
    load_mapped,
    map_rows,
    write_array,
    write_rows,
)
from gphotos_search.engines._layers import LayeredEngine

if TYPE_CHECKING:
    from gphotos_search.engines._arrays import Mask, Positions
    from gphotos_search.engines._delta import Rows
    from gphotos_search.engines._layers import Base
    from gphotos_search.engines.base import Ids, Vectors


def open_engine(folder: Path | None, dim: int) -> ExactEngine:
    return ExactEngine(folder, dim)


class MatrixBase:
    def __init__(self, ids: Ids, rows: Vectors, files: Sequence[Path]) -> None:
        self.ids, self.files, self._rows = ids, files, rows

    def rows(self, positions: Positions) -> Vectors:
        return self._rows[positions]

    def nearest(self, query: Vectors, k: int, alive: Mask | None) -> Positions:
        return self.top(query, k, alive)

    def top(self, query: Vectors, k: int, allowed: Mask | None) -> Positions:
        scores = self._rows @ query
        if allowed is None:
            return leading(scores, k)
        if np.count_nonzero(allowed) <= k:
            return np.flatnonzero(allowed)
        scores[~allowed] = -np.inf  # cheaper than picking out half of them
        return leading(scores, k)

    def top_inside(self, query: Vectors, k: int, wanted: Ids, alive: Mask | None) -> Positions:
        allowed = held_among(self.ids, wanted)
        return self.top(query, k, allowed if alive is None else allowed & alive)

    def top_among(self, query: Vectors, k: int, positions: Positions) -> Positions:
        return positions[leading(self._rows[positions] @ query, k)]


class ExactEngine(LayeredEngine):
    stored = np.dtype("<f4")

    def facts(self) -> dict[str, Any]:
        return {"exact": True}

    def open_base(self, folder: Path | None) -> Base:
        if folder is None:
            return MatrixBase(np.empty(0, np.int64), np.empty((0, self.dim), np.float32), ())
        files = (folder / "ids.npy", folder / "rows.f32")
        ids = load_mapped(files[0])
        return MatrixBase(ids, map_rows(files[1], len(ids), self.dim, self.stored), files)

    def write_base(self, folder: Path, pieces: Iterable[tuple[Ids, Rows]]) -> Sequence[Path]:
        ids, rows = write_rows(folder / "rows.f32", pieces)
        return write_array(folder / "ids.npy", ids), rows
