"""What every vector engine promises. A new engine is one new file in this package.

Each module offers `open_engine(folder: Path | None, dim: int) -> Engine`: the state that was saved
into the folder, or an empty one for None. It raises OSError, ValueError or RuntimeError for files
it cannot use, and reads no more than it must: opening a large index costs what a small one does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Vectors = NDArray[np.float32]  # (n, dim), unit rows; a query is (dim,)


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
        """At most k of (media id, score), best first, ties by the smaller id.

        Only ids in `within`, in any order; ids it does not hold are ignored.
        """
        ...

    def ids(self) -> Ids:
        """All ids held, ascending."""
        ...

    def save(self, folder: Path) -> Sequence[Path]:
        """Write the whole state into an empty folder, safe on disk; the files that make it up.

        They never change afterwards. What has not changed since the state this one was opened
        from may be a hard link to its file. Raises OSError.
        """
        ...
