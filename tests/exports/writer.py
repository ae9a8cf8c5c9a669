"""An export on disk: zip or tgz parts as Google names them, or the unpacked tree."""

from __future__ import annotations

import io
import random
import tarfile
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from tests.exports.export import Entry, Export

STAMP = "20260601T120000Z"
WRITTEN = (2026, 6, 1, 12, 0, 0)
HOSTILE = ("../evil.jpg", "/evil.jpg", "Takeout/../../evil.jpg", "C:/evil.jpg", "..\\evil.jpg")


def spread(export: Export, parts: int, *, seed: int = 0) -> list[list[Entry]]:
    """The files of each part: a third of the sidecars lie in another part than their photo.

    Some files are in two parts. Every part has at least one file when there are enough.
    """
    draw, shares = random.Random(seed), [list[Entry]() for _ in range(parts)]
    for number, entry in enumerate(export.entries):
        at = number * parts // len(export.entries)
        if entry.kind in {"sidecar", "album"} and draw.random() < 1 / 3:
            at = draw.randrange(parts)
        shares[at].append(entry)
        if draw.random() < 1 / 20:
            shares[(at + 1) % parts].append(entry)
    return [list({entry.path: entry for entry in share}.values()) for share in shares]


def write_zips(
    export: Export,
    folder: Path,
    parts: int = 1,
    *,
    stamp: str = STAMP,
    zip64: bool = False,
    hostile: bool = False,
    seed: int = 0,
) -> list[Path]:
    """`zip64` writes sizes as archives over 4 GiB do; `hostile` adds names that lead outside."""
    paths = _part_paths(folder, stamp, parts, "zip")
    for path, share in zip(paths, spread(export, parts, seed=seed), strict=True):
        with ZipFile(path, "w", ZIP_STORED) as archive:
            for entry in share:
                with archive.open(ZipInfo(entry.path, WRITTEN), "w", force_zip64=zip64) as member:
                    member.write(entry.make())
            for name in HOSTILE if hostile else ():
                archive.writestr(ZipInfo(name, WRITTEN), b"\xff\xd8 evil")
    return paths


def write_tgzs(
    export: Export,
    folder: Path,
    parts: int = 1,
    *,
    stamp: str = STAMP,
    hostile: bool = False,
    seed: int = 0,
) -> list[Path]:
    """`hostile` adds names that lead outside and links to what lies there."""
    paths = _part_paths(folder, stamp, parts, "tgz")
    for path, share in zip(paths, spread(export, parts, seed=seed), strict=True):
        with tarfile.open(path, "w:gz", compresslevel=1) as archive:
            for entry in share:
                _add(archive, entry.path, entry.make())
            if hostile:
                _add_hostile(archive)
    return paths


def write_tree(export: Export, folder: Path) -> Path:
    """Unpacked, as all parts together; returns the folder that holds `Takeout`."""
    write_some(export.entries, folder)
    return folder


def write_some(entries: Iterable[Entry], folder: Path) -> None:
    for entry in entries:
        path = folder / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry.make())


def _part_paths(folder: Path, stamp: str, parts: int, ending: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    return [folder / f"takeout-{stamp}-{part:03d}.{ending}" for part in range(1, parts + 1)]


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _add_hostile(archive: tarfile.TarFile) -> None:
    for name in HOSTILE:
        _add(archive, name, b"\xff\xd8 evil")
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
        link = tarfile.TarInfo(f"Takeout/link {kind!r}.jpg")
        link.type, link.linkname = kind, "/etc/passwd"
        archive.addfile(link)
