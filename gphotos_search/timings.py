"""Where the time of one search goes, for `--timings`. Costs next to nothing where nobody asked."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

Stages = dict[str, float]  # milliseconds by what was done, in the order it began first


class _Watch:
    """Adds up stages; time of a stage inside another one counts for the inner one only."""

    def __init__(self) -> None:
        self.stages: Stages = {}
        self.inner = [0.0]  # spent in stages inside of each that is open

    def add(self, name: str, elapsed_ms: float) -> None:
        self.stages[name] += elapsed_ms - self.inner.pop()
        self.inner[-1] += elapsed_ms


_watch: ContextVar[_Watch | None] = ContextVar("watch", default=None)


@contextmanager
def recorded(wanted: bool = True) -> Iterator[Stages]:
    """What this thread spends on stages inside of the block fills the dict that is handed out.

    Inside of another `recorded` that is the same dict. Stays empty where it is not wanted.
    """
    running = _watch.get()
    if not wanted or running is not None:
        yield {} if running is None else running.stages
        return
    token = _watch.set(_Watch())
    try:
        watch = _watch.get()
        assert watch is not None
        yield watch.stages
    finally:
        _watch.reset(token)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """One thing that a search does; done several times, the times add up."""
    watch = _watch.get()
    if watch is None:
        yield
        return
    watch.stages.setdefault(name, 0.0)
    watch.inner.append(0.0)
    started = time.perf_counter()
    try:
        yield
    finally:
        watch.add(name, (time.perf_counter() - started) * 1000)


def lines(stages: Mapping[str, float]) -> list[str]:
    """A line each: milliseconds, and what they were spent on."""
    return [f"{ms:9.1f} ms  {name}" for name, ms in stages.items()]
