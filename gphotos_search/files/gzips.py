"""A gzip file read anywhere, by seek points that are noted while it is unpacked.

The points come from zran (indexed_gzip): 32 KiB each, one every `spacing` bytes of content. zran
unpacks from the last point anew for every read and notices neither a missing end nor a wrong
checksum, so the pass itself is GzipStream's and a thread has zran follow behind it.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from indexed_gzip import IndexedGzipFile

from gphotos_search.files.gzip_stream import GzipStream
from gphotos_search.files.safety import unreadable

MIB = 1 << 20
SPACING = 4 * MIB
MOST_POINTS = 1600  # of an archive of pictures: 52 MB, whatever its size
READ_SIZE = MIB
# Pictures hardly shrink, so an honest archive unpacks to about its own size.
MAX_RATIO, ALWAYS_FINE = 8, 4 << 30
FOOTER = 128
VERSION = 1
FRESH, STALE_S = ".points-", 86_400.0  # begins the name of a file that is being written

log = logging.getLogger(__name__)


class Gzip:
    """Content by position, for any number of threads; one of them unpacks at a time."""

    def __init__(self, path: Path, index_file: Path | None) -> None:
        self._path, self._index_file = path, index_file
        self._lock = threading.Lock()
        self._saved = False
        try:
            self._file: BinaryIO = path.open("rb", 0)
        except OSError as error:
            raise unreadable(path, error) from error
        status = os.fstat(self._file.fileno())
        self._length, self._mtime_ns = status.st_size, status.st_mtime_ns
        self._spacing = max(SPACING, self._length // MOST_POINTS)
        self._gzip = IndexedGzipFile(
            str(path),
            spacing=self._spacing,
            readbuf_size=READ_SIZE,
            buffer_size=64 << 10,  # larger reads pass it by
            drop_handles=False,
        )
        self.limit = MAX_RATIO * self._length + ALWAYS_FINE
        self._load()

    def read_at(self, position: int, count: int) -> bytes:
        """At most `count` bytes; none behind the end, nor where it cannot be unpacked any more."""
        try:
            with self._lock:
                self._gzip.seek(position)
                return bytes(self._gzip.read(count))
        except OSError as error:
            if _is_zran(error):
                return b""
            raise unreadable(self._path, error) from error

    @contextmanager
    def passing(self) -> Iterator[Pass]:
        """Read it from the beginning; seek points are noted, and kept by `Pass.finish`."""
        stream = GzipStream(self._file, self._path, self.limit)
        with ThreadPoolExecutor(1, "seek-points") as beside:
            yield Pass(stream, self, beside)

    def note(self, position: int) -> None:
        """Have seek points up to here. What cannot be unpacked is the pass's to report."""
        if not self._saved:
            with suppress(OSError), self._lock:
                self._gzip.seek(position)

    @property
    def step(self) -> int:
        return self._spacing

    def save(self) -> None:
        """Keep the seek points beside, whole or not at all; without room it goes without them."""
        if self._index_file is None or self._saved:
            return
        try:
            self._write(self._index_file)
        except OSError as error:  # zran's own are among them
            log.warning("No seek points are kept of %s: %s", self._path.name, error)

    def _write(self, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(target.parent)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=FRESH)
        os.close(handle)
        try:
            with self._lock:
                self._gzip.export_index(filename=name)
            with Path(name).open("r+b") as file:
                length = file.seek(0, os.SEEK_END)
                file.write(self._footer(length, _crc(file, length)))
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)
        self._saved = True

    def _load(self) -> None:
        """zran trusts an index blindly, so ours carries a checksum and what it belongs to."""
        if self._index_file is None:
            return
        # Unbuffered: zran reads on by the descriptor.
        with suppress(OSError, ValueError), self._index_file.open("rb", 0) as file:
            length = file.seek(-FOOTER, os.SEEK_END)
            if file.read() == self._footer(length, _crc(file, length)):
                file.seek(0)
                self._gzip.import_index(fileobj=file)
                self._saved = True

    def _footer(self, length: int, crc: int) -> bytes:
        said = [VERSION, self._length, self._mtime_ns, length, crc]
        return json.dumps(said).encode().ljust(FOOTER)

    def close(self) -> None:
        self._gzip.close()
        self._file.close()


class Pass:
    """A stream, and the seek points that are noted one step behind it."""

    def __init__(self, stream: GzipStream, gzip: Gzip, beside: ThreadPoolExecutor) -> None:
        self.stream = stream
        self._gzip, self._beside = gzip, beside
        self._noted = 0
        self._noting: Future[None] | None = None

    def read(self, count: int) -> bytes:
        data = self.stream.read(count)
        if self.stream.position >= self._noted + self._gzip.step:
            self._note()
        return data

    def _note(self) -> None:
        if self._noting is not None:
            self._noting.result()  # never far behind: the file is still in the page cache
        self._noted = self.stream.position
        self._noting = self._beside.submit(self._gzip.note, self._noted)

    def finish(self) -> None:
        """After the last byte."""
        self._note()
        self._beside.shutdown()
        self._gzip.save()


def _sweep(folder: Path) -> None:
    """Away with what a run that was killed left half written."""
    with suppress(OSError):
        for path in folder.glob(f"{FRESH}*"):
            if time.time() - path.stat().st_mtime > STALE_S:
                path.unlink()


def _is_zran(error: OSError) -> bool:
    return type(error).__module__.startswith("indexed_gzip")


def _crc(file: BinaryIO, length: int) -> int:
    """Of the first `length` bytes; leaves the file behind them."""
    file.seek(0)
    crc = 0
    while length > 0 and (data := file.read(min(READ_SIZE, length))):
        crc = zlib.crc32(data, crc)
        length -= len(data)
    return crc
