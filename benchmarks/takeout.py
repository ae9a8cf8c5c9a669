"""Pictures per second of a Takeout export, against extracting everything and then looping.

The export is made once into `--cache`: phone pictures of 12 megapixels among smaller ones, every
tenth again in an album's folder, in 5 zip parts. The tutorial's way extracts all parts, then takes
one file at a time: decode it whole, resize, one call of the same encoder; its loop is timed on
`--subset` files, evenly taken, and reckoned for all. Ours is `App.sync` as the command runs it, in
a process of its own. Both count different pictures; copies in albums are work, not pictures.

    python -m benchmarks.takeout --pictures 10000 --model demo
    python -m benchmarks.takeout --pictures 1000 --model b32 --precision fp32

`--model b32` is CLIP B/32 with random weights: the true shape, and so the true speed.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from PIL import Image

from benchmarks.geometry import save_clip_b32
from benchmarks.machine import describe
from gphotos_search.app import App
from gphotos_search.config import Config, ModelConfig, SourceConfig, StorageConfig
from gphotos_search.demo.takeout import LIBRARY
from gphotos_search.encoders import open_encoder
from gphotos_search.progress import Silent
from tests.exports import Entry, Export, Library, Photo, lay_out, write_zips

DISTINCT = 8  # encoded pictures of each size; a number in each file makes its bytes its own
LARGE, SMALL = (4032, 3024), (1600, 1200)
FIRST = datetime(2015, 1, 1, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shape:
    """What export is measured; its name is that of its folder."""

    pictures: int
    large: float  # share of 12-megapixel pictures
    parts: int

    def __str__(self) -> str:
        return f"{self.pictures}-{self.large:g}-{self.parts}"


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one `App.sync` in a process of its own."""

    seconds: float
    embedded: int
    peak_mb: int


def build(shape: Shape, cache: Path) -> Path:
    """The folder with the export's parts, made unless it is there."""
    folder = cache / f"export-{shape}"
    if folder.exists():
        return folder
    photos = [_photo(number) for number in range(1, shape.pictures + 1)]
    export = lay_out(Library(photos=tuple(photos)))
    unfinished = cache / f"unfinished-{shape}"
    shutil.rmtree(unfinished, ignore_errors=True)
    filled = replace(export, entries=tuple(_with_pictures(export, shape.large)))
    write_zips(filled, unfinished, shape.parts)
    unfinished.rename(folder)
    return folder


def _photo(number: int) -> Photo:
    return Photo(
        number=number,
        title=f"IMG_{number:05d}.jpg",
        taken=FIRST + timedelta(hours=9 * number),
        albums=(f"Album {number // 500}",) if number % 10 == 0 else (),
    )


def _with_pictures(export: Export, large: float) -> Iterator[Entry]:
    every = round(1 / large) if large else 0
    sizes = {True: _encoded(LARGE), False: _encoded(SMALL)}
    for entry in export.entries:
        if entry.kind != "media":
            yield entry
            continue
        folder, _, name = entry.path.rpartition("/")
        number = export.directories[folder].media[name].photo.number
        kind = sizes[bool(every) and number % every == 1 % every]
        yield replace(entry, make=partial(_numbered, kind[number % DISTINCT], number))


def _encoded(size: tuple[int, int]) -> list[bytes]:
    """Real pictures at this size, with grain, so that files are as large as a camera's."""
    grain = np.random.default_rng(0).normal(0, 6, (size[1], size[0], 3))
    pictures: list[bytes] = []
    for path in sorted(LIBRARY.glob("*.jpg"))[:DISTINCT]:
        with Image.open(path) as small:
            pixels = np.asarray(small.convert("RGB").resize(size), np.float32) + grain
        out = io.BytesIO()
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=85)
        pictures.append(out.getvalue())
    return pictures


def _numbered(jpeg: bytes, number: int) -> bytes:
    mark = b"%d" % number
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(mark) + 2) + mark + jpeg[2:]


