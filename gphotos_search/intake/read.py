"""Read photographs where they lie: once to know them, again when a picture is wanted."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from gphotos_search.catalog.observations import FileRow
from gphotos_search.errors import GphotosError, ItemFailed, TryLater
from gphotos_search.files.base import Container, ContainerDamaged, MemberGone
from gphotos_search.files.containers import magic, open_container
from gphotos_search.files.kinds import HEAD, kind_of
from gphotos_search.files.traits import Traits, traits_of
from gphotos_search.intake.scan import sha256_of

LARGEST_STILL = 300_000_000  # bytes; as embed.images accepts
KEPT_BYTES = 96 << 20  # of pictures read to know them, until they are asked for
OPEN_AT_ONCE = 16  # archives; one is kept open, since opening reads its directory


@dataclass(frozen=True, slots=True)
class Known:
    """What reading a file told."""

    sha256: str
    traits: Traits
    size: int  # bytes that were read and kept


class Reader:
    """Reads files of the catalogue's archives. Safe to use from several threads."""

    def __init__(self, *, index_dir: Path | None) -> None:
        self._index_dir = index_dir
        self._open: OrderedDict[str, _Opened] = OrderedDict()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._lock = threading.Lock()

    def know(self, row: FileRow) -> Known:
        """Hash a file and look at what it says of itself.

        A still is kept for the moment, because its picture is asked for next. Raises ItemFailed
        (permanent) for what is no picture or video, MemberGone, ContainerDamaged, TryLater.
        """
        name = row.member.name
        with self.content(row) as content:
            kind = kind_of(content.read(HEAD), row.member.name)
            content.seek(0)
            if (kind is not None and kind.form == "video") or row.member.size > LARGEST_STILL:
                sha256 = row.sha256 or sha256_of(content)
                content.seek(0)
                return Known(sha256, traits_of(content, row.member.size, name), 0)
            data = content.read()
        if not data:
            raise ItemFailed("the file is empty", permanent=True)
        sha256 = hashlib.sha256(data).hexdigest()
        known = Known(sha256, traits_of(BytesIO(data), len(data), name), len(data))
        self._keep(sha256, data)
        return known

    def picture(self, rows: Sequence[FileRow], *, size: int) -> bytes:
        """The bytes of a still, or one frame of a video; from the first copy that can be read.

        Raises ItemFailed where none can, TryLater when an archive or folder is gone as a whole: a
        disk was taken away, and it is no fault of the photo.
        """
        with self._lock:
            data = self._kept.pop(rows[0].sha256, None) if rows else None
            self._kept_bytes -= len(data or b"")
        if data is not None:
            return data
        trouble: GphotosError = ItemFailed("its archive was deleted before it was embedded")
        for row in rows:
            if not row.present:
                continue
            try:
                return self._picture(row, size)
            except (MemberGone, ContainerDamaged) as error:
                trouble = error
                if not Path(row.archive_path).exists():
                    trouble = TryLater(f"{row.archive_path} is no longer there.")
            except TryLater as error:
                trouble = ItemFailed(str(error)) if self.reaches(row) else error
        if isinstance(trouble, TryLater):
            raise trouble
        raise ItemFailed(str(trouble)) from trouble

    def _picture(self, row: FileRow, size: int) -> bytes:
        with self.content(row) as content:
            kind = kind_of(content.read(HEAD), row.member.name)
            content.seek(0)
            if kind is not None and kind.form == "video":
                from gphotos_search.files import video  # FFmpeg takes a while to load

                return video.frame(content, longest=size)
            if row.member.size > LARGEST_STILL:
                limit = LARGEST_STILL // 10**6
                raise ItemFailed(f"the file is larger than {limit} MB", permanent=True)
            return content.read()

    @contextmanager
    def content(self, row: FileRow) -> Iterator[BinaryIO]:
        """The file as a seekable stream."""
        with self._container(row.archive_path) as container, container.open(row.member) as content:
            yield content

    def reaches(self, row: FileRow) -> bool:
        """Whether its archive or folder can be read: then the trouble is of this file alone."""
        place = Path(row.archive_path)
        try:
            if row.kind == "tree":
                os.scandir(place).close()
            else:
                magic(place)
        except (OSError, GphotosError):
            return False
        return True

    def close(self) -> None:
        with self._lock:
            opened = list(self._open.values())
            self._open.clear()
            self._kept.clear()
        for each in opened:
            each.close()

    def _keep(self, sha256: str, data: bytes) -> None:
        with self._lock:
            if sha256 in self._kept or len(data) > KEPT_BYTES:
                return
            self._kept[sha256] = data
            self._kept_bytes += len(data)
            while self._kept_bytes > KEPT_BYTES:
                _, oldest = self._kept.popitem(last=False)
                self._kept_bytes -= len(oldest)

    @contextmanager
    def _container(self, path: str) -> Iterator[Container]:
        """An open container; the longest unused one is closed when there are too many."""
        with self._lock:
            opened = self._open.get(path)
            if opened is None:
                opened = self._open[path] = _Opened(lambda: self._opening(path))
            self._open.move_to_end(path)
            opened.users += 1
            idle = [name for name, each in self._open.items() if not each.users]
            many = max(0, len(self._open) - OPEN_AT_ONCE)
            spare = [self._open.pop(name) for name in idle[:many]]
        for each in spare:
            each.close()
        try:
            yield opened.container
        finally:
            with self._lock:
                opened.users -= 1

    def _opening(self, path: str) -> Container:
        try:
            return open_container(Path(path), index_dir=self._index_dir)
        except OSError as error:
            raise MemberGone(f"{path} cannot be read: {error.strerror}.") from error


class _Opened:
    """A container that several threads share; opened by the first of them."""

    def __init__(self, opening: Callable[[], Container]) -> None:
        self.users = 0
        self._opening = opening
        self._lock = threading.Lock()
        self._container: Container | None = None

    @property
    def container(self) -> Container:
        with self._lock:
            if self._container is None:
                self._container = self._opening()
            return self._container

    def close(self) -> None:
        """Also one that could not be opened: nothing is opened to be closed."""
        with self._lock:
            if self._container is not None:
                self._container.close()
