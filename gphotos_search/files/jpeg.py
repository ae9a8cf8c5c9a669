"""The segments of a JPEG that come before its pixels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO

EXIF, XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # start of frame, in all its kinds
DECODABLE = {0xC0, 0xC1, 0xC2}  # the others are lossless or arithmetic: RAW data, not a picture
STANDALONE = {0x01, 0xD8, *range(0xD0, 0xD8)}
MAX_SEGMENTS = 4000
CLIP = re.compile(rb"\0\0\0[\x08-\x80]ftyp[ -~]{4}", re.DOTALL)
MOTION = re.compile(rb"(?:MotionPhoto|MicroVideo)(?:\s*=\s*[\"']\s*1|>\s*1\s*<)")
STEP = 1 << 20


@dataclass(slots=True)
class Header:
    """What is said before the pixels; zero or empty where it is not. Sizes are as stored."""

    width: int = 0
    height: int = 0
    decodable: bool = False
    exif: bytes = b""  # a TIFF
    xmp: bytes = b""
    end: int = 0  # where the pixels begin


def header(stream: BinaryIO, start: int = 0) -> Header:
    """The header of the JPEG at `start`. Never raises for what the bytes say."""
    found = Header()
    stream.seek(start)
    if stream.read(2) != b"\xff\xd8":
        return found
    at = start + 2
    for _ in range(MAX_SEGMENTS):
        stream.seek(at)
        head = stream.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            break
        marker, length = head[1], int.from_bytes(head[2:])
        if marker == 0xFF or marker in STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in {0xDA, 0xD9} or length < 2:
            break
        _take(found, marker, stream, length - 2)
        at += 2 + length
    found.end = at
    return found


def _take(found: Header, marker: int, stream: BinaryIO, length: int) -> None:
    if marker in SIZES and not found.width:
        data = stream.read(min(length, 5))
        if len(data) == 5:
            found.height, found.width = int.from_bytes(data[1:3]), int.from_bytes(data[3:5])
            found.decodable = marker in DECODABLE
    elif marker == 0xE1 and not (found.exif and found.xmp):
        data = stream.read(length)
        if data.startswith(EXIF) and not found.exif:
            found.exif = data[len(EXIF) :]
        elif data.startswith(XMP) and not found.xmp:
            found.xmp = data[len(XMP) :]


def says_motion(found: Header) -> bool:
    """Whether XMP declares a motion photo, in Google's old words or the new ones."""
    return MOTION.search(found.xmp) is not None


def has_clip(stream: BinaryIO, found: Header, size: int) -> bool:
    """Whether an MP4 begins behind the picture.

    Read to the end only where the last bytes are not those of a JPEG.
    """
    stream.seek(max(found.end, size - 64))
    if not found.width or stream.read(64).rstrip(b"\0").endswith(b"\xff\xd9"):
        return False
    stream.seek(found.end)
    tail = b""
    while block := stream.read(STEP):
        block = tail + block
        at = block.find(b"ftyp")  # a search for the whole pattern costs ten times more
        while at >= 0:
            if CLIP.match(block, max(0, at - 4)):
                return True
            at = block.find(b"ftyp", at + 1)
        tail = block[-16:]
    return False
