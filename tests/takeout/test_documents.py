"""JSON of exports: what is told apart, what is taken, and that nothing in it can hurt."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.takeout.base import Album, Sidecar
from gphotos_search.takeout.documents import read

URL = "https://photos.google.com/photo/AF1QipN0"
PLACE = {"latitude": 48.79, "longitude": 2.48, "altitude": 90.25}
NOWHERE = {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0}
ITEM: dict[str, Any] = {
    "title": "IMG_0001.HEIC",
    "description": "",
    "imageViews": "4",
    "creationTime": {"timestamp": "1695397525", "formatted": "22 sept. 2023, 15:45:25 UTC"},
    "photoTakenTime": {"timestamp": "1695394176", "formatted": "22 sept. 2023, 14:49:36 UTC"},
    "geoData": PLACE,
    "geoDataExif": PLACE,
    "people": [{"name": "Susan"}],
    "url": URL,
    "googlePhotosOrigin": {"mobileUpload": {"deviceType": "ANDROID_PHONE"}},
    "favorited": True,
    "archived": True,
    "trashed": True,
    "inLockedFolder": True,
}
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["0", "-1", "1e999", "99999999999999", "https://photos.google.com/x", "nan"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = (*ITEM, "albumData", "timestamp", "latitude", "longitude", "name")


def as_bytes(**changes: Any) -> bytes:
    return json.dumps({**ITEM, **changes}).encode()


def item(**changes: Any) -> Sidecar:
    found = read(as_bytes(**changes))
    assert isinstance(found, Sidecar)
    return found


def test_an_item() -> None:
    assert item() == Sidecar(
        title="IMG_0001.HEIC",
        taken_at=datetime(2023, 9, 22, 14, 49, 36, tzinfo=UTC),
        latitude=48.79,
        longitude=2.48,
        people=("Susan",),
        url=URL,
        favorite=True,
        archived=True,
        trashed=True,
        locked=True,
    )


@pytest.mark.parametrize(
    ("content", "album"),
    [
        ('{"title": "Trip"}', "Trip"),
        ('{"title": "Trip", "enrichments": [], "sharedAlbumComments": []}', "Trip"),
        ('{"title": "Trip", "access": "protected", "date": {"timestamp": "0"}}', "Trip"),
        ('{"albumData": {"title": "Trip"}}', "Trip"),
        ('{"albumData": {}}', ""),
        ('{"title": ""}', ""),
        ('{"title": "a\\nb\\u0000"}', "a b"),
        ('{"title": "Tom &amp; Jerry"}', "Tom &amp; Jerry"),
    ],
)
def test_albums(content: str, album: str) -> None:
    assert read(content.encode()) == Album(album)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"title"',
        b'{"title": 3}',
        b'{"externalOrderId": "1"}',
        b"{",
        b"\x00\xff\xfe",
        b"[" * 200_000,
        b'{"title":' * 50_000,
        b'{"x": ' + b"9" * 5_000 + b"}",
    ],
)
def test_other_content_is_nothing(content: bytes) -> None:
    assert read(content) is None


def test_an_item_without_a_date_is_no_album() -> None:
    found = item(photoTakenTime={"timestamp": ""})
    assert found.taken_at is None
    assert read(b'{"title": "Trip", "photoTakenTime": {"timestamp": ""}}') == Album("Trip")


@pytest.mark.parametrize(
    ("stamp", "taken"),
    [
        ("-1000000000", datetime(1938, 4, 24, 22, 13, 20, tzinfo=UTC)),
        (1695394176, datetime(2023, 9, 22, 14, 49, 36, tzinfo=UTC)),
        (" 1695394176 ", datetime(2023, 9, 22, 14, 49, 36, tzinfo=UTC)),
        ("0", None),
        ("", None),
        ("soon", None),
        ("9" * 40, None),
        ("-" + "9" * 40, None),
        ("nan", None),
        ("inf", None),
        (1e308, None),
        ("99999999999", None),
        (True, None),
        ([], None),
    ],
)
def test_times(stamp: object, taken: datetime | None) -> None:
    assert item(photoTakenTime={"timestamp": stamp}).taken_at == taken


@pytest.mark.parametrize(
    ("exif", "google", "expected"),
    [
        (PLACE, {"latitude": 1.0, "longitude": 1.0}, (48.79, 2.48)),
        (NOWHERE, PLACE, (48.79, 2.48)),
        (None, PLACE, (48.79, 2.48)),
        (NOWHERE, NOWHERE, (None, None)),
        ({"latitude": 91, "longitude": 0}, PLACE, (48.79, 2.48)),
        ({"latitude": 10, "longitude": -181}, NOWHERE, (None, None)),
        ({"latitude": float("nan"), "longitude": 1}, NOWHERE, (None, None)),
        ({"latitude": "1.5", "longitude": "x"}, NOWHERE, (None, None)),
        ({"latitude": "1.5", "longitude": "2"}, NOWHERE, (1.5, 2.0)),
        ({"latitude": 10**400, "longitude": 1}, NOWHERE, (None, None)),
        ({"latitude": 0, "longitude": 5.5}, NOWHERE, (0.0, 5.5)),
        ([], "here", (None, None)),
    ],
)
def test_places(exif: object, google: object, expected: tuple[object, object]) -> None:
    found = item(geoDataExif=exif, geoData=google)
    assert (found.latitude, found.longitude) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://photos.google.com/photo/AF1Qip",
        "https://photos.google.com.evil.example/photo/AF1Qip",
        "https://user@photos.google.com/photo/AF1Qip",
        "https://photos.google.com:8443/photo/AF1Qip",
        "https://evil.example/photos.google.com",
        "javascript:alert(1)",
        "https://photos.google.com/\nx",
        "https://photos.google.com/" + "x" * 3_000,
        "https://[photos.google.com",
        7,
    ],
)
def test_only_addresses_of_google_photos_are_kept(url: object) -> None:
    assert item(url=url).url == ""


def test_people_once_each_in_order() -> None:
    people = [{"name": "B"}, {"name": "A"}, {"name": "B"}, {"name": ""}, {}, "C", {"name": 5}]
    assert item(people=people).people == ("B", "A")
    assert item(people={"name": "A"}).people == ()


def test_text_is_composed_and_without_control_characters() -> None:
    found = item(title="Cafe\u0301\x00.jpg", description="one\r\ntwo\x07\x00 Z\u0308 &#39; \ud800")
    assert found.title == "Café_.jpg"
    assert found.description == "one\ntwo Z\u0308 &#39; ?"
    assert len(item(description="x" * 50_000).description) == 10_000
    assert len(item(title="x" * 50_000).title) == 1_000


@pytest.mark.parametrize("unset", [False, None, "", 0, "false"])
def test_flags_appear_only_when_true(unset: object) -> None:
    assert not item(favorited=unset).favorite
    assert not item(inLockedFolder=unset).locked


def test_encodings() -> None:
    expected = read(as_bytes(title="é"))
    text = json.dumps({**ITEM, "title": "é"}, ensure_ascii=False)
    assert read(text.encode()) == read(text.encode("utf-8-sig")) == expected
    assert read(text.encode("utf-16")) == expected
    broken = read(text.encode("latin-1"))
    assert isinstance(broken, Sidecar)
    assert broken.title == "\ufffd"


@given(st.binary())
def test_no_bytes_raise(content: bytes) -> None:
    read(content)


@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING))
def test_no_json_raises_and_what_is_read_can_be_stored(found: dict[str, Any]) -> None:
    read(json.dumps(found).encode())
    read(json.dumps({**ITEM, **found}).encode())
    said = read(json.dumps({"photoTakenTime": {"timestamp": "1"}, **found}).encode())
    if isinstance(said, Sidecar):
        texts = (said.title, said.description, said.url, *said.people)
        assert all(text.encode().decode() == text and "\x00" not in text for text in texts)
        assert (said.latitude is None) == (said.longitude is None)
