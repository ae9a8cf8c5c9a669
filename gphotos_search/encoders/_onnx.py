"""An exported image tower, run by ONNX Runtime on the processor."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gphotos_search.encoders._unit import unit

INPUT, OUTPUT = "pixels", "features"


class OnnxTower:
    """Safe to call from several threads.

    With `alone` each picture is run by itself, as many at once as there are threads. In 8 bits the
    range of the activations is measured over all that runs together, so a picture's vector would
    depend on its neighbours (cosine 0.9992 between two runs of the demo's encoder). On two cores
    with AVX2 that is a tenth faster than batches on both.
    """

    def __init__(self, file: Path, threads: int, *, alone: bool = False) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1 if alone else threads
        # Threads that wait by spinning take the cores that decode the next pictures.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"]
        )
        self._each = ThreadPoolExecutor(threads, "onnx") if alone else None

    def encode(self, pixels: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        if self._each is None:
            return unit(self._run(np.stack(pixels)))
        return unit(np.concatenate(list(self._each.map(self._run, (one[None] for one in pixels)))))

    def _run(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        rows: NDArray[np.float32] = self._session.run([OUTPUT], {INPUT: batch})[0]
        return rows
