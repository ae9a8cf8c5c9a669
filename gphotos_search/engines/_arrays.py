"""Ascending ids, the best of some scores, and arrays on disk: what layers and bases share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gphotos_search.engines.base import Ids, Vectors

    Mask = NDArray[np.bool_]
    Positions = NDArray[np.int64]

EPSILON = 2e-5  # far more than two kernels' float32 scores of the same unit rows differ by
SPARSE = 8  # ids up to so many times their number: a table is faster than a search for each


def ascending(ids: Ids) -> Ids:
    """Without repetitions; what is so already (as from the catalogue) is not sorted again."""
    ids = np.asarray(ids, np.int64)
    return ids if bool(np.all(ids[1:] > ids[:-1])) else np.unique(ids)


def positions_of(held: Ids, wanted: Ids) -> Positions:
    """Where the wanted ids stand among the held ones; both ascending; missing ones left out."""
    if _without_holes(held):
        start, end = np.searchsorted(wanted, (held[0], held[-1] + 1))
        dense: Positions = wanted[start:end] - held[0]
        return dense
    places = np.searchsorted(held, wanted)
    inside = places < len(held)
    places, wanted = places[inside], wanted[inside]
    found: Positions = places[held[places] == wanted]
    return found


def _without_holes(held: Ids) -> bool:
    """Whether ascending ids follow one another: nothing was ever removed between them."""
    return bool(len(held)) and int(held[-1]) - int(held[0]) + 1 == len(held)


def held_among(held: Ids, wanted: Ids) -> Mask:
    """Which of the held ids are wanted; both ascending."""
    last = int(held[-1]) if len(held) else 0
    if last > SPARSE * len(held):  # a table of all ids would be mostly holes
        mask = np.zeros(len(held), np.bool_)
        mask[positions_of(held, wanted)] = True
        return mask
    table = np.zeros(last + 1, np.bool_)
    table[wanted[: np.searchsorted(wanted, last, side="right")]] = True
    if _without_holes(held):  # the table is the mask
        return table[int(held[0]) :]
    found: Mask = table[held]
    return found


def contained(ids: Ids, wanted: Ids) -> Mask:
    """Which of some ids, in no order, are among the wanted ones, ascending and perhaps millions."""
    if not len(wanted):
        return np.zeros(len(ids), np.bool_)
    places = np.minimum(np.searchsorted(wanted, ids), len(wanted) - 1)
    found: Mask = wanted[places] == ids
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


def map_rows(path: Path, count: int, dim: int, dtype: Any) -> NDArray[Any]:
    """The raw rows of a file, mapped. Raises ValueError where its size is another."""
    size = count * dim * np.dtype(dtype).itemsize
    if path.stat().st_size != size:
        raise ValueError("the files of the index do not belong together")
    if not size:
        return np.empty((count, dim), dtype)
    return np.asarray(np.memmap(path, dtype, "r")).reshape(count, dim)


def link(file: Path, target: Path) -> Path:
    """The same file under another name; a copy, safe on disk, where links cannot be made."""
    try:
        os.link(file, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(file, target)
        with target.open("rb+") as copy:
            os.fsync(copy.fileno())
    return target


def write_rows(path: Path, pieces: Iterable[tuple[Ids, NDArray[Any]]]) -> tuple[Ids, Path]:
    """The rows one behind another, safe on disk; their ids."""
    held = [np.empty(0, np.int64)]
    with path.open("wb") as file:
        for ids, rows in pieces:
            held.append(ids)
            file.write(np.ascontiguousarray(rows).data)
        file.flush()
        os.fsync(file.fileno())
    return np.concatenate(held), path
