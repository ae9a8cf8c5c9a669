"""Rows on disk as a flat FAISS index of float16 (`IndexScalarQuantizer`): any FAISS can open it.

FAISS itself would hold such an index in memory to write it. Its head is the same for any number of
rows but for that number, and the rows are the last thing in the file; so the head is FAISS's own,
and rows follow as they come. The positions of its rows stand for the media ids in a file beside it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss as faiss_module
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gphotos_search.engines._delta import Rows
    from gphotos_search.engines.base import Ids

    Codes = NDArray[
        np.uint8
    ]  # (n, 2 · dim): they lie at any address, and NumPy copies floats there

faiss: Any = faiss_module
STORED = np.dtype("<f2")
LENGTH = 8  # bytes of the number of code bytes, with which the head ends


def write_flat(path: Path, pieces: Iterable[tuple[Ids, Rows]], dim: int) -> tuple[Ids, Path]:
    """The rows one behind another, safe on disk; their ids."""
    held = [np.empty(0, np.int64)]
    with path.open("wb") as file:
        file.write(_head(dim, 0))
        for ids, rows in pieces:
            held.append(ids)
            file.write(np.ascontiguousarray(rows, STORED).data)
        written = np.concatenate(held)
        file.seek(0)
        file.write(_head(dim, len(written)))
        file.flush()
        os.fsync(file.fileno())
    return written, path


def map_flat(path: Path, count: int, dim: int) -> Codes:
    """The rows of a file, mapped. Raises OSError, ValueError where it is not of that many."""
    head = _head(dim, count)
    size = count * dim * STORED.itemsize
    with path.open("rb") as file:
        if file.read(len(head)) != head or os.fstat(file.fileno()).st_size != len(head) + size:
            raise ValueError("the files of the index do not belong together")
    if not size:
        return np.empty((count, dim * STORED.itemsize), np.uint8)
    return np.asarray(np.memmap(path, np.uint8, "r", len(head))).reshape(count, -1)


def codes_of(rows: Rows) -> Codes:
    """Rows in memory as the kernel reads them."""
    return np.ascontiguousarray(rows, STORED).view(np.uint8)


def _head(dim: int, count: int) -> bytes:
    index = faiss.IndexScalarQuantizer(
        dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    index.ntotal = count
    head: bytes = faiss.serialize_index(index).tobytes()
    return head[:-LENGTH] + (count * dim * STORED.itemsize).to_bytes(LENGTH, "little")
