"""What EXIF says of a picture: when, where, with what, and which side is up.

EXIF is written by cameras without a clock, by phones without a fix and by editors without care: a
value that cannot be true is unknown, and nothing in the bytes raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from math import isfinite
from typing import BinaryIO

from gphotos_search.files import tiff
from gphotos_search.files.tiff import Directory

# Cameras and scanned prints; before the first photograph and after that a clock is wrong.
FIRST_YEAR, LAST_YEAR = 1826, 2100
FURTHEST_MIN = 14 * 60  # the largest distance of a zone from UTC

MAKE, MODEL, ORIENTATION = 0x010F, 0x0110, 0x0112
WIDTH, HEIGHT = 0x0100, 0x0101
EXIF, GPS = 0x8769, 0x8825
PIXEL_WIDTH, PIXEL_HEIGHT = 0xA002, 0xA003
LATITUDE, LONGITUDE = 2, 4  # in the GPS directory; each with its letter in the tag before
# Taken, digitised, changed: the time, where it stands, and the zone that belongs to it.
CHANGED, CHANGED_ZONE, TAKEN_ZONE = 0x0132, 0x9010, 0x9011
TAKEN, DIGITISED, DIGITISED_ZONE = 0x9003, 0x9004, 0x9012

TIME = re.compile(r"\s*(\d{4})[:\-/.](\d\d)[:\-/.](\d\d)[ T]+(\d\d):(\d\d)(?::(\d\d))?")
ZONE = re.compile(r"\s*([+-])(\d\d):?(\d\d)|\s*Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exif:
    """Sizes are as stored, not upright. Absent things are zero, empty or None."""

    orientation: int = 0  # 1 to 8
    width: int = 0
    height: int = 0
    taken_local: datetime | None = None  # naive
    utc_offset_min: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera_make: str = ""
    camera_model: str = ""


def of_bytes(data: bytes) -> Exif:
    """The EXIF block of a JPEG, PNG, WebP, HEIF: a small TIFF."""
    return of_tiff(BytesIO(data.removeprefix(b"Exif\0\0")))


def of_tiff(stream: BinaryIO, start: int = 0) -> Exif:
    """The EXIF of a file that is a TIFF, or of one that begins at `start`."""
    opened = tiff.opened(stream, start)
    if opened is None:
        return Exif()
    first = tiff.directory(opened, opened.first)
    return of_directories(first, first.below(EXIF), first.below(GPS))


def of_directories(first: Directory, exif: Directory, gps: Directory) -> Exif:
    """From its three parts, which CR3 keeps as three TIFFs."""
    taken, offset = _taken(first, exif)
    latitude, longitude = position(
        _degrees(gps, LATITUDE, "S"),
        _degrees(gps, LONGITUDE, "W"),
    )
    orientation = first.number(ORIENTATION)
    return Exif(
        orientation=orientation if 1 <= orientation <= 8 else 0,
        width=max(0, exif.number(PIXEL_WIDTH)),
        height=max(0, exif.number(PIXEL_HEIGHT)),
        taken_local=taken,
        utc_offset_min=offset,
        latitude=latitude,
        longitude=longitude,
        camera_make=_words(first.text(MAKE)),
        camera_model=_words(first.text(MODEL)),
    )


def local_time(text: str) -> datetime | None:
    """`2019:07:04 15:30:12` and its variants; None for zeros, blanks and what no clock shows."""
    found = TIME.match(text)
    if found is None:
        return None
    year, *rest = (int(part or 0) for part in found.groups())
    try:
        return plausible(datetime(year, *rest))  # type: ignore[arg-type]
    except ValueError:
        return None


def plausible(moment: datetime) -> datetime | None:
    """None for the zero of a clock that was never set, and outside the years of photography."""
    unset = (moment.year, moment.month, moment.day) in {(1970, 1, 1), (1904, 1, 1)}
    return None if unset or not FIRST_YEAR <= moment.year <= LAST_YEAR else moment


def zone_minutes(text: str) -> int | None:
    """`+02:00` as 120."""
    found = ZONE.match(text)
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    total = int(hours or 0) * 60 + int(minutes or 0)
    return None if total > FURTHEST_MIN else -total if sign == "-" else total


def position(
    latitude: float | None, longitude: float | None
) -> tuple[float, float] | tuple[None, None]:
    """Both or none: 0,0 is what devices write without a fix."""
    if latitude is None or longitude is None or not (isfinite(latitude) and isfinite(longitude)):
        return None, None
    if (latitude, longitude) == (0, 0) or abs(latitude) > 90 or abs(longitude) > 180:
        return None, None
    return round(latitude, 7), round(longitude, 7)


def _taken(first: Directory, exif: Directory) -> tuple[datetime | None, int | None]:
    """The time with its zone, of the best of the three that EXIF may hold."""
    times = (
        (exif, TAKEN, (TAKEN_ZONE, CHANGED_ZONE)),
        (exif, DIGITISED, (DIGITISED_ZONE, CHANGED_ZONE)),
        (first, CHANGED, (CHANGED_ZONE,)),
    )
    for place, tag, zones in times:
        taken = local_time(place.text(tag))
        if taken is not None:
            offsets = (zone_minutes(exif.text(zone)) for zone in zones)
            return taken, next((each for each in offsets if each is not None), None)
    return None, None


def _degrees(gps: Directory, tag: int, negative: str) -> float | None:
    """Degrees, minutes, seconds. The letter is required by the standard and sometimes missing."""
    parts = gps.numbers(tag)
    if not 1 <= len(parts) <= 3:
        return None
    seconds = parts[2] if len(parts) == 3 and isfinite(parts[2]) else 0.0  # 0/0: not measured
    value = parts[0] + (parts[1] if len(parts) > 1 else 0.0) / 60 + seconds / 3600
    return -abs(value) if gps.text(tag - 1)[:1].upper() == negative else value


def _words(text: str) -> str:
    """One line of printable text, of a length that a name may have."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text[:100])
    return " ".join(shown.split()) if "\ufffd" not in shown else ""
