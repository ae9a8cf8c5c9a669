"""What is compared: rclip, the two loops, and this program, each through its own command line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.rivals.child import Ran, Runner, size_mb

PATIENCE_S = 120.0


class Tool(Protocol):
    @property
    def name(self) -> str: ...

    def begin(self) -> None:
        """Forget what an earlier run left."""
        ...

    def index(self, folder: Path) -> Ran:
        """Take in a folder of pictures that are new to it; earlier ones stay."""
        ...

    def hold(self, features: Path, some: Path) -> Ran:
        """Instead of pictures take vectors computed elsewhere; `some` is a folder of pictures."""
        ...

    def cold(self, query: str) -> Ran:
        """One search by a new process while nothing else of the tool runs."""
        ...

    def warm(self, queries: Sequence[str]) -> tuple[str, list[float]]:
        """How the tool stays ready, and the seconds of each search; none where it does not."""
        ...

    def size_mb(self) -> float:
        """What it keeps on disk of what was indexed, without models and thumbnails."""
        ...


@dataclass(frozen=True)
class Rclip:
    run: Runner
    binary: Path
    pictures: Path  # the folder that holds all others; a search looks below where it is run
    home: Path  # with the stand-in's weights

    name = "rclip"

    def begin(self) -> None:
        (self.home / "db.sqlite3").unlink(missing_ok=True)

    def index(self, folder: Path) -> Ran:
        """It has no command for it: the first search in a folder does it."""
        return self._rclip("a first search", cwd=folder)

    def hold(self, features: Path, some: Path) -> Ran:
        self.index(some)  # makes the database
        return _filled(self.run, "rclip", features, self.home / "db.sqlite3", self.pictures)

    def cold(self, query: str) -> Ran:
        return self._rclip("--no-indexing", query, cwd=self.pictures)

    def warm(self, queries: Sequence[str]) -> tuple[str, list[float]]:  # noqa: ARG002
        return "none", []

    def size_mb(self) -> float:
        return size_mb(self.home / "db.sqlite3")

    def _rclip(self, *options: str, cwd: Path) -> Ran:
        return self.run(self.binary, *options, cwd=cwd, RCLIP_DATADIR=str(self.home))


@dataclass(frozen=True)
class Tutorial:
    run: Runner
    way: str
    name: str
    checkpoint: Path
    saved: Path

    def begin(self) -> None:
        """Each run of a loop writes its files anew."""

    def index(self, folder: Path) -> Ran:
        return self._loop("index", folder, self.saved)

    def hold(self, features: Path, some: Path) -> Ran:  # noqa: ARG002
        return _filled(self.run, "loop", features, self.saved)

    def cold(self, query: str) -> Ran:
        return self._loop("query", self.saved, query)

    def warm(self, queries: Sequence[str]) -> tuple[str, list[float]]:
        said = self._loop("query", self.saved, "to be ready", *queries).output
        seconds: list[float] = json.loads(said.splitlines()[-1])
        return "in the open notebook", seconds

    def size_mb(self) -> float:
        return size_mb(self.saved.with_suffix(".npy"), self.saved.with_suffix(".json"))

    def _loop(self, step: str, *rest: str | Path) -> Ran:
        program = [sys.executable, "-m", "benchmarks.rivals.tutorial", self.way, step]
        return self.run(*program, self.checkpoint, *rest)


@dataclass(frozen=True)
class Ours:
    run: Runner
    label: str
    home: Path
    checkpoint: Path
    precision: str

    @property
    def name(self) -> str:
        return f"gphotos-search, {self.label}"

    def begin(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        self._config.write_text(
            f"[storage]\ndata_dir = {json.dumps(str(self.home / 'data'))}\n"
            f"[model]\nname = {json.dumps(str(self.checkpoint))}\n"
            f'precision = "{self.precision}"\ndevice = "cpu"\n'
            f"[service]\nsocket = {json.dumps(str(self._socket))}\n"
        )

    def index(self, folder: Path) -> Ran:
        return self.run(*self.command("import", folder))

    def hold(self, features: Path, some: Path) -> Ran:  # noqa: ARG002
        """By the command that is meant for it."""
        ids = features.with_suffix(".csv")
        made_by = ("--encoder", self.checkpoint)
        return self.run(*self.command("import-features", features, ids, *made_by))

    def cold(self, query: str) -> Ran:
        return self.run(*self.command(query))

    def command(self, *rest: str | Path) -> list[str]:
        """This program with the configuration that `begin` wrote."""
        script = Path(sys.executable).parent / "gphotos-search"
        if not script.exists():
            sys.exit(
                f"{script} is not there: install this package beside the Python that runs this"
            )
        return [str(script), "--config", str(self._config), *map(str, rest)]

    def warm(self, queries: Sequence[str]) -> tuple[str, list[float]]:
        self.run(*self.command("sync"))  # else the service would begin with it, beside the searches
        with self._service():
            for attempt in range(3):  # the first loads the text tower
                self.cold(f"to be ready {attempt}")
            return "whole command", [self.cold(text).seconds for text in queries]

    def size_mb(self) -> float:
        data = self.home / "data"
        return size_mb(*data.glob("catalog.db*"), data / "index")

    @property
    def _config(self) -> Path:
        return self.home / "config.toml"

    @property
    def _socket(self) -> Path:
        return self.run.scratch / "run" / "ours.sock"

    @contextmanager
    def _service(self) -> Iterator[None]:
        command, environment = self.command("service", "run"), self.run.environment({})
        with (
            (self.home / "service.log").open("wb") as log,
            subprocess.Popen(command, env=environment, stdout=log, stderr=log) as service,
        ):
            try:
                _wait_for(self._socket, service)
                yield
            finally:
                service.terminate()


def _filled(run: Runner, kind: str, *rest: Path) -> Ran:
    return run(sys.executable, "-m", "benchmarks.rivals.vectors", kind, *rest)


def _wait_for(socket: Path, service: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not socket.exists():
        if service.poll() is not None or time.monotonic() > until:
            sys.exit(f"the service did not start: no {socket}")
        time.sleep(0.05)
