"""The first answer: whole processes, from the shell's point of view, in three tables.

Warm: a running service answers. A bare interpreter (`python -c pass`) is timed in turn with it, so
that whatever else the machine does falls on both; each new question has to be encoded, a question
asked again does not. Cold: no service runs, everything is opened, used and left, beside the way of
the tutorials (transformers' CLIPModel and processor, the vectors as one numpy file, a full sort).
Last, what `--timings` tells of both.

CLIP B/32 with random weights, its tokenizer of the true size, made-up photos and vectors.

    python -m benchmarks.queries --photos 100000
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.geometry import save_clip_b32
from benchmarks.machine import describe
from gphotos_search import index, models
from gphotos_search.catalog import items, sources, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, load
from gphotos_search.media import MediaItem
from gphotos_search.service.client import ask

DIM, PAGE, CLUSTERS = 512, 2000, 500
SETTLES = 5  # questions that may find the service still loading
BEGIN = datetime(2010, 1, 1, tzinfo=UTC)
# Words of one token each, as most words of a question are for CLIP's own tokenizer.
COLOURS = ("red", "blue", "pink", "grey", "gold", "dark", "pale", "tan", "lime", "teal")
THINGS = (
    *("dog", "cat", "cake", "bike", "boat", "tree"),
    *("snow", "car", "bird", "bear", "ship", "book"),
)
PLACES = ("lake", "wood", "park", "hill", "road", "pond", "barn", "sea")
SCRIPT = "#!{}\nimport sys\nfrom {} import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
TUTORIAL = """
import sys
import numpy as np
from transformers import CLIPModel, CLIPProcessor
model, processor = (each.from_pretrained(sys.argv[1]) for each in (CLIPModel, CLIPProcessor))
found = model.get_text_features(**processor(text=[sys.argv[3]], return_tensors="pt", padding=True))
row = getattr(found, "pooler_output", found).detach().numpy()[0]
scores = np.load(sys.argv[2]) @ (row / np.linalg.norm(row))
for place in np.argsort(-scores)[:10]:
    print(place, scores[place])
