"""Watches the places of local sources while the service runs, and says which sources changed.

What watching misses, the scheduled syncs find: they look at everything anyway.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from gphotos_search.errors import GphotosError
from gphotos_search.service.current import Current
from gphotos_search.service.follow import Follower
from gphotos_search.service.settling import Settling

PLACES_EVERY_S = 5.0  # sources are imported, paused and forgotten by other programs
ENDS_S = 1.0

log = logging.getLogger(__name__)

Key = tuple[str, Path, tuple[str, ...]]  # source, place, patterns left out


class Watcher:
    """`changed` gets the names of sources, in a thread, some seconds after their last change."""

    def __init__(
        self,
        current: Current,
        changed: Callable[[Collection[str]], None],
        settling: Settling | None = None,
    ) -> None:
        self.current, self._changed = current, changed
        self._settling = settling or Settling()
        self._heard: queue.SimpleQueue[str] = queue.SimpleQueue()  # "" wakes it up for the end
        self._followers: dict[Key, Follower] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it tells of every change
        self._thread.start()

    def stop(self) -> None:
        """At once: no more is heard afterwards."""
        self._stop.set()
        self._heard.put("")
        self._thread.join(ENDS_S)

    def _run(self) -> None:
        looked = float("-inf")
        while not self._stop.is_set():
            try:
                if time.monotonic() - looked >= PLACES_EVERY_S:
                    looked = time.monotonic()
                    self._follow(self._places())
                self._listen()
            except Exception:
                log.exception("Watching folders met a bug; it goes on")
                self._stop.wait(PLACES_EVERY_S)
        self._follow(set())

    def _places(self) -> set[Key]:
        """Those watched now, where the catalogue cannot be asked."""
        if self.current.config.service.idle_exit:  # syncs are the timer's then
            return set()
        try:
            with self.current.use() as (_, work):
                return {(one.source, one.path, tuple(one.exclude)) for one in work.places()}
        except GphotosError as error:
            log.warning("The places to watch are not known now: %s", error)
            return set(self._followers)

    def _follow(self, wanted: set[Key]) -> None:
        leaving = [self._followers.pop(key) for key in self._followers.keys() - wanted]
        for follower in leaving:
            follower.end()
        for follower in leaving:
            follower.join(ENDS_S)
        own = self.current.config.storage.data_dir.resolve()
        for key in wanted - self._followers.keys():
            source, place, exclude = key
            heard = partial(self._heard.put, source)
            self._followers[key] = Follower(place, own, exclude, heard)

    def _listen(self) -> None:
        """Waits for the next thing to happen, and passes on what is due."""
        wait_s = self._settling.wait_s(time.monotonic(), PLACES_EVERY_S)
        try:
            name = self._heard.get(timeout=min(wait_s, PLACES_EVERY_S))
        except queue.Empty:
            pass
        else:
            if name:
                self._settling.heard(name, time.monotonic())
        if not self._stop.is_set() and (due := self._settling.due(time.monotonic())):
            log.info("Looking again at %s", ", ".join(sorted(due)))
            self._changed(due)
