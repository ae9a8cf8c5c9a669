"""Lists of near rows (an inverted file): the rows themselves lie in the order of their lists.

So there is one copy of the rows for everything: a search of the nearest lists walks a few stretches
of the file, an exact one walks all of it, and single rows are found by their place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from gphotos_search.engines._arrays import load_mapped, write_array
from gphotos_search.engines._flat import write_flat
from gphotos_search.engines._scan import products

if TYPE_CHECKING:
    from gphotos_search.engines._arrays import Positions
    from gphotos_search.engines._delta import Rows
    from gphotos_search.engines._merged import Merged
    from gphotos_search.engines._scan import Span
    from gphotos_search.engines.base import Ids, Vectors

FIELDS = ("centroids", "mean", "bounds", "ranks", "places")
AT_ONCE = 4096  # rows


@dataclass(frozen=True, slots=True)
class Centres:
    """Directions from the mean of all rows.

    Vectors of pictures lie in a cone, and centres of the rows as they are would differ mostly in
    how much of the cone's axis they have: words had to look into ten times as many lists.
    """

    centroids: Vectors  # (lists, dim), of unit length
    mean: Vectors  # (dim,)

    def assign(self, rows: Vectors) -> Positions:
        """The centre nearest to each row."""
        against = self.centroids @ self.mean
        parts = [rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)]
        nearest = [np.argmax(part @ self.centroids.T - against, axis=1) for part in parts]
        return np.concatenate([np.empty(0, np.int64), *nearest])


@dataclass(frozen=True, slots=True)
class Lists(Centres):
    """Which rows are near which centre. A position is a row's place in the order of ids."""

    bounds: Positions  # (lists + 1,): list i is the rows from bounds[i] to bounds[i + 1]
    ranks: Positions  # (rows,): the position of each row
    places: Positions  # (rows,): the row of each position

    @classmethod
    def of(cls, centres: Centres, assigned: Positions) -> Self:
        """From the list that each position is in."""
        ranks = np.argsort(assigned, kind="stable")
        places = np.empty_like(ranks)
        places[ranks] = np.arange(len(ranks))
        counts = np.bincount(assigned, minlength=len(centres.centroids))
        bounds = np.concatenate([[0], np.cumsum(counts)])
        return cls(centres.centroids, centres.mean, bounds, ranks, places)

    @classmethod
    def load(cls, folder: Path, count: int, dim: int) -> Self:
        """Mapped but for what every search reads. Raises OSError, ValueError."""
        lists = cls(*(load_mapped(folder / f"{name}.npy") for name in FIELDS))
        wide = {lists.mean.shape, lists.centroids.shape[1:]} == {(dim,)}
        long = {lists.ranks.shape, lists.places.shape} == {(count,)}
        ends = len(lists.bounds) == len(lists.centroids) + 1 > 1
        bounded = ends and (lists.bounds[0], lists.bounds[-1]) == (0, count)
        if not (wide and long and bounded):
            raise ValueError("the files of the index do not belong together")
        return lists

    def assigned(self) -> Positions:
        """The list that each position is in."""
        of_rows = np.repeat(np.arange(len(self.centroids)), np.diff(self.bounds))
        found: Positions = of_rows[self.places]
        return found

    def nearest(self, query: Vectors, probes: int) -> list[Span]:
        """The rows of the lists whose centres are nearest, those first."""
        scores = products(self.centroids, query)
        probes = min(probes, len(scores))
        chosen = np.argpartition(-scores, probes - 1)[:probes]
        chosen = chosen[np.argsort(-scores[chosen])]
        starts, ends = self.bounds[chosen].tolist(), self.bounds[chosen + 1].tolist()
        return [(a, b) for a, b in zip(starts, ends, strict=True) if a < b]

    def write(
        self,
        rows: Path,
        merged: Merged,
        interrupt: Callable[[], None] = lambda: None,
    ) -> Sequence[Path]:
        """The rows in the order of these lists, and beside them the lists and ids, safe on disk.

        `interrupt` is asked again and again, and ends it by raising."""

        def pieces() -> Iterator[tuple[Ids, Rows]]:
            for start in range(0, len(self.ranks), AT_ONCE):
                interrupt()
                part = self.ranks[start : start + AT_ONCE]
                yield merged.ids[part], merged.take(part)

        write_flat(rows, pieces(), self.centroids.shape[1])
        fields = [
            write_array(rows.with_name(f"{name}.npy"), getattr(self, name)) for name in FIELDS
        ]
        return [write_array(rows.with_name("ids.npy"), merged.ids), rows, *fields]
