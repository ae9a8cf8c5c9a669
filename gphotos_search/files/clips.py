"""Videos opened by FFmpeg: what they say of themselves, and the errors they meet, in our words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO

import av
from av.stream import Disposition

from gphotos_search.errors import ItemFailed
from gphotos_search.files import boxes, exif, kinds
from gphotos_search.files.kinds import Kind
from gphotos_search.files.traits import Traits

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

# FFmpeg decodes up to twenty frames to learn what these formats' headers say already.
TOLD = {"mov", "matroska"}
UNDECODED = {"probesize": "32", "skip_frame": "all"}
MAX_PIXELS = 70_000_000  # of a frame: 8K has 33 million
SIDE = 1 << 15

# By what the makers of phones and cameras write; the first that says something counts. Apple's has
# the local clock's offset; a container's own time is UTC, though some cameras write their local
# time there, which nothing tells. Only an AVI's is a local one.
LOCAL_TIMES = ("com.apple.quicktime.creationdate", "date")
UTC_TIMES = ("creation_time", "date_digitized", "WM/EncodingTime")
PLACES = ("com.apple.quicktime.location.ISO6709", "location", "location-eng")
MAKES = ("com.apple.quicktime.make", "make", "com.android.manufacturer", "manufacturer")
MODELS = ("com.apple.quicktime.model", "model", "com.android.model")
ISO_6709 = re.compile(r"\s*([+-]\d{2,7}(?:\.\d+)?)([+-]\d{3,8}(?:\.\d+)?)")
MOMENT = re.compile(
    r"\s*(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,]\d+)?\s*(Z|[+-]\d\d:?\d\d)?\s*$"
)

av.logging.set_libav_level(av.logging.PANIC)


class OnlySound(ItemFailed):
    """A file of a video's format without any moving pictures."""


@contextmanager
def opened(stream: BinaryIO, kind: Kind) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A clip and its moving pictures, by the demuxer of its kind only: others may follow links.

    Raises ItemFailed, also from within, for what FFmpeg cannot read. The stream's own errors pass.
    """
    options = {"max_streams": "64", "threads": "1"} | (UNDECODED if kind.reader in TOLD else {})
    try:
        stream.seek(0)
        with av.open(
            stream, "r", format=kind.reader, options=options, metadata_errors="replace"
        ) as clip:
            yield clip, _moving(clip)
    except av.FFmpegError as problem:
        raise ItemFailed(_reason(problem), permanent=True) from problem


def clip_traits(stream: BinaryIO, size: int, kind: Kind) -> Traits:
    """The traits of a video; a damaged one has none but its type.

    Raises ItemFailed where there are no moving pictures at all, only sound.
    """
    try:
        with opened(stream, kind) as (clip, moving):
            said = {**moving.metadata, **clip.metadata}
            width, height = shown_size(moving)
    except OnlySound:
        raise
    except ItemFailed:
        return Traits(mime_type=kind.mime_type, kind="video")
    if not (0 < width < SIDE and 0 < height < SIDE):
        width, height = 0, 0
    if kind.reader == "mov" and boxes.turned(stream, size):
        width, height = height, width
    taken, offset = _taken(said)
    latitude, longitude = exif.position(*_place(_first(said, PLACES)))
    return Traits(
        mime_type=kind.mime_type,
        kind="video",
        width=width,
        height=height,
        taken_local=taken,
        taken_in_utc=taken is not None and offset is None and kind != kinds.AVI,
        utc_offset_min=offset,
        latitude=latitude,
        longitude=longitude,
        camera_make=_first(said, MAKES)[:100],
        camera_model=_first(said, MODELS)[:100],
    )


def shown_size(moving: VideoStream) -> tuple[int, int]:
    """Width and height with square pixels, not turned yet: old camcorders' pixels are oblong."""
    width, height, ratio = moving.width, moving.height, moving.sample_aspect_ratio
    if ratio and ratio != 1 and 1 / 4 < ratio < 4:
        width = round(width * ratio)
    return width, height


def _moving(clip: InputContainer) -> VideoStream:
    """The largest stream of pictures that is not the cover of a piece of music."""
    moving = [
        each for each in clip.streams.video if not each.disposition & Disposition.attached_pic
    ]
    if not moving and clip.streams.audio:
        raise OnlySound("it holds sound but no moving pictures", permanent=True)
    known = [each for each in moving if each.codec_context is not None]
    if not known:
        raise ItemFailed("the video is of a format that cannot be decoded here", permanent=True)
    return max(known, key=lambda each: each.width * each.height)


def _first(said: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := said.get(name, "").strip())), "")


def _taken(said: Mapping[str, str]) -> tuple[datetime | None, int | None]:
    """A local time with its offset, else a UTC time and None."""
    for name in LOCAL_TIMES:
        local, offset = _moment(said.get(name, ""))
        if local is not None and offset is not None:
            return local, offset
    for name in UTC_TIMES:
        moment, offset = _moment(said.get(name, ""))
        if moment is not None:
            return moment - timedelta(minutes=offset or 0), None
    return None, None


def _moment(text: str) -> tuple[datetime | None, int | None]:
    found = MOMENT.match(text)
    if found is None:
        return None, None
    *parts, zone = found.groups()
    try:
        moment = datetime(*(int(part) for part in parts))  # type: ignore[arg-type]
    except ValueError:
        return None, None
    return exif.plausible(moment), exif.zone_minutes(zone or "")


def _place(text: str) -> tuple[float | None, float | None]:
    """`+48.7900+002.4800+090.250/`: degrees, or with minutes and seconds run together."""
    found = ISO_6709.match(text)
    if found is None:
        return None, None
    return _degrees(found[1], 2), _degrees(found[2], 3)


def _degrees(text: str, digits: int) -> float:
    """DD.D, DDMM.M or DDMMSS.S; longitudes have a digit more."""
    sign = -1.0 if text[0] == "-" else 1.0
    whole = len(text[1:].partition(".")[0])
    value = float(text[1:])
    if whole <= digits:
        return sign * value
    if whole <= digits + 2:
        return sign * (value // 100 + value % 100 / 60)
    return sign * (value // 10_000 + value // 100 % 100 / 60 + value % 100 / 3600)


def _reason(problem: Exception) -> str:
    if isinstance(problem, av.error.EOFError):
        return "the video is empty or cut off"
    if isinstance(problem, (av.error.DecoderNotFoundError, av.error.PatchWelcomeError)):
        return "the video is of a format that cannot be decoded here"
    return "the video is damaged or cut off"
