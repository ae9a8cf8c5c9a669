"""What a round leaves to its neighbours: other sources, thumbnails, searches, the model before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gphotos_search import models
from gphotos_search.app import App
from gphotos_search.config import Config, SourceConfig
from gphotos_search.demo.emulator import Emulator, Fault
from gphotos_search.errors import SignInNeeded, UsageError
from gphotos_search.media import Query
from gphotos_search.progress import Silent
from tests import tiny
from tests.library import held, ids_of, search, sync
from tests.round.conftest import PHOTOS
from tests.signed_in import store_sign_in

SNOW = Query.of("snow", limit=100)


class Notes(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, line: str) -> None:
        self.said.append(line)


class Asking(Silent):
    """Searches after each batch: through the App that syncs, and through one of its own."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.here: list[int] = []
        self.elsewhere: list[int] = []

    def embedding(self, done: int, total: int, failed: int) -> None:
        assert failed == 0
        assert done <= total
        self.here.append(len(self.app.search(SNOW).hits))
        self.elsewhere.append(len(search(self.app.config, SNOW.text)))


def with_sources(config: Config, *more: SourceConfig) -> Config:
    return replace(config, sources=(*more, *config.sources))


def test_trouble_of_a_source_stays_with_it(config: Config) -> None:
    stranger = SourceConfig(name="hers", type="google_library", account="her")
    report = sync(with_sources(config, stranger))
    assert report.exit_code == 3
    assert [type(source.error) for source in report.sources] == [SignInNeeded, type(None)]
    assert report.embedded == PHOTOS


def test_a_source_that_this_release_lacks_stops_no_other(config: Config) -> None:
    old = SourceConfig(name="old", type="carrier_pigeon")
    report = sync(with_sources(config, old))
    assert report.exit_code == 2
    assert isinstance(report.sources[0].error, UsageError)
    assert report.embedded == PHOTOS
    with App(with_sources(config, old)) as app:
        assert [source["state"] for source in app.status()["sources"]] == ["error", "ok"]


def test_downloads_that_end_for_one_source_go_on_for_the_next(
    google: Emulator, config: Config
) -> None:
    other = SourceConfig(name="again", type="google_library")
    google.faults.add(
        Fault(kind="media", status=429, message="Quota exceeded, limit 'per day'", after=5)
    )
    report = sync(with_sources(config, other))
    assert report.exit_code == 4
    assert [source.error is None for source in report.sources] == [False, True]
    assert report.embedded >= PHOTOS
    google.faults.clear()
    assert sync(with_sources(config, other)).exit_code == 0
    assert len(search(config)) == 2 * PHOTOS


def thumbnails(config: Config) -> list[Path]:
    return sorted(config.storage.thumbnails.rglob("*.*"))


@pytest.mark.parametrize("keep, count", [("auto", 0), ("never", 0), ("always", PHOTOS)])
def test_thumbnails_are_kept_where_they_may_be(keep: str, count: int, config: Config) -> None:
    sync(replace(config, storage=replace(config.storage, keep_thumbnails=keep)))  # type: ignore[arg-type]
    assert len(thumbnails(config)) == count


def test_a_removed_photo_takes_its_thumbnail_along(google: Emulator, config: Config) -> None:
    config = replace(config, storage=replace(config.storage, keep_thumbnails="always"))
    sync(config)
    google.library.remove(ids_of(google.library)[2])
    sync(config)
    assert len(thumbnails(config)) == PHOTOS
    sync(config)
    assert len(thumbnails(config)) == PHOTOS - 1


def test_searches_answer_while_the_first_sync_runs(config: Config) -> None:
    with App(config) as app:
        asking = Asking(app)
        assert app.search(SNOW).hits == ()
        app.sync(progress=asking)
        assert len(app.search(SNOW).hits) == PHOTOS
    assert asking.here == asking.elsewhere == sorted(asking.here)
    assert 0 < asking.here[0] < PHOTOS


@pytest.fixture
def other_model(config: Config, tmp_path: Path) -> Config:
    """The same library after the person chose another model; it was synced with the first."""
    sync(config)
    folder = tiny.clip(tmp_path / "other-model", seed=1)
    return replace(config, model=replace(config.model, name=str(folder)))


def active(config: Config) -> str:
    with App(config) as app:
        found = models.active(app.catalog)
    assert found is not None
    return found.name


def test_another_model_takes_over_when_it_has_everything(
    google: Emulator, config: Config, other_model: Config
) -> None:
    google.faults.add(Fault(kind="media", status=429, message="limit 'per day'", after=9))
    notes = Notes()
    assert sync(other_model, progress=notes).exit_code == 4
    assert any("model changed" in line for line in notes.said)
    assert active(other_model) == config.model.name
    assert len(search(other_model)) == PHOTOS
    google.faults.clear()
    assert sync(other_model).exit_code == 0
    assert active(other_model) == other_model.model.name
    assert len(search(other_model)) == PHOTOS


def test_another_model_does_not_take_over_with_nothing_but_failures(
    google: Emulator, config: Config, other_model: Config
) -> None:
    google.faults.add(Fault(kind="media", effect="html", times=None))
    assert sync(other_model).exit_code == 5
    assert active(other_model) == config.model.name
    assert len(search(other_model)) == PHOTOS


def test_another_model_does_not_wait_for_ever_for_one_photo(
    google: Emulator, config: Config, other_model: Config
) -> None:
    bad = ids_of(google.library)[2]
    google.faults.add(Fault(kind="media", effect="html", item=bad, times=None))
    notes = Notes()
    for _ in range(models.TRIES - 1):
        sync(other_model)
        assert active(other_model) == config.model.name
    sync(other_model, progress=notes)
    assert active(other_model) == other_model.model.name
    assert any(line.startswith("1 photo could not be had") for line in notes.said)
    assert set(search(other_model)) == set(ids_of(google.library)) - {bad}


def test_another_model_does_not_wait_for_a_source_that_left(
    google: Emulator, config: Config, other_model: Config
) -> None:
    second = SourceConfig(name="second", type="google_library", account="second")
    store_sign_in(google, config, account="second")
    sync(with_sources(config, second))
    assert sync(other_model).exit_code == 0
    assert active(other_model) == other_model.model.name
    assert len(search(other_model)) == PHOTOS
    assert len(held(other_model)) == PHOTOS  # of the names both sources share
