"""The size, the way up and the EXIF of a still, by the header of its format."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO

from gphotos_search.files import boxes, exif, jpeg, kinds, tiff
from gphotos_search.files.exif import Exif
from gphotos_search.files.kinds import Kind

XMP_ORIENTATION = re.compile(rb"tiff:Orientation(?:=\"|=\'|>)([1-8])")
# Makers whose phones put a clip behind the picture without a word in XMP. Others' pictures are not
# searched for one: in a compressed archive their end costs as much as all of them.
UNSAID = {"samsung", "huawei", "honor", "vivo"}
PNG_CHUNKS = 512  # of a PNG are looked at; most programs write EXIF before the pixels
WEBP_CHUNKS = 512  # of an animation
MAX_EXIF = 1 << 20
CR3_HEAD = 1 << 20  # its metadata comes first
CROP_SIZE = 0xC620  # DNG's DefaultCropSize
RW2_JPEG = 0x002E


@dataclass(slots=True)
class Still:
    """Width and height are as stored; `orientation` is what makes them upright, 1 to 8."""

    width: int = 0
    height: int = 0
    orientation: int = 1
    exif: Exif = field(default_factory=Exif)
    motion: bool = False


def still(stream: BinaryIO, size: int, kind: Kind) -> Still:
    """What the header says. Never raises for what the bytes say."""
    if kind == kinds.JPEG:
        return _by_jpeg(stream, size)
    if kind.form == "still" and kind.mime_type not in READERS:
        return _by_pillow(stream, size, kind)
    return READERS.get(kind.mime_type, _by_tiff)(stream)


def still_of_jpeg(header: jpeg.Header) -> Still:
    """What a JPEG's header says; XMP has the way up where EXIF has it not, as Pillow reads it."""
    found = exif.of_bytes(header.exif) if header.exif else Exif()
    said = XMP_ORIENTATION.search(header.xmp)
    orientation = found.orientation or (int(said[1]) if said else 1)
    return Still(header.width, header.height, orientation, found)


def _by_jpeg(stream: BinaryIO, size: int) -> Still:
    header = jpeg.header(stream)
    found = still_of_jpeg(header)
    silent = found.exif.camera_make.lower() in UNSAID
    found.motion = jpeg.says_motion(header) or (silent and jpeg.has_clip(stream, header, size))
    return found


def _by_png(stream: BinaryIO) -> Still:
    found, at = Still(), 8
    for _ in range(PNG_CHUNKS):
        stream.seek(at)
        head = stream.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            break
        length = int.from_bytes(head[:4])
        if head[4:] == b"IHDR":
            data = stream.read(8)
            found.width, found.height = int.from_bytes(data[:4]), int.from_bytes(data[4:8])
        elif head[4:] == b"eXIf" and length <= MAX_EXIF:
            found.exif = exif.of_bytes(stream.read(length))
            found.orientation = found.exif.orientation or 1
            break
        at += 12 + length
    return found


def _by_webp(stream: BinaryIO) -> Still:
    """Its canvas or first picture says the size; EXIF comes at the end, if at all."""
    found, at = Still(), 12
    for _ in range(WEBP_CHUNKS):
        stream.seek(at)
        head = stream.read(8)
        if len(head) < 8:
            break
        kind, length = head[:4], int.from_bytes(head[4:], "little")
        if kind in WEBP_SIZES and not found.width:
            found.width, found.height = WEBP_SIZES[kind](stream.read(10).ljust(10, b"\0"))
        elif kind == b"EXIF" and length <= MAX_EXIF:
            found.exif = exif.of_bytes(stream.read(length))
            found.orientation = found.exif.orientation or 1
        if kind == b"EXIF" or (at == 12 and kind != b"VP8X"):  # without a canvas nothing follows
            break
        at += 8 + length + length % 2
    return found


