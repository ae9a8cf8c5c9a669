"""Weights in either format, whole, damaged and hostile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from gphotos_search.errors import ModelUnavailable
from tests import tiny
from tests.contracts.encoder import TEXTS
from tests.encoders.test_families import opened


@pytest.mark.parametrize("cut", [0, 5, 400, 90_000])
def test_damaged_weights_are_said(cut: int, tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "model")
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(ModelUnavailable, match="damaged"):
        opened(folder).encode_texts(["cat"])
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        opened(folder).encode_images([np.zeros((3, 32, 32), np.float32)])


def test_a_checkpoint_that_asks_to_run_code_is_refused(tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    torch.save({"text_model.x": Path("/")}, folder / "pytorch_model.bin")  # an object, not a tensor
    with pytest.raises(ModelUnavailable, match="damaged"):
        opened(folder).encode_texts(["cat"])
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        opened(folder).encode_images([np.zeros((3, 32, 32), np.float32)])


def stored(folder: Path, **options: Any) -> Path:
    """The checkpoint's weights in the older format."""
    state = load_file(folder / "model.safetensors")
    if options.pop("half", False):
        state = {name: tensor.bfloat16() for name, tensor in state.items()}
    whole = torch.cat([torch.zeros(3), *(tensor.float().flatten() for tensor in state.values())])
    if options.pop("views", False):  # all tensors parts of one storage, one of them transposed
        at = 3
        for name, tensor in state.items():
            state[name] = whole[at : at + tensor.numel()].view(tensor.shape)
            at += tensor.numel()
        state["text_projection.weight"] = state["text_projection.weight"].T.contiguous().T
    torch.save(state, folder / "pytorch_model.bin", **options)
    (folder / "model.safetensors").unlink()
    return folder


@pytest.mark.parametrize(
    "options",
    [{}, {"half": True}, {"views": True}, {"_use_new_zipfile_serialization": False}],
    ids=["plain", "bf16", "views", "before torch 1.6"],
)
def test_the_older_format_holds_the_same_tensors(options: dict[str, Any], tmp_path: Path) -> None:
    before = opened(tiny.clip(tmp_path / "a")).encode_texts(TEXTS)
    after = opened(stored(tiny.clip(tmp_path / "b"), **options)).encode_texts(TEXTS)
    assert (before * after).sum(axis=1).min() >= (0.999 if options.get("half") else 0.9999999)


@pytest.mark.parametrize("cut", [50, 9000, 100_000])
def test_the_older_format_damaged_is_said(cut: int, tmp_path: Path) -> None:
    file = stored(tiny.clip(tmp_path / "model")) / "pytorch_model.bin"
    data = file.read_bytes()
    for damaged in (data[:cut], data[:cut] + bytes(40) + data[cut + 40 :]):
        file.write_bytes(damaged)
        with pytest.raises(ModelUnavailable, match="damaged"):
            opened(tmp_path / "model").encode_texts(["cat"])
