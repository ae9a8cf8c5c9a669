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
    """Safe to call from several threads."""

    def __init__(self, file: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that wait by spinning take the cores that decode the next pictures.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"]
        )

    def encode(self, pixels: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        return unit(self._session.run([OUTPUT], {INPUT: np.stack(pixels)})[0])
