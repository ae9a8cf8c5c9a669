"""Exact search by one matrix product: needs nothing but NumPy, uses every core, and is never wrong.

The measure for every other engine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gphotos_search.engines._layers import LayeredEngine, leading, load_mapped, write_array

if TYPE_CHECKING:
    from gphotos_search.engines._layers import Base, Mask, Positions
    from gphotos_search.engines.base import Ids, Vectors


def open_engine(folder: Path | None, dim: int) -> ExactEngine:
    return ExactEngine(folder, dim)


class MatrixBase:
    def __init__(self, ids: Ids, rows: Vectors, files: Sequence[Path]) -> None:
        self.ids, self.rows, self.files = ids, rows, files

    def top(self, vector: Vectors, k: int, allowed: Mask | None) -> Positions:
        scores = self.rows @ vector
        if allowed is None:
            return leading(scores, k)
        if np.count_nonzero(allowed) <= k:
            return np.flatnonzero(allowed)
        scores[~allowed] = -np.inf  # cheaper than picking out half of them
        return leading(scores, k)


class ExactEngine(LayeredEngine):
    def open_base(self, folder: Path | None) -> Base:
        if folder is None:
            return MatrixBase(np.empty(0, np.int64), np.empty((0, self.dim), np.float32), ())
        files = (folder / "ids.npy", folder / "rows.f32")
        ids = load_mapped(files[0])
        size = len(ids) * self.dim * 4
        if files[1].stat().st_size != size:
            raise ValueError("the files of the index do not belong together")
        mapped = np.memmap(files[1], np.float32, "r") if size else np.empty(0, np.float32)
        return MatrixBase(ids, np.asarray(mapped).reshape(len(ids), self.dim), files)

    def write_base(self, folder: Path, ids: Ids, pieces: Iterator[Vectors]) -> Sequence[Path]:
        rows = folder / "rows.f32"
        with rows.open("wb") as file:
            for piece in pieces:
                file.write(piece.data)
            file.flush()
            os.fsync(file.fileno())
        return write_array(folder / "ids.npy", ids), rows
