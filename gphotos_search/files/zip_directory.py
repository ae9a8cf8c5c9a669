"""The central directory of a zip, walked entry by entry without holding it.

zipfile makes an object of every member before the first can be seen: some hundred megabytes at
half a million. Structures: APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.3.14-4.3.16, 4.5.3, 4.6.9.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gphotos_search.files.base import ContainerDamaged
from gphotos_search.files.content import pread
from gphotos_search.files.safety import MAX_MEMBERS

END = struct.Struct("<4s4H2LH")
LOCATOR = struct.Struct("<4sLQL")
END64 = struct.Struct("<4sQ2H2L4Q")
CENTRAL = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
LONGEST = CENTRAL.size + 3 * 0xFFFF
WINDOW = 1 << 20
FULL = 0xFFFFFFFF  # a 32-bit field whose value stands in the zip64 extra field


@dataclass(frozen=True, slots=True)
class Entry:
    """One central directory record; offsets count from the beginning of the file."""

    at: int
    raw_name: bytes
    extra: bytes
    made_by: int
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    attributes: int
    header: int

    @property
    def name(self) -> str:
        """UTF-8 whatever the flag says (Archive Utility of macOS never sets it), else cp437."""
        try:
            return self.raw_name.decode("utf-8")
        except UnicodeDecodeError:
            return self._unicode_name() or self.raw_name.decode("cp437")

    def _unicode_name(self) -> str:
        field = _extra_field(self.extra, 0x7075)
        if len(field) > 5 and struct.unpack_from("<L", field, 1)[0] == zlib.crc32(self.raw_name):
            return field[5:].decode("utf-8", "replace")
        return ""


class Directory:
    """Where the central directory lies. Raises ContainerDamaged when there is none."""

    def __init__(self, file: BinaryIO, path: Path, length: int) -> None:
        self._file, self._path = file, path
        tail_at = max(0, length - END.size - 0xFFFF)
        tail = pread(file, length - tail_at, tail_at, path)
        place = tail.rfind(b"PK\x05\x06")
        if place < 0 or len(tail) - place < END.size:
            raise self._damaged("is not complete or not a zip: its list of contents is missing")
        end = tail_at + place
        _, _, _, _, self.count, size, start, _ = END.unpack_from(tail, place)
        if FULL in (size, start) or self.count == 0xFFFF:
            end, self.count, size, start = self._end64(end, self.count, size, start)
        self.start, self.stop = end - size, end
        self._shift = self.start - start  # bytes that stand before the zip proper
        if self.start < 0 or self._shift < 0:
            raise self._damaged("is damaged: its list of contents cannot lie where it says")
        if self.count > MAX_MEMBERS:
            raise self._too_many()

    def _end64(self, end: int, count: int, size: int, start: int) -> tuple[int, int, int, int]:
        at_locator = max(0, end - LOCATOR.size)
        locator = pread(self._file, LOCATOR.size, at_locator, self._path)
        if locator[:4] != b"PK\x06\x07" or len(locator) < LOCATOR.size:
            return end, count, size, start
        _, _, at, _ = LOCATOR.unpack(locator)
        # It ends where the locator begins; `at` is wrong when something stands before the zip.
        for place in (max(0, at_locator - END64.size), min(at, end)):
            record = pread(self._file, END64.size, place, self._path)
            if len(record) == END64.size and record[:4] == b"PK\x06\x06":
                _, _, _, _, _, _, _, count, size, start = END64.unpack(record)
                return place, count, size, start
        raise self._damaged("is damaged: its zip64 record is missing")

    def entries(self) -> Iterator[Entry]:
        """In the order of the directory. Raises ContainerDamaged where it breaks off."""
        window, base, at, number = b"", self.start, self.start, 0
        while at < self.stop:
            held = base + len(window)
            if at + LONGEST > held and held < self.stop:
                window, base = pread(self._file, min(WINDOW, self.stop - at), at, self._path), at
            number += 1
            if number > MAX_MEMBERS:
                raise self._too_many()
            entry, at = self._parse(window, at - base, at)
            yield entry

    def entry(self, at: int) -> Entry:
        """The record that begins at this byte. Raises ContainerDamaged when none does."""
        if not self.start <= at < self.stop:
            raise self._damaged("has other contents than when it was listed")
        room = min(LONGEST, self.stop - at)
        return self._parse(pread(self._file, room, at, self._path), 0, at)[0]

    def _parse(self, window: bytes, offset: int, at: int) -> tuple[Entry, int]:
        if window[offset : offset + 4] != b"PK\x01\x02" or len(window) < offset + CENTRAL.size:
            raise self._damaged("is damaged: its list of contents breaks off")
        (
            _, made_by, _, flags, method, _, _, crc, packed, size,
            names, extras, comments, _, _, attributes, header,
        ) = CENTRAL.unpack_from(window, offset)  # fmt: skip
        name_at = offset + CENTRAL.size
        extra_at = name_at + names
        raw_name, extra = window[name_at:extra_at], window[extra_at : extra_at + extras]
        if len(extra) < extras or len(raw_name) < names:
            raise self._damaged("is damaged: its list of contents breaks off")
        if FULL in (size, packed, header):
            size, packed, header = self._wide(extra, size, packed, header)
        entry = Entry(
            at, raw_name, extra, made_by, flags, method, crc, packed, size, attributes,
            header + self._shift,
        )  # fmt: skip
        return entry, at + CENTRAL.size + names + extras + comments

    def _wide(self, extra: bytes, *fields: int) -> list[int]:
        wide, used, found = _extra_field(extra, 1), 0, []
        for value in fields:
            if value == FULL and len(wide) >= used + 8:
                found.append(struct.unpack_from("<Q", wide, used)[0])
                used += 8
            else:
                found.append(value)
        return found

    def _damaged(self, what: str) -> ContainerDamaged:
        return ContainerDamaged(f"{self._path.name} {what}.")

    def _too_many(self) -> ContainerDamaged:
        return ContainerDamaged(
            f"{self._path.name} holds more than {MAX_MEMBERS} files; such an archive is not read.",
            advice="Unpack it and give the folder instead.",
        )


def _extra_field(extra: bytes, wanted: int) -> bytes:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == wanted:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return b""
