"""When syncs run and what follows their failures, with the real scheduler."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gphotos_search.config import Config, ServiceConfig, SyncConfig
from gphotos_search.service import indexer as module
from gphotos_search.service import picks as picks_module
from gphotos_search.service import priority
from gphotos_search.service.current import Current
from gphotos_search.service.indexer import Indexer
from tests.service.conftest import eventually
from tests.service.stand_in import Library

Start = Callable[..., tuple[Indexer, Library]]
FRESH = {"last": datetime.now(UTC).isoformat()}


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Indexer] = []

    def begin(config: Config | None = None, **orders: Any) -> tuple[Indexer, Library]:
        config = config or Config()
        library = Library(config, orders)
        indexer = Indexer(Current(config, library), lambda _: None, lambda: 0.0)
        started.append(indexer)
        indexer.start()
        return indexer, library

    yield begin
    for indexer in started:
        assert indexer.stop(5)


def until_next(indexer: Indexer) -> timedelta:
    eventually(lambda: indexer.next_sync and not indexer.running)
    assert indexer.next_sync is not None
    return indexer.next_sync - datetime.now(UTC)


def test_an_overdue_sync_starts_by_itself_as_a_scheduled_one(start: Start) -> None:
    indexer, library = start(last="2020-01-01T00:00:00+00:00")
    eventually(lambda: library.syncs)
    assert library.syncs == [True]
    eventually(lambda: until_next(indexer) > timedelta(hours=5, minutes=59))
    eventually(lambda: library.planned[-1] == indexer.next_sync)


def test_the_stored_last_run_decides_after_a_restart(start: Start) -> None:
    last = datetime.now(UTC) - timedelta(hours=5)
    indexer, library = start(last=last.isoformat())
    assert until_next(indexer) < timedelta(hours=1, seconds=1)
    assert library.syncs == []


def test_one_asked_for_by_hand_retries_everything_and_only_one_runs(start: Start) -> None:
    indexer, library = start(**FRESH, sync=0.3)
    assert indexer.sync_now()
    eventually(lambda: indexer.running)
    assert not indexer.sync_now()
    eventually(lambda: not indexer.running)
    assert library.syncs == [False]
    for _ in range(5):  # asked for in the moment the one before leaves
        count = len(library.syncs)
        library.orders["sync"] = 0
        assert indexer.sync_now()
        eventually(partial(_ran_again, indexer, library, count))


def _ran_again(indexer: Indexer, library: Library, count: int) -> bool:
    return len(library.syncs) > count and not indexer.running


def test_needed_sign_in_waits_for_the_schedule(start: Start) -> None:
    indexer, library = start(**FRESH, fail="sign in")
    indexer.sync_now()
    eventually(lambda: library.syncs and indexer.message)
    assert "auth login" in indexer.message
    eventually(lambda: until_next(indexer) > timedelta(hours=5, minutes=59))
    library.orders["fail"] = ""
    indexer.sync_now()
    eventually(lambda: len(library.syncs) == 2 and not indexer.running)
    assert indexer.message == ""


def test_a_quota_is_waited_for_and_a_network_is_tried_again(start: Start) -> None:
    indexer, library = start(**FRESH, fail="later")
    indexer.sync_now()
    eventually(lambda: library.syncs and "Quota" in indexer.message)
    eventually(lambda: timedelta(minutes=119) < until_next(indexer) < timedelta(minutes=122))
    library.orders["fail"] = "network"
    for count, minutes in ((2, 20), (3, 40)):
        indexer.sync_now()
        eventually(partial(_ran_again, indexer, library, count - 1))
        eventually(partial(_waits_about, indexer, minutes))


def _waits_about(indexer: Indexer, minutes: int) -> bool:
    return abs(until_next(indexer) - timedelta(minutes=minutes)) < timedelta(minutes=1)


def test_a_bug_is_not_the_end(start: Start) -> None:
    indexer, _ = start(**FRESH, fail="bug")
    indexer.sync_now()
    eventually(lambda: "bug" in indexer.message)
    assert indexer.alive
    eventually(lambda: until_next(indexer) > timedelta(hours=5))


def test_a_catalogue_that_cannot_say_when_is_asked_again_later(start: Start) -> None:
    indexer, _ = start(last="not a time")
    assert timedelta(minutes=9) < until_next(indexer) <= timedelta(minutes=10)


def test_with_idle_exit_nothing_runs_by_itself(start: Start) -> None:
    config = Config(service=ServiceConfig(idle_exit=timedelta(minutes=5)))
    indexer, library = start(config)
    assert indexer.next_sync is None
    assert indexer.sync_now()
    eventually(lambda: library.syncs)


def test_picks_are_synced_at_once(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picks_module, "LOOK_EVERY_S", 0.1)
    _, library = start(**FRESH, picks=False)
    eventually(lambda: library.looks >= 2)
    assert library.syncs == []
    library.orders["picks"] = True
    eventually(lambda: library.syncs == [False])


def test_picks_that_come_during_a_sync_are_fetched_by_another(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picks_module, "LOOK_EVERY_S", 0.1)
    indexer, library = start(**FRESH, sync=0.5)
    assert indexer.sync_now()
    eventually(lambda: indexer.running)
    library.orders["picks"] = True
    eventually(lambda: len(library.syncs) == 2)


def test_what_changed_is_synced_alone_and_puts_nothing_off(start: Start, tmp_path: Path) -> None:
    indexer, library = start(**FRESH, places={"here": str(tmp_path), "there": str(tmp_path)})
    planned = indexer.next_sync
    indexer.sync_changed(["there", "forgotten"])
    eventually(lambda: library.syncs and not indexer.running)
    assert (library.syncs, library.named) == ([True], [("there",)])
    assert indexer.next_sync == planned
    indexer.sync_changed(["forgotten"])
    indexer.sync_changed(["here"])
    eventually(lambda: len(library.syncs) == 2)
    assert library.named[1] == ("here",)


def test_changes_during_a_sync_are_looked_at_after_it(start: Start, tmp_path: Path) -> None:
    indexer, library = start(**FRESH, places={"here": str(tmp_path)}, sync=0.3)
    indexer.sync_changed(["here"])
    eventually(lambda: library.syncs)
    for _ in range(5):
        indexer.sync_changed(["here"])
    assert indexer.sync_now()
    eventually(lambda: len(library.syncs) == 3 and not indexer.running)
    assert library.named == [("here",), ("here",), ()]


def test_a_sync_by_hand_covers_what_changed(start: Start, tmp_path: Path) -> None:
    indexer, library = start(**FRESH, places={"here": str(tmp_path)}, sync=0.2)
    assert indexer.sync_now()
    indexer.sync_changed(["here"])
    eventually(lambda: library.syncs and not indexer.running)
    assert library.named[0] in ((), ("here",))  # whichever thread was first


def test_changes_wait_for_another_program(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCKED_AGAIN", timedelta(milliseconds=50))
    indexer, library = start(**FRESH, places={"here": str(tmp_path)}, fail="locked")
    indexer.sync_changed(["here"])
    eventually(lambda: len(library.syncs) > 1)
    library.orders["fail"] = ""
    count = len(library.syncs)
    eventually(lambda: len(library.syncs) > count and not indexer.running)
    assert set(library.named) == {("here",)}
    assert indexer.message == ""


def test_trouble_of_one_source_stays_told_while_another_is_synced(
    start: Start, tmp_path: Path
) -> None:
    indexer, library = start(**FRESH, places={"here": str(tmp_path)}, refuses="Not there.")
    indexer.sync_now()
    eventually(lambda: "Not there." in indexer.message)
    library.orders["refuses"] = ""
    indexer.sync_changed(["here"])
    eventually(lambda: len(library.syncs) == 2 and not indexer.running)
    assert "Not there." in indexer.message


def test_a_reload_lets_changes_be_looked_at_anew(start: Start, tmp_path: Path) -> None:
    indexer, library = start(**FRESH, places={"here": str(tmp_path)}, sync=30)
    indexer.sync_changed(["here"])
    eventually(lambda: library.syncs)
    library.orders["sync"] = 0
    indexer.reload()
    eventually(lambda: len(library.syncs) == 2 and not indexer.running)
    assert library.named == [("here",), ("here",)]
    assert library.stopped == 1


def test_cron_schedules_too(start: Start) -> None:
    now = datetime.now().astimezone()
    config = Config(sync=SyncConfig(cron=f"{(now.minute + 30) % 60} * * * *"))
    indexer, _ = start(config, **FRESH)
    assert timedelta(minutes=25) < until_next(indexer) < timedelta(minutes=36)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="thread priorities are Linux's")
def test_only_the_indexing_thread_has_low_priority(start: Start) -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    indexer, library = start(**FRESH, sync=30)
    indexer.sync_now()
    eventually(lambda: library.threads)
    assert os.getpriority(os.PRIO_PROCESS, library.threads[0]) == max(priority.NICE, before)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
    assert _io_priority(library.threads[0]) in {None, priority.BEST_EFFORT_LOWEST}


def _io_priority(thread: int) -> int | None:
    import ctypes
    import platform

    if platform.machine() != "x86_64":
        return None
    return int(ctypes.CDLL(None).syscall(252, priority.IOPRIO_WHO_PROCESS, thread))
