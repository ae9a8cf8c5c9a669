"""Photos whose pictures cannot be had any more when another model is chosen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from gphotos_search import models as model_choice
from gphotos_search.app import App
from gphotos_search.catalog import items, sources, vectors
from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator, Fault
from gphotos_search.media import FEATURES, MediaItem, Query
from tests.exports import Library as Photos
from tests.exports import lay_out, write_zips
from tests.library import ids_of, search, sync
from tests.round.conftest import emulator, ready
from tests.switching.conftest import ANYTHING, PHOTOS, Notes, answering, named, switch

Models = dict[str, str]
NOW = datetime(2024, 7, 1, tzinfo=UTC)


def without_thumbnails(config: Config) -> Config:
    """Neither kept nor used, as if there had never been any."""
    shutil.rmtree(config.storage.thumbnails)
    return replace(config, storage=replace(config.storage, keep_thumbnails="never"))


def delete(pictures: Path, count: int) -> list[str]:
    gone = sorted(pictures.iterdir())[:count]
    for path in gone:
        path.unlink()
    return [path.name for path in gone]


def test_thumbnails_stand_in_for_them(config: Config, models: Models, pictures: Path) -> None:
    delete(pictures, PHOTOS // 2)
    told = switch(config, models["b"])
    assert (told.answers, told.exit_code, told.from_thumbnails) == (True, 0, PHOTOS // 2)
    assert answering(config) == ("b", PHOTOS)


def test_a_thumbnail_makes_nearly_the_vector_of_the_picture(
    config: Config, models: Models, pictures: Path
) -> None:
    shutil.copytree(config.storage.data_dir, config.storage.data_dir.with_name("other"))
    switch(config, models["b"])
    shutil.rmtree(pictures)
    other = replace(
        config, storage=replace(config.storage, data_dir=config.storage.data_dir.with_name("other"))
    )
    assert switch(other, models["b"]).from_thumbnails == PHOTOS
    with App(config) as left, App(other) as right:
        encoder = left.search(ANYTHING).encoder
        with left.catalog.reading() as tx:
            _, ours = vectors.read(tx, encoder, range(1, PHOTOS + 1))
        with right.catalog.reading() as tx:
            _, theirs = vectors.read(tx, encoder, range(1, PHOTOS + 1))
    assert ours.shape == theirs.shape
    assert float(np.einsum("ij,ij->i", ours, theirs).min()) > 0.98


def test_a_few_without_anything_left_are_named_and_hold_nothing_back(
    config: Config, models: Models, pictures: Path
) -> None:
    config = without_thumbnails(config)
    gone = delete(pictures, 2)
    notes = Notes()
    told = switch(config, models["b"], notes)
    assert (told.answers, told.exit_code, told.round.failed) == (True, 5, 2)
    assert notes.heard("2 photos could not be had again")
    assert all(notes.heard(name) for name in gone)
    assert answering(config) == ("b", PHOTOS - 2)
    with App(config) as app:
        lost = app.status()["models"][0]["lost"]
        assert (lost["count"], sorted(lost["first"])) == (2, gone)
    assert switch(config, models["a"]).answers  # where they still are
    assert answering(config) == ("a", PHOTOS)


def test_what_comes_back_is_no_longer_missing(
    config: Config, models: Models, pictures: Path
) -> None:
    config = without_thumbnails(config)
    away = pictures / "IMG_0003.jpg"
    away.rename(pictures.with_name("kept.jpg"))
    assert switch(config, models["b"]).answers
    pictures.with_name("kept.jpg").rename(away)
    sync(config)
    assert answering(config) == ("b", PHOTOS)
    with App(config) as app:
        assert app.status()["models"][0]["lost"] == {"count": 0, "first": []}


def test_a_disk_that_is_away_holds_the_switch_back(
    config: Config, models: Models, pictures: Path
) -> None:
    config = without_thumbnails(config)
    away = pictures.with_name("away")
    pictures.rename(away)
    told = switch(config, models["b"])
    assert (told.answers, told.exit_code, told.round.failed) == (False, 4, 0)
    pictures.mkdir()  # where it would be mounted
    told = switch(config, models["b"])
    assert (told.answers, told.exit_code, told.round.failed) == (False, 5, PHOTOS)
    assert [(lack.source, lack.photos) for lack in told.behind] == [("pics", PHOTOS)]
    assert answering(config) == ("a", PHOTOS)
    pictures.rmdir()
    away.rename(pictures)
    assert switch(config, models["b"]).answers
    assert answering(config) == ("b", PHOTOS)


def test_thumbnails_that_are_not_to_be_used_give_nothing_up(
    config: Config, models: Models, pictures: Path
) -> None:
    """They were kept once; the disk is away for longer than photos are tried."""
    config = replace(config, storage=replace(config.storage, keep_thumbnails="never"))
    away = pictures.with_name("away")
    pictures.rename(away)
    for _ in range(model_choice.TRIES + 1):
        told = switch(config, models["b"])
        assert (told.answers, told.round.failed, told.round.embedded) == (False, 0, 0)
    assert [(lack.source, lack.photos, lack.given_up) for lack in told.behind] == [
        ("pics", PHOTOS, 0)
    ]
    away.rename(pictures)
    assert switch(config, models["b"]).answers
    assert answering(config) == ("b", PHOTOS)


def test_with_the_disk_away_thumbnails_do(config: Config, models: Models, pictures: Path) -> None:
    pictures.rename(pictures.with_name("away"))
    told = switch(config, models["b"])
    assert (told.answers, told.from_thumbnails) == (True, PHOTOS)
    assert told.exit_code == 4  # what keeps the folder away is still said


def test_a_source_that_left_the_config_is_embedded_from_thumbnails(
    config: Config, models: Models
) -> None:
    alone = replace(config, sources=())
    told = switch(alone, models["b"])
    assert (told.answers, told.exit_code, told.from_thumbnails) == (True, 0, PHOTOS)
    assert answering(alone) == ("b", PHOTOS)


def test_a_paused_source_is_not_read_and_holds_the_switch_back(
    config: Config, models: Models
) -> None:
    config = without_thumbnails(config)
    with App(config) as app:
        app.pause("pics")
    told = switch(config, models["b"])
    assert (told.answers, told.round.embedded, told.exit_code) == (False, 0, 5)
    assert [(lack.source, lack.paused, lack.photos) for lack in told.behind] == [
        ("pics", True, PHOTOS)
    ]
    assert answering(config) == ("a", PHOTOS)
    with App(config) as app:
        app.pause("pics", False)
    assert switch(config, models["b"]).answers


def test_an_archive_that_was_deleted_holds_nothing_back(
    config: Config, models: Models, pictures: Path
) -> None:
    """As most do with an export once it is indexed."""
    place = pictures.with_name("exports")
    place.mkdir()
    write_zips(lay_out(Photos.typical(12, layout="json albums")), place, parts=1)
    extra = replace(config.sources[0], name="export", type="takeout", path=place)
    config = without_thumbnails(replace(config, sources=(*config.sources, extra)))
    embedded = sync(config).embedded
    assert embedded > 5
    for path in place.iterdir():
        path.unlink()
    sync(config)
    told = switch(config, models["b"])
    assert told.answers
    assert answering(config) == ("b", PHOTOS)


def import_features(config: Config, count: int) -> None:
    """Items that came as vectors, under the encoder that answers."""
    with App(config) as app:
        active = model_choice.active(app.catalog)
        assert active is not None
        with app.catalog.transaction() as tx:
            row = sources.ensure(tx, "published", FEATURES, "default", remembered=True)
            new = [MediaItem(source_id=f"f{number}") for number in range(count)]
            ids = items.apply(tx, row.id, add=new, listing=1, now=NOW)
            rows = np.eye(count, active.dim, dtype=np.float32)
            vectors.put(tx, active.id, list(zip(ids.values(), rows, strict=True)), NOW)


def test_imported_features_hold_nothing_back_and_it_is_said(config: Config, models: Models) -> None:
    import_features(config, 6)
    assert answering(config) == ("a", PHOTOS + 6)
    notes = Notes()
    told = switch(config, models["b"], notes)
    assert (told.answers, told.exit_code) == (True, 0)
    assert notes.heard("6 photos were imported as vectors")
    assert notes.heard("6 photos could not be had again")
    assert answering(config) == ("b", PHOTOS)
    with App(config) as app:
        assert not any("not searchable yet" in said for said in app.search(ANYTHING).warnings)
    assert {total for _, total, _ in notes.told} == {PHOTOS}
    switch(config, models["a"])
    assert answering(config) == ("a", PHOTOS + 6)


def test_with_nothing_but_features_nothing_can_take_over(config: Config, models: Models) -> None:
    import_features(config, 6)
    with App(replace(config, sources=())) as app:
        app.forget("pics")
        told = app.switch(models["b"])
    assert (told.answers, told.exit_code) == (False, 5)
    assert answering(config) == ("a", 6)


# A Google library: nothing is on this machine, so pictures are fetched again.


@pytest.fixture
def library(tmp_path: Path, config: Config) -> Iterator[tuple[Emulator, Config]]:
    with emulator() as google:
        mine = ready(google, tmp_path / "google", config.model)
        sync(mine)
        google.log.clear()
        yield google, mine


def test_a_library_is_fetched_afresh(library: tuple[Emulator, Config], models: Models) -> None:
    google, config = library
    count = len(google.library)
    assert switch(config, models["b"]).round.embedded == count
    assert google.log.count("media") == count
    assert google.log.count("list") == 0
    assert len(search(config)) == count


def test_thumbnails_that_were_kept_of_it_spare_the_quota(
    tmp_path: Path, models: Models, config: Config
) -> None:
    with emulator() as google:
        mine = ready(google, tmp_path / "google", config.model)
        mine = replace(mine, storage=replace(mine.storage, keep_thumbnails="always"))
        sync(mine)
        google.log.clear()
        told = switch(mine, models["b"])
        assert (told.answers, told.from_thumbnails) == (True, len(google.library))
        assert google.log.count("media") == google.log.count("batchGet") == 0


def test_a_photo_that_google_does_not_give_is_asked_for_three_times(
    library: tuple[Emulator, Config], models: Models
) -> None:
    google, config = library
    bad = ids_of(google.library)[2]
    google.faults.add(Fault(kind="media", effect="html", item=bad, times=None))
    for _ in range(model_choice.TRIES - 1):
        told = switch(config, models["b"])
        assert (told.answers, told.exit_code) == (False, 5)
        assert [lack.photos for lack in told.behind] == [1]
    assert switch(config, models["b"]).answers
    assert set(search(config)) == set(ids_of(google.library)) - {bad}


def test_a_sync_with_a_changed_config_uses_thumbnails_too(
    config: Config, models: Models, pictures: Path
) -> None:
    delete(pictures, 2)
    sync(named(config, models["b"]))
    assert answering(named(config, models["b"])) == ("b", PHOTOS)
    with App(config) as app:
        assert app.search(Query.of("x", limit=1)).hits
