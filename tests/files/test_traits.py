"""Traits are read from headers alone, of every format, and never fail for a damaged file."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

import av
import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gphotos_search.errors import ItemFailed
from gphotos_search.files.traits import Traits, traits_of
from tests.files.specimens import (
    ROME,
    TAKEN,
    Tags,
    camera_raw,
    clip,
    dng,
    jpeg,
    painted,
    saved,
    scene,
    tiff,
)

pillow_heif.register_heif_opener()
SIZE = (64, 48)
MOMENT = datetime(2019, 7, 4, 15, 30, 12)
EXIF = b"Exif\0\0" + tiff({0x10F: "Google", 0x110: "Pixel 7", 0x112: 6}, exif=TAKEN, gps=ROME)


class Counting(BytesIO):
    """Says how much was read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def read(data: bytes, name: str = "") -> Traits:
    return traits_of(BytesIO(data), len(data), name)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF"])
def test_every_format_with_exif_tells_all(form: str) -> None:
    if form == "TIFF":
        first: Tags = {0x10F: "Google", 0x110: "Pixel 7", 0x112: 6, 0x100: 64, 0x101: 48}
        data = tiff(first, exif=TAKEN, gps=ROME)
    else:
        data = saved(scene(SIZE), form, exif=EXIF)
    found = read(data, "IMG.NEF" if form == "JPEG" else "")
    assert (found.width, found.height, found.kind) == (48, 64, "photo")
    assert (found.taken_local, found.utc_offset_min) == (MOMENT, 120)
    assert (found.latitude, found.longitude) == (41.89, 12.48)
    assert (found.camera_make, found.camera_model) == ("Google", "Pixel 7")


@pytest.mark.parametrize("form", ["GIF", "BMP", "ICO", "PNG", "WEBP", "TIFF"])
def test_every_format_without_exif_has_a_size(form: str) -> None:
    found = read(saved(scene((32, 32)), form))
    assert (found.width, found.height, found.taken_local) == (32, 32, None)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", [1, 3, 5, 6, 8])
def test_the_size_is_upright(form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = read(saved(scene(SIZE), form, exif=exif.tobytes()))
    assert (found.width, found.height) == (SIZE if orientation < 5 else SIZE[::-1])


def test_raw_files_tell_the_size_of_the_picture_not_of_the_preview() -> None:
    phone = read(dng(jpeg((320, 240)), orientation=6, exif=TAKEN, gps=ROME))
    assert (phone.mime_type, phone.width, phone.height) == ("image/x-adobe-dng", 1200, 1600)
    assert (phone.taken_local, phone.latitude, phone.camera_model) == (MOMENT, 41.89, "Pixel 7")
    nikon = read(camera_raw("NIKON", jpeg((320, 240)), exif=TAKEN))
    assert (nikon.mime_type, nikon.width, nikon.height) == ("image/x-nikon-nef", 6000, 4000)
    assert nikon.taken_local == MOMENT


def test_fujifilm_keeps_its_exif_in_the_jpeg_inside() -> None:
    inside = jpeg(SIZE, exif=EXIF)
    place = (200).to_bytes(4) + len(inside).to_bytes(4)
    found = read(b"FUJIFILMCCD-RAW ".ljust(84, b"0") + place + bytes(108) + inside)
    assert (found.mime_type, found.taken_local) == ("image/x-fuji-raf", MOMENT)
    assert (found.width, found.height) == (48, 64)


def test_panasonic_keeps_its_exif_in_the_jpeg_inside() -> None:
    found = read(tiff({2: 10, 0x2E: jpeg(SIZE, exif=EXIF)}, magic=b"IIU\0"))
    assert (found.mime_type, found.taken_local) == ("image/x-panasonic-rw2", MOMENT)


def box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4) + kind + content


def test_canon_keeps_its_exif_in_boxes() -> None:
    first: Tags = {0x100: 6000, 0x101: 4000, 0x10F: "Canon", 0x110: "EOS R", 0x112: 8}
    parts = box(b"CMT1", tiff(first)) + box(b"CMT2", tiff(TAKEN)) + box(b"CMT4", tiff(ROME))
    uuid = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
    data = box(b"ftyp", b"crx \0\0\0\1crx isom") + box(b"moov", box(b"uuid", uuid + parts))
    found = read(data + box(b"mdat", bytes(100)))
    assert (found.mime_type, found.width, found.height) == ("image/x-canon-cr3", 4000, 6000)
    assert (found.taken_local, found.utc_offset_min, found.latitude) == (MOMENT, 120, 41.89)
    assert found.camera_model == "EOS R"


XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:Description %s/></x:xmpmeta>"
SAYS_MOTION = (b'GCamera:MicroVideo="1"', b'GCamera:MotionPhoto="1"', b"Camera:MotionPhoto='1'")


def with_xmp(said: bytes) -> bytes:
    data, block = jpeg(SIZE), XMP % said
    return data[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2) + block + data[2:]


