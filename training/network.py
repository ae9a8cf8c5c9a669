"""The encoder: a small CLIPModel, started so that it learns from few pictures."""

from __future__ import annotations

import math
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import unfold
from transformers import CLIPConfig, CLIPModel

from training.tokens import END, LENGTH, START

SIDE, PATCH, DIMENSIONS = 64, 16, 192
MEAN, STD = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)


def fresh(tokenizer: Tokenizer, sample: Tensor) -> CLIPModel:
    """An untrained model; `sample` (n, 3, SIDE, SIDE) are pictures that set the patch filters."""
    start, end = tokenizer.token_to_id(START), tokenizer.token_to_id(END)
    # fmt: off
    config = CLIPConfig(
        text_config={
            "vocab_size": tokenizer.get_vocab_size(), "hidden_size": 128, "intermediate_size": 512,
            "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": LENGTH,
            "hidden_act": "gelu", "projection_dim": DIMENSIONS,
            # The real ids: with the defaults every text of a small vocabulary pools one position.
            "bos_token_id": start, "eos_token_id": end, "pad_token_id": end,
        },
        vision_config={
            "hidden_size": 192, "intermediate_size": 768, "num_hidden_layers": 6,
            "num_attention_heads": 4, "image_size": SIDE, "patch_size": PATCH,
            "hidden_act": "gelu", "projection_dim": DIMENSIONS,
        },
        projection_dim=DIMENSIONS,
        logit_scale_init_value=math.log(16),
    )
    # fmt: on
    model = CLIPModel(config)
    with torch.no_grad():
        for tower in (model.vision_model, model.text_model):
            for layer in tower.encoder.layers:
                _start_layer(layer, tower.config.num_attention_heads)
        _start_patches(model.vision_model.embeddings, sample)
        for table in ("token_embedding", "position_embedding"):
            getattr(model.text_model.embeddings, table).weight.normal_(std=0.3)
        for head in (model.visual_projection, model.text_projection):
            head.weight.normal_(std=head.weight.shape[1] ** -0.5)
    return model


def normalized(pictures: Tensor) -> Tensor:
    """What preprocessor_config.json says, for pictures in 0..1."""
    return (pictures - MEAN[0]) / STD[0]


def _start_layer(layer: Any, heads: int) -> None:
    for matrix in layer.parameters():
        if matrix.dim() == 2:
            matrix.normal_(std=0.5 / math.sqrt(matrix.shape[1]))
    layer.mlp.fc2.weight.mul_(0.5)
    # Attention as trained transformers have it: queries meet like keys, and the output undoes a
    # part of the value (Trockman and Kolter, "Mimetic initialization", 2023).
    attention, width = layer.self_attn, layer.self_attn.q_proj.weight.shape[0]
    each = width // heads
    for head in range(heads):
        rows = slice(head * each, (head + 1) * each)
        left, size, right = torch.linalg.svd(_near_identity(width, 0.7, 0.7))
        root = size[:each].sqrt()
        attention.q_proj.weight[rows] = (left[:, :each] * root).T
        attention.k_proj.weight[rows] = (right[:each].T * root).T
    left, size, right = torch.linalg.svd(_near_identity(width, 0.4, -0.4))
    attention.v_proj.weight.copy_(size.sqrt()[:, None] * right)
    attention.out_proj.weight.copy_(left * size.sqrt())


def _near_identity(width: int, noise: float, share: float) -> Tensor:
    return noise * torch.randn(width, width) / math.sqrt(width) + share * torch.eye(width)


def _start_patches(embeddings: Any, sample: Tensor) -> None:
    """Patch filters are whitened principal components; positions are waves, as in ViT."""
    kernel = embeddings.patch_embedding.weight
    width = kernel.shape[0]
    patches = unfold(normalized(sample), PATCH, stride=PATCH).permute(0, 2, 1).flatten(0, 1)
    size, axes = torch.linalg.svd(patches - patches.mean(0), full_matrices=False)[1:]
    size = size / math.sqrt(len(patches))
    filters = axes[:width] / (size[:width, None] + 0.15 * size[0].sqrt())
    filters = torch.linalg.qr(torch.randn(width, width))[0] @ filters
    kernel.copy_((filters / (patches @ filters.T).std()).view_as(kernel))
    side = SIDE // PATCH
    row, column = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    pace = 100.0 ** -(torch.arange(width // 4) / (width // 4))
    angles = [axis.reshape(-1, 1) * pace for axis in (column, row)]
    waves = torch.cat([wave(each) for each in angles for wave in (torch.sin, torch.cos)], 1)
    positions = embeddings.position_embedding.weight
    positions.zero_()
    positions[1:] = waves @ torch.linalg.qr(torch.randn(width, width))[0] * 0.7
    embeddings.class_embedding.normal_(std=0.5)
