"""Writes the demo library's pictures and clips in the formats of real libraries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import ExifTags, Image, ImageDraw, ImageFont
from pillow_heif import register_heif_opener

register_heif_opener()

_QUALITY = 58
_ROTATE_TO_SHOW = 6  # EXIF orientation: stored turned left, to be shown turned right


def write_picture(
    picture: Image.Image, path: Path, item: Mapping[str, Any], turned: bool = False
) -> None:
    """In the format of the path's suffix, with the item's date, camera and position as EXIF.

    `turned` stores a portrait on its side with the orientation that says so.
    """
    exif = _exif(item)
    if turned:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
        exif[ExifTags.Base.Orientation] = _ROTATE_TO_SHOW
    if path.suffix in (".jpg", ".heic"):
        picture.save(path, quality=_QUALITY, exif=exif.tobytes())
    elif path.suffix == ".webp":
        picture.save(path, quality=_QUALITY)
    elif path.suffix == ".gif":
        picture.quantize(64).save(path)
    else:
        picture.quantize(128).save(path) if picture.mode == "RGB" else picture.save(path)


def write_clip(frames: Sequence[Image.Image], path: Path, fps: int) -> None:
    """An MP4 with H.264, no sound."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "30"})
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        stream.codec_context.time_base = Fraction(1, fps)
        for frame in frames:
            shown = av.VideoFrame.from_ndarray(np.asarray(frame), format="rgb24")
            container.mux(stream.encode(shown))
        container.mux(stream.encode())


def screenshot(title: str, lines: Sequence[str]) -> Image.Image:
    """A telephone's screen with a title and a few lines on a card."""
    picture = Image.new("RGB", (540, 960), (236, 239, 244))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 540, 110), fill=(52, 92, 160))
    pen.text((30, 45), title, fill="white", font=ImageFont.load_default(40))
    pen.rounded_rectangle((24, 150, 516, 230 + 76 * len(lines)), 18, fill="white")
    for number, line in enumerate(lines):
        pen.text((54, 190 + 76 * number), line, fill=(40, 44, 52), font=ImageFont.load_default(34))
    return picture


def _exif(item: Mapping[str, Any]) -> Image.Exif:
    exif = Image.Exif()
    if not item.get("camera_make"):
        return exif
    taken = datetime.fromisoformat(item["taken_at"]).strftime("%Y:%m:%d %H:%M:%S")
    exif[ExifTags.Base.Make] = item["camera_make"]
    exif[ExifTags.Base.Model] = item["camera_model"]
    exif[ExifTags.Base.DateTime] = taken
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    if "latitude" in item:
        position = exif.get_ifd(ExifTags.IFD.GPSInfo)
        position[ExifTags.GPS.GPSLatitudeRef] = "N" if item["latitude"] >= 0 else "S"
        position[ExifTags.GPS.GPSLatitude] = _degrees(item["latitude"])
        position[ExifTags.GPS.GPSLongitudeRef] = "E" if item["longitude"] >= 0 else "W"
        position[ExifTags.GPS.GPSLongitude] = _degrees(item["longitude"])
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    whole = abs(value)
    minutes = whole % 1 * 60
    return (float(int(whole)), float(int(minutes)), round(minutes % 1 * 60, 3))