@pytest.mark.parametrize("said", SAYS_MOTION)
def test_motion_photos_say_so_in_xmp(said: bytes) -> None:
    assert read(with_xmp(said)).motion
    assert not read(with_xmp(said.replace(b"1", b"0"))).motion


def test_a_clip_behind_the_picture_makes_a_motion_photo() -> None:
    film, still = clip(painted(), 5), jpeg(SIZE, exif=b"Exif\0\0" + tiff({0x10F: "samsung"}))
    assert read(still + film).motion
    assert read(still + bytes(3_000_000) + film).motion
    assert read(still + film).width == 64
    assert not read(still + b"\0\0\0\x18some ftyp other trailer").motion
    assert not read(still).motion


def test_only_the_header_of_a_large_file_is_read() -> None:
    for data in (jpeg((4000, 3000), quality=98, exif=EXIF), dng(jpeg((1600, 1200)))):
        stream = Counting(data)
        traits_of(stream, len(data), "")
        assert stream.count < 40_000


SAID = {
    "com.apple.quicktime.creationdate": "2019-07-04T15:30:12+0200",
    "com.apple.quicktime.location.ISO6709": "+41.8900+012.4800+021.000/",
    "com.apple.quicktime.make": "Apple",
    "com.apple.quicktime.model": "iPhone 12",
    "creation_time": "2019-07-04T13:30:12.000000Z",
}


def test_a_clip_of_apple_has_the_local_clock() -> None:
    data = clip(painted(), 5, form="mov", said=SAID, mux={"movflags": "use_metadata_tags"})
    assert read(data, "IMG_0001.HEIC") == Traits(
        mime_type="video/quicktime",
        kind="video",
        width=160,
        height=96,
        taken_local=MOMENT,
        utc_offset_min=120,
        latitude=41.89,
        longitude=12.48,
        camera_make="Apple",
        camera_model="iPhone 12",
    )


def test_other_clips_have_utc() -> None:
    said = {"creation_time": SAID["creation_time"], "location": "-33.5000-070.2500/"}
    found = read(clip(painted(), 5, said=said))
    assert (found.taken_local, found.taken_in_utc) == (datetime(2019, 7, 4, 13, 30, 12), True)
    assert (found.utc_offset_min, found.latitude, found.longitude) == (None, -33.5, -70.25)


@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
def test_a_clip_held_upright_is_higher_than_wide(rotation: int) -> None:
    found = read(clip(painted(), 3, rotation=rotation))
    assert (found.width, found.height) == ((96, 160) if rotation in {90, -90} else (160, 96))


def test_a_clock_that_was_never_set_is_unknown() -> None:
    found = read(clip(painted(), 3, said={"creation_time": "1970-01-01T00:00:00Z"}))
    assert (found.taken_local, found.taken_in_utc) == (None, False)


def test_sound_alone_is_no_video() -> None:
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream: Any = container.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.float32), "fltp", "mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    with pytest.raises(ItemFailed, match="sound"):
        read(out.getvalue(), "note.mp4")


def test_what_is_neither_picture_nor_video_is_refused() -> None:
    for data, reason in ((b"", "empty"), (b"hello", "not a picture or video")):
        with pytest.raises(ItemFailed, match=reason) as refused:
            read(data, "a.jpg")
        assert refused.value.permanent


WHOLE = Traits(
    mime_type="video/mp4",
    kind="video",
    width=1,
    height=2,
    taken_local=MOMENT,
    taken_in_utc=True,
    utc_offset_min=-30,
    latitude=-1.5,
    longitude=0.25,
    camera_make="Größe",
    camera_model="x",
    motion=True,
)


@pytest.mark.parametrize("traits", [Traits(mime_type="image/png"), WHOLE])
def test_traits_survive_storing(traits: Traits) -> None:
    assert Traits.from_json(traits.to_json()) == traits


def test_json_is_compact_and_of_any_release() -> None:
    assert Traits(mime_type="image/png").to_json() == '{"mime_type":"image/png"}'
    later = Traits.from_json('{"mime_type":"image/png","width":3,"depth":8}')
    assert later == Traits(mime_type="image/png", width=3)


SEEDS = [
    *(saved(scene(SIZE), form, exif=EXIF) for form in ("JPEG", "PNG", "WEBP", "HEIF", "AVIF")),
    *(saved(scene((32, 32)), form) for form in ("GIF", "BMP", "ICO", "TIFF")),
    dng(size=SIZE, exif=TAKEN, gps=ROME),
    camera_raw("SONY", jpeg(SIZE), exif=TAKEN),
    clip(painted(), 3, said=SAID),
    clip(painted((176, 144)), 3, codec="mpeg4", form="avi"),
]


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_damaged_files_have_traits_or_a_reason(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read(bytes(content[: data.draw(st.integers(0, len(content)))]), "a.dng")
    except ItemFailed:
        return
    assert Traits.from_json(found.to_json()) == found
    assert 0 <= found.width < 1 << 24
