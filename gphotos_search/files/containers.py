"""A path becomes the container it is, told by its first bytes."""

from __future__ import annotations

import hashlib
import os
import zlib
from pathlib import Path
from typing import Literal

from gphotos_search.files.base import Container, ContainerDamaged
from gphotos_search.files.safety import unreadable
from gphotos_search.files.tar_headers import BLOCK, BadHeader, parse
from gphotos_search.files.tars import TarGz
from gphotos_search.files.trees import Tree
from gphotos_search.files.zips import Zip

Magic = Literal["zip", "tgz", ""]
HEAD = 64 << 10


def open_container(path: Path, *, index_dir: Path | None) -> Container:
    """The folder or archive at `path`; seek points of a .tgz are kept in `index_dir`.

    Raises MemberGone, TryLater, or ContainerDamaged for what is neither.
    """
    if path.is_dir():
        return Tree(path)
    found = magic(path)
    if found == "zip":
        return Zip(path)
    if found == "tgz":
        return TarGz(path, index_file(path, index_dir) if index_dir else None)
    raise ContainerDamaged(f"{path.name} is neither a .zip nor a .tgz, whatever its name says.")


def index_file(archive: Path, index_dir: Path) -> Path:
    """Where the seek points of an archive lie: by its path, so that both can be deleted."""
    name = hashlib.sha256(os.fsencode(archive.absolute())).hexdigest()[:24]
    return index_dir / f"{name}.points"


def magic(path: Path) -> Magic:
    """What the file begins like; "" for anything else. Raises MemberGone or TryLater."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise unreadable(path, error) from error
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if head[:3] == b"\x1f\x8b\x08" and _begins_a_tar(head):
        return "tgz"
    return ""


def _begins_a_tar(head: bytes) -> bool:
    try:
        block = zlib.decompressobj(31).decompress(head, BLOCK)
        return not block.strip(b"\0") or bool(parse(block))
    except (zlib.error, BadHeader):
        return False
