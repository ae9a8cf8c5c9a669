"""Small pictures kept beside the index, for sources whose bytes may be kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gphotos_search.errors import ItemFailed, TryLater
from gphotos_search.media import MediaId

if TYPE_CHECKING:
    from PIL.Image import Image

    from gphotos_search.config import StorageConfig

LONGEST = 384  # pixels


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where thumbnails are kept, and which."""

    folder: Path
    everything: bool = False  # also of sources whose bytes may not be kept for long
    replace: bool = True  # one that is there; else it stays


def shelf(storage: StorageConfig, *, replace: bool) -> Shelf | None:
    """What the configuration wishes; None where nothing is to be kept."""
    if storage.keep_thumbnails == "never":
        return None
    return Shelf(storage.thumbnails, storage.keep_thumbnails == "always", replace)


def path_of(folder: Path, media_id: MediaId) -> Path:
    """Where the thumbnail of an item is kept; 256 folders, so that none grows huge."""
    return folder / f"{media_id % 256:02x}" / f"{media_id}.webp"


def opened(folder: Path, media_id: MediaId) -> Image | None:
    """The thumbnail that is kept of an item; None where there is none, or none that can be read."""
    from gphotos_search.embed.images import open_picture  # a search wants `path_of` only

    try:
        data = path_of(folder, media_id).read_bytes()
        return open_picture(data, short_side=LONGEST)
    except (OSError, ItemFailed):
        return None


def write(folder: Path, media_id: MediaId, image: Image) -> Path:
    """Write the thumbnail, the whole file or none; one that is there is replaced.

    Raises TryLater where the disk does not take it.
    """
    from gphotos_search.embed.images import thumbnail

    content = thumbnail(image, LONGEST)
    path = path_of(folder, media_id)
    fresh = path.with_suffix(f".{os.getpid()}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # pictures are private
        path.parent.mkdir(exist_ok=True, mode=0o700)
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise TryLater(
            f"Thumbnails cannot be written to {folder}: {error.strerror}.",
            advice="Free some space, or set storage.keep_thumbnails to never, and run again.",
        ) from error
    return path


def put(shelf: Shelf, media_id: MediaId, image: Image) -> None:
    """As `write`, unless one is there that may stay: making it is a good part of embedding."""
    if shelf.replace or not path_of(shelf.folder, media_id).exists():
        write(shelf.folder, media_id, image)


def copy(folder: Path, old: MediaId, new: MediaId) -> None:
    """The thumbnail of one item serves another of the same bytes too, where there is one."""
    source, target = path_of(folder, old), path_of(folder, new)
    with suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(source, target)


def remove(folder: Path, ids: Iterable[MediaId]) -> None:
    """Forget the thumbnails of removed items; what cannot be deleted is left."""
    for media_id in ids:
        with suppress(OSError):
            path_of(folder, media_id).unlink()
