"""A data set of precomputed features: how long it takes in, what it costs, how fast it answers.

A made-up set in the form of the published one (float16 rows of 512 numbers that are not of unit
length; a list of ids) is imported by the program's own steps in a process of their own, then asked.
Words take the true time of CLIP B/32's text tower (random weights), but mean what the made-up
vectors of words mean: a random tower's point nowhere. The last table asks the same rows in the way
of the courses: scores by numpy, then numpy's sort, or pairs sorted in Python.

    python -m benchmarks.features                      # the published size, 1,981,161 rows
    python -m benchmarks.features --count 100000
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zlib import crc32

import numpy as np

from benchmarks.clustered import Clustered
from benchmarks.geometry import save_clip_b32
from benchmarks.machine import describe
from gphotos_search import models

if TYPE_CHECKING:
    from gphotos_search.encoders.base import Encoder

PUBLISHED, DIM = 1_981_161, 512
LENGTH = 10.0  # about what the published rows have
STATUS = Path("/proc/self/status")
TEMPLATE = "https://unsplash.com/photos/{id}"
WORDS = ("dogs", "snow", "beach", "night", "city", "red", "car", "forest", "child", "bridge")
HITS = 10
Part = Callable[[Path], dict[str, float]]


def write_set(folder: Path, count: int) -> tuple[Path, Path]:
    """features.npy and photo_ids.csv."""
    matrix = np.lib.format.open_memmap(
        folder / "features.npy", "w+", np.dtype("float16"), (count, DIM)
    )
    for ids, rows in Clustered(count, DIM).pieces():
        matrix[ids[0] - 1 : ids[-1]] = rows * LENGTH
    matrix.flush()
    names = folder / "photo_ids.csv"
    with names.open("w") as file:
        file.write("photo_id\n")
        file.writelines(f"{number * 2654435761 % (1 << 52):011x}\n" for number in range(count))
    return folder / "features.npy", names


class Meaning:
    """A text tower's time, and the made-up meaning of words."""

    def __init__(self, tower: Encoder) -> None:
        self._tower, self._made_up = tower, Clustered(1, DIM)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tower, name)

    def encode_texts(self, texts: Sequence[str]) -> Any:
        self._tower.encode_texts(texts)
        draws = (crc32(text.encode()) for text in texts)
        return np.concatenate([self._made_up.words(1, draw) for draw in draws])


def with_meaning() -> None:
    real: Any = models.for_search
    models.for_search = lambda *args, **more: cast("Encoder", Meaning(real(*args, **more)))


def take_in(work: Path) -> dict[str, float]:
    """The command's steps, timed; in a process of its own."""
    from gphotos_search.catalog.store import Catalog
    from gphotos_search.features.pair import open_pair
    from gphotos_search.features.take_in import source_for, take_in
    from gphotos_search.progress import Silent

    ended = [0.0]

    class Watch(Silent):
        def rows(self, did: str, done: int, total: int) -> None:  # noqa: ARG002
            ended[0] = time.perf_counter()

    with_meaning()
    config = config_of(work)
    with closing(Catalog.open(config.storage.data_dir)) as catalog:
        started = time.perf_counter()
        pair = open_pair(work / "features.npy", work / "photo_ids.csv", template=TEMPLATE)
        checked = time.perf_counter()
        source = source_for(config, catalog, "", pair.matrix.path)
        made_by = str(work / "model")
        take_in(config, catalog, pair, source, made_by, progress=Watch(), stop=threading.Event())
        whole = time.perf_counter()
    return {"check": checked - started, "rows": ended[0] - checked, "index": whole - ended[0]}


def ask(work: Path, repeat: int) -> dict[str, float]:
    """Seconds to the first answer, then medians, in one process that stays."""
    from gphotos_search.app import App
    from gphotos_search.media import Query

    with_meaning()
    with App(config_of(work)) as app:

        def asked(words: str) -> float:
            return timed(partial(app.search, Query.of(words, limit=HITS)))

        first = asked("two dogs in the snow")
        fresh = [asked(words) for words in phrases(repeat)]
        again = [asked(phrases(1)[0]) for _ in fresh]
    return {"first": first, "fresh": statistics.median(fresh), "again": statistics.median(again)}


