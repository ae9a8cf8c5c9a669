"""Pictures for the evaluation and the demo library: drawings pasted by Pillow, at any size.

Another renderer than the one that composes training batches, so that what is measured is not the
habits of that one. Everything stands inside the central square, which is what CLIP looks at.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from PIL import Image

from training import artwork, backgrounds

_SIZES = {1: 0.62, 2: 0.47, 3: 0.4, 4: 0.36, 5: 0.32}
_ALONE = 0.82  # a thing on a plain ground fills more of it
_GROUND = 256  # a ground is drawn at this side and enlarged: its grain would cost bytes
_ROOM = {1: 0.08, 2: 0.04, 3: 0.03, 4: 0.02, 5: 0.02}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a drawing stands: its centre and its side, as shares of the central square's side."""

    x: float
    y: float
    side: float
    turn: float = 0.0


def ground(place: str, width: int, height: int, rng: random.Random) -> Image.Image:
    """The named place, or a plain light ground for an empty name."""
    chance = torch.Generator().manual_seed(rng.getrandbits(48))
    side, longest = _GROUND, max(width, height)
    if place:
        kinds = torch.tensor([backgrounds.PLACES.index(place)])
        picture = backgrounds.place(kinds, side, chance)[0]
    else:
        shade = 0.78 + 0.2 * torch.rand(3, 1, 1, generator=chance)
        picture = shade.expand(3, side, side)
    array = (picture * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    left, top = (longest - width) // 2, (longest - height) // 2
    whole = Image.fromarray(array).resize((longest, longest), Image.Resampling.BICUBIC)
    return whole.crop((left, top, left + width, top + height))


def spots(count: int, placed: bool, rng: random.Random) -> list[Spot]:
    """Places for `count` drawings that hide little of each other."""
    side = _ALONE if count == 1 and not placed else _SIZES[count]
    around = rng.random() * 0.5 + (0.25 if count == 3 else -0.25)
    found = []
    for number in range(count):
        angle = math.pi * around + 2 * math.pi * number / count
        reach = 0.0 if count == 1 else 0.25
        low = 0.05 if placed else 0.0
        found.append(
            Spot(
                x=reach * math.cos(angle) + rng.uniform(-1, 1) * _ROOM[count],
                y=low + reach * 0.85 * math.sin(angle) + rng.uniform(-1, 1) * _ROOM[count],
                side=side * rng.uniform(0.92, 1.08),
                turn=rng.gauss(0, 5),
            )
        )
    return found


def paste(picture: Image.Image, svg: str, spot: Spot) -> None:
    """Draw `svg` on the picture, in place."""
    square = min(picture.size)
    side = round(square * spot.side)
    drawing = _rendered(svg, side).rotate(spot.turn, Image.Resampling.BICUBIC)
    left = picture.width / 2 + spot.x * square - side / 2
    top = picture.height / 2 + spot.y * square - side / 2
    picture.paste(drawing, (round(left), round(top)), drawing)


def scene(
    svgs: Sequence[str], place: str, size: tuple[int, int], rng: random.Random
) -> Image.Image:
    """The drawings together at a place, or on a plain ground where `place` is empty."""
    picture = ground(place, *size, rng)
    for svg, spot in zip(svgs, spots(len(svgs), bool(place), rng), strict=True):
        paste(picture, svg, spot)
    return picture


@lru_cache(maxsize=64)
def _rendered(svg: str, side: int) -> Image.Image:
    return Image.fromarray(artwork.render(svg, side), "RGBA")
