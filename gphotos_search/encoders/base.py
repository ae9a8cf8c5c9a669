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
    never the image tower. Raises ModelUnavailable when the weights cannot be had.
    """

    id: str  # model, resolved revision, preprocessing, precision class
    dim: int
    batch_size: int
    picture_size: int  # ask a source for pictures whose longer side is about this many pixels

    def prepare(self, image: Image) -> Pixels:
        """Resize, crop and normalise as the checkpoint's own processor does. Thread-safe."""
        ...

    def encode_images(self, pixels: Sequence[Pixels]) -> Vectors: ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors: ...

    def release(self) -> None:
        """Drop the loaded towers; they load again on next use."""
        ...
