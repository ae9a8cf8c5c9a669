"""Centres for lists, and how many lists a search must look into to find what an exact one finds.

Nobody has to trust a rule of thumb: the nearest rows of held-out queries are found exactly, and the
place of each one's list in the query's own order of lists says with how many it would be found.
Queries are stored rows, which the training did not see, and words, which lie elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import faiss as faiss_module
import numpy as np

from gphotos_search.engines._lists import Centres
from gphotos_search.engines._merged import CHUNK
from gphotos_search.engines._scan import to_floats
from gphotos_search.engines.base import Interrupted

if TYPE_CHECKING:
    from gphotos_search.engines._arrays import Positions
    from gphotos_search.engines._merged import Merged
    from gphotos_search.engines.base import Vectors

faiss: Any = faiss_module
NEAREST = 10  # recall is of so many
ROUNDS = 12  # of k-means
SAMPLE = 64  # rows a list to train on
TINY = 1e-6  # a row that is the mean has no direction
HELD_OUT = 200
SEED = 20
LEAST = 0.98  # recall: below, lists are not used
# Times the lists that LEAST needs. A margin in recall would let the one phrase of sixty-four whose
# photos lie oddly decide alone.
SPARE = 1.5
PAYS = 0.25  # of the lists: looking into more saves too little
FEWEST = 8  # lists: they cost next to nothing, and other words than ours find more


@dataclass(frozen=True, slots=True)
class Measured:
    """What looking into so many lists finds of the nearest ten."""

    probes: int
    stored: float  # recall of held-out rows
    words: float  # of texts

    @property
    def good(self) -> bool:
        return min(self.stored, self.words) >= LEAST


def lists_for(count: int) -> int:
    """A power of two near 1.4 times the root: both halves of a search then cost alike."""
    return max(8, int(2 ** round(math.log2(1.4 * math.sqrt(count)))))


def split(count: int, lists: int) -> tuple[Positions, Positions]:
    """Positions to train on, and others to measure with; the same for equal counts."""
    chance = np.random.default_rng(SEED)
    held_out = min(HELD_OUT, count // 4)
    drawn = chance.choice(count, min(count, SAMPLE * lists + held_out), replace=False)
    return np.sort(drawn[held_out:]), np.sort(drawn[:held_out])


def train(rows: Vectors, lists: int, interrupt: Callable[[], None]) -> Centres:
    """Centres by k-means; the rows are changed, for they are many. `interrupt` is asked after each
    round."""
    mean = rows.mean(axis=0)
    rows -= mean
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), TINY)
    lists = min(lists, len(rows))
    chosen = np.random.default_rng(SEED).choice(len(rows), lists, replace=False)
    centroids = np.ascontiguousarray(rows[chosen])
    for _ in range(ROUNDS):
        interrupt()
        clustering = faiss.Clustering(rows.shape[1], lists)
        clustering.niter, clustering.spherical = 1, True
        clustering.min_points_per_centroid = 1
        clustering.max_points_per_centroid = len(rows)
        faiss.copy_array_to_vector(centroids.ravel(), clustering.centroids)
        clustering.train(rows, faiss.IndexFlatIP(rows.shape[1]))
        centroids = faiss.vector_to_array(clustering.centroids).reshape(centroids.shape)
    return Centres(centroids, mean)


def survey(
    merged: Merged,
    centres: Centres,
    known: Positions,
    queries: Vectors,
    interrupt: Callable[[], None],
) -> tuple[Positions, Positions]:
    """One walk over all rows: the list of each position, and each query's nearest positions.

    `known` has the lists of those that have one, and -1. One more than NEAREST are found, because
    a stored row finds itself.
    """
    assigned = known.copy()
    nearest = faiss.ResultHeap(len(queries), NEAREST + 1, keep_max=True)
    for start in range(0, len(merged), CHUNK):
        interrupt()
        part = np.arange(start, min(start + CHUNK, len(merged)))
        rows = to_floats(merged.take(part))
        scores, found = faiss.knn(queries, rows, NEAREST + 1, metric=faiss.METRIC_INNER_PRODUCT)
        nearest.add_result(scores, np.where(found < 0, -1, found + start))
        new = assigned[part] < 0
        if new.any():
            assigned[part[new]] = centres.assign(rows[new])
    nearest.finalize()
    return assigned, nearest.I


def measure(
    centroids: Vectors,
    assigned: Positions,
    nearest: Positions,
    queries: Vectors,
    own: Positions,
) -> Measured:
    """Some more lists than reach LEAST for rows and words both, or as many as pay.

    The first queries are stored rows at the positions `own`, the others words.
    """
    itself = nearest[: len(own)] == own[:, None]
    itself[~itself.any(axis=1), -1] = True  # one that equals many others: leave the last out
    stored = nearest[: len(own)][~itself].reshape(len(own), NEAREST)
    order = np.argsort(-(queries @ centroids.T), axis=1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(len(centroids))[None], axis=1)
    rows = np.take_along_axis(ranks[: len(own)], assigned[stored], axis=1)
    words = np.take_along_axis(ranks[len(own) :], assigned[nearest[len(own) :, :NEAREST]], axis=1)
    most = max(1, int(PAYS * len(centroids)))
    needed = math.ceil(SPARE * max(_reaching(rows), _reaching(words)))
    probes = min(most, max(FEWEST, needed))
    return Measured(probes, float(np.mean(rows < probes)), float(np.mean(words < probes)))


def _reaching(ranks: Positions) -> int:
    """How many lists hold a share of LEAST of the nearest rows."""
    ordered = np.sort(ranks, axis=None)
    return int(ordered[math.ceil(LEAST * len(ordered)) - 1]) + 1


def raising(stop: Callable[[], bool]) -> Callable[[], None]:
    """Raises Interrupted once `stop` says so."""

    def interrupt() -> None:
        if stop():
            raise Interrupted

    return interrupt
