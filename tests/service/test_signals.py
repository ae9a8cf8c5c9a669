"""No signal is missed, whenever it comes."""

from __future__ import annotations

import os
import signal
import threading
import time

from gphotos_search.service.signals import Signals


def test_signals_come_in_order() -> None:
    with Signals() as signals:
        assert signals.wait(0) is None
        for number in (signal.SIGHUP, signal.SIGTERM):
            os.kill(os.getpid(), number)
        assert [signals.wait(5), signals.wait(5), signals.wait(0)] == ["reload", "stop", None]


def test_one_that_comes_a_moment_before_the_wait_ends_it() -> None:
    with Signals() as signals:
        for _ in range(200):
            sender = threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGHUP))
            sender.start()
            started = time.monotonic()
            assert signals.wait(20) == "reload"
            assert time.monotonic() - started < 10
            sender.join()


def test_the_old_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Signals():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
