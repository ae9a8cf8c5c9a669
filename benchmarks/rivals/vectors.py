"""Vectors of a large library, and each rival's storage filled with them from outside.

    python -m benchmarks.rivals.vectors draw FEATURES.npy 100000   (IDS.csv comes beside it)
    python -m benchmarks.rivals.vectors rclip FEATURES.npy db.sqlite3 PICTURES
    python -m benchmarks.rivals.vectors loop FEATURES.npy SAVED

rclip's rows are what it writes itself, for pictures below PICTURES that need not be there: with
--no-indexing it looks at none. Its database must have been made by itself before.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.clustered import Clustered

Vectors = NDArray[np.float32]
DIM = 512
ROW = "INSERT INTO images(filepath, modified_at, size, vector, hash) VALUES (?, 0, 1, ?, ?)"


def draw(features: Path, count: int) -> None:
    ids = features.with_suffix(".csv")
    if features.exists() and ids.exists():
        return
    rows: Vectors = np.lib.format.open_memmap(features, "w+", np.float32, (count, DIM))
    for numbers, piece in Clustered(count, DIM).pieces():
        rows[numbers - 1] = piece
    ids.write_text("photo_id\n" + "".join(f"{name}\n" for name in names(count)))


def names(count: int) -> Iterator[str]:
    return (f"IMG_{number:07d}.jpg" for number in range(count))


def fill_rclip(features: Path, database: Path, pictures: Path) -> None:
    rows = np.load(features, mmap_mode="r")
    folder = pictures / "library"
    with sqlite3.connect(database) as open_one:
        open_one.executemany(
            ROW,
            (
                (str(folder / name), row.tobytes(), name)
                for name, row in zip(names(len(rows)), rows, strict=True)
            ),
        )


def fill_loop(features: Path, saved: Path) -> None:
    rows = np.load(features)
    np.save(saved.with_suffix(".npy"), rows)
    saved.with_suffix(".json").write_text(json.dumps(list(names(len(rows)))))


if __name__ == "__main__":
    step, where, *rest = sys.argv[1:]
    match step:
        case "draw":
            draw(Path(where), int(rest[0]))
        case "rclip":
            fill_rclip(Path(where), Path(rest[0]), Path(rest[1]))
        case _:
            fill_loop(Path(where), Path(rest[0]))
