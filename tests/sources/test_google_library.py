from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gphotos_search.demo.emulator import (
    LIVELY,
    Emulator,
    Library,
    Photo,
    Quirks,
)
from gphotos_search.errors import (
    CursorRejected,
    TryLater,
)
from gphotos_search.sources.base import RenewsLinks
from gphotos_search.sources.google_library import GoogleLibrary
from tests.contracts.source import SourceContract, ids
from tests.sources.conftest import Opener


class TestContract(SourceContract):
    @pytest.fixture
    def source(self, photos: list[Photo], opened: Opener) -> Iterator[GoogleLibrary]:
        with Emulator(Library.of(photos), page_size_max=3) as google:
            yield opened(google)


class TestContractOnOddPages(SourceContract):
    @pytest.fixture
    def source(self, photos: list[Photo], opened: Opener) -> Iterator[GoogleLibrary]:
        with Emulator(Library.of(photos), page_size_max=3, quirks=LIVELY, seed=5) as google:
            yield opened(google)


def test_it_promises_what_google_allows(library: GoogleLibrary) -> None:
    assert isinstance(library, RenewsLinks)
    assert library.lists_everything
    assert not library.may_keep_bytes


def test_pages_of_a_hundred_each_with_its_links(opened: Opener) -> None:
    with Emulator(Library.synthetic(230)) as google:
        pages = list(opened(google).pages(None))
        assert [len(page.items) for page in pages] == [100, 100, 30]
        assert google.log.count("list") == 3
        assert ids(pages) == google.library.ids
        for page in pages:
            assert set(page.links) == {item.source_id for item in page.items}
            assert page.complete
            assert not any(link in str(page.next) for link in page.links.values())


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 999),
    size=st.integers(1, 5),
    odds=st.tuples(*[st.sampled_from([0.0, 0.3, 0.9])] * 4),
)
def test_odd_pages_lose_and_repeat_nothing(
    seed: int, size: int, odds: tuple[float, ...], opened: Opener
) -> None:
    short, token_only, trailing_empty, repeated = odds
    quirks = Quirks(
        short=short,
        token_only=min(token_only, 0.5),
        trailing_empty=trailing_empty,
        repeated=repeated,
    )
    synthetic = Library.synthetic(9)
    with Emulator(synthetic, quirks=quirks, seed=seed, page_size_max=size) as google:
        source = opened(google)
        pages = list(source.pages(None))
        assert ids(pages) == synthetic.ids
        middle = pages[len(pages) // 2]
        if middle.next:
            assert ids(source.pages(middle.next)) == ids(pages[len(pages) // 2 + 1 :])


def test_an_empty_account_is_one_empty_page(opened: Opener) -> None:
    with Emulator(Library()) as google:
        pages = list(opened(google).pages(None))
        assert [(page.items, page.next) for page in pages] == [((), None)]


def test_a_listing_that_goes_in_circles_ends(opened: Opener, tmp_path: Path) -> None:
    with Emulator(Library.synthetic(6), page_size_max=2) as google:
        source = opened(google)
        page = source._api.list_page(None)
        source._api.list_page = lambda page_token: page  # type: ignore[method-assign]
        with pytest.raises(TryLater, match="leads back"):
            list(source.pages(None))


def test_an_expired_page_token_rejects_the_cursor(opened: Opener) -> None:
    with Emulator(Library.synthetic(9), page_size_max=3) as google:
        source = opened(google)
        cursor = next(iter(source.pages(None))).next
        google.expire_page_tokens()
        with pytest.raises(CursorRejected):
            list(source.pages(cursor))
        assert ids(source.pages(None)) == google.library.ids


@pytest.mark.parametrize("change", [{"size": 50}, {"token": 5}, {"last": None}])
def test_a_cursor_of_another_release_is_rejected(
    change: dict[str, Any], library: GoogleLibrary
) -> None:
    cursor = json.dumps({"token": "x", "size": 100, "last": "", **change})
    with pytest.raises(CursorRejected):
        list(library.pages(cursor))
