"""Pictures per second from JPEG bytes to vectors, by every way there is, against tutorials' loop.

All run the same CLIP B/32 geometry with random weights over the same generated JPEGs, each in a
process of its own: first one pass to warm up, then medians of `--repeat` passes. The tutorial's
loop: one picture at a time, the Hugging Face processor, CLIPModel, gradients on, fp32. Ours:
`open_picture`, `prepare`, `encode_images`, with `--threads` decoding beside the model as indexing
does. "the model alone" encodes pictures that are prepared already.

    python -m benchmarks.embed --pictures 64 --sizes 683x512 4032x3024 --sync 400

Speed is real, vectors are not: the weights are random. So the gate that decides whether a way may
be used is shown for the encoder of the package on its demo library, which means something.
`--sync N` prints the peak memory of a whole `sync` of N pictures. Read the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.geometry import save_clip_b32
from benchmarks.machine import describe
from benchmarks.pictures import size_of, write_folder

LOOP = "tutorial"
WAYS = ("torch-fp32", "torch-bf16", "onnx-fp32", "onnx-int8", "openvino-bf16", "openvino-int8")
CALIBRATE = 64
Pass = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where all processes find what they share."""

    model: str
    runtimes: Path
    pictures: Path

    def read(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.pictures.glob("*.jpg"))]


def opened(place: Place, way: str) -> Any:
    from gphotos_search.config import ModelConfig
    from gphotos_search.encoders import open_encoder

    runtime, precision = way.split("-")
    settings: Any = {"runtime": runtime, "precision": precision, "device": "cpu"}
    return open_encoder(ModelConfig(name=place.model, **settings), runtimes=place.runtimes)


def tutorial(place: Place) -> Pass:
    from PIL import Image
    from transformers import CLIPImageProcessorPil, CLIPModel

    model: Any = CLIPModel.from_pretrained(place.model)
    processor: Any = CLIPImageProcessorPil()
    pictures = place.read()

    def run() -> None:
        for data in pictures:
            inputs = processor(images=Image.open(BytesIO(data)), return_tensors="pt")
            model.get_image_features(**inputs)

    return run


def decoded(encoder: Any, data: bytes) -> Any:
    from gphotos_search.embed.images import open_picture

    return encoder.prepare(open_picture(data, short_side=encoder.short_side))


def overlapped(encoder: Any, pictures: Sequence[bytes], batch: int, threads: int) -> Pass:
    """At most three batches are prepared ahead, as in the indexer."""

    def prepared(pool: ThreadPoolExecutor) -> Iterator[Any]:
        waiting: list[Future[Any]] = []
        for data in pictures:
            waiting.append(pool.submit(decoded, encoder, data))
            if len(waiting) > 3 * batch:
                yield waiting.pop(0).result()
        yield from (future.result() for future in waiting)

    def run() -> None:
        with ThreadPoolExecutor(threads) as pool:
            ready = prepared(pool)
            while some := list(islice(ready, batch)):
                encoder.encode_images(some)

    return run


def alone(encoder: Any, pixels: Sequence[Any], batch: int) -> Pass:
    def run() -> None:
        for at in range(0, len(pixels), batch):
            encoder.encode_images(pixels[at : at + batch])

    return run


def rate(run: Pass, pictures: int, repeat: int) -> float:
    run()
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return pictures / statistics.median(times)


def peak_mb() -> int:
    """Of this program: Linux hands getrusage's figure down from who started it."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20


def measure(place: Place, way: str, batch: int, threads: int, repeat: int) -> dict[str, Any]:
    """In the process of this way alone."""
    pictures = place.read()
    if way == LOOP:
        return {"rate": rate(tutorial(place), len(pictures), repeat), "peak": peak_mb()}
    encoder = opened(place, way)
    told: dict[str, Any] = {
        "way": str(encoder.way),
        "rate": rate(overlapped(encoder, pictures, batch, threads), len(pictures), repeat),
        "peak": peak_mb(),
    }
    pixels = [decoded(encoder, data) for data in pictures[:64]]
    return told | {"model": rate(alone(encoder, pixels, batch), len(pixels), repeat)}


def sync(place: Place, way: str, count: int) -> dict[str, Any]:
    """A whole first sync of a folder, trial and all where `way` is "auto-auto"."""
    from gphotos_search.app import App
    from gphotos_search.config import Config, ModelConfig, SourceConfig, StorageConfig

    runtime, precision = way.split("-")
    settings: Any = {"runtime": runtime, "precision": precision, "device": "cpu"}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "runtimes").symlink_to(place.runtimes)
        config = Config(
            storage=StorageConfig(data_dir=Path(folder)),
            model=ModelConfig(name=place.model, **settings),
            sources=(SourceConfig(name="pictures", type="folder", path=place.pictures),),
        )
        started = time.perf_counter()
        with App(config) as app:
            report = app.sync()
        took = time.perf_counter() - started
    assert report.embedded == count, report
    return {"rate": count / took, "peak": peak_mb()}


def gate_of(place: Place, way: str) -> dict[str, Any]:
    """What the gate finds in this way of the package's encoder on its own library."""
    from gphotos_search.encoders._trial import gate
    from gphotos_search.probes import PHRASES

    exact, encoder = opened(place, "torch-fp32"), opened(place, way)
    pixels = [decoded(exact, data) for data in place.read()]
    if encoder.way.runtime != way.split("-", maxsplit=1)[0]:
        encoder.exports.make("openvino-int8", pixels[:CALIBRATE])
        encoder = opened(place, way)
    found = gate(exact.encode_images(pixels), encoder.encode_images(pixels), words(exact, PHRASES))
    return {
        "way": str(encoder.way),
        "cosine": found.cosine,
        "pictures": found.pictures,
        "words": found.words,
        "passed": found.passed,
    }


