"""A long run tries the ways to encode on its own pictures, and goes on in the fastest that agrees.

The library is the demo's; the other runtime is played by torch with a known error and speed, so
that neither depends on the machine.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gphotos_search import models, precision, trial
from gphotos_search.app import App
from gphotos_search.catalog import sets, vectors
from gphotos_search.config import Config, ModelConfig, SourceConfig
from gphotos_search.config.settings import StorageConfig
from gphotos_search.encoders import _exports, _trial, _two_towers, _ways
from gphotos_search.encoders._checkpoint import DEMO
from gphotos_search.encoders._trial import Gate, Run, choose
from gphotos_search.encoders._unit import unit
from gphotos_search.encoders._ways import Way
from gphotos_search.media import Query
from tests.library import sync
from tests.switching.conftest import Notes

FP32, ONNX, INT8 = Way("torch", "fp32"), Way("onnx", "fp32"), Way("onnx", "int8")
VINO = Way("openvino", "int8")
BF16, VINO_BF16 = Way("torch", "bf16"), Way("openvino", "bf16")
SPEEDS = {FP32: 10.0, ONNX: 11.0, INT8: 25.0}
GOOD, BAD = 2e-4, 0.02  # standard deviation of the error of each number


class Played:
    """Another runtime: torch's vectors, a little off."""

    def __init__(self, tower: Any, way: Way, error: float) -> None:
        self._tower, self.way, self._error = tower, way, error
        self._draw = np.random.default_rng(3)

    def encode(self, pixels: Any) -> Any:
        rows = self._tower.encode(pixels)
        return unit(rows + self._draw.normal(0, self._error, rows.shape).astype(np.float32))


@pytest.fixture
def error() -> float:
    return GOOD


@pytest.fixture(autouse=True)
def played(error: float, monkeypatch: pytest.MonkeyPatch) -> None:
    real_open, real_run = _two_towers.TwoTowers.open_images, _trial.run

    def opened(self: Any, way: Way) -> Any:
        tower = real_open(self, FP32)
        return Played(tower, way, 0.0 if way.precision == "fp32" else error)

    def run(tower: Any, *rest: Any) -> Run:
        return replace(real_run(tower, *rest), rate=SPEEDS[tower.way])

    monkeypatch.setattr(_two_towers.TwoTowers, "open_images", opened)
    monkeypatch.setattr(trial, "run", run)
    monkeypatch.setattr(_exports.Exports, "find", lambda self, kind: self.folder / kind)
    monkeypatch.setattr(_ways, "candidates", lambda model: [FP32, ONNX, INT8])
    monkeypatch.setattr(trial, "SAMPLE", 48)
    monkeypatch.setattr(trial.Trial.__init__, "__kwdefaults__", {"worth": 60})


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        storage=StorageConfig(data_dir=tmp_path / "data"),
        model=ModelConfig(name="demo", device="cpu", batch_size=8),
        sources=(SourceConfig(name="pictures", type="folder", path=DEMO.parent / "library"),),
    )


def found(config: Config, words: str) -> list[str]:
    with App(config) as app:
        return [hit.item.source_id for hit in app.search(Query.of(words, limit=10)).hits]


def test_the_run_goes_on_in_the_fastest_and_the_set_keeps_its_vectors(config: Config) -> None:
    notes = Notes()
    report = sync(config, progress=notes)
    assert report.exit_code == 0
    assert notes.heard("From here on pictures are encoded in int8 by ONNX Runtime: 2.5 times")
    with App(config) as app:
        active = models.active(app.catalog)
        told = app.status()
        assert active is not None
        with app.catalog.reading() as tx:
            assert [one.encoder for one in sets.all_sets(tx)] == [active.id]
            assert vectors.count(tx, active.id) == report.embedded == told["indexed"]
    assert active.id.endswith(":int8")
    assert active.pin.endswith(":int8")
    assert told["precision"]["precision"] == "int8"
    assert told["precision"]["runtime"] == "onnx"
    assert "2.5 times as fast" in told["precision"]["why"]
    tried = {(one["runtime"], one["precision"]): one for one in told["precision"]["tried"]}
    assert tried["onnx", "int8"]["passed"]
    assert tried["torch", "fp32"]["cosine"] >= 0.9999
    assert len(found(config, "a dog")) == 10
    again = Notes()
    assert sync(config, progress=again).embedded == 0  # the pin is honoured
    assert not again.heard("model changed")


