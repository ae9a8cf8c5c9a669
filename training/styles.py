"""Other hands: a drawing with outlines, in flat colours, shaded, or as lines alone.

Vendors differ in how they draw more than in what they draw, and a few vendors are all that
training sees. These stand in for the ones it does not.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d, pad


def restyled(layer: Tensor, wild: float, rng: torch.Generator) -> Tensor:
    """Premultiplied RGBA (n, 4, side, side), some of it drawn in another style."""
    n = len(layer)
    odds = torch.rand(4, n, 1, 1, 1, generator=rng)
    ink = torch.rand(n, 1, 1, 1, generator=rng) * 0.25
    layer = torch.where(odds[0] < 0.2 * wild, _flat(layer), layer)
    layer = torch.where(odds[1] < 0.2 * wild, _shaded(layer, rng), layer)
    layer = torch.where(odds[2] < 0.3 * wild, _inked(layer, ink), layer)
    return torch.where(odds[3] < 0.06 * wild, _lines(layer, ink), layer)


def _flat(layer: Tensor) -> Tensor:
    """Few colours: each channel in four steps."""
    colour, alpha = layer[:, :3], layer[:, 3:]
    steps = (colour / alpha.clamp(min=1e-3) * 3).round() / 3
    return torch.cat((steps.clamp(0, 1) * alpha, alpha), 1)


def _shaded(layer: Tensor, rng: torch.Generator) -> Tensor:
    """Darker towards one side."""
    n, _, side, _ = layer.shape
    axis = torch.linspace(-1, 1, side)
    slope = torch.randn(n, 2, 1, 1, generator=rng) * 0.3
    across, down = axis.view(1, 1, 1, side), axis.view(1, 1, side, 1)
    light = 0.9 + slope[:, :1] * across + slope[:, 1:] * down
    alpha = layer[:, 3:]
    return torch.cat((torch.minimum((layer[:, :3] * light).clamp(min=0), alpha), alpha), 1)


def _inked(layer: Tensor, ink: Tensor) -> Tensor:
    """A dark line around the thing and along its inner edges."""
    colour, alpha = layer[:, :3], layer[:, 3:]
    wide = max_pool2d(alpha, 3, stride=1, padding=1)
    edge = (_edges(colour.mean(1, keepdim=True)) * 2.5).clamp(0, 1)
    kept = colour * (1 - edge) + ink * edge * alpha
    return torch.cat((kept + ink * (wide - alpha), wide), 1)


def _lines(layer: Tensor, ink: Tensor) -> Tensor:
    """The lines without the colours."""
    alpha = layer[:, 3:]
    edge = _edges(layer[:, :3].mean(1, keepdim=True)) + _edges(alpha)
    lines = (max_pool2d(edge, 3, stride=1, padding=1) * 2).clamp(0, 1)
    return torch.cat((lines * ink.expand(-1, 3, -1, -1), lines), 1)


def _edges(image: Tensor) -> Tensor:
    across = pad((image[..., 2:] - image[..., :-2]).abs(), (1, 1))
    down = pad((image[..., 2:, :] - image[..., :-2, :]).abs(), (0, 0, 1, 1))
    return torch.maximum(across, down)
