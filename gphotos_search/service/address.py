"""Where the service listens, and whether the one who listens there is us. Standard library only."""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
from pathlib import Path

from gphotos_search.config import Config
from gphotos_search.errors import ConfigError, UsageError

NAME = "gphotos-search.sock"
LONGEST = 107  # bytes: sun_path without its final zero, unix(7)
LONGEST_ELSEWHERE = 103


def socket_path(config: Config) -> Path:
    """service.socket, else in the runtime folder of the user, else in the data folder.

    Raises ConfigError for a path longer than the kernel takes.
    """
    path = _chosen(config)
    longest = LONGEST if sys.platform == "linux" else LONGEST_ELSEWHERE
    size = len(os.fsencode(path))
    if size > longest:
        raise ConfigError(
            str(config.file or "configuration"),
            [f"service.socket: {path} has {size} bytes; a socket's path has at most {longest}"],
            advice="Set service.socket to a shorter path.",
        )
    return path


def _chosen(config: Config) -> Path:
    if config.service.socket:
        return Path(config.service.socket).expanduser().absolute()
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/"):
        return Path(runtime) / NAME
    # cron and sudo leave the variable out.
    shared = Path(f"/run/user/{os.getuid()}")
    return (shared if shared.is_dir() else config.storage.data_dir.absolute()) / NAME


def data_dir_id(config: Config) -> str:
    """The data folder as both ends name it: absolute, links resolved."""
    return os.path.realpath(config.storage.data_dir)


def owned_by_us(path: Path) -> bool:
    """False where nothing is. Raises UsageError for what is there but not a socket of this user."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISSOCK(found.st_mode):
        raise UsageError(
            f"{path} is not a socket.",
            advice="Move it away, or set service.socket to another path.",
        )
    if found.st_uid != os.getuid():
        raise UsageError(
            f"{path} belongs to another user (uid {found.st_uid}); it is not used.",
            advice="Set service.socket to a path in a folder of your own.",
        )
    return True


def peer_is_us(connection: socket.socket) -> bool:
    """Whether the other end runs as this user, asked of the kernel where it can say."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True  # the owner of the socket file was checked
    raw = connection.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", raw)
    return bool(uid == os.getuid())
