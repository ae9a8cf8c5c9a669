"""The half of an archive that lies on disk: `NAME.part`, and beside it what it is the half of."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Self

from gphotos_search.catalog.drive_files import DriveFile
from gphotos_search.errors import TryLater

CHUNK = 1 << 20  # bytes read or written at once
SYNC_EVERY = 64 << 20  # bytes that a power cut may cost
BLOCK = 512  # bytes; no file system writes less
SPARE = 512 << 20  # bytes left free on the disk; catalogue, index and thumbnails grow too

Told = Callable[[int], None]  # bytes of the archive that are here


class NoRoom(TryLater):
    """The disk lacks the space for the rest of an archive."""


class Partial:
    """One archive on its way to `folder`/NAME; its half lies in the folder above, where nobody
    looks for archives. Used by one thread.

    Promise: NAME appears whole, with the size and MD5 that Drive states, or not at all; killing
    the process anywhere costs the bytes that were not written yet, a power cut about 64 MiB more.
    """

    def __init__(self, folder: Path, file: DriveFile) -> None:
        self.file = file
        self.final = folder / file.name
        self.part = folder.parent / f"{file.name}.part"
        self.beside = folder.parent / f"{file.name}.part.json"
        self.size = 0
        self._hash = hashlib.md5(usedforsecurity=False)
        self._out: BinaryIO | None = None
        self._synced = 0

    def __enter__(self) -> Self:
        """Takes up the half of an earlier run where it is one of this very content."""
        try:
            self.final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            mine = _read(self.beside) == _identity(self.file)
            if not mine:
                self.remove()
                _write(self.beside, _identity(self.file))
            self._out = os.fdopen(os.open(self.part, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
            self.size = self._synced = _sound_length(self._out)
            if self.size > self.file.size:
                self.size = 0
            self._out.truncate(self.size)
        except OSError as error:
            raise _unwritable(self.part, error) from error
        return self

    def __exit__(self, *exc: object) -> None:
        if self._out is not None:
            with suppress(OSError):  # what was written is there; a full disk was told already
                self._out.close()

    @property
    def missing(self) -> int:
        """Bytes still to come."""
        return self.file.size - self.size

    def read_again(self, stop: threading.Event) -> None:
        """Hash what an earlier run left. Raises TryLater after a stop."""
        self._hash = hashlib.md5(usedforsecurity=False)
        digest_file(self.part, self._hash, stop)

    def check_room(self) -> None:
        """Raises NoRoom that says how much space is needed, and where."""
        free = shutil.disk_usage(self.part.parent).free
        needed = self.missing + SPARE
        if free < needed:
            raise NoRoom(
                f"{self.file.name} needs {gib(needed)} on the disk of {self.part.parent}, which"
                f" has {gib(free)} free.",
                advice="Free some space there, or move storage.data_dir; the rest of the archive"
                " is then fetched.",
            )

    def write(self, chunk: bytes) -> None:
        """Raises TryLater where the disk is full or fails."""
        assert self._out is not None
        try:
            self._out.seek(self.size)
            self._out.write(chunk)
            self._out.flush()  # to the system: kill -9 then costs nothing
            self.size += len(chunk)
            self._hash.update(chunk)
            if self.size - self._synced >= SYNC_EVERY:
                os.fsync(self._out.fileno())
                self._synced = self.size
        except OSError as error:
            raise _unwritable(self.part, error) from error

    def start_over(self) -> None:
        assert self._out is not None
        self.size = self._synced = 0
        self._hash = hashlib.md5(usedforsecurity=False)
        self._out.truncate(0)

    def is_right(self) -> bool:
        """Size first, then MD5."""
        return self.missing == 0 and self._hash.hexdigest() == self.file.md5

    def finish(self) -> Path:
        """The archive under its own name, safe from a power cut."""
        assert self._out is not None
        try:
            os.fsync(self._out.fileno())
            self.part.rename(self.final)
            _sync_folder(self.final.parent)
            self.beside.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self.final, error) from error
        return self.final

    def remove(self) -> None:
        """The half is worth nothing: the archive changed or went away."""
        self.part.unlink(missing_ok=True)
        self.beside.unlink(missing_ok=True)


def owner(folder: Path, name: str) -> str:
    """The id of the file whose half waits to become `folder`/`name`; "" for none."""
    found = _read(folder.parent / f"{name}.part.json")
    file_id = found.get("id") if isinstance(found, dict) else None
    return file_id if isinstance(file_id, str) else ""


def digest_file(path: Path, into: Any, stop: threading.Event) -> None:
    """Feed a hash the bytes of a file. Raises TryLater after a stop."""
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            if stop.is_set():
                raise TryLater("Stopped while an archive was being checked.")
            into.update(chunk)


def gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB" if size >= 1 << 28 else f"{size / (1 << 20):.1f} MiB"


def _identity(file: DriveFile) -> dict[str, object]:
    return {
        "id": file.file_id,
        "headRevisionId": file.revision,
        "md5": file.md5,
        "size": file.size,
    }


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _write(path: Path, content: dict[str, object]) -> None:
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as out:
        json.dump(content, out)
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(path)


def _sound_length(file: BinaryIO) -> int:
    """How much of a half is worth keeping: some file systems leave zeros after a power cut."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - CHUNK)
        file.seek(start)
        kept = len(file.read(end - start).rstrip(b"\0"))
        if kept:
            # A few zeros end many files; what a power cut leaves comes in whole blocks.
            return end if end - start - kept < BLOCK else start + kept
        end = start
    return 0


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(path: Path, error: OSError) -> TryLater:
    return TryLater(
        f"{path} cannot be written: {error.strerror}.",
        advice="Free some space or mend the folder; what is there already is kept.",
    )
