"""One frame of a clip as a JPEG, to stand for it: about a tenth in, and not a black one.

FFmpeg is given no more than it needs: the demuxer of the kind, one or two threads, frames of a
bounded size, and a budget of time and frames that is looked at between packets.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import av
from av.video.reformatter import Colorspace, Interpolation
from PIL import Image, ImageStat

from gphotos_search.errors import ItemFailed
from gphotos_search.files import kinds
from gphotos_search.files.clips import MAX_PIXELS, opened, shown_size

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

SHARES = (0.1, 0.3, 0.5, 0.8)  # of the clip, tried in this order until a frame is not dull
NO_LENGTH_S = (0.5, 2.0, 5.0)  # instead, where the clip does not say how long it is
NEAR = 0.5  # a key frame that lies this far into the way to the place sought is near enough
BUDGET_S = 20.0
ONWARD_S = 3.0  # of it, to decode onward from one key frame
MAX_FRAMES = 600
MAX_PACKETS = 6000
DARK, FLAT = 20, 5  # of 255: below, the mean and the deviation of a frame that shows nothing
QUALITY = 92
UNSPECIFIED, HD_LINES = 2, 720


def frame(source: BinaryIO | Path | str, *, longest: int) -> bytes:
    """A JPEG, upright, its longer side `longest` pixels or the clip's own where that is shorter.

    `source` is a path or a seekable stream, which is left anywhere. Raises ItemFailed, permanent,
    with the reason, where no frame can be had; the stream's own errors pass through.
    """
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as stream:
            return frame(stream, longest=longest)
    source.seek(0)
    kind = kinds.kind_of(source.read(kinds.HEAD))
    if kind is None or kind.form != "video":
        raise ItemFailed("it is not a video of a format that can be read here", permanent=True)
    with opened(source, kind) as (clip, moving):
        return _jpeg(_best(_Reader(clip, moving, time.monotonic() + BUDGET_S), longest))


def _best(reader: _Reader, longest: int) -> Image.Image:
    """The first picture that shows something, or what shows most of those that were tried."""
    best, most = None, -1.0
    for each in reader.candidates():
        picture = _picture(each, reader.moving, longest)
        mean = ImageStat.Stat(picture.convert("L")).mean[0]
        deviation = max(ImageStat.Stat(picture).stddev)  # of colours of one brightness, too
        if mean >= DARK and deviation >= FLAT:
            return picture
        if mean + 4 * deviation > most:
            best, most = picture, mean + 4 * deviation
    if best is None:
        raise ItemFailed("the video holds no frame that can be decoded", permanent=True)
    return best


class _Reader:
    """Frames of an open clip, within the budget."""

    def __init__(self, clip: InputContainer, moving: VideoStream, deadline: float) -> None:
        self.clip, self.moving, self.deadline = clip, moving, deadline
        self.frames_left, self.packets_left = MAX_FRAMES, MAX_PACKETS
        moving.thread_count = 2
        moving.thread_type = "SLICE"
        moving.codec_context.options = {"max_pixels": str(MAX_PIXELS)}

    def candidates(self) -> Iterator[VideoFrame]:
        """Frames about the places sought, one or two for each; at least one where there is any."""
        start, length = self._span()
        places = [share * length for share in SHARES] if length else NO_LENGTH_S
        reached = -1.0
        for place in places:
            if reached < place:
                found = self._at(start + place, start, seek=bool(length))
                if found is None:
                    return
                reached = (found.time or 0.0) - start
                yield found

    def _at(self, place: float, start: float, *, seek: bool) -> VideoFrame | None:
        """The frame at a time in seconds, or a key frame not far before it."""
        if seek:
            self._seek(place)
        found, until = None, min(self.deadline, time.monotonic() + ONWARD_S)
        for each in self._decoded():
            found = each
            at = each.time
            near = each.key_frame and seek and at is not None
            if at is None or at >= place or (near and at - start >= NEAR * (place - start)):
                break
            if time.monotonic() > until:
                break
        return found

    def _decoded(self) -> Iterator[VideoFrame]:
        """From where the clip stands to its end; packets that cannot be decoded are passed over."""
        for packet in self.clip.demux(self.moving):
            self.packets_left -= 1
            if self.packets_left < 0 or time.monotonic() > self.deadline:
                return
            try:
                frames = packet.decode()
            except (av.error.InvalidDataError, av.error.EOFError):
                continue
            for each in frames:
                self.frames_left -= 1
                yield each
                if self.frames_left < 0:
                    return

    def _seek(self, place: float) -> None:
        try:
            self.clip.seek(max(0, int(place * av.time_base)))
        except av.FFmpegError:
            return  # then the frames that follow must do

    def _span(self) -> tuple[float, float]:
        """Where the clip begins and how long it is, in seconds; 0 when it does not say."""
        base, moving = av.time_base, self.moving
        start = (self.clip.start_time or 0) / base
        if moving.duration and moving.time_base:
            return start, float(moving.duration * moving.time_base)
        return start, (self.clip.duration or 0) / base


def _picture(found: VideoFrame, moving: VideoStream, longest: int) -> Image.Image:
    """In RGB, square pixels, scaled and upright. Frames may differ in size from what was said."""
    said_width, _ = shown_size(moving)
    stretch = said_width / moving.width if moving.width else 1.0
    width, height = found.width * stretch, float(found.height)
    share = min(1.0, longest / max(width, height))
    unspecified = found.colorspace == UNSPECIFIED and found.height >= HD_LINES
    scaled = found.reformat(
        width=max(1, round(width * share)),
        height=max(1, round(height * share)),
        format="rgb24",
        src_colorspace=Colorspace.ITU709 if unspecified else None,
        interpolation=Interpolation.AREA if share < 1 else Interpolation.BICUBIC,
        threads=1,
    )
    image: Image.Image = scaled.to_image()  # type: ignore[no-untyped-call]
    turns = {90: Image.Transpose.ROTATE_90, -90: Image.Transpose.ROTATE_270}
    turns |= {180: Image.Transpose.ROTATE_180, -180: Image.Transpose.ROTATE_180}
    turn = turns.get(found.rotation)
    return image.transpose(turn) if turn is not None else image


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()
