"""Zips for the tests: proper ones, and some whose records lie."""

from __future__ import annotations

import random
import zipfile
import zlib
from pathlib import Path

from gphotos_search.files.base import Member, Refused
from gphotos_search.files.zip_directory import CENTRAL, END, LOCAL
from gphotos_search.files.zips import Zip

PICTURE = random.Random(7).randbytes(50_000)


Raw = tuple[bytes, bytes, dict[str, int]]  # name, packed content, fields that lie


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def forged(path: Path, members: list[Raw], *, count: int | None = None, cut: int = 0) -> Path:
    """A zip of stored members whose records may say anything."""
    out, central = bytearray(), bytearray()
    for name, data, lies in members:
        said = {
            "flags": 0, "method": 0, "crc": zlib.crc32(data), "packed": len(data),
            "size": len(data), "made_by": 0x0314, "attributes": 0o100644 << 16, "at": len(out),
        } | lies  # fmt: skip
        sizes = (said["crc"], said["packed"], said["size"])
        central += CENTRAL.pack(
            b"PK\x01\x02", said["made_by"], 20, said["flags"], said["method"], 0, 33, *sizes,
            len(name), 0, 0, 0, 0, said["attributes"], said["at"],
        ) + name  # fmt: skip
        out += LOCAL.pack(
            b"PK\x03\x04", 20, said["flags"], said["method"], 0, 33, *sizes, len(name), 0
        ) + name + data  # fmt: skip
    number = len(members) if count is None else count
    end = END.pack(b"PK\x05\x06", 0, 0, number, number, len(central), len(out), 0)
    path.write_bytes(bytes(out) + bytes(central)[: len(central) - cut] + bytes(cut) + end)
    return path


def listed(path: Path) -> tuple[dict[str, Member], dict[str, str]]:
    archive = Zip(path)
    found = list(archive.listing())
    archive.close()
    members = {one.path: one for one in found if isinstance(one, Member)}
    return members, {one.path: one.reason for one in found if isinstance(one, Refused)}


def deflate(data: bytes) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packing.compress(data) + packing.flush()
