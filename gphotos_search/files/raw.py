"""A camera's RAW file as a picture: the JPEG it carries, or a quick development of the raw data.

The JPEGs of TIFF-like files (DNG, CR2, NEF, ARW, PEF, SRW, RW2) and of RAF are found by their tags,
without LibRaw: that is quick, and works for cameras newer than LibRaw. LibRaw does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from gphotos_search.errors import ItemFailed
from gphotos_search.files import jpeg, kinds, stills, tiff
from gphotos_search.files.kinds import Kind

if TYPE_CHECKING:
    import numpy as np
    import rawpy
    from numpy.typing import NDArray

AMPLE = 1000  # pixels of the longer side: a JPEG this large needs no better one
SMALLEST = 512  # below, the raw data are developed instead
MAX_PIXELS = 200_000_000
MOST_PACKED = 10  # pixels in a byte; cameras pack one or two
JPEG_AT, JPEG_LENGTH = 0x0201, 0x0202
STRIPS, STRIP_LENGTHS = 0x0111, 0x0117
SUBFILE, PHOTOMETRIC = 0x00FE, 0x0106
NOT_THE_PICTURE = 0b11100  # transparency mask, depth map, semantic mask (DNG 1.6, NewSubFileType)
MASKS = {51177, 52527}  # photometrics: depth, semantic mask
TURNS = {3: 3, 5: 8, 6: 6}  # LibRaw's flip as an EXIF orientation


@dataclass(frozen=True, slots=True)
class Preview:
    """`picture` is a JPEG or a PPM. `orientation` makes it upright, 1 to 8."""

    picture: bytes
    orientation: int


class _Jpeg(NamedTuple):
    at: int
    length: int
    width: int
    height: int
    orientation: int  # by its own EXIF, 0 when that says nothing


def preview(data: bytes, kind: Kind) -> Preview:
    """The best picture of a RAW file. Raises ItemFailed where there is none."""
    found = max(_jpegs(data, kind), key=_sides, default=None)
    if found is not None and max(_sides(found)) >= AMPLE:
        return _cut(data, kind, found)
    developed = _by_libraw(data, _sides(found) if found else (0, 0))
    if developed is not None:
        return developed
    if found is not None:
        return _cut(data, kind, found)
    raise ItemFailed("the RAW file holds no picture that can be read here", permanent=True)


def _cut(data: bytes, kind: Kind, found: _Jpeg) -> Preview:
    """The JPEG, with the way up that it or the file around it says."""
    said = stills.still(BytesIO(data), len(data), kind)
    orientation = found.orientation or said.orientation
    turned = said.width > said.height and found.width < found.height
    if not found.orientation and orientation >= 5 and turned:
        orientation = 1  # the camera turned the preview, only the raw data lie on their side
    return Preview(data[found.at : found.at + found.length], orientation)


def _jpegs(data: bytes, kind: Kind) -> Iterator[_Jpeg]:
    """Every JPEG of pixels that the file's tags tell of."""
    stream = BytesIO(data)
    for at, length in _places(stream, kind):
        if not 0 < at < len(data) or length <= 0:
            continue
        header = jpeg.header(stream, at)
        if header.decodable and 0 < header.width * header.height <= MAX_PIXELS:
            inside = stills.still_of_jpeg(header)
            yield _Jpeg(at, length, header.width, header.height, inside.exif.orientation)


def _places(stream: BytesIO, kind: Kind) -> Iterator[tuple[int, int]]:
    """Offset and length of what may be a JPEG."""
    if kind == kinds.RAF:
        stream.seek(84)
        head = stream.read(8)
        yield int.from_bytes(head[:4]), int.from_bytes(head[4:])
    opened = tiff.opened(stream)
    for each in tiff.directories(opened) if opened else ():
        if each.number(SUBFILE) & NOT_THE_PICTURE or each.number(PHOTOMETRIC) in MASKS:
            continue
        if (inside := each.entries.get(stills.RW2_JPEG)) and kind == kinds.RW2:
            yield inside.at, inside.amount
        if JPEG_AT in each:
            yield each.number(JPEG_AT), each.number(JPEG_LENGTH)
        if len(each.numbers(STRIPS)) == 1:
            yield each.number(STRIPS), each.number(STRIP_LENGTHS)


def _by_libraw(data: bytes, beside: tuple[int, int]) -> Preview | None:
    """What LibRaw knows: a preview larger than the one `beside`, or the raw data developed.

    None when neither is possible, or not better.
    """
    import rawpy

    try:
        with rawpy.RawPy() as raw:
            raw.open_buffer(BytesIO(data))
            found = _thumbnail(raw)
            if found is not None and max(found[1]) >= SMALLEST and found[1] > beside:
                return found[0]
            return _developed(raw, len(data)) if max(beside) < SMALLEST else None
    except (rawpy.LibRawError, rawpy.NotSupportedError, ValueError, MemoryError):
        return None


def _thumbnail(raw: rawpy.RawPy) -> tuple[Preview, tuple[int, int]] | None:
    """LibRaw's largest preview with its sides, the longer first.

    Only JPEGs: of bitmaps, which are small anyway, rawpy believes any size that the file declares,
    and reads beyond their end.
    """
    import rawpy

    try:
        thumb = raw.extract_thumb()
    except rawpy.LibRawError:
        return None
    if not isinstance(thumb.data, bytes):
        return None
    header = jpeg.header(BytesIO(thumb.data))
    if not header.decodable or header.width * header.height > MAX_PIXELS:
        return None
    own = stills.still_of_jpeg(header).exif.orientation
    picture = Preview(thumb.data, own or TURNS.get(raw.sizes.flip, 1))
    return picture, _ordered(header.width, header.height)


def _developed(raw: rawpy.RawPy, size: int) -> Preview | None:
    """At half the size, by the camera's white balance; LibRaw turns it upright.

    None where the file is too short to hold what it declares: LibRaw would develop the void.
    """
    if raw.sizes.raw_width * raw.sizes.raw_height > min(MAX_PIXELS, size * MOST_PACKED):
        return None
    return Preview(_ppm(raw.postprocess(half_size=True, use_camera_wb=True, output_bps=8)), 1)


def _ppm(pixels: NDArray[np.uint8]) -> bytes:
    """Bitmaps as the simplest of picture files: nothing is lost, nothing computed."""
    height, width = pixels.shape[:2]
    grey = pixels.ndim == 2 or pixels.shape[2] == 1
    return b"P%d %d %d 255\n" % (5 if grey else 6, width, height) + pixels.tobytes()


def _sides(found: _Jpeg) -> tuple[int, int]:
    return _ordered(found.width, found.height)


def _ordered(width: int, height: int) -> tuple[int, int]:
    return max(width, height), min(width, height)
