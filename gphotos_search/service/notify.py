"""sd_notify(3): one datagram to the service manager, or nothing where there is none."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress

READY = "READY=1"
WATCHDOG = "WATCHDOG=1"
STOPPING = "STOPPING=1"


def send(*lines: str) -> None:
    """Never raises: a service manager that does not listen is no reason to stop."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # the abstract namespace of Linux
    message = "\n".join(line.replace("\n", " ") for line in lines)
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect(address)
        channel.send(message.encode())


def reloading() -> None:
    """To be followed by READY when the reload is done."""
    stamp = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    send("RELOADING=1", f"MONOTONIC_USEC={stamp}")


def watchdog_interval_s() -> float | None:
    """How often to send WATCHDOG: half of what the service manager allows, None if it asks not."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    allowed = os.environ.get("WATCHDOG_USEC", "")
    return int(allowed) / 2e6 if allowed.isdigit() and int(allowed) > 0 else None
