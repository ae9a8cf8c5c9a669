"""Runs one command as a person would, and says how long it took and how much memory it had.

The parent must stay small: a child's peak memory is never less than its parent's at the fork.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# What a shell of a developer sets, and a user's does not.
DROPPED = ("OMP_NUM_THREADS", "PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME")


@dataclass(frozen=True, slots=True)
class Ran:
    seconds: float
    peak_mb: float  # of the largest process of the command
    output: str


@dataclass(frozen=True, slots=True)
class Runner:
    """Every tool gets the same surroundings: nothing from the network, no service of the user's.

    Compiled Python goes to `scratch`, so that no tool compiles its modules while it is measured
    and none writes into an installed package.
    """

    scratch: Path

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
        runtime = self.scratch / "run"
        runtime.mkdir(mode=0o700, exist_ok=True)
        return kept | {
            "HF_HUB_OFFLINE": "1",
            "PYTHONPYCACHEPREFIX": str(self.scratch / "pyc"),
            "XDG_RUNTIME_DIR": str(runtime),
            **more,
        }

    def __call__(self, *command: str | Path, cwd: Path | None = None, **more: str) -> Ran:
        """Run to the end. Exits with what the command said where it failed."""
        with tempfile.TemporaryFile() as out:
            started = time.perf_counter()
            process = subprocess.Popen(
                list(map(str, command)),
                cwd=cwd,
                env=self.environment(more),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            said = out.read().decode(errors="replace")
        if process.returncode:
            sys.exit(f"{' '.join(map(str, command))}: exit code {process.returncode}\n{said}")
        scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
        return Ran(seconds, usage.ru_maxrss / scale, said)


def size_mb(*paths: Path) -> float:
    """What files and folders take, by their lengths; what is not there takes nothing."""
    files = (
        file
        for path in paths
        for file in (path.rglob("*") if path.is_dir() else [path])
        if file.is_file()
    )
    return sum(file.stat().st_size for file in files) / 1e6
