"""Bytes that claim to be a picture → pixels, or a plain reason why not. Never anything else.

The first bytes decide what a file is, never its name or a header of the server. What it declares
(pixels, JPEG scans) is checked before anything is decoded: these caps bound memory and time, since
a decoder written in C cannot be interrupted.
"""

from __future__ import annotations

import ctypes
import logging
import re
import threading
import warnings
from contextlib import suppress
from functools import cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, _imaging

from gphotos_search.errors import ItemFailed

MAX_BYTES = 300_000_000
MAX_PIXELS = 200_000_000
MAX_SCANNED = 2_000_000_000  # pixels times scans: a progressive JPEG may hold thousands of scans
ORIENTATION = 0x0112  # the EXIF tag; TIFF's own has the same number

MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2"}
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
WEB_PAGE = re.compile(rb"\s*<(!doctype html|html|head|body|title|script|!--)", re.IGNORECASE)
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in JPEG data: not a stuffed byte, not a restart

# Our caps are checked before decoding; Pillow's would warn on stderr from 89 megapixels. A filter
# set once is safe with threads, catch_warnings around each picture is not.
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)(\..*)?")
logging.getLogger("PIL").setLevel(logging.CRITICAL)

_heif = threading.Lock()


def open_picture(data: bytes, *, short_side: int) -> Image.Image:
    """The picture as RGB, upright, transparency over white; a first frame where there are many.

    A JPEG is decoded at a half, quarter or eighth of its size as long as the shorter side keeps
    `short_side` pixels; other formats come at full size. Safe to call from many threads.
    Raises ItemFailed with the reason, permanent unless the server may do better next time.
    """
    kind = _kind(data)
    try:
        with Image.open(BytesIO(data), formats=(kind,)) as image:
            _check_size(image, data)
            if kind == "TIFF":
                _silence_libtiff()
            elif kind == "JPEG":
                image.draft(image.mode, (short_side, short_side))
            image.load()
            upright = UPRIGHT.get(_orientation(image))
            rgb = _rgb(image)
            return rgb.transpose(upright) if upright is not None else rgb
    except ItemFailed:
        raise
    except Exception as problem:  # decoders meet hostile bytes with every error there is
        raise ItemFailed(_reason(kind, problem), permanent=True) from problem


def thumbnail(image: Image.Image, longest: int = 384) -> bytes:
    """A WebP whose longer side is at most `longest` pixels, without the original's metadata."""
    share = min(1.0, longest / max(image.size))
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    small = _rgb(image).resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    out = BytesIO()
    small.save(out, "WEBP", quality=75)
    return out.getvalue()


def _kind(data: bytes) -> str:
    """Pillow's name of the format. Raises ItemFailed for what is no picture we can read."""
    if len(data) > MAX_BYTES:
        raise ItemFailed(f"the file is larger than {MAX_BYTES // 10**6} MB", permanent=True)
    if not data:
        raise ItemFailed("the file is empty")
    for magic, kind in MAGIC:
        if data.startswith(magic):
            return kind
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _boxed_kind(data)
    if WEB_PAGE.match(data):
        raise ItemFailed("the server sent a web page instead of a picture")
    if data.lstrip()[:1] in (b"{", b"["):
        raise ItemFailed("the server sent a JSON message instead of a picture")
    if data.startswith(b"\x1aE\xdf\xa3"):
        raise ItemFailed("it is a video, not a picture", permanent=True)
    raise ItemFailed("it is not a picture, or of a format that cannot be read here", permanent=True)


def _boxed_kind(data: bytes) -> str:
    """HEIF, AVIF and MP4 share a container; its first box lists what it is compatible with."""
    size = int.from_bytes(data[:4])
    listed = data[8 : min(max(size, 12), 512)]
    brands = {listed[at : at + 4] for at in range(0, len(listed), 4)}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & HEIF_BRANDS:
        _register_heif()
        return "HEIF"
    raise ItemFailed("it is a video, not a picture", permanent=True)


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


def _check_size(image: Image.Image, data: bytes) -> None:
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        raise ItemFailed(
            f"it declares {image.width} x {image.height} pixels, more than "
            f"{MAX_PIXELS // 10**6} megapixels are not decoded",
            permanent=True,
        )
    if image.format in {"JPEG", "MPO"} and pixels * _scans(data) > MAX_SCANNED:
        raise ItemFailed("it is a JPEG made of so many scans that it looks hostile", permanent=True)


def _scans(data: bytes) -> int:
    """How many scans the main picture of a JPEG has; what follows its end does not count."""
    at, count = 2, 0
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xD9:
        start = data[at + 1] == 0xDA
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
        if start:
            count += 1
            following = MARKER.search(data, at)
            if following is None:
                break
            at = following.start()
    return count


def _orientation(image: Image.Image) -> int:
    """1 to 8. Metadata that cannot be read costs the rotation, not the picture."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1


def _rgb(image: Image.Image) -> Image.Image:
    """Eight bits, three channels. Grey of more bits is scaled; Pillow would cut it off at 255."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image.copy() if image.readonly else image
    if image.mode == "F" or image.mode.startswith("I"):
        return Image.fromarray(_levels(image)).convert("RGB")
    if image.mode == "LAB":
        return _from_lab(image)
    if "a" in image.mode.lower() or image.info.get("transparency") is not None:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _levels(image: Image.Image) -> NDArray[np.uint8]:
    """Grey values of 16 or 32 bits, or fractions, as 0..255."""
    values = np.nan_to_num(np.asarray(image).astype(np.float32))
    highest = float(values.max())
    usual = (65535.0,) if image.mode.startswith("I") else (1.0, 255.0, 65535.0)
    top = next((limit for limit in usual if highest <= limit), highest)
    scaled = np.clip(values * (255.0 / top), 0, 255)
    levels: NDArray[np.uint8] = np.round(scaled).astype(np.uint8)
    return levels.reshape(image.height, image.width)


def _from_lab(image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    if converted is None:
        raise ValueError("its LAB colours cannot be converted")
    return converted


def _reason(kind: str, problem: Exception) -> str:
    """A sentence for the item's row; the decoder's words only where they help."""
    text = str(problem).lower()
    if isinstance(problem, EOFError) or "truncated" in text or "end of" in text:
        return f"the {kind} file is truncated"
    if isinstance(problem, MemoryError):
        return f"the {kind} file needs more memory than there is"
    return f"the {kind} file is damaged"
