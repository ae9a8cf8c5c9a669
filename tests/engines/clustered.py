"""Rows that lie in groups, as pictures do, and words that lie beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gphotos_search.engines.base import Vectors

DIM, GROUPS = 16, 40


def rows(count: int, seed: int = 0, groups: int = GROUPS) -> Vectors:
    """Unit rows, float16 values. The groups of one seed's parity are the same."""
    centres = np.random.default_rng(1000 + seed % 2).normal(size=(groups, DIM))
    chance = np.random.default_rng(seed)
    made = centres[chance.integers(groups, size=count)] + 0.4 * chance.normal(size=(count, DIM))
    return _unit(made)


def words(count: int = 32) -> Vectors:
    """Near the groups, and all of them shifted to one side."""
    shift = np.random.default_rng(5).normal(size=DIM)
    return _unit(rows(count, seed=90).astype(np.float64) + 0.3 * shift)


def scattered(count: int, dim: int = 64) -> Vectors:
    """In no groups at all: in many dimensions no list helps."""
    return _unit(np.random.default_rng(3).normal(size=(count, dim)))


def _unit(made: np.ndarray) -> Vectors:
    unit: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit.astype(np.float16).astype(np.float32)
