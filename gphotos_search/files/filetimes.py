"""When a photo was taken: by its sidecar, its EXIF, its file name or its folder. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from gphotos_search.files.exif import FIRST_YEAR, LAST_YEAR
from gphotos_search.files.traits import Traits
from gphotos_search.media import TakenFrom

NOON = 12

# Day and time in one run, as phones write them: IMG_20190704_153012, PXL_20230814_201154491,
# Screenshot_20231027-123303, 20190704153012.
RUN = re.compile(
    r"(?<!\d)(\d{4})(\d\d)(\d\d)"
    r"(?:[-_ T](\d\d)(\d\d)(\d\d)\d{0,3}|(\d\d)(\d\d)(\d\d)(?:\d{3})?)(?!\d)"
)
# Day spelled out, then a time: 2019-07-04 15.30.12, photo_2021-05-01_10-11-12,
# signal-2021-05-01-101112, Screen Shot 2019-07-04 at 3.30.12 PM, 2024-08-31-00-53-48-647.
SPELLED = re.compile(
    r"(?<!\d)(\d{4})([-_.])(\d\d)\2(\d\d)(?:[-_ T.,]+|,? at )"
    r"(?:(\d\d?)[-_.:h](\d\d)[-_.:m](\d\d)|(\d\d)(\d\d)(\d\d))(?:[-_.]?\d{3})?"
    r"(?:\s*([AP])\.?M)?(?!\d)",
    re.IGNORECASE,
)
# A day alone: IMG-20190704-WA0001, 2019-07-04 Trip.
DAY = re.compile(r"(?<!\d)(\d{4})([-_.]?)(\d\d)\2(\d\d)(?!\d)")
# Milliseconds since 1970. Facebook, WeChat and browsers name files so; only where the name says so
# or holds nothing else, since 13 digits may be anything.
EPOCH_MS = re.compile(r"(?:FB_IMG_|mmexport|wx_camera_|^)(\d{13})(?:\(\d+\))?$")
EPOCH_FROM, EPOCH_TO = datetime(2000, 1, 1), datetime(LAST_YEAR, 1, 1)


def from_name(name: str) -> tuple[datetime, bool] | None:
    """The time a file name tells, naive, and whether that is UTC. A day alone means its noon."""
    stem = name.rpartition(".")[0] or name
    utc = stem.startswith("PXL_")  # Pixel phones name by UTC, all others by their local clock
    for found in SPELLED.finditer(stem):
        year, _, month, day, *clock, half = found.groups()
        hour, minute, second = filter(None, clock)
        time = _time(year, month, day, _hour(hour, half), minute, second)
        if time is not None:
            return time, utc
    for found in RUN.finditer(stem):
        time = _time(*filter(None, found.groups()))
        if time is not None:
            return time, utc
    for found in DAY.finditer(stem):
        year, _, month, day = found.groups()
        time = _time(year, month, day, NOON)
        if time is not None:
            return time, utc
    return _from_epoch(stem)


def taken(
    sidecar_time: datetime | None,
    traits: Traits | None,
    name: str,
    folder_year: int | None,
    zone: tzinfo,
) -> tuple[datetime | None, TakenFrom, int | None]:
    """(instant in UTC, which of them told it, minutes that the local clock was ahead of UTC).

    In this order: the sidecar, since it has dates that were corrected by hand; EXIF; the file name;
    the year's folder, of which only the year means anything: its first of July, noon UTC. Times
    without an offset are meant in `zone`. The offset is EXIF's, also where the sidecar tells the
    instant; None when nobody says.
    """
    offset = traits.utc_offset_min if traits else None
    if sidecar_time is not None:
        return sidecar_time.astimezone(UTC), "sidecar", offset
    if traits is not None and traits.taken_local is not None:
        if offset is not None:
            local = traits.taken_local - timedelta(minutes=offset)
            return local.replace(tzinfo=UTC), "exif", offset
        return _instant(traits.taken_local, traits.taken_in_utc, zone), "exif", None
    named = from_name(name)
    if named is not None:
        return _instant(*named, zone), "filename", offset
    if folder_year is not None and FIRST_YEAR <= folder_year <= LAST_YEAR:
        return datetime(folder_year, 7, 1, NOON, tzinfo=UTC), "folder", offset
    return None, "", offset


def _instant(naive: datetime, in_utc: bool, zone: tzinfo) -> datetime:
    return naive.replace(tzinfo=UTC if in_utc else zone).astimezone(UTC)


def _hour(text: str, half: str | None) -> int:
    """Of a clock of 24 hours, or of 12 with its half of the day."""
    hour = int(text)
    if half is None or not 1 <= hour <= 12:
        return hour
    return hour % 12 + (12 if half in "pP" else 0)


def _time(*parts: str | int) -> datetime | None:
    year, *rest = (int(part) for part in parts)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return datetime(year, *rest)  # type: ignore[arg-type]
    except ValueError:
        return None


def _from_epoch(stem: str) -> tuple[datetime, bool] | None:
    found = EPOCH_MS.search(stem)
    if found is None:
        return None
    moment = datetime(1970, 1, 1) + timedelta(milliseconds=int(found.group(1)))
    return (moment, True) if EPOCH_FROM <= moment < EPOCH_TO else None