def _webp_lossless(data: bytes) -> tuple[int, int]:
    bits = int.from_bytes(data[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _webp_lossy(data: bytes) -> tuple[int, int]:
    width, height = _unpacked("<HH", data[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _webp_canvas(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1


WEBP_SIZES = {b"VP8X": _webp_canvas, b"VP8 ": _webp_lossy, b"VP8L": _webp_lossless}


def _by_gif(stream: BinaryIO) -> Still:
    stream.seek(6)
    width, height = _unpacked("<HH", stream.read(4))
    return Still(width, height)


def _by_bmp(stream: BinaryIO) -> Still:
    stream.seek(14)
    head = stream.read(12)
    old = head[:1] == b"\x0c"
    width, height = _unpacked("<HH", head[4:8]) if old else _unpacked("<ii", head[4:12])
    return Still(abs(width), abs(height))


def _by_ico(stream: BinaryIO) -> Still:
    """The largest of its pictures; a side of 0 means 256."""
    stream.seek(4)
    count = int.from_bytes(stream.read(2), "little")
    entries = stream.read(16 * min(count, 256))
    sides = [(a or 256, b or 256) for a, b in zip(entries[::16], entries[1::16], strict=False)]
    return Still(*max(sides, default=(0, 0)))


def _by_tiff(stream: BinaryIO) -> Still:
    """TIFF and the RAW files that are one: the largest picture inside counts."""
    opened = tiff.opened(stream)
    if opened is None:
        return Still()
    found = exif.of_tiff(stream)
    width, height = found.width, found.height
    for each in tiff.directories(opened):
        width, height = max((width, height), _size(each), key=_area)
    return Still(width, height, found.orientation or 1, found)


def _by_rw2(stream: BinaryIO) -> Still:
    """Panasonic keeps its EXIF in the JPEG inside."""
    opened = tiff.opened(stream)
    inside = tiff.directory(opened, opened.first).entries.get(RW2_JPEG) if opened else None
    return _by_jpeg_inside(stream, inside.at) if inside else Still()


def _by_raf(stream: BinaryIO) -> Still:
    """Fujifilm's header says where the JPEG is that holds the EXIF."""
    stream.seek(84)
    return _by_jpeg_inside(stream, int.from_bytes(stream.read(4)))


def _by_jpeg_inside(stream: BinaryIO, start: int) -> Still:
    header = jpeg.header(stream, start)
    found = exif.of_bytes(header.exif) if header.exif else Exif()
    sizes = ((header.width, header.height), (found.width, found.height))
    return Still(*max(sizes, key=_area), found.orientation or 1, found)


def _by_cr3(stream: BinaryIO) -> Still:
    """Canon's CR3 keeps the directories of its EXIF in boxes, each a TIFF of its own."""
    stream.seek(0)
    head = BytesIO(stream.read(CR3_HEAD))
    parts = {}
    for outer in boxes.find(head, CR3_HEAD, b"moov", b"uuid"):
        for box in boxes.boxes(head, outer.start + 16, outer.end):
            opened = tiff.opened(head, box.start) if box.kind.startswith(b"CMT") else None
            if opened is not None:
                parts[box.kind] = tiff.directory(opened, opened.first)
    none = tiff.Directory(tiff.Tiff(head, 0, "<", False, 0))
    first, taken, gps = (parts.get(kind, none) for kind in (b"CMT1", b"CMT2", b"CMT4"))
    found = exif.of_directories(first, taken, gps)
    width, height = max(_size(first), (found.width, found.height), key=_area)
    return Still(width, height, found.orientation or 1, found)


def _by_pillow(stream: BinaryIO, size: int, kind: Kind) -> Still:
    """HEIF and AVIF, whose libraries read the whole file, though not its pixels."""
    from gphotos_search.files import pillow

    if size > pillow.MAX_BYTES:
        return Still()
    stream.seek(0)
    data = BytesIO(stream.read(size))
    try:
        with pillow.opened(data, kind.reader) as image:
            block = image.info.get("exif")
            found = exif.of_bytes(block) if isinstance(block, bytes) else Exif()
            return Still(*image.size, pillow.orientation(image), found)
    except Exception:  # the libraries meet hostile bytes with every error there is
        return Still()


READERS: dict[str, Callable[[BinaryIO], Still]] = {
    kinds.PNG.mime_type: _by_png,
    kinds.WEBP.mime_type: _by_webp,
    kinds.GIF.mime_type: _by_gif,
    kinds.BMP.mime_type: _by_bmp,
    kinds.ICO.mime_type: _by_ico,
    kinds.TIFF.mime_type: _by_tiff,
    kinds.RW2.mime_type: _by_rw2,
    kinds.RAF.mime_type: _by_raf,
    kinds.CR3.mime_type: _by_cr3,
}


def _size(directory: tiff.Directory) -> tuple[int, int]:
    """Of the picture that a directory describes; DNG says what of it is meant to be seen."""
    crop = directory.numbers(CROP_SIZE)
    if len(crop) == 2 and all(1 <= side < 1 << 24 for side in crop):
        return int(crop[0]), int(crop[1])
    return directory.number(exif.WIDTH), directory.number(exif.HEIGHT)


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1] if min(size) > 0 else 0


def _unpacked(form: str, data: bytes) -> tuple[int, int]:
    if len(data) != struct.calcsize(form):
        return 0, 0
    first, second = struct.unpack(form, data)
    return first, second
