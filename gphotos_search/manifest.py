"""The index's state on disk: written beside the old one, then swapped in by renaming a manifest.

`manifest.json` describes one state and names its folder. Nothing in a state's folder ever changes,
so whoever has an old state open keeps a whole one, and a crash leaves the old manifest or the new.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gphotos_search import parts
from gphotos_search.errors import TryLater

if TYPE_CHECKING:
    from gphotos_search.engines.base import Engine

    Save = Callable[[Path], Sequence[Path]]  # as Engine.save

FORMAT = 2  # 1 had float32 rows
NAME = "manifest.json"
TOLD = ("exact", "recall", "lists", "probes", "refused")  # by `status`, of how it answers
FULL = (errno.ENOSPC, errno.EDQUOT)


class IndexUnusable(Exception):
    """Why the files cannot answer, to be said after "the index …". They hold nothing of value."""


class IndexMissing(IndexUnusable):
    def __init__(self) -> None:
        super().__init__("is not there")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the state in folder `state` is an index of."""

    format: int
    catalog: str  # the random id of the catalogue
    save: str  # a random name, that the catalogue knows too
    encoder: str
    dim: int
    engine: str
    count: int
    generation: int  # of the catalogue's changes: all up to here are in it
    search: dict[str, Any]  # how it answers: Engine.facts
    state: str
    files: dict[str, tuple[int, str]]  # name -> (size in bytes, SHA-256)


@dataclass(frozen=True, slots=True)
class Place:
    """Which index is meant: the folder of all indexes, the encoder, its width, the engine."""

    root: Path
    encoder_id: str
    dim: int
    engine_name: str

    @property
    def folder(self) -> Path:
        return folder_of(self.root, self.encoder_id)

    @property
    def saves_key(self) -> str:
        """Under which setting the catalogue remembers the names of the saves it knows."""
        return saves_key(self.encoder_id)

    def engine(self, state: Path | None) -> Engine:
        """Of a state's files, or empty."""
        module = parts.load("engines", self.engine_name)
        opened: Engine = module.open_engine(state, self.dim)
        return opened


def folder_of(root: Path, encoder_id: str) -> Path:
    """One folder an encoder id: readable, and distinct for ids that differ in punctuation."""
    readable = re.sub(r"[^A-Za-z0-9.]+", "-", encoder_id).strip("-.")[:60]
    return root / f"{readable}-{hashlib.sha256(encoder_id.encode()).hexdigest()[:8]}"


def saves_key(encoder_id: str) -> str:
    return f"index.saves:{encoder_id}"


def read(folder: Path) -> Manifest:
    """Raises IndexMissing, IndexUnusable. Looks at sizes, not at contents."""
    try:
        found = json.loads((folder / NAME).read_bytes())
    except FileNotFoundError:
        raise IndexMissing from None
    except (OSError, ValueError) as error:
        raise IndexUnusable("has a damaged manifest") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise IndexUnusable("was written by another release")
    try:
        files = {name: (int(size), str(sha)) for name, (size, sha) in found["files"].items()}
        manifest = Manifest(**(found | {"files": files}))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IndexUnusable("has a damaged manifest") from error
    for name, (size, _) in manifest.files.items():
        try:
            there = (folder / manifest.state / name).stat().st_size
        except OSError as error:
            raise IndexUnusable(f"lacks its file {name}") from error
        if there != size:
            raise IndexUnusable(f"has a damaged file {name} ({there} bytes instead of {size})")
    return manifest


def describe(folder: Path) -> dict[str, Any]:
    """What `status` says of the saved state, from its manifest alone."""
    try:
        found = read(folder)
    except IndexMissing:
        return {"state": "missing", "count": 0}
    except IndexUnusable as error:
        return {"state": "unusable", "count": 0, "message": f"The index {error}."}
    size = sum(each for each, _ in found.files.values())
    told = {"state": "ok", "count": found.count, "engine": found.engine, "size_bytes": size}
    return told | {key: found.search[key] for key in TOLD if key in found.search}


