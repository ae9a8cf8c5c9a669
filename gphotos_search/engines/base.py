"""What every vector engine promises. A new engine is one new file in this package.

Each module offers `open_engine(folder: Path | None, dim: int) -> Engine`: the state that was saved
into the folder, or an empty one for None. It raises OSError, ValueError or RuntimeError for files
it cannot use, and reads no more than it must: opening a large index costs what a small one does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Vectors = NDArray[np.float32]  # (n, dim), unit rows; a query is (dim,)


class Interrupted(Exception):
    """Work in the background was asked to end; what it wrote so far is of no use."""


class Engine(Protocol):
    """Nearest neighbours by inner product, keyed by media id.

    Vectors come from the catalogue, where they are float16: no engine keeps more of them.
    """

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

        Only ids in `within`, in any order; ids it does not hold are ignored. With `within` always
        exact; without, an engine may answer approximately if `facts` says so, and then with
        measured recall, and asked for more it still begins with what it gave before, up to a
        number from which it is exact.
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

    def build(self, folder: Path, pieces: Iterable[tuple[Ids, Vectors]]) -> Sequence[Path]:
        """As `save`, of these rows instead, ids ascending. Holds a piece in memory at a time."""
        ...

    def facts(self) -> dict[str, Any]:
        """How it answers: `exact`, and where that is false `recall` by kind of query."""
        ...


@runtime_checkable
class Improves(Engine, Protocol):
    """An engine that can answer faster once some work in the background is done."""

    def improvable(self, least: int | None = None) -> bool:
        """Whether `improve` would do anything. `least` is the number of vectors from which on."""
        ...

    def improve(
        self, folder: Path, words: Vectors, *, least: int | None, stop: Callable[[], bool]
    ) -> Sequence[Path]:
        """As `save`, of a state with the same vectors that answers faster, or that remembers why
        not. `words` are vectors of texts to measure with. Raises Interrupted soon after `stop`."""
        ...
