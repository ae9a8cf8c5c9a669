"""CLIP checkpoints in Hugging Face's format (`CLIPModel`): OpenAI's, LAION's, and the demo's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gphotos_search.config import ModelConfig
from gphotos_search.encoders._checkpoint import Checkpoint, text_settings
from gphotos_search.encoders._pixels import CLIP_MEAN, CLIP_STD, preprocessing
from gphotos_search.encoders._two_towers import TwoTowers
from gphotos_search.errors import ModelUnavailable

if TYPE_CHECKING:
    from gphotos_search.encoders._images import Features
    from gphotos_search.encoders.base import Encoder

# What config.json and preprocessor_config.json may leave out (transformers, configuration_clip.py
# and image_processing_clip.py).
TEXT_DEFAULTS = {
    "num_attention_heads": 8,
    "hidden_act": "quick_gelu",
    "layer_norm_eps": 1e-5,
    "max_position_embeddings": 77,
    "eos_token_id": 49407,
}
PICTURE_DEFAULTS = {
    "size": {"shortest_edge": 224},
    "do_center_crop": True,
    "crop_size": {"height": 224, "width": 224},
    "resample": 3,
    "rescale_factor": 1 / 255,
    "image_mean": CLIP_MEAN,
    "image_std": CLIP_STD,
}
LEGACY_END = 2  # an old mistake in config.json: the end mark is then the highest id of the text


def open_encoder(
    model: ModelConfig, checkpoint: Checkpoint, words: Checkpoint | None = None
) -> Encoder:
    """An Encoder over one CLIP checkpoint; neither tower is loaded yet."""
    return TwoTowers(
        "clip",
        model,
        checkpoint,
        dim=int(checkpoint.config.get("projection_dim", 512)),
        preprocessing=preprocessing(checkpoint, PICTURE_DEFAULTS),
        load_images=load_images,
        load_texts=lambda: ClipText(checkpoint),
        words=words,
    )


def load_images(checkpoint: Checkpoint) -> Features:
    from transformers import CLIPConfig, CLIPVisionModelWithProjection

    from gphotos_search.encoders._images import Features, pretrained

    def read_config() -> Any:
        config = CLIPConfig.from_pretrained(checkpoint.folder)
        vision: Any = config.vision_config
        vision.projection_dim = config.projection_dim  # the part may not repeat it
        return vision

    tower = pretrained(CLIPVisionModelWithProjection, checkpoint, read_config)
    return Features(tower, "image_embeds")


class ClipText:
    """Texts to features (n, dim): a causal tower, read at the end mark of each text."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        from gphotos_search.encoders._numpy_text import Shape, TextTransformer
        from gphotos_search.encoders._tensors import Weights
        from gphotos_search.encoders._tokens import Tokens

        settings = text_settings(checkpoint, TEXT_DEFAULTS)
        weights = Weights(checkpoint.weights, "text_")
        self._name = checkpoint.name
        self._end = int(settings["eos_token_id"])
        self._tokens = Tokens(checkpoint, int(settings["max_position_embeddings"]))
        self._tower = TextTransformer(weights, Shape.read(settings, causal=True))
        self._projection = weights["text_projection.weight"]

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        ids = self._tokens(texts)
        hidden = self._tower(ids)
        features: NDArray[np.float32] = hidden[np.arange(len(ids)), self._ends(ids)]
        return features @ self._projection.T

    def _ends(self, ids: NDArray[np.int64]) -> NDArray[np.intp]:
        """Where each text ends, by the rule of modeling_clip.py."""
        legacy = self._end == LEGACY_END
        marks = ids == (ids.max(axis=1, keepdims=True) if legacy else self._end)
        if not marks.any(axis=1).all():
            raise ModelUnavailable(
                f'The model "{self._name}" contradicts itself: its config.json says that texts '
                f"end with token {self._end}, its tokenizer writes another one.",
                advice="Correct eos_token_id under text_config, or choose another model.name.",
            )
        first: NDArray[np.intp] = marks.argmax(axis=1)
        return first
