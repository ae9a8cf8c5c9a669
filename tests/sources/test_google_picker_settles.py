"""When a picking session is let go, and when it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator, Fault
from gphotos_search.sources import google_picker
from tests.catalog.filled import fresh
from tests.picks import Telling, begin, embedded, fetch, ready, sessions


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


def test_a_video_that_takes_longer_keeps_the_session(
    google: Emulator, config: Config, catalog: Catalog
) -> None:
    clip = google.library.ids[-1]
    video = google.library.get(clip)
    assert video is not None
    assert video.video is not None
    google.library.change(clip, video=replace(video.video, processing_polls=10**6))
    begin(google, config, catalog, *google.library.ids)
    progress = Telling()
    assert fetch(config, catalog, progress=progress).failed == 1
    assert "1 picks could not be fetched yet" in progress.said[-1]
    assert [one.state for one in sessions(catalog)] == ["listed"]
    google.library.change(clip, video=replace(video.video, processing_polls=0))
    google.log.clear()
    assert fetch(config, catalog).exit_code == 0
    assert google.log.ids("media") == [clip]
    assert google.picker.live == []


def test_one_that_google_cannot_process_is_given_up(
    google: Emulator, config: Config, catalog: Catalog
) -> None:
    clip = google.library.ids[-1]
    video = google.library.get(clip)
    assert video is not None
    assert video.video is not None
    google.library.change(clip, video=replace(video.video, failed=True))
    begin(google, config, catalog, *google.library.ids)
    assert fetch(config, catalog).failed == 1
    assert google.picker.live == []


def test_a_pick_that_always_fails_is_given_up_after_three_runs(
    google: Emulator, config: Config, catalog: Catalog
) -> None:
    bad = google.library.ids[0]
    google.faults.add(Fault(kind="media", item=bad, status=404, times=None))
    begin(google, config, catalog, *google.library.ids)
    for live in (1, 1, 0):
        assert fetch(config, catalog).failed == 1
        assert len(google.picker.live) == len(sessions(catalog)) == live
    google.faults.clear()
    begin(google, config, catalog, bad)  # picking it again tries it again, in any run
    assert fetch(config, catalog, retry_all=False).exit_code == 0
    assert bad in embedded(catalog)


def test_an_expired_session_is_forgotten_with_a_sentence(
    google: Emulator, config: Config, catalog: Catalog
) -> None:
    google.picker.expire(begin(google, config, catalog, google.library.ids[0]))
    progress = Telling()
    assert fetch(config, catalog, progress=progress).exit_code == 0
    assert "has expired" in progress.said[0]
    assert sessions(catalog) == []


def test_a_session_that_cannot_be_ended_is_ended_by_the_next_run(
    google: Emulator, config: Config, catalog: Catalog
) -> None:
    begin(google, config, catalog, *google.library.ids)
    google.faults.add(Fault(kind="pickerDelete", status=400))
    progress = Telling()
    assert fetch(config, catalog, progress=progress).exit_code == 0
    assert "could not be ended" in progress.said[0]
    google.log.clear()
    assert fetch(config, catalog).exit_code == 0
    assert google.picker.live == []
    assert sessions(catalog) == []
    assert google.log.count("pickerList") == 0


def test_a_person_who_presses_done_during_a_run_loses_nothing(
    google: Emulator, config: Config, catalog: Catalog
) -> None:
    first, second, *_ = google.library.ids
    begin(google, config, catalog, first)
    late = begin(google, config, catalog)
    google.faults.add(Fault(kind="media", item=first, status=404))  # makes it list again
    google.before = lambda kind, _: (
        google.picker.pick(late, [second])
        if kind == "media" and google.picker._sessions[late].picked is None
        else None
    )
    assert fetch(config, catalog).exit_code == 0
    assert google.picker.live == [late]
    google.before = None
    assert fetch(config, catalog).exit_code == 0
    assert embedded(catalog) == {first, second}
    assert google.picker.live == []


def test_the_server_scales_and_leaves_out_the_play_button(
    google: Emulator, config: Config, catalog: Catalog
) -> None:
    asked: list[str] = []
    google.before = lambda kind, request: asked.append(request.path) if kind == "media" else None
    begin(google, config, catalog, *google.library.ids)
    fetch(config, catalog)
    assert all(re.search(r"=w\d+-h\d+(-no)?$", path) for path in asked)
    assert sum(path.endswith("-no") for path in asked) == 1
