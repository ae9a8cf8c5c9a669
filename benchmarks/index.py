"""The index at any size: built, opened, searched exactly and by lists, with filters, and changed.

Made-up clustered vectors go straight into the engine's files; with --catalog they go through a
catalogue, as those of a library do. Searches are compared with NumPy's on the same rows, one query
at a time, in turn; recall is against exact search, with photos and words that nobody measured with
before.

    python -m benchmarks.index --count 1981161
    python -m benchmarks.index --count 300000 --catalog
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import index_catalog
from benchmarks.clustered import Clustered
from benchmarks.machine import describe
from benchmarks.memory import peak_mb
from gphotos_search import manifest
from gphotos_search.index import Index
from gphotos_search.manifest import Place

if TYPE_CHECKING:
    from gphotos_search.engines.base import Engine, Ids, Vectors

LIMIT = 10  # hits, and what recall is measured of
SPARE = 16  # more than the hits is what a search asks of the engine
ASKED = LIMIT + SPARE
LONG = 48  # hits of the longest answer that comes from lists
Row = tuple[str, str, str]
Acts = Mapping[str, Callable[["Vectors"], object]]


class Made:
    """Files of one index, without a catalogue."""

    def __init__(self, data: Clustered, root: Path) -> None:
        self.data, self.place = data, Place(root, "bench@1", data.dim, "faiss")

    def save(self, how: Callable[[Path], Sequence[Path]]) -> Engine:
        before = None
        if manifest.stamp(self.place.folder) is not None:
            before = manifest.read(self.place.folder)
        facts = {"save": "bench", "catalog": "bench", "generation": 1}
        return manifest.write(self.place, how, before, **facts)[1]

    def open(self) -> Engine:
        place = self.place
        return Index.open(place.root, place.encoder_id, place.dim, place.engine_name).engine


def milliseconds(acts: Acts, queries: Vectors) -> dict[str, Any]:
    """(p50, p99) of each, in turn, so that whatever else the machine does falls on all of them."""
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for act in acts.values():
        act(queries[0])  # the first one finds nothing in any cache
    for query in queries:
        for name, act in acts.items():
            started = time.perf_counter()
            act(query)
            taken[name].append((time.perf_counter() - started) * 1000)
    return {
        name: (statistics.median(times), float(np.percentile(times, 99)))
        for name, times in taken.items()
    }


def nearest(engine: Engine, query: Vectors, within: Ids | None = None) -> object:
    return engine.nearest(query, ASKED, within)


def by_sorting(rows: Vectors, query: Vectors) -> object:
    scores = (rows @ query).tolist()
    return sorted(zip(scores, range(len(scores)), strict=True), reverse=True)[:LIMIT]


def by_argsort(rows: Vectors, query: Vectors) -> object:
    return np.argsort(-(rows @ query))[:LIMIT]


def by_partition(rows: Vectors, query: Vectors) -> object:
    scores = rows @ query
    best = np.argpartition(scores, len(scores) - LIMIT)[-LIMIT:]
    return best[np.argsort(-scores[best])]


def recall(engine: Engine, rows: Vectors, queries: Vectors, limit: int = LIMIT) -> float:
    """Of the nearest; one that scores as well as the last of them counts."""
    shared = 0
    for query in queries:
        scores = rows @ query
        last = np.partition(scores, len(scores) - limit)[-limit]
        found = engine.nearest(query, limit + SPARE)[:limit]
        shared += sum(score >= last - 1e-5 for _, score in found)
    return shared / (limit * len(queries))


def building(made: Made) -> Iterator[Row]:
    started = time.perf_counter()
    for _ in made.data.pieces():
        pass
    making = time.perf_counter() - started
    empty: Any = made.place.engine(None)
    started = time.perf_counter()
    with peak_mb() as memory:
        made.save(lambda folder: empty.build(folder, made.data.pieces()))
    took = time.perf_counter() - started - making
    size = sum(file.stat().st_size for file in made.place.folder.rglob("*")) / 2**20
    yield "build, without lists", f"{took:.1f} s", f"{size:,.0f} MB, own memory {memory():,.0f} MB"


def improving(made: Made) -> Iterator[Row]:
    engine: Any = made.open()
    words = made.data.words(64)
    started = time.perf_counter()
    with peak_mb() as memory:
        made.save(lambda folder: engine.improve(folder, words, least=1, stop=lambda: False))
    took = time.perf_counter() - started
    facts = made.open().facts()
    size = sum(file.stat().st_size for file in made.place.folder.rglob("*")) / 2**20
    yield "lists, in the background", f"{took:.1f} s", f"own memory {memory():,.0f} MB"
    yield "size with lists", f"{size:,.0f} MB", ""
    yield "what the manifest says", "", str(facts).replace("|", "/")


def opening(made: Made, times: int) -> Iterator[Row]:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        made.open()
        taken.append((time.perf_counter() - started) * 1000)
    yield "opening", f"{statistics.median(taken):.1f} ms", f"worst {max(taken):.1f} ms"


def searching(made: Made, repeat: int) -> Iterator[Row]:
    """Exactly, beside NumPy; then by lists, on the same rows and queries."""
    engine, count = made.open(), made.data.count
    rows = np.empty((count, made.data.dim), np.float32)
    for ids, piece in made.data.pieces():
        rows[ids - 1] = piece.astype(np.float16)
    queries = np.concatenate([made.data.photos(repeat), made.data.words(repeat, draw=1)])
    plain: Acts = {
        "numpy, argpartition": partial(by_partition, rows),
        "numpy, argsort of all": partial(by_argsort, rows),
        "ours, exact": partial(nearest, engine),
    }
    told = milliseconds(plain, queries[:: max(1, len(queries) // 20)])
    told |= milliseconds({"python, sorted pairs": partial(by_sorting, rows)}, queries[:2])
    exact = told["ours, exact"][0]
    for name, (median, worst) in told.items():
        yield name, f"{median:,.2f} ms", f"p99 {worst:,.2f} ms, {median / exact:.2f} × ours, exact"
    yield from improving(made)
    listed = made.open()
    for kind, asked in (("photos", queries[:repeat]), ("words", queries[repeat:])):
        name = f"ours, lists, {kind}"
        median, worst = milliseconds({name: partial(nearest, listed)}, asked)[name]
        ratios = ", ".join(
            f"{told[other][0] / median:,.0f} × {other.split(', ')[1]}"
            for other in told
            if other != "ours, exact"
        )
        found, long = (recall(listed, rows, asked[:100], limit) for limit in (LIMIT, LONG))
        recalls = f"recall {found:.4f}, of {LONG} {long:.4f}"
        yield name, f"{median:,.2f} ms", f"p99 {worst:,.2f} ms, {recalls}, {ratios}"
    del rows
    yield from filtering(listed, engine, count, queries[:30])


def filtering(listed: Engine, plain: Engine, count: int, queries: Vectors) -> Iterator[Row]:
    """With lists and a filter, in turn with the exact scan of an index without either."""
    chance = np.random.default_rng(3)
    for share in (0.0001, 0.01, 0.05, 0.1, 0.5, 1.0):
        within = np.sort(chance.choice(count, max(1, round(share * count)), replace=False)) + 1
        acts = {"in": partial(nearest, listed, within=within), "all": partial(nearest, plain)}
        told = milliseconds(acts, queries)
        median, worst = told["in"]
        yield (
            f"filter, {share:.2%}, exact",
            f"{median:,.2f} ms",
            f"p99 {worst:,.2f} ms, {median / told['all'][0]:.3f} × no filter, exact",
        )


def changing(made: Made) -> Iterator[Row]:
    last = made.data.count + 1
    for number in (1000, 40_000):
        started = time.perf_counter()
        engine = made.open()
        for start in range(0, number, 4096):
            part = np.arange(start, min(start + 4096, number))
            engine.put(last + part, made.data.photos(len(part)))
        engine = made.save(engine.save)
        took, last = time.perf_counter() - started, last + number
        yield f"adding {number:,}, saved", f"{took:.2f} s", str(engine.facts().get("merged", ""))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    options.add_argument("--count", type=int, default=100_000)
    options.add_argument("--dim", type=int, default=512)
    options.add_argument("--repeat", type=int, default=100, help="queries of each kind")
    options.add_argument("--catalog", action="store_true", help="through a catalogue")
    options.add_argument("--work", type=Path, help="where to put the files (a temporary folder)")
    chosen = options.parse_args()
    data = Clustered(chosen.count, chosen.dim)
    print(describe())
    print(f"{chosen.count:,} vectors of {chosen.dim}\n\n| what | | |\n|---|---|---|")
    with tempfile.TemporaryDirectory(dir=chosen.work) as folder:
        if chosen.catalog:
            parts = [index_catalog.rows(data, Path(folder))]
        else:
            made = Made(data, Path(folder))
            parts = [building(made), opening(made, 20), searching(made, chosen.repeat)]
            parts += [opening(made, 20), changing(made)]
        for part in parts:
            for row in part:
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
