"""Tensors from the older format, pytorch_model.bin, without torch and without running anything.

The file is a zip: data.pkl describes the tensors, data/<key> holds their bytes uncompressed. The
unpickler below knows the three names that such a description needs and refuses every other, as
torch's own `weights_only` does. A file from before that layout (torch 1.6) is left to torch.
"""

from __future__ import annotations

import collections
import pickle
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

STORAGES = {
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "DoubleStorage": "<f8",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
}


def tensors(file: Path, prefix: str) -> dict[str, tuple[NDArray[Any], bool]]:
    """Arrays whose name begins with `prefix`, and whether each holds bfloat16 as whole numbers.

    Raises pickle.UnpicklingError for a description that names anything but tensors, ValueError,
    KeyError, OSError and zipfile.BadZipFile for a damaged file.
    """
    with zipfile.ZipFile(file) as archive:
        listed = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        root = listed.removesuffix("data.pkl")
        with archive.open(listed) as stream:
            described = _Unpickler(stream).load()
        chosen = {name: value for name, value in described.items() if name.startswith(prefix)}
        return {name: _filled(archive, root, tensor) for name, tensor in chosen.items()}


class _Storage:
    def __init__(self, key: str, kind: str) -> None:
        self.key, self.kind = key, kind


class _Tensor:
    """A view that a description asks for; no bytes are read before it is wanted."""

    def __init__(
        self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
    ) -> None:
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides


def _rebuild(storage: _Storage, offset: int, shape: Any, strides: Any, *_: object) -> _Tensor:
    return _Tensor(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(stream)

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch" and name in STORAGES:
            return name
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no tensor")

    def persistent_load(self, pid: Any) -> _Storage:
        _, kind, key, *_ = pid
        return _Storage(str(key), str(kind))


def _filled(archive: zipfile.ZipFile, root: str, tensor: _Tensor) -> tuple[NDArray[Any], bool]:
    kind = tensor.storage.kind
    flat = np.frombuffer(archive.read(f"{root}data/{tensor.storage.key}"), STORAGES[kind])
    pairs = zip(tensor.shape, tensor.strides, strict=True)
    last = tensor.offset + sum((size - 1) * stride for size, stride in pairs)
    if tensor.offset < 0 or min(tensor.strides, default=0) < 0 or last >= max(flat.size, 1):
        raise ValueError("a tensor reaches beyond its data")
    steps = tuple(stride * flat.itemsize for stride in tensor.strides)
    array = np.lib.stride_tricks.as_strided(flat[tensor.offset :], tensor.shape, steps)
    return np.ascontiguousarray(array), kind == "BFloat16Storage"
