"""What a file is by its first bytes. Its name counts only where the bytes leave a question.

Wrong extensions are normal in Takeout: JPEG bytes in `.HEIC` names, and so on (facts 7.7). One
table serves listing, reading and decoding.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from gphotos_search.files import tiff

HEAD = 4096  # bytes that `kind_of` wants to see; more do no harm

Form = Literal["still", "raw", "video"]


@dataclass(frozen=True, slots=True)
class Kind:
    """`reader` is the name by which Pillow (stills) or FFmpeg (videos) knows the format."""

    mime_type: str
    form: Form
    reader: str = ""


def _raw(name: str) -> Kind:
    return Kind(f"image/x-{name}", "raw")


JPEG = Kind("image/jpeg", "still", "JPEG")
PNG = Kind("image/png", "still", "PNG")
WEBP = Kind("image/webp", "still", "WEBP")
GIF = Kind("image/gif", "still", "GIF")
BMP = Kind("image/bmp", "still", "BMP")
ICO = Kind("image/x-icon", "still", "ICO")
TIFF = Kind("image/tiff", "still", "TIFF")
HEIF = Kind("image/heic", "still", "HEIF")
AVIF = Kind("image/avif", "still", "AVIF")
DNG, CR2, CR3, NEF = _raw("adobe-dng"), _raw("canon-cr2"), _raw("canon-cr3"), _raw("nikon-nef")
ARW, RAF, RW2 = _raw("sony-arw"), _raw("fuji-raf"), _raw("panasonic-rw2")
ORF, PEF, SRW, OTHER_RAW = _raw("olympus-orf"), _raw("pentax-pef"), _raw("samsung-srw"), _raw("raw")
CRW, MRW, X3F = _raw("canon-crw"), _raw("minolta-mrw"), _raw("sigma-x3f")
MP4 = Kind("video/mp4", "video", "mov")
MOV = Kind("video/quicktime", "video", "mov")
AVI = Kind("video/x-msvideo", "video", "avi")
WEBM = Kind("video/webm", "video", "matroska")
MKV = Kind("video/x-matroska", "video", "matroska")

STARTS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"FUJIFILMCCD-RAW", RAF),
    (b"IIU\0", RW2),
    (b"IIRO", ORF),
    (b"IIRS", ORF),
    (b"MMOR", ORF),
    (b"\0MRM", MRW),
    (b"FOVb", X3F),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind("video/x-ms-wmv", "video", "asf")),
    (b"\0\0\x01\xba", Kind("video/mpeg", "video", "mpeg")),
    (b"\0\0\x01\xb3", Kind("video/mpeg", "video", "mpegvideo")),
    (b"FLV\x01", Kind("video/x-flv", "video", "flv")),
)
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2"}
AUDIO_BRANDS = {b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "}
BRANDS = {
    b"crx ": CR3,
    b"qt  ": MOV,
    b"M4V ": Kind("video/x-m4v", "video", "mov"),
    b"M4VH": Kind("video/x-m4v", "video", "mov"),
    b"M4VP": Kind("video/x-m4v", "video", "mov"),
}
OLD_MOV = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # QuickTime before it had ftyp
BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}  # sizes of the second header

MAKES = (
    ("nikon", NEF),
    ("sony", ARW),
    ("pentax", PEF),
    ("ricoh", PEF),
    ("samsung", SRW),
    ("canon", CR2),
    ("olympus", ORF),
    ("panasonic", RW2),
)
RAW_NAMES = {
    "dng": DNG,
    "cr2": CR2,
    "nef": NEF,
    "nrw": NEF,
    "arw": ARW,
    "sr2": ARW,
    "srf": ARW,
    "pef": PEF,
    "srw": SRW,
    "orf": ORF,
    "rw2": RW2,
    "raw": OTHER_RAW,
    "3fr": OTHER_RAW,
    "iiq": OTHER_RAW,
    "kdc": OTHER_RAW,
    "dcr": OTHER_RAW,
    "erf": OTHER_RAW,
    "mef": OTHER_RAW,
    "mos": OTHER_RAW,
}
DNG_VERSION, COMPRESSION, PHOTOMETRIC, MAKE = 0xC612, 0x0103, 0x0106, 0x010F
RAW_COMPRESSIONS = {32767, 32769, 32770, 34713, 34892, 65000, 65535}  # Sony, Samsung, Nikon, Pentax
RAW_PHOTOMETRICS = {32803, 34892}  # a colour filter array; linear raw


def kind_of(head: bytes, name: str = "") -> Kind | None:
    """None when it is no picture or video of a known format. Never raises for bytes."""
    for start, kind in STARTS:
        if head.startswith(start):
            return kind
    if head[:4] in tiff.ORDERS or head[:4] in tiff.BIG_ORDERS:
        return _tiff_kind(head, name)
    if head[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"AVI ": AVI, b"AVIX": AVI}.get(head[8:12])
    if head.startswith(b"\x1aE\xdf\xa3"):
        return WEBM if b"webm" in head[:64] else MKV
    return _boxed_kind(head) if head[4:8] == b"ftyp" else _unsure_kind(head)


def icon_side(data: bytes) -> int:
    """The longest side that any picture in an icon declares in its own header, PNG or bitmap."""
    longest = 0
    for entry in range(6, 6 + 16 * int.from_bytes(data[4:6], "little"), 16):
        at = int.from_bytes(data[entry + 12 : entry + 16], "little")
        png = data[at : at + 8] == b"\x89PNG\r\n\x1a\n"
        first = at + 16 if png else at + 4
        sides = struct.unpack(">ii" if png else "<ii", data[first : first + 8].ljust(8, b"\0"))
        longest = max(longest, *map(abs, sides))
    return longest


def _unsure_kind(head: bytes) -> Kind | None:
    """Formats whose first bytes alone could be anything's."""
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in BMP_HEADERS:
        return BMP
    count = int.from_bytes(head[4:6], "little")
    if head[:4] == b"\0\0\x01\0" and 0 < count <= 256 and head[9:10] == b"\0":
        return ICO
    if head[4:8] in OLD_MOV and (head[:1] == b"\0" or head[4:8] == b"mdat"):
        return MOV
    if head[6:14] == b"HEAPCCDR":
        return CRW
    for first, step in ((0, 188), (4, 192)):  # transport streams: every packet begins with a G
        if head[first : first + 3 * step : step] == b"GGG":
            return Kind("video/mp2t", "video", "mpegts")
    return None


