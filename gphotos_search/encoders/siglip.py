"""SigLIP checkpoints (`SiglipModel`), and the SigLIP 2 checkpoints of fixed resolution.

Both say "siglip" in their config.json. Those of SigLIP 2 with flexible resolution ("siglip2")
want pictures in patches of varying number and are not among them.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gphotos_search.config import ModelConfig
from gphotos_search.encoders._checkpoint import Checkpoint, text_settings
from gphotos_search.encoders._pixels import preprocessing
from gphotos_search.encoders._two_towers import TwoTowers

if TYPE_CHECKING:
    from gphotos_search.encoders._images import Features
    from gphotos_search.encoders.base import Encoder

# What config.json and preprocessor_config.json may leave out (transformers,
# configuration_siglip.py and image_processing_siglip.py).
TEXT_DEFAULTS = {
    "hidden_size": 768,
    "num_attention_heads": 12,
    "hidden_act": "gelu_pytorch_tanh",
    "layer_norm_eps": 1e-6,
    "max_position_embeddings": 64,
    "pad_token_id": 1,
}
PICTURE_DEFAULTS = {
    "size": {"height": 224, "width": 224},
    "resample": 3,
    "rescale_factor": 1 / 255,
    "image_mean": (0.5, 0.5, 0.5),
    "image_std": (0.5, 0.5, 0.5),
}
PUNCTUATION = str.maketrans("", "", string.punctuation)


def open_encoder(
    model: ModelConfig, checkpoint: Checkpoint, words: Checkpoint | None = None
) -> Encoder:
    """An Encoder over one SigLIP checkpoint; neither tower is loaded yet."""
    settings = text_settings(checkpoint, TEXT_DEFAULTS)
    return TwoTowers(
        "siglip",
        model,
        checkpoint,
        dim=int(settings.get("projection_size") or settings["hidden_size"]),
        preprocessing=preprocessing(checkpoint, PICTURE_DEFAULTS),
        load_images=load_images,
        load_texts=lambda: SiglipText(checkpoint),
        words=words,
    )


def load_images(checkpoint: Checkpoint) -> Features:
    from transformers import SiglipConfig, SiglipVisionModel

    from gphotos_search.encoders._images import Features, pretrained

    def read_config() -> object:
        return SiglipConfig.from_pretrained(checkpoint.folder).vision_config

    tower = pretrained(SiglipVisionModel, checkpoint, read_config)
    return Features(tower, "pooler_output")


class SiglipText:
    """Texts to features (n, dim): a tower that looks both ways, read at its last position.

    It was trained on lower-case texts filled up to the full length, so it must see them so.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        from gphotos_search.encoders._numpy_text import Shape, TextTransformer
        from gphotos_search.encoders._tensors import Weights
        from gphotos_search.encoders._tokens import Tokens, pad_token

        settings = text_settings(checkpoint, TEXT_DEFAULTS)
        weights = Weights(checkpoint.weights, "text_model.")
        tokenizer = checkpoint.settings("tokenizer_config.json").get("tokenizer_class", "")
        # The first SigLIP's tokenizer drops punctuation, SigLIP 2's (Gemma's) keeps it.
        self._bare = str(tokenizer).startswith("SiglipTokenizer")
        self._tokens = Tokens(
            checkpoint,
            int(settings["max_position_embeddings"]),
            pad=pad_token(checkpoint, int(settings["pad_token_id"])),
        )
        self._tower = TextTransformer(weights, Shape.read(settings, causal=False))
        self._head = weights["text_model.head.weight"]
        self._bias = weights["text_model.head.bias"]

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        hidden = self._tower(self._tokens([self._plain(text) for text in texts]))
        features: NDArray[np.float32] = hidden[:, -1] @ self._head.T + self._bias
        return features

    def _plain(self, text: str) -> str:
        lower = text.lower()
        return " ".join(lower.translate(PUNCTUATION).split()) if self._bare else lower
