"""The 512-byte headers of a tar: ustar, GNU long names, pax records.

Our own, because tarfile believes what a header says: it reads a "long name" of gigabytes into
memory, recurses from one extension header to the next, and takes garbage for the end. Formats:
POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass, replace

BLOCK = 512
MAX_EXTENSION = 1 << 20  # bytes of one extension header: names and attributes, never content
MAX_EXTENSIONS = 8  # before one member; GNU tar writes two, pax one
REGULAR, FOLDER = b"\x00 07", b"5"
KINDS = {ord("1"): "it is a link", ord("2"): "it is a symbolic link", ord("S"): "it is sparse"}
WITHOUT_CONTENT = b"123456"

Read = Callable[[int], bytes]  # exactly so many bytes more; raises where the archive ends


class BadHeader(ValueError):
    """This is no tar header."""


@dataclass(frozen=True, slots=True)
class Header:
    name: str  # undecodable bytes as surrogates
    size: int
    kind: int
    mode: int = 0
    extended: bool = False  # old GNU sparse: more blocks of holes follow

    @property
    def content(self) -> int:
        """Bytes of content that follow, without their padding."""
        return 0 if self.kind in WITHOUT_CONTENT else self.size

    @property
    def is_folder(self) -> bool:
        return self.kind in FOLDER or (self.kind in REGULAR and self.name.endswith("/"))

    @property
    def fault(self) -> str:
        """Why this is not content that could be read, "" when it is."""
        if self.kind in REGULAR:
            odd = stat.S_IFMT(self.mode) not in (0, stat.S_IFREG)
            return "it is not a regular file" if odd else ""
        return KINDS.get(self.kind, "it is not a regular file")


def next_header(read: Read, block: bytes) -> Header:
    """The member that the header block begins, its extension headers applied.

    Afterwards `read` stands at its content. Raises BadHeader.
    """
    name, size, sparse = "", -1, False
    for _ in range(MAX_EXTENSIONS + 1):
        header = parse(block)
        kind = chr(header.kind)
        if kind not in "LKxXg":
            break
        payload = _extension(read, header.size)
        if kind == "L":
            name = payload.rstrip(b"\0").decode("utf-8", "surrogateescape")
        elif kind in "xX":
            records = pax_records(payload)
            name = records.get("path", records.get("GNU.sparse.name", name))
            size = _number(records["size"]) if "size" in records else size
            sparse = sparse or any(key.startswith("GNU.sparse.") for key in records)
        block = read(BLOCK)
    else:
        raise BadHeader("too many extension headers")
    while header.extended:
        header = replace(header, extended=bool(read(BLOCK)[504]))
    return replace(
        header,
        name=name or header.name,
        size=size if size >= 0 else header.size,
        kind=ord("S") if sparse else header.kind,
    )


def parse(block: bytes) -> Header:
    """One block. Raises BadHeader when its checksum does not fit."""
    if len(block) < BLOCK or octal(block[148:156]) != sum(block[:148]) + 256 + sum(block[156:]):
        raise BadHeader("checksum")
    name = block[:100].split(b"\0", 1)[0]
    if block[257:263] == b"ustar\0" and block[345]:  # GNU tar keeps other things there
        name = block[345:500].split(b"\0", 1)[0] + b"/" + name
    kind = block[156]
    return Header(
        name.decode("utf-8", "surrogateescape"),
        octal(block[124:136]),
        kind,
        octal(block[100:108]) if block[100:108].strip(b"\0 ") else 0,
        kind == ord("S") and bool(block[482]),
    )


def octal(field: bytes) -> int:
    """A number field: octal digits, or base 256 when its first bit is set."""
    if field[0] & 0x80:
        if field[0] != 0x80:
            raise BadHeader("negative number")
        return int.from_bytes(field[1:], "big")
    digits = field.split(b"\0", 1)[0].strip()
    if digits.strip(b"01234567"):
        raise BadHeader("number")
    return int(digits or b"0", 8)


def pax_records(payload: bytes) -> dict[str, str]:
    """ "30 path=…" lines; the first number is the length of the line. Raises BadHeader."""
    records, at = {}, 0
    while at < len(payload) and payload[at]:
        length_end = payload.find(b" ", at, at + 20)
        length = _number(payload[at:length_end].decode("ascii", "replace"))
        key, equals, value = payload[length_end + 1 : at + length - 1].partition(b"=")
        if length_end < 0 or not equals or at + length > len(payload):
            raise BadHeader("pax record")
        records[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        at += length
    return records


def _extension(read: Read, size: int) -> bytes:
    if size > MAX_EXTENSION:
        raise BadHeader("endless extension header")
    return read(size + -size % BLOCK)[:size]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise BadHeader("number")
    return int(text)
