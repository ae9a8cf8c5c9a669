"""Writes the encoder as a Hugging Face CLIP folder."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import CLIPModel

from training import network, tokens


def export(model: CLIPModel, tokenizer: Tokenizer, folder: Path) -> None:
    """config.json, model.safetensors (float16), tokenizer files, preprocessor_config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    for tensor in model.parameters():
        tensor.data = tensor.data.to(torch.float16)
    model.config.dtype = torch.float16
    model.save_pretrained(str(folder))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokens.save(tokenizer, folder)
    settings = {
        "image_processor_type": "CLIPImageProcessor",
        "do_convert_rgb": True,
        "do_resize": True,
        "size": {"shortest_edge": network.SIDE},
        "resample": 3,
        "do_center_crop": True,
        "crop_size": {"height": network.SIDE, "width": network.SIDE},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": network.MEAN,
        "image_std": network.STD,
    }
    (folder / "model.safetensors").chmod(0o644)
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
