"""The same pictures, on the same machine, through rclip, the tutorials' loops and gphotos-search.

    python -m venv /tmp/rclip && /tmp/rclip/bin/pip install rclip==3.3.0
    python -m benchmarks.rivals --rclip /tmp/rclip/bin/rclip

Every tool runs through its own command line, one at a time, with random weights of its own model's
shape (`stand_in.py` puts rclip's where it would download them to). It first takes in a few
pictures, to export, compile and warm what it wants to; then a few others, then all, both timed: the
rate is what the additional pictures cost, the start is what is left. `--ours fp32@256` is this
program with pictures of 256 pixels, which is what rclip's model reads.

With `--library` the searches are measured again over that many vectors, drawn once and put into
each tool's storage from outside.

Without `--rclip` it is left out, with a line. Pictures and models stay in `--scratch`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.machine import describe
from benchmarks.rivals.child import Runner
from benchmarks.rivals.tools import Ours, Rclip, Tool, Tutorial

SUBJECTS = ("a dog", "two children", "an old bicycle", "my grandmother", "a red kite", "the cake")
PLACES = ("on the beach", "in deep snow", "at night", "by the river", "in the kitchen")
PUBLISHED = (
    "rclip's published figures (its README, other machines): 50,000 pictures in 7 minutes on an"
    " Apple M1 Max (119/s), 84,725 in 15 hours on an Intel Celeron J3455 (1.6/s)."
)


@dataclass(frozen=True, slots=True)
class Indexed:
    """Of one size of pictures."""

    rate: float  # pictures/s once it runs
    start_s: float
    whole_s: float
    peak_mb: float

    def __str__(self) -> str:
        return f"{self.rate:.1f} | {self.start_s:.1f} | {self.whole_s:.1f} | {self.peak_mb:.0f}"


@dataclass(frozen=True, slots=True)
class Searched:
    cold_s: float
    cold_peak_mb: float
    ready: str
    warm_s: float | None
    size_mb: float

    def __str__(self) -> str:
        warm = f"{self.warm_s * 1000:.0f} ({self.ready})" if self.warm_s else "has none"
        return f"{self.cold_s:.2f} | {self.cold_peak_mb:.0f} | {warm} | {self.size_mb:.2f}"


SEARCHED = "cold query, s | its peak, MB | warm query, ms | on disk, MB"


def queries(count: int) -> list[str]:
    """Different ones: an answer that is remembered is no search."""
    return [f"{SUBJECTS[n % 6]} {PLACES[n % 5]} {n // 30 or ''}".strip() for n in range(count)]


def folders(scratch: Path, sizes: Sequence[str], few: int) -> Iterator[tuple[Path, Path, Path]]:
    """For each size the folder to warm up with, the few, and all; drawn by another process."""
    program = [sys.executable, "-m", "benchmarks.pictures"]
    for size in sizes:
        count, _, shape = size.partition("x")
        found = tuple(scratch / "pictures" / f"{size}-{part}" for part in ("first", "few", "all"))
        for at, folder in enumerate(found):
            many = int(count) if at == 2 else few
            subprocess.run([*program, folder, str(many), shape, str(100_000 * at)], check=True)
        yield found[0], found[1], found[2]


def search(tool: Tool, repeat: int) -> Searched:
    asked = queries(3 * repeat)
    tool.cold("something else")
    cold = [tool.cold(text) for text in asked[:repeat]]
    ready, warm = tool.warm(asked)
    return Searched(
        median(ran.seconds for ran in cold),
        max(ran.peak_mb for ran in cold),
        ready,
        median(warm) if warm else None,
        tool.size_mb(),
    )


def _index(tool: Tool, first: Path, few: Path, all_of_them: Path) -> Indexed:
    tool.index(first)
    short, whole = tool.index(few), tool.index(all_of_them)
    less, more = _count(few), _count(all_of_them)
    each = (whole.seconds - short.seconds) / (more - less)
    return Indexed(1 / each, short.seconds - less * each, whole.seconds, whole.peak_mb)


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.glob("*.jpg"))


def with_pictures(all_tools: Sequence[Tool], asked: argparse.Namespace) -> None:
    sets = list(folders(asked.scratch, asked.pictures, asked.few))
    parts = [f"{size}: pictures/s | start, s | whole, s | peak, MB" for size in asked.pictures]
    searched: dict[str, Searched] = {}
    print("Indexing:\n")
    _head("tool", *parts)
    for tool in all_tools:
        tool.begin()
        _row(tool.name, *(_index(tool, *each) for each in sets))
        searched[tool.name] = search(tool, asked.repeat)
    print("\nSearching them:\n")
    _head("tool", SEARCHED)
    for name, found in searched.items():
        _row(name, found)


def with_vectors(all_tools: Sequence[Tool], asked: argparse.Namespace) -> None:
    features = asked.scratch / f"library-{asked.library}.npy"
    draw = [sys.executable, "-m", "benchmarks.rivals.vectors", "draw", features]
    subprocess.run([*draw, str(asked.library)], check=True)
    ((some, _, _),) = folders(asked.scratch, ["1x683x512"], 1)
    print(f"\nSearching {asked.library:,} vectors, put there from outside:\n")
    _head("tool", SEARCHED)
    for tool in all_tools:
        tool.begin()
        tool.hold(features, some)
        _row(tool.name, search(tool, asked.repeat))


def _head(*cells: str) -> None:
    row = " | ".join(cells)
    print(f"| {row} |\n|{'---|' * (1 + row.count(' | '))}", flush=True)


def _row(*cells: object) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def tools(asked: argparse.Namespace, run: Runner, *, pictures: bool) -> Iterator[Tool]:
    model = _checkpoint(asked.scratch, 224)
    saved = asked.scratch / "loops"
    saved.mkdir(exist_ok=True)
    if asked.rclip:
        home = asked.scratch / "rclip"
        subprocess.run([sys.executable, "-m", "benchmarks.rivals.stand_in", home], check=True)
        yield Rclip(run, asked.rclip.absolute(), asked.scratch / "pictures", home)
    if not asked.no_loops:
        yield Tutorial(run, "hf", "loop: CLIPModel + numpy", model, saved / "hf")
        yield Tutorial(run, "st", "loop: SentenceTransformer", model, saved / "st")
    for label in asked.ours if pictures else ["auto"]:  # words are float32 beside any of them
        precision, _, side = label.partition("@")
        checkpoint = _checkpoint(asked.scratch, int(side or 224))
        yield Ours(run, label, asked.scratch / f"ours-{label}", checkpoint, precision)


def _checkpoint(scratch: Path, side: int) -> Path:
    folder: Path = scratch / f"b32-{side}"
    if not folder.exists():
        program = [sys.executable, "-m", "benchmarks.geometry"]
        subprocess.run([*program, folder, str(side)], check=True)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rclip", type=Path, help="rclip's program, in an environment of its own")
    parser.add_argument(
        "--pictures",
        nargs="*",
        default=["120x683x512", "30x4032x3024"],
        help="COUNTxWIDTHxHEIGHT of each set",
    )
    parser.add_argument("--library", type=int, default=100_000, help="vectors; 0 leaves it out")
    parser.add_argument("--few", type=int, default=8, help="pictures of the short run")
    parser.add_argument("--ours", nargs="*", default=["fp32", "fp32@256"], help="PRECISION[@SIDE]")
    parser.add_argument("--no-loops", action="store_true", help="leave the tutorials' loops out")
    parser.add_argument("--repeat", type=int, default=5, help="cold searches; warm ones are thrice")
    parser.add_argument(
        "--scratch", type=Path, default=Path(tempfile.gettempdir()) / "gphotos-rivals"
    )
    asked = parser.parse_args()
    asked.scratch.mkdir(parents=True, exist_ok=True)
    run = Runner(asked.scratch)
    print(describe(), flush=True)
    if asked.pictures:
        with_pictures(list(tools(asked, run, pictures=True)), asked)
    if asked.library:
        with_vectors(list(tools(asked, run, pictures=False)), asked)
    bare = median(run(sys.executable, "-c", "pass").seconds for _ in range(3 * asked.repeat))
    print(f"\nA bare python -c pass: {bare * 1000:.0f} ms.")
    if not asked.rclip:
        print(f"rclip was left out: give its program with --rclip. {PUBLISHED}")


if __name__ == "__main__":
    main()
