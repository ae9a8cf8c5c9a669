"""An exported float graph made into one whose large products are of 8-bit numbers.

Each product of activations x with weights W becomes, by ONNX's own operators,

    q, s, z = DynamicQuantizeLinear(x);  y = MatMulInteger(q, W8, z) * (s * scale of each column)

so activations are measured batch by batch and need no calibration. It is what ONNX Runtime's
`quantize_dynamic(per_channel=True)` writes, tensor by tensor: that one holds the weights several
times over, and takes a quarter of a minute. The first layer stays in float: most of the error
would be made there, and little of the time is spent there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def quantise(source: Path, target: Path, *, whole_bits: bool) -> None:
    """Without `whole_bits` weights have 7 bits: AVX2 adds two products in 16, which overflow."""
    import onnx
    from onnx import external_data_helper as external
    from onnx import helper, numpy_helper

    made = onnx.load(source, load_external_data=False)
    graph = made.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    products = [
        node for node in graph.node if node.op_type == "MatMul" and node.input[1] in weights
    ]
    softmaxes = sum(node.op_type == "Softmax" for node in graph.node)
    first = round(len(products) / max(softmaxes, 1))  # layers are alike, and each has one
    chosen = {node.name for node in products[first:]}
    small: dict[str, Any] = {}
    nodes = []
    for node in graph.node:
        if node.name not in chosen:
            nodes.append(node)
            continue
        activations, name = node.input
        if name not in small:
            tensor = weights[name]
            if external.uses_external_data(tensor):
                external.load_external_data_for_tensor(tensor, str(source.parent))
            packed, scale = per_column(numpy_helper.to_array(tensor), 127 if whole_bits else 63)
            tensor.ClearField("raw_data")
            small[name] = numpy_helper.from_array(packed, f"{name}.int8")
            graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
        seen = f"{activations}.seen"
        ranged = [seen, f"{activations}.step", f"{activations}.zero"]
        if not any(seen in one.output for one in nodes):
            nodes.append(helper.make_node("DynamicQuantizeLinear", [activations], ranged))
        own = node.output[0]
        whole, real, step = f"{own}.whole", f"{own}.real", f"{own}.step"
        nodes += [
            helper.make_node("MatMulInteger", [seen, f"{name}.int8", ranged[2]], [whole]),
            helper.make_node("Cast", [whole], [real], to=onnx.TensorProto.FLOAT),
            helper.make_node("Mul", [ranged[1], f"{name}.scale"], [step]),
            helper.make_node("Mul", [real, step], [own]),
        ]
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    for tensor in kept:
        if external.uses_external_data(tensor):
            external.load_external_data_for_tensor(tensor, str(source.parent))
            tensor.ClearField("data_location")
            tensor.ClearField("external_data")
    del graph.initializer[:]
    graph.initializer.extend([*kept, *small.values()])
    onnx.save(made, target)


def per_column(weights: NDArray[Any], largest: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(in, out) float → (in, out) int8 within ± `largest`, and what one step is in each column."""
    scale = np.abs(weights).max(axis=0) / largest
    scale = np.where(scale > 0, scale, 1).astype(np.float32)
    packed = np.rint(weights / scale).clip(-largest, largest).astype(np.int8)
    return packed, scale
