"""A matrix of features in NumPy's file format, read a block at a time and judged row by row."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gphotos_search.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]  # (n, dim)

MAGIC = b"\x93NUMPY"
ZIP_MAGIC = b"PK\x03\x04"
GIVE = (
    "FEATURES.npy comes first: a matrix saved by numpy.save, one row of float16 or float32 for"
    " each photo; IDS.csv second."
)
AT_ONCE = 16_384  # rows of one look
# What NumPy and Python's mmap say, word for word: other reasons may quote the file.
PICKLED = "Array can't be memory-mapped: Python objects in dtype."
CUT_SHORT = ("mmap length is greater than file size", "mmap offset is greater than file size")
QUOTED = 200  # characters of any other reason
# Rows this close to unit length are taken as they are: float16 keeps no more, and what was handed
# out by us comes back bit for bit.
UNIT_WITHIN = 2e-3
AS_GOOD_AS_ZERO = 1e-100  # the squares of shorter rows leave what float64 can tell apart


@dataclass(slots=True, eq=False)
class Judged:
    """What looking at every row found."""

    bad: NDArray[np.bool_]  # which rows cannot be used: not finite, or zero
    zero: int = 0  # so many of these
    shortest: float = float("inf")  # norms of the others
    longest: float = 0.0

    @property
    def unit(self) -> bool:
        return self.shortest >= 1 - UNIT_WITHIN and self.longest <= 1 + UNIT_WITHIN


class Matrix:
    """`count` rows of `dim` numbers. Memory stays flat: each block is mapped for itself."""

    def __init__(self, path: Path, array: np.memmap[Any, Any]) -> None:
        self.path = path
        self.count, self.dim = (int(size) for size in array.shape)
        self.dtype = array.dtype
        self._order = "C" if array.flags.c_contiguous else "F"
        self._offset = array.offset
        status = path.stat()
        self.stamp = (status.st_size, status.st_mtime_ns)

    def block(self, start: int, stop: int) -> NDArray[Any]:
        """Rows [start, stop) as they lie in the file. Raises UsageError where they left it."""
        try:
            if self._order == "F":
                whole = np.memmap(
                    self.path, self.dtype, "r", self._offset, (self.count, self.dim), "F"
                )
                return np.array(whole[start:stop])
            skipped = self._offset + start * self.dim * self.dtype.itemsize
            shape = (min(stop, self.count) - start, self.dim)
            return np.array(np.memmap(self.path, self.dtype, "r", skipped, shape))
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{self.path} changed while it was read.", advice="Run the same command again."
            ) from error

    def judge(self, stop: threading.Event | None = None) -> Judged:
        """Look at every row once; what was seen so far where `stop` is set."""
        judged = Judged(np.zeros(self.count, np.bool_))
        for start in range(0, self.count, AT_ONCE):
            if stop is not None and stop.is_set():
                break
            norms = _norms(_wide(self.block(start, start + AT_ONCE)))
            finite, zero = np.isfinite(norms), norms == 0
            if len(sound := norms[finite & ~zero]):
                judged.shortest = min(judged.shortest, float(sound.min()))
                judged.longest = max(judged.longest, float(sound.max()))
            judged.bad[start : start + len(norms)] = ~finite | zero
            judged.zero += int(np.count_nonzero(zero))
        return judged

    def ends(self) -> Iterator[bytes]:
        """Its first and last rows: with size and time they tell one file from another."""
        yield self.block(0, 16).tobytes()
        yield self.block(max(self.count - 16, 0), self.count).tobytes()


def open_matrix(path: Path) -> Matrix:
    """Look at the header; reads no row. Raises UsageError for anything but a matrix of floats."""
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{path} cannot be read: {reason}.", advice=GIVE) from error
    if head.startswith(ZIP_MAGIC):
        raise UsageError(
            f"{path} is an archive of arrays (.npz) or another zip.",
            advice="Save the one matrix by itself: numpy.save(FEATURES.npy, archive[NAME]).",
        )
    if head != MAGIC:
        raise UsageError(f"{path} is no matrix saved by numpy.save.", advice=GIVE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a header as Python 2 wrote them
            array = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # of Python's parser, NumPy's types, the mapping: too many to list
        raise UsageError(_unmapped(path, error), advice=GIVE) from error
    return _checked(path, array)


def unit(block: NDArray[Any]) -> tuple[Rows, NDArray[np.bool_]]:
    """The rows at unit length, and which of them are usable; the others are zero."""
    wide = _wide(block)
    norms = _norms(wide)
    good = np.isfinite(norms) & (norms > 0)
    by = np.where(good & (np.abs(norms - 1) > UNIT_WITHIN), norms, 1)
    with np.errstate(invalid="ignore", over="ignore"):
        rows = (wide / by[:, None].astype(wide.dtype)).astype(np.float32)
    rows[~good] = 0
    return rows, good


def _unmapped(path: Path, error: Exception) -> str:
    reason = " ".join(str(error).split())
    if reason == PICKLED:
        return f"{path} holds pickled Python objects, which could run anything: it is not read."
    if reason in CUT_SHORT:
        return f"{path} is cut short: its header promises more than the file holds."
    return f"{path} has a damaged header: {reason[:QUOTED] or type(error).__name__}."


def _checked(path: Path, array: np.memmap[Any, Any]) -> Matrix:
    if array.ndim != 2:
        raise UsageError(f"{path} is no matrix: its shape is {array.shape}.", advice=GIVE)
    if array.dtype.kind != "f":
        raise UsageError(
            f"{path} holds {array.dtype.name}, which no features are.",
            advice="Save them as float16 or float32.",
        )
    if not array.size:
        raise UsageError(f"{path} is empty: {array.shape[0]} rows of {array.shape[1]} numbers.")
    return Matrix(path, array)


def _wide(block: NDArray[Any]) -> NDArray[Any]:
    """In a type in which squares of what the file can hold do not overflow."""
    with np.errstate(over="ignore"):
        return block.astype(np.float32 if block.dtype.itemsize <= 2 else np.float64)


def _norms(wide: NDArray[Any]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", over="ignore"):
        norms = np.asarray(np.sqrt(np.einsum("ij,ij->i", wide, wide)), np.float64)
    norms[norms < AS_GOOD_AS_ZERO] = 0
    return norms
