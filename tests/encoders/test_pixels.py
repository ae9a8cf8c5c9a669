"""Our few lines of preprocessing against the checkpoint's own processor, pixel by pixel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gphotos_search.embed.images import open_picture
from gphotos_search.encoders._checkpoint import Checkpoint
from gphotos_search.encoders._pixels import Preprocessing, preprocessing
from gphotos_search.encoders.clip import PICTURE_DEFAULTS
from gphotos_search.errors import ModelUnavailable
from tests.embed.test_images import saved

CLIP = {
    "size": {"shortest_edge": 64},
    "crop_size": {"height": 64, "width": 64},
    "do_center_crop": True,
    "resample": 3,
}
VARIANTS: dict[str, dict[str, Any]] = {
    "clip": CLIP,
    "numbers alone": {**CLIP, "size": 64, "crop_size": 64},
    "crop smaller": {**CLIP, "size": {"shortest_edge": 80}},
    "crop larger, odd": {**CLIP, "crop_size": {"height": 71, "width": 68}},
    "lanczos": {**CLIP, "resample": 1},
    "bilinear": {**CLIP, "resample": 2},
    "square": {"size": {"height": 64, "width": 48}, "do_center_crop": False, "resample": 2},
    "unnormalised": {**CLIP, "do_normalize": False},
    "raw levels": {**CLIP, "do_rescale": False, "do_normalize": False},
}


def written(folder: Path, asked: dict[str, Any]) -> Preprocessing:
    (folder / "preprocessor_config.json").write_text(json.dumps(asked))
    return preprocessing(Checkpoint("tiny", folder, ""), PICTURE_DEFAULTS)


def reference(asked: dict[str, Any], image: Image.Image) -> Any:
    processor: Any = transformers.CLIPImageProcessorPil(**asked)
    return processor(images=image, return_tensors="np")["pixel_values"][0]


def photo(width: int, height: int, seed: int = 0) -> Image.Image:
    """Noise of every scale at once, as photographs have it."""
    draw = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for cells in (2, 5, 17, 60, 200):
        grain = Image.fromarray(draw.integers(0, 256, (cells, cells, 3), np.uint8))
        total += np.asarray(grain.resize((width, height), Image.Resampling.BICUBIC), np.float32)
    return Image.fromarray((total / 5).astype(np.uint8))


def levels(difference: Any, asked: dict[str, Any]) -> float:
    """A difference of prepared pixels in levels of 255."""
    raw = not asked.get("do_rescale", True)
    plain = not asked.get("do_normalize", True)
    smallest_std = 1.0 if plain else 0.26130258
    return float(np.abs(difference).max() * smallest_std * (1 if raw else 255))


@pytest.mark.parametrize("name", VARIANTS)
def test_equals_the_processor(name: str, tmp_path: Path) -> None:
    asked = VARIANTS[name]
    prepare = written(tmp_path, asked)
    for size in ((683, 512), (427, 640), (300, 401), (64, 64), (40, 31), (1, 1), (31, 60)):
        image = photo(*size)
        ours, theirs = prepare(image), reference(asked, image)
        assert ours.shape == theirs.shape
        assert levels(ours - theirs, asked) <= 0.01, size


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.integers(1, 400))
def test_equals_the_processor_at_any_size(width: int, height: int) -> None:
    prepare = Preprocessing(64, (64, 64), Image.Resampling.BICUBIC, (1.0,) * 3, (0.0,) * 3)
    asked = {**CLIP, "do_rescale": False, "do_normalize": False}
    image = photo(width, height)
    difference = np.abs(prepare(image) - reference(asked, image))
    assert difference.max() <= (0 if max(width, height) <= 2 * min(width, height) else 12)
    assert difference.mean() <= 1


def test_a_drafted_jpeg_stays_close(tmp_path: Path) -> None:
    """Decoding at a fraction is a decision of ours: twice the wanted pixels keep it harmless."""
    prepare = written(tmp_path, CLIP)
    data = saved(photo(1600, 1200), "JPEG", quality=90)
    small = open_picture(data, short_side=2 * prepare.short_side)
    assert small.size == (200, 150)
    difference = prepare(small) - reference(CLIP, open_picture(data, short_side=1200))
    assert np.abs(difference).mean() * 255 * 0.2689 <= 1.0


def test_a_panorama_of_any_length_costs_no_more(tmp_path: Path) -> None:
    prepare = written(tmp_path, CLIP)
    assert prepare(Image.new("RGB", (1, 60_000))).shape == (3, 64, 64)  # whole: 3.8 M rows


def test_settings_are_found_in_the_newer_file_or_the_defaults(tmp_path: Path) -> None:
    checkpoint = Checkpoint("tiny", tmp_path, "")
    assert preprocessing(checkpoint, PICTURE_DEFAULTS).resize == 224
    newer = {"image_processor": CLIP, "processor_class": "CLIPProcessor"}
    (tmp_path / "processor_config.json").write_text(json.dumps(newer))
    assert preprocessing(checkpoint, PICTURE_DEFAULTS).resize == 64


@pytest.mark.parametrize(
    "asked",
    [{"do_center_crop": False}, {"size": {"shortest_edge": 9, "longest_edge": 20}}, {"size": {}}],
)
def test_pictures_of_unequal_shape_are_refused(asked: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="prepares pictures"):
        written(tmp_path, asked)