def words(encoder: Any, phrases: Sequence[str]) -> Any:
    return encoder.encode_texts(phrases[:32])


def export(place: Place, kinds: Sequence[str]) -> dict[str, Any]:
    """Everything that the other ways need, made in a process of its own as always."""
    encoder = opened(place, "torch-fp32")
    pixels = [decoded(encoder, data) for data in place.read()[:CALIBRATE]]
    started = time.perf_counter()
    with encoder.exports.start(kinds, pixels) as making:
        while not making.ended():
            time.sleep(0.05)
        for kind in kinds:
            assert encoder.exports.find(kind), making.reason()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return {"seconds": time.perf_counter() - started, "peak": peak}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    each.__name__: each for each in (measure, sync, gate_of, export)
}


def apart(task: Callable[..., Any], place: Place, *rest: Any) -> Any:
    """The same in a new process, so that its peak memory is its own."""
    asked = json.dumps([task.__name__, place.model, str(place.runtimes), str(place.pictures), rest])
    command = [sys.executable, "-m", "benchmarks.embed", "--task", asked]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def tables(asked: argparse.Namespace, work: Path) -> Iterator[str]:
    from gphotos_search.encoders._checkpoint import DEMO

    model, runtimes = str(save_clip_b32(work / "b32")), work / "runtimes"
    ways = [way for way in WAYS if way in asked.ways]
    kinds = [kind for kind in ("onnx-fp32", "onnx-int8", "openvino-int8") if needs(ways, kind)]
    places = {
        size: Place(model, runtimes, write_folder(work / size, asked.pictures, size_of(size)))
        for size in asked.sizes
    }
    first = next(iter(places.values()))
    if kinds:
        made = apart(export, first, kinds)
        yield f"Made {', '.join(kinds)} in {made['seconds']:.0f} s, peak {made['peak']:,} MB\n"
    for size, place in places.items():
        each = sum(map(len, place.read())) // asked.pictures // 1000
        yield f"\nCLIP B/32, random weights, {asked.pictures} JPEGs of {size}, {each} kB each\n"
        yield "| way | pictures/s | × tutorial | the model alone | share of it | peak MB |"
        yield "|---|---|---|---|---|---|"
        settings = (asked.batch, asked.threads, asked.repeat)
        naive = apart(measure, place, LOOP, *settings)
        yield f"| the tutorial's loop | {naive['rate']:.1f} | 1.0 | | | {naive['peak']} |"
        for way in ways:
            told = apart(measure, place, way, *settings)
            yield (
                f"| {told['way']} | {told['rate']:.1f} | {told['rate'] / naive['rate']:.1f} "
                f"| {told['model']:.1f} | {told['rate'] / told['model']:.0%} | {told['peak']} |"
            )
    yield "\nThe gate, on the demo library with the package's encoder\n"
    yield "| way | least cosine | same neighbours | same answers to words | passes |"
    yield "|---|---|---|---|---|"
    for way in ways:
        told = apart(gate_of, Place("demo", runtimes, DEMO.parent / "library"), way)
        figures = f"{told['cosine']:.5f} | {told['pictures']:.1%} | {told['words']:.1%}"
        yield f"| {told['way']} | {figures} | {'yes' if told['passed'] else 'no'} |"
    if asked.sync:
        folder = write_folder(work / "sync", asked.sync, size_of(asked.sizes[0]))
        yield f"\nA whole sync of {asked.sync} JPEGs of {asked.sizes[0]}\n"
        yield "| way | pictures/s | peak MB |\n|---|---|---|"
        for way in (*ways, *(["auto-auto"] if asked.auto else [])):
            told = apart(sync, Place(model, runtimes, folder), way, asked.sync)
            yield f"| {way} | {told['rate']:.1f} | {told['peak']} |"


def needs(ways: Sequence[str], kind: str) -> bool:
    wanted = [kind, "openvino-bf16"] if kind == "onnx-fp32" else [kind]
    return any(way in wanted for way in ways)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pictures", type=int, default=64)
    parser.add_argument("--sizes", nargs="+", default=["683x512"])
    parser.add_argument("--ways", nargs="+", default=["torch-fp32", "onnx-fp32", "onnx-int8"])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--sync", type=int, default=0, help="pictures of a whole sync")
    parser.add_argument("--auto", action="store_true", help='sync with precision = "auto" too')
    parser.add_argument("--task", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.task:
        name, model, runtimes, pictures, rest = json.loads(asked.task)
        print(json.dumps(TASKS[name](Place(model, Path(runtimes), Path(pictures)), *rest)))
        return
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        for line in tables(asked, Path(folder)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
