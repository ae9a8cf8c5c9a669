"""Every trouble the emulator makes, seen from the client."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gphotos_search.demo.emulator import (
    PER_DAY,
    Emulator,
    Fault,
    Faults,
    Library,
    per_day,
    per_minute,
)
from tests.conftest import photo


@pytest.fixture
def get(google: Emulator, session: requests.Session) -> Callable[..., requests.Response]:
    def fetch(path: str = "/v1/mediaItems", **options: object) -> requests.Response:
        return session.get(google.url + path, **options)  # type: ignore[arg-type]

    return fetch


@pytest.fixture
def link(get: Callable[..., requests.Response]) -> str:
    """A path of a picture."""
    base_url: str = get().json()["mediaItems"][0]["baseUrl"]
    return "/media/" + base_url.rsplit("/", 1)[1] + "=w64-h64"


Get = Callable[..., requests.Response]


def test_a_burst_ends_after_its_count(google: Emulator, get: Get) -> None:
    google.faults.add(Fault(kind="list", status=503, times=2), Fault(kind="list", status=500))
    assert [get().status_code for _ in range(4)] == [503, 503, 500, 200]
    assert google.faults.pending() == []
    assert [visit.fault for visit in google.log.of("list")] == ["status"] * 3 + [""]


def test_errors_of_the_api_are_googles_json(google: Emulator, get: Get) -> None:
    google.faults.add(Fault(kind="list", status=503))
    assert get().json() == {
        "error": {
            "code": 503,
            "message": "The service is currently unavailable.",
            "status": "UNAVAILABLE",
        }
    }


def test_quotas_of_a_minute_and_of_a_day(google: Emulator, get: Get) -> None:
    google.faults.add(per_minute("list", retry_after="30"), per_day("list", times=1))
    minute, day = get(), get()
    assert (minute.status_code, minute.headers["Retry-After"]) == (429, "30")
    assert "per minute" in minute.json()["error"]["message"]
    assert "Retry-After" not in day.headers
    assert day.json()["error"] == {
        "code": 429, "message": PER_DAY, "status": "RESOURCE_EXHAUSTED",
    }  # fmt: skip
    assert PER_DAY == (
        "Quota exceeded for quota metric 'All requests' and limit 'All requests per day' of "
        "service 'photoslibrary.googleapis.com' for consumer 'project_number:123456789012'."
    )


def test_connections_break_and_bodies_end_early(google: Emulator, get: Get, link: str) -> None:
    for effect in ("reset", "truncate"):
        for kind, path in (("media", link), ("list", "/v1/mediaItems")):
            google.faults.add(Fault(kind=kind, effect=effect))  # type: ignore[arg-type]
            with pytest.raises(
                (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
            ):
                get(path)
            assert get(path).status_code == 200


def test_errors_can_be_pictures(google: Emulator, get: Get, link: str) -> None:
    for status in (404, 403):
        google.faults.add(Fault(kind="media", status=status, body="image"))
        answer = get(link)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "image/png")
        Image.open(io.BytesIO(answer.content)).verify()


def test_successes_can_be_lies(google: Emulator, get: Get, link: str) -> None:
    honest = get(link).content
    google.faults.add(Fault(kind="media", effect="html"))
    page = get(link)
    assert (page.status_code, page.headers["Content-Type"][:9]) == (200, "text/html")
    google.faults.add(Fault(kind="media", effect="wrong_type"))
    other = get(link)
    assert (other.status_code, other.headers["Content-Type"]) == (200, "image/jpeg")
    assert other.content[:2] == b"PK"
    google.faults.add(Fault(kind="media", effect="broken_picture"))
    broken = get(link)
    assert broken.content == honest[: len(honest) // 2]
    with pytest.raises(OSError):
        Image.open(io.BytesIO(broken.content)).load()


def test_a_bomb_is_small_and_claims_to_be_huge(
    google: Emulator, get: Get, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    google.faults.add(Fault(kind="media", effect="bomb"))
    body = get(link).content
    assert len(body) < 300_000
    with Image.open(io.BytesIO(body)) as picture:  # reads the header alone
        assert picture.width * picture.height > 500_000_000


def test_slowness_and_any_other_effect_go_together(google: Emulator, get: Get) -> None:
    google.faults.add(Fault(kind="list", effect="slow", delay_s=0.2))
    start = time.monotonic()
    assert get().status_code == 200
    assert time.monotonic() - start >= 0.2


def test_stopping_does_not_wait_for_the_slow(google: Emulator) -> None:
    google.faults.add(Fault(kind="list", effect="slow", delay_s=60))
    with pytest.raises(requests.Timeout):
        requests.get(f"{google.url}/v1/mediaItems", timeout=0.1)
    start = time.monotonic()
    google.stop()
    assert time.monotonic() - start < 5


def test_a_poisonous_id_fails_every_batch_that_names_it(google: Emulator, get: Get) -> None:
    poison, other = google.library.ids[:2]
    google.faults.add(Fault(kind="batchGet", item=poison, status=500, times=None))
    path = "/v1/mediaItems:batchGet"
    for ids, status in (([poison, other], 500), ([other], 200), ([poison], 500)):
        assert get(path, params={"mediaItemIds": ids}).status_code == status


def test_one_photo_can_fail_for_ever(google: Emulator, get: Get) -> None:
    bad = google.library.ids[2]
    google.faults.add(Fault(kind="media", item=bad, status=500, times=None))
    for item in get().json()["mediaItems"]:
        status = get(item["baseUrl"].removeprefix(google.url) + "=w9-h9").status_code
        assert status == (500 if item["id"] == bad else 200)


def test_foreign_links_and_redirects_lead_to_a_host_that_takes_notes(
    google: Emulator, get: Get, link: str
) -> None:
    google.faults.add(
        Fault(kind="list", effect="foreign_link", item=google.library.ids[1]),
        Fault(kind="media", effect="redirect"),
        Fault(kind="media", effect="redirect", url="http://evil.example"),
    )
    hosts = [item["baseUrl"].split("/media/")[0] for item in get().json()["mediaItems"]]
    assert hosts.count(google.foreign_url) == 1
    assert hosts[1] == google.foreign_url != google.url
    astray = get(link, allow_redirects=False)
    assert (astray.status_code, astray.headers["Location"]) == (302, google.foreign_url + link)
    assert get(link, allow_redirects=False).headers["Location"] == "http://evil.example" + link
    assert len(google.foreign_log) == 0
    lured = requests.get(google.foreign_url, headers={"Authorization": "Bearer x"}, timeout=5)
    assert lured.status_code == 200
    assert [visit.bearer for visit in google.foreign_log] == [True]


def test_switches_can_be_thrown_by_the_nth_request(google: Emulator, get: Get, link: str) -> None:
    google.faults.add(
        Fault(kind="list", effect="expire_access_tokens", after=1),
        Fault(kind="media", effect="expire_links", after=1),
    )
    google.log.clear()
    assert [get().status_code for _ in range(2)] == [200, 200]  # the session refreshes by itself
    assert [visit.status for visit in google.log.of("list")] == [200, 401, 200]
    assert [get(link).status_code for _ in range(2)] == [200, 403]
    google.faults.add(Fault(kind="media", effect="revoke_grant"))
    get(link)
    old = {"Authorization": "Bearer x"}
    assert requests.get(f"{google.url}/v1/mediaItems", headers=old, timeout=5).status_code == 401


def test_a_look_ahead_of_every_answer(google: Emulator, get: Get) -> None:
    """A test can stop its program, or change the account, at a moment it chooses."""
    seen = []

    def add_one(kind: str, request: object) -> None:
        seen.append(kind)
        if kind == "list" and len(seen) == 2:
            google.library.add(photo(99, "red"))

    google.before = add_one
    assert [len(get().json()["mediaItems"]) for _ in range(2)] == [7, 8]
    assert seen == ["list", "list"]


@given(seed=st.integers(), probability=st.floats(0, 1))
def test_chance_repeats_for_a_seed(seed: int, probability: float) -> None:
    fault = Fault(kind="media", times=None, probability=probability)
    runs = []
    for _ in range(2):
        faults = Faults([fault], seed=seed)
        runs.append([faults.take("media") is not None for _ in range(20)])
    assert runs[0] == runs[1]
    if probability in (0, 1):
        assert set(runs[0]) == {bool(probability)}


def test_faults_can_be_given_at_the_start(photos: object) -> None:
    with Emulator(Library(), faults=[Fault(kind="any", status=503)]) as google:
        assert requests.get(f"{google.url}/auth", timeout=5).status_code == 503
