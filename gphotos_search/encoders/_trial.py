"""What a way of computing an image tower costs and changes, measured on somebody's own pictures."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gphotos_search.encoders._images import PARITY

if TYPE_CHECKING:
    import threading

    from gphotos_search.config import ModelConfig
    from gphotos_search.encoders._images import ImageTower
    from gphotos_search.encoders._ways import Way

Array = NDArray[np.float32]
OVERLAP = 0.95  # the share of the ten best answers that must stay
BEST = 10
FASTER = 1.15  # times: less is not worth a change, and within what a busy machine shows
BATCHES = {"cpu": (4, 8, 16, 32), "mps": (16, 32), "cuda": (32, 64, 128)}


@dataclass(frozen=True, slots=True)
class Run:
    """One tower over all pictures: its rows, and pictures per second at the best batch size."""

    rows: Array
    rate: float
    batch: int


@dataclass(frozen=True, slots=True)
class Gate:
    """How far rows stand from those in fp32."""

    cosine: float  # the least of all pictures
    pictures: float  # the share of the ten nearest pictures of each picture that are the same
    words: float  # the share of the ten best pictures for each phrase that are the same

    @property
    def passed(self) -> bool:
        return self.cosine >= PARITY and min(self.pictures, self.words) >= OVERLAP


class Stopped(Exception):
    """The run that wanted to know does not go on."""


def run(
    tower: ImageTower,
    pixels: Sequence[NDArray[Any]],
    batches: Sequence[int],
    stop: threading.Event | None = None,
) -> Run:
    """Encode all pictures, a part of them at each batch size: vectors and speeds at one cost.

    Raises Stopped soon after `stop` is set.
    """
    tower.encode(pixels[: batches[0]])  # the first call prepares
    rows, rates = [], {}
    parts = np.array_split(np.arange(len(pixels)), len(batches))
    for size, part in zip(batches, parts, strict=True):
        started = time.perf_counter()
        for at in range(0, len(part), size):
            if stop is not None and stop.is_set():
                raise Stopped
            rows.append(tower.encode([pixels[n] for n in part[at : at + size]]))
        rates[size] = len(part) / (time.perf_counter() - started)
    best = max(rates, key=rates.__getitem__)
    return Run(np.concatenate(rows), rates[best], best)


def gate(exact: Array, close: Array, words: Array) -> Gate:
    """Compare rows of the same pictures; `words` are vectors of phrases.

    A library that changes its way holds both kinds of rows, so every other row is also tried as it
    was, and the worse figure counts.
    """
    mixed = close.copy()
    mixed[::2] = exact[::2]
    cosine = float((exact * close).sum(axis=1).min())
    pictures = min(_overlap(exact, exact, rows, rows, alone=True) for rows in (close, mixed))
    phrases = min(_overlap(words, exact, words, rows) for rows in (close, mixed))
    return Gate(cosine, pictures, phrases)


def choose(
    model: ModelConfig,
    current: Way,
    found: Mapping[Way, tuple[Run, Gate]],
    taken: Collection[str] = (),
) -> tuple[Way, str]:
    """The way to go on with, and why.

    Of the ways that passed and that `model` allows the fastest, if it is FASTER than the current
    one. `taken` are kinds that have a set of vectors of their own, so that the current one cannot
    become theirs. Where the current way did not pass, its vectors agree with no others: one that
    was wished for stays, and instead of any other the fastest is named, to embed anew with.
    """
    passed = [
        way
        for way, (_, gate) in found.items()
        if gate.passed
        and model.precision in ("auto", way.precision)
        and model.runtime in ("auto", way.runtime)
    ]
    if current in found and not found[current][1].passed:
        differs = f"{current} differs from fp32 ({_figures(found[current][1])})"
        others = [way for way in passed if way.kind != current.kind]
        if model.precision != "auto" or not others:
            return current, f"{differs}, but nothing else is wished for"
        return max(others, key=lambda way: found[way][0].rate), differs
    free = [way for way in passed if way.kind == current.kind or way.kind not in taken]
    if not free or (current not in found and current.precision != "fp32"):
        return current, "no other way is known to agree with its vectors"
    best = max(free, key=lambda way: found[way][0].rate)
    if current not in found:
        return best, "it was the fastest that could be tried"
    gain = found[best][0].rate / found[current][0].rate
    if best == current or (gain < FASTER and current in free):
        return current, "none that agrees with fp32 is clearly faster"
    agrees = f"it agrees with fp32 ({_figures(found[best][1])})"
    return best, f"{gain:.1f} times as fast as {current}, and {agrees}"


def _figures(gate: Gate) -> str:
    return f"cosine {gate.cosine:.4f}, answers {min(gate.pictures, gate.words):.0%} the same"


def _overlap(
    asked: Array, library: Array, other_asked: Array, other_library: Array, *, alone: bool = False
) -> float:
    """The mean share of equal answers; `alone`: each query is in the library and not an answer."""
    first = _best(asked @ library.T, alone)
    second = _best(other_asked @ other_library.T, alone)
    same = [len(set(a) & set(b)) for a, b in zip(first, second, strict=True)]
    return sum(same) / first.size


def _best(scores: Array, alone: bool) -> NDArray[np.intp]:
    if alone:
        np.fill_diagonal(scores, -np.inf)
    best: NDArray[np.intp] = np.argsort(-scores, axis=1, kind="stable")[:, :BEST]
    return best
