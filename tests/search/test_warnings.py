"""What a search says about the state of the library."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gphotos_search.config import SyncConfig
from gphotos_search.search.warnings import warnings

NOW = datetime(2024, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Source:
    name: str = "photos"
    account: str = "default"
    type: str = "google_library"
    state: str = "ok"
    attached: bool = True
    paused: bool = False
    last_sync_at: datetime | None = NOW - timedelta(hours=1)


def test_a_healthy_library_says_nothing() -> None:
    assert warnings([Source()], 0, SyncConfig(), NOW) == ()


def test_a_sign_in_names_its_account() -> None:
    (told,) = warnings([Source(state="needs-sign-in", account="work")], 0, SyncConfig(), NOW)
    assert "gphotos-search auth login --account work" in told


def test_a_source_that_was_not_synced_for_long() -> None:
    old = Source(last_sync_at=NOW - timedelta(days=9))
    assert "9 days ago" in warnings([old], 0, SyncConfig(), NOW)[0]
    assert warnings([old], 0, SyncConfig(every=timedelta(days=7)), NOW) == ()
    assert (
        warnings([Source(last_sync_at=NOW - timedelta(days=7))], 0, SyncConfig(cron="x"), NOW) == ()
    )


def test_a_first_sync_that_did_not_end() -> None:
    assert (
        "not been synced to its end"
        in warnings([Source(last_sync_at=None)], 0, SyncConfig(), NOW)[0]
    )


def test_a_detached_source_is_told_where_it_answered() -> None:
    gone = Source(attached=False, last_sync_at=None)
    assert warnings([gone], 0, SyncConfig(), NOW) == ()
    assert "no longer in the configuration" in warnings([gone], 0, SyncConfig(), NOW, {"photos"})[0]


def test_a_paused_source_is_silent() -> None:
    assert warnings([Source(paused=True, last_sync_at=None)], 0, SyncConfig(), NOW) == ()


def test_what_is_pending_is_counted() -> None:
    assert warnings([], 1, SyncConfig(), NOW)[0].startswith("1 photo is not")
    assert warnings([], 1200, SyncConfig(), NOW)[0].startswith("1,200 photos are not")


def test_imported_features_are_never_synced() -> None:
    done = Source(type="features", last_sync_at=None)
    assert warnings([done], 0, SyncConfig(), NOW) == ()
    (told,) = warnings([Source(type="features", state="new")], 0, SyncConfig(), NOW)
    assert "not imported to its end" in told
