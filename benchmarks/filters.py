"""Latency of filtered queries against an exact scan of everything, at three selectivities.

A catalogue of made-up items and their vectors (random, 512 numbers each); one question at a time,
medians. "filter" is the catalogue's part, conditions in and ids out; "arrays" the same with what a
running service holds; "engine" is the search inside these ids. The last column compares that with
the engine's own scan without a filter.

    python -m benchmarks.filters --items 100000 1000000 --engines faiss exact
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.machine import describe
from gphotos_search import parts
from gphotos_search.catalog import arrays, items, sources
from gphotos_search.catalog.filters import matching
from gphotos_search.catalog.store import Catalog
from gphotos_search.media import Circle, DayRange, Filters, MediaItem

if TYPE_CHECKING:
    from gphotos_search.engines.base import Engine

DIM, LIMIT = 512, 26  # what a search of ten hits asks of the engine
PAGE = 5000
BEGIN = datetime(2005, 1, 1, tzinfo=UTC)
MINUTES = 20 * 365 * 24 * 60

# One in twenty, two, a hundred, ten thousand.
FILTERS = {
    "5 %, a year": Filters(days=(DayRange(date(2015, 1, 1), date(2016, 1, 1)),)),
    "50 %, months": Filters(months=(1, 2, 3, 4, 5, 6)),
    "50 %, type": Filters(kinds=("video",)),
    "1 %, album": Filters(albums=("album 7",)),
    "1 %, near": Filters(near=(Circle(5.05, 0.0, 5.0),)),
    "0.01 %, person": Filters(people=("rare",)),
    "0.01 %, phrase": Filters(phrases=("number 7",)),
}


def made(number: int, draw: np.random.Generator) -> MediaItem:
    """Item `number`; what the filters above ask for is evenly spread."""
    return MediaItem(
        source_id=str(number),
        filename=f"IMG_{number}.jpg",
        mime_type="video/mp4" if number % 2 else "image/jpeg",
        taken_at=BEGIN + timedelta(minutes=int(draw.integers(MINUTES))),
        taken_from="sidecar",
        utc_offset_min=60 if number % 3 else None,
        camera_make="Google",
        camera_model="Pixel 7",
        description=f"number {number % 10_000}",
        latitude=number % 100 / 10 + 0.05,
        longitude=0.0,
        albums=(f"album {number % 100}",),
        people=("rare",) if number % 10_000 == 7 else (f"person {number % 100}",),
    )


def fill(catalog: Catalog, count: int) -> float:
    """The seconds that writing the items took."""
    draw = np.random.default_rng(7)
    started = time.perf_counter()
    for begin in range(0, count, PAGE):
        page = [made(number, draw) for number in range(begin, min(begin + PAGE, count))]
        with catalog.transaction() as tx:
            row = sources.ensure(tx, "bench", "folder", "default")
            items.apply(tx, row.id, add=page, listing=1, now=BEGIN)
    return time.perf_counter() - started


def engine_of(name: str, count: int, folder: Path) -> Engine:
    """Opened from files, as searches find it."""
    module: Any = parts.load("engines", name)
    made_up = module.open_engine(None, DIM)
    draw = np.random.default_rng(1)
    for begin in range(0, count, PAGE):
        rows = draw.standard_normal((min(PAGE, count - begin), DIM), np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        made_up.put(np.arange(begin + 1, begin + 1 + len(rows)), rows)
    folder.mkdir()
    made_up.save(folder)
    opened: Engine = module.open_engine(folder, DIM)
    return opened


def medians_ms(acts: Sequence[Callable[[], object]], repeat: int) -> list[float]:
    """In turn, so that whatever else the machine does falls on all of them."""
    taken: list[list[float]] = [[] for _ in acts]
    for turn in range(repeat + 1):
        for act, times in zip(acts, taken, strict=True):
            started = time.perf_counter()
            act()
            if turn:  # the first one finds nothing in any cache
                times.append((time.perf_counter() - started) * 1000)
    return [statistics.median(times) for times in taken]


def rows(count: int, engines: Sequence[str], repeat: int, work: Path) -> Iterator[str]:
    catalog = Catalog.open(work / "data")
    written = fill(catalog, count)
    query = np.random.default_rng(2).normal(size=DIM).astype(np.float32)
    query /= np.linalg.norm(query)
    yield f"{count:,} items, written in {written:.0f} s\n"
    yield "| engine | filter | matching | filter, ms | arrays, ms | engine, ms | all, ms | ratio |"
    yield f"|{'---|' * 8}"
    with catalog.reading() as tx:
        held = arrays.read(tx, UTC)
    for name in engines:
        engine = engine_of(name, count, work / name)
        plainly = partial(engine.nearest, query, LIMIT)
        for label, filters in FILTERS.items():
            with catalog.reading() as tx:
                ids = matching(tx, filters, UTC)
                ways = [partial(matching, tx, filters, UTC, known) for known in (None, held)]
                asking, by_arrays = medians_ms(ways, repeat)
            inside = partial(engine.nearest, query, LIMIT, ids)
            within, plain = medians_ms([inside, plainly], repeat)
            yield (
                f"| {name} | {label} | {len(ids):,} | {asking:.1f} | {by_arrays:.2f} "
                f"| {within:.2f} | {plain:.2f} "
                f"| {within / plain:.3f} |"
            )
    catalog.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    options.add_argument("--items", type=int, nargs="+", default=[100_000])
    options.add_argument("--engines", nargs="+", default=["faiss", "exact"])
    options.add_argument("--repeat", type=int, default=15)
    chosen = options.parse_args()
    print(describe())
    for count in chosen.items:
        with tempfile.TemporaryDirectory() as folder:
            for line in rows(count, chosen.engines, chosen.repeat, Path(folder)):
                print(line, flush=True)


if __name__ == "__main__":
    main()
