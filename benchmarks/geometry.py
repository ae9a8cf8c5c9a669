"""CLIP B/32 with random weights: the true shape and so the true speed, without a download."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VOCABULARY = {"<|startoftext|>": 0, "<|endoftext|>": 1}  # of no words: nobody asks it anything
PREPROCESSOR = {
    "do_resize": True,
    "size": {"shortest_edge": 224},
    "resample": 3,
    "do_center_crop": True,
    "crop_size": {"height": 224, "width": 224},
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    "do_convert_rgb": True,
    "image_processor_type": "CLIPImageProcessor",
}


def save_clip_b32(folder: Path) -> Path:
    """Write a checkpoint folder of CLIP ViT-B/32 (151 M parameters, seed 0), as fp32."""
    import torch
    from transformers import CLIPConfig, CLIPModel
    from transformers.utils import logging as talk

    quiet: Any = talk
    quiet.disable_progress_bar()
    quiet.set_verbosity_error()
    torch.manual_seed(0)
    model: Any = CLIPModel(CLIPConfig())
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR))
    (folder / "vocab.json").write_text(json.dumps(VOCABULARY))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return folder