def test_a_precision_that_passed_can_be_wished_for_without_embedding_anew(config: Config) -> None:
    count = sync(config).embedded
    before = found(config, "a dog")
    wished = replace(config, model=replace(config.model, precision="fp32"))
    notes = Notes()
    assert sync(wished, progress=notes).embedded == 0
    assert not notes.heard("The index")  # it is not made anew
    assert not notes.heard("model changed")
    with App(wished) as app:
        active = models.active(app.catalog)
        assert active is not None
        assert active.id.endswith(":fp32")
        assert app.status()["indexed"] == count
        assert app.status()["precision"]["why"] == "as the configuration wishes"
    assert found(wished, "a dog") == before


@pytest.mark.parametrize("error", [BAD])
def test_one_that_differs_is_not_taken_and_re_embeds_when_wished_for(config: Config) -> None:
    notes = Notes()
    count = sync(config, progress=notes).embedded
    assert not notes.heard("From here on")
    with App(config) as app:
        told = app.status()["precision"]
    assert told["precision"] == "fp32"
    assert told["runtime"] == "torch"
    assert told["why"] == "none that agrees with fp32 is clearly faster"
    assert not next(one for one in told["tried"] if one["precision"] == "int8")["passed"]
    wished = replace(config, model=replace(config.model, precision="int8"))
    assert sync(wished).embedded == count


def test_a_trial_that_fails_changes_nothing(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "rename_set", lambda *_: False)  # a set of that id is there
    report = sync(config)
    with App(config) as app:
        active = models.active(app.catalog)
        assert active is not None
        assert active.id.endswith(":fp32")
        assert app.status()["indexed"] == report.embedded
        why = app.status()["precision"]["why"]
        assert why.startswith("the comparison failed: There is a set of vectors of")


def test_a_short_run_tries_nothing(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial.Trial.__init__, "__kwdefaults__", {"worth": 1_000})
    sync(config)
    with App(config) as app:
        assert app.status()["precision"]["why"] == precision.UNTRIED


def one(rate: float, *, good: bool = True) -> tuple[Run, Gate]:
    rows = np.zeros((1, 4), np.float32)
    return Run(rows, rate, 8), Gate(0.9995 if good else 0.99, 0.98, 0.98)


@pytest.mark.parametrize(
    "wish, current, found, chosen",
    [
        ({}, FP32, {FP32: one(10), ONNX: one(11), INT8: one(11.4)}, FP32),
        ({}, FP32, {FP32: one(10), ONNX: one(12), INT8: one(25)}, INT8),
        ({}, FP32, {FP32: one(10), ONNX: one(12), INT8: one(25, good=False)}, ONNX),
        ({}, INT8, {FP32: one(40), INT8: one(25)}, FP32),
        ({}, INT8, {FP32: one(9), INT8: one(25, good=False)}, FP32),  # to embed anew
        ({}, BF16, {FP32: one(9), BF16: one(20, good=False), VINO_BF16: one(30)}, FP32),
        ({}, BF16, {BF16: one(20, good=False), VINO_BF16: one(30)}, BF16),
        ({"precision": "fp32"}, FP32, {FP32: one(10), ONNX: one(12), INT8: one(25)}, ONNX),
        ({"precision": "int8"}, INT8, {FP32: one(40), INT8: one(25, good=False)}, INT8),
        ({"precision": "int8"}, INT8, {INT8: one(25, good=False), VINO: one(30)}, INT8),
        ({"precision": "int8"}, INT8, {INT8: one(25), VINO: one(30)}, VINO),
        ({}, VINO, {FP32: one(10), INT8: one(25)}, VINO),  # could not be compared
        ({}, ONNX, {FP32: one(10), INT8: one(25)}, INT8),
        ({"runtime": "torch"}, FP32, {FP32: one(10), ONNX: one(99), INT8: one(99)}, FP32),
        ({"runtime": "onnx"}, FP32, {FP32: one(10), ONNX: one(9), INT8: one(25)}, INT8),
    ],
)
def test_which_way_is_chosen(
    wish: dict[str, Any], current: Way, found: dict[Way, Any], chosen: Way
) -> None:
    assert choose(ModelConfig(**wish), current, found)[0] == chosen


def test_a_kind_that_has_a_set_is_not_taken_over() -> None:
    found = {FP32: one(10), ONNX: one(12), INT8: one(25)}
    assert choose(ModelConfig(), FP32, found, {"int8"})[0] == ONNX
