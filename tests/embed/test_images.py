"""Every kind of picture opens upright and in the right colours; everything else gets a reason."""

from __future__ import annotations

import threading
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from gphotos_search.embed.images import open_picture, thumbnail

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
pillow_heif.register_heif_opener()
SIZE = (48, 32)
RED, BLUE = (220, 30, 40), (20, 40, 200)


def scene(size: tuple[int, int] = SIZE) -> Image.Image:
    """Red on the left, blue on the right: wrong colours and wrong rotations both show."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, ...], by: int = 12) -> bool:
    found = image.getpixel(at)
    assert isinstance(found, tuple)
    return all(abs(a - b) <= by for a, b in zip(found, colour, strict=True))


def transparent() -> Image.Image:
    image = scene().convert("RGBA")
    image.putalpha(Image.new("L", SIZE, 0))
    image.paste((*RED, 255), (0, 0, SIZE[0] // 2, SIZE[1]))
    return image


def palette() -> Image.Image:
    return scene().quantize(4)


FORMATS: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: saved(scene(), "JPEG", quality=95),
    "jpeg progressive": lambda: saved(scene(), "JPEG", quality=95, progressive=True),
    "png": lambda: saved(scene(), "PNG"),
    "png palette": lambda: saved(palette(), "PNG"),
    "webp": lambda: saved(scene(), "WEBP", quality=95),
    "gif": lambda: saved(scene(), "GIF"),
    "gif of two frames": lambda: saved(
        scene(), "GIF", save_all=True, append_images=[Image.new("RGB", SIZE, "lime")]
    ),
    "heic": lambda: saved(scene(), "HEIF", quality=95),
    "avif": lambda: saved(scene(), "AVIF", quality=95),
    "tiff": lambda: saved(scene(), "TIFF"),
    "tiff deflate": lambda: saved(scene(), "TIFF", compression="tiff_adobe_deflate"),
    "icon": lambda: saved(scene(), "ICO", sizes=[SIZE]),
    "icon of old": lambda: saved(scene(), "ICO", sizes=[SIZE], bitmap_format="bmp"),
    "bmp": lambda: saved(scene(), "BMP"),
    "cmyk tiff": lambda: saved(scene().convert("CMYK"), "TIFF"),
    "cmyk jpeg": lambda: saved(scene().convert("CMYK"), "JPEG", quality=95),
    "ycbcr tiff": lambda: saved(scene().convert("YCbCr"), "TIFF"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_opens_in_its_colours(name: str) -> None:
    image = open_picture(FORMATS[name](), short_side=448)
    assert (image.mode, image.size) == ("RGB", SIZE)
    assert near(image, (8, 16), RED, 25)
    assert near(image, (40, 16), BLUE, 25)


def test_adobe_cmyk_is_stored_inverted_and_opens_upright_in_colour() -> None:
    data = saved(scene().convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data
    assert near(open_picture(data, short_side=448), (8, 16), RED, 25)


def test_lab_opens() -> None:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    image = ImageCms.profileToProfile(scene(), srgb, lab, outputMode="LAB")
    assert image is not None
    assert near(open_picture(saved(image, "TIFF"), short_side=448), (8, 16), RED, 25)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_every_orientation_comes_out_upright(kind: str, orientation: int) -> None:
    inverse = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # as numbers of Pillow's Transpose
    image = scene((64, 32))
    image.paste((250, 250, 250), (0, 0, 32, 16))  # no symmetry: top left is white
    if orientation > 1:
        image = image.transpose(Image.Transpose(inverse[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = open_picture(saved(image, kind, exif=exif.tobytes(), quality=95), short_side=448)
    assert picture.size == (64, 32)
    assert near(picture, (8, 6), (250, 250, 250), 30)
    assert near(picture, (8, 26), RED, 30)
    assert near(picture, (56, 16), BLUE, 30)


def test_transparency_lies_over_white() -> None:
    for kind in ("PNG", "WEBP", "GIF", "HEIF", "AVIF", "TIFF"):
        image = open_picture(saved(transparent(), kind), short_side=448)
        assert near(image, (8, 16), RED, 30), kind
        assert near(image, (40, 16), (255, 255, 255), 12), kind


def test_transparency_by_colour_and_by_palette_lies_over_white() -> None:
    by_colour = open_picture(saved(scene(), "PNG", transparency=BLUE), short_side=448)
    assert near(by_colour, (40, 16), (255, 255, 255))
    indexed = palette()
    blue = indexed.getpixel((40, 16))
    by_palette = open_picture(saved(indexed, "PNG", transparency=blue), short_side=448)
    assert near(by_palette, (40, 16), (255, 255, 255))
    grey = Image.new("LA", SIZE, (90, 0))
    assert near(open_picture(saved(grey, "PNG"), short_side=448), (8, 8), (255, 255, 255))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_not_cut_off(kind: str) -> None:
    levels = np.full((32, 48), 0x8000, np.uint16)
    image = open_picture(saved(Image.fromarray(levels), kind), short_side=448)
    assert near(image, (8, 8), (128, 128, 128), 2)


def test_fractions_bits_and_grey_open() -> None:
    fraction = Image.fromarray(np.full((32, 48), 0.5, np.float32))
    assert near(open_picture(saved(fraction, "TIFF"), short_side=448), (8, 8), (128,) * 3, 2)
    bits = Image.new("1", SIZE, 1)
    assert near(open_picture(saved(bits, "PNG"), short_side=448), (8, 8), (255,) * 3)
    grey = Image.new("L", SIZE, 77)
    assert near(open_picture(saved(grey, "JPEG"), short_side=448), (8, 8), (77,) * 3)


def test_a_large_jpeg_is_decoded_small_but_not_too_small() -> None:
    data = saved(scene((2000, 1500)), "JPEG")
    assert open_picture(data, short_side=448).size == (1000, 750)
    assert open_picture(data, short_side=128).size == (250, 188)
    assert open_picture(data, short_side=1500).size == (2000, 1500)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1)])
def test_the_smallest_and_the_longest_open(size: tuple[int, int]) -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        assert open_picture(saved(scene(size), kind), short_side=448).size == size


SEEDS = [make() for name, make in FORMATS.items() if name != "ycbcr tiff"]


def test_a_wrong_name_or_type_does_not_matter_only_the_bytes_do() -> None:
    # A server that says image/jpeg and sends PNG is common; nothing here even asks.
    assert open_picture(FORMATS["png"](), short_side=448).size == SIZE


def test_a_motion_photo_opens_as_its_still() -> None:
    film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 4000
    image = open_picture(saved(scene(), "JPEG", quality=95) + film, short_side=448)
    assert image.size == SIZE
    assert near(image, (8, 16), RED, 25)


def test_broken_metadata_costs_the_rotation_not_the_picture() -> None:
    data = saved(scene(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff garbage")
    assert open_picture(data, short_side=448).size == SIZE


def test_many_threads_open_pictures_at_once() -> None:
    samples = [make() for make in FORMATS.values()]
    failures: list[Exception] = []

    def work() -> None:
        try:
            for data in samples:
                assert open_picture(data, short_side=448).size == SIZE
        except Exception as problem:
            failures.append(problem)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize(
    "size, expected", [((1600, 1200), (384, 288)), ((90, 60), (90, 60)), ((4000, 2), (384, 1))]
)
def test_thumbnail_is_a_small_webp(size: tuple[int, int], expected: tuple[int, int]) -> None:
    data = thumbnail(scene(size))
    with Image.open(BytesIO(data)) as image:
        assert (image.format, image.size) == ("WEBP", expected)
    assert thumbnail(Image.new("L", (10, 10), 3))
