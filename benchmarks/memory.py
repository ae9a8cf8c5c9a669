"""How much memory of its own the process takes while something runs; mapped files do not count."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

STATUS = Path("/proc/self/status")
EVERY_S = 0.05


@contextmanager
def peak_mb() -> Iterator[Callable[[], float]]:
    """The highest amount above the one at the start, looked at every 50 ms; 0 where the system
    does not tell."""
    begin, highest, done = _anonymous_mb(), 0.0, threading.Event()

    def look() -> None:
        nonlocal highest
        while not done.wait(EVERY_S):
            highest = max(highest, _anonymous_mb() - begin)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield lambda: highest
    finally:
        done.set()
        thread.join()


def _anonymous_mb() -> float:
    if not STATUS.exists():
        return 0.0
    fields = dict(line.split(":", 1) for line in STATUS.read_text().splitlines() if ":" in line)
    return float(fields.get("RssAnon", "0 kB").split()[0]) / 1024
