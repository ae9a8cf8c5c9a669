"""Made-up vectors that lie as those of a library do: photos in scenes, scenes in topics, all in one
cone; and vectors of words, in a cone of their own that leans towards their topic.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

CHUNK = 8192
TOPICS, SCENE = 400, 40  # topics in all; photos a scene


class Clustered:
    """`count` photos of width `dim`, the same for the same seed."""

    def __init__(self, count: int, dim: int = 512, seed: int = 7) -> None:
        self.count, self.dim, self.seed = count, dim, seed

    def pieces(self) -> Iterator[tuple[NDArray[np.int64], Vectors]]:
        """Ids from 1 on, and unit rows."""
        for start in range(0, self.count, CHUNK):
            ids = np.arange(start, min(start + CHUNK, self.count))
            yield ids + 1, self._photos(len(ids), start // CHUNK)

    def photos(self, count: int) -> Vectors:
        """Further photos of the same scenes."""
        return self._photos(count, 10_000_019)

    def words(self, count: int, draw: int = 0) -> Vectors:
        chance = np.random.default_rng([self.seed, 2, draw])
        topics = self._directions[chance.integers(len(self._directions), size=count)]
        leaning = 0.9 * self._cones[1] + 0.4 * topics + 0.3 * self._noise(chance, count)
        return _unit(leaning)

    def _photos(self, count: int, piece: int) -> Vectors:
        chance = np.random.default_rng([self.seed, 1, piece])
        scenes = self._scenes[chance.integers(len(self._scenes), size=count)]
        return _unit(0.6 * self._cones[0] + 0.65 * scenes + 0.45 * self._noise(chance, count))

    @cached_property
    def _cones(self) -> Vectors:
        return _unit(np.random.default_rng([self.seed, 3]).normal(size=(2, self.dim)))

    @cached_property
    def _directions(self) -> Vectors:
        return _unit(np.random.default_rng([self.seed, 4]).normal(size=(TOPICS, self.dim)))

    @cached_property
    def _scenes(self) -> Vectors:
        chance = np.random.default_rng([self.seed, 5])
        number = max(1, self.count // SCENE)
        topics = self._directions[chance.integers(TOPICS, size=number)]
        return _unit(0.7 * topics + 0.7 * self._noise(chance, number))

    def _noise(self, chance: np.random.Generator, count: int) -> Vectors:
        """Of length one, nearly."""
        noise: Vectors = chance.standard_normal((count, self.dim), np.float32)
        return noise / np.float32(np.sqrt(self.dim))


def _unit(rows: NDArray[np.floating]) -> Vectors:
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit
