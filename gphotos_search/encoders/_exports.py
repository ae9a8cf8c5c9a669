"""Image towers in other libraries' formats, made from the checkpoint once and kept.

    runtimes/<model>@<revision>/onnx-int8/   the files, and made.json with their hashes
                               /tuned.json   which of them was measured to be the fastest here

A folder of this kind appears whole or not at all: it is made beside, in a process of its own so
that the memory goes with it, and renamed. What is damaged or of another make is removed and made
again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gphotos_search.encoders import _ways
from gphotos_search.errors import ModelUnavailable

if TYPE_CHECKING:
    import threading

    from numpy.typing import NDArray

    from gphotos_search.encoders._checkpoint import Checkpoint

FORMAT = 1  # raise it when exported files change
MADE, TUNED, PARTIAL = "made.json", "tuned.json", ".partial"
FILES = {
    "onnx-fp32": "model.onnx",
    "onnx-int8": "model.onnx",
    "openvino-int8": "model.xml",
}
POLL_S = 0.1


def folder_of(root: Path, name: str, revision: str) -> Path:
    """Where the forms of a model at a revision lie, of which the first twelve digits count."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
    return root / f"{readable}@{revision[:12]}"


class Exports:
    """The cache of one checkpoint. Only the holder of the writer's lock makes anything."""

    def __init__(self, root: Path, checkpoint: Checkpoint) -> None:
        self.folder = folder_of(root, checkpoint.name, checkpoint.revision)
        self._checkpoint = checkpoint
        self._sound: set[str] = set()  # kinds whose files were read once by this process

    def find(self, kind: str) -> Path | None:
        """The file to open; None where there is none. One that is damaged or stale is removed."""
        folder = self.folder / kind
        if kind not in self._sound:
            if not folder.exists():
                return None
            if not _sound(folder, make_of(kind, self._checkpoint.revision)):
                shutil.rmtree(folder)
                return None
            self._sound.add(kind)
        return folder / FILES[kind]

    def start(self, kinds: Sequence[str], pixels: Sequence[NDArray[Any]] = ()) -> Making:
        """Begin to make what is missing of `kinds`; "openvino-int8" is calibrated with `pixels`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for leftover in self.folder.glob(f"*{PARTIAL}"):
            _remove(leftover)
        return Making(self.folder, self._checkpoint, [k for k in kinds if not self.find(k)], pixels)

    def make(
        self,
        kind: str,
        pixels: Sequence[NDArray[Any]] = (),
        stop: threading.Event | None = None,
    ) -> Path:
        """The file of this kind, made now where it is missing. Raises ModelUnavailable."""
        if found := self.find(kind):
            return found
        with self.start([kind], pixels) as making:
            while not making.ended() and not (stop and stop.is_set()):
                time.sleep(POLL_S)
            if made := self.find(kind):
                return made
            raise ModelUnavailable(
                f'The model "{self._checkpoint.name}" could not be exported: {making.reason()}.',
                advice='Set model.runtime = "torch", or model.precision = "auto".',
            )

    def keep(self, kinds: Collection[str]) -> None:
        """Remove every other one: of some hundred megabytes each only one is used."""
        for kind in FILES:
            if kind not in kinds:
                self._sound.discard(kind)
                shutil.rmtree(self.folder / kind, ignore_errors=True)

    def tuned(self, precision: str) -> dict[str, Any]:
        """What was measured to be the fastest on this machine: "runtime", "batch"; or {}."""
        found: Any = _read(self.folder / TUNED)
        if not isinstance(found, dict) or found.get("machine") != _ways.machine():
            return {}
        told = found.get(precision)
        return told if isinstance(told, dict) else {}

    def tune(self, precision: str, runtime: str, batch: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        told = {"machine": _ways.machine(), precision: {"runtime": runtime, "batch": batch}}
        part = self.folder / f"{TUNED}{PARTIAL}"
        part.write_text(json.dumps(told), encoding="utf-8")
        part.replace(self.folder / TUNED)


class Making:
    """A process that makes some kinds; it ends with us. Use as a context manager."""

    def __init__(
        self,
        folder: Path,
        checkpoint: Checkpoint,
        kinds: Sequence[str],
        pixels: Sequence[NDArray[Any]],
    ) -> None:
        self._log = folder / f"log{PARTIAL}"
        self._pictures = folder / f"pictures{PARTIAL}"
        asked = {
            "kinds": list(kinds),
            "parent": os.getpid(),
            "into": str(folder),
            "family": checkpoint.family,
            "name": checkpoint.name,
            "model": str(checkpoint.folder),
            "revision": checkpoint.revision,
            "pictures": str(self._pictures) if len(pixels) else "",
        }
        if len(pixels):
            with self._pictures.open("wb") as file:
                np.save(file, np.stack(pixels))
        self._process: subprocess.Popen[bytes] | None = None
        if kinds:
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "gphotos_search.encoders._export", json.dumps(asked)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )

    def __enter__(self) -> Making:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for left in self._log.parent.glob(f"*{PARTIAL}"):
            _remove(left)

    def ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def reason(self) -> str:
        """The last line that it wrote."""
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1].rstrip(".") if lines else "it was stopped"


def make_of(kind: str, revision: str) -> str:
    """What the files depend on besides the checkpoint's own files."""
    bits = ("8 bits" if _ways.fast_int8() else "7 bits") if kind.endswith("int8") else ""
    return f"{FORMAT} {kind} {revision} {bits}".strip()


def finish(folder: Path, kind: str, make: str) -> None:
    """Give the files in `folder` their place beside it, whole, after they are on the disk."""
    hashes = {}
    for path in sorted(folder.iterdir()):
        hashes[path.name] = _hash(path)
        with path.open("rb") as file:
            os.fsync(file.fileno())
    with (folder / MADE).open("w", encoding="utf-8") as file:
        json.dump({"make": make, "files": hashes}, file)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileNotFoundError):
        shutil.rmtree(folder.parent / kind)
    folder.rename(folder.parent / kind)


def _sound(folder: Path, make: str) -> bool:
    told: Any = _read(folder / MADE)
    if not isinstance(told, dict) or told.get("make") != make:
        return False
    try:
        return all(_hash(folder / name) == told["files"][name] for name in told["files"])
    except (OSError, KeyError, TypeError):
        return False


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
