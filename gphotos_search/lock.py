"""One writer: an advisory lock on a file that says who holds it.

flock is released by the kernel when its holder dies, so kill -9 leaves nothing behind. Python
opens files close-on-exec, and we never fork without exec, so no child keeps the lock alive.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gphotos_search.errors import DataFolderUnusable, Locked

POLL_S = 0.1


@contextmanager
def exclusive(path: Path, *, purpose: str, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the lock at `path` for `purpose` ("sync", "reindex", ...).

    Waits up to `wait_s` seconds, then raises Locked with the holder's purpose and process id.
    Raises GphotosError where the file cannot be written.
    """
    descriptor = _open(path)
    try:
        _acquire(descriptor, path, wait_s)
        with suppress(OSError):  # a full disk: the lock holds, only its words are missing
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "purpose": purpose}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DataFolderUnusable(
            f"Cannot write to {path}: {error.strerror}.",
            advice="Check who owns the data folder and whether its disk is full or read-only.",
        ) from error


def _acquire(descriptor: int, path: Path, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Locked(f"Another gphotos-search is at work here: {holder(path)}.") from None
            time.sleep(POLL_S)


def holder(path: Path) -> str:
    """Who wrote the lock file last, in words; only meaningful while the lock is taken."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        who = json.loads(path.read_text())
        return f"{who['purpose']}, process {who['pid']}"
    return "an unknown process"
