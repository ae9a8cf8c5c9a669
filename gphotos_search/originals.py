"""Where the original of an item lies; a member of an archive becomes a file when somebody asks.

Such files are copies in a private folder. Those that nobody asked for during a day, and the oldest
beyond two gigabytes, go when the next one is made.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from gphotos_search.catalog import observations
from gphotos_search.catalog.observations import FileRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.errors import GphotosError, ItemFailed, TryLater
from gphotos_search.files.kinds import HEAD, kind_of
from gphotos_search.intake.read import Reader
from gphotos_search.media import MediaItem
from gphotos_search.takeout.endings import RAW, split_ending

KEEP_S = 86_400.0
KEEP_BYTES = 2 << 30
SPARE_BYTES = 256 << 20  # what a copy must leave free on the disk
CHUNK = 1 << 20
LONGEST_STEM = 100  # letters of a name; with four bytes each a file system still takes it
UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')

# By the type of the content: endings that a program opens it by; the first one is given.
ENDINGS = {
    "image/jpeg": "jpg jpeg jpe jfif",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/bmp": "bmp",
    "image/x-icon": "ico",
    "image/tiff": "tif tiff",
    "image/heic": "heic heif hif",
    "image/avif": "avif",
    "video/mp4": "mp4 m4v",
    "video/x-m4v": "m4v mp4",
    "video/quicktime": "mov qt",
    "video/x-msvideo": "avi",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/mpeg": "mpg mpeg mpe vob",
    "video/x-ms-wmv": "wmv asf",
    "video/x-flv": "flv",
}

State = Literal["file", "archive", "gone", ""]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`path` is the file itself, or the archive that holds or held it; "" where none is known."""

    state: State
    path: str = ""


class Originals:
    """Use as a context manager; what one of it extracted stays until the next one is used."""

    def __init__(self, config: Config, catalog: Catalog) -> None:
        self.catalog = catalog
        self.folder = folder_of(config)
        self._reader = Reader(index_dir=config.storage.data_dir / "seek-points")
        self._made: dict[Path, int] = {}  # by this one, with their sizes

    def __enter__(self) -> Originals:
        return self

    def __exit__(self, *exc: object) -> None:
        self._reader.close()

    def whereabouts(self, item: MediaItem) -> Whereabouts:
        """Looked up on the disk at this moment."""
        rows = self._rows(item)
        for row in rows:
            if (path := Path(_file(row))).exists():
                return Whereabouts("file" if row.kind == "tree" else "archive", str(path))
        if rows:
            return Whereabouts("gone", rows[0].archive_path)
        return Whereabouts("file", item.path) if item.path else Whereabouts("")

    def path_of(self, item: MediaItem) -> Path | None:
        """The original as a file, extracted where it lies in an archive; None for an item that
        never had one here.

        Raises ItemFailed where it is gone or cannot be read, TryLater for a full disk.
        """
        rows = self._rows(item)
        if not rows:
            return Path(item.path) if item.path else None
        trouble = "archive gone: " + Path(rows[0].archive_path).name
        for row in rows:
            try:
                path = Path(_file(row))
                if row.kind == "tree" and path.exists():
                    return path
                if row.kind != "tree" and path.exists():
                    return self._extracted(row, item)
            except TryLater:
                raise
            except GphotosError as error:
                trouble = str(error)
        raise ItemFailed(trouble)

    def _rows(self, item: MediaItem) -> Sequence[FileRow]:
        with self.catalog.reading() as tx:
            return observations.everywhere(tx, item.source_id)

    def _extracted(self, row: FileRow, item: MediaItem) -> Path:
        home = self.folder / row.sha256[:24]  # equal bytes only share it
        try:
            for path in _files(home):
                if path.suffix != ".part" and path.stat().st_size == row.member.size:
                    os.utime(path)
                    self._made.setdefault(path, row.member.size)
                    return path
            self._make_room(row.member.size)
            with self._reader.content(row) as content:
                path = home / safe_name(item.filename or row.member.name, content)
                _write(path, content, row.sha256)
        except OSError as error:
            raise TryLater(
                f"The original cannot be written to {self.folder}: {error.strerror or error}.",
                advice="Free some space, or look who owns the folder.",
            ) from error
        self._made[path] = row.member.size
        return path

    def _make_room(self, wanted: int) -> None:
        """Let go of old copies, never of one that this call has just handed out."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        ours = sum(self._made.values())
        if self._made and ours + wanted > KEEP_BYTES:
            limit = KEEP_BYTES >> 30
            raise ItemFailed(f"more than {limit} GiB of originals are not extracted at once")
        others = [path for path in _files(self.folder) if path not in self._made]
        dated = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in others)
        total = ours + wanted + sum(size for _, size, _ in dated)
        for asked_at, size, path in dated:
            if total > KEEP_BYTES or time.time() - asked_at > KEEP_S:
                path.unlink(missing_ok=True)
                with suppress(OSError):
                    path.parent.rmdir()
                total -= size
        if shutil.disk_usage(self.folder).free < wanted + SPARE_BYTES:
            raise TryLater(
                f"The disk has no room for a copy of {wanted >> 20:,} MiB in {self.folder}.",
                advice="Free some space and run again.",
            )


def folder_of(config: Config) -> Path:
    """Where the copies lie."""
    return config.storage.data_dir / "originals"


def safe_name(name: str, content: BinaryIO) -> str:
    """The name without what a file system or a shell minds, its ending by the content.

    `content` stands at its beginning afterwards.
    """
    kind = kind_of(content.read(HEAD), name)
    content.seek(0)
    plain = UNSAFE.sub("_", name).strip(". ") or "original"
    stem, ending = split_ending(plain)
    known = ENDINGS.get(kind.mime_type, "").split() if kind else []
    given = ending[1:].lower()
    if kind is not None and kind.form == "raw":
        known = [given] if given in RAW else [kind.mime_type.rpartition("-")[2]]
    if known and given not in known:
        stem = stem if given.isalnum() and len(given) <= 5 and not given.isdecimal() else plain
        ending = f".{known[0]}"
    return stem[:LONGEST_STEM] + ending[:20]


def _file(row: FileRow) -> str:
    """The file, or the archive it lies in."""
    if row.kind != "tree":
        return row.archive_path
    return str(Path(row.archive_path) / (row.member.name_there or row.member.path))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() or path.is_symlink())


def _write(path: Path, content: BinaryIO, sha256: str) -> None:
    """The whole file with that content, or none."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{os.getpid()}.part")
    digest = hashlib.sha256()
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with closing(os.fdopen(descriptor, "wb")) as file:
            while piece := content.read(CHUNK):
                digest.update(piece)
                file.write(piece)
        if sha256 and digest.hexdigest() != sha256:
            raise ItemFailed("the archive is not what it was when it was read")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
