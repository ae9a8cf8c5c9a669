"""Muon for the hidden matrices, AdamW for everything else, in float32.

The orthogonalised momentum trains a small transformer from scratch in far fewer steps than AdamW.
torch.optim.Muon works in bfloat16, which a CPU without the instructions for it emulates slowly;
this one stacks matrices of a shape and multiplies them in float32.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

_A, _B, _C = 3.4445, -4.7750, 2.0315
_ROUNDS = 5


class Muon:
    """Nesterov momentum, made orthogonal, scaled so that its size matches AdamW's."""

    def __init__(self, matrices: Iterable[Tensor], momentum: float = 0.95, decay: float = 0.02):
        self.groups: dict[tuple[int, ...], list[Tensor]] = {}
        for matrix in matrices:
            self.groups.setdefault(tuple(matrix.shape), []).append(matrix)
        self.momentum, self.decay = momentum, decay
        self.state = {
            shape: torch.zeros(len(group), *shape) for shape, group in self.groups.items()
        }

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Move every matrix by `rate`."""
        for shape, group in self.groups.items():
            slope = torch.stack([m.grad if m.grad is not None else m * 0 for m in group])
            held = self.state[shape]
            held.lerp_(slope, 1 - self.momentum)
            update = _orthogonal(slope.lerp(held, self.momentum))
            update *= 0.2 * max(shape) ** 0.5
            for matrix, move in zip(group, update, strict=True):
                matrix.mul_(1 - rate * self.decay).sub_(move, alpha=rate)


def _orthogonal(stack: Tensor) -> Tensor:
    x: Tensor
    tall = stack.shape[1] > stack.shape[2]
    x = stack.mT if tall else stack
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(_ROUNDS):
        gram = x @ x.mT
        x = x * _A + (gram * _B + gram @ gram * _C) @ x
    return x.mT if tall else x
