"""Signals as events that cannot be missed.

A Python handler runs between bytecodes. One whose signal comes a moment before the main thread
blocks on a lock runs only when the wait is over, half a minute later; seen on a busy machine. The
wakeup descriptor is written by the C handler itself, so waiting on it has no such gap.
https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd
"""

from __future__ import annotations

import select
import signal
import socket
from collections import deque
from types import FrameType, TracebackType
from typing import Literal, Self

Event = Literal["stop", "reload"]
EVENTS: dict[int, Event] = {
    signal.SIGTERM: "stop",
    signal.SIGINT: "stop",
    signal.SIGHUP: "reload",
}


class Signals:
    """Takes the signals of EVENTS over for a block. Only for the main thread."""

    def __enter__(self) -> Self:
        self._seen: deque[int] = deque()
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        self._handlers = {number: signal.signal(number, _noted) for number in EVENTS}
        self._wakeup = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._read.close()
        self._write.close()

    def wait(self, timeout_s: float) -> Event | None:
        """The next event in the order of arrival; None when none came in time."""
        if not self._seen and select.select([self._read], [], [], timeout_s)[0]:
            self._seen.extend(number for number in self._read.recv(4096) if number in EVENTS)
        return EVENTS[self._seen.popleft()] if self._seen else None


def _noted(_number: int, _frame: FrameType | None) -> None:
    """The wakeup descriptor has the number; a handler must be set for it to be written."""
