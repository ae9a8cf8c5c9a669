"""Items and vectors to fill a catalogue with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from gphotos_search.catalog import items, sources, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.media import MediaId, MediaItem

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

NOW = datetime(2024, 7, 1, 12, tzinfo=UTC)
DIM = 4
ENCODER = "tiny@1"


def fresh(folder: Path) -> Catalog:
    """An empty catalogue; running the migrations for each test would take most of its time."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "catalog.db").write_bytes(_empty_file())
    return Catalog.open(folder)


@cache
def _empty_file() -> bytes:
    with TemporaryDirectory() as folder:
        catalog = Catalog.open(Path(folder))
        catalog.close()
        return catalog.file.read_bytes()


def item(number: int, mime_type: str = "image/jpeg") -> MediaItem:
    """`number` days older than NOW."""
    return MediaItem(
        source_id=f"id-{number}",
        filename=f"IMG_{number:04d}.jpg",
        mime_type=mime_type,
        taken_at=NOW - timedelta(days=number),
        width=640,
        height=480,
    )


def unit(seed: int) -> NDArray[np.float32]:
    row = np.random.default_rng(seed).normal(size=DIM)
    unit_row: NDArray[np.float32] = (row / np.linalg.norm(row)).astype(np.float32)
    return unit_row


def add(tx: Connection, numbers: Sequence[int], source: str = "photos") -> list[MediaId]:
    """Items of those numbers, in a source that is made where needed."""
    row = sources.ensure(tx, source, "folder", "default")
    added = items.apply(
        tx, row.id, add=[item(number) for number in numbers], listing=row.listing, now=NOW
    )
    return [added[f"id-{number}"] for number in numbers]


def embed(tx: Connection, ids: Sequence[MediaId], encoder: str = ENCODER) -> None:
    vectors.put(tx, encoder, [(media_id, unit(media_id)) for media_id in ids], NOW)
