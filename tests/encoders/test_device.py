"""Device and precision: chosen from what the machine has, and kept by the pin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gphotos_search.config import ModelConfig
from gphotos_search.encoders import _device, open_encoder
from gphotos_search.encoders._images import PARITY, TorchTower, parity
from gphotos_search.encoders._two_towers import TwoTowers
from gphotos_search.errors import ModelUnavailable
from tests import tiny
from tests.contracts.encoder import TEXTS, agree, pictures


def opened(folder: Path, resolved: str | None = None, **settings: str) -> TwoTowers:
    model = ModelConfig(**{"name": str(folder), "device": "cpu", **settings})  # type: ignore[arg-type]
    encoder = open_encoder(model, resolved=resolved)
    assert isinstance(encoder, TwoTowers)
    return encoder


@pytest.mark.parametrize(
    "text, expected",
    [
        ("processor : 0\nflags\t\t: fpu avx2 amx_bf16\n\nprocessor : 1\n", True),
        ("processor : 0\nflags\t\t: fpu avx512_bf16\n", True),
        ("processor : 0\nFeatures\t: fp asimd bf16\n", True),
        ("processor : 0\nflags\t\t: fpu avx2 avx512f\n", False),
        ("", False),
    ],
)
def test_cpu_flags_say_whether_bf16_is_fast(text: str, expected: bool, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert bool(_device.BF16_FLAGS & _device.cpu_flags(tmp_path / "cpuinfo")) is expected
    assert _device.cpu_flags(tmp_path / "nowhere") == set()


@pytest.mark.parametrize("fast, expected", [(set(), "fp32"), ({"amx_bf16"}, "bf16")])
def test_auto_takes_bf16_only_where_it_is_fast(
    fast: set[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_device, "cpu_flags", lambda: fast)
    encoder = opened(tiny.clip(tmp_path / "model"))
    assert encoder.id.endswith(f":{expected}")


def test_the_pin_keeps_the_precision_on_another_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny.clip(tmp_path / "model")
    monkeypatch.setattr(_device, "cpu_flags", lambda: {"amx_bf16"})
    first = opened(folder)
    monkeypatch.setattr(_device, "cpu_flags", set)
    assert opened(folder, resolved=first.pin).id == first.id
    assert opened(folder, resolved="nonsense").id != first.id
    asked = opened(folder, resolved=first.pin, precision="fp32")
    assert asked.id.endswith(":fp32")  # a setting wins over the pin


def test_bf16_stays_close_to_fp32_and_a_bad_precision_is_seen(tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "model")
    encoder = opened(folder, precision="fp32")
    pixels = [encoder.prepare(image) for image in pictures()]
    features = encoder._load_images(encoder._checkpoint)
    assert parity(features, "cpu", "bf16", pixels) >= PARITY
    broken = encoder._load_images(encoder._checkpoint)
    broken.to = lambda device, dtype: scramble(broken.model, dtype)  # type: ignore[method-assign]
    assert parity(broken, "cpu", "bf16", pixels) < PARITY
    tower = TorchTower(encoder._load_images(encoder._checkpoint), "cpu", "bf16")
    assert tower.encode(pixels).dtype == np.float32


def scramble(model: torch.nn.Module, dtype: torch.dtype) -> None:
    model.to(dtype=dtype)
    if dtype is torch.bfloat16:
        for weights in model.parameters():
            weights.data = torch.roll(weights.data, 1)


def test_moving_a_folder_keeps_its_id_and_changing_it_does_not(tmp_path: Path) -> None:
    first = opened(tiny.clip(tmp_path / "a" / "model"))
    moved = (tmp_path / "a" / "model").rename(tmp_path / "model")
    again = opened(moved)
    assert again.id == first.id
    other = opened(tiny.clip(tmp_path / "b" / "model", seed=1))
    assert other.id != first.id
    with pytest.raises(ModelUnavailable):
        first.encode_images([np.zeros((3, 32, 32), np.float32)])
    assert not agree(again.encode_texts(TEXTS), other.encode_texts(TEXTS))
