"""Tiny CLIP and SigLIP checkpoints with random weights and a real byte-pair tokenizer.

Written with numpy alone, in the layout of a Hugging Face checkpoint, so that a test that only
encodes texts never waits for torch.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from gphotos_search.encoders._tokens import END, START

WORDS = ("snow", "ball", "fight", "cat", "dog", "birthday", "cake", "beach", "red", "car")
WIDTH, LAYERS, HEADS, DIM = 32, 2, 4, 24
Tensors = dict[str, NDArray[Any]]


def clip(
    folder: Path,
    *,
    image_size: int = 32,
    activation: str = "quick_gelu",
    legacy_end: bool = False,
    half: bool = False,
    longest: int = 16,
    seed: int = 0,
) -> Path:
    """A `CLIPModel` checkpoint: safetensors, tokenizer.json, preprocessor_config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = write_tokenizer(folder)
    shared = {"hidden_size": WIDTH, "intermediate_size": 2 * WIDTH, "hidden_act": activation}
    shared |= {"num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "layer_norm_eps": 1e-5}
    text = {"vocab_size": len(vocabulary), "max_position_embeddings": longest}
    text |= {"bos_token_id": vocabulary[START], "pad_token_id": vocabulary[END]}
    text |= {"eos_token_id": 2 if legacy_end else vocabulary[END]}
    vision = {"image_size": image_size, "patch_size": 8}
    _write(
        folder / "config.json",
        model_type="clip",
        architectures=["CLIPModel"],
        projection_dim=DIM,
        text_config={**shared, **text},
        vision_config={**shared, **vision},
    )
    _write(
        folder / "preprocessor_config.json",
        image_processor_type="CLIPImageProcessor",
        size={"shortest_edge": image_size},
        crop_size={"height": image_size, "width": image_size},
        do_resize=True,
        do_center_crop=True,
        do_rescale=True,
        do_normalize=True,
        do_convert_rgb=True,
        resample=3,
        rescale_factor=1 / 255,
        image_mean=[0.48145466, 0.4578275, 0.40821073],
        image_std=[0.26862954, 0.26130258, 0.27577711],
    )
    made = _Random(seed)
    tensors = made.text(len(vocabulary), longest) | made.vision((image_size // 8) ** 2 + 1)
    tensors |= {
        "logit_scale": np.full((), 4.6, np.float32),
        "vision_model.embeddings.class_embedding": made.array(WIDTH),
        **made.norm("vision_model.pre_layrnorm"),
        "visual_projection.weight": made.array(DIM, WIDTH),
        "text_projection.weight": made.array(DIM, WIDTH),
    }
    return _save(folder, tensors, half)


def siglip(
    folder: Path, *, image_size: int = 32, longest: int = 12, half: bool = False, seed: int = 0
) -> Path:
    """A `SiglipModel` checkpoint, the layout of SigLIP and of SigLIP 2 at fixed resolution."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = write_tokenizer(folder)
    shared = {"hidden_size": WIDTH, "intermediate_size": 2 * WIDTH, "layer_norm_eps": 1e-6}
    shared |= {"num_hidden_layers": LAYERS, "num_attention_heads": HEADS}
    text = {"vocab_size": len(vocabulary), "max_position_embeddings": longest}
    _write(
        folder / "config.json",
        model_type="siglip",
        architectures=["SiglipModel"],
        text_config={**shared, **text},
        vision_config={**shared, "image_size": image_size, "patch_size": 8},
    )
    _write(
        folder / "preprocessor_config.json",
        image_processor_type="SiglipImageProcessor",
        size={"height": image_size, "width": image_size},
        do_resize=True,
        do_rescale=True,
        do_normalize=True,
        resample=2,
        rescale_factor=1 / 255,
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.5, 0.5, 0.5],
    )
    made = _Random(seed)
    tensors = made.text(len(vocabulary), longest) | made.vision((image_size // 8) ** 2)
    head = "vision_model.head"
    tensors |= {
        "vision_model.embeddings.patch_embedding.bias": made.array(WIDTH),
        "text_model.head.weight": made.array(WIDTH, WIDTH),
        "text_model.head.bias": made.array(WIDTH),
        "logit_scale": np.full(1, 4.6, np.float32),
        "logit_bias": np.full(1, -10, np.float32),
        f"{head}.probe": made.array(1, 1, WIDTH),
        f"{head}.attention.in_proj_weight": made.array(3 * WIDTH, WIDTH),
        f"{head}.attention.in_proj_bias": made.array(3 * WIDTH),
        **made.linear(f"{head}.attention.out_proj", WIDTH, WIDTH),
        **made.norm(f"{head}.layernorm"),
        **made.linear(f"{head}.mlp.fc1", 2 * WIDTH, WIDTH),
        **made.linear(f"{head}.mlp.fc2", WIDTH, 2 * WIDTH),
    }
    return _save(folder, tensors, half)


def sentences(folder: Path, *, dim: int = DIM, seed: int = 0) -> Path:
    """A text tower as sentence-transformers lays it out: DistilBERT and a projection."""
    (folder / "2_Dense").mkdir(parents=True, exist_ok=True)
    vocabulary = write_tokenizer(folder)
    (folder / "tokenizer_config.json").unlink()
    _write(
        folder / "config.json",
        model_type="distilbert",
        architectures=["DistilBertModel"],
        dim=WIDTH,
        hidden_dim=2 * WIDTH,
        n_layers=LAYERS,
        n_heads=HEADS,
        max_position_embeddings=40,
        vocab_size=len(vocabulary),
    )
    made = _Random(seed)
    tensors: Tensors = {
        "embeddings.word_embeddings.weight": made.array(len(vocabulary), WIDTH) * 4,
        "embeddings.position_embeddings.weight": made.array(40, WIDTH),
        **made.norm("embeddings.LayerNorm"),
    }
    for number in range(LAYERS):
        start = f"transformer.layer.{number}"
        for part in ("q_lin", "k_lin", "v_lin", "out_lin"):
            tensors |= made.linear(f"{start}.attention.{part}", WIDTH, WIDTH)
        tensors |= made.linear(f"{start}.ffn.lin1", 2 * WIDTH, WIDTH)
        tensors |= made.linear(f"{start}.ffn.lin2", WIDTH, 2 * WIDTH)
        tensors |= made.norm(f"{start}.sa_layer_norm") | made.norm(f"{start}.output_layer_norm")
    _save(folder / "2_Dense", {"linear.weight": made.array(dim, WIDTH)}, False)
    return _save(folder, tensors, False)


def write_tokenizer(folder: Path, *, older: bool = False) -> dict[str, int]:
    """CLIP's byte-pair encoding with a few merged words; `older` writes vocab and merges only."""
    from tokenizers import Tokenizer, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = [*letters, *(f"{letter}</w>" for letter in letters)]
    merges: list[tuple[str, str]] = []
    for word in WORDS:
        whole = word[0]
        for at, letter in enumerate(word[1:], 2):
            part = letter if at < len(word) else f"{letter}</w>"
            merges.append((whole, part))
            whole += part
            pieces.append(whole)
    vocabulary = {piece: n for n, piece in enumerate([*dict.fromkeys(pieces), START, END])}
    lines = dict.fromkeys(f"{left} {right}" for left, right in merges)
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *lines]), encoding="utf-8")
    if not older:
        from gphotos_search.encoders._checkpoint import Checkpoint
        from gphotos_search.encoders._tokens import _clip_tokenizer

        tokenizer: Tokenizer = _clip_tokenizer(Checkpoint("tiny", folder, ""))
        tokenizer.save(str(folder / "tokenizer.json"))
        for name in ("vocab.json", "merges.txt"):
            (folder / name).unlink()
        _write(folder / "tokenizer_config.json", tokenizer_class="CLIPTokenizer", pad_token=END)
    return vocabulary


