"""An exported image tower, run by OpenVINO on the processor."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gphotos_search.encoders._unit import unit

HINTS = {"fp32": "f32", "bf16": "bf16"}  # int8: what is left in float, as the processor likes it


class OpenVinoTower:
    """Safe to call from several threads, one after the other."""

    def __init__(self, file: Path, precision: str, threads: int) -> None:
        import openvino

        settings: dict[str, Any] = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
        }
        if precision in HINTS:
            settings["INFERENCE_PRECISION_HINT"] = HINTS[precision]
        core = openvino.Core()
        self._request = core.compile_model(
            core.read_model(file), "CPU", settings
        ).create_infer_request()
        self._lock = threading.Lock()

    def encode(self, pixels: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        with self._lock:
            features = self._request.infer({0: np.stack(pixels)})[0]
            return unit(np.array(features, np.float32))
