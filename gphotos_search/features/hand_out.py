"""`export-features`: every vector of the library as one matrix, and a table of whose they are."""

from __future__ import annotations

import csv
import errno
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gphotos_search import models
from gphotos_search.catalog import vectors
from gphotos_search.catalog.features import cells
from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import UsageError
from gphotos_search.features.columns import ID
from gphotos_search.progress import Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    Block = tuple[NDArray[np.float32], list[tuple[Any, ...]]]

AT_ONCE = 4096  # rows
FIELDS = (
    *("filename", "mime_type", "taken_at", "width", "height", "description"),
    *("latitude", "longitude", "camera_make", "camera_model", "url"),
)
HEADER = (ID, "media_id", "source", *FIELDS)
TAKEN_AT, *POSITION = map(HEADER.index, ("taken_at", "latitude", "longitude"))
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What was written: so many rows of `dim` numbers, made by `model`."""

    count: int
    dim: int
    model: str


def hand_out(
    catalog: Catalog,
    features: Path,
    ids: Path,
    *,
    dtype: str,
    overwrite: bool,
    progress: Progress,
    stop: threading.Event,
) -> HandedOut | None:
    """Write one consistent state of the library, rows in the order of media ids; None if stopped.

    Both files are written beside their places and renamed at the end, the table last and after an
    old one went: a kill in between leaves no pair that does not belong together. Raises UsageError
    where nothing is indexed and for places that cannot be written.
    """
    active = models.active(catalog)
    with catalog.reading() as tx:
        count = vectors.count(tx, active.id) if active else 0
    if active is None or not count:
        raise UsageError("Nothing is indexed yet.", advice="Begin with: gphotos-search import PATH")
    _check(features, ids, overwrite)
    with _writable(), _beside(features) as matrix, _beside(ids) as table:
        with catalog.reading() as tx:
            shape = (vectors.count(tx, active.id), active.dim)
            blocks = _told(_blocks(tx, active.id), shape[0], progress)
            if not _write(matrix, table, blocks, shape=shape, dtype=dtype, stop=stop):
                return None
        ids.unlink(missing_ok=True)
        matrix.replace(features)
        table.replace(ids)
    return HandedOut(*shape, active.name)


def _write(
    matrix: Path,
    table: Path,
    blocks: Iterable[Block],
    *,
    shape: tuple[int, int],
    dtype: str,
    stop: threading.Event,
) -> bool:
    """Both, to the disk; False where that was stopped."""
    kind = np.dtype(dtype).newbyteorder("<")
    header = {"descr": kind.str, "fortran_order": False, "shape": shape}
    with (
        matrix.open("wb") as rows_file,
        table.open("w", encoding="utf-8", newline="") as cells_file,
    ):
        np.lib.format.write_array_header_1_0(rows_file, header)
        writer = csv.writer(cells_file)
        writer.writerow(HEADER)
        for rows, known in blocks:
            if stop.is_set():
                return False
            rows_file.write(rows.astype(kind).tobytes())
            writer.writerows(map(_told_of, known))
        for file in (rows_file, cells_file):
            file.flush()
            os.fsync(file.fileno())
    return True


def _told(blocks: Iterable[Block], count: int, progress: Progress) -> Iterator[Block]:
    done = 0
    progress.rows("written", done, count)
    for block in blocks:
        yield block
        done += len(block[0])
        progress.rows("written", done, count)


def _blocks(tx: Connection, encoder_id: str) -> Iterator[Block]:
    for ids, rows in vectors.read_all(tx, encoder_id, AT_ONCE):
        yield rows, cells(tx, ids.tolist(), FIELDS)


def _told_of(known: tuple[Any, ...]) -> list[object]:
    """A line of the table; what is not known is an empty cell."""
    line = [value or "" for value in known]
    for at in POSITION:
        line[at] = "" if known[at] is None else known[at]  # zero is a place
    if known[TAKEN_AT] is not None:
        line[TAKEN_AT] = known[TAKEN_AT].isoformat().replace("+00:00", "Z")
    return line


def _check(features: Path, ids: Path, overwrite: bool) -> None:
    if features.resolve() == ids.resolve():
        raise UsageError("The vectors and their ids need a file each.")
    for path in (features, ids):
        if path.is_dir() or not path.parent.is_dir():
            what = "is a folder" if path.is_dir() else "lies in a folder that is not there"
            raise UsageError(f"{path} {what}.", advice="Say FEATURES.npy first, then IDS.csv.")
        if path.exists() and not overwrite:
            raise UsageError(
                f"{path} is there already.",
                advice="Add --overwrite to replace it. To read it: gphotos-search import-features",
            )


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Where the file is written first; what is left of it goes."""
    part = path.with_name(f"{path.name}.part")
    try:
        yield part
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def _writable() -> Iterator[None]:
    """A full disk stays what it is; whatever else keeps a file from being written is said."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise
        raise UsageError(
            f"{error.filename or 'A file'} cannot be written: {error.strerror}."
        ) from error
