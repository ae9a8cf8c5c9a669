"""A RAW file opens as the picture it carries, upright, or as one developed from its data."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gphotos_search.embed.images import open_picture
from gphotos_search.errors import ItemFailed
from tests.files.specimens import Blob, Tags, camera_raw, dng, jpeg, sensor, tiff

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
LARGE, SMALL = jpeg((1200, 900)), jpeg((320, 240))


def red(image: Image.Image, at: tuple[int, int]) -> bool:
    """Red rather than blue."""
    found = image.getpixel(at)
    assert isinstance(found, tuple)
    return found[0] > 150 and found[2] < 90


def upright(data: bytes) -> tuple[tuple[int, int], bool, bool]:
    """The size, and whether the top left and the bottom right are red."""
    image = open_picture(data, short_side=448)
    assert image.mode == "RGB"
    last = (image.width - 20, image.height - 20)
    return image.size, red(image, (20, 20)), red(image, last)


MAKES = ["NIKON CORPORATION", "SONY", "PENTAX", "SAMSUNG", "Canon"]


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_large_jpeg_of_a_camera_is_found_by_its_tags(make: str, order: str) -> None:
    assert upright(camera_raw(make, LARGE, order=order)) == ((600, 450), True, False)


@pytest.mark.parametrize(
    "orientation, size, first, last",
    [
        (1, (600, 450), True, False),
        (3, (600, 450), False, True),
        (6, (450, 600), True, False),
        (8, (450, 600), False, True),
    ],
)
def test_the_way_up_is_the_raws(
    orientation: int, size: tuple[int, int], first: bool, last: bool
) -> None:
    expected = (size, first, last)
    assert upright(camera_raw("NIKON", LARGE, orientation)) == expected
    assert upright(dng(LARGE, orientation=orientation)) == expected


def test_the_way_up_is_the_previews_where_it_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    assert upright(camera_raw("SONY", jpeg((1200, 900), exif=exif), 6)) == ((600, 450), False, True)


def test_a_preview_that_was_turned_by_the_camera_is_not_turned_again() -> None:
    assert upright(camera_raw("SONY", jpeg((900, 1200)), 6)) == ((450, 600), True, False)


@pytest.mark.parametrize("preview", [b"", SMALL])
@pytest.mark.parametrize("orientation, size", [(1, (800, 600)), (6, (600, 800))])
def test_without_a_useful_preview_the_data_are_developed(
    preview: bytes, orientation: int, size: tuple[int, int]
) -> None:
    assert upright(dng(preview, orientation=orientation)) == (size, True, False)


def test_a_small_preview_is_better_than_nothing() -> None:
    assert upright(camera_raw("NIKON", SMALL)) == ((320, 240), True, False)


def test_fujifilm_and_panasonic() -> None:
    place = (200).to_bytes(4) + len(LARGE).to_bytes(4)
    fuji = b"FUJIFILMCCD-RAW ".ljust(84, b"0") + place + bytes(108) + LARGE
    assert upright(fuji) == ((600, 450), True, False)
    panasonic = tiff({2: 4000, 3: 3000, 0x2E: LARGE}, magic=b"IIU\0")
    assert upright(panasonic) == ((600, 450), True, False)


def test_masks_and_lossless_data_are_not_the_picture() -> None:
    mask: Tags = {0xFE: 0x10004, 0x106: 52527, 0x201: Blob(jpeg((3000, 2000))), 0x202: 100_000}
    bare = Blob(b"\xff\xd8\xff\xc3\0\x0b\x0e\x0f\xa0\x17\x70\x01\0\x11\0" + bytes(50))
    data: Tags = {0xFE: 0, 0x106: 32803, 0x103: 7, 0x111: bare, 0x117: len(bare)}
    preview: Tags = {0x201: Blob(LARGE), 0x202: len(LARGE)}
    first: Tags = {0xC612: b"\1\4\0\0", 0xFE: 1, 0x100: 10, 0x101: 10}
    assert upright(tiff(first, [mask, data, preview])) == ((600, 450), True, False)


def test_a_bitmap_preview_that_lies_about_its_size_is_left_alone() -> None:
    first: Tags = {0xC612: b"\1\4\0\0", 0xFE: 1, 0x100: 60_000, 0x101: 20_000, 0x103: 1, 0x106: 2}
    small = Blob(bytes(range(256)) * 3)
    lying = {**first, 0x111: small, 0x115: 3, 0x117: len(small), 0x112: 1}
    image = open_picture(tiff(lying, [sensor((1600, 1200))]), short_side=448)
    assert image.size == (800, 600)


BROKEN = {
    "nothing inside": camera_raw("SONY", b"\xff\xd8\xff\xd9"),
    "only the head": camera_raw("SONY", LARGE)[:300],
    "cut off": dng(size=(4000, 3000))[:100_000],
    "fujifilm without a jpeg": b"FUJIFILMCCD-RAW ".ljust(400, b"0"),
    "canon without a box": b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom" + bytes(64),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_raw_without_a_picture_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(ItemFailed, match="RAW file holds no picture") as refused:
        open_picture(BROKEN[name], short_side=448)
    assert refused.value.permanent


SEEDS = [dng(size=(64, 48)), camera_raw("NIKON", jpeg((1024, 64))), dng(jpeg((1024, 64)))]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_raws_open_or_are_refused(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        image = open_picture(
            bytes(content[: data.draw(st.integers(8, len(content)))]), short_side=64
        )
    except ItemFailed:
        return
    assert image.mode == "RGB"
