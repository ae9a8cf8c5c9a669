"""Where the time of an indexing run and of a cold search goes, by stage, seen by py-spy.

    pip install py-spy
    python -m benchmarks.profile --pictures 120 --size 683x512 --precision fp32

Both run through the command line, with CLIP B/32 of random weights. py-spy looks at every thread at
fixed intervals, also at those that wait, so a thread's column adds up to the time it lived. Stages
are told by the files on the stack, innermost first. Threads that the runtime of the model starts by
itself have no Python in them and are not seen: the model thread waits for them, which counts as the
model's time. A small run is made before, so that compiling and exporting are not in the table.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.machine import describe
from benchmarks.rivals.child import Runner
from benchmarks.rivals.tools import Ours

RATE = {"index": 50, "search": 100}  # looks a second; more would slow what is looked at
IMPORTS = "(<frozen importlib"
PACKAGES = (
    "sqlalchemy",
    "numpy",
    "faiss",
    "click",
    "torch",
    "transformers",
    "onnxruntime",
    "openvino",
)
WAITING = ("(threading.py", "(queue.py", "(selectors.py", "(concurrent/futures", "(multiprocessing")
# What a stack is about: the first name found in a frame, from the innermost frame outwards.
STAGES = (
    ("embed/thumbnails.py", "thumbnails"),
    ("thumbnail (", "thumbnails"),
    ("encoders/_pixels.py", "resize and normalise"),
    ("encoders/_tokens.py", "tokenizer"),
    ("encoders/_numpy_text.py", "text tower"),
    ("encoders/_tensors.py", "text tower"),
    ("encoders/_onnx_text.py", "text tower"),
    ("_load_images", "opening the model"),
    ("_open_images", "opening the model"),
    ("encode_images", "model"),
    ("gphotos_search/encoders/", "model"),
    ("embed/images.py", "decode"),
    ("search/understand", "understanding the words"),
    ("gphotos_search/engines/", "index"),
    ("gphotos_search/index", "index"),
    ("gphotos_search/manifest.py", "index"),
    ("gphotos_search/catalog/", "catalogue"),
    ("sqlalchemy/", "catalogue"),
    ("gphotos_search/files/", "reading files"),
    ("gphotos_search/intake/", "reading files"),
    ("gphotos_search/sources/", "reading files"),
    ("gphotos_search/places/", "places"),
    ("gphotos_search/service/", "looking for the service"),
    ("gphotos_search/config/", "configuration"),
    ("cli/progress.py", "progress"),
    ("gphotos_search/cli/", "command line"),
    ("gphotos_search/", "the rest of this program"),
)


def stage_of(frames: Sequence[str]) -> str:
    """`frames` are py-spy's, outermost first: 'name (file.py:12)'."""
    if any(IMPORTS in frame for frame in frames):
        return f"import {_imported(frames)}"
    if any(mark in frames[-1] for mark in WAITING):
        return "waiting"
    for frame in reversed(frames):
        for mark, stage in STAGES:
            if mark in frame:
                return stage
    return "the interpreter"


def _imported(frames: Sequence[str]) -> str:
    first = next(at for at, frame in enumerate(frames) if IMPORTS in frame)
    for frame in reversed(frames[first:]):
        for package in PACKAGES:
            if f"({package}/" in frame:
                return package
    return "of everything else"


def recorded(
    kind: str, command: Sequence[str], run: Runner
) -> Iterator[tuple[str, list[str], int]]:
    """Thread, frames and how many looks saw them."""
    spy = shutil.which("py-spy") or str(Path(sys.executable).parent / "py-spy")
    raw = run.scratch / "stacks.txt"
    options = ["--rate", str(RATE[kind]), "--format", "raw", "--threads", "--idle", "--output", raw]
    run(spy, "record", *map(str, options), "--", sys.executable, *command)
    for line in raw.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        thread, *frames = stack.split(";")
        if frames:
            yield _group(thread), frames, int(count)


def _group(thread: str) -> str:
    name = thread.partition(": ")[2].strip('"')
    return {"encode": "model thread", "MainThread": "main thread", "": "main thread"}.get(
        name, "other threads"
    )


def table(kind: str, commands: Sequence[Sequence[str]], run: Runner) -> None:
    """Seconds of each stage in each group of threads, a run, most first."""
    seen: dict[str, Counter[str]] = {}
    for command in commands:
        for group, frames, count in recorded(kind, command, run):
            seen.setdefault(group, Counter())[stage_of(frames)] += count
    look = 1 / RATE[kind] / len(commands)
    groups = [name for name in ("main thread", "model thread", "other threads") if name in seen]
    stages = Counter[str]()
    for group in groups:
        stages.update(seen[group])
    waiting = stages.pop("waiting", 0)
    print(f"| stage | {', s | '.join(groups)}, s |\n|{'---|' * (1 + len(groups))}")
    for stage, total in [*stages.most_common(), ("waiting", waiting)]:
        if total * look >= 0.002:
            cells = [f"{seen[group][stage] * look:.2f}" for group in groups]
            print(f"| {stage} | {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--pictures", type=int, default=120)
    parser.add_argument("--size", default="683x512")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--searches", type=int, default=15)
    parser.add_argument(
        "--scratch", type=Path, default=Path(tempfile.gettempdir()) / "gphotos-rivals"
    )
    asked = parser.parse_args()
    asked.scratch.mkdir(parents=True, exist_ok=True)
    run = Runner(asked.scratch)
    model = asked.scratch / "b32-224"
    if not model.exists():
        subprocess.run([sys.executable, "-m", "benchmarks.geometry", model, "224"], check=True)
    first, whole = (
        asked.scratch / "pictures" / "profile-first",
        asked.scratch / "pictures" / (f"profile-{asked.pictures}-{asked.size}"),
    )
    for folder, count, at in ((first, 8, 900_000), (whole, asked.pictures, 0)):
        draw = [sys.executable, "-m", "benchmarks.pictures", folder]
        subprocess.run([*draw, str(count), asked.size, str(at)], check=True)
    ours = Ours(run, "profiled", asked.scratch / "profiled", model, asked.precision)
    ours.begin()
    ours.index(first)
    ours.cold("a first search")
    print(describe())
    print(f"Indexing {asked.pictures} pictures of {asked.size}, {asked.precision}:\n")
    table("index", [ours.command("import", whole)], run)
    bare = median(ours.cold(f"two red kites {n}").seconds for n in range(5))
    print(f"\nA cold search, the mean of {asked.searches}; unobserved it takes {bare:.2f} s:\n")
    searches = [ours.command(f"a dog on the beach {n}") for n in range(asked.searches)]
    table("search", searches, run)


if __name__ == "__main__":
    main()
