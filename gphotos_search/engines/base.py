"""What every vector engine promises. A new engine is one new file in this package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Vectors = NDArray[np.float32]  # (n, dim), unit rows


class Engine(Protocol):
    """Nearest neighbours by inner product, keyed by media id."""

    dim: int

    def __len__(self) -> int: ...

    def put(self, ids: Ids, vectors: Vectors) -> None:
        """Replaces what the ids had, so doing it twice is harmless."""
        ...

    def remove(self, ids: Ids) -> None:
        """Ids it does not hold are ignored."""
        ...

    def nearest(
        self, vector: Vectors, k: int, within: Ids | None = None
    ) -> list[tuple[int, float]]:
        """At most k of (media id, score), best first, ties by the smaller id; all in `within`."""
        ...

    def ids(self) -> Ids:
        """All ids held, ascending."""
        ...

    def save(self, folder: Path) -> Sequence[Path]:
        """Write into an existing folder, the whole new state or the old one; the files written."""
        ...
