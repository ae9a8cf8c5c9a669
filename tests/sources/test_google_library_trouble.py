from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from gphotos_search.catalog.quota import used
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import (
    REMOVED_SCOPES,
    Emulator,
    Fault,
    Library,
    per_day,
    per_minute,
)
from gphotos_search.demo.emulator.wire import Kind
from gphotos_search.errors import (
    GphotosError,
    ScopeMissing,
    SignInNeeded,
    TryLater,
)
from gphotos_search.google.scopes import PICKER
from gphotos_search.sources.google_library import GoogleLibrary, open_source
from tests.conftest import build_config
from tests.contracts.source import ids, size_of
from tests.signed_in import LONG_AGO, store_sign_in
from tests.sources.conftest import Opener, items_of


def test_without_a_sign_in_it_says_so(google: Emulator, config: Config) -> None:
    catalog = Catalog.open(config.storage.data_dir)
    source = open_source(config.sources[0], config, catalog)
    with pytest.raises(SignInNeeded, match="not signed in"):
        list(source.pages(None))
    source.close()
    catalog.close()


def test_an_expired_access_token_is_renewed_on_the_way(opened: Opener) -> None:
    with Emulator(Library.synthetic(9), page_size_max=3) as google:
        google.faults.add(Fault(kind="list", effect="expire_access_tokens", after=1))
        assert ids(opened(google).pages(None)) == google.library.ids
        assert google.log.count("token") == 1


def test_so_is_one_that_was_stored_expired(google: Emulator, config: Config) -> None:
    store_sign_in(google, config, expiry=LONG_AGO)
    catalog = Catalog.open(config.storage.data_dir)
    source = open_source(config.sources[0], config, catalog)
    assert len(items_of(source)) == 7
    assert google.log.count("token") == 1
    source.close()
    catalog.close()


def test_a_revoked_grant_needs_a_sign_in_and_is_not_asked_again(
    google: Emulator, library: GoogleLibrary
) -> None:
    google.revoke_grant()
    for _ in range(3):
        with pytest.raises(SignInNeeded) as caught:
            list(library.pages(None))
        assert "auth login" in caught.value.advice
    assert google.log.count("token") == 1


def test_removed_scopes_lead_to_takeout(google: Emulator, opened: Opener) -> None:
    source = opened(google, None, *REMOVED_SCOPES)
    with pytest.raises(ScopeMissing) as caught:
        list(source.pages(None))
    assert "31 March 2025" in str(caught.value)
    assert "Takeout" in caught.value.advice


def test_an_unticked_scope_is_told_without_a_request(google: Emulator, opened: Opener) -> None:
    source = opened(google, None, PICKER)
    with pytest.raises(ScopeMissing, match="does not include") as caught:
        list(source.pages(None))
    assert "ticked" in caught.value.advice
    assert google.log.count("list") == 0


def test_a_disabled_api_is_told(google: Emulator, library: GoogleLibrary) -> None:
    google.faults.add(Fault(kind="list", status=403, message="no", reason="SERVICE_DISABLED"))
    with pytest.raises(SignInNeeded, match="not enabled"):
        list(library.pages(None))


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="list", status=500),
        Fault(kind="list", status=503, times=3),
        Fault(kind="list", status=502, body="html"),
        Fault(kind="list", effect="reset"),
        Fault(kind="list", effect="truncate"),
        Fault(kind="list", effect="html"),
        Fault(kind="list", effect="redirect"),
        per_minute("list", times=2),
    ],
)
def test_passing_trouble_is_waited_out(
    fault: Fault, google: Emulator, library: GoogleLibrary, naps: list[float]
) -> None:
    google.faults.add(fault)
    assert len(items_of(library)) == 7
    assert naps
    assert len(google.foreign_log) == 0


def test_trouble_that_stays_ends_the_run(google: Emulator, library: GoogleLibrary) -> None:
    google.faults.add(Fault(kind="list", status=500, times=None))
    with pytest.raises(TryLater):
        list(library.pages(None))
    assert google.log.count("list") == 5


def test_no_network_ends_the_run(google: Emulator, library: GoogleLibrary) -> None:
    google.stop()
    with pytest.raises(TryLater, match="cannot be reached"):
        list(library.pages(None))


def test_googles_daily_quota_ends_the_run(
    google: Emulator, library: GoogleLibrary, naps: list[float]
) -> None:
    google.faults.add(per_day("list"))
    with pytest.raises(TryLater) as caught:
        list(library.pages(None))
    assert caught.value.until is not None
    assert google.log.count("list") == 1
    assert naps == []


def test_our_own_budget_ends_the_run_and_counts_every_request(
    google: Emulator, opened: Opener, tmp_path: Path
) -> None:
    config = build_config(google, tmp_path)
    object.__setattr__(config.google, "daily_requests", 3)
    google.faults.add(Fault(kind="list", status=500))
    source = opened(google, config)
    assert len(items_of(source)) == 7
    assert len(items_of(source)) == 7
    with pytest.raises(TryLater, match="budget of 3"):
        list(source.pages(None))
    assert google.log.count("list") == 3


def test_what_was_not_used_is_given_back(google: Emulator, config: Config) -> None:
    store_sign_in(google, config)
    catalog = Catalog.open(config.storage.data_dir)
    source = open_source(config.sources[0], config, catalog)
    items_of(source)
    day = source._budgets[0]._day
    source.close()
    with catalog.reading() as tx:
        assert used(tx, "requests", day) == 1
        assert used(tx, "media", day) == 0
    catalog.close()


def test_a_request_called_wrong_is_not_repeated(google: Emulator, library: GoogleLibrary) -> None:
    google.faults.add(Fault(kind="list", status=400, message="Request is odd"))
    with pytest.raises(GphotosError, match="Request is odd"):
        list(library.pages(None))
    assert google.log.count("list") == 1


def test_stopping_ends_a_wait(google: Emulator, config: Config) -> None:
    store_sign_in(google, config)
    catalog = Catalog.open(config.storage.data_dir)
    stop = threading.Event()
    source = open_source(config.sources[0], config, catalog, stop=stop)
    google.faults.add(per_minute("list", times=None))
    threading.Timer(0.2, stop.set).start()
    started = time.monotonic()
    with pytest.raises(TryLater):
        list(source.pages(None))
    assert time.monotonic() - started < 5
    source.close()
    catalog.close()


@pytest.mark.parametrize("kind", ["list", "media"])
def test_an_overloaded_server_may_say_when(
    kind: Kind, google: Emulator, library: GoogleLibrary, naps: list[float]
) -> None:
    google.faults.add(Fault(kind=kind, status=503, retry_after="20"))
    page = next(iter(library.pages(None)))
    item = page.items[0]
    assert size_of(library.picture(item, page.links[item.source_id], size=512))
    assert [nap >= 20 for nap in naps] == [True]
