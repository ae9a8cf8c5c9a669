"""The emulated Picker, as Google documents it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from gphotos_search.demo.emulator import PICK_SCOPE, READ_SCOPE, Emulator, Photo
from gphotos_search.demo.emulator import Library as Photos

Ask = Callable[..., requests.Response]


class Clock:
    def __init__(self) -> None:
        self.now = 1.7e9

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def google(photos: list[Photo], clock: Clock) -> Iterator[Emulator]:
    with Emulator(Photos.of(photos), clock=clock, access_token_ttl_s=1e9) as running:
        yield running


@pytest.fixture
def ask(google: Emulator) -> Iterator[Ask]:
    token = google.sign_in([PICK_SCOPE])["access_token"]
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"

        def send(method: str, path: str, **options: Any) -> requests.Response:
            return session.request(method, f"{google.url}/picker/v1/{path}", **options)

        yield send


def error(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["status"]


def test_a_session_as_documented(google: Emulator, ask: Ask, clock: Clock) -> None:
    made = ask("POST", "sessions", json={}).json()
    assert made["pollingConfig"] == {"pollInterval": "5s", "timeoutIn": "1800s"}
    assert made["pickingConfig"] == {"maxItemCount": "2000"}
    assert "mediaItemsSet" not in made  # false is left out
    clock.now += 0.5
    polled = ask("GET", f"sessions/{made['id']}").json()
    assert polled["pollingConfig"]["timeoutIn"] == "1799.5s"
    clock.now += 3600
    assert ask("GET", f"sessions/{made['id']}").json()["pollingConfig"]["timeoutIn"] == "0s"
    google.picker.pick(made["id"], google.library.ids[:1])
    done = ask("GET", f"sessions/{made['id']}").json()
    assert done["mediaItemsSet"] is True
    assert "pollingConfig" not in done


@pytest.mark.parametrize("asked, kept", [(0, "2000"), ("5", "5"), (5, "5"), ("3000", "2000")])
def test_the_largest_number_of_picks(asked: object, kept: str, ask: Ask) -> None:
    answer = ask("POST", "sessions", json={"pickingConfig": {"maxItemCount": asked}})
    assert answer.json()["pickingConfig"]["maxItemCount"] == kept


def test_what_is_refused(google: Emulator, ask: Ask) -> None:
    made = ask("POST", "sessions").json()
    listing = {"sessionId": made["id"]}
    assert error(ask("GET", "mediaItems", params=listing)) == (400, "FAILED_PRECONDITION")
    google.picker.pick(made["id"], google.library.ids)
    wrong = {"json": {"pickingConfig": {"maxItemCount": -1}}}
    assert error(ask("POST", "sessions", **wrong)) == (400, "INVALID_ARGUMENT")
    assert error(ask("GET", "mediaItems", params={**listing, "pageSize": -1}))[0] == 400
    assert error(ask("GET", "mediaItems")) == (400, "INVALID_ARGUMENT")
    assert ask("GET", f"sessions/{made['id']}/mediaItems").status_code == 404
    google.picker.most_sessions = 1
    assert error(ask("POST", "sessions")) == (429, "RESOURCE_EXHAUSTED")
    assert ask("DELETE", f"sessions/{made['id']}").json() == {}
    assert ask("POST", "sessions").status_code == 200
    google.picker.has_photos = False
    assert error(ask("POST", "sessions")) == (400, "FAILED_PRECONDITION")


def test_after_its_end_a_session_is_not_found(google: Emulator, ask: Ask, clock: Clock) -> None:
    ended, expired = (ask("POST", "sessions").json()["id"] for _ in range(2))
    ask("DELETE", f"sessions/{ended}")
    clock.now += google.picker.ttl_s
    for session_id in (ended, expired):
        assert error(ask("GET", f"sessions/{session_id}")) == (404, "NOT_FOUND")
        assert error(ask("DELETE", f"sessions/{session_id}")) == (404, "NOT_FOUND")
        found = ask("GET", "mediaItems", params={"sessionId": session_id})
        assert error(found) == (404, "NOT_FOUND")
    assert google.picker.live == []


@pytest.mark.parametrize("scopes, status", [([], 401), ([READ_SCOPE], 403)])
def test_the_permission_is_its_own(scopes: list[str], status: int, google: Emulator) -> None:
    headers = {}
    if scopes:
        headers["Authorization"] = f"Bearer {google.sign_in(scopes)['access_token']}"
    answer = requests.post(f"{google.url}/picker/v1/sessions", headers=headers, timeout=5)
    assert answer.status_code == status


def test_items_are_spelt_the_pickers_way_and_links_need_the_token(
    google: Emulator, ask: Ask
) -> None:
    session_id = ask("POST", "sessions").json()["id"]
    google.picker.pick(session_id, google.library.ids)
    page = ask("GET", "mediaItems", params={"sessionId": session_id, "pageSize": 500}).json()
    first, *_, clip = page["mediaItems"]
    assert first["type"] == "PHOTO"
    metadata = first["mediaFile"]["mediaFileMetadata"]
    assert (metadata["width"], metadata["cameraModel"]) == (320, "Pixel 7")
    assert "productUrl" not in first
    assert clip["type"] == "VIDEO"
    status = clip["mediaFile"]["mediaFileMetadata"]["videoMetadata"]["processingStatus"]
    assert status == "READY"
    link = first["mediaFile"]["baseUrl"] + "=w64-h64"
    assert requests.get(link, timeout=5).status_code == 403
    headers = {"Authorization": f"Bearer {google.sign_in([PICK_SCOPE])['access_token']}"}
    assert requests.get(link, headers=headers, timeout=5).status_code == 200
    google.expire_access_tokens()
    assert requests.get(link, headers=headers, timeout=5).status_code == 401
    other = {"Authorization": f"Bearer {google.sign_in([READ_SCOPE])['access_token']}"}
    assert requests.get(link, headers=other, timeout=5).status_code == 403


def test_listing_again_gives_the_same_items_with_new_links(google: Emulator, ask: Ask) -> None:
    session_id = ask("POST", "sessions").json()["id"]
    google.picker.pick(session_id, google.library.ids)
    pages = []
    for _ in range(2):
        page = ask("GET", "mediaItems", params={"sessionId": session_id, "pageSize": 3}).json()
        pages.append([(raw["id"], raw["mediaFile"]["baseUrl"]) for raw in page["mediaItems"]])
        token = page["nextPageToken"]
    assert [raw[0] for raw in pages[0]] == [raw[0] for raw in pages[1]] == google.library.ids[:3]
    assert not {raw[1] for raw in pages[0]} & {raw[1] for raw in pages[1]}
    other = {"sessionId": session_id, "pageSize": 4, "pageToken": token}
    assert error(ask("GET", "mediaItems", params=other)) == (400, "INVALID_ARGUMENT")


def test_the_page_to_pick_on_works_once(google: Emulator, ask: Ask) -> None:
    made = ask("POST", "sessions", json={"pickingConfig": {"maxItemCount": "2"}}).json()
    page = made["pickerUri"]
    assert "form" in requests.get(page, timeout=5).text
    assert requests.post(page, data={"newest": "5"}, timeout=5).status_code == 200
    listed = ask("GET", "mediaItems", params={"sessionId": made["id"]}).json()
    assert [raw["id"] for raw in listed["mediaItems"]] == google.library.ids[:2]
    assert requests.get(page, timeout=5).status_code == 404
