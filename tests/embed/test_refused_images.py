"""What is no picture gets a plain reason, whatever its bytes are, and nothing is ever printed."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gphotos_search.embed.images import open_picture
from gphotos_search.errors import ItemFailed
from gphotos_search.files.pillow import MAX_BYTES
from tests.embed.test_images import SEEDS, saved, scene

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def png_header(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"\0" * 1000)
    chunks = (head, body, b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in chunks
    )


def icon_of(picture: bytes) -> bytes:
    """An icon that says 16 pixels and holds whatever."""
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(picture), 22)
    return b"\0\0\x01\0\x01\0" + entry + picture


def many_scans() -> bytes:
    """A progressive JPEG whose last scan is repeated: small to send, slow to decode."""
    data = saved(Image.new("L", (12_000, 12_000)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * 40 + b"\xff\xd9"


REFUSED = {
    "empty": (b"", "empty", False),
    "web page": (b"\n<!DOCTYPE html><html>sign in</html>", "web page", False),
    "json": (json.dumps({"error": {"code": 403}}).encode(), "JSON", False),
    "text": (b"hello", "not a picture", True),
    "video": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video", True),
    "bomb": (png_header(60_000, 60_000), "60000 x 60000", True),
    "truncated jpeg": (saved(scene((640, 480)), "JPEG")[:-900], "truncated", True),
    "truncated png": (saved(scene((640, 480)), "PNG")[:-90], "truncated", True),
    "magic only": (b"\xff\xd8\xff\xe0", "damaged", True),
    "bomb in an icon": (icon_of(png_header(60_000, 60_000)), "60000 pixels", True),
    "text that begins like a bitmap": (b"BM is short for bitmap, they say", "not a picture", True),
    "broken png": (png_header(40, 0), "damaged", True),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_with_the_reason(name: str) -> None:
    data, reason, permanent = REFUSED[name]
    with pytest.raises(ItemFailed, match=reason) as refused:
        open_picture(data, short_side=448)
    assert refused.value.permanent is permanent


def test_a_jpeg_of_endless_scans_is_refused_unread() -> None:
    with pytest.raises(ItemFailed, match="scans"):
        open_picture(many_scans(), short_side=448)


def test_scans_behind_the_end_of_a_jpeg_do_not_count() -> None:
    motion_photo = saved(scene((2000, 1500)), "JPEG") + b"\xff\xda\x00\x08" * 5000
    assert open_picture(motion_photo, short_side=448).size == (1000, 750)


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(ItemFailed, match="larger than 300 MB"):
        open_picture(bytes(MAX_BYTES + 1), short_side=448)


QUIET = """
import random, sys
from pathlib import Path
from gphotos_search.embed.images import open_picture
from gphotos_search.errors import ItemFailed
draw = random.Random(5)
for path in sorted(Path(sys.argv[1]).iterdir()):
    for _ in range(25):
        data = bytearray(path.read_bytes())
        for _ in range(3):
            data[draw.randrange(4, len(data))] = draw.randrange(256)
        try:
            open_picture(bytes(data[: draw.randrange(len(data) // 2, len(data))]), short_side=64)
        except ItemFailed:
            pass
"""


def test_nothing_reaches_stderr(tmp_path: Path) -> None:
    """Neither Pillow's warnings nor what its C libraries print; pytest would hide the former."""
    exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff garbage"
    samples = [*SEEDS, saved(scene(), "JPEG", exif=exif), png_header(10_000, 9_990)]
    for number, data in enumerate(samples):
        (tmp_path / str(number)).write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", QUIET, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", *(seed[:24] for seed in SEEDS)]))
def test_random_bytes_are_refused_or_opened(data: bytes, start: bytes) -> None:
    opens_or_refuses(start + data)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_mutated_pictures_are_refused_or_opened(data: st.DataObject) -> None:
    picture = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(0, 6))):
        picture[data.draw(st.integers(0, len(picture) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(len(picture) // 2, len(picture)))
    opens_or_refuses(bytes(picture[:end]))


def opens_or_refuses(data: bytes) -> None:
    try:
        image = open_picture(data, short_side=64)
    except ItemFailed:
        return
    assert image.mode == "RGB"
    assert image.tobytes()
