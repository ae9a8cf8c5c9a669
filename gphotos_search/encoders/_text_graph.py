"""The layers of a text tower in ONNX Runtime: for a process that stays and is asked again.

The graph is written down from the numpy tower's own layers, and its weights are the mapped tensors
themselves: there is no exported file that could be stale. Packing the weights for its kernels takes
some hundred milliseconds, so a single question is answered sooner by numpy. On one core of a
processor with AVX2 a question of six tokens then takes CLIP B/32 12 ms, and numpy 29.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gphotos_search.encoders._numpy_text import Array, Layer, Layers, Linear, Norm

INPUT, MASK, OUTPUT = "embedded", "mask", "hidden"
OPSET, IR = 20, 10  # the first with Gelu as one operation, and the oldest format that knows it
SMALL = 1 << 16  # bytes: up to here numbers are written into the graph itself


class TextGraph:
    """The same as the `Layers` it is made of; safe to call from several threads."""

    def __init__(self, layers: Layers) -> None:
        graph = _Graph(layers)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # two are no faster for some words: memory is the limit
        options.log_severity_level = 3
        # What the session does not pack it reads here: these stay as long as it does.
        self._held = graph.large
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(each) for each in self._held.values()]
        options.add_external_initializers(list(self._held), values)
        self._session = onnxruntime.InferenceSession(
            graph.serialised(), options, providers=["CPUExecutionProvider"]
        )
        self._values = values

    def __call__(self, embedded: Array, mask: Array) -> Array:
        hidden: Array = self._session.run([OUTPUT], {INPUT: embedded, MASK: mask})[0]
        return hidden


class _Graph:
    """Operations in the order in which they run; a method adds some and names their result.

    Between the first and the last one the words of all texts are rows of one matrix.
    """

    def __init__(self, layers: Layers) -> None:
        self.large: dict[str, NDArray[Any]] = {}
        self._nodes: list[Any] = []
        self._initializers: list[Any] = []
        self._shape, self._width = layers.shape, layers.final.weight.size
        size = self._width // layers.shape.heads
        self._put("scale", np.float32(size**-0.5))
        self._put("steepness", np.float32(1.702))
        self._put("flat", np.array([-1, self._width]))
        self._put("per head", np.array([layers.shape.heads, size]))
        self._add("Shape", [INPUT], "shape")
        self._add("Shape", [INPUT], "texts and length", end=2)
        self._add("Concat", ["texts and length", "per head"], "heads", axis=0)
        x = self._add("Reshape", [INPUT, "flat"], "rows")
        for number, layer in enumerate(layers.layers):
            x = self._layer(x, layer, f"{number}")
        self._add("Reshape", [self._norm(x, layers.final, "final"), "shape"], OUTPUT)

    def serialised(self) -> bytes:
        """The graph as ONNX writes it, without the large tensors."""
        rows: list[str | int] = ["texts", "length", self._width]
        told = {INPUT: rows, MASK: rows[1:2] * 2, OUTPUT: rows}
        embedded, mask, hidden = (
            helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
            for name, dims in told.items()
        )
        graph = helper.make_graph(
            self._nodes, "text", [embedded, mask], [hidden], self._initializers
        )
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR)
        written: bytes = model.SerializeToString()
        return written

    def _layer(self, x: str, layer: Layer, name: str) -> str:
        mixed = self._attend(self._norm(x, layer.before_attention, f"{name} a"), layer, name)
        x = self._add("Add", [x, mixed], f"{name} middle")
        inner = self._linear(self._norm(x, layer.before_mlp, f"{name} b"), layer.widen, f"{name} w")
        inner = self._linear(self._activate(inner), layer.narrow, f"{name} n")
        return self._add("Add", [x, inner], f"{name} end")

    def _attend(self, x: str, layer: Layer, name: str) -> str:
        query = self._heads(x, layer.query, f"{name} query", (0, 2, 1, 3))
        key = self._heads(x, layer.key, f"{name} key", (0, 2, 3, 1))
        value = self._heads(x, layer.value, f"{name} value", (0, 2, 1, 3))
        scores = self._add("MatMul", [query, key], f"{name} products")
        scores = self._add("Mul", [scores, "scale"], f"{name} scaled")
        scores = self._add("Add", [scores, MASK], f"{name} masked")
        shares = self._add("Softmax", [scores], f"{name} shares", axis=-1)
        mixed = self._add("MatMul", [shares, value], f"{name} mixed")
        mixed = self._add("Transpose", [mixed], f"{name} turned", perm=(0, 2, 1, 3))
        return self._linear(self._add("Reshape", [mixed, "flat"], f"{name} o"), layer.out, name)

    def _heads(self, x: str, part: Linear, name: str, order: Sequence[int]) -> str:
        split = self._add("Reshape", [self._linear(x, part, name), "heads"], f"{name} split")
        return self._add("Transpose", [split], f"{name} turned", perm=order)

    def _activate(self, x: str) -> str:
        if self._shape.activation == "quick_gelu":
            gate = self._add("Mul", [x, "steepness"], f"{x} steep")
            return self._add("Mul", [x, self._add("Sigmoid", [gate], f"{x} gate")], f"{x} gelu")
        how = "none" if self._shape.activation == "gelu" else "tanh"
        return self._add("Gelu", [x], f"{x} gelu", approximate=how)

    def _linear(self, x: str, part: Linear, name: str) -> str:
        inputs = [x, self._put(f"{name} weight", part.weight)]
        if part.bias is not None:
            inputs.append(self._put(f"{name} bias", part.bias))
        return self._add("Gemm", inputs, f"{name} product", transB=1)  # torch stores (out, in)

    def _norm(self, x: str, part: Norm, name: str) -> str:
        weight, bias = (
            self._put(f"{name} {what}", getattr(part, what)) for what in ("weight", "bias")
        )
        inputs, epsilon = [x, weight, bias], self._shape.epsilon
        return self._add("LayerNormalization", inputs, f"{name} norm", epsilon=epsilon)

    def _add(self, operation: str, inputs: Sequence[str], name: str, **settings: Any) -> str:
        self._nodes.append(helper.make_node(operation, inputs, [name], **settings))
        return name

    def _put(self, name: str, numbers: Any) -> str:
        numbers = np.ascontiguousarray(numbers)
        if numbers.nbytes <= SMALL:
            self._initializers.append(numpy_helper.from_array(numbers, name))
        else:
            tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=numbers.shape)
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value="given to the session")
            self._initializers.append(tensor)
            self.large[name] = numbers
        return name
