"""Trouble on the way of a whole sync: what passes leaves no trace, what stays is said."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gphotos_search.app import App
from gphotos_search.catalog import store
from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator, Fault, per_day, per_minute
from gphotos_search.errors import GphotosError, ScopeMissing, SignInNeeded, TryLater
from gphotos_search.progress import Silent
from tests.conftest import photo
from tests.library import Held, agree, assert_same, held, ids_of, search, sync
from tests.round.conftest import PHOTOS

TRANSIENT = {
    "429 storm on media": [per_minute("media", times=12)],
    "429 storm on lists": [per_minute("list", times=3)],
    "5xx burst on media": [Fault(kind="media", status=503, times=12)],
    "5xx burst on lists": [Fault(kind="list", status=500, times=3, after=1)],
    "media connections reset": [Fault(kind="media", effect="reset", times=8)],
    "list connections reset": [Fault(kind="list", effect="reset", times=2, after=1)],
    "truncated pictures": [Fault(kind="media", effect="truncate", times=8)],
    "truncated lists": [Fault(kind="list", effect="truncate", times=2, after=1)],
    "errors that are pictures": [
        Fault(kind="media", status=500, body="image", times=4),
        Fault(kind="media", status=404, body="image", times=4),
    ],
    "a login page instead of a list": [Fault(kind="list", effect="html", times=2, after=1)],
    "web pages instead of pictures": [Fault(kind="media", effect="html", times=8)],
    "links die within a page": [Fault(kind="media", effect="expire_links", after=8)],
    "the access token expires": [Fault(kind="list", effect="expire_access_tokens", after=2)],
    "it expires while links are renewed": [
        Fault(kind="media", effect="expire_links", after=8),
        Fault(kind="batchGet", effect="expire_access_tokens"),
    ],
    "the place in the listing is rejected": [
        Fault(kind="list", effect="expire_page_tokens", after=2)
    ],
}


@pytest.mark.parametrize("name", TRANSIENT)
def test_what_passes_leaves_no_trace(
    name: str, google: Emulator, config: Config, calm: Held
) -> None:
    google.faults.add(*TRANSIENT[name])
    report = sync(config)
    assert google.faults.pending() == []
    assert (report.exit_code, report.embedded, report.failed) == (0, PHOTOS, 0)
    assert report.sources[0].listing.listed == PHOTOS
    assert_same(calm, held(config))
    assert len(search(config)) == PHOTOS


ENDING: dict[str, tuple[Fault, int, type[GphotosError], str]] = {
    "the grant is revoked": (
        Fault(kind="list", effect="revoke_grant", after=2),
        3,
        SignInNeeded,
        "needs-sign-in",
    ),
    "the scope is removed": (
        Fault(kind="list", status=403, reason="ACCESS_TOKEN_SCOPE_INSUFFICIENT", after=2),
        3,
        ScopeMissing,
        "scope-missing",
    ),
    "the day's requests are used up": (per_day("list", times=1), 4, TryLater, "try-later"),
    "the day's downloads are used up": (
        replace(per_day("media"), after=7),
        4,
        TryLater,
        "try-later",
    ),
    "Google is down": (Fault(kind="list", status=503, times=5, after=2), 4, TryLater, "try-later"),
    "the media host has errors": (
        Fault(kind="media", status=503, times=None, after=5),
        4,
        TryLater,
        "try-later",
    ),
    "the media host is overloaded": (
        replace(per_minute("media", times=None), after=7),
        4,
        TryLater,
        "try-later",
    ),
}


@pytest.mark.parametrize("name", ENDING)
def test_what_ends_a_run_is_said_and_the_next_one_goes_on(
    name: str, google: Emulator, config: Config, calm: Held
) -> None:
    fault, code, kind, state = ENDING[name]
    google.faults.add(fault)
    report = sync(config)
    assert (report.exit_code, report.failed) == (code, 0)
    assert type(report.sources[0].error) is kind
    with App(config) as app:
        status = app.status()
    assert status["sources"][0]["state"] == state
    assert status["failed"] == 0  # who only had to wait has not failed
    assert len(search(config)) == report.embedded
    google.faults.clear()
    if name == "the grant is revoked":
        agree(config)
    assert sync(config).exit_code == 0
    assert_same(calm, held(config))


def test_a_quota_of_the_day_is_waited_for_by_scheduled_runs(
    google: Emulator, config: Config
) -> None:
    google.faults.add(per_day("list", times=1))
    sync(config)
    google.log.clear()
    report = sync(config, scheduled=True)
    assert (report.exit_code, len(google.log)) == (4, 0)
    error = report.sources[0].error
    assert isinstance(error, TryLater)
    assert error.until is not None
    assert error.until > datetime.now(UTC)
    assert sync(config).exit_code == 0  # by hand: at once


def test_a_poisonous_id_fails_alone(google: Emulator, config: Config, calm: Held) -> None:
    bad = ids_of(google.library)[3]
    google.faults.add(
        Fault(kind="media", status=404, item=bad),
        Fault(kind="media", effect="expire_links", after=4),
        Fault(kind="batchGet", item=bad, status=500, times=None),
    )
    report = sync(config)
    assert (report.exit_code, report.embedded, report.failed) == (5, PHOTOS - 1, 1)
    with App(config) as app:
        (failure,) = app.failures(10)
    assert (failure.media_id, failure.count) == (calm[bad][0], 1)
    google.faults.clear()
    assert sync(config).exit_code == 0
    assert_same(calm, held(config))


def test_an_item_that_always_fails_is_counted_once_a_run(google: Emulator, config: Config) -> None:
    bad = ids_of(google.library)[3]
    google.faults.add(Fault(kind="media", status=404, item=bad, times=None))
    for run in (1, 2):
        assert sync(config).failed == 1
        with App(config) as app:
            assert [failure.count for failure in app.failures(10)] == [run]
    google.log.clear()
    assert sync(config, scheduled=True).exit_code == 0
    assert google.log.count("media") == 0


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_is_full_when_the_index_is_saved(
    step: str, config: Config, calm: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(os, step, no_space)
        with pytest.raises(TryLater, match="disk is full"):
            sync(config)
    assert_same(calm, held(config))
    assert len(search(config)) == PHOTOS
    report = sync(config)
    assert (report.exit_code, report.embedded, report.indexed) == (0, 0, PHOTOS)


def test_a_disk_that_is_full_on_the_way_costs_no_source(
    config: Config, calm: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gphotos_search.round.INDEX_EVERY", 5)
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", no_space)
        with pytest.raises(TryLater):
            sync(config)
    assert_same(calm, held(config))


def test_a_disk_that_is_full_for_the_catalogue(
    config: Config, calm: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    with App(config) as app:  # makes the file
        assert app.catalog.compact()  # of the room that migrations left in it
    with monkeypatch.context() as full:
        # SQLite takes it as the size that the file has now.
        full.setattr(store, "PRAGMAS", ("PRAGMA max_page_count=1", *store.PRAGMAS))
        report = sync(config)
    assert report.exit_code == 4
    assert "disk is full" in str(report.sources[0].error)
    assert sync(config).exit_code == 0
    assert_same(calm, held(config))


def hold_catalogue(google: Emulator, config: Config, *, after: int) -> Callable[[], None]:
    """Another program writes from the media request number `after` on; ends with the call."""
    file = config.storage.data_dir / "catalog.db"
    seen, other = [0], sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    lock = threading.Lock()

    def watch(kind: str, _request: object) -> None:
        with lock:
            seen[0] += kind == "media"
            if kind == "media" and seen[0] == after:
                other.execute("BEGIN IMMEDIATE")

    def let_go() -> None:
        google.before = None
        if other.in_transaction:
            other.execute("ROLLBACK")
        other.close()

    google.before = watch
    return let_go


def test_a_catalogue_that_stays_locked_ends_the_run(
    google: Emulator, config: Config, calm: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    with App(config):
        pass  # makes the file
    monkeypatch.setattr(store, "BUSY_S", 0.2)
    monkeypatch.setattr(store, "PRAGMAS", ("PRAGMA busy_timeout=200", *store.PRAGMAS[1:]))
    let_go = hold_catalogue(google, config, after=10)
    with pytest.raises(TryLater, match="writing to the catalogue"):
        sync(config)
    let_go()
    assert sync(config).exit_code == 0
    assert_same(calm, held(config))


def test_a_catalogue_that_is_locked_for_a_moment_is_waited_for(
    google: Emulator, config: Config, calm: Held
) -> None:
    with App(config):
        pass
    let_go = hold_catalogue(google, config, after=10)
    timer = threading.Timer(1.0, let_go)
    timer.start()
    assert sync(config).exit_code == 0
    timer.join()
    assert_same(calm, held(config))


@pytest.mark.parametrize("damage", ["garbage", "cut"])
def test_a_damaged_index_is_built_again(damage: str, google: Emulator, config: Config) -> None:
    sync(config)
    for file in config.storage.index.rglob("ids.npy"):
        content = file.read_bytes()
        file.unlink()  # a base may be linked to from elsewhere
        file.write_bytes(b"\xff" * len(content) if damage == "garbage" else content[:100])
    google.library.add(photo(-1, "red"))
    said: list[str] = []

    class Loud(Silent):
        def say(self, line: str) -> None:
            said.append(line)

    report = sync(config, progress=Loud())
    assert (report.exit_code, report.indexed) == (0, PHOTOS + 1)
    assert any("Building it again" in line for line in said)
    assert len(search(config)) == PHOTOS + 1
