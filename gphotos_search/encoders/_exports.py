"""Image towers in other libraries' formats, made from the checkpoint once and kept.

    runtimes/<model>@<revision>/onnx-int8/   the files, and made.json with their hashes

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
MADE, PARTIAL = "made.json", ".partial"
FILES = {
    "onnx-fp32": "model.onnx",
    "onnx-int8": "model.onnx",
    "openvino-int8": "model.xml",
}
POLL_S = 0.1
ROOM = 2  # times the checkpoint: a graph and its int8 form in the making, and some to spare


def folder_of(root: Path, name: str, revision: str) -> Path:
    """Where the forms of a model at a revision lie, of which the first twelve digits count."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
    return root / f"{readable}@{revision[:12]}"


class Exports:
    """The cache of one checkpoint. Only the holder of the writer's lock makes anything.

    Set `stop` to the event of a run, and `make` waits no longer than that.
    """

    stop: threading.Event | None = None

    def __init__(self, root: Path, checkpoint: Checkpoint) -> None:
        self.folder = folder_of(root, checkpoint.name, checkpoint.revision)
        self._checkpoint = checkpoint
        self._sound: set[str] = set()  # kinds whose files were read once by this process

    def find(self, kind: str) -> Path | None:
        """The file to open; None where there is none that is whole and of today's make."""
        folder = self.folder / kind
        if kind not in self._sound:
            if not _sound(folder, make_of(kind, self._checkpoint.revision)):
                return None
            self._sound.add(kind)
        return folder / FILES[kind]

    def start(self, kinds: Sequence[str], pixels: Sequence[NDArray[Any]] = ()) -> Making:
        """Begin to make what is missing of `kinds`; "openvino-int8" is calibrated with `pixels`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for leftover in self.folder.glob(f"*{PARTIAL}"):
            _remove(leftover)
        for kind in FILES:  # one form is made from another: a damaged one must not be there
            if not self.find(kind):
                shutil.rmtree(self.folder / kind, ignore_errors=True)
        missing = [kind for kind in kinds if not self.find(kind)]
        return Making(self.folder, self._checkpoint, missing, pixels)

    def make(self, kind: str, pixels: Sequence[NDArray[Any]] = ()) -> Path:
        """The file of this kind, made now where it is missing. Raises ModelUnavailable."""
        if found := self.find(kind):
            return found
        with self.start([kind], pixels) as making:
            while not making.ended() and not (self.stop and self.stop.is_set()):
                time.sleep(POLL_S)
            if made := self.find(kind):
                return made
            raise ModelUnavailable(
                f'The model "{self._checkpoint.name}" could not be exported: {making.reason()}.',
                advice='Mend that, or set model.runtime = "torch" and model.precision = "auto".',
            )

    def keep(self, kinds: Collection[str]) -> None:
        """Remove every other one: each has some hundred megabytes."""
        for kind in FILES:
            if kind not in kinds:
                self._sound.discard(kind)
                shutil.rmtree(self.folder / kind, ignore_errors=True)


class Making:
    """A process that makes some kinds; it ends with us. Use as a context manager."""

    def __init__(
        self,
        folder: Path,
        checkpoint: Checkpoint,
        kinds: Sequence[str],
        pixels: Sequence[NDArray[Any]],
    ) -> None:
        self._refused = _no_room(folder, checkpoint) if kinds else ""
        if self._refused:
            kinds = ()
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
        if kinds and len(pixels):
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
        """Why a file is missing once it ended: the last line that it wrote, if it wrote any."""
        if self._process is None:
            return self._refused
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1].rstrip(".") if lines else "it was stopped"


def _no_room(folder: Path, checkpoint: Checkpoint) -> str:
    """A sentence where the disk may not take the files; the catalogue lies beside them."""
    needed = ROOM * sum(path.stat().st_size for path in checkpoint.weights)
    if shutil.disk_usage(folder).free >= needed:
        return ""
    return f"{needed / 1e6:,.0f} MB have to be free on the disk of {folder.parent}"


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
