"""The bytes of one member as a file: seekable, never longer than declared, never all in memory."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from gphotos_search.errors import GphotosError, ItemFailed, TryLater
from gphotos_search.files.base import Container, Member
from gphotos_search.files.safety import MemberDamaged, unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BUFFER = 128 << 10
IN_MEMORY = 8 << 20  # most photos are smaller; larger members go to a temporary file
AT_ONCE = 1 << 20
SPOOLS = 2  # temporary files at a time, over all containers
SPOOL_WAIT_S = 300.0
SPARE = 256 << 20  # bytes that a temporary file must leave free

Pull = Callable[[int], bytes]  # at most so many bytes more; raises instead of ending early
_spools = threading.BoundedSemaphore(SPOOLS)


def read(container: Container, member: Member, limit: int) -> bytes:
    """The whole content, at most `limit` bytes of it.

    Raises ItemFailed (permanent) for a member that is larger or damaged, and as `open` does.
    """
    if member.size > limit:
        raise ItemFailed(
            f"{member.name} has {member.size} bytes; at most {limit} are read.", permanent=True
        )
    try:
        with container.open(member) as content:
            return content.read()
    except MemberDamaged as error:
        raise ItemFailed(str(error), permanent=True) from error


def pread(file: BinaryIO, count: int, offset: int, path: Path) -> bytes:
    """os.pread with our errors; shorter only at the end of the file."""
    try:
        return os.pread(file.fileno(), count, offset)
    except OSError as error:
        raise unreadable(path, error) from error


def buffered(raw: io.RawIOBase) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(raw, BUFFER))


class Seekable(io.RawIOBase):
    """A position within `size` bytes; subclasses say what stands there."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        count = min(len(view), self.size - self._position)
        if count <= 0:
            return 0
        data = self._at(self._position, count)
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def readall(self) -> bytes:
        parts = []
        while self._position < self.size:
            parts.append(self._at(self._position, min(AT_ONCE, self.size - self._position)))
            self._position += len(parts[-1])
        return b"".join(parts)

    def _at(self, position: int, count: int) -> bytes:
        """1 to `count` bytes; the end is never asked for."""
        raise NotImplementedError


class Slice(Seekable):
    """Part of an open file, read in place. `broken` makes the error for content that does not fit.

    With `crc` (CRC-32) a reading from the first byte to the last is checked.
    """

    def __init__(
        self,
        file: BinaryIO,
        path: Path,
        start: int,
        size: int,
        broken: Callable[[str], GphotosError],
        *,
        crc: int | None = None,
        owned: bool = False,
    ) -> None:
        super().__init__(size)
        self._file, self._path, self._start, self._broken = file, path, start, broken
        self._expected, self._crc, self._checked, self._owned = crc, 0, 0, owned

    def _at(self, position: int, count: int) -> bytes:
        data = pread(self._file, count, self._start + position, self._path)
        if not data:
            raise self._broken("it is shorter than it was said to be")
        if self._expected is not None and position == self._checked:
            self._crc = zlib.crc32(data, self._crc)
            self._checked += len(data)
            if self._checked == self.size and self._crc != self._expected:
                raise self._broken("its checksum does not fit")
        return data

    def close(self) -> None:
        if self._owned:
            self._file.close()
        super().close()


class Streamed(Seekable):
    """Content that can only be made from its beginning on.

    Read front to back it just passes. The first read elsewhere makes it once more and holds it,
    in memory up to 8 MiB, above that in a temporary file; PyAV, for one, must seek in a video.
    """

    def __init__(self, size: int, begin: Callable[[], Pull]) -> None:
        super().__init__(size)
        self._begin = begin
        self._pull: Pull | None = None
        self._pulled = 0
        self._held: IO[bytes] | None = None
        self._spooled = False

    def _at(self, position: int, count: int) -> bytes:
        if self._held is None and position != self._pulled:
            self._hold()
        if self._held is not None:
            self._held.seek(position)
            return self._held.read(count)
        if self._pull is None:
            self._pull = self._begin()
        data = self._pull(count)
        self._pulled += len(data)
        return data

    def _hold(self) -> None:
        if self.size > IN_MEMORY and not self._spooled:
            self._reserve()
        held = self._empty()
        try:
            pull, left = self._begin(), self.size
            while left:
                data = pull(min(left, AT_ONCE))
                held.write(data)
                left -= len(data)
        except BaseException:
            held.close()
            raise
        self._held, self._pull = held, None

    def _empty(self) -> IO[bytes]:
        if not self._spooled:
            return io.BytesIO()
        return tempfile.TemporaryFile(dir=spool_folder(), prefix="gphotos-search-")

    def _reserve(self) -> None:
        if not _spools.acquire(timeout=SPOOL_WAIT_S):
            raise TryLater("Too many large videos are being looked into at the same time.")
        self._spooled = True
        folder = spool_folder()
        if shutil.disk_usage(folder).free < self.size + SPARE:
            raise TryLater(
                f"{folder} has no room for a temporary file of {self.size >> 20} MiB.",
                advice="Free some space there, or set TMPDIR to a folder that has it.",
            )

    def close(self) -> None:
        if not self.closed:
            if self._held is not None:
                self._held.close()
            self._held = self._pull = None
            if self._spooled:
                self._spooled = False
                _spools.release()
        super().close()


def spool_folder() -> str:
    """TMPDIR, else /var/tmp: /tmp often lies in memory, which a large video would fill."""
    if "TMPDIR" not in os.environ and os.access("/var/tmp", os.W_OK | os.X_OK):
        return "/var/tmp"
    return tempfile.gettempdir()