def in_courses(work: Path) -> dict[str, float]:
    """The rows in memory; scores, then either numpy's or Python's sort."""
    rows = np.load(work / "features.npy").astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    query = rows[: 3 * 7 : 7]

    def sort_numbers(asked: Any) -> Any:
        return np.argsort(-(rows @ asked))[:HITS]

    def sort_pairs(asked: Any) -> Any:
        scores = (rows @ asked).tolist()
        return sorted(zip(scores, range(len(scores)), strict=True), reverse=True)[:HITS]

    numpy_sort = [timed(partial(sort_numbers, asked)) for asked in query]
    pairs = [timed(partial(sort_pairs, asked)) for asked in query]
    return {"argsort": statistics.median(numpy_sort), "pairs": statistics.median(pairs)}


def phrases(count: int) -> list[str]:
    draw = np.random.default_rng(3)
    return [" ".join(draw.choice(WORDS, 4)) for _ in range(count)]


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def config_of(work: Path) -> Any:
    from gphotos_search.config import Config, StorageConfig

    return Config(storage=StorageConfig(data_dir=work / "data"))


def apart(part: str, work: Path, *more: str) -> dict[str, float]:
    """What a part tells from a process of its own, with the most memory that it took."""
    command = [sys.executable, "-m", "benchmarks.features", "--part", part, "--work", str(work)]
    done = subprocess.run([*command, *more], stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def peak_mb() -> float:
    """Of this process. The kernel's other figure, ru_maxrss, begins with that of the parent."""
    fields = dict(line.split(":", 1) for line in STATUS.read_text().splitlines() if ":" in line)
    return float(fields["VmHWM"].split()[0]) / 1024


def size_mb(*paths: Path) -> float:
    files = (file for path in paths for file in (path.rglob("*") if path.is_dir() else (path,)))
    return sum(file.stat().st_blocks * 512 for file in files if file.is_file()) / 1e6


def lines(work: Path, count: int, repeat: int, courses: bool) -> Iterator[str]:
    files = write_set(work, count)
    save_clip_b32(work / "model")
    took = apart("import", work)
    whole = took["check"] + took["rows"] + took["index"]
    catalog = size_mb(*work.glob("data/catalog.db*"))
    yield f"{count:,} rows of {DIM} numbers (float16, {size_mb(*files):,.0f} MB)\n"
    yield "| import, s | of it check | rows and ids | index | rows/s | peak memory, MB |"
    yield f"|{'---|' * 6}"
    yield (
        f"| {whole:.1f} | {took['check']:.1f} | {took['rows']:.1f} | {took['index']:.1f} "
        f"| {count / whole:,.0f} | {took['memory']:,.0f} |\n"
    )
    yield f"Catalogue {catalog:,.0f} MB, index {size_mb(work / 'data' / 'index'):,.0f} MB.\n"
    again = apart("import", work)
    yield f"The same pair again: {again['check'] + again['rows'] + again['index']:.1f} s.\n"
    asked = apart("ask", work, "--repeat", str(repeat))
    yield "| question | ms |\n|---|---|"
    yield f"| the first of a process, index and text tower opened | {asked['first'] * 1000:.0f} |"
    yield f"| new words, median of {repeat} | {asked['fresh'] * 1000:.1f} |"
    yield f"| the same words again, median of {repeat} | {asked['again'] * 1000:.1f} |\n"
    yield f"Peak memory of the process that answers: {asked['memory']:,.0f} MB."
    if courses:
        plain = apart("courses", work)
        yield "\n| the same rows in numpy, without encoding | ms |\n|---|---|"
        yield f"| scores, full argsort | {plain['argsort'] * 1000:.0f} |"
        yield f"| scores, pairs sorted in Python | {plain['pairs'] * 1000:.0f} |\n"
        yield f"Peak memory of that: {plain['memory']:,.0f} MB."


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    options.add_argument("--count", type=int, default=PUBLISHED)
    options.add_argument("--repeat", type=int, default=30)
    options.add_argument("--no-courses", action="store_true", help="leave the last table out")
    options.add_argument("--folder", type=Path, help="where to work; a disk with 12 GB")
    options.add_argument("--part", help=argparse.SUPPRESS)
    options.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.part:
        parts: dict[str, Part] = {"import": take_in, "courses": in_courses}
        act = parts.get(chosen.part, partial(ask, repeat=chosen.repeat))
        print(json.dumps({**act(chosen.work), "memory": peak_mb()}))
        return
    print(describe())
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        for line in lines(Path(folder), chosen.count, chosen.repeat, not chosen.no_courses):
            print(line, flush=True)


if __name__ == "__main__":
    main()
