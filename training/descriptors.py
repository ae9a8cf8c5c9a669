"""Where training starts: prototypes of the concepts from classical picture descriptors.

Histograms of edge directions and a coarse grid of colours, projected by linear discriminants, so
that concepts that look alike begin close together. A transformer that has to learn 1,437 arbitrary
directions needs several times the pictures (docs/demo-encoder.md has the numbers).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d, interpolate, normalize, pad

from training.pool import Pool

_SIDE, _DIRECTIONS, _RIDGE = 48, 8, 0.3


def prototypes(pool: Pool, dimensions: int) -> Tensor:
    """One unit row a concept, (concepts, dimensions)."""
    features = torch.cat([_describe(part) for part in torch.split(pool.full, 500)])
    means = torch.stack([features[rows].mean(0) for rows in pool.rows])
    owner = torch.empty(len(features), dtype=torch.long)
    for number, rows in enumerate(pool.rows):
        owner[rows] = number
    spread = features - means[owner]
    within = spread.T @ spread / len(features)
    within += torch.eye(len(within)) * within.diagonal().mean() * _RIDGE
    factor = torch.linalg.cholesky(within)
    white = torch.linalg.solve_triangular(factor, (means - features.mean(0)).T, upper=False).T
    axes = torch.linalg.svd(white, full_matrices=False)[2][:dimensions]
    return normalize(white @ axes.T, dim=1)


def _describe(drawings: Tensor) -> Tensor:
    layers = interpolate(drawings.float() / 255, size=(_SIDE, _SIDE), mode="area")
    colour, alpha = layers[:, :3], layers[:, 3:]
    grid = adaptive_avg_pool2d(torch.cat((colour - alpha * 0.5, alpha), 1), 8).flatten(1)
    grey = colour.mean(1, keepdim=True) + 1 - alpha
    return torch.cat((grid, 0.12 * _edges(grey), 0.12 * _edges(alpha)), 1)


def _edges(image: Tensor) -> Tensor:
    across = pad(image[..., 2:] - image[..., :-2], (1, 1))
    down = pad(image[..., 2:, :] - image[..., :-2, :], (0, 0, 1, 1))
    size = (across.square() + down.square()).sqrt()
    bins = torch.atan2(down, across).remainder(math.pi) / math.pi * _DIRECTIONS
    half = _DIRECTIONS / 2
    near = [
        (1 - ((bins - k + half).remainder(_DIRECTIONS) - half).abs()).clamp(min=0)
        for k in range(_DIRECTIONS)
    ]
    cells = avg_pool2d(torch.cat([size * share for share in near], 1), 6, stride=4, padding=1)
    return (cells / (cells.square().sum(1, keepdim=True).sqrt() + 0.05)).flatten(1)
