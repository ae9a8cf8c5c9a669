"""The main job against the emulator: what is found, what is asked of Google, what survives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gphotos_search.app import App
from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator, Fault, Library, Quirks
from gphotos_search.errors import TooManyRemovals, TryLater, UsageError
from tests.conftest import build_config, photo
from tests.library import (
    agree,
    assert_same,
    held,
    ids_of,
    search,
    stop_after,
    sync,
    with_tiny_model,
)


@pytest.fixture
def ready(google: Emulator, config: Config, tmp_path: Path) -> Config:
    config = with_tiny_model(config, tmp_path)
    agree(config)
    return config


def media_requests(google: Emulator) -> int:
    return google.log.count("media")


def test_everything_is_found_after_one_sync(google: Emulator, ready: Config) -> None:
    report = sync(ready)
    assert (report.exit_code, report.embedded, report.indexed) == (0, 7, 7)
    assert set(search(ready)) == set(ids_of(google.library))
    with App(ready) as app:
        status = app.status()
    assert (status["items"], status["embedded"], status["pending"], status["failed"]) == (
        7,
        7,
        0,
        0,
    )
    assert status["sources"][0]["state"] == "ok"


def test_a_second_sync_fetches_nothing(google: Emulator, ready: Config) -> None:
    sync(ready)
    before = held(ready)
    google.log.clear()
    report = sync(ready)
    assert report.embedded == 0
    assert (media_requests(google), google.log.count("list")) == (0, 1)
    assert_same(before, held(ready))


def test_a_new_photo_costs_one_download_and_a_changed_one_none(
    google: Emulator, ready: Config
) -> None:
    sync(ready)
    google.log.clear()
    fresh = photo(-1, "green")
    google.library.add(fresh)
    google.library.change(ids_of(google.library)[-1], description="the clip")
    report = sync(ready)
    assert (report.embedded, media_requests(google)) == (1, 1)
    assert (report.sources[0].listing.added, report.sources[0].listing.updated) == (1, 1)
    assert fresh.id in search(ready)


def test_two_complete_listings_must_lack_a_photo_before_it_goes(
    google: Emulator, ready: Config
) -> None:
    sync(ready)
    gone = ids_of(google.library)[2]
    google.library.remove(gone)
    sync(ready)
    assert gone in search(ready)
    sync(ready)
    assert gone not in search(ready)


def test_a_library_that_vanishes_is_kept_until_told_otherwise(
    google: Emulator, ready: Config
) -> None:
    sync(ready)
    for one in ids_of(google.library)[:6]:
        google.library.remove(one)
    sync(ready)
    report = sync(ready)
    assert report.exit_code == 5
    assert isinstance(report.sources[0].error, TooManyRemovals)
    assert len(search(ready)) == 7
    assert sync(ready, allow_removals=True).exit_code == 0
    assert len(search(ready)) == 1


def test_a_stopped_sync_goes_on_and_ends_like_an_undisturbed_one(
    google: Emulator, ready: Config, tmp_path: Path
) -> None:
    google.library.add(photo(-2, "red"))
    undisturbed = build_config(google, tmp_path / "other")
    undisturbed = with_tiny_model(undisturbed, tmp_path)
    agree(undisturbed)
    sync(undisturbed)
    report = sync(ready, stop=stop_after(google, "media", 3))
    assert report.stopped
    google.before = None
    sync(ready)
    assert_same(held(undisturbed), held(ready))


@pytest.mark.parametrize("seed", range(3))
def test_odd_pages_make_the_same_catalogue(seed: int, tmp_path: Path) -> None:
    library = Library.of([photo(number, "red", (64 + number, 64)) for number in range(40)])
    quirks = Quirks(short=0.5, token_only=0.3, trailing_empty=1, repeated=0.5)
    with Emulator(library, seed=seed, quirks=quirks, page_size_max=10) as google:
        config = with_tiny_model(build_config(google, tmp_path), tmp_path)
        agree(config)
        assert sync(config).embedded == 40
        assert set(held(config)) == set(ids_of(library))


def test_links_that_die_on_the_way_are_renewed(google: Emulator, ready: Config) -> None:
    google.faults.add(Fault(kind="media", effect="expire_links", times=1))
    report = sync(ready)
    assert (report.exit_code, report.embedded) == (0, 7)
    assert google.log.count("batchGet") >= 1


def test_an_item_that_always_fails_stops_nothing(google: Emulator, ready: Config) -> None:
    bad = ids_of(google.library)[1]
    google.faults.add(Fault(kind="media", effect="html", item=bad, times=None))
    report = sync(ready)
    assert (report.exit_code, report.embedded, report.failed) == (5, 6, 1)
    with App(ready) as app:
        (failure,) = app.failures(10)
    assert "no picture" in failure.reason
    google.log.clear()
    assert sync(ready, scheduled=True).failed == 0  # waits for its next try
    assert media_requests(google) == 0
    google.faults.clear()
    assert sync(ready).embedded == 1  # by hand: at once
    with App(ready) as app:
        assert app.failures(10) == []


@pytest.mark.parametrize("effect", ["broken_picture", "wrong_type", "bomb"])
def test_pictures_that_lie_are_refused_with_a_reason(
    google: Emulator, ready: Config, effect: str
) -> None:
    bad = ids_of(google.library)[0]
    google.faults.add(Fault(kind="media", effect=effect, item=bad, times=None))  # type: ignore[arg-type]
    report = sync(ready)
    assert (report.embedded, report.failed) == (6, 1)
    with App(ready) as app:
        assert len(app.failures(10)[0].reason) > 10


def test_a_link_to_a_stranger_is_refused_and_gets_no_token(google: Emulator, ready: Config) -> None:
    bad = ids_of(google.library)[0]
    google.faults.add(Fault(kind="list", effect="foreign_link", item=bad, times=None))
    google.faults.add(Fault(kind="batchGet", effect="foreign_link", item=bad, times=None))
    report = sync(ready)
    assert (report.embedded, report.failed) == (6, 1)
    assert len(google.foreign_log) == 0


def test_a_revoked_grant_keeps_the_index_searchable(google: Emulator, ready: Config) -> None:
    sync(ready)
    google.revoke_grant()
    report = sync(ready)
    assert report.exit_code == 3
    assert len(search(ready)) == 7
    with App(ready) as app:
        source = app.status()["sources"][0]
    assert source["state"] == "needs-sign-in"
    assert "auth login" in source["message"]


def test_google_out_of_reach_is_for_later(google: Emulator, ready: Config) -> None:
    sync(ready)
    google.stop()
    report = sync(ready)
    assert report.exit_code == 4
    assert isinstance(report.sources[0].error, TryLater)
    assert len(search(ready)) == 7


def test_an_unknown_source_is_named(ready: Config) -> None:
    with pytest.raises(UsageError, match="photso"):
        sync(ready, names=["photso"])


def test_a_dry_run_writes_nothing(google: Emulator, ready: Config) -> None:
    with App(ready) as app:
        report = app.preview()
        assert report.sources[0].listing.added == 7
        assert app.status()["items"] == 0
    assert media_requests(google) == 0


def test_a_lost_index_is_built_again(ready: Config) -> None:
    sync(ready)
    found = search(ready)
    for file in ready.storage.index.rglob("*"):
        if file.is_file():
            file.unlink()
    assert search(ready) == found
    said: list[str] = []
    with App(ready) as app:
        report = app.reindex(say=said.append)
    assert report is not None
    assert report.count == 7
    assert said
    assert search(ready) == found


def test_a_source_that_left_the_config_stays_searchable(ready: Config) -> None:
    sync(ready)
    alone = replace(ready, sources=())
    sync(alone)
    assert len(search(alone)) == 7
    with App(alone) as app:
        assert app.status()["sources"][0]["state"] == "detached"
