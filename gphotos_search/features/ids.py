"""The list that says whose features each row is: one id a line, or a table with a header."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gphotos_search.errors import UsageError
from gphotos_search.features.columns import ID, Columns, columns_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

GIVE = "IDS.csv holds one line for each row of FEATURES.npy, in the same order."
DIGEST_BYTES = 16
DELIMITERS = ("\t", ";")  # of one that is no comma, by the first line


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """One list, read through once. Its lines are read anew by `records`."""

    path: Path
    columns: Columns
    delimiter: str
    count: int  # lines that stand for a row
    again: NDArray[np.bool_]  # which of them have the id of one before
    nameless: NDArray[np.bool_]  # which of them have no id
    digest: str  # of all ids in their order
    stamp: tuple[int, int]

    @property
    def ids(self) -> int:
        """How many different ids it holds."""
        return self.count - int(np.count_nonzero(self.again | self.nameless))

    def records(self, start: int) -> Iterator[list[str]]:
        """The lines from row `start` on, cell by cell."""
        for number, record in enumerate(_records(self.path, self.delimiter)):
            if number >= start + self.columns.header:
                yield record


def listed(path: Path) -> Listed:
    """Read it through. Raises UsageError where it is no list of ids, with the line."""
    delimiter, columns = _first(path)
    digests, nameless = bytearray(), bytearray()
    for number, record in enumerate(_records(path, delimiter)):
        if number or not columns.header:
            id = columns.id_of(record)
            nameless.append(not id)
            digests += hashlib.blake2b(id.encode(), digest_size=DIGEST_BYTES).digest()
    if not nameless:
        raise UsageError(f"{path} lists nothing.", advice=GIVE)
    status = path.stat()
    empty = np.frombuffer(bytes(nameless), np.bool_)
    return Listed(
        path=path,
        columns=columns,
        delimiter=delimiter,
        count=len(empty),
        again=_repeated(digests) & ~empty,
        nameless=empty,
        digest=hashlib.blake2b(digests, digest_size=DIGEST_BYTES).hexdigest(),
        stamp=(status.st_size, status.st_mtime_ns),
    )


def require_pair(rows: int, matrix: Path, ids: Listed) -> None:
    """Raises UsageError unless there is one line for each row."""
    if ids.count == rows:
        return
    advice = GIVE
    if ids.count == rows + 1 and not ids.columns.header:
        advice = f"If the first line of {ids.path.name} is a heading, call the column {ID}."
    elif ids.count == rows - 1 and ids.columns.header:
        advice = f"The first line of {ids.path.name} is taken as its header. {GIVE}"
    lines = "1 id" if ids.count == 1 else f"{ids.count:,} ids"
    raise UsageError(
        f"{matrix} has {rows:,} row{'s' if rows != 1 else ''}, {ids.path} lists {lines}: they do"
        " not belong together.",
        advice=advice,
    )


def _first(path: Path) -> tuple[str, Columns]:
    line = next((line for line in _lines(path) if line.strip()), "")
    delimiter = next((one for one in DELIMITERS if one in line and "," not in line), ",")
    return delimiter, columns_of(next(_records(path, delimiter), []))


def _records(path: Path, delimiter: str) -> Iterator[list[str]]:
    """Empty lines are no records. Raises UsageError, with the number of the line."""
    reader = csv.reader(_lines(path), delimiter=delimiter)
    try:
        for record in reader:
            if record:
                yield record
    except csv.Error as error:
        raise UsageError(
            f"{path}, line {reader.line_num:,}, is no line of a CSV file: {error}.", advice=GIVE
        ) from error


def _lines(path: Path) -> Iterator[str]:
    number = 0
    try:
        # newline="": the csv module knows line ends inside quotes; -sig: Excel writes a BOM.
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, line in enumerate(file, 1):
                if "\0" in line:
                    raise UsageError(
                        f"{path}, line {number:,}, holds a NUL: it is no text.", advice=GIVE
                    )
                yield line
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8 text (after line {number:,}).",
            advice=f"Save it as UTF-8. {GIVE}",
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{path} cannot be read: {reason}.", advice=GIVE) from error


def _repeated(digests: bytearray) -> NDArray[np.bool_]:
    """Which of the digests stood there before: two of 128 bits are never equal by chance."""
    halves = np.frombuffer(digests, np.uint64).reshape(-1, 2)
    order = np.lexsort((halves[:, 1], halves[:, 0]))  # stable: of equal ones the first stays first
    sorted_ = halves[order]
    again = np.zeros(len(halves), np.bool_)
    again[order[1:]] = (sorted_[1:] == sorted_[:-1]).all(axis=1)
    return again
