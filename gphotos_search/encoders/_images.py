"""Image towers through torch and transformers: loaded without the text half, run in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gphotos_search.encoders._checkpoint import Checkpoint
from gphotos_search.encoders._device import dtype
from gphotos_search.encoders._unit import unit
from gphotos_search.errors import ModelUnavailable

if TYPE_CHECKING:
    import torch

    Module = torch.nn.Module
    LoadTower = Callable[[Checkpoint], "Features"]

Array = NDArray[np.float32]
PARITY = 0.999  # the least cosine to fp32 that a faster precision must keep


class Features:
    """One tensor of a transformers output: calling it maps pixels (n, 3, h, w) to (n, dim)."""

    def __init__(self, model: Module, output: str) -> None:
        self.model, self._output = model, output

    def to(self, device: str, dtype: torch.dtype) -> None:
        self.model.eval().to(device=device, dtype=dtype)

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = getattr(self.model(pixel_values=pixels), self._output)
        return features


class ImageTower(Protocol):
    """A loaded tower; `encode` gives unit rows, in the order given."""

    def encode(self, pixels: Sequence[NDArray[Any]]) -> Array: ...


class TorchTower:
    """A tower of transformers on its device."""

    def __init__(self, features: Features, device: str, precision: str) -> None:
        self._features, self._device, self._dtype = features, device, dtype(precision)
        features.to(device, self._dtype)

    def encode(self, pixels: Sequence[NDArray[Any]]) -> Array:
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(np.stack(pixels))
            if self._device.startswith("cuda"):  # pinned pages are copied without the processor
                batch = batch.pin_memory()
            batch = batch.to(self._device, self._dtype, non_blocking=True)
            rows: Array = self._features(batch).float().cpu().numpy()
        return unit(rows)


def parity(
    features: Features, device: str, precision: str, pixels: Sequence[NDArray[Any]]
) -> float:
    """The least cosine between fp32 and `precision` over these pictures. Leaves it so."""
    exact = TorchTower(features, device, "fp32").encode(pixels)
    close = TorchTower(features, device, precision).encode(pixels)
    return float((exact * close).sum(axis=1).min())


def pretrained(kind: Any, checkpoint: Checkpoint, read_config: Callable[[], Any]) -> Module:
    """A transformers model class filled from the checkpoint; other tensors are never read.

    Raises ModelUnavailable when the files are damaged or lack a tensor: transformers would fill
    the gap with random numbers.
    """
    safetensors = checkpoint.weights[0].suffix == ".safetensors"
    try:
        with _quiet():
            model, report = kind.from_pretrained(
                checkpoint.folder,
                config=read_config(),
                dtype=dtype("fp32"),  # else a half precision checkpoint stays half precision
                use_safetensors=safetensors,
                weights_only=True,
                local_files_only=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
    except Exception as problem:  # safetensors, pickle and torch each raise their own
        raise _damaged(checkpoint, str(problem)) from problem
    if gaps := sorted(report["missing_keys"]):
        raise _damaged(checkpoint, f"it lacks {gaps[0]}")
    loaded: Module = model
    return loaded


def _damaged(checkpoint: Checkpoint, reason: str) -> ModelUnavailable:
    first = (reason.strip().splitlines() or ["unknown reason"])[0]
    return ModelUnavailable(
        f'The model "{checkpoint.name}" in {checkpoint.folder} cannot be loaded: {first}.',
        advice="Delete that folder and run the command again, or copy the model anew.",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """transformers reports the text half as unexpected and draws a bar; both mislead here."""
    from transformers.utils import logging as untyped

    logging: Any = untyped
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
