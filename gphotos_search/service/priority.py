"""Low CPU and I/O priority for one thread and the threads it starts; searches keep theirs.

On Linux niceness and I/O priority belong to the thread (setpriority(2), ioprio_set(2)) and are
inherited by the threads it creates: downloads and the model's workers follow. Elsewhere they belong
to the whole process, so nothing is changed there.
"""

from __future__ import annotations

import ctypes
import logging
import os
import platform
import sys
import threading

NICE = 15
IOPRIO_WHO_PROCESS = 1
# The lowest of "best effort". Not the idle class: an indexer that never gets the disk while it
# holds the writer's lock would keep others waiting for as long as the machine is busy.
BEST_EFFORT_LOWEST = (2 << 13) | 7
IOPRIO_SET = {  # system call numbers: glibc has no wrapper
    "x86_64": 251,
    "aarch64": 30,
    "riscv64": 30,
    "loongarch64": 30,
    "armv7l": 314,
    "ppc64le": 273,
    "s390x": 282,
}

log = logging.getLogger(__name__)


def lower_this_thread() -> None:
    """Never raises: a kernel that refuses only means normal priority."""
    if sys.platform != "linux":
        return
    thread = threading.get_native_id()
    try:
        os.setpriority(os.PRIO_PROCESS, thread, max(NICE, os.getpriority(os.PRIO_PROCESS, thread)))
        _lower_io(thread)
    except OSError as error:
        log.info("Indexing runs at normal priority here: %s", error)


def lower_this_process() -> None:
    """As lower_this_thread, for a command that does nothing else. Call it before its threads begin:
    they inherit it."""
    if sys.platform == "linux":
        lower_this_thread()
    elif hasattr(os, "nice"):
        os.nice(NICE)


def _lower_io(thread: int) -> None:
    number = IOPRIO_SET.get(platform.machine())
    if number is None:  # the kernel derives a low I/O priority from the niceness then
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, IOPRIO_WHO_PROCESS, thread, BEST_EFFORT_LOWEST) == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
