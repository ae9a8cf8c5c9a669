"""A gzip file from its first byte to its last, with every checksum looked at."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from gphotos_search.files.base import ContainerDamaged
from gphotos_search.files.content import pread

PACKED = 128 << 10
UNPACKED = 1 << 20
MAGIC = b"\x1f\x8b"


class GzipStream:
    """Content in order; `read_if_at` lets a member's content be taken as it passes by.

    Several gzip streams one behind the other are one; what follows them is ignored.
    """

    def __init__(self, file: BinaryIO, path: Path, limit: int) -> None:
        self._file, self._path, self._limit = file, path, limit
        self._lock = threading.Lock()
        self._inflate = zlib.decompressobj(31)
        self._at = 0  # in the file
        self._packed = b""
        self._made = b""  # unpacked, and taken up to `_taken`
        self._taken = 0
        self.position = 0

    def read(self, count: int) -> bytes:
        """1 to `count` bytes more, b"" at the end. Raises ContainerDamaged, TryLater."""
        with self._lock:
            return self._read(count)

    def read_if_at(self, position: int, count: int) -> bytes:
        """The same when this is what comes next, else b""."""
        with self._lock:
            return self._read(count) if position == self.position else b""

    def _read(self, count: int) -> bytes:
        if self._taken == len(self._made):
            self._made, self._taken = self._more(), 0
        data = self._made[self._taken : self._taken + count]
        self._taken += len(data)
        self.position += len(data)
        if self.position > self._limit:
            raise self.damaged("it unpacks to many times its size")
        return data

    def _more(self) -> bytes:
        made = b""
        while not made:
            if self._inflate.eof and not self._next_stream():
                return b""
            packed = self._packed or self._from_file()
            try:
                made = self._inflate.decompress(packed, UNPACKED)
            except zlib.error as error:
                raise self.damaged("its content or its checksum does not fit") from error
            self._packed = self._inflate.unconsumed_tail or self._inflate.unused_data
            if not (packed or made or self._inflate.eof):
                raise self.damaged("its end is missing")
        return made

    def _next_stream(self) -> bool:
        self._packed += self._from_file() if len(self._packed) < len(MAGIC) else b""
        if not self._packed.startswith(MAGIC):
            return False
        self._inflate = zlib.decompressobj(31)
        return True

    def _from_file(self) -> bytes:
        packed = pread(self._file, PACKED, self._at, self._path)
        self._at += len(packed)
        return packed

    def damaged(self, what: str) -> ContainerDamaged:
        return ContainerDamaged(f"{self._path.name} is damaged or not complete: {what}.")


def exactly(read: Callable[[int], bytes], count: int) -> bytes:
    """`count` bytes, fewer only at the end."""
    data = read(count)
    while data and len(data) < count and (more := read(count - len(data))):
        data += more
    return data
