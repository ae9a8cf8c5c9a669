"""Bytes that claim to be a picture → pixels, or a plain reason why not. Never anything else.

The first bytes decide what a file is, never its name or a header of the server. What it declares
(pixels, JPEG scans) is checked before anything is decoded: these caps bound memory and time, since
a decoder written in C cannot be interrupted.
"""

from __future__ import annotations

import re
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gphotos_search.errors import ItemFailed
from gphotos_search.files import kinds, pillow, raw
from gphotos_search.files.pillow import MAX_BYTES, MAX_PIXELS

MAX_SCANNED = 2_000_000_000  # pixels times scans: a progressive JPEG may hold thousands of scans
MAX_ICON = 4096  # pixels a side; icons have 256

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


def open_picture(data: bytes, *, short_side: int) -> Image.Image:
    """The picture as RGB, upright, transparency over white; a first frame where there are many.

    A JPEG is decoded at a half, quarter or eighth of its size as long as the shorter side keeps
    `short_side` pixels; other formats come at full size. Of a camera's RAW file it is the picture
    that the file carries. Safe to call from many threads.
    Raises ItemFailed with the reason, permanent unless the server may do better next time.
    """
    kind = _kind(data)
    if kind.form == "raw":
        found = raw.preview(data, kind)
        reader = "PPM" if found.picture.startswith(b"P") else "JPEG"
        return _decoded(found.picture, reader, short_side, found.orientation)
    return _decoded(data, kind.reader, short_side)


def _decoded(data: bytes, kind: str, short_side: int, orientation: int = 0) -> Image.Image:
    """`orientation` is 0 where the picture itself says it."""
    try:
        _check_icon(data, kind)
        with pillow.opened(BytesIO(data), kind) as image:
            _check_size(image, data)
            if kind == "JPEG":
                image.draft(image.mode, (short_side, short_side))
            image.load()
            upright = UPRIGHT.get(orientation or pillow.orientation(image))
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
    small = _rgb(image).resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)
    out = BytesIO()
    # Every picture that is indexed has this done to it: Pillow's own choice, method 4, takes three
    # times as long for files 4 % smaller (40 photographs; HAMMING is 51 dB from BICUBIC).
    small.save(out, "WEBP", quality=75, method=2)
    return out.getvalue()


def _kind(data: bytes) -> kinds.Kind:
    """The format. Raises ItemFailed for what is no picture we can read."""
    if len(data) > MAX_BYTES:
        raise ItemFailed(f"the file is larger than {MAX_BYTES // 10**6} MB", permanent=True)
    if not data:
        raise ItemFailed("the file is empty")
    kind = kinds.kind_of(data)
    if kind is not None and kind.form != "video":
        return kind
    if kind is not None:
        raise ItemFailed("it is a video, not a picture", permanent=True)
    if WEB_PAGE.match(data):
        raise ItemFailed("the server sent a web page instead of a picture")
    if data.lstrip()[:1] in (b"{", b"["):
        raise ItemFailed("the server sent a JSON message instead of a picture")
    raise ItemFailed("it is not a picture, or of a format that cannot be read here", permanent=True)


def _check_icon(data: bytes, kind: str) -> None:
    """Pillow decodes an icon when it opens it, so the sizes inside are looked at before."""
    if kind == "ICO":
        longest = kinds.icon_side(data)
        if longest > MAX_ICON:
            raise ItemFailed(f"it is an icon that declares {longest} pixels a side", permanent=True)


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
