"""One core for small matrix products, where numpy's BLAS lets us choose.

A query is a hundred small products. OpenBLAS gives each to all cores and waits for the slowest:
beside a busy embedder that wait was measured as 50 ms a product against 0.1 ms on one core.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from numpy import linalg

NAMES = (
    "scipy_openblas_{}_num_threads64_",
    "openblas_{}_num_threads64_",
    "openblas_{}_num_threads",
)


class _Count:
    """Restores the number when the last of several threads leaves."""

    def __init__(self, library: Any, name: str) -> None:
        self._get, self._set = (getattr(library, name.format(verb)) for verb in ("get", "set"))
        self._lock, self._inside, self._before = threading.Lock(), 0, 1

    def enter(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._before = self._get()
                self._set(1)
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._set(self._before)


@contextmanager
def one_core() -> Iterator[None]:
    """Inside, products run on one core; another BLAS than OpenBLAS goes on as it was.

    The number is the process's. Another thread that multiplies meanwhile is slower, not wrong.
    """
    count = _openblas()
    if count is None:
        yield
        return
    count.enter()
    try:
        yield
    finally:
        count.leave()


@cache
def _openblas() -> _Count | None:
    try:
        # numpy's own library, found through the module that is linked to it; not a public name.
        library = ctypes.CDLL(linalg._umath_linalg.__file__)
    except (AttributeError, OSError):
        return None
    found = (name for name in NAMES if hasattr(library, name.format("set")))
    name = next(found, "")
    return _Count(library, name) if name else None
