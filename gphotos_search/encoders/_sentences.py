"""Another text tower for the same space (`model.text_name`): words of many languages for CLIP.

Such towers come from sentence-transformers: DistilBERT, the mean over the words, and a projection
into the space of a CLIP model; sentence-transformers/clip-ViT-B-32-multilingual-v1 into that of
openai/clip-vit-base-patch32. The arithmetic is that of transformers' modeling_distilbert.py
(post-norm layers), here in numpy like the other text towers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gphotos_search.encoders._checkpoint import Checkpoint
from gphotos_search.encoders._layout import weight_files
from gphotos_search.encoders._numpy_text import Linear, Norm, gelu, linear, norm, softmax, split
from gphotos_search.encoders._tensors import Weights
from gphotos_search.encoders._tokens import Tokens
from gphotos_search.errors import UsageError

Array = NDArray[np.float32]
EPSILON = 1e-12
LONGEST = 128  # tokens, where sentence_bert_config.json does not say


class SentenceText:
    """Texts to features (n, dim). Raises UsageError when `dim` is not the projection's."""

    def __init__(self, checkpoint: Checkpoint, dim: int) -> None:
        weights = Weights(checkpoint.weights)
        start = "distilbert." if any(name.startswith("distilbert.") for name in weights) else ""
        count = int(checkpoint.config.get("n_layers", 6))
        heads = int(checkpoint.config.get("n_heads", 12))
        longest = checkpoint.settings("sentence_bert_config.json").get("max_seq_length") or LONGEST
        self._weights, self._table = weights, f"{start}embeddings.word_embeddings.weight"
        self._positions = weights[f"{start}embeddings.position_embeddings.weight"]
        self._norm = norm(weights, f"{start}embeddings.LayerNorm")
        self._layers = [
            Layer(weights, f"{start}transformer.layer.{n}", heads) for n in range(count)
        ]
        self._project = linear(Weights(weight_files(checkpoint.folder / "2_Dense")), "linear")
        self._tokens = Tokens(checkpoint, min(int(longest), len(self._positions)))
        if len(self._project.weight) != dim:
            raise UsageError(
                f'model.text_name "{checkpoint.name}" makes vectors of {len(self._project.weight)} '
                f"numbers, the pictures' have {dim}: it belongs to another model.",
                advice="Leave model.text_name empty, or set model.name to the model it was made "
                "for; docs/reference/models.md has a pair.",
            )

    def __call__(self, texts: Sequence[str]) -> Array:
        # One at a time: queries are few, and a mean over words must not see padding.
        return np.concatenate([self._one(text) for text in texts])

    def _one(self, text: str) -> Array:
        ids = self._tokens([text])
        hidden = self._weights.rows(self._table, ids) + self._positions[: ids.shape[1]]
        hidden = self._norm(hidden, EPSILON)
        for layer in self._layers:
            hidden = layer(hidden)
        mean: Array = hidden.mean(axis=1)
        return self._project(mean)


class Layer:
    def __init__(self, weights: Weights, name: str, heads: int) -> None:
        self._heads = heads
        parts = ("q_lin", "k_lin", "v_lin")
        self._parts: list[Linear] = [linear(weights, f"{name}.attention.{one}") for one in parts]
        self._out = linear(weights, f"{name}.attention.out_lin")
        self._after_attention: Norm = norm(weights, f"{name}.sa_layer_norm")
        self._widen = linear(weights, f"{name}.ffn.lin1")
        self._narrow = linear(weights, f"{name}.ffn.lin2")
        self._after_mlp: Norm = norm(weights, f"{name}.output_layer_norm")

    def __call__(self, x: Array) -> Array:
        query, key, value = (split(part(x), self._heads) for part in self._parts)
        scores = query @ key.transpose(0, 1, 3, 2) * np.float32(query.shape[-1] ** -0.5)
        mixed = (softmax(scores) @ value).transpose(0, 2, 1, 3).reshape(x.shape)
        x = self._after_attention(self._out(mixed) + x, EPSILON)
        return self._after_mlp(self._narrow(gelu(self._widen(x))) + x, EPSILON)
