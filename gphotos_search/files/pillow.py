"""Pillow, prepared for bytes that nobody vouches for: silent, and without limits of its own.

Import Pillow's `Image` by way of this module. Our own limits are checked before anything is
decoded; Pillow's would warn on stderr from 89 megapixels.
"""

from __future__ import annotations

import ctypes
import logging
import threading
import warnings
from contextlib import suppress
from functools import cache
from typing import BinaryIO

from PIL import Image, _imaging

MAX_BYTES = 300_000_000
MAX_PIXELS = 200_000_000
ORIENTATION = 0x0112  # the EXIF tag; TIFF's own has the same number

# A filter set once is safe with threads, catch_warnings around each picture is not.
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)(\..*)?")
logging.getLogger("PIL").setLevel(logging.CRITICAL)

_heif = threading.Lock()


def opened(stream: BinaryIO, reader: str) -> Image.Image:
    """The picture, not decoded yet; `reader` is the format's name (`kinds.Kind.reader`).

    Raises whatever Pillow's plugin does.
    """
    if reader == "HEIF":
        _register_heif()
    elif reader == "TIFF":
        _silence_libtiff()
    return Image.open(stream, formats=(reader,))


def orientation(image: Image.Image) -> int:
    """1 to 8. Metadata that cannot be read costs the rotation, not the picture."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1


def _register_heif() -> None:
    """Pillow learns HEIF when the first one comes; the import costs more than most pictures."""
    with _heif:
        if "HEIF" not in Image.OPEN:
            import pillow_heif

            pillow_heif.register_heif_opener(thumbnails=False)


@cache
def _silence_libtiff() -> None:
    """libtiff prints errors to stderr itself; Pillow turns only its warnings off.

    Where the library is linked in such a way that its handler cannot be reached, it prints on.
    """
    with suppress(AttributeError, OSError):
        handler = ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler
        handler.argtypes, handler.restype = [ctypes.c_void_p], ctypes.c_void_p
        handler(None)
