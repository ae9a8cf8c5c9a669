"""Trying again: how often, after how long, and all threads of a source together.

Source of the rules: https://developers.google.com/photos/overview/best-practices - after a 429 at
least 30 seconds, after a 5xx exponentially from 1 second, never without a delay.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from gphotos_search.errors import TryLater

T = TypeVar("T")


class Fault(Exception):
    """An attempt failed in a way that waiting may cure. Never leaves the Google sources."""

    def __init__(
        self,
        reason: str,
        *,
        busy: bool = False,  # Google said: too many requests
        retry_after_s: float = 0.0,
        status: int = 0,  # of the answer, 0 when none came
        unreachable: bool = False,  # not even a connection
    ) -> None:
        super().__init__(reason)
        self.busy = busy
        self.retry_after_s = retry_after_s
        self.status = status
        self.unreachable = unreachable

    def give_up(self) -> TryLater:
        """What a run says when its patience is at an end."""
        until = None
        if self.retry_after_s:
            until = datetime.now(UTC) + timedelta(seconds=self.retry_after_s)
        return TryLater(f"{self} Tried several times.", until=until)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Waits double from one attempt to the next, up to a third is added by chance."""

    attempts: int = 5
    fault_s: float = 1.0
    busy_s: float = 30.0
    total_s: float = 300.0  # waiting in all, for one call


class Patience:
    """Runs attempts under a policy. `stop` ends a wait at once with TryLater.

    A 429 to one thread holds the others back too: the quota is shared.
    """

    def __init__(
        self,
        policy: RetryPolicy | None = None,
        *,
        stop: threading.Event | None = None,
        sleep: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy or RetryPolicy()
        self._stop = stop or threading.Event()
        self._sleep = sleep or self._stop.wait
        self._clock = clock
        self._lock = threading.Lock()
        self._held_until = clock()

    def run(self, attempt: Callable[[], T], *, errors: int | None = None) -> T:
        """The attempt's result. Raises its last Fault, and at once anything else it raises.

        `errors` replaces the number of attempts where the server's answer was a 5xx.
        """
        waited = 0.0
        for tried in itertools.count(1):
            self._hold()
            try:
                return attempt()
            except Fault as fault:
                limit = errors if errors and fault.status >= 500 else self._policy.attempts
                wait = self._wait_after(fault, tried)
                if tried >= limit or waited + wait > self._policy.total_s:
                    raise
                waited += wait
                self._pause(wait, everyone=fault.busy)
        raise AssertionError("count() never ends")

    def _wait_after(self, fault: Fault, tried: int) -> float:
        first = self._policy.busy_s if fault.busy else self._policy.fault_s
        spread = 1 + random.random() / 3  # so that threads do not come back in step
        return float(max(first * 2 ** (tried - 1), fault.retry_after_s) * spread)

    def _pause(self, seconds: float, *, everyone: bool) -> None:
        if everyone:
            with self._lock:
                self._held_until = max(self._held_until, self._clock() + seconds)
        else:
            self._wait(seconds)

    def _hold(self) -> None:
        left = self._held_until - self._clock()
        if left > 0:
            self._wait(left * (1 + random.random() / 10))
        elif self._stop.is_set():
            self._wait(0)

    def _wait(self, seconds: float) -> None:
        self._sleep(seconds)
        if self._stop.is_set():
            raise TryLater("Stopped before Google had answered.")
