"""A running service over the stand-in library, in its own process, with a service manager's ear."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gphotos_search.config import Config
from gphotos_search.service import client
from tests.service.stand_in import read

ROOT = Path(__file__).parents[2]
SOON_S = 60.0  # an upper bound for a busy machine; nothing waits for it to pass


def eventually(true: Callable[[], Any], within_s: float = SOON_S) -> Any:
    """The first true value of `true()`; fails when none comes in time."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError(f"it never came true within {within_s} s")


class Running:
    """One service process; `folder` holds its settings, data, log and sockets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "n"))
        self.manager.setblocking(False)
        self.heard: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> Config:
        return read(self.folder)

    def settings(self, **told: Any) -> None:
        (self.folder / "settings.json").write_text(json.dumps(told))

    def start(
        self,
        *before: str,
        ready: bool = True,
        env: dict[str, str] | None = None,
        keep: tuple[int, ...] = (),
    ) -> None:
        """`before`: a program to start it with; `keep`: descriptors to hand down."""
        words = [*before, sys.executable, "-m", "tests.service.stand_in", str(self.folder)]
        environment = {**os.environ, "NOTIFY_SOCKET": str(self.folder / "n"), **(env or {})}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                words, cwd=ROOT, stderr=log, env=environment, pass_fds=keep
            )
        if ready:
            self.hears("READY=1")

    def hears(self, line: str, within_s: float = SOON_S) -> None:
        eventually(lambda: line in self.messages(), within_s)

    def messages(self) -> list[str]:
        with suppress(BlockingIOError):
            while True:
                self.heard += self.manager.recv(4096).decode().split("\n")
        return self.heard

    def said(self) -> str:
        return self.log.read_text()

    def ask(self, path: str, **params: Any) -> dict[str, Any]:
        found = client.ask(self.config, path, params)
        assert found is not None
        return found

    def syncs(self) -> None:
        """Starts a sync now and waits until it is under way."""
        answer = client.ask(self.config, "/v1/sync", method="POST")
        assert answer is not None
        assert answer["started"]
        eventually(lambda: self.ask("/v1/status")["syncs"])

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def ends(self, within_s: float = SOON_S) -> int:
        assert self.process is not None
        return self.process.wait(within_s)

    def close(self) -> None:
        self.manager.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short path, as sockets need."""
    folder = Path(tempfile.mkdtemp(prefix="gs"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def service(short: Path) -> Iterator[Running]:
    running = Running(short)
    running.settings()
    yield running
    running.close()
