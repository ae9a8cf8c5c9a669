"""The process that writes an image tower in another library's format: see _exports.py.

    python -m gphotos_search.encoders._export '{"kinds": ["onnx-int8"], "into": …}'

The graph is torch's own export of the transformers model; int8 is made of it for ONNX Runtime by
_int8.py (activations measured batch by batch) or for OpenVINO by NNCF (calibrated with pictures).
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from gphotos_search import parts
from gphotos_search.encoders import _ways
from gphotos_search.encoders._checkpoint import Checkpoint
from gphotos_search.encoders._exports import FILES, PARTIAL, finish, make_of
from gphotos_search.encoders._int8 import quantise
from gphotos_search.encoders._onnx import INPUT, OUTPUT
from gphotos_search.encoders._pixels import preprocessing

OPSET = 20  # the first that has Gelu as one operation
LARGEST_BATCH = 4096


def main(asked: dict[str, Any]) -> None:
    """Make the kinds asked for, one after the other; each appears when it is whole.

    The program begins once more after the graph: what torch and its exporter hold, some hundred
    megabytes, would lie under all that is made of it.
    """
    threading.Thread(target=_end_with, args=(asked["parent"],), daemon=True).start()
    logging.disable(logging.WARNING)
    into = Path(asked["into"])
    plain = Path(asked.get("graph") or into / "onnx-fp32")
    rest = [kind for kind in asked["kinds"] if kind != "onnx-fp32"]
    if "graph" not in asked:
        os.nice(5)
    if not plain.exists():
        again = json.dumps(asked | {"kinds": rest, "graph": str(_export(asked, into))})
        os.execv(sys.executable, [sys.executable, "-m", __spec__.name, again])
    for kind in rest:
        made = _part(into, kind)
        source, target = plain / FILES["onnx-fp32"], made / FILES[kind]
        if kind == "onnx-int8":
            quantise(source, target, whole_bits=_ways.fast_int8())
        else:
            _calibrate(source, target, Path(asked["pictures"]))
        finish(made, kind, make_of(kind, asked["revision"]))


def _export(asked: dict[str, Any], into: Path) -> Path:
    """Write the float graph; the folder it is in, which stays only if it was asked for."""
    folder = Path(asked["model"])
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    checkpoint = Checkpoint(asked["name"], folder, asked["revision"], config=config)
    plain = _part(into, "onnx-fp32")
    _save_graph(checkpoint, plain / FILES["onnx-fp32"])
    if "onnx-fp32" in asked["kinds"]:
        finish(plain, "onnx-fp32", make_of("onnx-fp32", checkpoint.revision))
        plain = into / "onnx-fp32"
    return plain


def _part(into: Path, kind: str) -> Path:
    part = into / f"{kind}.{os.getpid()}{PARTIAL}"
    part.mkdir()
    return part


def _end_with(parent: int) -> None:
    """Nobody waits for us any more once the process that began us is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _save_graph(checkpoint: Checkpoint, file: Path) -> None:
    import onnx
    import torch

    torch.set_num_threads(1)  # there is little to compute, and others need the processor
    family = parts.load("encoders", checkpoint.family)
    features = family.load_images(checkpoint)
    features.model.eval()

    class Tower(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = features.model

        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            rows: torch.Tensor = features(pixels)
            return rows

    prepared = preprocessing(checkpoint, family.PICTURE_DEFAULTS)
    height, width = prepared.shape
    batch = torch.export.Dim("batch", min=1, max=LARGEST_BATCH)
    torch.onnx.export(
        Tower().eval(),
        (torch.zeros(2, 3, height, width),),
        file,
        input_names=[INPUT],
        output_names=[OUTPUT],
        opset_version=OPSET,
        dynamo=True,
        dynamic_shapes={"pixels": {0: batch}},
        external_data=True,
        verbose=False,
    )
    # The exporter notes shapes for transposed weights that onnx's own inference then contradicts.
    graph = onnx.load(file, load_external_data=False)
    del graph.graph.value_info[:]
    onnx.save(graph, file)


def _calibrate(source: Path, target: Path, pictures: Path) -> None:
    import nncf
    import numpy as np
    import openvino

    pixels = np.load(pictures, mmap_mode="r")
    model = openvino.Core().read_model(source)
    made: Any = nncf.quantize(
        model,
        nncf.Dataset([one[None] for one in pixels]),
        model_type=nncf.ModelType.TRANSFORMER,
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(pixels),
    )
    openvino.save_model(made, target, compress_to_fp16=False)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
