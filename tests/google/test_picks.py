"""Picked items and places in a listing, whatever Google sends."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.errors import CursorRejected
from gphotos_search.google.picks import PickPlace, picked_item, picked_page, picked_url
from gphotos_search.media import MediaItem

PHOTO = {
    "id": "p1",
    "createTime": "2024-05-01T10:11:12Z",
    "type": "PHOTO",
    "mediaFile": {
        "baseUrl": "https://lh3.googleusercontent.com/secret",
        "mimeType": "image/heic",
        "filename": "IMG_0001.HEIC",
        "mediaFileMetadata": {
            "width": 4032,
            "height": 3024,
            "cameraMake": "Apple",
            "cameraModel": "iPhone 15",
            "photoMetadata": {"focalLength": 6.8, "isoEquivalent": 64, "exposureTime": "0.01s"},
        },
    },
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
IDS = st.text(max_size=8)


def test_a_photo_as_google_documents_it() -> None:
    assert picked_item(PHOTO) == MediaItem(
        source_id="p1",
        filename="IMG_0001.HEIC",
        mime_type="image/heic",
        taken_at=datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC),
        taken_from="source",
        width=4032,
        height=3024,
        camera_make="Apple",
        camera_model="iPhone 15",
    )
    assert picked_url(PHOTO) == "https://lh3.googleusercontent.com/secret"


@pytest.mark.parametrize("status", ["PROCESSING", "READY", "FAILED", "UNSPECIFIED"])
def test_a_video_says_how_far_it_is(status: str) -> None:
    raw = {"id": "v", "type": "VIDEO", "mediaFile": {"mediaFileMetadata": {}}}
    raw["mediaFile"] = {"mediaFileMetadata": {"videoMetadata": {"processingStatus": status}}}
    item = picked_item(raw)
    assert item is not None
    assert (item.kind, item.video_status) == ("video", status)


def test_a_video_without_a_word_of_its_status_is_not_ready() -> None:
    item = picked_item({"id": "v", "type": "VIDEO"})
    assert item is not None
    assert (item.kind, item.video_status) == ("video", "UNSPECIFIED")


@given(JSON, st.sampled_from(["id", "createTime", "type", "mediaFile"]))
def test_nothing_that_google_sends_raises(value: Any, key: str) -> None:
    raw = {**PHOTO, key: value}
    assert picked_item(value) is None or isinstance(picked_item(value), MediaItem)
    item = picked_item(raw)
    assert (item is None) == (key == "id" and (not isinstance(value, str) or not value))
    picked_url(raw)
    picked_page({"mediaItems": value, "nextPageToken": value}, PickPlace("s"))


@given(st.builds(PickPlace, IDS, st.none() | IDS, IDS, st.lists(IDS, max_size=3).map(tuple)))
def test_a_place_survives_being_stored(place: PickPlace) -> None:
    assert PickPlace.read(place.cursor()) == place


@given(JSON)
def test_any_other_cursor_is_rejected(value: Any) -> None:
    with pytest.raises(CursorRejected):
        PickPlace.read(json.dumps(value))
    with pytest.raises(CursorRejected):
        PickPlace.read(str(value))


@pytest.mark.parametrize(
    "change", [{"size": 50}, {"session": 5}, {"last": None}, {"done": [1]}, {"done": 1}]
)
def test_so_is_one_of_another_release(change: dict[str, object]) -> None:
    body = {**json.loads(PickPlace("s", "t").cursor()), **change}
    with pytest.raises(CursorRejected):
        PickPlace.read(json.dumps(body))


def test_a_repeated_first_item_is_dropped_and_a_page_may_hold_only_a_token() -> None:
    page, place = picked_page({"mediaItems": [PHOTO], "nextPageToken": "t"}, PickPlace("s"))
    assert [item.source_id for item in page.items] == ["p1"]
    assert (place.token, place.last) == ("t", "p1")
    page, place = picked_page({"nextPageToken": "u"}, place)
    assert (page.items, place.last) == ((), "p1")
    page, place = picked_page({"mediaItems": [PHOTO, {**PHOTO, "id": "p2"}]}, place)
    assert [item.source_id for item in page.items] == ["p2"]
    assert (page.next, place.token) == (None, None)
