"""The configuration and the program in use, exchanged on reload while requests go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gphotos_search.config import Config
from gphotos_search.service.base import Work


@dataclass(eq=False)
class _Pair:
    config: Config
    work: Work
    users: int = 0
    retired: bool = False


class Current:
    """Hands out one pair at a time; a replaced one is closed when its last user has left."""

    def __init__(self, config: Config, work: Work) -> None:
        self._pair = _Pair(config, work)
        self._changed = threading.Condition()

    @property
    def config(self) -> Config:
        return self._pair.config

    @contextmanager
    def use(self) -> Iterator[tuple[Config, Work]]:
        """The pair of now, which stays open until the end of the block."""
        with self._changed:
            pair = self._pair
            pair.users += 1
        try:
            yield pair.config, pair.work
        finally:
            self._leave(pair)

    def _leave(self, pair: _Pair) -> None:
        with self._changed:
            pair.users -= 1
            last = pair.retired and pair.users == 0
            self._changed.notify_all()
        if last:
            pair.work.close()

    def swap(self, config: Config, work: Work) -> None:
        """From now on this pair is in use."""
        with self._changed:
            old, self._pair = self._pair, _Pair(config, work)
        self._retire(old)

    def close(self, wait_s: float) -> bool:
        """Closes the pair in use; False when somebody still works with it after `wait_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._pair.users == 0, timeout=wait_s)
            idle = self._pair.users == 0
        self._retire(self._pair)
        return idle

    def _retire(self, pair: _Pair) -> None:
        with self._changed:
            pair.retired = True
            idle = pair.users == 0
        if idle:
            pair.work.close()
