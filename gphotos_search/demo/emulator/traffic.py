"""What was asked of the emulator, so that a test can say what must not have been."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from gphotos_search.demo.emulator.wire import Kind


@dataclass(frozen=True, slots=True)
class Visit:
    """One answered request. `ids`: the items asked for or, in a listing, handed out."""

    kind: Kind
    method: str
    path: str
    ids: tuple[str, ...]
    status: int
    size_bytes: int  # of the body that left
    bearer: bool  # an access token came with it
    fault: str = ""  # what was done to it on purpose


class Traffic:
    """Every visit since the start or the last `clear`, in order; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits: list[Visit] = []

    def add(self, visit: Visit) -> None:
        with self._lock:
            self._visits.append(visit)

    def clear(self) -> None:
        with self._lock:
            self._visits.clear()

    def of(self, kind: Kind) -> list[Visit]:
        return [visit for visit in self if visit.kind == kind]

    def count(self, kind: Kind) -> int:
        return len(self.of(kind))

    def counts(self) -> Counter[Kind]:
        """Requests by kind."""
        return Counter(visit.kind for visit in self)

    def ids(self, kind: Kind) -> list[str]:
        """The items of every request of this kind, with repetitions."""
        return [item for visit in self.of(kind) for item in visit.ids]

    def __iter__(self) -> Iterator[Visit]:
        with self._lock:
            return iter(tuple(self._visits))

    def __len__(self) -> int:
        with self._lock:
            return len(self._visits)