def tutorial(export: Path, model: ModelConfig, subset: int, work: Path) -> tuple[float, float]:
    """Seconds to extract everything, and seconds a file of the loop that follows."""
    started = time.perf_counter()
    for part in sorted(export.iterdir()):
        with ZipFile(part) as archive:
            archive.extractall(work)
    extracting = time.perf_counter() - started
    files = sorted(path for path in work.rglob("*") if path.suffix == ".jpg")
    chosen = files[:: max(1, len(files) // subset)]
    encoder = open_encoder(model)
    started = time.perf_counter()
    for path in chosen:
        with Image.open(path) as picture:
            whole = picture.convert("RGB")
        encoder.encode_images([encoder.prepare(whole)])
    return extracting, (time.perf_counter() - started) / len(chosen)


def ours(export: Path, model: ModelConfig, home: Path) -> Measured:
    told = json.dumps([str(export), str(home), model.name, model.precision])
    command = [sys.executable, "-m", "benchmarks.takeout", "--one", told]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    measured = Measured(**json.loads(done.stdout.splitlines()[-1]))
    print(f"... {measured}", file=sys.stderr)  # a long run that fails later has told something
    return measured


def one(told: str) -> None:
    """The child's side of `ours`."""
    export, home, name, precision = json.loads(told)
    config = Config(
        storage=StorageConfig(data_dir=Path(home)),
        model=ModelConfig(name=name, precision=precision),
        sources=(SourceConfig(name="takeout", type="takeout", path=Path(export)),),
    )
    with App(config) as app:
        started = time.perf_counter()
        report = app.sync(progress=Silent())
        seconds = time.perf_counter() - started
    assert report.exit_code == 0, report
    print(json.dumps({"seconds": seconds, "embedded": report.embedded, "peak_mb": _peak_mb()}))


def _peak_mb() -> int:
    """Of this program alone: ru_maxrss would count the parent's memory at the fork as well."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def measure(shape: Shape, cache: Path, name: str, precision: str, subset: int) -> None:
    export = build(shape, cache)
    size = sum(part.stat().st_size for part in export.iterdir())
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        work = Path(folder)
        checkpoint = name if name != "b32" else str(save_clip_b32(work / "model"))
        model = ModelConfig(name=checkpoint, precision=precision)  # type: ignore[arg-type]
        first = ours(export, model, work / "home")
        again = ours(export, model, work / "home")
        assert (first.embedded, again.embedded) == (shape.pictures, 0), (first, again)
        extracting, looping = tutorial(export, model, subset, work / "extracted")
        files = sum(1 for _ in (work / "extracted").rglob("*.jpg"))
    plain = shape.pictures / (extracting + files * looping)
    fast = shape.pictures / first.seconds
    print(
        f"| pictures | of 12 MP | export, {shape.parts} parts | model | extract, then loop ", end=""
    )
    print(f"| sync | ratio | peak memory, MB | second sync |\n|{'---|' * 9}")
    print(
        f"| {shape.pictures} | {shape.large:.0%} | {size / 1e9:.1f} GB | {name}, {precision} "
        f"| {plain:.1f}/s ({extracting:.0f} s to extract) | {fast:.1f}/s | {fast / plain:.1f}× "
        f"| {first.peak_mb} | {again.seconds:.2f} s |"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    options.add_argument("--pictures", type=int, default=10_000)
    options.add_argument("--large", type=float, default=0.1, help="share of 12-megapixel ones")
    options.add_argument("--parts", type=int, default=5)
    options.add_argument("--model", default="demo", help='"demo", "b32" or a checkpoint folder')
    options.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16"])
    options.add_argument("--subset", type=int, default=200, help="files of the tutorial's loop")
    options.add_argument(
        "--cache", type=Path, default=Path(tempfile.gettempdir()) / "takeout-bench"
    )
    options.add_argument("--one", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        one(chosen.one)
        return
    print(describe())
    chosen.cache.mkdir(parents=True, exist_ok=True)
    shape = Shape(chosen.pictures, chosen.large, chosen.parts)
    measure(shape, chosen.cache, chosen.model, chosen.precision, chosen.subset)


if __name__ == "__main__":
    main()
