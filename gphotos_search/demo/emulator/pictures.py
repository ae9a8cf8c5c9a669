"""Bytes of the media host: scaled pictures, downloads without a location, poster frames."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageOps

GPS_IFD = 0x8825  # the EXIF entry that holds the place
DEFAULT_SIDE = 512  # what a link without a suffix gives in practice (unconfirmed)


def scaled(original: bytes, width: int, height: int, *, crop: bool) -> tuple[bytes, str]:
    """Inside width x height and never enlarged, or cropped to exactly that.

    Upright, without EXIF; JPEG, or PNG where something is transparent (all of it unconfirmed for
    the real host). Returns the bytes and their type.
    """
    return encoded(_resized(upright(original), width, height, crop=crop))


def poster(
    still: bytes | None, width: int, height: int, *, crop: bool, button: bool
) -> tuple[bytes, str]:
    """A video's still, with the play button that only `-no` leaves out."""
    frame = upright(still) if still else Image.new("RGB", (1280, 720), (96, 96, 96))
    frame = _resized(frame.convert("RGB"), width, height, crop=crop)
    if button:
        _draw_button(frame)
    return encoded(frame)


def without_location(original: bytes, mime_type: str) -> tuple[bytes, str]:
    """`=d`: the photo with its EXIF but no place; HEIC comes as JPEG, whatever its name says."""
    _allow_heic(original)
    with Image.open(io.BytesIO(original)) as image:
        exif, kind = image.getexif(), image.format or "JPEG"
        if kind not in ("HEIF", "AVIF") and GPS_IFD not in exif:
            return original, mime_type
        exif.pop(GPS_IFD, None)
        out = io.BytesIO()
        if kind in ("PNG", "WEBP", "TIFF"):
            image.save(out, kind, exif=exif)
            return out.getvalue(), mime_type
        quality: str | int = "keep" if kind == "JPEG" else 95
        image.save(out, "JPEG", exif=exif, quality=quality)
        return out.getvalue(), "image/jpeg"


def upright(original: bytes) -> Image.Image:
    """The first frame, decoded, turned as its EXIF orientation says."""
    _allow_heic(original)
    with Image.open(io.BytesIO(original)) as image:
        image.load()
        return ImageOps.exif_transpose(image)


def encoded(image: Image.Image) -> tuple[bytes, str]:
    """Bytes and their type: PNG for a picture with transparent parts, JPEG for any other."""
    out = io.BytesIO()
    if _transparent(image):
        image.convert("RGBA").save(out, "PNG")
        return out.getvalue(), "image/png"
    image.convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue(), "image/jpeg"


def _resized(image: Image.Image, width: int, height: int, *, crop: bool) -> Image.Image:
    if image.mode in ("P", "PA"):
        seen_through = image.mode == "PA" or "transparency" in image.info
        image = image.convert("RGBA" if seen_through else "RGB")
    elif image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")
    if crop:
        return ImageOps.fit(image, (width, height), Image.Resampling.BICUBIC)
    factor = min(width / image.width, height / image.height, 1.0)
    if factor == 1.0:
        return image
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    return image.resize(size, Image.Resampling.BICUBIC)


def _transparent(image: Image.Image) -> bool:
    if "A" not in image.getbands():
        return False
    low = image.getchannel("A").getextrema()[0]
    return isinstance(low, int | float) and low < 255


def _draw_button(frame: Image.Image) -> None:
    x, y = frame.width / 2, frame.height / 2
    r = max(4.0, min(frame.size) / 6)
    pen = ImageDraw.Draw(frame)
    pen.ellipse((x - r, y - r, x + r, y + r), fill=(32, 32, 32), outline=(255, 255, 255))
    corners = [(x - r / 3, y - r / 2), (x - r / 3, y + r / 2), (x + r / 2, y)]
    pen.polygon(corners, fill=(255, 255, 255))


def _allow_heic(original: bytes) -> None:
    """Pillow learns HEIC only when a picture asks for it: the import costs a tenth of a second."""
    if original[4:8] == b"ftyp":
        register: Callable[[], None]
        from pillow_heif import register_heif_opener as register

        register()
