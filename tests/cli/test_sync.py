"""Stopping a sync by hand."""

from __future__ import annotations

import io
import os
import signal
import sys

import pytest

from gphotos_search.cli.sync import stoppable


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_one_ends(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(number)
    with stoppable() as stop:
        os.kill(os.getpid(), number)
        assert stop.wait(5)
        assert "once more to stop at once" in capsys.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) == before


def test_a_stop_is_told_to_whatever_stands_for_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    # A live display takes the place of sys.stderr; words that go past it are painted over.
    display = io.StringIO()
    with stoppable() as stop:
        monkeypatch.setattr(sys, "stderr", display)
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(5)
    assert "Stopping" in display.getvalue()
