"""From the bytes of real photographs to vectors, against the Hugging Face pipeline."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image

from gphotos_search.config import ModelConfig
from gphotos_search.embed.images import open_picture
from gphotos_search.encoders import open_encoder
from tests import tiny

PHOTOGRAPHS = ("astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg")
SIZES = (512, 1600)  # as a server scales them, and large enough to be decoded at reduced scale
FOLDER = Path(skimage.data.__file__).parent


def jpegs() -> list[bytes]:
    made = []
    for name in PHOTOGRAPHS:
        for longest in SIZES:
            with Image.open(FOLDER / name) as picture:
                scale = longest / max(picture.size)
                size = (round(picture.width * scale), round(picture.height * scale))
                out = BytesIO()
                picture.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(
                    out, "JPEG", quality=90
                )
            made.append(out.getvalue())
    return made


def reference(checkpoint: Path, files: list[bytes]) -> Any:
    """Whole decode, the checkpoint's own processor, the whole model in float32."""
    import torch
    from transformers import CLIPImageProcessorPil, CLIPModel

    processor: Any = CLIPImageProcessorPil.from_pretrained(checkpoint)
    model: Any = CLIPModel.from_pretrained(checkpoint, dtype=torch.float32)
    pictures = [Image.open(BytesIO(file)).convert("RGB") for file in files]
    with torch.inference_mode():
        pixels = processor(images=pictures, return_tensors="pt")["pixel_values"]
        rows = model.get_image_features(pixel_values=pixels).pooler_output.numpy()
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    checkpoint = tiny.clip(tmp_path_factory.mktemp("clip"), image_size=224)
    files = jpegs()
    encoder = open_encoder(ModelConfig(name=str(checkpoint), precision="fp32"))
    pixels = [encoder.prepare(open_picture(file, short_side=encoder.short_side)) for file in files]
    return encoder.encode_images(pixels), reference(checkpoint, files)


def test_vectors_are_those_of_the_reference(vectors: tuple[Any, Any]) -> None:
    ours, theirs = vectors
    assert (ours * theirs).sum(axis=1).min() >= 0.9999


def test_they_tell_the_photographs_apart_as_the_reference_does(vectors: tuple[Any, Any]) -> None:
    # Random weights put all pictures close together: what is left without the mean is stricter.
    ours, theirs = (rows - vectors[1].mean(axis=0) for rows in vectors)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    cosines = (ours * theirs).sum(axis=1) / lengths
    assert cosines.min() >= 0.999
