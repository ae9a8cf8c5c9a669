"""Encoders that a catalogue, a trial and this machine have a say in.

Towers are a fixed projection with a known error and speed, so that nothing depends on the machine;
catalogue, encoder and trial are the real ones.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gphotos_search import models, precision, trial
from gphotos_search.catalog import settings, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import ModelConfig
from gphotos_search.encoders import _device, _exports, _trial, _ways, open_encoder
from gphotos_search.encoders._trial import Run
from gphotos_search.encoders._two_towers import TwoTowers
from gphotos_search.encoders._unit import unit
from gphotos_search.encoders._ways import Way
from tests.catalog.filled import NOW, add

FP32, BF16, ONNX = Way("torch", "fp32"), Way("torch", "bf16"), Way("onnx", "fp32")
INT8, VINO = Way("onnx", "int8"), Way("openvino", "int8")
SPEEDS = {FP32: 10.0, ONNX: 12.0, BF16: 15.0, INT8: 25.0, VINO: 30.0}
FILES = ("onnx-fp32", "onnx-int8", "openvino-int8")
GOOD, BAD = 2e-4, 0.02  # standard deviation of the error of each number
DIM = 192
AUTO = ModelConfig(name="demo", device="cpu")


@cache
def projection() -> Any:
    return np.random.default_rng(1).normal(size=(3 * 64 * 64, DIM)).astype(np.float32)


class Tower:
    def __init__(self, way: Way, error: float) -> None:
        self.way, self._error = way, error
        self._draw = np.random.default_rng(3)

    def encode(self, pixels: Any) -> Any:
        rows = unit(np.stack([one.ravel() for one in pixels]) @ projection())
        return unit(rows + self._draw.normal(0, self._error, rows.shape).astype(np.float32))


@dataclass
class Stage:
    """A catalogue and what this machine is made to be."""

    catalog: Catalog
    errors: dict[Way, float] = field(default_factory=dict)
    trouble: dict[Way, Exception] = field(default_factory=dict)
    ways: list[Way] = field(default_factory=lambda: [FP32, ONNX, INT8])
    files: set[str] = field(default_factory=lambda: set(FILES))
    runs: list[tuple[Way, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def open(self, model: ModelConfig = AUTO) -> TwoTowers:
        encoder = models.for_indexing(self.catalog, model, say=self.said.append)
        assert isinstance(encoder, TwoTowers)
        return encoder

    def run(self, model: ModelConfig = AUTO, worth: int = 50) -> TwoTowers:
        """As much of a run as its trial sees."""
        self.runs.clear()
        encoder = self.open(model)
        stop, draw = threading.Event(), np.random.default_rng(5)
        tried = trial.Trial(
            self.catalog,
            model,
            encoder,
            stop=stop,
            naming=threading.Lock(),
            say=self.said.append,
            worth=worth,
        )
        for _ in range(12):
            tried.saw(list(draw.normal(size=(8, 3, 64, 64)).astype(np.float32)))
        tried.close()
        return encoder

    def hold(self, encoder: TwoTowers) -> None:
        with self.catalog.transaction() as tx:
            ids, row = add(tx, range(3)), unit(np.ones((1, DIM), np.float32))[0]
            vectors.put(tx, encoder.id, [(one, row) for one in ids], NOW)

    def held(self, encoder_id: str) -> int:
        with self.catalog.reading() as tx:
            return vectors.count(tx, encoder_id)

    def pin(self, kind: str) -> None:
        pin = open_encoder(AUTO).pin.rpartition(":")[0]
        with self.catalog.transaction() as tx:
            settings.put(tx, models.pin_key(AUTO.name), f"{pin}:{kind}")

    def told(self) -> dict[str, Any]:
        return precision.describe(self.catalog, self.open().id)

    def row(self, **changes: Any) -> dict[str, Any]:
        key = precision.key_of(open_encoder(AUTO).id.rpartition(":")[0])
        with self.catalog.transaction() as tx:
            told: dict[str, Any] = settings.get(tx, key) | changes
            settings.put(tx, key, told)
        return told


def play(made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is played, for the length of a test."""

    def opened(_self: Any, way: Way) -> Tower:
        if way in made.trouble:
            raise made.trouble[way]
        return Tower(way, 0.0 if way.precision == "fp32" else made.errors.get(way, GOOD))

    def run(tower: Tower, pixels: Any, batches: Any, stop: Any) -> Run:
        made.runs.append((tower.way, batches))
        return replace(_trial.run(tower, pixels, batches, stop), rate=SPEEDS[tower.way])

    def find(self: Any, kind: str) -> Path | None:
        return self.folder / kind if kind in made.files else None

    monkeypatch.setattr(TwoTowers, "open_images", opened)
    monkeypatch.setattr(trial, "run", run)
    monkeypatch.setattr(trial, "SAMPLE", 48)
    monkeypatch.setattr(_exports.Exports, "find", find)
    monkeypatch.setattr(_ways, "candidates", lambda _model: made.ways)
    monkeypatch.setattr(_ways, "installed", lambda _runtime: True)
    monkeypatch.setattr(_device, "bf16_possible", lambda _asked: False)
