"""Named weights as numpy arrays, mapped from the file where its format allows that.

A safetensors file is a little-endian length, that many bytes of JSON, then the raw arrays
(https://huggingface.co/docs/safetensors, "Format"). Reading it here costs no copy: a text query
touches only the pages of the tensors it needs.
"""

from __future__ import annotations

import json
import mmap
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gphotos_search.encoders._pickled import tensors
from gphotos_search.errors import ModelUnavailable

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4"}
LARGEST_HEADER = 100_000_000  # the format's own limit


class MissingTensor(ModelUnavailable, KeyError):
    """A tensor that the tower needs is in none of the files."""


class Weights(Mapping[str, NDArray[np.float32]]):
    """The tensors of a checkpoint whose name begins with `prefix`, as float32.

    Half precision is converted on access. Raises ModelUnavailable when a file is damaged.
    """

    def __init__(self, files: tuple[Path, ...], prefix: str = "") -> None:
        self._raw: dict[str, tuple[NDArray[Any], bool]] = {}  # array, and whether it is bfloat16
        self._maps: list[mmap.mmap] = []
        for file in files:
            if file.suffix == ".safetensors":
                mapped, found = _mapped(file, prefix)
                self._maps.append(mapped)
            else:
                found = _unpickled(file, prefix)
            self._raw.update(found)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return self.rows(name, slice(None))

    def rows(self, name: str, which: Any) -> NDArray[np.float32]:
        """Some rows only: an embedding table of 100 MB is not converted for ten words."""
        if name not in self._raw:
            raise MissingTensor(f"The model's weights lack {name}: it cannot be run here.")
        array, bfloat16 = self._raw[name]
        chosen = array[which]
        exact: NDArray[np.float32] = (
            (chosen.astype(np.uint32) << 16).view(np.float32)
            if bfloat16
            else chosen.astype(np.float32, copy=False)
        )
        return exact

    def release_pages(self) -> None:
        """Give back what was read of mapped files; what is used again is read again."""
        for mapped in self._maps:
            if hasattr(mmap, "MADV_DONTNEED"):  # not on every system
                mapped.madvise(mmap.MADV_DONTNEED)

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


def _mapped(file: Path, prefix: str) -> tuple[mmap.mmap, dict[str, tuple[NDArray[Any], bool]]]:
    try:
        with file.open("rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            if size > LARGEST_HEADER:
                raise ValueError("its header is too large")
            header = json.loads(stream.read(size))
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        data = np.frombuffer(mapped, np.uint8, offset=8 + size)
        header.pop("__metadata__", None)
        wanted = (name for name in header if name.startswith(prefix))
        return mapped, {name: _view(data, header[name]) for name in wanted}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise _damaged(file, problem) from problem


def _view(data: NDArray[np.uint8], entry: Mapping[str, Any]) -> tuple[NDArray[Any], bool]:
    kind = entry["dtype"]
    start, end = entry["data_offsets"]
    if not 0 <= start <= end <= data.size:
        raise ValueError("it is shorter than its header says")
    if kind not in TYPES:
        return np.empty(0, np.float32), False  # quantised extras that no tower here reads
    raw = np.frombuffer(data[start:end], dtype=TYPES[kind])
    return raw.reshape(entry["shape"]), kind == "BF16"


def _unpickled(file: Path, prefix: str) -> dict[str, tuple[NDArray[Any], bool]]:
    """The older format: a zip, or, before torch 1.6, something only torch reads."""
    try:
        if zipfile.is_zipfile(file):
            return tensors(file, prefix)
        import torch

        state = torch.load(file, map_location="cpu", weights_only=True)
        wanted = (name for name in state if name.startswith(prefix))
        return {name: (state[name].float().numpy(), False) for name in wanted}
    except Exception as problem:  # pickles that ask to run code, zips and torch raise their own
        raise _damaged(file, problem) from problem


def _damaged(file: Path, problem: Exception) -> ModelUnavailable:
    reason = str(problem).strip().splitlines() or [type(problem).__name__]
    return ModelUnavailable(
        f"The model's weights cannot be read: {file} is damaged ({reason[0]}).",
        advice="Delete that file and run the command again, or copy it anew.",
    )
