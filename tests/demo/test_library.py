"""The demo library that ships inside: every file opens, and its metadata are believable."""

from __future__ import annotations

import itertools
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image
from pillow_heif import register_heif_opener

import gphotos_search

FOLDER = Path(gphotos_search.__file__).parent / "demo" / "library"
ITEMS: list[dict[str, Any]] = json.loads((FOLDER / "library.json").read_text("utf-8"))["items"]
PICTURES = [item for item in ITEMS if "video" not in item]
CLIPS = [item for item in ITEMS if "video" in item]

register_heif_opener()


def test_about_150_items_in_six_megabytes() -> None:
    assert 140 <= len(PICTURES) <= 160
    assert 3 <= len(CLIPS) <= 5
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 6_000_000


def test_every_file_belongs_to_an_item() -> None:
    posters = {item["video"]["poster"] for item in CLIPS}
    files = {item["file"] for item in ITEMS}
    assert len(files) == len(ITEMS)
    assert {path.name for path in FOLDER.iterdir()} == files | posters | {"library.json"}


def test_ids_are_as_google_writes_them() -> None:
    assert len({item["id"] for item in ITEMS}) == len(ITEMS)
    for item in ITEMS:
        assert re.fullmatch(r"AH0my[A-Za-z0-9_-]{93}", item["id"])


def test_dates_span_eight_years() -> None:
    taken = [datetime.fromisoformat(item["taken_at"]) for item in ITEMS]
    assert taken == sorted(taken)
    assert all(when.tzinfo == UTC for when in taken)
    assert {when.year for when in taken} == set(range(2018, 2027))


@pytest.mark.parametrize("item", PICTURES, ids=lambda item: item["file"])
def test_picture_decodes_as_what_it_says(item: dict[str, Any]) -> None:
    with Image.open(FOLDER / item["file"]) as picture:
        kind = Image.MIME[picture.format or ""].replace("heif", "heic")
        assert kind == item["mime_type"]
        picture.load()
        size = picture.size
        turned = picture.getexif().get(ExifTags.Base.Orientation, 1) == 6
    assert (size[::-1] if turned else size) == (item["width"], item["height"])


@pytest.mark.parametrize("item", CLIPS, ids=lambda item: item["file"])
def test_clip_plays_and_has_a_poster(item: dict[str, Any]) -> None:
    av = pytest.importorskip("av", reason="clips are decoded with PyAV, of the training extra")
    with av.open(str(FOLDER / item["file"])) as clip:
        frames = sum(1 for _ in clip.decode(video=0))
        stream = clip.streams.video[0]
        assert (stream.width, stream.height) == (item["width"], item["height"])
        assert float(stream.average_rate or 0) == item["video"]["fps"]
    assert frames == 2 * item["video"]["fps"]
    with Image.open(FOLDER / item["video"]["poster"]) as poster:
        assert poster.size == (item["width"], item["height"])


def test_kinds_of_file_that_real_libraries_hold() -> None:
    kinds = {item["mime_type"] for item in PICTURES}
    assert {"image/heic", "image/png", "image/webp", "image/gif", "image/jpeg"} == kinds
    with Image.open(FOLDER / "img_2041.jpg") as portrait:
        assert portrait.getexif()[ExifTags.Base.Orientation] == 6
        assert portrait.width > portrait.height
    with Image.open(FOLDER / "rex_sticker.png") as clear:
        assert clear.mode == "RGBA"
        assert clear.getchannel("A").getextrema()[0] == 0
    assert sum(item["filename"].startswith("Screenshot_") for item in ITEMS) >= 3


def test_exif_agrees_with_the_listing() -> None:
    placed = next(i for i in PICTURES if "latitude" in i and i["mime_type"] == "image/jpeg")
    with Image.open(FOLDER / placed["file"]) as picture:
        exif = picture.getexif()
    assert exif[ExifTags.Base.Make] == placed["camera_make"]
    degrees, minutes, seconds = exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude]
    here = float(degrees) + float(minutes) / 60 + float(seconds) / 3600
    assert here == pytest.approx(abs(placed["latitude"]), abs=1e-4)


def test_burst_is_seconds_apart() -> None:
    day = [i for i in PICTURES if i["taken_at"].startswith("2021-10-03T10:42")]
    taken = [datetime.fromisoformat(item["taken_at"]) for item in day]
    gaps = [(b - a).total_seconds() for a, b in itertools.pairwise(taken)]
    assert gaps.count(2.0) >= 4


def test_albums_descriptions_favourites_and_what_the_demo_asks_for() -> None:
    assert len({album for item in ITEMS for album in item["albums"]}) >= 8
    assert sum("description" in item for item in ITEMS) >= 20
    assert any(item.get("favorite") for item in ITEMS)
    shown = [set(item["depicts"]) for item in ITEMS]
    assert any({"doughnut", "birthday cake"} <= things for things in shown)
    assert any({"white circle", "snow", "girl"} <= things for things in shown)
