"""Checkpoints with what other runtimes need of them, made once for all tests of a process."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gphotos_search.config import ModelConfig
from gphotos_search.embed.images import open_picture
from gphotos_search.encoders import open_encoder
from gphotos_search.encoders._checkpoint import DEMO
from gphotos_search.encoders._exports import Exports
from gphotos_search.encoders._two_towers import TwoTowers

LIBRARY = DEMO.parent / "library"


@dataclass(frozen=True)
class Made:
    """A model and a folder of its exports; `copy` gives a test a folder to damage."""

    name: str
    runtimes: Path

    def copy(self, folder: Path) -> Made:
        return Made(self.name, Path(shutil.copytree(self.runtimes, folder)))

    def open(self, **settings: Any) -> TwoTowers:
        model = ModelConfig(**{"name": self.name, "device": "cpu", **settings})
        encoder = open_encoder(model, runtimes=self.runtimes)
        assert isinstance(encoder, TwoTowers)
        return encoder

    def exports(self) -> Exports:
        found = self.open(precision="fp32").exports
        assert found is not None
        return found


def make(name: str, runtimes: Path) -> Made:
    made = Made(name, runtimes)
    exports = made.exports()
    with exports.start(["onnx-fp32", "onnx-int8"]) as making:
        while not making.ended():
            time.sleep(0.1)
    return made


def photographs(encoder: TwoTowers, count: int) -> list[Any]:
    """Prepared pictures of the demo library."""
    files = sorted(LIBRARY.glob("*.jpg"))[:count]
    pictures = (open_picture(f.read_bytes(), short_side=encoder.short_side) for f in files)
    return [encoder.prepare(picture) for picture in pictures]
