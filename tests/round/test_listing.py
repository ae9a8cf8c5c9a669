"""What a whole sync asks Google to list, and what it takes for a photo to go."""

from __future__ import annotations

import pytest

from gphotos_search.app import App
from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator, Fault
from gphotos_search.errors import TooManyRemovals
from gphotos_search.sync import plan
from tests.conftest import photo
from tests.library import held, ids_of, search, stop_after, sync
from tests.round.conftest import A_PAGE, PHOTOS


def asked(google: Emulator, config: Config) -> int:
    """Requests for a page of the listing that one more sync makes."""
    google.log.clear()
    assert sync(config).exit_code == 0
    return google.log.count("list")


@pytest.fixture
def large(config: Config, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Synced once, and large enough that only the head is listed for the rest of the day."""
    monkeypatch.setattr(plan, "SMALL_LISTING_PAGES", 2)
    sync(config)
    return config


def test_the_head_of_a_large_library_is_read_until_a_page_is_known(
    google: Emulator, large: Config
) -> None:
    assert asked(google, large) == 1
    google.library.add(photo(-1, "red"))
    assert asked(google, large) == 2
    assert len(search(large)) == PHOTOS + 1
    assert asked(google, large) == 1


def test_an_interrupted_head_misses_nothing(google: Emulator, large: Config) -> None:
    for number in range(1, 2 * A_PAGE):
        google.library.add(photo(-number, "red"))
    assert sync(large, stop=stop_after(google, "list", 1)).stopped
    google.before = None
    google.library.add(photo(-100, "green"))  # and one that comes meanwhile
    sync(large)
    assert set(held(large)) == set(ids_of(google.library))


def test_an_interrupted_head_whose_place_is_rejected_misses_nothing(
    google: Emulator, large: Config
) -> None:
    for number in range(1, 2 * A_PAGE):
        google.library.add(photo(-number, "red"))
    sync(large, stop=stop_after(google, "list", 1))
    google.before = None
    google.expire_page_tokens()
    sync(large)
    assert set(held(large)) == set(ids_of(google.library))


def test_the_head_alone_removes_nothing(google: Emulator, large: Config) -> None:
    google.library.remove(ids_of(google.library)[1])
    for _ in range(3):
        sync(large)
    assert len(search(large)) == PHOTOS


def test_only_listings_that_reached_their_end_count_for_a_removal(
    google: Emulator, config: Config
) -> None:
    sync(config)
    gone = ids_of(google.library)[-1]
    google.library.remove(gone)
    for _ in range(3):
        google.faults.add(Fault(kind="list", status=503, times=5, after=2))
        sync(config)
        google.faults.clear()
        google.expire_page_tokens()  # so that none of them can be finished
    assert gone in search(config)
    sync(config)
    assert gone in search(config)
    report = sync(config)
    assert report.sources[0].listing.removed == 1
    assert gone not in search(config)


def test_a_listing_finished_by_a_second_run_counts_once(google: Emulator, config: Config) -> None:
    sync(config)
    gone = ids_of(google.library)[-1]
    google.library.remove(gone)
    sync(config, stop=stop_after(google, "list", 2))
    google.before = None
    sync(config)
    assert gone in search(config)
    sync(config)
    assert gone not in search(config)


def test_held_back_removals_are_told_but_the_run_counts(google: Emulator, config: Config) -> None:
    sync(config)
    for one in ids_of(google.library)[:12]:
        google.library.remove(one)
    sync(config)
    with App(config) as app:
        before = app.last_sync_at()
    fresh = photo(-1, "red")
    google.library.add(fresh)
    report = sync(config)
    assert report.exit_code == 5
    assert isinstance(report.sources[0].error, TooManyRemovals)
    assert fresh.id in search(config)
    with App(config) as app:
        after, source = app.last_sync_at(), app.status()["sources"][0]
    assert before is not None
    assert after is not None
    assert after > before
    assert source["state"] == "error"
    assert "--allow-removals" in source["message"]
