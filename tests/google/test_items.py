from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.google.items import base_url, instant, media_item, pixels

GOOGLES = {
    "id": "AH0my1",
    "description": "on the pier",
    "productUrl": "https://photos.google.com/lr/photo/AH0my1",
    "baseUrl": "https://lh3.googleusercontent.com/lr/secret",
    "mimeType": "image/jpeg",
    "filename": "IMG_0001.JPG",
    "mediaMetadata": {
        "creationTime": "2024-05-01T10:11:12Z",
        "width": "4032",
        "height": "3024",
        "photo": {"cameraMake": "Google", "cameraModel": "Pixel 7", "focalLength": 6.81},
    },
}
KEYS = st.sampled_from(
    ["id", "baseUrl", "mimeType", "filename", "mediaMetadata", "creationTime", "width", "photo",
     "video", "status", "cameraMake", "description"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)


def test_every_field_is_read() -> None:
    item = media_item(GOOGLES)
    assert item is not None
    assert (item.source_id, item.filename, item.width, item.height) == (
        "AH0my1", "IMG_0001.JPG", 4032, 3024,
    )  # fmt: skip
    assert item.taken_at == datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC)
    assert (item.camera_make, item.camera_model) == ("Google", "Pixel 7")
    assert item.url.endswith("AH0my1")
    assert item.description == "on the pier"
    assert (item.kind, item.video_status) == ("photo", "")
    assert "secret" not in repr(item)
    assert base_url(GOOGLES).endswith("secret")


def test_a_video_has_its_status_and_its_own_camera() -> None:
    metadata = {"video": {"status": "PROCESSING", "cameraModel": "GoPro"}}
    item = media_item({"id": "v", "mimeType": "video/mp4", "mediaMetadata": metadata})
    assert item is not None
    assert (item.kind, item.video_status, item.camera_model) == ("video", "PROCESSING", "GoPro")
    bare = media_item({"id": "v", "mediaMetadata": {"video": {}}})
    assert bare is not None
    assert (bare.kind, bare.video_status) == ("video", "UNSPECIFIED")


@pytest.mark.parametrize(
    "text, micros",
    [
        ("2024-05-01T10:11:12Z", 0),
        ("2024-05-01T10:11:12.5Z", 500_000),
        ("2024-05-01T10:11:12.123Z", 123_000),
        ("2024-05-01T10:11:12.123456789Z", 123_456),
        ("2024-05-01T12:11:12+02:00", 0),
    ],
)
def test_times_have_up_to_nine_digits(text: str, micros: int) -> None:
    assert instant(text) == datetime(2024, 5, 1, 10, 11, 12, micros, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [None, 5, "", "today", "0000-01-01T00:00:00Z", "2024-13-01T00:00:00Z",
     "0001-01-01T00:00:00+14:00"],
)  # fmt: skip
def test_other_times_are_unknown(text: object) -> None:
    assert instant(text) is None


@pytest.mark.parametrize(
    "value, number",
    [("4032", 4032), (4032, 4032), ("-1", 0), ("", 0), ("9" * 30, 0), (10**12, 0), (True, 0)],
)
def test_pixels(value: object, number: int) -> None:
    assert pixels(value) == number


@given(JSON)
def test_nothing_that_is_json_raises(value: Any) -> None:
    item = media_item(value)
    if item is not None:
        assert item.source_id
        repr(item).encode("utf-8")
        item.filename.encode("utf-8")
        assert item.taken_at is None or item.taken_at.tzinfo is not None
