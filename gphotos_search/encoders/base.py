"""What every encoder promises. A new encoder family is one new file in this package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    Pixels = NDArray[Any]  # one prepared picture, (3, height, width) float32
    Vectors = NDArray[np.float32]  # (n, dim), rows of unit length


class Encoder(Protocol):
    """Unit-length float32 rows, in the order given. Vectors of two ids never mix.

    The towers load on first use and separately: indexing never loads the text tower, searching
    never the image tower. Raises ModelUnavailable when the weights cannot be had. Every method is
    safe to call from several threads.
    """

    @property
    def id(self) -> str:
        """Model, resolved revision, preprocessing, precision class."""

    @property
    def pin(self) -> str:
        """Given to the next `open_encoder` as `resolved`, it keeps `id` what it is now, where that
        can still be computed."""

    @property
    def dim(self) -> int: ...

    @property
    def batch_size(self) -> int:
        """How many pictures at once suit the device; asking may look for a GPU."""

    @property
    def picture_size(self) -> int:
        """Ask a source for pictures whose longer side is about this many pixels."""

    @property
    def short_side(self) -> int:
        """Decode to at least this many pixels on the shorter side (`embed.images.open_picture`)."""

    def prepare(self, image: Image) -> Pixels:
        """Resize, crop and normalise as the checkpoint's own processor does."""

    def encode_images(self, pixels: Sequence[Pixels]) -> Vectors: ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors: ...

    def release(self) -> None:
        """Drop the loaded towers; they load again on next use."""

    def release_pictures(self) -> None:
        """Drop the image tower alone."""