def engine_of(place: Place, manifest: Manifest, folder: Path) -> Engine | None:
    """The engine of a state; None where its files are gone or unreadable. Raises IndexUnusable."""
    wanted = {"dim": place.dim, "engine": place.engine_name}
    if folder == place.folder:  # in another one lies what was saved under a former id
        wanted["encoder"] = place.encoder_id
    for name, value in wanted.items():
        if getattr(manifest, name) != value:
            raise IndexUnusable(f"is made for another {name} ({getattr(manifest, name)})")
    try:
        engine = place.engine(folder / manifest.state)
    except (OSError, ValueError, RuntimeError, EOFError):
        return None
    if len(engine) != manifest.count:
        raise IndexUnusable(f"holds {len(engine)} vectors instead of {manifest.count}")
    return engine


def damaged(folder: Path, manifest: Manifest) -> list[str]:
    """Names of the files whose checksum differs. Reads everything."""
    state = folder / manifest.state
    return [name for name, (_, sha) in manifest.files.items() if _digest(state / name) != sha]


def stamp(folder: Path) -> tuple[int, int] | None:
    """Differs once another state was swapped in; None where there is none. One look at the disk."""
    try:
        there = (folder / NAME).stat()
    except OSError:
        return None
    return there.st_ino, there.st_mtime_ns


def write(
    place: Place, save: Save, previous: Manifest | None, /, **facts: Any
) -> tuple[Manifest, Engine]:
    """Swap in what `save` writes as the new state; `facts` are the manifest's other fields.

    The engine of the new state, opened from its files. Raises TryLater where the disk does not
    take it: the state before stays in use, as it does whatever else `save` raises.
    """
    folder = place.folder
    with taken_by_the_disk(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        state = _next_state(folder)
        try:
            written = _write_state(place, state, save, previous, facts)
        except BaseException:
            shutil.rmtree(folder / state, ignore_errors=True)
            raise
    tidy(folder, state)
    return written


@contextmanager
def taken_by_the_disk(folder: Path) -> Iterator[None]:
    """Raises TryLater for what the disk refuses."""
    try:
        yield
    except OSError as error:
        what = "The disk is full" if error.errno in FULL else f"Writing failed ({error})"
        raise TryLater(
            f"{what}: the index in {folder} could not be saved. The one before stays in use.",
            advice="Free some space and run again; no photo has to be embedded again.",
        ) from error


def tidy(folder: Path, state: str) -> None:
    """Remove every state but this: former ones, and what killed writers left."""
    for other in folder.glob("state-*"):
        if other.name != state:
            shutil.rmtree(other, ignore_errors=True)


def _next_state(folder: Path) -> str:
    numbers = [int(found.name[6:]) for found in folder.glob("state-*") if found.name[6:].isdigit()]
    return f"state-{max(numbers, default=0) + 1}"


def _write_state(
    place: Place, state: str, save: Save, previous: Manifest | None, facts: dict[str, Any]
) -> tuple[Manifest, Engine]:
    folder = place.folder
    target = folder / state
    target.mkdir(mode=0o700)
    known = previous.files if previous else {}
    before = folder / (previous.state if previous else state)
    files = {}
    for path in save(target):
        old = before / path.name
        same = path.name in known and old.exists() and old.samefile(path)
        sha = known[path.name][1] if same else _digest(path)  # a linked base is not read again
        files[path.name] = (path.stat().st_size, sha)
    sync_folder(target)
    engine = place.engine(target)
    manifest = Manifest(
        format=FORMAT,
        encoder=place.encoder_id,
        dim=place.dim,
        engine=place.engine_name,
        count=len(engine),
        search=engine.facts(),
        state=state,
        files=files,
        **facts,
    )
    swap_in(folder, manifest)
    return manifest, engine


def swap_in(folder: Path, manifest: Manifest) -> None:
    """From now on the folder's state is this one, also after the power fails."""
    part = folder / f"{NAME}.part"
    with part.open("w") as file:
        json.dump(asdict(manifest), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / NAME)
    sync_folder(folder)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder safe on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
