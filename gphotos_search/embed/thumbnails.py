"""Small pictures kept beside the index, for sources whose bytes may be kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gphotos_search.embed.images import thumbnail
from gphotos_search.media import MediaId

if TYPE_CHECKING:
    from PIL.Image import Image


def path_of(folder: Path, media_id: MediaId) -> Path:
    """Where the thumbnail of an item is kept; 256 folders, so that none grows huge."""
    return folder / f"{media_id % 256:02x}" / f"{media_id}.webp"


def write(folder: Path, media_id: MediaId, image: Image) -> Path:
    """Write the thumbnail, the whole file or none; one that is there is replaced."""
    path = path_of(folder, media_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(f".{os.getpid()}.part")
    fresh.write_bytes(thumbnail(image))
    fresh.replace(path)
    return path
