"""The Library API of the emulator, over HTTP, as the reference describes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from gphotos_search.demo.emulator import Emulator, Fault, Library, Photo, Video
from gphotos_search.demo.emulator.resources import timestamp
from tests.conftest import photo, session_for


def items(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json().get("mediaItems", [])]


def search(google: Emulator, session: requests.Session, **body: Any) -> requests.Response:
    return session.post(f"{google.url}/v1/mediaItems:search", json=body)


def test_an_item_is_spelt_as_google_spells_it(
    google: Emulator, session: requests.Session, photos: list[Photo]
) -> None:
    item = session.get(f"{google.url}/v1/mediaItems/{photos[0].id}").json()
    assert len(item["id"]) == 98
    assert item.pop("baseUrl").startswith(f"{google.url}/media/")
    assert item == {
        "id": photos[0].id,
        "productUrl": f"https://photos.google.com/lr/photo/{photos[0].id}",
        "mimeType": "image/jpeg",
        "filename": "IMG_0000.JPG",
        "mediaMetadata": {
            "creationTime": "2024-06-30T12:00:00Z",
            "width": "320",
            "height": "480",
            "photo": {"cameraMake": "Google", "cameraModel": "Pixel 7"},
        },
    }


def test_empty_values_are_left_out_but_photo_stays() -> None:
    bare = Photo(
        id="bare", content=b"", filename="a.jpg", taken_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    with Emulator(Library.of([bare])) as google, session_for(google) as own:
        metadata = own.get(f"{google.url}/v1/mediaItems/bare").json()["mediaMetadata"]
    assert metadata == {"creationTime": "2020-01-01T00:00:00Z", "photo": {}}


@pytest.mark.parametrize(
    "microsecond, text",
    [(0, "10:11:12Z"), (250_000, "10:11:12.250Z"), (250_001, "10:11:12.250001Z")],
)
def test_times_have_no_three_or_six_digits(microsecond: int, text: str) -> None:
    moment = datetime(2024, 5, 1, 10, 11, 12, microsecond, tzinfo=UTC)
    assert timestamp(moment) == f"2024-05-01T{text}"


def test_newest_first_and_an_empty_account_is_an_empty_object(
    google: Emulator, session: requests.Session, photos: list[Photo]
) -> None:
    assert items(session.get(f"{google.url}/v1/mediaItems")) == [photo.id for photo in photos]
    for one in photos:
        google.library.remove(one.id)
    assert session.get(f"{google.url}/v1/mediaItems").json() == {}


def test_no_token_and_a_bad_token_are_different_sentences(google: Emulator) -> None:
    url = f"{google.url}/v1/mediaItems"
    missing = requests.get(url, timeout=5)
    assert missing.status_code == 401
    assert missing.json()["error"]["message"].startswith("Request is missing required auth")
    wrong = requests.get(url, headers={"Authorization": "Bearer x"}, timeout=5)
    assert wrong.json()["error"]["message"].startswith("Request had invalid authentication")


def test_batch_get_answers_each_id_in_its_place(
    google: Emulator, session: requests.Session, photos: list[Photo]
) -> None:
    gone = photos[3].id
    google.library.remove(gone)
    asked = [photos[2].id, "nobody", gone, photos[0].id]
    answer = session.get(f"{google.url}/v1/mediaItems:batchGet", params={"mediaItemIds": asked})
    first, unknown, removed, last = answer.json()["mediaItemResults"]
    assert first["mediaItem"]["id"] == photos[2].id
    assert unknown == {"status": {"code": 3, "message": "Invalid media item ID."}}
    assert removed["status"]["code"] == 5
    assert last["mediaItem"]["id"] == photos[0].id
    assert google.log.ids("batchGet") == asked


@pytest.mark.parametrize("ids", [[], [""], ["a", "a"], [str(n) for n in range(51)]])
def test_batch_get_refuses_what_google_refuses(
    google: Emulator, session: requests.Session, ids: list[str]
) -> None:
    answer = session.get(f"{google.url}/v1/mediaItems:batchGet", params={"mediaItemIds": ids})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_unknown_things_are_not_found(google: Emulator, session: requests.Session) -> None:
    for path in ("/v1/mediaItems/nobody", "/v1/albums/none"):
        answer = session.get(google.url + path)
        assert answer.json()["error"]["status"] == "NOT_FOUND"
    assert session.get(f"{google.url}/v1/sharedAlbums").status_code == 404


def test_a_misspelt_parameter_is_refused(google: Emulator, session: requests.Session) -> None:
    answer = session.get(f"{google.url}/v1/mediaItems", params={"nextPageToken": "x"})
    assert answer.status_code == 400
    assert 'Unknown name "nextPageToken"' in answer.json()["error"]["message"]


def test_a_video_is_processing_before_it_is_ready() -> None:
    clip = replace(photo(0, "red"), mime_type="video/mp4", video=Video(processing_polls=2))
    with Emulator(Library.of([clip])) as google, session_for(google) as own:
        seen, codes = [], []
        for _ in range(3):
            item = own.get(f"{google.url}/v1/mediaItems/{clip.id}").json()
            seen.append(item["mediaMetadata"]["video"]["status"])
            codes.append(requests.get(item["baseUrl"] + "=dv", timeout=5).status_code)
    assert seen == ["PROCESSING", "PROCESSING", "READY"]
    assert codes == [404, 404, 200]


def test_a_photo_hidden_from_one_listing_is_back_in_the_next(
    google: Emulator, session: requests.Session, photos: list[Photo]
) -> None:
    everyone = [photo.id for photo in photos]
    google.library.hide(everyone[4])
    url = f"{google.url}/v1/mediaItems"
    first = session.get(url, params={"pageSize": 3})
    second = session.get(url, params={"pageSize": 3, "pageToken": first.json()["nextPageToken"]})
    assert everyone[4] not in items(first) + items(second)
    assert items(session.get(url)) == everyone


def test_changes_show_at_once(
    google: Emulator, session: requests.Session, photos: list[Photo]
) -> None:
    google.library.change(photos[1].id, description="a fox", filename="fox.jpg")
    google.library.add(replace(photo(0, "pink"), content=b"", id="new", taken_at=datetime.now(UTC)))
    shown = session.get(f"{google.url}/v1/mediaItems").json()["mediaItems"]
    assert shown[0]["id"] == "new"
    assert (shown[2]["description"], shown[2]["filename"]) == ("a fox", "fox.jpg")


def test_albums_have_counts_and_covers(google: Emulator, session: requests.Session) -> None:
    chosen = google.library.ids[1:4]
    for one in chosen:
        google.library.change(one, albums=("Winter",))
    google.library.change(chosen[0], albums=("Winter", "Alps"))
    albums = session.get(f"{google.url}/v1/albums", params={"pageSize": 1}).json()
    assert [album["title"] for album in albums["albums"]] == ["Alps"]
    token = albums["nextPageToken"]
    rest = session.get(f"{google.url}/v1/albums", params={"pageSize": 1, "pageToken": token}).json()
    (winter,) = rest["albums"]
    assert winter["mediaItemsCount"] == "3"
    assert winter["coverPhotoMediaItemId"] == chosen[0]
    assert items(search(google, session, albumId=winter["id"])) == chosen
    alone = session.get(f"{google.url}/v1/albums/{winter['id']}").json()
    assert alone["title"] == "Winter"
    both = search(google, session, albumId=winter["id"], filters={"includeArchivedMedia": True})
    assert both.status_code == 400


def test_search_by_date_type_content_and_favourite(
    google: Emulator, session: requests.Session, photos: list[Photo]
) -> None:
    ids = [photo.id for photo in photos]

    def found(**filters: Any) -> list[str]:
        return items(search(google, session, filters=filters))

    june = {"year": 2024, "month": 6, "day": 28}
    assert found(dateFilter={"dates": [june]}) == [ids[2]]
    assert found(dateFilter={"dates": [{"month": 6, "day": 29}]}) == [ids[1]]
    span = {"startDate": {"year": 2024, "month": 6, "day": 26}, "endDate": june}
    assert found(dateFilter={"ranges": [span]}) == ids[2:5]
    assert found(mediaTypeFilter={"mediaTypes": ["VIDEO"]}) == ids[6:]
    google.library.change(ids[3], favorite=True, depicts=("pets",))
    assert found(featureFilter={"includedFeatures": ["FAVORITES"]}) == [ids[3]]
    assert found(contentFilter={"includedContentCategories": ["PETS"]}) == [ids[3]]
    google.library.change(ids[0], archived=True)
    assert found(dateFilter={"dates": [{"year": 2024}]}) == ids[1:]
    assert items(search(google, session)) == ids
    oldest = search(
        google, session, orderBy="MediaMetadata.creation_time", pageSize=4,
        filters={"dateFilter": {"dates": [{"year": 2024}]}},
    )  # fmt: skip
    assert items(oldest) == ids[:2:-1]


def test_photos_of_the_future_hide_from_date_filters(
    google: Emulator, session: requests.Session
) -> None:
    year = datetime.now(UTC) + timedelta(days=400)
    google.library.add(replace(photo(0, "red"), id="later", taken_at=year))
    dates = {"dateFilter": {"dates": [{"year": year.year}]}}
    assert items(search(google, session, filters=dates)) == []
    assert "later" in items(search(google, session))


@pytest.mark.parametrize(
    "body",
    [
        {"orderBy": "MediaMetadata.creation_time"},
        {"filters": {"mediaTypeFilter": {"mediaTypes": ["PHOTO", "VIDEO"]}}},
        {"filters": {"contentFilter": {"includedContentCategories": ["UNICORNS"]}}},
        {"filters": {"dateFilter": {"dates": [{"year": 2020 + n} for n in range(6)]}}},
        {"filters": {"dateFilter": {"dates": [{"year": 2024, "month": 13}]}}},
        {"filters": {"dateFilter": {"ranges": [
            {"startDate": {"year": 2024}, "endDate": {"year": 2024, "month": 2}}]}}},
        {"filter": {}},
    ],
)  # fmt: skip
def test_search_refuses_what_google_refuses(
    google: Emulator, session: requests.Session, body: dict[str, Any]
) -> None:
    answer = search(google, session, **body)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_one_item_of_a_batch_can_fail_or_lead_astray(
    google: Emulator, session: requests.Session, photos: list[Photo]
) -> None:
    first, second, third = (photo.id for photo in photos[:3])
    google.faults.add(
        Fault(kind="batchGet", effect="item_status", item=first, status=7),
        Fault(kind="batchGet", effect="foreign_link", item=third),
    )
    params = {"mediaItemIds": [first, second, third]}
    results = session.get(f"{google.url}/v1/mediaItems:batchGet", params=params).json()
    failed, honest, astray = results["mediaItemResults"]
    assert failed["status"]["code"] == 7
    assert honest["mediaItem"]["baseUrl"].startswith(google.url)
    assert astray["mediaItem"]["baseUrl"].startswith(google.foreign_url)
