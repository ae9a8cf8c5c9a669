"""Backgrounds behind the drawings: plain, graded, textured, and six places with words for them.

All are procedural: (n, 3, side, side) float tensors in 0..1 from a generator, nothing downloaded.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate

PLACES = ("beach", "snow", "meadow", "night", "mountains", "room", "sea")
PLAIN = len(PLACES)  # the place number of a background that no caption speaks of


def plain(n: int, side: int, rng: torch.Generator) -> Tensor:
    """One colour, a gradient between two, or a soft texture around one; light ones oftener."""
    first, second = _colours(n, rng), _colours(n, rng)
    kind = torch.rand(n, 1, 1, 1, generator=rng)
    ramp = _ramp(n, side, rng)
    graded = first * (1 - ramp) + second * ramp
    cells = torch.rand(n, 3, 7, 7, generator=rng)
    noise = interpolate(cells, size=(side, side), mode="bicubic", align_corners=False)
    rough = first + (noise - 0.5) * torch.rand(n, 1, 1, 1, generator=rng) * 0.7
    base = first.expand(n, 3, side, side)
    return torch.where(kind < 0.4, base, torch.where(kind < 0.7, graded, rough)).clamp(0, 1)


def place(kinds: Tensor, side: int, rng: torch.Generator) -> Tensor:
    """Pictures of the places numbered by `kinds` (n,): bands of colour, a horizon, some ridges."""
    n = len(kinds)
    rows = torch.linspace(0, 1, side).view(1, 1, side, 1)
    upper, lower, third = (_tinted(table[kinds], rng) for table in _PALETTES)
    horizon = 0.3 + 0.35 * torch.rand(n, 1, 1, 1, generator=rng)
    wave = _ridge(n, side, rng)
    rough = torch.where(kinds == 4, 0.5, torch.where(kinds == 5, 0.0, 0.06)).view(n, 1, 1, 1)
    edge = horizon + (wave - 0.5) * rough
    sky = upper * (1 - 0.25 * rows / horizon.clamp(min=0.1))
    picture = torch.where(rows < edge, sky.clamp(0, 1), lower)
    shore = edge + 0.12 + 0.2 * torch.rand(n, 1, 1, 1, generator=rng)
    picture = torch.where(rows > shore, third, picture)
    specks = torch.rand(n, 1, side, side, generator=rng)
    bright = torch.where(kinds == 3, 0.985, 2.0) + torch.where(kinds == 1, -1.03, 0.0)
    picture = torch.where(specks > bright.view(n, 1, 1, 1), torch.ones(()), picture)
    grain = (torch.rand(n, 3, side, side, generator=rng) - 0.5) * 0.06
    return (picture + grain).clamp(0, 1)


def _colours(n: int, rng: torch.Generator) -> Tensor:
    grey = torch.rand(n, 1, 1, 1, generator=rng)
    spread = torch.rand(n, 1, 1, 1, generator=rng)
    colour = grey + (torch.rand(n, 3, 1, 1, generator=rng) - 0.5) * spread
    light = torch.rand(n, 1, 1, 1, generator=rng) < 0.5
    return torch.where(light, 0.75 + 0.25 * colour, colour).clamp(0, 1)


def _ramp(n: int, side: int, rng: torch.Generator) -> Tensor:
    axis = torch.linspace(-1, 1, side)
    angle = torch.rand(n, 1, 1, 1, generator=rng) * 6.283
    across = axis.view(1, 1, 1, side) * angle.cos() + axis.view(1, 1, side, 1) * angle.sin()
    return (across * 0.7 + 0.5).clamp(0, 1)


def _ridge(n: int, side: int, rng: torch.Generator) -> Tensor:
    heights = torch.rand(n, 1, 1, 7, generator=rng)
    return interpolate(heights, size=(1, side), mode="bilinear", align_corners=True)


def _tinted(colours: Tensor, rng: torch.Generator) -> Tensor:
    n = len(colours)
    shift = (torch.rand(n, 3, generator=rng) - 0.5) * 0.14
    light = 0.85 + 0.3 * torch.rand(n, 1, generator=rng)
    return ((colours + shift) * light).clamp(0, 1).view(n, 3, 1, 1)


# fmt: off
_PALETTES = torch.tensor(
    [
        # beach, snow, meadow, night, mountains, room, sea: above the horizon
        [[0.55, 0.8, 0.97], [0.8, 0.87, 0.95], [0.55, 0.78, 0.98], [0.06, 0.07, 0.2],
         [0.62, 0.8, 0.95], [0.9, 0.84, 0.72], [0.5, 0.75, 0.95]],
        # below it
        [[0.2, 0.6, 0.8], [0.93, 0.95, 0.99], [0.45, 0.72, 0.3], [0.1, 0.1, 0.16],
         [0.5, 0.52, 0.58], [0.62, 0.43, 0.28], [0.1, 0.4, 0.7]],
        # and nearest
        [[0.93, 0.83, 0.6], [0.97, 0.98, 1.0], [0.36, 0.62, 0.24], [0.12, 0.13, 0.2],
         [0.36, 0.5, 0.3], [0.56, 0.38, 0.25], [0.07, 0.32, 0.6]],
    ]
)
# fmt: on
