"""What lies in a place where Takeout exports arrive: archives and unpacked exports."""

from __future__ import annotations

import os
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gphotos_search.errors import GphotosError
from gphotos_search.files.base import MemberGone
from gphotos_search.files.containers import magic
from gphotos_search.files.safety import unreadable
from gphotos_search.files.trees import is_hidden
from gphotos_search.takeout.base import Sidecar
from gphotos_search.takeout.documents import read
from gphotos_search.takeout.endings import sort_of
from gphotos_search.takeout.exports import unfinished

ENDINGS = (".zip", ".tgz", ".tar.gz")
DEPTH = 6
RECENT_S = 60.0
SETTLE_S = 2.0
SIDECARS_READ, SIDECAR_BYTES = 20, 64 << 10
WRITING = "still being written"
NO_ARCHIVE = "no zip and no tgz, whatever its name says"
# Of the many partial files of a downloads folder only these can become an export.
HINT = re.compile(r"\.zip|\.tgz|\.tar\.gz|takeout-|^unconfirmed ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An archive that cannot be read yet; it is worth another look when its size or time change."""

    path: Path
    reason: str  # as the end of a sentence: "still being written"


@dataclass(slots=True)
class Found:
    """`trees` are the roots of unpacked exports: a `Takeout` folder, or what holds the albums."""

    archives: list[Path] = field(default_factory=list)
    trees: list[Path] = field(default_factory=list)
    unfinished: list[Unfinished] = field(default_factory=list)
    unreadable: list[Path] = field(default_factory=list)  # folders below that could not be read

    def __bool__(self) -> bool:
        return bool(self.archives or self.trees or self.unfinished)


def find(place: Path, *, settle_s: float = SETTLE_S, stop: threading.Event | None = None) -> Found:
    """Archives by name and first bytes, unpacked exports by content, up to six folders deep.

    A file changed within the last minute is looked at again after `settle_s`; setting `stop` ends
    that wait, and such files are then left for later. Sorted. Raises MemberGone or TryLater when
    the place itself cannot be read.
    """
    found = Found()
    young: dict[Path, tuple[int, int]] = {}
    for folder in _folders(place, found):
        for path in folder.archives:
            _look(path, folder.names, found, young)
    if young:
        still = not (stop or threading.Event()).wait(settle_s)
        for path, before in young.items():
            _settle(path, still and _state(path) == before, found)
    found.archives.sort()
    found.unfinished.sort(key=lambda one: one.path)
    return found


def is_archive(name: str) -> bool:
    """By the name alone, partial downloads of archives among them."""
    return name.lower().endswith(ENDINGS) or HINT.search(name) is not None


@dataclass(frozen=True, slots=True)
class _Folder:
    """One look into a folder; hidden things are left out of all but `names`."""

    path: Path
    names: list[str]
    folders: list[Path]
    archives: list[Path]
    files: list[str]  # neither folders nor archives

    @classmethod
    def at(cls, path: Path) -> _Folder:
        with os.scandir(path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        folder = cls(path, [entry.name for entry in found], [], [], [])
        for entry in found:
            if is_hidden(entry.name):
                continue
            if entry.is_dir():
                folder.folders.append(path / entry.name)
            elif is_archive(entry.name):
                folder.archives.append(path / entry.name)
            else:
                folder.files.append(entry.name)
        return folder

    def pairs_photos(self) -> bool:
        """Whether sidecars of photos lie beside files that they may describe."""
        documents = [name for name in self.files if sort_of(name) == "json"]
        if len(documents) == len(self.files):
            return False
        return any(_is_sidecar(self.path / name) for name in documents[:SIDECARS_READ])


def _folders(place: Path, found: Found) -> Iterator[_Folder]:
    """Every folder that may hold archives; exports that lie unpacked are noted, not entered."""
    waiting, seen = deque([(place, 0)]), set[tuple[int, int]]()
    while waiting:
        path, depth = waiting.popleft()
        try:
            status = path.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            folder = _Folder.at(path)
        except OSError as error:
            if not depth:
                raise unreadable(place, error) from error
            found.unreadable.append(path)
            continue
        if _is_export(folder):
            found.trees.append(path)
        elif depth < DEPTH:
            waiting.extend((one, depth + 1) for one in folder.folders)
        yield folder


def _is_export(folder: _Folder) -> bool:
    """Photos with sidecars in it or in its folders, or a folder called as the export's own."""
    if folder.pairs_photos():
        return True
    below = list(_below(folder))
    if folder.archives or any(_is_takeout(one) for one in below):
        return False
    return _is_takeout(folder) or any(one.pairs_photos() for one in below)


def _is_takeout(folder: _Folder) -> bool:
    """A folder called so may also be where a sync client puts the archives: then it is none."""
    if folder.path.name.lower() != "takeout" or folder.archives or not folder.folders:
        return False
    return not any(one.archives for one in _below(folder))


def _below(folder: _Folder) -> Iterator[_Folder]:
    for path in folder.folders:
        with suppress(OSError):
            yield _Folder.at(path)


def _is_sidecar(path: Path) -> bool:
    try:
        if path.stat().st_size > SIDECAR_BYTES:
            return False
        return isinstance(read(path.read_bytes()), Sidecar)
    except OSError:
        return False


def _look(path: Path, names: list[str], found: Found, young: dict[Path, tuple[int, int]]) -> None:
    """Sort one archive by what can be told at once; the rest waits in `young`."""
    state = _state(path)
    if state is None:
        return
    size, mtime_ns = state
    if unfinished(path.name, names) or not size:
        found.unfinished.append(Unfinished(path, WRITING))
    elif time.time() - mtime_ns / 1e9 < RECENT_S:
        young[path] = state
    elif path.name.lower().endswith(ENDINGS):
        _settle(path, True, found)


def _settle(path: Path, still: bool, found: Found) -> None:
    try:
        known = magic(path)
    except MemberGone:
        return  # renamed or deleted meanwhile
    except GphotosError as error:
        found.unfinished.append(Unfinished(path, str(error)))
        return
    if still and known:
        found.archives.append(path)
    else:
        found.unfinished.append(Unfinished(path, NO_ARCHIVE if still else WRITING))


def _state(path: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        status = path.stat()
        return status.st_size, status.st_mtime_ns
    return None
