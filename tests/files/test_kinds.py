"""The first bytes decide what a file is; its name only where they cannot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.files.kinds import kind_of
from tests.files.specimens import Blob, camera_raw, dng, jpeg, saved, scene, tiff

BOXED = {
    b"heic": "image/heic",
    b"mif1": "image/heic",
    b"avif": "image/avif",
    b"crx ": "image/x-canon-cr3",
    b"isom": "video/mp4",
    b"mp42": "video/mp4",
    b"qt  ": "video/quicktime",
    b"M4V ": "video/x-m4v",
    b"3gp5": "video/3gpp",
    b"3g2a": "video/3gpp2",
}
STARTS = {
    "image/gif": b"GIF89a",
    "image/x-fuji-raf": b"FUJIFILMCCD-RAW 0201",
    "image/x-panasonic-rw2": b"IIU\0\x08\0\0\0",
    "image/x-olympus-orf": b"IIRO\x08\0\0\0",
    "image/x-canon-cr2": b"II*\0\x10\0\0\0CR\x02\0",
    "video/x-msvideo": b"RIFF\0\0\0\0AVI LIST",
    "image/webp": b"RIFF\0\0\0\0WEBPVP8 ",
    "video/x-ms-wmv": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
    "video/mpeg": b"\0\0\x01\xba\x44",
    "video/webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm",
    "video/x-matroska": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska",
    "video/mp2t": (b"G" + bytes(187)) * 4,
    "video/quicktime": b"\0\0\0\x08wide\0\0\x10\0mdat",
}


@pytest.mark.parametrize("brand", BOXED)
def test_boxed_files_are_told_by_their_brands(brand: bytes) -> None:
    kind = kind_of(b"\0\0\0\x14ftyp" + brand + bytes(4) + brand)
    assert kind is not None
    assert kind.mime_type == BOXED[brand]


@pytest.mark.parametrize("mime_type", STARTS)
def test_first_bytes_tell(mime_type: str) -> None:
    kind = kind_of(STARTS[mime_type], "photo.heic")
    assert kind is not None
    assert kind.mime_type == mime_type


def test_blu_ray_packets_have_a_time_before_each() -> None:
    kind = kind_of((bytes(4) + b"G" + bytes(187)) * 4)
    assert kind is not None
    assert kind.mime_type == "video/mp2t"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "ICO", "TIFF", "WEBP", "GIF"])
def test_written_pictures_are_known_whatever_their_name(form: str) -> None:
    kind = kind_of(saved(scene((32, 32)), form), "IMG_0001.NEF" if form != "TIFF" else "a.jpg")
    assert kind is not None
    assert (kind.reader, kind.form) == (form, "still")


MAKERS = {
    "NIKON CORPORATION": "image/x-nikon-nef",
    "SONY": "image/x-sony-arw",
    "PENTAX": "image/x-pentax-pef",
    "SAMSUNG": "image/x-samsung-srw",
    "Hasselblad": "image/x-raw",
}


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("order", ["<", ">"])
def test_raw_of_a_camera_is_told_from_a_tiff_by_what_is_in_it(make: str, order: str) -> None:
    data = camera_raw(make, jpeg((64, 48)), order=order)
    kind = kind_of(data[:4096], "renamed.tif")
    assert kind is not None
    assert (kind.mime_type, kind.form) == (MAKERS[make], "raw")


def test_dng_is_told_by_its_version() -> None:
    kind = kind_of(dng(jpeg((64, 48)))[:4096], "a.tif")
    assert kind is not None
    assert kind.mime_type == "image/x-adobe-dng"


def test_a_scan_of_a_camera_maker_stays_a_tiff() -> None:
    scan = tiff({0x100: 4, 0x101: 4, 0x103: 1, 0x106: 2, 0x10F: "NIKON", 0x111: Blob(bytes(48))})
    kind = kind_of(scan)
    assert kind is not None
    assert (kind.mime_type, kind.form) == ("image/tiff", "still")


def test_the_name_helps_where_the_bytes_lie_further_inside() -> None:
    far = b"II*\0\xff\xff\xff\0" + bytes(100)
    assert (kind_of(far, "a.NEF"), kind_of(far, "a.tif")) != (None, None)
    named, plain = kind_of(far, "a.NEF"), kind_of(far, "a.tif")
    assert named is not None
    assert plain is not None
    assert (named.form, plain.form) == ("raw", "still")


NEITHER = (b"", b"hello", b"BM but a text about bitmaps", b"%PDF-1.7", b"RIFF\0\0\0\0WAVEfmt ")


@pytest.mark.parametrize("head", [*NEITHER, b"\0\0\0\x14ftypM4A isom", b"PK\x03\x04", b"{}"])
def test_other_files_are_neither(head: bytes) -> None:
    assert kind_of(head, "a.jpg") is None


@given(
    st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0+\0\x08\0\0", *STARTS.values()]), st.binary()
)
def test_any_bytes_do(start: bytes, rest: bytes) -> None:
    kind_of(start + rest, "x.dng")
