"""Small real pictures and clips; every file's bytes differ by a number written into them."""

from __future__ import annotations

import io
import struct
from datetime import datetime
from functools import cache

from PIL import Image

from tests.exports.model import Content, Photo

SIZE = (48, 36)
SHADES = 48
PILLOW = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "dng": "TIFF"}
DATE_TAKEN, OFFSET_TAKEN, EXIF_BLOCK, DNG_VERSION = 0x9003, 0x9011, 0x8769, 50706


def content_of(photo: Photo, variant: str = "") -> bytes:
    """The photo's bytes; a `variant` ("edited", …) is another picture with other bytes."""
    if photo.damage == "empty":
        return b""
    number = photo.same_bytes_as or photo.number
    mark = f"{number} {variant}".encode()
    shade = (number * 7 + 11 * len(variant)) % SHADES
    whole = _marked(photo.content, _base(photo.content, shade, _exif(photo.exif)), mark)
    if photo.motion_inside:
        whole += clip_of(photo)
    return whole[: len(whole) // 3] + mark if photo.damage == "truncated" else whole


def clip_of(photo: Photo) -> bytes:
    """The moving part of a Live or motion photo."""
    return _marked("mp4", _base("mp4", photo.number % 4), f"clip of {photo.number}".encode())


def _exif(taken: datetime | None) -> bytes:
    if taken is None:
        return b""
    tags = Image.Exif()
    offset = f"{taken:%z}"
    tags.get_ifd(EXIF_BLOCK).update(
        {
            DATE_TAKEN: f"{taken:%Y:%m:%d %H:%M:%S}",
            OFFSET_TAKEN: f"{offset[:3]}:{offset[3:5]}",
        }
    )
    return tags.tobytes()


@cache
def _base(content: Content, shade: int, exif: bytes = b"") -> bytes:
    if content == "mp4":
        return _clip(shade)
    picture, out = _picture(shade), io.BytesIO()
    if content == "heic":
        import pillow_heif

        pillow_heif.from_pillow(picture).save(out, quality=60)
    elif content == "dng":
        picture.save(out, "TIFF", tiffinfo={DNG_VERSION: b"\1\4\0\0"})
    elif exif:
        picture.save(out, PILLOW[content], exif=exif)
    else:
        picture.save(out, PILLOW[content])
    return out.getvalue()


def _picture(shade: int) -> Image.Image:
    hue = shade * 255 // SHADES
    picture = Image.new("HSV", SIZE, (hue, 200, 220))
    picture.paste(((hue + 90) % 256, 160, 120), (6, 6, 20 + shade % 20, 24))
    return picture.convert("RGB")


def _clip(shade: int) -> bytes:
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(10):
            picture = _picture(shade * 9 + 3).resize((64, 48))
            frame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return out.getvalue()


def _marked(content: Content, whole: bytes, mark: bytes) -> bytes:
    """The same picture with `mark` where its format keeps what it does not show."""
    if content == "jpeg":
        return whole[:2] + b"\xff\xfe" + struct.pack(">H", len(mark) + 2) + mark + whole[2:]
    if content in {"heic", "mp4"}:
        return whole + struct.pack(">I", len(mark) + 8) + b"free" + mark
    return whole + mark
