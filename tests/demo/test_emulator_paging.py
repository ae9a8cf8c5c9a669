"""Whatever pages look like, together they are the library."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gphotos_search.demo.emulator import LIVELY, Emulator, Fault, Library, Quirks
from tests.conftest import session_for

often = st.sampled_from((0.0, 0.2, 0.7))
quirky = st.builds(Quirks, short=often, token_only=often, trailing_empty=often, repeated=often)
PICTURE = b"never fetched here"
Pages = list[list[str]]


def pages(
    google: Emulator, session: requests.Session, size: int, between: Callable[[int], object] = id
) -> Pages:
    """The ids of each page, to the end."""
    found: Pages = []
    params: dict[str, Any] = {"pageSize": size}
    while True:
        answer = session.get(f"{google.url}/v1/mediaItems", params=params).json()
        found.append([item["id"] for item in answer.get("mediaItems", [])])
        between(len(found))
        if not answer.get("nextPageToken"):
            return found
        params["pageToken"] = answer["nextPageToken"]


def without_repetition(found: Pages) -> list[str]:
    """A page may begin with the last item of the page before; nothing else may come twice."""
    flat: list[str] = []
    for page in found:
        flat += page[1:] if flat and page[:1] == flat[-1:] else page
    return flat


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(count=st.integers(0, 40), size=st.integers(1, 12), seed=st.integers(0, 9999), quirks=quirky)
def test_the_union_of_all_pages_is_the_library(
    count: int, size: int, seed: int, quirks: Quirks
) -> None:
    library = Library.synthetic(count, PICTURE)
    with (
        Emulator(library, seed=seed, quirks=quirks) as google,
        session_for(google) as session,
    ):
        found = pages(google, session, size)
        assert without_repetition(found) == library.ids
        assert all(len(page) <= size for page in found)
        assert pages(google, session, size) == found  # as odd as before: the seed decides


def test_lively_quirks_really_show_every_oddity() -> None:
    library = Library.synthetic(300, PICTURE)
    short = empty = trailing = repeated = 0
    for seed in range(6):
        with (
            Emulator(library, seed=seed, quirks=LIVELY) as google,
            session_for(google) as session,
        ):
            found = pages(google, session, 10)
        full = [page for page in found if page]
        short += any(len(page) < 10 for page in full[:-1])
        empty += [] in found[:-1]
        trailing += found[-1] == []
        repeated += any(b[:1] == a[-1:] for a, b in pairwise(full))
    assert min(short, empty, trailing, repeated) >= 1


def test_without_quirks_pages_are_full(google: Emulator, session: requests.Session) -> None:
    sizes = [len(page) for page in pages(google, session, 3)]
    assert sizes == [3, 3, 1]


def test_the_page_size_has_a_default_and_a_maximum() -> None:
    with Emulator(Library.synthetic(130, PICTURE)) as google, session_for(google) as session:
        url = f"{google.url}/v1/mediaItems"
        assert len(session.get(url).json()["mediaItems"]) == 25
        most = session.get(url, params={"pageSize": 5000}).json()["mediaItems"]
        assert len(most) == 100
        for wrong in ("-1", "many"):
            assert session.get(url, params={"pageSize": wrong}).status_code == 400


def test_a_token_belongs_to_its_parameters(google: Emulator, session: requests.Session) -> None:
    url = f"{google.url}/v1/mediaItems"
    token = session.get(url, params={"pageSize": 2}).json()["nextPageToken"]
    good = session.get(url, params={"pageSize": 2, "pageToken": token, "alt": "json"})
    assert good.status_code == 200
    other = session.get(url, params={"pageSize": 3, "pageToken": token})
    assert other.status_code == 400
    assert other.json() == {
        "error": {
            "code": 400,
            "message": "When using a page token, you must use the same parameters as the "
            "previous request.",
            "status": "INVALID_ARGUMENT",
        }
    }
    search = session.post(f"{url}:search", json={"pageSize": 2, "pageToken": token})
    assert search.status_code == 400


@pytest.mark.parametrize("token", ["garbage", "é", "AAAA", "=" * 8])
def test_an_invented_token_is_refused(
    google: Emulator, session: requests.Session, token: str
) -> None:
    answer = session.get(f"{google.url}/v1/mediaItems", params={"pageToken": token})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_tokens_expire_on_request(google: Emulator, session: requests.Session) -> None:
    url = f"{google.url}/v1/mediaItems"
    params: dict[str, Any] = {"pageSize": 2}
    params["pageToken"] = session.get(url, params=params).json()["nextPageToken"]
    google.faults.add(Fault(kind="list", effect="expire_page_tokens", after=1))
    assert session.get(url, params=params).status_code == 200
    assert session.get(url, params=params).status_code == 400
    assert session.get(url, params={"pageSize": 2}).status_code == 200


def test_a_library_that_changes_while_it_is_listed_loses_nobody(
    google: Emulator, session: requests.Session
) -> None:
    ids = google.library.ids

    def shake(page: int) -> None:
        if page == 1:
            google.library.remove(ids[0])
            google.library.remove(ids[1])

    flat = without_repetition(pages(google, session, 2, shake))
    assert flat == ids


def test_a_token_outlives_a_restart_of_the_same_account() -> None:
    library = Library.synthetic(10, PICTURE)
    params: dict[str, Any] = {"pageSize": 4}
    with Emulator(library) as google, session_for(google) as session:
        first = session.get(f"{google.url}/v1/mediaItems", params=params).json()
    params["pageToken"] = first["nextPageToken"]
    with Emulator(library) as google, session_for(google) as session:
        second = session.get(f"{google.url}/v1/mediaItems", params=params).json()
    assert [item["id"] for item in second["mediaItems"]] == library.ids[4:8]