"""
STAGE = re.compile(r"\s*([0-9.]+) ms  (.+)")


class Library:
    """A catalogue of made-up photos with its index, a model, and console scripts to ask it with."""

    def __init__(self, folder: Path, photos: int) -> None:
        self.folder, self.photos = folder, photos
        self.model = save_clip_b32(folder / "model")
        self.features = folder / "features.npy"
        file = folder / "config.toml"
        file.write_text(
            f'[storage]\ndata_dir = "{folder}/data"\n'
            f'[model]\nname = "{self.model}"\nprecision = "fp32"\n'
            f'[service]\nsocket = "{folder}/s"\n[sync]\nevery = "30d"\n'
            '[[sources]]\nname = "bench"\ntype = "google_library"\n'
        )
        self.config: Config = load(file)
        self.env = {**os.environ, "GPHOTOS_SEARCH_CONFIG": str(file), "OMP_NUM_THREADS": "2"}
        self._fill()
        self.quick = self._script("quick", "gphotos_search.cli.entry")
        self.usual = self._script("usual", "gphotos_search.cli.main")

    def _fill(self) -> None:
        catalog = Catalog.open(self.config.storage.data_dir)
        encoder = models.for_indexing(catalog, self.config.model, say=print)
        encoder.release()
        rows, now = made_up(self.photos), datetime.now(UTC)
        for begin in range(0, self.photos, PAGE):
            numbers = range(begin, min(begin + PAGE, self.photos))
            with catalog.transaction() as tx:
                row = sources.ensure(tx, "bench", "google_library", "default")
                items.apply(tx, row.id, add=[photo(each) for each in numbers], listing=1, now=now)
            with catalog.transaction() as tx:
                vectors.put(tx, encoder.id, [(each + 1, rows[each]) for each in numbers], now)
                sources.synced(tx, row.id, now)
        place = (self.config.storage.index, encoder.id, DIM, self.config.index.engine)
        index.bring_up_to_date(catalog, *place, say=print)
        catalog.close()
        np.save(self.features, rows)

    def _script(self, name: str, module: str) -> list[str]:
        """As an installer writes it."""
        path = self.folder / name
        path.write_text(SCRIPT.format(sys.executable, module))
        path.chmod(0o700)
        return [str(path)]

    @contextmanager
    def service(self) -> Iterator[int]:
        """Its process id, once it answers."""
        process = subprocess.Popen(
            [*self.usual, "service", "run"], env=self.env, stderr=subprocess.DEVNULL
        )
        try:
            while not (ask(self.config, "/v1/search", {"q": "a photo"}) or {}).get("hits"):
                if process.poll() is not None:
                    raise RuntimeError("The service ended.")
                time.sleep(0.2)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def made_up(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Unit rows around some hundred centres, as photos of one library lie."""
    draw = np.random.default_rng(3)
    centres = draw.normal(size=(CLUSTERS, DIM)).astype(np.float32)
    rows = centres[draw.integers(CLUSTERS, size=count)]
    rows += 0.7 * draw.standard_normal((count, DIM), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def photo(number: int) -> MediaItem:
    """Taken some minutes after the one before, as photos of a holiday are."""
    return MediaItem(
        source_id=f"AH0my{number:060d}",
        filename=f"PXL_{number}.jpg",
        mime_type="image/jpeg",
        taken_at=BEGIN + timedelta(minutes=37 * number),
        taken_from="source",
        camera_make="Google",
        camera_model="Pixel 7",
        url=f"https://photos.google.com/lr/photo/AH0my{number:060d}",
    )


def words(number: int) -> list[str]:
    """Four words, six tokens; the first 960 numbers all differ."""
    place, rest = PLACES[number % 8], number // 8
    return [COLOURS[rest // 12 % 10], THINGS[rest % 12], "at", place]


def took_ms(command: Sequence[str], env: dict[str, str]) -> tuple[float, str]:
    """One whole process, and what it said on stderr."""
    started = time.perf_counter()
    done = subprocess.run(command, env=env, capture_output=True, check=True)
    return (time.perf_counter() - started) * 1000, done.stderr.decode()


def percentile(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(int(share * len(times)), len(times) - 1)]


def warm(library: Library, repeat: int) -> Iterator[str]:
    bare = [sys.executable, "-c", "pass"]
    times: dict[str, list[float]] = defaultdict(list)
    with library.service() as pid:
        for number in range(SETTLES + repeat):
            for name, command in (
                ("`python -c pass`", bare),
                ("a new question", [*library.quick, *words(number)]),
                ("a question asked before", [*library.quick, *words(number)]),
                ("the same by the whole program", [*library.usual, *words(number)]),
            ):
                taken_ms = took_ms(command, library.env)[0]
                times[name] += [taken_ms] if number >= SETTLES else []
        memory = resident_mb(pid)
        stages = told([*library.quick], library, repeat=min(repeat, 15), first=SETTLES + repeat)
    yield f"\nWarm, {repeat} times in turn; the service holds {memory:.0f} MB\n"
    yield "| process | p50, ms | p99, ms | p50 x bare | p99 / p50 |"
    yield f"|{'---|' * 5}"
    floor = statistics.median(times["`python -c pass`"])
    for name, taken in times.items():
        half, most = statistics.median(taken), percentile(taken, 0.99)
        yield f"| {name} | {half:.1f} | {most:.1f} | {half / floor:.2f} | {most / half:.2f} |"
    yield from stage_table("a new question, warm", stages)


def cold(library: Library, repeat: int, tutorial: bool) -> Iterator[str]:
    theirs = [sys.executable, "-c", TUTORIAL, str(library.model), str(library.features)]
    ours: list[float] = []
    tutorials: list[float] = []
    for number in range(repeat + 1):
        counts = number > 0  # the first of each fills the page cache
        taken = took_ms([*library.quick, *words(number)], library.env)[0]
        ours += [taken] if counts else []
        if tutorial:
            taken = took_ms([*theirs, " ".join(words(number))], library.env)[0]
            tutorials += [taken] if counts else []
    half = statistics.median(ours)
    yield f"\nCold, {library.photos:,} photos, {repeat} times in turn\n"
    yield "| process | p50, ms | slowest, ms | x ours |"
    yield f"|{'---|' * 4}"
    yield f"| ours | {half:.0f} | {max(ours):.0f} | 1 |"
    if tutorials:
        middle = statistics.median(tutorials)
        ratio = f"{middle / half:.1f}"
        yield f"| CLIPModel, processor, numpy | {middle:.0f} | {max(tutorials):.0f} | {ratio} |"
    stages = told([*library.quick], library, repeat=min(repeat, 7), first=0)
    yield from stage_table("a question, cold", stages)


def told(command: list[str], library: Library, *, repeat: int, first: int) -> dict[str, float]:
    """The median of each stage that `--timings` names."""
    found: dict[str, list[float]] = defaultdict(list)
    for number in range(first, first + repeat):
        _, said = took_ms([*command, *words(number), "--timings"], library.env)
        for line in said.split("\n"):
            if stage := STAGE.fullmatch(line):
                found[stage[2]].append(float(stage[1]))
    return {name: statistics.median(times) for name, times in found.items()}


def stage_table(what: str, stages: dict[str, float]) -> Iterator[str]:
    yield f"\nWhere the time goes: {what}, medians\n"
    yield "| stage | ms |"
    yield "|---|---|"
    for name, taken in stages.items():
        yield f"| {name} | {taken:.1f} |"


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else 0.0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    options.add_argument("--photos", type=int, default=100_000)
    options.add_argument("--warm", type=int, default=200, help="questions to a running service")
    options.add_argument("--cold", type=int, default=7, help="questions without one")
    options.add_argument("--no-tutorial", dest="tutorial", action="store_false")
    chosen = options.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory(prefix="gs") as folder:
        library = Library(Path(folder), chosen.photos)
        for lines in (
            warm(library, chosen.warm),
            cold(library, chosen.cold, chosen.tutorial),
        ):
            for line in lines:
                print(line, flush=True)


if __name__ == "__main__":
    main()
