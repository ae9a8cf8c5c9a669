"""Which files of an export may be photos, videos or JSON, judged by the ending of their name.

Only a first sieve: wrong endings are normal in exports (a JPEG called `.HEIC`), so what a file is
gets decided by its first bytes; and a photo may have no ending at all (`2234089303984509579`).
"""

from __future__ import annotations

import re
from typing import Literal

Sort = Literal["photo", "raw", "video", "unknown", "json", "other"]

_PHOTO = "jpg jpeg jpe jfif heic heif hif png webp gif avif tif tiff bmp ico jp2 jxl"
_RAW = (
    "dng cr2 cr3 crw nef nrw arw srf sr2 raf rw2 rwl orf pef srw x3f 3fr fff iiq erf kdc dcr mrw"
    " raw mef mos"
)
_VIDEO = (
    "mp4 mov m4v 3gp 3g2 avi mkv webm mpg mpeg mpe mts m2ts m2t ts wmv asf flv mp mv qt vob divx"
    " ogv insv"
)
PHOTO, RAW, VIDEO = (frozenset(words.split()) for words in (_PHOTO, _RAW, _VIDEO))
# The still and the moving part of one photograph: Live Photos of Apple, motion photos of Pixels
# (whose `.MP` and `.MV` are MP4 files) and of older phones, which leave the ending out.
JPEG = frozenset(["jpg", "jpeg"])
STILL = frozenset(["heic", "heif", "jpg", "jpeg"])
CLIP = frozenset(["mp4", "mov", "mp", "mv"])
MOTION = frozenset(["mp", "mv"])

_ENDING = re.compile(r"[A-Za-z0-9]{1,5}")


def split_ending(name: str) -> tuple[str, str]:
    """The name before its last dot, and the rest with the dot; `("name", "")` without one."""
    stem, dot, ending = name.rpartition(".")
    return (stem, f".{ending}") if dot else (name, "")


def ending_of(name: str) -> str:
    """The ending in small letters, without its dot; "" where the last dot is just part of a title.

    "Dr. Smith at home" and "Plan 1.2" have none.
    """
    stem, _, ending = name.rpartition(".")
    if not stem:
        return ""
    real = _ENDING.fullmatch(ending) is not None and not ending.isdecimal()
    return ending.lower() if real else ""


def sort_of(name: str) -> Sort:
    """What the ending promises. "unknown" is a file without one: its content must tell."""
    ending = ending_of(name)
    if not ending:
        return "unknown"
    if ending in PHOTO:
        return "photo"
    if ending in RAW:
        return "raw"
    if ending in VIDEO:
        return "video"
    return "json" if ending == "json" else "other"


def may_be_media(name: str) -> bool:
    """Whether a file of this name is worth a look at its content."""
    return sort_of(name) in ("photo", "raw", "video", "unknown")
