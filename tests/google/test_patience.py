from __future__ import annotations

import threading
import time

import pytest

from gphotos_search.errors import TryLater
from gphotos_search.google.patience import Fault, Patience, RetryPolicy


def failing(times: int, fault: Fault) -> tuple[list[int], object]:
    """(calls, attempt): raises `fault` the first `times` calls, then says "done"."""
    calls: list[int] = []

    def attempt() -> str:
        calls.append(1)
        if len(calls) <= times:
            raise fault
        return "done"

    return calls, attempt


def run(patience: Patience, times: int, fault: Fault, errors: int | None = None) -> str:
    _, attempt = failing(times, fault)
    return patience.run(attempt, errors=errors)  # type: ignore[arg-type]


def test_a_fault_waits_from_one_second_and_doubles(patience: Patience, naps: list[float]) -> None:
    assert run(patience, 3, Fault("5xx", status=503)) == "done"
    assert len(naps) == 3
    for nap, least in zip(naps, (1, 2, 4), strict=True):
        assert least <= nap <= least * 4 / 3


def test_a_429_waits_at_least_thirty_seconds_and_doubles(
    patience: Patience, naps: list[float]
) -> None:
    assert run(patience, 2, Fault("429", busy=True)) == "done"
    # The clock does not move in this test, so the second pause may hold a rest of the first.
    assert naps[0] == pytest.approx(35, abs=10)
    assert naps[0] > 29
    assert naps[1] >= 59


def test_retry_after_is_honoured(patience: Patience, naps: list[float]) -> None:
    assert run(patience, 1, Fault("429", busy=True, retry_after_s=100)) == "done"
    assert naps[0] >= 99


def test_a_longer_retry_after_than_our_patience_ends_at_once(
    patience: Patience, naps: list[float]
) -> None:
    with pytest.raises(Fault) as caught:
        run(patience, 1, Fault("429", busy=True, retry_after_s=4000))
    assert naps == []
    later = caught.value.give_up()
    assert later.until is not None


def test_it_ends_after_five_attempts(patience: Patience, naps: list[float]) -> None:
    with pytest.raises(Fault):
        run(patience, 99, Fault("reset"))
    assert len(naps) == 4


def test_an_error_answer_may_have_fewer_attempts(patience: Patience, naps: list[float]) -> None:
    with pytest.raises(Fault):
        run(patience, 99, Fault("500", status=500), errors=2)
    assert len(naps) == 1
    naps.clear()
    with pytest.raises(Fault):
        run(patience, 99, Fault("reset"), errors=2)
    assert len(naps) == 4


def test_anything_else_is_raised_at_once(patience: Patience, naps: list[float]) -> None:
    def attempt() -> None:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        patience.run(attempt)
    assert naps == []


def test_stop_ends_a_wait() -> None:
    stop = threading.Event()
    patience = Patience(stop=stop)
    threading.Timer(0.1, stop.set).start()
    started = time.monotonic()
    with pytest.raises(TryLater):
        run(patience, 1, Fault("429", busy=True))
    assert time.monotonic() - started < 5
    with pytest.raises(TryLater):
        patience.run(lambda: "not even tried")


def test_a_429_holds_every_thread_back() -> None:
    now = 0.0
    naps: list[float] = []
    patience = Patience(RetryPolicy(attempts=1), sleep=naps.append, clock=lambda: now)
    with pytest.raises(Fault):
        run(patience, 1, Fault("429", busy=True))
    assert patience.run(lambda: "another thread") == "another thread"
    assert naps == []  # the last attempt is over: nobody waits for it

    patience = Patience(sleep=naps.append, clock=lambda: now)
    assert run(patience, 1, Fault("429", busy=True)) == "done"
    naps.clear()
    assert patience.run(lambda: "another thread") == "another thread"
    assert naps[0] >= 30
