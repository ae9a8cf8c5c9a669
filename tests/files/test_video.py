"""One frame stands for a clip: about a tenth in, upright, not black; broken clips get a reason."""

from __future__ import annotations

import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gphotos_search.errors import ItemFailed
from gphotos_search.files import video
from tests.files.specimens import BLUE, clip, jpeg, painted

QUIET_X265 = {"x265-params": "log-level=none"}
CODECS: dict[str, dict[str, Any]] = {
    "h264 mp4": {},
    "h264 mov": {"form": "mov"},
    "hevc of ten bits": {"codec": "libx265", "pixels": "yuv420p10le", "options": QUIET_X265},
    "vp9 webm": {"codec": "libvpx-vp9", "form": "webm"},
    "mpeg4 avi": {"codec": "mpeg4", "form": "avi"},
    "mpeg2 transport": {"codec": "mpeg2video", "form": "mpegts"},
    "mpeg2 program": {"codec": "mpeg2video", "form": "mpeg"},
    "wmv": {"codec": "wmv2", "form": "asf"},
    "motion jpeg": {"codec": "mjpeg", "form": "mov", "pixels": "yuvj420p"},
    "h264 matroska": {"form": "matroska"},
}


def opened(data: bytes, longest: int = 384) -> Image.Image:
    image = Image.open(BytesIO(video.frame(BytesIO(data), longest=longest)))
    assert (image.format, image.mode) == ("JPEG", "RGB")
    return image


