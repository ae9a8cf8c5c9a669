"""An exported float graph made into one whose large products are of 8-bit numbers.

Each product of activations x with weights W becomes, by ONNX's own operators,

    q, s, z = DynamicQuantizeLinear(x);  y = MatMulInteger(q, W8, z) * (s * scale of each column)

so activations are measured batch by batch and need no calibration. It is what ONNX Runtime's
`quantize_dynamic(per_channel=True)` writes, tensor by tensor: that one holds the weights several
times over, and takes a quarter of a minute. The first layer stays in float: most of the error
would be made there, and little of the time is spent there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def quantise(source: Path, target: Path, *, whole_bits: bool) -> None:
    """Without `whole_bits` weights have 7 bits: AVX2 adds two products in 16, which overflow."""
    import onnx
    from onnx import numpy_helper

    made = onnx.load(source, load_external_data=False)
    weights = {tensor.name: tensor for tensor in made.graph.initializer}
    chosen = _inner_products(made.graph.node, weights)
    nodes = list(_with_whole_numbers(made.graph.node, chosen))
    del made.graph.node[:]
    made.graph.node.extend(nodes)
    for name in dict.fromkeys(chosen.values()):
        floats = _numbers(weights[name], source.parent)
        packed, scale = per_column(floats, 127 if whole_bits else 63)
        made.graph.initializer.append(numpy_helper.from_array(packed, f"{name}.int8"))
        made.graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
    _take_in(made.graph, {name for node in nodes for name in node.input}, source.parent)
    onnx.save(made, target)


def per_column(weights: NDArray[Any], largest: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(in, out) float → (in, out) int8 within ± `largest`, and what one step is in each column."""
    scale = np.abs(weights).max(axis=0) / largest
    scale = np.where(scale > 0, scale, 1).astype(np.float32)
    packed = np.rint(weights / scale).clip(-largest, largest).astype(np.int8)
    return packed, scale


def _inner_products(nodes: Any, weights: dict[str, Any]) -> dict[str, str]:
    """Products with weights after the first layer: the name of each node, and of its weights."""
    products = [node for node in nodes if node.op_type == "MatMul" and node.input[1] in weights]
    softmaxes = sum(node.op_type == "Softmax" for node in nodes)
    first = round(len(products) / max(softmaxes, 1))  # layers are alike, and each has one
    return {node.name: node.input[1] for node in products[first:]}


def _with_whole_numbers(nodes: Any, chosen: dict[str, str]) -> Iterator[Any]:
    """The nodes, those that are `chosen` replaced by what computes them in whole numbers."""
    import onnx
    from onnx import helper

    ranged = set()
    for node in nodes:
        if node.name not in chosen:
            yield node
            continue
        activations, name = node.input
        seen, step, zero = (f"{activations}.{what}" for what in ("seen", "step", "zero"))
        if seen not in ranged:  # three products read the same ones
            ranged.add(seen)
            yield helper.make_node("DynamicQuantizeLinear", [activations], [seen, step, zero])
        own = node.output[0]
        whole, real, factor = f"{own}.whole", f"{own}.real", f"{own}.step"
        yield helper.make_node("MatMulInteger", [seen, f"{name}.int8", zero], [whole])
        yield helper.make_node("Cast", [whole], [real], to=onnx.TensorProto.FLOAT)
        yield helper.make_node("Mul", [step, f"{name}.scale"], [factor])
        yield helper.make_node("Mul", [real, factor], [own])


def _numbers(tensor: Any, folder: Path) -> NDArray[Any]:
    """Mapped where they lie in a file: memory that a message once took it keeps to its end."""
    from onnx import helper, numpy_helper
    from onnx.external_data_helper import ExternalDataInfo, uses_external_data

    if not uses_external_data(tensor):
        return numpy_helper.to_array(tensor)
    told = ExternalDataInfo(tensor)
    kind = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    return np.memmap(
        folder / told.location, kind, "r", offset=told.offset or 0, shape=tuple(tensor.dims)
    )


def _take_in(graph: Any, used: set[str], folder: Path) -> None:
    """Leave only tensors that are used, and those inside the graph."""
    from onnx import external_data_helper as external

    for at in reversed(range(len(graph.initializer))):
        tensor = graph.initializer[at]
        if tensor.name not in used:
            del graph.initializer[at]
        elif external.uses_external_data(tensor):
            external.load_external_data_for_tensor(tensor, str(folder))
            tensor.ClearField("data_location")
            tensor.ClearField("external_data")
