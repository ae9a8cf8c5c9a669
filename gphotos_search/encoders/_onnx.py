"""An exported image tower, run by ONNX Runtime on the processor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gphotos_search.encoders._unit import unit

INPUT, OUTPUT = "pixels", "features"


class OnnxTower:
    """Safe to call from several threads.

    With `alone` pictures are run one by one. In 8 bits the range of the activations is measured
    over all that runs together, so a picture's vector would depend on its neighbours (cosine 0.9992
    between two runs of the demo's encoder); it was measured to be no slower.
    """

    def __init__(self, file: Path, threads: int, *, alone: bool = False) -> None:
        import onnxruntime

        self._alone = alone

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that wait by spinning take the cores that decode the next pictures.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"]
        )

    def encode(self, pixels: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        size = 1 if self._alone else len(pixels)
        parts = [np.stack(pixels[at : at + size]) for at in range(0, len(pixels), size)]
        rows = [self._session.run([OUTPUT], {INPUT: part})[0] for part in parts]
        return unit(np.concatenate(rows))