def _boxed_kind(head: bytes) -> Kind | None:
    """HEIF, AVIF, CR3, MP4 share a container; its first box lists what it is compatible with."""
    size = int.from_bytes(head[:4])
    listed = head[8 : min(max(size, 12), 512)]
    brands = {listed[at : at + 4] for at in range(0, len(listed), 4)}
    if brands & {b"avif", b"avis"}:
        return AVIF
    if brands & HEIF_BRANDS:
        return HEIF
    major = listed[:4]
    if major in AUDIO_BRANDS or b"jxl " in brands or b"jp2 " in brands:
        return None
    if major[:3] in {b"3gp", b"3g2"}:
        return Kind("video/3gpp" if major[:3] == b"3gp" else "video/3gpp2", "video", "mov")
    return BRANDS.get(major, MP4)


def _tiff_kind(head: bytes, name: str) -> Kind:
    """A camera's RAW by what it says of itself; by its name where that lies further inside."""
    if head[8:10] == b"CR":
        return CR2
    if head[8:12] in {b"IIII", b"MMMM"}:  # Phase One and Leaf
        return OTHER_RAW
    opened = tiff.opened(BytesIO(head))
    found = list(tiff.directories(opened)) if opened else []
    if found and DNG_VERSION in found[0]:
        return DNG
    make = next((each.text(MAKE).lower() for each in found if MAKE in each), "")
    raw = next((kind for brand, kind in MAKES if make.startswith(brand)), OTHER_RAW)
    if any(_holds_raw(each) for each in found):
        return raw
    named = RAW_NAMES.get(name.rpartition(".")[2].lower())
    complete = found and tiff.SUB_DIRECTORIES not in found[0]
    return TIFF if named is None or (complete and not make) else named


def _holds_raw(directory: tiff.Directory) -> bool:
    return (
        directory.number(PHOTOMETRIC) in RAW_PHOTOMETRICS
        or directory.number(COMPRESSION) in RAW_COMPRESSIONS
    )
