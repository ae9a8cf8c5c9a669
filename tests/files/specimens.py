"""Small files of every kind, made here: RAWs by a writer of TIFFs, clips by FFmpeg's encoders."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from fractions import Fraction
from io import BytesIO
from typing import Any

import av
import numpy as np
from PIL import Image

RED, BLUE = (220, 30, 40), (20, 40, 200)
Value = bytes | str | int | Fraction | list[int] | list[Fraction] | float
Tags = Mapping[int, Value]
SUBS, EXIF, GPS = 0x014A, 0x8769, 0x8825


class Blob(bytes):
    """Bytes that lie outside of the directory; the tag holds their offset."""


def scene(size: tuple[int, int]) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image


def jpeg(size: tuple[int, int], **options: Any) -> bytes:
    out = BytesIO()
    scene(size).save(out, "JPEG", **options)
    return out.getvalue()


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def tiff(
    first: Tags,
    below: list[Tags] | None = None,
    *,
    exif: Tags | None = None,
    gps: Tags | None = None,
    order: str = "<",
    magic: bytes = b"",
) -> bytes:
    """A TIFF: the first directory, those below it, EXIF, GPS, and then the blobs of all."""
    parts = [dict(first), *(dict(each) for each in below or ())]
    main = parts[0]
    if below:
        main[SUBS] = [0] * len(below)
    for tag, tags in ((EXIF, exif), (GPS, gps)):
        if tags is not None:
            main[tag] = 0
            parts.append(dict(tags))
    sizes = [len(_directory(part, 0, order, {})) for part in parts]
    offsets = [8 + sum(sizes[:number]) for number in range(len(parts))]
    blobs: dict[bytes, int] = {}
    heap = b""
    for value in (value for part in parts for value in part.values()):
        if isinstance(value, Blob):
            blobs[value] = 8 + sum(sizes) + len(heap)
            heap += value
    if below:
        main[SUBS] = offsets[1 : 1 + len(below)]
    rest = offsets[1 + len(below or ()) :]
    for tag in (tag for tag in (EXIF, GPS) if tag in main):
        main[tag] = rest.pop(0)
    start = magic or (b"II*\0" if order == "<" else b"MM\0*")
    body = b"".join(
        _directory(part, at, order, blobs) for part, at in zip(parts, offsets, strict=True)
    )
    return start + struct.pack(f"{order}I", 8) + body + heap


def _directory(tags: Tags, at: int, order: str, blobs: Mapping[bytes, int]) -> bytes:
    entries, values = b"", b""
    after = at + 2 + 12 * len(tags) + 4
    for tag in sorted(tags):
        kind, count, data = _encoded(tags[tag], order, blobs)
        if len(data) > 4:
            place = struct.pack(f"{order}I", after + len(values))
            values += data + b"\0" * (len(data) % 2)
        else:
            place = data.ljust(4, b"\0")
        entries += struct.pack(f"{order}HHI", tag, kind, count) + place
    return struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + values


def _encoded(value: Value, order: str, blobs: Mapping[bytes, int]) -> tuple[int, int, bytes]:
    """(type, count, bytes)"""
    if isinstance(value, Blob):
        return 4, 1, struct.pack(f"{order}I", blobs.get(value, 0))
    if isinstance(value, bytes):
        return 1, len(value), value
    if isinstance(value, str):
        data = value.encode() + b"\0"
        return 2, len(data), data
    many = value if isinstance(value, list) else [value]
    if isinstance(many[0], Fraction):
        flat = [part for each in many for part in (each.numerator, each.denominator)]  # type: ignore[union-attr]
        return 10, len(many), struct.pack(f"{order}{len(flat)}i", *flat)
    return 4, len(many), struct.pack(f"{order}{len(many)}I", *many)


def degrees(value: float) -> list[Fraction]:
    whole = int(value)
    minutes = (value - whole) * 60
    seconds = round((minutes - int(minutes)) * 60 * 100)
    return [Fraction(whole), Fraction(int(minutes)), Fraction(seconds, 100)]


ROME: Tags = {1: "N", 2: degrees(41.89), 3: "E", 4: degrees(12.48)}
TAKEN: Tags = {0x9003: "2019:07:04 15:30:12", 0x9011: "+02:00"}


def sensor(size: tuple[int, int]) -> dict[int, Value]:
    """A directory with raw data: red on the left, blue on the right, as a colour filter sees it."""
    width, height = size
    data = np.full((height, width), 600, np.uint16)
    data[0::2, 0 : width // 2 : 2] = 12000
    data[1::2, width // 2 + 1 :: 2] = 12000
    raw = Blob(data.tobytes())
    tags: dict[int, Value] = {0xFE: 0, 0x100: width, 0x101: height, 0x102: 16, 0x103: 1}
    tags |= {0x106: 32803, 0x111: raw, 0x115: 1, 0x116: height, 0x117: len(raw)}
    return tags | {0x828D: [2, 2], 0x828E: b"\0\1\1\2", 0xC61D: 16383}


def dng(
    preview: bytes = b"", size: tuple[int, int] = (1600, 1200), orientation: int = 1, **more: Any
) -> bytes:
    """A DNG as phones write it: a JPEG first, the sensor's data below."""
    matrix = [Fraction(round(10000 * value), 10000) for value in (1, 0, 0, 0, 1, 0, 0, 0, 1)]
    tags: dict[int, Value] = {0xC612: b"\1\4\0\0", 0xC614: "Test", 0xC621: matrix, 0xC65A: [21]}
    tags |= {0xC628: [Fraction(1), Fraction(1), Fraction(1)], 0x112: orientation}
    tags |= {0x10F: "Google", 0x110: "Pixel 7", 0xFE: 1}
    if preview:
        with Image.open(BytesIO(preview)) as image:
            tags |= {0x100: image.width, 0x101: image.height, 0x102: 8, 0x103: 7, 0x106: 6}
        tags |= {0x111: Blob(preview), 0x117: len(preview), 0x115: 3, 0x116: size[1]}
        return tiff(tags, [sensor(size)], **more)
    return tiff(tags | sensor(size), **more)


