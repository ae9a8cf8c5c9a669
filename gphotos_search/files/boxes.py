"""The boxes of MP4, MOV, 3GP and Canon's CR3: a size, four letters, and what is inside."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

MAX_BOXES = 2000  # of one level


class Box(NamedTuple):
    kind: bytes
    start: int  # of what is inside
    end: int


def boxes(stream: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes between two places of a stream, without what is inside them. Never raises for what
    the bytes say: it ends where they make no sense."""
    for _ in range(MAX_BOXES):
        if start + 8 > end:
            return
        stream.seek(start)
        head = stream.read(16)
        if len(head) < 8:
            return
        size, kind, inner = int.from_bytes(head[:4]), head[4:8], start + 8
        if size == 1 and len(head) == 16:
            size, inner = int.from_bytes(head[8:]), start + 16
        after = end if size == 0 else start + size
        if after < inner:
            return
        yield Box(kind, inner, min(after, end))
        start = after


def find(stream: BinaryIO, end: int, *path: bytes) -> Iterator[Box]:
    """Every box that the kinds of `path` lead to, from the top."""
    level = [Box(b"", 0, end)]
    for kind in path:
        level = [
            box
            for outer in level
            for box in boxes(stream, outer.start, outer.end)
            if box.kind == kind
        ]
    yield from level


def turned(stream: BinaryIO, size: int) -> bool:
    """Whether the first track of moving pictures is shown turned by a quarter."""
    for track in find(stream, size, b"moov", b"trak"):
        for box in boxes(stream, track.start, track.end):
            if box.kind == b"tkhd":
                stream.seek(box.start)
                head = stream.read(96)
                matrix_at = 52 if head[:1] == b"\x01" else 40
                a, b, _, c, d, _, _, _, _ = _matrix(head[matrix_at : matrix_at + 36])
                if any(head[matrix_at + 36 : matrix_at + 44]):  # a size: no sound track
                    return a == d == 0 and b != 0 and c != 0
    return False


def _matrix(data: bytes) -> tuple[int, ...]:
    return struct.unpack(">9i", data) if len(data) == 36 else (0,) * 9
