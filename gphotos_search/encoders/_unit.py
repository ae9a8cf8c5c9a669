"""Rows of unit length, the form in which every vector leaves an encoder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gphotos_search.errors import GphotosError


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length one. Raises GphotosError where a row has no direction."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise GphotosError(
            "The model gave vectors that are not numbers.",
            advice='Set model.precision = "fp32", or check the copy of the model.',
        )
    scaled: NDArray[np.float32] = (rows / lengths).astype(np.float32, copy=False)
    return scaled