def camera_raw(make: str, preview: bytes, orientation: int = 1, **more: Any) -> bytes:
    """As NEF and ARW: a small first picture, then a JPEG by tags and data nobody here can read."""
    small: dict[int, Value] = {0xFE: 1, 0x100: 160, 0x101: 120, 0x10F: make, 0x110: "X-1"}
    small |= {0x112: orientation}
    large: Tags = {0xFE: 1, 0x103: 6, 0x201: Blob(preview), 0x202: len(preview)}
    data: Tags = {0xFE: 0, 0x100: 6000, 0x101: 4000, 0x103: 34713, 0x106: 32803}
    return tiff(small, [large, data], **more)


def clip(
    paint: Callable[[int], np.ndarray[Any, Any]],
    count: int = 50,
    *,
    codec: str = "libx264",
    form: str = "mp4",
    pixels: str = "yuv420p",
    rotation: int = 0,
    gap: Callable[[int], int] = lambda number: number,
    options: dict[str, str] | None = None,
    said: dict[str, str] | None = None,
    mux: dict[str, str] | None = None,
) -> bytes:
    """`paint` gives frame after frame as RGB, 25 in a second; `gap` when each is shown."""
    out = BytesIO()
    with av.open(out, "w", format=form, options=mux or {}) as container:
        container.metadata.update(said or {})
        stream: Any = container.add_stream(codec, rate=25, options=options or {})
        height, width = paint(0).shape[:2]
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.thread_count = 1
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(paint(number), format="rgb24")
            frame.pts, frame.time_base = gap(number), Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


def painted(size: tuple[int, int] = (160, 96), black: range = range(0)) -> Callable[[int], Any]:
    """Frames that get lighter with their number on the left, blue on the right; some are black."""

    def paint(number: int) -> np.ndarray[Any, Any]:
        image = np.zeros((size[1], size[0], 3), np.uint8)
        if number not in black:
            image[:, : size[0] // 2] = min(255, 40 + 4 * number)
            image[:, size[0] // 2 :] = BLUE
        return image

    return paint
