"""A library without a model on this machine, and pairs of files to import into it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from gphotos_search import models
from gphotos_search.catalog import items, schema, sources, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, ModelConfig, StorageConfig
from gphotos_search.features.pair import Pair, open_pair
from gphotos_search.features.take_in import TakenIn, source_for, take_in
from gphotos_search.progress import Silent
from tests.catalog.filled import fresh

MODEL, DIM = "nobody/nowhere", 8
TIMES = ("added_at",)


def rows_of(numbers: Sequence[int], length: float = 3.0) -> NDArray[np.float32]:
    """A row for each number, always the same one."""
    rows = np.stack([np.random.default_rng(number).normal(size=DIM) for number in numbers])
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(unit * length, np.float32)


def write_pair(
    folder: Path, numbers: Sequence[int], *, seeds: Sequence[int] | None = None, name: str = "set"
) -> tuple[Path, Path]:
    """Photos called after their numbers; `seeds` gives them other vectors."""
    folder.mkdir(parents=True, exist_ok=True)
    matrix, ids = folder / f"{name}.npy", folder / f"{name}.csv"
    np.save(matrix, rows_of(seeds or numbers).astype(np.float16))
    ids.write_text("photo_id\n" + "".join(f"p{number}\n" for number in numbers))
    return matrix, ids


@dataclass
class Library:
    """A catalogue and its config; `said` hears what an import says."""

    catalog: Catalog
    config: Config
    said: list[str] = field(default_factory=list)

    def take_in(
        self,
        pair: tuple[Path, Path] | Pair,
        *,
        encoder: str = MODEL,
        name: str = "",
        stop: threading.Event | None = None,
        progress: Any = None,
    ) -> TakenIn:
        opened = pair if isinstance(pair, Pair) else open_pair(*pair)
        source = source_for(self.config, self.catalog, name, opened.matrix.path)
        return take_in(
            self.config,
            self.catalog,
            opened,
            source,
            encoder,
            progress=progress or Heard(self.said),
            stop=stop or threading.Event(),
        )

    def state(self) -> list[Any]:
        """Every item with its id and vector."""
        active = models.active(self.catalog)
        assert active is not None
        with self.catalog.reading() as tx:
            found = {
                int(id): row.astype(np.float16).tobytes()
                for ids, rows in vectors.read_all(tx, active.id)
                for id, row in zip(ids, rows, strict=True)
            }
            order = select(schema.items.c.media_id).order_by(schema.items.c.media_id)
            stored = items.by_ids(tx, tx.execute(order).scalars().all())
        return [(id, one.source, one.item, found.get(id)) for id, one in sorted(stored.items())]

    def source(self, name: str = "set") -> sources.SourceRow:
        with self.catalog.reading() as tx:
            row = sources.get(tx, name)
        assert row is not None
        return row


class Heard(Silent):
    """What is said is kept."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def say(self, line: str) -> None:
        self.lines.append(line)


@contextmanager
def opened(folder: Path, model: str = "configured/one") -> Iterator[Library]:
    config = Config(storage=StorageConfig(data_dir=folder / "data"), model=ModelConfig(name=model))
    library = Library(fresh(config.storage.data_dir), config)
    try:
        yield library
    finally:
        library.catalog.close()
