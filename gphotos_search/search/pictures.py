"""A picture of this machine as a query."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gphotos_search.errors import ItemFailed, UsageError

if TYPE_CHECKING:
    from gphotos_search.encoders.base import Pixels, Vectors


class PictureEncoder(Protocol):
    """What a picture needs of an encoder, whose image tower loads for it and stays until somebody
    releases it."""

    @property
    def short_side(self) -> int: ...

    def prepare(self, image: Any) -> Pixels: ...

    def encode_images(self, pixels: Sequence[Pixels]) -> Vectors: ...


def vector_of(path: Path, encoder: PictureEncoder) -> Vectors:
    """The unit vector of a file, made as those of the library are. Raises UsageError."""
    from gphotos_search.embed.images import open_picture
    from gphotos_search.files.pillow import MAX_BYTES

    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        image = open_picture(data, short_side=encoder.short_side)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except ItemFailed as failed:
        raise UsageError(f"{path} cannot be compared with: {failed}.") from failed
    row: Vectors = encoder.encode_images([encoder.prepare(image)])[0]
    return row
