"""A folder of generated JPEGs that cost about as much to decode as photographs of their size.

Detail at every scale, as photographs have (noise whose strength falls with its frequency), and
grain of a sensor on top: 683x512 comes to some 80 kB, 12 megapixels to some 2.4 MB. Every picture
is another one, and has the date a camera would write.

    python -m benchmarks.pictures FOLDER 120 683x512
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FIRST = datetime(2020, 5, 1, 9)
SCENES = 3  # drawn in full; the others are these, shifted and turned, with grain of their own
QUALITY = 88
TAKEN_AT = 0x9003
EXIF_IFD = 0x8769


def size_of(text: str) -> tuple[int, int]:
    """ "683x512" → (683, 512). Raises ValueError for anything else."""
    width, height = text.split("x")
    return int(width), int(height)


def write_folder(folder: Path, count: int, size: tuple[int, int], *, first: int = 0) -> Path:
    """Write `count` pictures of `size` pixels into `folder`; those that are there are kept.

    Two folders have the same pictures where their numbers, from `first`, are the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(first, first + count)
    missing = [number for number in numbers if not _path(folder, number).exists()]
    scenes = [_scene(seed, size) for seed in range(min(SCENES, count))] if missing else []
    for number in missing:
        _save(_path(folder, number), number, _shifted(scenes[number % len(scenes)], number))
    return folder


def _path(folder: Path, number: int) -> Path:
    return folder / f"IMG_{number:06d}.jpg"


def _scene(seed: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    draw = np.random.default_rng(seed)
    total = np.zeros((size[1], size[0], 3), np.float32)
    cells, weight, weights = 3, 1.0, 0.0
    while cells < size[1]:
        grid = draw.integers(0, 256, (cells, cells * 4 // 3, 3), np.uint8)
        total += weight * np.asarray(Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC))
        weights += weight
        cells, weight = cells * 3, weight * 0.4
    return (total / weights).astype(np.uint8)


def _shifted(scene: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    draw = np.random.default_rng(10_000 + number)
    height, width, _ = scene.shape
    moved = np.roll(scene, (draw.integers(height), draw.integers(width)), (0, 1))
    tile = draw.normal(0, 4.5, (256, 256, 1)).astype(np.float32)
    grain = np.tile(tile, (-(-height // 256), -(-width // 256), 1))[:height, :width]
    turned = moved[:, ::-1] if number % 2 else moved
    return (turned + grain).clip(0, 255).astype(np.uint8)


def _save(path: Path, number: int, pixels: NDArray[np.uint8]) -> None:
    exif = Image.Exif()
    taken = FIRST + timedelta(hours=3 * number)
    exif.get_ifd(EXIF_IFD)[TAKEN_AT] = f"{taken:%Y:%m:%d %H:%M:%S}"
    unfinished = path.with_suffix(".part")
    Image.fromarray(pixels).save(unfinished, "JPEG", quality=QUALITY, exif=exif)
    unfinished.rename(path)


if __name__ == "__main__":
    folder, count, size, *first = sys.argv[1:]
    write_folder(Path(folder), int(count), size_of(size), first=int(first[0]) if first else 0)
