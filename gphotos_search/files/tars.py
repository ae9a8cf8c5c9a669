"""A .tgz, read in one pass: a gzip knows nothing of its members before they were unpacked.

Whoever walks `listing` gets content cheapest by opening the member just yielded. The pass notes
seek points, kept in `index_file`, so that later a member is found without unpacking all before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import BinaryIO

from gphotos_search.files.base import ContainerDamaged, ContainerKind, Member, Refused
from gphotos_search.files.content import IN_MEMORY, Pull, Streamed, buffered
from gphotos_search.files.gzip_stream import GzipStream, exactly
from gphotos_search.files.gzips import Gzip, Pass
from gphotos_search.files.safety import (
    MAX_MEMBERS,
    Names,
    admit,
    is_clutter,
    printable,
    size_fault,
)
from gphotos_search.files.tar_headers import BLOCK, BadHeader, Header, next_header

STEP = 1 << 20
AHEAD = 4 << 20  # threads that take turns in a video each begin again at a seek point


class TarGz:
    """Raises MemberGone or TryLater when the archive cannot be opened.

    `index_file` is written after a complete pass, and ignored when it is of another archive or
    damaged; without it a member is found by unpacking up to it, once in a process.
    """

    kind: ContainerKind = "tgz"
    sequential = True
    complete = True

    def __init__(self, path: Path, index_file: Path | None = None) -> None:
        self.path = path
        self._gzip = Gzip(path, index_file)
        self._passing: GzipStream | None = None
        self._last: tuple[int, bytes] = (-1, b"")  # the small member that passed by last

    def listing(self) -> Iterator[Member | Refused]:
        names = Names()
        with self._gzip.passing() as passing:
            self._passing = passing.stream
            try:
                for number, (header, position) in enumerate(_headers(passing, self._gzip.limit)):
                    if number == MAX_MEMBERS:
                        raise self._too_many()
                    if (found := _judged(header, position, names)) is not None:
                        yield found
                passing.finish()
            finally:
                self._passing = None

    def open(self, member: Member) -> closing[BinaryIO]:
        return closing(buffered(Streamed(member.size, lambda: self._pull(member))))

    def _pull(self, member: Member) -> Pull:
        """Small members in one go, so that threads do not send each other back and forth."""
        step = member.size if member.size <= IN_MEMORY else AHEAD
        position = begin = member.position
        ahead = b""  # stands at `begin`

        def pull(count: int) -> bytes:
            nonlocal begin, ahead, position
            if position == begin + len(ahead):
                left = member.position + member.size - position
                begin, ahead = position, self._at(position, min(step, left))
            if not ahead:
                raise ContainerDamaged(
                    f"{self.path.name} is damaged: {printable(member.path)} is cut off."
                )
            data = ahead[position - begin : position - begin + count]
            position += len(data)
            return data

        return pull

    def _at(self, position: int, count: int) -> bytes:
        """From what is passing by when it does, else by the seek points; less only at the end."""
        held_at, held = self._last
        if position == held_at and count <= len(held):
            return held[:count]
        data, passing = b"", self._passing
        while passing is not None and len(data) < count:
            more = passing.read_if_at(position + len(data), count - len(data))
            if not more:
                break
            data += more
        if len(data) == count:
            self._last = (position, data)
            return data
        return data + self._gzip.read_at(position + len(data), count - len(data))

    def close(self) -> None:
        self._last = (-1, b"")
        self._gzip.close()

    def _too_many(self) -> ContainerDamaged:
        return ContainerDamaged(
            f"{self.path.name} holds more than {MAX_MEMBERS} files; no more are read.",
            advice="Unpack it and give the folder instead.",
        )


def _judged(header: Header, position: int, names: Names) -> Member | Refused | None:
    if header.is_folder or is_clutter(header.name):
        return None
    path, fault = admit(header.name)
    fault = fault or header.fault or size_fault(header.size)
    if not fault and names.repeated(path):
        fault = "an earlier file of this archive has the same name"
    if fault:
        return Refused(path or printable(header.name), fault)
    return Member(
        path, header.size, 0, position, "" if header.name == path else printable(header.name)
    )


def _headers(passing: Pass, limit: int) -> Iterator[tuple[Header, int]]:
    """Each header with the position of its content, to the last byte of the archive.

    Whoever is given one may take its content from the stream. Raises ContainerDamaged.
    """
    stream = passing.stream

    def read(count: int) -> bytes:
        data = exactly(passing.read, count)
        if len(data) < count:
            raise stream.damaged("its end is missing")
        return data

    ended = False  # a block of zeros was seen: what follows need not be a tar
    while block := exactly(passing.read, BLOCK):
        if not block.strip(b"\0"):
            ended = ended or len(block) == BLOCK
            continue
        try:
            header = next_header(read, block)
        except BadHeader as error:
            if ended:
                break
            raise stream.damaged("there is no file where one should begin") from error
        ended = False
        position = stream.position
        after = position + header.content + -header.content % BLOCK
        if after > limit:
            raise stream.damaged("it claims to unpack to many times its size")
        yield header, position
        while stream.position < after:
            if not passing.read(min(STEP, after - stream.position)):
                raise stream.damaged("its end is missing")
    if not ended:
        raise stream.damaged("its end is missing")
    for _ in iter(partial(passing.read, STEP), b""):
        pass  # to the checksum at the very end
