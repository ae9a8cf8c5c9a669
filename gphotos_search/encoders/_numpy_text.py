"""The text towers of CLIP and SigLIP in numpy: a query needs neither torch nor transformers.

Importing those two takes seconds, running a query through the tower milliseconds. The arithmetic
is that of transformers' modeling_clip.py and modeling_siglip.py (pre-norm layers); tests hold the
two together to a cosine of 0.9999 and far better.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gphotos_search.encoders._tensors import Weights
from gphotos_search.encoders._unit import unit
from gphotos_search.errors import ModelUnavailable

Array = NDArray[np.float32]
Ids = NDArray[np.int64]

QUICK_AT = 2  # the run after which ONNX Runtime gets ready to take over: the process stays
AGREE = 0.9999  # cosine of every hidden state; the two are the same arithmetic in float32
QUICKENS = "text tower"  # the name of the thread that gets it ready

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shape:
    """What config.json says about a text tower and the tensors do not."""

    heads: int
    activation: str
    epsilon: float
    causal: bool

    @staticmethod
    def read(settings: Mapping[str, Any], *, causal: bool) -> Shape:
        """Raises ModelUnavailable for an activation this release does not know."""
        activation = str(settings["hidden_act"])
        if activation not in ACTIVATIONS:
            raise ModelUnavailable(
                f"The model's text tower uses {activation}, which this release cannot compute."
            )
        heads, epsilon = settings["num_attention_heads"], settings["layer_norm_eps"]
        return Shape(int(heads), activation, float(epsilon), causal)


class TextTransformer:
    """Token ids of one length in, hidden states after the final norm out: (n, length, width).

    A process that asks again is answered by ONNX Runtime as soon as it is ready and was seen to
    agree. Safe to call from several threads.
    """

    def __init__(self, weights: Weights, shape: Shape, prefix: str = "text_model.") -> None:
        self._weights, self._prefix = weights, prefix
        layers = tuple(self._layer(n, shape) for n in range(self._count()))
        plain = Layers(layers, norm(weights, f"{prefix}final_layer_norm"), shape)
        self._plain = plain
        self._compute: Callable[[Array, Array], Array] = plain
        self._positions = weights[f"{prefix}embeddings.position_embedding.weight"]
        self._runs = count(1)

    def __call__(self, ids: Ids) -> Array:
        table = f"{self._prefix}embeddings.token_embedding.weight"
        length = ids.shape[1]
        embedded = self._weights.rows(table, ids) + self._positions[:length]
        mask = np.zeros((length, length), np.float32)
        if self._plain.shape.causal:
            mask += np.triu(np.full((length, length), -np.inf, np.float32), 1)
        hidden = self._compute(embedded, mask)
        if next(self._runs) == QUICK_AT:
            # A process that ends waits for it: a daemon (as threads of daemons are) that is left
            # behind in a library's C++ brings the process down instead.
            threading.Thread(
                target=self._quicken, args=(embedded, mask, hidden), name=QUICKENS, daemon=False
            ).start()
        return hidden

    def _quicken(self, embedded: Array, mask: Array, hidden: Array) -> None:
        try:
            from gphotos_search.encoders._text_graph import TextGraph

            quick = TextGraph(self._plain)
            cosines = np.sum(unit(quick(embedded, mask)) * unit(hidden), axis=-1)
        except Exception:  # ONNX Runtime raises its own, and numpy can go on
            log.warning("ONNX Runtime cannot run the text tower", exc_info=True)
            return
        if cosines.min() < AGREE:
            log.warning("ONNX Runtime computes the text tower otherwise: %.5f", cosines.min())
            return
        self._compute = quick
        self._weights.release_pages()

    def _count(self) -> int:
        start = f"{self._prefix}encoder.layers."
        numbers = (name[len(start) :].split(".")[0] for name in self._weights if start in name)
        return max((int(number) for number in numbers), default=-1) + 1

    def _layer(self, number: int, shape: Shape) -> Layer:
        start = f"{self._prefix}encoder.layers.{number}"
        return Layer(
            before_attention=norm(self._weights, f"{start}.layer_norm1"),
            query=linear(self._weights, f"{start}.self_attn.q_proj"),
            key=linear(self._weights, f"{start}.self_attn.k_proj"),
            value=linear(self._weights, f"{start}.self_attn.v_proj"),
            out=linear(self._weights, f"{start}.self_attn.out_proj"),
            before_mlp=norm(self._weights, f"{start}.layer_norm2"),
            widen=linear(self._weights, f"{start}.mlp.fc1"),
            narrow=linear(self._weights, f"{start}.mlp.fc2"),
            shape=shape,
        )


@dataclass(frozen=True, slots=True)
class Linear:
    weight: Array  # (out, in), as torch stores it
    bias: Array | None

    def __call__(self, x: Array) -> Array:
        # One matrix product over all rows: numpy's batched matmul does not reach BLAS's speed.
        flat = x.reshape(-1, x.shape[-1]) @ self.weight.T
        if self.bias is not None:
            flat += self.bias
        return flat.reshape(*x.shape[:-1], -1)


@dataclass(frozen=True, slots=True)
class Norm:
    weight: Array
    bias: Array

    def __call__(self, x: Array, epsilon: float) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        scaled: Array = centred / np.sqrt(variance + np.float32(epsilon))
        return scaled * self.weight + self.bias


@dataclass(frozen=True, slots=True)
class Layer:
    before_attention: Norm
    query: Linear
    key: Linear
    value: Linear
    out: Linear
    before_mlp: Norm
    widen: Linear
    narrow: Linear
    shape: Shape

    def __call__(self, hidden: Array, mask: Array) -> Array:
        epsilon = self.shape.epsilon
        hidden = hidden + self._attend(self.before_attention(hidden, epsilon), mask)
        inner = self.widen(self.before_mlp(hidden, epsilon))
        return hidden + self.narrow(ACTIVATIONS[self.shape.activation](inner))

    def _attend(self, x: Array, mask: Array) -> Array:
        heads = self.shape.heads
        query, key, value = (split(part(x), heads) for part in (self.query, self.key, self.value))
        scores = query @ key.transpose(0, 1, 3, 2) * np.float32(query.shape[-1] ** -0.5)
        mixed = softmax(scores + mask) @ value
        return self.out(mixed.transpose(0, 2, 1, 3).reshape(x.shape))


@dataclass(frozen=True, slots=True)
class Layers:
    """What a text tower does with embedded words (n, length, width) under a mask that is added."""

    layers: tuple[Layer, ...]
    final: Norm
    shape: Shape

    def __call__(self, embedded: Array, mask: Array) -> Array:
        hidden = embedded
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return self.final(hidden, self.shape.epsilon)


def split(x: Array, heads: int) -> Array:
    """(n, length, width) to (n, heads, length, width / heads)."""
    n, length, width = x.shape
    return x.reshape(n, length, heads, width // heads).transpose(0, 2, 1, 3)


def softmax(scores: Array) -> Array:
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    total: Array = exponents.sum(axis=-1, keepdims=True)
    shares: Array = exponents / total
    return shares


def erf(x: Array) -> Array:
    """Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: error below 1.5e-7."""
    positive = np.abs(x)
    t = np.float32(1) / (np.float32(1) + np.float32(0.3275911) * positive)
    series = np.float32(1.061405429) * t
    for term in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(term)) * t
    value: Array = np.copysign(np.float32(1) - series * np.exp(-positive * positive), x)
    return value


def quick_gelu(x: Array) -> Array:
    with np.errstate(over="ignore"):  # exp(large) is inf, and x / inf the right 0
        value: Array = x / (np.float32(1) + np.exp(np.float32(-1.702) * x))
    return value


def gelu(x: Array) -> Array:
    return np.float32(0.5) * x * (np.float32(1) + erf(x * np.float32(math.sqrt(0.5))))


def gelu_tanh(x: Array) -> Array:
    inner = np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x * x * x)
    value: Array = x * (np.float32(0.5) + np.float32(0.5) * np.tanh(inner))
    return value


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "quick_gelu": quick_gelu,
    "gelu": gelu,
    "gelu_new": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
}


def linear(weights: Weights, name: str) -> Linear:
    return Linear(weights[f"{name}.weight"], weights.get(f"{name}.bias"))


def norm(weights: Weights, name: str) -> Norm:
    return Norm(weights[f"{name}.weight"], weights[f"{name}.bias"])
