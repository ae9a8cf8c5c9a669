"""The google_picker source against the emulator: listings, links, videos, and letting go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import LIVELY, READ_SCOPE, Emulator, Library, Photo
from gphotos_search.errors import CursorRejected, ItemFailed, LinkExpired, ScopeMissing, TryLater
from gphotos_search.google.patience import Patience
from gphotos_search.media import MediaItem
from gphotos_search.sources import google_picker
from gphotos_search.sources.google_picker import GooglePicker, open_source
from tests.catalog.filled import fresh
from tests.contracts.source import SourceContract, size_of
from tests.picks import SOURCE, begin, embedded, fetch, ready, sessions
from tests.signed_in import store_sign_in


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_picker, "VIDEO_POLL_S", 0.001)
    monkeypatch.setattr(google_picker, "VIDEO_PATIENCE_S", 0.02)


@pytest.fixture
def config(google: Emulator, tmp_path: Path) -> Config:
    return ready(google, tmp_path)


@pytest.fixture
def catalog(config: Config) -> Iterator[Catalog]:
    with closing(fresh(config.storage.data_dir)) as opened:
        yield opened


@pytest.fixture
def source(config: Config, catalog: Catalog) -> Iterator[GooglePicker]:
    with closing(opened(config, catalog)) as made:
        yield made


def opened(config: Config, catalog: Catalog) -> GooglePicker:
    return open_source(SOURCE, config, catalog, patience=Patience(sleep=lambda _: None))


class TestContract(SourceContract):
    @pytest.fixture
    def google(self, photos: list[Photo]) -> Iterator[Emulator]:
        with Emulator(Library.of(photos), page_size_max=3) as running:
            yield running

    @pytest.fixture
    def source(self, google: Emulator, config: Config, catalog: Catalog) -> Iterator[GooglePicker]:
        begin(google, config, catalog, *google.library.ids)
        with closing(opened(config, catalog)) as made:
            yield made


class TestContractOnOddPages(TestContract):
    @pytest.fixture
    def google(self, photos: list[Photo]) -> Iterator[Emulator]:
        with Emulator(Library.of(photos), page_size_max=3, quirks=LIVELY, seed=5) as running:
            yield running


class TestContractOverSeveralSessions(TestContract):
    @pytest.fixture
    def source(self, google: Emulator, config: Config, catalog: Catalog) -> Iterator[GooglePicker]:
        every = google.library.ids
        begin(google, config, catalog, *every[:3])
        begin(google, config, catalog)  # nobody has pressed Done here
        begin(google, config, catalog, *every[3:4])
        google.picker.expire(begin(google, config, catalog, every[5]))
        begin(google, config, catalog, *every[4:])
        with closing(opened(config, catalog)) as made:
            yield made


def test_without_a_session_there_is_one_empty_page(google: Emulator, source: GooglePicker) -> None:
    assert [(page.items, page.next) for page in source.pages(None)] == [((), None)]
    assert len(google.log) == 0


def test_sessions_that_are_over_or_open_leave_an_end(
    google: Emulator, config: Config, catalog: Catalog, source: GooglePicker
) -> None:
    begin(google, config, catalog, google.library.ids[0])
    last = begin(google, config, catalog, google.library.ids[1])
    walk = source.pages(None)
    first = next(walk)
    assert first.next is not None
    google.picker.expire(last)
    assert [(page.items, page.next) for page in walk] == [((), None)]
    assert [(page.items, page.next) for page in source.pages(first.next)] == [((), None)]


def test_a_place_in_a_session_that_is_no_longer_recorded_is_rejected(
    google: Emulator, config: Config, catalog: Catalog, source: GooglePicker
) -> None:
    begin(google, config, catalog, google.library.ids[0])
    begin(google, config, catalog, google.library.ids[1])
    cursor = next(iter(source.pages(None))).next
    fetch(config, catalog)
    with pytest.raises(CursorRejected):
        list(source.pages(cursor))


def test_listing_alone_changes_nothing(
    google: Emulator, config: Config, catalog: Catalog, source: GooglePicker
) -> None:
    begin(google, config, catalog, *google.library.ids)
    begin(google, config, catalog)
    before = sessions(catalog)
    list(source.pages(None))
    assert sessions(catalog) == before
    assert len(google.picker.live) == 2


def test_a_listing_that_goes_in_circles_ends(
    google: Emulator, config: Config, catalog: Catalog, source: GooglePicker
) -> None:
    begin(google, config, catalog, google.library.ids[0])
    answer = {"mediaItems": [], "nextPageToken": "t"}
    source.api.list_page = lambda session_id, page_token: answer  # type: ignore[method-assign]
    with pytest.raises(TryLater, match="leads back"):
        list(source.pages(None))


def test_a_missing_permission_stops_only_this_source(
    google: Emulator, config: Config, source: GooglePicker
) -> None:
    store_sign_in(google, config, READ_SCOPE)
    with pytest.raises(ScopeMissing, match="pick photos"):
        source.check()


def test_links_are_renewed_by_listing_again_once_for_all(
    google: Emulator, config: Config, catalog: Catalog, source: GooglePicker
) -> None:
    begin(google, config, catalog, *google.library.ids)
    items = [item for page in source.pages(None) for item in page.items]
    google.expire_links()
    google.log.clear()
    for item in items:
        link = source.renew([item])[item.source_id]
        assert size_of(source.picture(item, link, size=64))
    assert google.log.count("pickerList") == 1
    source.renew([items[0]])  # that one was used: a second try gets a younger one
    assert google.log.count("pickerList") == 2


def test_what_is_in_no_session_has_to_be_picked_again(
    google: Emulator, config: Config, catalog: Catalog, source: GooglePicker
) -> None:
    begin(google, config, catalog, google.library.ids[0])
    list(source.pages(None))
    stranger = MediaItem(source_id="gone")
    with pytest.raises(LinkExpired):
        source.picture(stranger, None, size=64)
    assert source.renew([stranger]) == {}
    with pytest.raises(ItemFailed, match="gphotos-search pick") as caught:
        source.picture(stranger, None, size=64)
    assert caught.value.permanent
    asked = google.log.count("pickerList")
    source.renew([stranger])
    assert google.log.count("pickerList") == asked


def test_only_ready_videos_are_fetched_after_a_while_of_asking(
    google: Emulator, config: Config, catalog: Catalog
) -> None:
    clip = google.library.ids[-1]
    video = google.library.get(clip)
    assert video is not None
    assert video.video is not None
    google.library.change(clip, video=replace(video.video, processing_polls=4))
    begin(google, config, catalog, *google.library.ids)
    assert fetch(config, catalog).exit_code == 0
    assert clip in embedded(catalog)
    assert [visit.status for visit in google.log.of("media") if clip in visit.ids] == [200]