class _Random:
    """Weights large enough that different inputs give clearly different vectors."""

    def __init__(self, seed: int) -> None:
        self._draw = np.random.default_rng(seed)

    def array(self, *shape: int) -> NDArray[np.float32]:
        scale = 1 / np.sqrt(shape[-1])
        return self._draw.normal(0, scale, shape).astype(np.float32)

    def linear(self, name: str, out: int, width: int) -> Tensors:
        return {f"{name}.weight": self.array(out, width), f"{name}.bias": self.array(out)}

    def norm(self, name: str) -> Tensors:
        return {f"{name}.weight": 1 + self.array(WIDTH), f"{name}.bias": self.array(WIDTH)}

    def layers(self, tower: str) -> Tensors:
        made: Tensors = {}
        for number in range(LAYERS):
            start = f"{tower}.encoder.layers.{number}"
            for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                made |= self.linear(f"{start}.self_attn.{part}", WIDTH, WIDTH)
            made |= self.norm(f"{start}.layer_norm1") | self.norm(f"{start}.layer_norm2")
            made |= self.linear(f"{start}.mlp.fc1", 2 * WIDTH, WIDTH)
            made |= self.linear(f"{start}.mlp.fc2", WIDTH, 2 * WIDTH)
        return made

    def text(self, words: int, longest: int) -> Tensors:
        table = "text_model.embeddings"
        return {
            f"{table}.token_embedding.weight": self.array(words, WIDTH) * 4,
            f"{table}.position_embedding.weight": self.array(longest, WIDTH),
            **self.layers("text_model"),
            **self.norm("text_model.final_layer_norm"),
        }

    def vision(self, positions: int) -> Tensors:
        table = "vision_model.embeddings"
        return {
            f"{table}.patch_embedding.weight": self.array(WIDTH, 3, 8, 8) * 0.3,
            f"{table}.position_embedding.weight": self.array(positions, WIDTH),
            **self.layers("vision_model"),
            **self.norm("vision_model.post_layernorm"),
        }


def _save(folder: Path, tensors: Tensors, half: bool) -> Path:
    kind = np.float16 if half else np.float32
    stored = {name: array.astype(kind) for name, array in tensors.items()}
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def _write(path: Path, **settings: Any) -> None:
    path.write_text(json.dumps(settings, indent=2), encoding="utf-8")
