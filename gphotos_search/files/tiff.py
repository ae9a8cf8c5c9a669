"""The directories of a TIFF: what EXIF, DNG and most cameras' RAW files are made of.

Read from a stream and only where asked, so a 60 MB RAW costs a few kilobytes. Nothing in the bytes
raises: what cannot be read is absent. Errors of the stream itself pass through.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import nan
from typing import BinaryIO, NamedTuple

MAX_ENTRIES = 1000  # of a directory
MAX_DIRECTORIES = 40  # of a file
MAX_VALUE = 1 << 16  # bytes of one value; JPEGs and strips are read by their offsets, not as values

SUB_DIRECTORIES = 0x014A
# Also of Panasonic's RW2 and Olympus' ORF, which differ from TIFF in this number only.
ORDERS = {b"II*\0": "<", b"MM\0*": ">", b"IIU\0": "<", b"IIRO": "<", b"IIRS": "<", b"MMOR": ">"}
BIG_ORDERS = {b"II+\0": "<", b"MM\0+": ">"}
WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
LETTERS = dict(zip((1, 3, 4, 6, 7, 8, 9, 11, 12, 13, 16), "BHIbBhifdIQ", strict=True))


class Entry(NamedTuple):
    kind: int
    amount: int  # of numbers or letters
    at: int  # where in the stream the value lies


@dataclass(frozen=True, slots=True)
class Tiff:
    """An opened TIFF; offsets in it count from `start`."""

    stream: BinaryIO
    start: int
    order: str
    big: bool
    first: int  # offset of the first directory


@dataclass(frozen=True, slots=True)
class Directory:
    """Tags and where their values are. `next` is where the directory after it is, 0 for none."""

    tiff: Tiff
    entries: dict[int, Entry] = field(default_factory=dict)
    next: int = 0

    def __contains__(self, tag: int) -> bool:
        return tag in self.entries

    def content(self, tag: int, most: int = MAX_VALUE) -> bytes:
        """The value's bytes, b"" when it is absent, cut off or larger than `most`."""
        entry = self.entries.get(tag)
        length = WIDTHS.get(entry.kind, 0) * entry.amount if entry else 0
        if entry is None or not 0 < length <= most:
            return b""
        data = _read(self.tiff.stream, entry.at, length)
        return data if len(data) == length else b""

    def numbers(self, tag: int) -> tuple[float, ...]:
        """Every number of the value; a fraction over zero is nan."""
        data = self.content(tag)
        if not data:
            return ()
        kind, order = self.entries[tag].kind, self.tiff.order
        if kind in {5, 10}:
            values = struct.unpack(f"{order}{len(data) // 4}{'I' if kind == 5 else 'i'}", data)
            pairs = zip(values[::2], values[1::2], strict=True)
            return tuple(over / under if under else nan for over, under in pairs)
        if kind not in LETTERS:
            return ()
        return struct.unpack(f"{order}{len(data) // WIDTHS[kind]}{LETTERS[kind]}", data)

    def number(self, tag: int, default: int = 0) -> int:
        """The first number of the value as a whole one."""
        values = self.numbers(tag)
        return int(values[0]) if values and abs(values[0]) < 1 << 48 else default

    def text(self, tag: int) -> str:
        """Up to the first zero byte, without the blanks around it."""
        return self.content(tag).split(b"\0")[0].decode("utf-8", "replace").strip()

    def below(self, tag: int) -> Directory:
        """The directory that a pointer leads to: EXIF, GPS."""
        return directory(self.tiff, self.number(tag))


def opened(stream: BinaryIO, start: int = 0) -> Tiff | None:
    """None when no TIFF begins at `start`."""
    head = _read(stream, start, 16)
    if head[:4] in ORDERS and len(head) >= 8:
        order = ORDERS[head[:4]]
        return Tiff(stream, start, order, False, struct.unpack(f"{order}I", head[4:8])[0])
    if head[:4] in BIG_ORDERS and len(head) == 16:
        order = BIG_ORDERS[head[:4]]
        return Tiff(stream, start, order, True, struct.unpack(f"{order}Q", head[8:16])[0])
    return None


def directory(tiff: Tiff, offset: int) -> Directory:
    """The directory at `offset`; an empty one where there is none."""
    head, width, letter = (8, 20, "Q") if tiff.big else (2, 12, "I")
    if offset < 8 or offset > 1 << 48:
        return Directory(tiff)
    data = _read(tiff.stream, tiff.start + offset, head)
    if len(data) < head:
        return Directory(tiff)
    count = struct.unpack(f"{tiff.order}{'Q' if tiff.big else 'H'}", data)[0]
    if count > MAX_ENTRIES:
        return Directory(tiff)
    body = _read(tiff.stream, tiff.start + offset + head, count * width + struct.calcsize(letter))
    inline = struct.calcsize(letter)
    entries: dict[int, Entry] = {}
    for at in range(0, min(count * width, len(body) - width + 1), width):
        tag, kind, length = struct.unpack_from(f"{tiff.order}HH{letter}", body, at)
        value = at + width - inline
        where = tiff.start + offset + head + value
        if WIDTHS.get(kind, 0) * length > inline:
            where = tiff.start + struct.unpack_from(f"{tiff.order}{letter}", body, value)[0]
        entries.setdefault(tag, Entry(kind, length, where))
    tail = body[count * width :]
    after = struct.unpack(f"{tiff.order}{letter}", tail)[0] if len(tail) == inline else 0
    return Directory(tiff, entries, after)


def directories(tiff: Tiff) -> Iterator[Directory]:
    """The chain of directories and, behind each, those it holds; no loop, 40 at most."""
    waiting, seen = [tiff.first], set[int]()
    while waiting and len(seen) < MAX_DIRECTORIES:
        offset = waiting.pop(0)
        if offset in seen:
            continue
        seen.add(offset)
        found = directory(tiff, offset)
        if found.entries:
            yield found
            below = [int(each) for each in found.numbers(SUB_DIRECTORIES)[:MAX_DIRECTORIES]]
            waiting = [*below, found.next, *waiting] if found.next else [*below, *waiting]


def _read(stream: BinaryIO, at: int, length: int) -> bytes:
    if at > 1 << 60:
        return b""
    stream.seek(at)
    return stream.read(length)
