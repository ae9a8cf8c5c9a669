"""Media bytes of the emulator: sizes, formats, locations, the life of a link."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
import requests
from PIL import Image

from gphotos_search.demo.emulator import Emulator, Library, Photo
from tests.conftest import NEWEST, photo, picture, session_for

GPS_IFD, ORIENTATION, MAKE = 0x8825, 0x0112, 0x010F


def links(google: Emulator) -> list[str]:
    with session_for(google) as session:
        page = session.get(f"{google.url}/v1/mediaItems").json()
    return [item["baseUrl"] for item in page["mediaItems"]]


def fetch(url: str) -> tuple[requests.Response, Image.Image]:
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200, answer.status_code
    return answer, Image.open(io.BytesIO(answer.content))


def served(content: bytes, suffix: str, mime_type: str = "image/jpeg") -> Image.Image:
    one = Photo(id="x", content=content, filename="x", taken_at=NEWEST, mime_type=mime_type)
    with Emulator(Library.of([one])) as google:
        answer, image = fetch(links(google)[0] + suffix)
        assert answer.headers["Content-Type"] == Image.MIME[image.format or ""]
        image.load()
        return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def located(kind: str) -> bytes:
    """60 x 40, lying on its side, with a maker and a place."""
    image = Image.new("RGB", (60, 40), (200, 40, 40))
    exif = image.getexif()
    exif[ORIENTATION], exif[MAKE] = 6, "Google"
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (48.0, 8.0, 15.0)})
    return encoded(image, kind, exif=exif)


@pytest.mark.parametrize(
    "suffix, size",
    [
        ("=w320-h320", (320, 240)),
        ("=w100-h400", (100, 75)),
        ("=w100", (100, 75)),
        ("=h90", (120, 90)),
        ("=w4000-h4000", (640, 480)),
        ("=w200-h200-c", (200, 200)),
        ("", (512, 384)),
        ("=d", (640, 480)),
    ],
)
def test_sizes_fit_inside_and_never_grow(suffix: str, size: tuple[int, int]) -> None:
    assert served(picture("blue"), suffix).size == size


@pytest.mark.parametrize("suffix", ["=w0-h5", "=w99999", "=x", "=w5-q", "=w16384"])
def test_nonsense_is_refused(google: Emulator, suffix: str) -> None:
    assert requests.get(links(google)[0] + suffix, timeout=5).status_code == 400


def test_each_photo_has_its_own_bytes(google: Emulator, photos: list[Photo]) -> None:
    for one, link in zip(photos[:6], links(google), strict=False):
        _, image = fetch(link + "=w64-h64")
        original = Image.open(io.BytesIO(bytes(one.content)))  # type: ignore[arg-type]
        expected, got = original.getpixel((9, 9)), image.convert("RGB").getpixel((9, 9))
        assert isinstance(expected, tuple)
        assert isinstance(got, tuple)
        assert max(abs(a - b) for a, b in zip(expected, got, strict=True)) < 8


def test_scaled_pictures_stand_upright_without_exif() -> None:
    image = served(located("JPEG"), "=w512-h512")
    assert image.size == (40, 60)
    assert not image.getexif()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_download_keeps_its_exif_but_no_place(kind: str) -> None:
    if kind == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    image = served(located(kind), "=d", f"image/{kind.lower()}")
    assert image.getexif()[MAKE] == "Google"
    assert GPS_IFD not in image.getexif()
    assert image.format == ("JPEG" if kind == "HEIF" else kind)


def test_transparency_stays_and_the_rest_is_jpeg() -> None:
    clear = encoded(Image.new("RGBA", (80, 80), (255, 0, 0, 100)), "PNG")
    assert served(clear, "=w40-h40").format == "PNG"
    solid = encoded(Image.new("RGBA", (80, 80), (255, 0, 0, 255)), "PNG")
    assert served(solid, "=w40-h40").format == "JPEG"
    for mode in ("CMYK", "L", "1"):
        kind = "PNG" if mode == "1" else "JPEG"
        assert served(encoded(Image.new(mode, (80, 80)), kind), "=w40-h40").format == "JPEG"
    deep = served(encoded(Image.new("I;16", (80, 80), 40_000), "PNG"), "=w40-h40")
    assert abs(int(str(deep.convert("L").getpixel((5, 5)))) - 156) <= 2


def test_a_video_has_a_still_with_and_without_a_button(google: Emulator) -> None:
    link = links(google)[-1]
    _, with_button = fetch(link + "=w512-h512")
    _, plain = fetch(link + "=w512-h512-no")
    assert with_button.size == plain.size == (512, 288)
    centre = plain.getpixel((256, 144))
    assert centre != with_button.getpixel((256, 144))
    assert plain.getpixel((5, 5)) == with_button.getpixel((5, 5))
    clip = requests.get(link + "=dv", timeout=5)
    assert clip.headers["Content-Type"] == "video/mp4"
    assert clip.content[4:8] == b"ftyp"
    assert requests.get(links(google)[0] + "=dv", timeout=5).status_code == 404


def test_head_tells_the_size_without_the_bytes(google: Emulator) -> None:
    link = links(google)[0] + "=w200-h200"
    head = requests.head(link, timeout=5)
    assert head.content == b""
    assert int(head.headers["Content-Length"]) == len(requests.get(link, timeout=5).content)


def test_a_link_dies_after_an_hour_with_a_picture_as_the_body(photos: list[Photo]) -> None:
    now = [1_700_000_000.0]
    with Emulator(Library.of(photos), clock=lambda: now[0]) as google:
        old = links(google)[0]
        now[0] += 3599
        assert requests.get(old + "=w9-h9", timeout=5).status_code == 200
        now[0] += 1
        dead = requests.get(old + "=w9-h9", timeout=5)
        assert (dead.status_code, dead.headers["Content-Type"]) == (403, "image/png")
        Image.open(io.BytesIO(dead.content)).verify()


def test_a_listing_makes_new_links_and_old_ones_live_on(google: Emulator) -> None:
    first, second = links(google)[0], links(google)[0]
    assert first != second
    assert requests.get(first + "=w9", timeout=5).content == (
        requests.get(second + "=w9", timeout=5).content
    )
    google.expire_links()
    assert requests.get(first + "=w9", timeout=5).status_code == 403
    assert requests.get(links(google)[0] + "=w9", timeout=5).status_code == 200


def test_removed_photos_and_invented_links_are_not_found(google: Emulator) -> None:
    link = links(google)[0]
    assert requests.get(google.link(google.library.ids[0]) + "=w9", timeout=5).status_code == 200
    google.library.remove(google.library.ids[0])
    for url in (link, f"{google.url}/media/nonsense"):
        answer = requests.get(url + "=w9", timeout=5)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "image/png")


def test_a_replaced_picture_is_served_anew(google: Emulator) -> None:
    photo_id = google.library.ids[0]
    _, before = fetch(links(google)[0] + "=w9-h9")
    google.library.change(photo_id, content=picture("green"))
    _, after = fetch(links(google)[0] + "=w9-h9")
    assert before.getpixel((2, 2)) != after.getpixel((2, 2))


def test_media_visits_name_the_photo_and_whether_a_token_came(google: Emulator) -> None:
    first = google.library.ids[0]
    link = links(google)[0] + "=w9"
    size = len(requests.get(link, timeout=5).content)
    requests.get(link, headers={"Authorization": "Bearer x"}, timeout=5)
    plain, signed = google.log.of("media")
    assert (plain.ids, plain.status, plain.size_bytes) == ((first,), 200, size)
    assert (plain.bearer, signed.bearer) == (False, True)
    google.log.clear()
    assert len(google.log) == 0


def test_benchmark_accounts_serve_their_pictures_as_they_are() -> None:
    library = Library.synthetic(3)
    with Emulator(library) as google:
        bodies = {requests.get(link + "=w64-h64", timeout=5).content for link in links(google)}
    assert len(bodies) == 3
    assert {Image.open(io.BytesIO(body)).size for body in bodies} == {(512, 384)}
    numbered = Library.synthetic(2, lambda number: b"%d" % number)
    with Emulator(numbered) as google:
        assert [requests.get(link, timeout=5).content for link in links(google)] == [b"0", b"1"]


def test_heic_is_served_as_jpeg() -> None:
    pytest.importorskip("pillow_heif").register_heif_opener()
    heic = replace(photo(0, "red"), content=located("HEIF"), mime_type="image/heic")
    with Emulator(Library.of([heic])) as google:
        answer, image = fetch(links(google)[0] + "=w30-h30")
    assert (image.format, answer.headers["Content-Type"]) == ("JPEG", "image/jpeg")
