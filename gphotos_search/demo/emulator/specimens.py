"""Pictures made from numbers, for accounts of any size."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image

VARIETY = 16


def specimen(number: int) -> bytes:
    """A 512 x 384 JPEG of about a phone picture's density; every sixteenth is the same."""
    return _made(number % VARIETY)


@lru_cache(maxsize=VARIETY)
def _made(number: int) -> bytes:
    luck = np.random.default_rng(number)
    patches = Image.fromarray(luck.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    smooth = np.asarray(patches.resize((512, 384), Image.Resampling.BICUBIC), dtype=np.float32)
    grain = luck.normal(0, 6, (384, 512, 1)).astype(np.float32)
    out = io.BytesIO()
    pixels = (smooth + grain).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(out, "JPEG", quality=85)
    return out.getvalue()
