"""Which way pictures are encoded in: what config, machine, pin and earlier trials have to say."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gphotos_search import models, precision
from gphotos_search.catalog import sources
from gphotos_search.config import ModelConfig
from gphotos_search.encoders import _device, _trial, _ways
from gphotos_search.encoders._ways import Way
from gphotos_search.errors import ConfigError, ModelUnavailable
from gphotos_search.media import FEATURES
from tests.catalog.filled import add, fresh
from tests.stage import AUTO, BAD, BF16, FILES, FP32, INT8, ONNX, VINO, Stage, play


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    catalog = fresh(tmp_path / "data")
    made = Stage(catalog)
    play(made, monkeypatch)
    yield made
    catalog.close()


def wish(**settings: Any) -> ModelConfig:
    return replace(AUTO, **settings)


def accelerated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_device, "device_name", lambda asked: "cpu" if asked == "cpu" else "cuda")


def test_int8_of_two_libraries_never_shares_a_set(stage: Stage) -> None:
    stage.ways, stage.errors[INT8] = [FP32, INT8, VINO], BAD
    encoder = stage.run()
    assert encoder.way == VINO
    assert encoder.id.endswith(":openvino-int8")
    stage.hold(encoder)
    stage.files -= {"openvino-int8"}  # or the extra was removed
    again = stage.open()
    assert again.way == FP32
    assert stage.held(again.id) == 3  # fp32 agreed with it
    by_onnx = stage.open(wish(precision="int8"))
    assert by_onnx.way == INT8
    assert stage.held(by_onnx.id) == 0  # which agreed with nothing
    assert models.filling(stage.catalog) is not None


def test_a_wish_for_int8_changes_its_library_only_where_both_agree(stage: Stage) -> None:
    wished = wish(precision="int8")
    stage.ways, stage.errors[INT8] = [INT8, VINO], BAD
    assert stage.run(wished).way == INT8
    assert stage.row()["why"].startswith("int8 by ONNX Runtime differs from fp32 (cosine 0.9")
    stage.errors.clear()
    stage.row(again="")
    assert stage.run(wished).way == VINO
    assert stage.open(wished).way == VINO


@pytest.mark.parametrize(
    "pinned, settings, way",
    [
        ("int8", {}, INT8),
        ("int8", {"runtime": "torch"}, FP32),
        ("int8", {"runtime": "onnx"}, INT8),
        ("int8", {"device": "auto"}, FP32),
        ("bf16", {"runtime": "onnx"}, ONNX),
        ("bf16", {"runtime": "openvino"}, Way("openvino", "bf16")),
        ("bf16", {"device": "auto"}, BF16),
        ("openvino-int8", {}, VINO),
        ("openvino-int8", {"runtime": "onnx"}, ONNX),
        ("fp32", {"precision": "int8", "runtime": "openvino"}, VINO),
    ],
)
def test_a_pin_is_used_where_config_and_device_can(
    pinned: str,
    settings: dict[str, Any],
    way: Way,
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accelerated(monkeypatch)
    stage.pin(pinned)
    assert stage.open(wish(**settings)).way == way


def test_a_search_keeps_the_precision_whatever_the_runtime(stage: Stage) -> None:
    stage.pin("int8")
    encoder = stage.open()
    active = models.active(stage.catalog)
    assert active is not None
    asked = wish(runtime="torch", device="cuda")
    assert models.for_search(asked, active, say=stage.said.append).id == encoder.id


def test_another_device_is_another_machine(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.run()
    accelerated(monkeypatch)
    on_gpu = wish(device="auto")
    assert _ways.machine(on_gpu) != _ways.machine(AUTO)
    stage.ways = [FP32, BF16]
    assert stage.run(on_gpu).way == BF16  # compared anew, and without int8


def test_int8_off_the_processor_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    accelerated(monkeypatch)
    with pytest.raises(ConfigError, match="int8 is computed on the processor only"):
        _ways.check(wish(precision="int8", device="cuda"))
    _ways.check(wish(precision="int8"))


def test_a_bug_in_a_trial_ends_no_run_and_is_not_met_again(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.trouble[FP32] = MemoryError("CUDA out of memory")
    with caplog.at_level(logging.ERROR):
        assert stage.run().way == FP32
    assert caplog.records[0].exc_info
    assert stage.told()["why"] == "the comparison failed: CUDA out of memory"
    stage.trouble.clear()
    stage.run()
    assert not stage.runs
    stage.row(again="2020-01-01T00:00:00Z")  # the next day
    assert stage.run().way == INT8


def test_the_batch_is_measured_or_as_wished_and_kept(stage: Stage) -> None:
    stage.run(wish(batch_size=3))
    assert {batches for _, batches in stage.runs} == {(3,)}
    stage.row(again="")
    best = stage.run().batch_size
    assert {batches for _, batches in stage.runs} == {_trial.BATCHES["cpu"]}
    stage.row(batch=best + 1)
    assert stage.open().batch_size == best + 1
    assert stage.open(wish(batch_size=5)).batch_size == 5
    stage.row(machine="another")
    assert stage.open().batch_size == _device.BATCH["cpu"]


def test_a_wish_does_not_outlive_itself(stage: Stage) -> None:
    assert stage.open(wish(precision="int8")).way == INT8
    assert stage.open().way == FP32
    stage.hold(stage.run())  # of its own, auto goes to int8
    for settings in ({"precision": "fp32"}, {"runtime": "torch"}):
        wished = stage.open(wish(**settings))
        assert (wished.way, stage.held(wished.id)) == (FP32, 3)
        again = stage.open()
        assert (again.way, stage.held(again.id)) == (INT8, 3)
        assert stage.told()["runtime"] == "onnx"


def test_leaving_a_wish_embeds_nothing_anew_where_its_vectors_agree(stage: Stage) -> None:
    stage.ways = [INT8]  # no choice, but a comparison
    stage.hold(stage.run(wish(precision="int8")))
    again = stage.open()
    assert (again.way, stage.held(again.id)) == (FP32, 3)


def test_what_differs_on_these_pictures_is_left(stage: Stage) -> None:
    stage.pin("bf16")
    stage.hold(stage.open())
    stage.ways, stage.errors[BF16] = [FP32, BF16, ONNX], BAD
    encoder = stage.run()
    assert encoder.way == BF16  # to the end of this run
    assert "The next run begins to embed every photo anew in fp32 by ONNX" in stage.said[-1]
    told = precision.describe(stage.catalog, encoder.id)
    assert told["precision"] == "bf16"
    assert told["why"].startswith("until all are embedded in fp32 by ONNX Runtime: bf16 by torch")
    anew = stage.open()
    assert (anew.way, stage.held(anew.id), stage.held(encoder.id)) == (ONNX, 0, 3)
    assert models.filling(stage.catalog) is not None


def test_imported_features_are_not_left_behind(stage: Stage) -> None:
    stage.pin("bf16")
    stage.hold(stage.open())
    with stage.catalog.transaction() as tx:
        sources.ensure(tx, "photos", FEATURES, "default")
    stage.ways, stage.errors[BF16] = [FP32, BF16], BAD
    assert stage.run().way == BF16
    assert stage.told()["why"].endswith("but imported features stay with it")
    assert stage.open().way == BF16


def test_a_full_disk_is_no_last_word(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.files.clear()
    full = SimpleNamespace(free=1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    assert stage.run().way == FP32
    tried = {one["precision"]: one for one in stage.told()["tried"]}
    assert "MB have to be free on the disk of" in tried["int8"]["reason"]
    exports = stage.open().exports
    assert exports is not None
    with pytest.raises(ModelUnavailable, match="MB have to be free"):
        exports.make("onnx-int8")
    stage.files |= set(FILES)
    stage.run()
    assert not stage.runs  # not each time anew
    stage.row(again="2020-01-01T00:00:00Z")
    assert stage.run().way == INT8


def test_status_names_the_way_in_use_also_when_its_file_is_gone(stage: Stage) -> None:
    stage.ways = [FP32, ONNX]
    assert stage.run().way == ONNX
    assert stage.open().way == ONNX
    assert stage.told()["runtime"] == "onnx"
    stage.files.clear()  # as after `rm -r runtimes`
    assert stage.open().way == FP32
    assert stage.told()["runtime"] == "torch"
    assert "fp32 by ONNX Runtime cannot be used now" in stage.told()["why"]
    stage.files |= set(FILES)
    assert stage.run().way == ONNX  # compared anew
    wished = stage.open(wish(runtime="torch"))
    told = precision.describe(stage.catalog, wished.id)
    assert (told["runtime"], told["why"]) == ("torch", precision.WISHED)
    stage.run()
    assert not stage.runs  # it is known already
    assert stage.told()["runtime"] == "onnx"


def test_features_whose_model_is_not_here_were_computed_elsewhere(stage: Stage) -> None:
    assert precision.describe(stage.catalog, "features:openai/clip-vit-base-patch32") == {}


@pytest.mark.parametrize("still", ["paused", "features", "read"])
def test_only_what_a_run_reads_is_work(still: str, stage: Stage) -> None:
    with stage.catalog.transaction() as tx:
        add(tx, range(200))
        if still == "paused":
            sources.pause(tx, sources.ensure(tx, "photos", "folder", "default").id, True)
        if still == "features":
            sources.ensure(tx, "photos", FEATURES, "default")
    stage.run(worth=150)
    assert bool(stage.runs) == (still == "read")
