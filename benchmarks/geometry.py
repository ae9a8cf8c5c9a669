"""CLIP B/32 with random weights: the true shape and so the true speed, without a download.

The tokenizer has CLIP's true size as well, with made-up syllables for its merges: a query costs
what it costs, and means nothing.

    python -m benchmarks.geometry FOLDER 224
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from string import ascii_lowercase
from typing import Any

MERGES = 49_152 - 256 - 2  # of CLIP's 49,408 tokens, beside 512 for bytes and 2 marks
START, END = "<|startoftext|>", "<|endoftext|>"
CLOSED = "</w>"  # what the last token of a word ends with
PREPROCESSOR = {
    "do_resize": True,
    "resample": 3,
    "do_center_crop": True,
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    "do_convert_rgb": True,
    "image_processor_type": "CLIPImageProcessor",
}


def save_clip_b32(folder: Path, *, side: int = 224) -> Path:
    """Write a checkpoint folder of CLIP ViT-B/32 (151 M parameters, seed 0), as fp32.

    `side` is that of the pictures it reads: 224 (OpenAI's and LAION's) or 256 (DataComp's).
    """
    import torch
    from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig
    from transformers.utils import logging as talk

    quiet: Any = talk
    quiet.disable_progress_bar()
    quiet.set_verbosity_error()
    torch.manual_seed(0)
    config = CLIPConfig(
        text_config=CLIPTextConfig(bos_token_id=49_406, eos_token_id=49_407),
        vision_config=CLIPVisionConfig(image_size=side),
    )
    model: Any = CLIPModel(config)
    model.save_pretrained(folder)
    settings = PREPROCESSOR | {
        "size": {"shortest_edge": side},
        "crop_size": {"height": side, "width": side},
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    _save_tokenizer(folder)
    return folder


def syllables(count: int = MERGES) -> Iterator[tuple[str, str]]:
    """The first `count` pairs of a merge list: two letters, then three, then four."""
    pairs = (
        (("".join(stem)), letter + end)
        for length in (1, 2, 3)
        for stem in itertools.product(ascii_lowercase, repeat=length)
        for letter in ascii_lowercase
        for end in ("", CLOSED)
    )
    return itertools.islice(pairs, count)


def _save_tokenizer(folder: Path) -> None:
    """The two files of the original tokenizer, and what transformers makes of them."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTokenizer

    letters = sorted(ByteLevel.alphabet())
    merges = list(syllables())
    tokens = [*letters, *(letter + CLOSED for letter in letters), *map("".join, merges), START, END]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    made: Any = CLIPTokenizer  # its annotation allows lists of strings only, its code pairs
    made(vocab=vocabulary, merges=merges, model_max_length=77).save_pretrained(folder)


if __name__ == "__main__":
    save_clip_b32(Path(sys.argv[1]), side=int(sys.argv[2]))
