"""A picture as the checkpoint's own processor would prepare it, without torchvision.

The processor resizes the whole picture, cuts the middle out, scales and normalises. Here the
arithmetic is one multiplication and one addition per pixel, and of a picture longer than twice its
width only the middle is resized at all. The pixels are the processor's (tests compare them with
transformers): the resize is the same one, except for long pictures, where Pillow may do rows and
columns in the other order and so round differently, by less than a level on average.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gphotos_search.encoders._checkpoint import Checkpoint
from gphotos_search.errors import ModelUnavailable

LONG = 2  # times the shorter side: up to here resizing what is cut off costs under a millisecond
VERSION = "v1"  # part of every encoder id: raise it when prepared pixels change
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What preprocessor_config.json asks for. `crop` is None where nothing is cut off."""

    resize: int | tuple[int, int]  # the short side, or exactly (height, width)
    crop: tuple[int, int] | None  # (height, width)
    resample: Image.Resampling
    scale: tuple[float, float, float]  # of a level of 0..255, per channel
    offset: tuple[float, float, float]

    @property
    def short_side(self) -> int:
        """Pixels of the shorter side that the resize wants at least; decode to twice that."""
        return self.resize if isinstance(self.resize, int) else max(self.resize)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of what comes out."""
        if self.crop is not None:
            return self.crop
        return (self.resize, self.resize) if isinstance(self.resize, int) else self.resize

    def __call__(self, image: Image.Image) -> NDArray[np.float32]:
        """(3, height, width) float32. Safe to call from many threads."""
        rgb = image if image.mode == "RGB" else image.convert("RGB")
        levels = self._cut(rgb)
        pixels = np.empty((3, *levels.shape[:2]), np.float32)
        for channel in range(3):
            np.multiply(levels[..., channel], np.float32(self.scale[channel]), out=pixels[channel])
            pixels[channel] += np.float32(self.offset[channel])
        return pixels

    def _cut(self, image: Image.Image) -> NDArray[np.uint8]:
        width, height = self._resized(image)
        tall, wide = self.crop or (height, width)
        left, out_width, pad_left = _middle(width, wide)
        top, out_height, pad_top = _middle(height, tall)
        cut = (left, top, left + out_width, top + out_height)
        piece = np.asarray(self._resize(image, (width, height), cut))
        if (out_height, out_width) == (tall, wide):
            return piece
        canvas = np.zeros((tall, wide, 3), np.uint8)  # the processor pads with black
        canvas[pad_top : pad_top + out_height, pad_left : pad_left + out_width] = piece
        return canvas

    def _resize(
        self, image: Image.Image, size: tuple[int, int], cut: tuple[int, int, int, int]
    ) -> Image.Image:
        """`cut` (left, top, right, bottom) of what `image` would be at `size`."""
        if max(size) <= LONG * min(size):
            return image.resize(size, self.resample).crop(cut)
        across, down = image.width / size[0], image.height / size[1]
        left, top, right, bottom = cut
        box = (
            left * across,
            top * down,
            min(right * across, image.width),
            min(bottom * down, image.height),
        )
        return image.resize((right - left, bottom - top), self.resample, box=box)

    def _resized(self, image: Image.Image) -> tuple[int, int]:
        """Width and height of the whole picture after the processor's resize."""
        if not isinstance(self.resize, int):
            return self.resize[1], self.resize[0]
        short, long = sorted(image.size)
        longer = int(self.resize * long / short)
        return (self.resize, longer) if image.width <= image.height else (longer, self.resize)


def _middle(size: int, wanted: int) -> tuple[int, int, int]:
    """Where the middle `wanted` of `size` begins, how long it is, and the padding before it."""
    if size >= wanted:
        return (size - wanted) // 2, wanted, 0
    return 0, size, math.ceil((wanted - size) / 2)


def preprocessing(checkpoint: Checkpoint, defaults: Mapping[str, Any]) -> Preprocessing:
    """Read from preprocessor_config.json, or the picture part of processor_config.json.

    `defaults` are the family's, for what the files leave out. Raises ModelUnavailable when
    pictures would not all come out in one shape.
    """
    asked = checkpoint.settings("preprocessor_config.json")
    asked = asked or checkpoint.settings("processor_config.json").get("image_processor", {})
    settings: dict[str, Any] = {**defaults, **asked}
    crop = _pair(settings.get("crop_size")) if settings.get("do_center_crop") else None
    resize = _target(settings["size"])
    if resize is None or (isinstance(resize, int) and crop is None):
        raise ModelUnavailable(
            f'The model "{checkpoint.name}" prepares pictures in a way this release does not do '
            f"(size {settings['size']}).",
            advice="Choose another model.name; docs/reference/models.md lists tried ones.",
        )
    factor = float(settings["rescale_factor"]) if settings.get("do_rescale", True) else 1.0
    plain = not settings.get("do_normalize", True)
    mean = (0.0, 0.0, 0.0) if plain else _channels(settings["image_mean"])
    std = (1.0, 1.0, 1.0) if plain else _channels(settings["image_std"])
    return Preprocessing(
        resize=resize,
        crop=crop,
        resample=Image.Resampling(int(settings["resample"])),
        scale=(factor / std[0], factor / std[1], factor / std[2]),
        offset=(-mean[0] / std[0], -mean[1] / std[1], -mean[2] / std[2]),
    )


def _target(size: Any) -> int | tuple[int, int] | None:
    if isinstance(size, int):  # older files
        return size
    if "shortest_edge" in size:
        return int(size["shortest_edge"]) if "longest_edge" not in size else None
    return _pair(size) if "height" in size else None


def _pair(size: Any) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    return int(size["height"]), int(size["width"])


def _channels(values: Any) -> tuple[float, float, float]:
    red, green, blue = values
    return float(red), float(green), float(blue)
