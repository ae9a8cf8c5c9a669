"""One writer at a time; a lock never outlives the process that took it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gphotos_search.errors import GphotosError, Locked
from gphotos_search.lock import exclusive

HOLD = """
import subprocess, sys, time
from pathlib import Path
from gphotos_search.lock import exclusive
with exclusive(Path(sys.argv[1]), purpose="sync"):
    if "child" in sys.argv:
        sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
        child = subprocess.Popen(sleep, close_fds=False)
        print(child.pid, flush=True)
    print("held", flush=True)
    time.sleep(60)
"""


def hold(path: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), *words], stdout=subprocess.PIPE, text=True
    )


def test_the_second_is_told_who_the_first_is(tmp_path: Path) -> None:
    with hold(tmp_path / "lock") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with (
            pytest.raises(Locked, match=f"sync, process {process.pid}") as refused,
            exclusive(tmp_path / "lock", purpose="reindex"),
        ):
            pass
        assert refused.value.exit_code == 4
        process.kill()


def test_kill_9_releases_it(tmp_path: Path) -> None:
    with hold(tmp_path / "lock") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        os.kill(process.pid, signal.SIGKILL)
    with exclusive(tmp_path / "lock", purpose="reindex"):
        pass


def test_a_child_does_not_keep_it(tmp_path: Path) -> None:
    with hold(tmp_path / "lock", "child") as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        assert process.stdout.readline() == "held\n"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        try:
            os.kill(child, 0)  # still there
            with exclusive(tmp_path / "lock", purpose="reindex"):
                pass
        finally:
            os.kill(child, signal.SIGKILL)


def test_waiting_gets_it_when_the_other_is_done(tmp_path: Path) -> None:
    done: list[float] = []

    def first() -> None:
        with exclusive(tmp_path / "lock", purpose="sync"):
            taken.set()
            time.sleep(0.3)
            done.append(time.monotonic())

    taken = threading.Event()
    thread = threading.Thread(target=first)
    thread.start()
    taken.wait()
    with exclusive(tmp_path / "lock", purpose="reindex", wait_s=10):
        assert time.monotonic() >= done[0]
    thread.join()


def test_it_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path / "lock", purpose="sync"):
        raise ZeroDivisionError
    with exclusive(tmp_path / "lock", purpose="sync"):
        assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_a_lock_file_that_says_nothing_still_locks(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with exclusive(path, purpose="sync"):
        path.write_text("")
        with pytest.raises(Locked, match="unknown process"), exclusive(path, purpose="b"):
            pass


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(GphotosError, match="Cannot write to") as caught,
        exclusive(tmp_path / "file" / "lock", purpose="sync"),
    ):
        pass
    assert "data folder" in caught.value.advice
