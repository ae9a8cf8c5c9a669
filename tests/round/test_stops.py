"""A sync that is stopped, or dies of a bug, anywhere: it ends soon, and the next one converges."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator, Fault, per_minute
from gphotos_search.embed import run as embed_run
from gphotos_search.google.patience import RetryPolicy
from gphotos_search.progress import Silent
from gphotos_search.sources import google_library
from tests.conftest import photo
from tests.library import Held, assert_same, held, ids_of, stop_after, sync
from tests.round.conftest import A_PAGE, PHOTOS


@pytest.mark.parametrize(
    "kind, count", [("list", 1), ("list", 3), ("media", 1), ("media", 9), ("media", 20)]
)
def test_stopped_anywhere_the_next_run_converges(
    kind: str, count: int, google: Emulator, config: Config, calm: Held
) -> None:
    report = sync(config, stop=stop_after(google, kind, count))
    assert report.stopped
    assert [source.error for source in report.sources] == [None]
    google.before = None
    assert sync(config).exit_code == 0
    assert_same(calm, held(config))


def test_what_came_while_a_listing_was_interrupted_is_found_by_the_next_run(
    google: Emulator, config: Config
) -> None:
    sync(config, stop=stop_after(google, "list", 2))
    google.before = None
    fresh = photo(-1, "red")
    google.library.add(fresh)
    report = sync(config)
    assert fresh.id in held(config)
    assert report.sources[0].listing.pages <= PHOTOS // A_PAGE


def test_an_older_item_whose_new_link_dies_too_gets_another(
    google: Emulator, config: Config, calm: Held
) -> None:
    sync(config, stop=stop_after(google, "list", 3))
    google.before = None
    missing = [key for key, value in held(config).items() if value[2] is None]
    google.faults.add(Fault(kind="media", effect="expire_links", item=missing[-1]))
    report = sync(config)
    assert google.faults.pending() == []
    assert (report.exit_code, report.failed) == (0, 0)
    assert_same(calm, held(config))


def seconds_to_stop(google: Emulator, config: Config, kind: str, count: int) -> float:
    stop = stop_after(google, kind, count)
    running = threading.Thread(target=sync, args=(config,), kwargs={"stop": stop})
    running.start()
    assert stop.wait(30)
    asked = time.monotonic()
    running.join(30)
    assert not running.is_alive(), "the sync did not end"
    return time.monotonic() - asked


@pytest.mark.parametrize("workers", [1, 8])  # with one of them the pipeline is full as well
def test_a_stop_waits_for_no_download(workers: int, google: Emulator, config: Config) -> None:
    google.faults.add(Fault(kind="media", effect="slow", delay_s=25, times=None))
    config = replace(config, sync=replace(config.sync, download_workers=workers))
    assert seconds_to_stop(google, config, "media", 1) < 9


def test_a_second_ctrl_c_waits_for_no_download(google: Emulator, config: Config) -> None:
    google.faults.add(Fault(kind="media", effect="slow", delay_s=25, times=None))

    class Impatient(Silent):
        def listing(self, source: str, pages: int, items: int) -> None:
            if pages == 2:
                raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        sync(config, progress=Impatient())
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("kind", ["list", "media"])
def test_a_stop_waits_for_no_quota(
    kind: Any, google: Emulator, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google_library, "RetryPolicy", RetryPolicy)
    google.faults.add(per_minute(kind, times=None))
    assert seconds_to_stop(google, config, kind, 1) < 9


def test_a_stop_waits_for_one_batch_only(
    google: Emulator, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = embed_run.Embedder._store

    def slowly(self: embed_run.Embedder, batch: Any) -> None:
        time.sleep(2)
        encode(self, batch)

    monkeypatch.setattr(embed_run.Embedder, "_store", slowly)
    assert seconds_to_stop(google, config, "media", 14) < 6


class Bug(Exception):
    pass


def fail(*_: object, **__: object) -> Any:
    raise Bug


def test_a_bug_of_the_model_ends_the_run(
    config: Config, calm: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(embed_run.Embedder, "_store", fail)
        with pytest.raises(Bug):
            sync(config)
    sync(config)
    assert_same(calm, held(config))


def test_a_bug_of_the_caller_ends_the_run(
    config: Config, calm: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Silent, "listing", fail)
        with pytest.raises(Bug):
            sync(config)
    sync(config)
    assert_same(calm, held(config))


def test_a_thread_that_dies_ends_the_run(
    config: Config, calm: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(embed_run.Embedder, "_fetch", fail)
        with pytest.raises(Bug):
            sync(config)
    sync(config)
    assert_same(calm, held(config))


def test_a_bug_met_by_one_picture_is_its_failure(
    google: Emulator, config: Config, calm: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = ids_of(google.library)[5]
    decode = embed_run.Embedder._decode

    def picky(self: embed_run.Embedder, job: embed_run.Job, data: bytes) -> Any:
        return fail() if job.stored.item.source_id == bad else decode(self, job, data)

    with monkeypatch.context() as broken:
        broken.setattr(embed_run.Embedder, "_decode", picky)
        report = sync(config)
    assert (report.exit_code, report.embedded, report.failed) == (5, PHOTOS - 1, 1)
    sync(config)
    assert_same(calm, held(config))