def number(image: Image.Image) -> float:
    """Which of the painted frames it is, by its grey."""
    grey = image.getpixel((image.width // 4, image.height // 2))
    assert isinstance(grey, tuple)
    return (grey[1] - 40) / 4


def blue(image: Image.Image, at: tuple[int, int]) -> bool:
    found = image.getpixel(at)
    assert isinstance(found, tuple)
    return all(abs(a - b) < 25 for a, b in zip(found, BLUE, strict=True))


@pytest.mark.parametrize("name", CODECS)
def test_each_codec_gives_a_frame_near_the_beginning(name: str) -> None:
    image = opened(clip(painted((176, 144)), **CODECS[name]))
    assert image.size == (176, 144)
    assert 2 <= number(image) <= (25 if "mpeg2" in name else 8)
    assert blue(image, (150, 70))


def test_the_frame_is_a_tenth_in_even_without_a_key_frame_there() -> None:
    assert 4 <= number(opened(clip(painted()))) <= 6
    every_five = clip(painted(), options={"x264-params": "keyint=5:min-keyint=5"})
    assert 2 <= number(opened(every_five)) <= 6


def test_black_frames_are_passed_over() -> None:
    assert number(opened(clip(painted(black=range(12))))) > 11
    assert number(opened(clip(painted(black=range(36))))) > 35


def test_a_clip_that_is_black_throughout_still_gives_one() -> None:
    dark = opened(clip(painted(black=range(50))))
    assert max(extreme[1] for extreme in dark.getextrema()) < 20  # type: ignore[index]
    lightest = clip(painted(black=range(50)), 50)
    assert opened(lightest).size == (160, 96)


@pytest.mark.parametrize("rotation, lighter", [(90, "bottom"), (-90, "top"), (180, "right")])
def test_a_turned_clip_comes_upright(rotation: int, lighter: str) -> None:
    data = clip(painted(), rotation=rotation)
    image = opened(data)
    assert image.size == ((160, 96) if rotation == 180 else (96, 160))
    places = {"bottom": (48, 20), "top": (48, 140), "right": (20, 48)}  # where blue must be
    assert blue(image, places[lighter])
    if rotation == -90:  # a phone held upright: its matrix turns clockwise
        start = data.index(b"tkhd") + 44
        matrix = [
            int.from_bytes(data[at : at + 4], signed=True) for at in range(start, start + 16, 4)
        ]
        assert matrix == [0, 1 << 16, 0, -1 << 16]


def test_the_frame_is_scaled_to_what_was_asked_and_never_enlarged() -> None:
    data = clip(painted((320, 180)), 10)
    assert opened(data, 160).size == (160, 90)
    assert opened(data, 4000).size == (320, 180)


def test_oblong_pixels_are_made_square() -> None:
    square = clip(painted((176, 144)), 10, options={"aspect": "2:1"})
    assert opened(square, 1000).size == (352, 144)


def test_a_clip_of_one_frame_and_one_of_uneven_pace() -> None:
    assert number(opened(clip(painted(), 1))) < 1
    assert opened(clip(painted(), 30, gap=lambda at: at * at)).size == (160, 96)


def test_a_clip_that_does_not_say_how_long_it_is() -> None:
    live = clip(painted(), form="webm", codec="libvpx-vp9", mux={"live": "1"})
    assert opened(live).size == (160, 96)


def test_a_path_does_as_well(tmp_path: Path) -> None:
    path = tmp_path / "clip.jpg"
    path.write_bytes(clip(painted(), 5))
    assert video.frame(path, longest=96)[:3] == b"\xff\xd8\xff"


def test_a_clip_that_breaks_off_gives_what_is_there() -> None:
    whole = clip(painted(), form="matroska", options={"x264-params": "keyint=5"})
    assert opened(whole[: len(whole) // 2]).size == (160, 96)


WHOLE = clip(painted(), 10)
BROKEN = {
    "empty": (b"", "not a video"),
    "a picture": (jpeg((64, 48)), "not a video"),
    "cut before its index": (WHOLE[: WHOLE.index(b"moov")], "damaged or cut off"),
    "only a head": (WHOLE[:40], "damaged or cut off"),
    "another format in its skin": (
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom#EXTM3U\nfile:///etc/passwd",
        "damaged",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_clips_are_refused_with_the_reason(name: str) -> None:
    data, reason = BROKEN[name]
    with pytest.raises(ItemFailed, match=reason) as refused:
        video.frame(BytesIO(data), longest=384)
    assert refused.value.permanent


class Failing(BytesIO):
    """An archive that turns out to be damaged in the middle."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        if self.reads:
            raise RuntimeError("the archive ends here")
        self.reads += 1
        return super().read(size)


def test_the_streams_own_trouble_is_not_the_clips() -> None:
    with pytest.raises(RuntimeError, match="the archive ends here"):
        video.frame(Failing(WHOLE), longest=384)


def test_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "BUDGET_S", 0.0)
    started = time.monotonic()
    with pytest.raises(ItemFailed, match="no frame"):
        video.frame(BytesIO(clip(painted(black=range(500)), 500)), longest=384)
    assert time.monotonic() - started < 5


def test_frames_too_large_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "MAX_PIXELS", 1000)
    with pytest.raises(ItemFailed):
        video.frame(BytesIO(WHOLE), longest=384)


QUIET = """
import random, sys
from io import BytesIO
from pathlib import Path
from gphotos_search.errors import ItemFailed
from gphotos_search.files import video
draw = random.Random(5)
for path in sorted(Path(sys.argv[1]).iterdir()):
    for _ in range(30):
        data = bytearray(path.read_bytes())
        for _ in range(6):
            data[draw.randrange(40, len(data))] = draw.randrange(256)
        try:
            video.frame(BytesIO(data[: draw.randrange(len(data) // 2, len(data))]), longest=64)
        except ItemFailed:
            pass
"""


def test_nothing_reaches_stderr(tmp_path: Path) -> None:
    for name in ("h264 mp4", "hevc of ten bits", "mpeg2 transport", "mpeg4 avi"):
        (tmp_path / name).write_bytes(clip(painted((176, 144)), 20, **CODECS[name]))
    done = subprocess.run(
        [sys.executable, "-c", QUIET, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


SEEDS = [clip(painted((176, 144)), 12, **CODECS[name]) for name in ("h264 mp4", "mpeg4 avi", "wmv")]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_clips_give_a_frame_or_a_reason(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(0, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = video.frame(BytesIO(content), longest=64)
    except ItemFailed as refused:
        found = str(refused).encode()
    assert found
