"""The index of a catalogue: what `sync`, `reindex` and the first search of a process do with it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.memory import peak_mb
from gphotos_search import index
from gphotos_search.catalog import items, sources, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.media import MediaItem

if TYPE_CHECKING:
    from benchmarks.clustered import Clustered
    from gphotos_search.engines.base import Vectors

ENCODER = "bench@1"
NOW = datetime(2025, 1, 1, tzinfo=UTC)
Row = tuple[str, str, str]


def rows(data: Clustered, work: Path) -> Iterator[Row]:
    catalog = Catalog.open(work / "data")
    place = (catalog, work / "index", ENCODER, data.dim, "faiss")
    number, _, write_s = 0, None, 0.0
    for _, piece in data.pieces():
        started = time.perf_counter()
        number = add(catalog, number, piece)
        write_s += time.perf_counter() - started
    yield "rows written to the catalogue", f"{write_s:.1f} s", f"{number / write_s:,.0f} rows/s"
    with peak_mb() as memory:
        took = seconds(lambda: index.rebuild(*place, say=_silent))
    yield "rebuild", f"{took:.1f} s", f"own memory {memory():,.0f} MB"
    yield from opened(place, data)
    number = add(catalog, number, data.photos(1000))
    with peak_mb() as memory:
        took = seconds(lambda: index.bring_up_to_date(*place, say=_silent))
    yield "bringing in 1,000, saved", f"{took:.2f} s", f"own memory {memory():,.0f} MB"
    with peak_mb() as memory:
        took = seconds(
            lambda: index.improve(*place, words=lambda: data.words(64), say=_silent, least=1)
        )
    yield "lists, in the background", f"{took:.1f} s", f"own memory {memory():,.0f} MB"
    yield from opened(place, data)
    number = add(catalog, number, data.photos(1000))
    took = seconds(lambda: index.bring_up_to_date(*place, say=_silent))
    yield "bringing in 1,000 beside lists, saved", f"{took:.2f} s", ""
    took = seconds(lambda: index.verify(*place))
    yield "verify", f"{took:.1f} s", "reads everything"
    catalog.close()


def opened(place: tuple[Catalog, Path, str, int, str], data: Clustered) -> Iterator[Row]:
    taken = [seconds(lambda: index.for_search(*place)) * 1000 for _ in range(10)]
    yield "for_search", f"{statistics.median(taken):.1f} ms", f"worst {max(taken):.1f} ms"
    held = index.for_search(*place)
    queries = data.words(50, draw=1)
    first = seconds(lambda: held.nearest(queries[0], 26)) * 1000

    def once(query: Vectors) -> None:
        held.refresh(place[0])
        held.nearest(query, 26)

    times = [seconds(partial(once, query)) * 1000 for query in queries]
    worst = float(np.percentile(times, 99))
    yield (
        "refresh and nearest",
        f"{statistics.median(times):.2f} ms",
        f"p99 {worst:.2f} ms, the first {first:.2f} ms",
    )


def add(catalog: Catalog, number: int, piece: Vectors) -> int:
    """One transaction of items and their vectors; how many there are now."""
    made = [
        MediaItem(
            source_id=str(number + offset),
            filename=f"IMG_{number + offset}.jpg",
            mime_type="image/jpeg",
            taken_at=NOW,
        )
        for offset in range(len(piece))
    ]
    with catalog.transaction() as tx:
        row = sources.ensure(tx, "bench", "folder", "default")
        added = items.apply(tx, row.id, add=made, listing=1, now=NOW)
        pairs = [(added[one.source_id], vector) for one, vector in zip(made, piece, strict=True)]
        vectors.put(tx, ENCODER, pairs, NOW)
    return number + len(piece)


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _silent(_: str) -> None:
    pass
