"""FAISS: a flat inner-product index, memory-mapped, so opening costs the same for any size.

The base holds rows in the order of their media ids, and the ids in an array beside it: an
IndexIDMap2 builds its id map anew at every open (130 ms for two million), and a search inside a
selection is slower through it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss as faiss_module
import numpy as np

from gphotos_search.engines._layers import EPSILON, LayeredEngine, load_mapped, write_array

if TYPE_CHECKING:
    from gphotos_search.engines._layers import Base, Mask, Positions
    from gphotos_search.engines.base import Ids, Vectors

faiss: Any = faiss_module  # its type stubs know neither selectors' nor parameters' arguments
MARGIN = 16  # asked beyond k: shows whether the k-th score is shared with rows behind it


def open_engine(folder: Path | None, dim: int) -> FaissEngine:
    return FaissEngine(folder, dim)


class FlatBase:
    """A FAISS flat index whose row positions stand for `ids`."""

    def __init__(self, index: Any, ids: Ids, files: Sequence[Path]) -> None:
        self.ids, self.files, self._index = ids, files, index
        shape = (index.ntotal, index.d)
        # A view: the index that owns the memory lives as long as this object.
        self.rows: Vectors = (
            faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(shape)
            if index.ntotal
            else np.empty(shape, np.float32)
        )

    def top(self, vector: Vectors, k: int, allowed: Mask | None) -> Positions:
        count = len(self.ids) if allowed is None else int(np.count_nonzero(allowed))
        if k >= count:
            return np.arange(count) if allowed is None else np.flatnonzero(allowed)
        bits = None if allowed is None else np.packbits(allowed, bitorder="little")
        inside = None if bits is None else faiss.IDSelectorBitmap(bits)
        parameters = None if inside is None else faiss.SearchParameters(sel=inside)
        asked = k
        while True:
            asked = min(count, 4 * asked if asked > k else k + MARGIN)
            scores, found = self._index.search(vector[None], asked, params=parameters)
            # FAISS keeps any of the rows that share the last score: take them all.
            if asked == count or scores[0, -1] < scores[0, k - 1] - EPSILON:
                positions: Positions = found[0]
                return positions


class FaissEngine(LayeredEngine):
    def open_base(self, folder: Path | None) -> Base:
        if folder is None:
            return FlatBase(faiss.IndexFlatIP(self.dim), np.empty(0, np.int64), ())
        files = (folder / "ids.npy", folder / "base.faiss")
        # IO_FLAG_MMAP would read a flat index whole; only _IFC maps it.
        index = faiss.read_index(str(files[1]), faiss.IO_FLAG_MMAP_IFC)
        if index.d != self.dim or index.metric_type != faiss.METRIC_INNER_PRODUCT:
            raise ValueError("the files of the index do not belong together")
        return FlatBase(index, load_mapped(files[0]), files)

    def write_base(self, folder: Path, ids: Ids, pieces: Iterator[Vectors]) -> Sequence[Path]:
        index = faiss.IndexFlatIP(self.dim)
        for piece in pieces:
            index.add(piece)
        path = folder / "base.faiss"
        # Through a Python file: a full disk is an OSError then, not FAISS's RuntimeError.
        with path.open("wb") as file:
            faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))
            file.flush()
            os.fsync(file.fileno())
        return write_array(folder / "ids.npy", ids), path
