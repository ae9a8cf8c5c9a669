"""The two loops that tutorials write, each run as a program of its own.

`hf`: Hugging Face's CLIPModel and its processor, one picture at a time, vectors saved with numpy; a
search multiplies, sorts all pairs in Python and prints the first ten.
`st`: SentenceTransformer over the same checkpoint, `encode` of all opened pictures in batches of
32, `util.semantic_search`.

    python -m benchmarks.rivals.tutorial hf index CHECKPOINT FOLDER SAVED
    python -m benchmarks.rivals.tutorial hf query CHECKPOINT SAVED "first query" "second query" …

`query` answers the first as a new process would, then the others with everything still in memory,
as in a notebook that stays open; the last line is JSON: the seconds of each of the others.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Vectors = NDArray[np.float32]
BEST = 10
BATCH = 32


class Loop(Protocol):
    def pictures(self, paths: Sequence[Path]) -> Vectors: ...
    def best(self, query: str, vectors: Vectors) -> list[tuple[float, int]]: ...


class HuggingFace:
    def __init__(self, checkpoint: str) -> None:
        from transformers import CLIPModel, CLIPProcessor

        self.model: Any = CLIPModel.from_pretrained(checkpoint)
        self.processor: Any = CLIPProcessor.from_pretrained(checkpoint)

    def pictures(self, paths: Sequence[Path]) -> Vectors:
        rows = []
        for path in paths:
            inputs = self.processor(images=Image.open(path), return_tensors="pt")
            rows.append(self._unit(self.model.get_image_features(**inputs)))
        return np.concatenate(rows)

    def best(self, query: str, vectors: Vectors) -> list[tuple[float, int]]:
        inputs = self.processor(text=[query], return_tensors="pt", padding=True)
        likeness = vectors @ self._unit(self.model.get_text_features(**inputs))[0]
        return sorted(zip(likeness, range(len(vectors)), strict=True), reverse=True)[:BEST]

    def _unit(self, output: Any) -> Vectors:
        features = output.pooler_output
        unit: Vectors = (features / features.norm(dim=-1, keepdim=True)).detach().numpy()
        return unit


class Sentences:
    def __init__(self, checkpoint: str) -> None:
        from sentence_transformers import SentenceTransformer

        self.model: Any = SentenceTransformer(checkpoint)

    def pictures(self, paths: Sequence[Path]) -> Vectors:
        opened = [Image.open(path) for path in paths]
        rows: Vectors = self.model.encode(opened, batch_size=BATCH)
        return rows

    def best(self, query: str, vectors: Vectors) -> list[tuple[float, int]]:
        from sentence_transformers import util

        search: Any = util.semantic_search  # takes arrays too; its annotation does not say so
        (hits,) = search(self.model.encode([query]), vectors, top_k=BEST)
        return [(hit["score"], hit["corpus_id"]) for hit in hits]


LOOPS: dict[str, Callable[[str], Loop]] = {"hf": HuggingFace, "st": Sentences}


def index(loop: Loop, folder: Path, saved: Path) -> None:
    paths = sorted(folder.glob("*.jpg"))
    np.save(saved.with_suffix(".npy"), loop.pictures(paths))
    saved.with_suffix(".json").write_text(json.dumps([str(path) for path in paths]))


def query(loop: Loop, saved: Path, texts: Sequence[str]) -> None:
    vectors: Vectors = np.load(saved.with_suffix(".npy"))
    names = json.loads(saved.with_suffix(".json").read_text())
    seconds = []
    for text in texts:
        started = time.perf_counter()
        for likeness, row in loop.best(text, vectors):
            print(f"{likeness:.3f} {names[row]}")
        seconds.append(time.perf_counter() - started)
    print(json.dumps(seconds[1:]))


def main(argv: Sequence[str]) -> None:
    way, step, checkpoint, *rest = argv
    loop = LOOPS[way](checkpoint)
    if step == "index":
        index(loop, Path(rest[0]), Path(rest[1]))
    else:
        query(loop, Path(rest[0]), rest[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
