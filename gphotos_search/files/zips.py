"""A zip, read in place: members by their central directory record, bytes by os.pread.

Nothing is kept but the open file and 8 bytes a member: `Member.position` is where its record lies
in the central directory, so a member listed in an earlier process is opened in two small reads.
Reading through positions instead of one file pointer is what lets threads read at once.
"""

from __future__ import annotations

import os
import stat
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO

from gphotos_search.files.base import (
    ContainerDamaged,
    ContainerKind,
    Member,
    MemberGone,
    Refused,
)
from gphotos_search.files.content import Pull, Slice, Streamed, buffered, pread
from gphotos_search.files.safety import (
    MAX_RATIO,
    RATIO_FROM,
    MemberDamaged,
    Names,
    admit,
    is_clutter,
    mode_fault,
    printable,
    size_fault,
    unreadable,
)
from gphotos_search.files.zip_directory import LOCAL, Directory, Entry

STORED, DEFLATED = 0, 8
ENCRYPTED = 0x1 | 0x40 | 0x2000  # APPNOTE 4.4.4: encrypted, strongly, directory masked
UNIX_MADE = (3, 19)
CHUNK = 256 << 10


class Zip:
    """Raises MemberGone, TryLater or ContainerDamaged when the archive cannot be opened."""

    kind: ContainerKind = "zip"
    sequential = False
    complete = True

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: BinaryIO = path.open("rb", buffering=0)
        except OSError as error:
            raise unreadable(path, error) from error
        try:
            self._directory = Directory(self._file, path, os.fstat(self._file.fileno()).st_size)
        except BaseException:
            self._file.close()
            raise

    def listing(self) -> Iterator[Member | Refused]:
        offsets, names = self._offsets(), Names()
        for entry in self._directory.entries():
            name = entry.name
            if is_clutter(name) or _is_folder(entry):
                continue
            path, fault = admit(name)
            fault = fault or _fault(entry) or self._place_fault(entry, offsets)
            if not fault and names.repeated(path):
                fault = "an earlier file of this archive has the same name"
            if fault:
                yield Refused(path or printable(name), fault)
            else:
                there = "" if name == path else name
                yield Member(path, entry.size, entry.crc, entry.at, there)

    def open(self, member: Member) -> closing[BinaryIO]:
        entry = self._listed(member)
        if fault := _fault(entry):
            raise self._broken(entry)(fault)
        start = self._content_start(entry)
        if entry.method == STORED:
            whole = Slice(
                self._file, self.path, start, entry.size, self._broken(entry), crc=entry.crc
            )
            return closing(buffered(whole))
        return closing(buffered(Streamed(entry.size, lambda: self._inflate(entry, start))))

    def close(self) -> None:
        self._file.close()

    def _listed(self, member: Member) -> Entry:
        other = MemberGone(f"{self.path.name} is another archive than the one that was listed.")
        try:
            entry = self._directory.entry(member.position)
        except ContainerDamaged as error:
            raise other from error
        if (admit(entry.name)[0], entry.size, entry.crc) != (
            member.path,
            member.size,
            member.stamp,
        ):
            raise other
        return entry

    def _offsets(self) -> array[int]:
        """Where every member begins, sorted: what overlaps cannot be seen from one record."""
        offsets = array("Q")
        with suppress(ContainerDamaged):  # the second walk raises it, behind the good members
            for entry in self._directory.entries():
                offsets.append(min(entry.header, self._directory.stop))
        return array("Q", sorted(offsets))

    def _place_fault(self, entry: Entry, offsets: array[int]) -> str:
        following = bisect_right(offsets, entry.header)
        end = offsets[following] if following < len(offsets) else self._directory.start
        if entry.header + LOCAL.size + entry.packed > self._directory.start:
            return "its content lies outside of the archive"
        shared = following > 1 and offsets[following - 2] == entry.header
        if shared or entry.header + LOCAL.size + entry.packed > end:
            return "its content overlaps that of another file"
        return ""

    def _content_start(self, entry: Entry) -> int:
        header = pread(self._file, LOCAL.size + len(entry.raw_name), entry.header, self.path)
        if len(header) < LOCAL.size or header[:4] != b"PK\x03\x04":
            raise self._broken(entry)("there is nothing where it should begin")
        _, _, flags, method, _, _, _, _, _, names, extras = LOCAL.unpack_from(header)
        if header[LOCAL.size :] != entry.raw_name or names != len(entry.raw_name):
            raise self._broken(entry)("its two names differ")
        if method != entry.method or flags & ENCRYPTED:
            raise self._broken(entry)("its two descriptions differ")
        start = entry.header + LOCAL.size + names + extras
        if start + entry.packed > self._directory.start:
            raise self._broken(entry)("its content lies outside of the archive")
        return int(start)

    def _inflate(self, entry: Entry, start: int) -> Pull:
        """Front to back; the last bytes come only after length and CRC-32 were found right."""
        unpacking = zlib.decompressobj(-15)
        broken = self._broken(entry)
        at, stop, made, crc = start, start + entry.packed, 0, 0

        def more(count: int) -> bytes:
            """b"" at the end of the stream only, or where its packed bytes end too early."""
            nonlocal at
            data = b""
            while not (data or unpacking.eof):
                packed = unpacking.unconsumed_tail
                if not packed:
                    packed = pread(self._file, min(CHUNK, stop - at), at, self.path)
                    at += len(packed)
                try:
                    data = unpacking.decompress(packed, count)
                except zlib.error as error:
                    raise broken("it cannot be unpacked") from error
                if not (packed or data):
                    break
            return data

        def pull(count: int) -> bytes:
            nonlocal made, crc
            data = more(min(count, entry.size - made))
            if not data:
                raise broken("it is shorter than it was said to be")
            made += len(data)
            crc = zlib.crc32(data, crc)
            if made == entry.size and more(1):
                raise broken("it is longer than it was said to be")
            if made == entry.size and crc != entry.crc:
                raise broken("its checksum does not fit")
            return data

        return pull

    def _broken(self, entry: Entry) -> Callable[[str], MemberDamaged]:
        shown = printable(entry.name)
        return lambda what: MemberDamaged(shown, self.path.name, what)


def _is_folder(entry: Entry) -> bool:
    made_by_unix = entry.made_by >> 8 in UNIX_MADE
    return entry.raw_name.endswith(b"/") or (made_by_unix and stat.S_ISDIR(entry.attributes >> 16))


def _fault(entry: Entry) -> str:
    """What makes one record, by itself, unfit to be read."""
    if entry.flags & ENCRYPTED:
        return "it is encrypted"
    if entry.made_by >> 8 in UNIX_MADE and (fault := mode_fault(entry.attributes >> 16)):
        return fault
    if entry.method not in (STORED, DEFLATED):
        return f"it is packed in a way that is not read here (method {entry.method})"
    if entry.method == STORED and entry.size != entry.packed:
        return "its sizes contradict each other"
    if entry.size > RATIO_FROM and entry.size > MAX_RATIO * entry.packed:
        return f"it would unpack to {entry.size // max(1, entry.packed)} times its size"
    return size_fault(entry.size)
