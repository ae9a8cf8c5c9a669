"""The catalogue alone: how fast pages are written, and what the hot reads take in a large library.

Writing is compared with Python's sqlite3 on rows that are ready to be bound: into the very same
tables with the same indexes and triggers ("the same work"), and into the table of items with
nothing but its key and its unique pair ("bare"). Times are medians.

    python -m benchmarks.catalog --rows 2000000
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.filters import BEGIN, made
from benchmarks.machine import describe
from gphotos_search.catalog import arrays, changes, exports, items, sources, vectors
from gphotos_search.catalog.columns import EPOCH, microseconds
from gphotos_search.catalog.filters import matching
from gphotos_search.catalog.pages import INSERT, statement, values
from gphotos_search.catalog.store import PRAGMAS, Catalog
from gphotos_search.forgetting import REMOVE_AT_ONCE
from gphotos_search.media import DayRange, Filters, MediaItem

PAGE = 100  # what one answer of Google lists
AT_ONCE = 5000  # rows a commit while the large library is made
WIDTH = 8  # numbers in a vector; none of the reads looks into them
ENCODER = "bench@1"
SECOND_INDEXES = "SELECT name FROM sqlite_master WHERE type = ? AND tbl_name = ? AND sql NOT NULL"
YEAR = Filters(days=(DayRange(date(2015, 1, 1), date(2016, 1, 1)),))


def listed(count: int) -> list[MediaItem]:
    """As Google lists a library: random ids, the newest first, no albums, names or places."""
    draw, ids = np.random.default_rng(7), random.Random(3)
    bare: dict[str, Any] = {"albums": (), "people": (), "description": ""}
    found = [
        replace(
            made(number, draw),
            source_id=f"AH0my{ids.getrandbits(110):028x}",
            latitude=None,
            longitude=None,
            **bare,
        )
        for number in range(count)
    ]
    return sorted(found, key=lambda item: item.taken_at or BEGIN, reverse=True)


def exported(count: int) -> list[MediaItem]:
    """As an export tells: with text, an album, a person and a place each, in the order of time."""
    draw = np.random.default_rng(7)
    found = [
        replace(made(number, draw), source_id=random.Random(number).randbytes(32).hex())
        for number in range(count)
    ]
    found.sort(key=lambda item: item.taken_at or BEGIN)
    return [
        replace(item, albums=(f"trip {place // 200}",), latitude=40 + place // 50 / 1e3)
        for place, item in enumerate(found)
    ]


def unordered(count: int) -> list[MediaItem]:
    """The same in an order in which nothing lies beside what it will lie beside."""
    found = exported(count)
    random.Random(5).shuffle(found)
    return found


def ours(folder: Path, found: Sequence[MediaItem]) -> float:
    """Seconds, one commit a page."""
    catalog = Catalog.open(folder)
    with catalog.transaction() as tx:
        row = sources.ensure(tx, "bench", "folder", "default")
    started = time.perf_counter()
    for begin in range(0, len(found), PAGE):
        with catalog.transaction() as tx:
            items.apply(tx, row.id, add=found[begin : begin + PAGE], listing=1, now=BEGIN)
    taken = time.perf_counter() - started
    catalog.close()
    return taken


def plain(folder: Path, found: Sequence[MediaItem], *, bare: bool) -> float:
    """The same rows through sqlite3 alone."""
    catalog = Catalog.open(folder)
    with catalog.transaction() as tx:
        row = sources.ensure(tx, "bench", "folder", "default")
    catalog.close()
    raw = sqlite3.connect(catalog.file, isolation_level=None)
    for pragma in PRAGMAS:
        raw.execute(pragma)
    for kind in ("trigger", "index") if bare else ():
        for (name,) in raw.execute(SECOND_INDEXES, (kind, "items")).fetchall():
            raw.execute(f"DROP {kind} {name}")
    added = microseconds(BEGIN - EPOCH)
    rows = [(number, row.id, 1, added, *values(item)) for number, item in enumerate(found, 1)]
    parts = [rows[begin : begin + PAGE] for begin in range(0, len(rows), PAGE)]
    bound = [(len(part), [value for one in part for value in one]) for part in parts]
    started = time.perf_counter()
    for count, parameters in bound:
        raw.execute("BEGIN IMMEDIATE")
        raw.execute(statement(INSERT, len(rows[0]), count), parameters)
        raw.execute("COMMIT")
    taken = time.perf_counter() - started
    raw.close()
    return taken


def writes(count: int, repeat: int, work: Path) -> Iterator[str]:
    yield f"Pages of {PAGE}, one commit each, {count:,} items, rows/s\n"
    yield "| items | ours | sqlite3, the same work | ratio | sqlite3, bare | ratio |"
    yield f"|{'---|' * 6}"
    for make in (listed, exported, unordered):
        found = make(count)
        ways: dict[str, Callable[[Path], float]] = {
            "ours": partial(ours, found=found),
            "same": partial(plain, found=found, bare=False),
            "bare": partial(plain, found=found, bare=True),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(repeat):
            for name, way in ways.items():
                with tempfile.TemporaryDirectory(dir=work) as folder:
                    taken[name].append(way(Path(folder)))
        rate = {name: count / statistics.median(times) for name, times in taken.items()}
        yield (
            f"| {make.__name__} | {rate['ours']:,.0f} | {rate['same']:,.0f} "
            f"| {rate['ours'] / rate['same']:.2f} | {rate['bare']:,.0f} "
            f"| {rate['ours'] / rate['bare']:.2f} |"
        )


def library(catalog: Catalog, count: int) -> tuple[float, float]:
    """Items, and vectors of nine in ten; the seconds of each."""
    draw, spent = np.random.default_rng(7), [0.0, 0.0]
    unit = np.ones(WIDTH, np.float32) / np.sqrt(np.float32(WIDTH))
    for begin in range(0, count, AT_ONCE):
        page = [made(number, draw) for number in range(begin, min(begin + AT_ONCE, count))]
        at = time.perf_counter()
        with catalog.transaction() as tx:
            row = sources.ensure(tx, "bench", "folder", "default")
            ids = items.apply(tx, row.id, add=page, listing=1, now=BEGIN)
        then = time.perf_counter()
        with catalog.transaction() as tx:
            embedded = [(id, unit) for id in ids.values() if id % 10]
            vectors.put(tx, ENCODER, embedded, BEGIN)
            changes.prune(tx, ENCODER, changes.generation(tx, ENCODER))
        spent[0] += then - at
        spent[1] += time.perf_counter() - then
    return spent[0], spent[1]


def reads(count: int, repeat: int, work: Path) -> Iterator[str]:
    catalog = Catalog.open(work / "library")
    for_items, for_vectors = library(catalog, count)
    size = catalog.file.stat().st_size / 1e6
    yield f"\n{count:,} items in {for_items:.0f} s, {count * 9 // 10:,} vectors in"
    yield f"{for_vectors:.0f} s, {AT_ONCE:,} a commit; {size:,.0f} MB\n"
    yield "| read | found | ms |"
    yield "|---|---|---|"
    with catalog.reading() as tx:
        started = time.perf_counter()
        held = arrays.read(tx, UTC)
        read_ms = (time.perf_counter() - started) * 1000
        now = BEGIN + timedelta(days=9000)
        some = np.random.default_rng(4).integers(1, count, 100).tolist()
        last = vectors.pending(tx, ENCODER, now=now, limit=256)[-1].media_id
        acts: dict[str, Callable[[], Any]] = {
            "the next 16 without a vector": partial(
                vectors.pending, tx, ENCODER, now=now, limit=16
            ),
            "the next 256": partial(vectors.pending, tx, ENCODER, now=now, limit=256),
            "the 16 after these": partial(
                vectors.pending, tx, ENCODER, now=now, limit=16, after=last
            ),
            "ids of a year, SQLite": partial(matching, tx, YEAR, UTC),
            "ids of a year, arrays": partial(matching, tx, YEAR, UTC, held),
            "ids of videos, SQLite": partial(matching, tx, Filters(kinds=("video",)), UTC),
            "ids of videos, arrays": partial(matching, tx, Filters(kinds=("video",)), UTC, held),
            "arrays as they are": partial(arrays.advanced, tx, held),
            "counts of status": partial(items.counts, tx, ENCODER),
            "items of each source": partial(items.counts_by_source, tx),
            "number of vectors": partial(vectors.count, tx, ENCODER),
            "10 items": partial(items.by_ids, tx, some[:10]),
            "100 items": partial(items.by_ids, tx, some),
        }
        for name, act in acts.items():
            times = []
            for _ in range(repeat + 1):
                at = time.perf_counter()
                result = act()
                times.append((time.perf_counter() - at) * 1000)
            found = len(result) if hasattr(result, "__len__") else 1
            yield f"| {name} | {found:,} | {statistics.median(times[1:]):.2f} |"
    yield f"| all arrays, read anew (once) | {count:,} | {read_ms:,.0f} |"
    yield from removals(catalog)
    catalog.close()


def removals(catalog: Catalog) -> Iterator[str]:
    """As `sources forget` does it."""
    times = []
    for _ in range(3):
        at = time.perf_counter()
        with catalog.transaction() as tx:
            items.remove(tx, exports.item_ids(tx, 1, REMOVE_AT_ONCE))
        times.append((time.perf_counter() - at) * 1000)
    yield f"| removing items, one commit | {REMOVE_AT_ONCE:,} | {statistics.median(times):,.0f} |"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    options.add_argument("--rows", type=int, default=300_000, help="items of the large library")
    options.add_argument("--written", type=int, default=30_000, help="items written page by page")
    options.add_argument("--repeat", type=int, default=15)
    chosen = options.parse_args()
    print(describe(), f"sqlite {sqlite3.sqlite_version}\n")
    with tempfile.TemporaryDirectory() as folder:
        for line in writes(chosen.written, 3, Path(folder)):
            print(line, flush=True)
        for line in reads(chosen.rows, chosen.repeat, Path(folder)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
