"""The listening socket: handed over by the service manager, or bound here with mode 0600."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gphotos_search.config import Config
from gphotos_search.errors import Locked, UsageError
from gphotos_search.service.address import owned_by_us, socket_path

FIRST_PASSED = 3  # sd_listen_fds(3)
BACKLOG = 64
PROBE_S = 2.0


@contextmanager
def listener(config: Config) -> Iterator[socket.socket]:
    """A listening unix socket; a file that we made is removed at the end.

    Raises Locked while another service answers there, UsageError for a foreign file, ConfigError.
    """
    passed = _passed_socket()
    if passed is not None:
        with passed:
            yield passed
        return
    path = socket_path(config)
    bound = _bind(path)
    made = path.lstat()
    try:
        with bound:
            yield bound
    finally:
        with suppress(OSError):
            now = path.lstat()
            if (now.st_dev, now.st_ino) == (made.st_dev, made.st_ino):
                path.unlink()


def _passed_socket() -> socket.socket | None:
    count = os.environ.pop("LISTEN_FDS", "")
    pid = os.environ.pop("LISTEN_PID", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not count.isdigit() or int(count) == 0:
        return None
    if int(count) > 1:
        raise UsageError(f"The service manager passed {count} sockets; one is expected.")
    try:
        passed = socket.socket(fileno=FIRST_PASSED)
        listens = passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
    except OSError as error:
        raise UsageError(f"The service manager passed no usable socket: {error}.") from error
    if passed.family != socket.AF_UNIX or not listens:
        passed.close()
        raise UsageError("The service manager passed a socket that is not a listening unix socket.")
    passed.set_inheritable(False)
    return passed


def _bind(path: Path) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if owned_by_us(path):
        if _someone_answers(path):
            raise Locked(
                f"A gphotos-search service is already running: it answers on {path}.",
                advice="Ask it: gphotos-search status. To replace it, stop it first.",
            )
        path.unlink(missing_ok=True)  # left by a service that was killed
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)  # the file has mode 0600 from its first moment
    try:
        bound.bind(os.fspath(path))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise UsageError(
            f"The service cannot listen on {path}: {error.strerror}.",
            advice="Set service.socket to a path in a folder that you can write to.",
        ) from error
    finally:
        os.umask(before)
    return bound


def _someone_answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PROBE_S)
        try:
            probe.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:  # a full backlog, a slow machine: alive
            return True
    return True
