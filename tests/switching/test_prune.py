"""`reindex --prune`: the vectors of former models go, and the disk gets their space back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gphotos_search.app import App
from gphotos_search.catalog import schema, sets
from gphotos_search.config import Config
from gphotos_search.errors import Locked
from gphotos_search.lock import exclusive
from gphotos_search.manifest import folder_of
from gphotos_search.switching import Pruned
from tests.switching.conftest import ANYTHING, PHOTOS, Notes, answering, switch
from tests.switching.test_gone import delete, import_features, without_thumbnails
from tests.switching.test_switch import stopped_midway

Models = dict[str, str]


def prune(config: Config, notes: Notes | None = None) -> Pruned:
    with App(config) as app:
        return app.prune(say=(notes or Notes()).say)


def held_sets(config: Config) -> list[str]:
    with App(config) as app, app.catalog.reading() as tx:
        return [one.encoder for one in sets.all_sets(tx)]


def test_the_former_set_goes_with_its_index(config: Config, models: Models) -> None:
    (former,) = held_sets(config)
    switch(config, models["b"])
    with App(config) as app:
        running = app.search(ANYTHING)
        pruned = app.prune(say=lambda _: None)
        assert app.search(ANYTHING).hits == running.hits
    assert pruned.dropped == [(former, PHOTOS)]
    assert pruned.bytes_freed > 0
    assert held_sets(config) == [running.encoder]
    (folder,) = config.storage.index.iterdir()
    assert folder == folder_of(config.storage.index, running.encoder)
    with App(config) as app, app.catalog.reading() as tx:
        for table in (schema.vectors, schema.changes, schema.pending):
            keys = select(func.count(table.c.encoder.distinct())).select_from(table)
            assert tx.execute(keys).scalar_one() <= 1
    assert prune(config) == Pruned()


def test_what_answers_and_what_is_being_filled_stay(config: Config, models: Models) -> None:
    stopped_midway(config, models["b"])
    both = held_sets(config)
    assert prune(config).dropped == []
    assert held_sets(config) == both
    assert switch(config, models["b"]).round.embedded < PHOTOS


def test_a_set_that_was_left_half_done_goes(config: Config, models: Models) -> None:
    stopped_midway(config, models["b"])
    switch(config, models["a"])
    (dropped,) = prune(config).dropped
    assert 0 < dropped[1] < PHOTOS
    assert switch(config, models["b"]).round.embedded == PHOTOS
    assert answering(config) == ("b", PHOTOS)


def test_a_dropped_model_can_be_chosen_again(config: Config, models: Models) -> None:
    for name in ("b", "a", "b"):
        assert switch(config, models[name]).answers
        prune(config)
        assert answering(config) == (name, PHOTOS)


def test_imported_vectors_are_never_dropped(config: Config, models: Models) -> None:
    import_features(config, 6)
    switch(config, models["b"])
    notes = Notes()
    assert prune(config, notes).dropped == []
    assert notes.heard("6 imported vectors")
    switch(config, models["a"])
    assert answering(config) == ("a", PHOTOS + 6)


def test_what_was_made_of_a_former_model_goes_too(config: Config, models: Models) -> None:
    revisions = {}
    for name in ("a", "b"):
        encoder = held_sets(config)[-1] if name == "a" else running(config, models[name])
        revisions[name] = encoder.partition("@")[2][:12]
        made = config.storage.runtimes / f"{name}@{revisions[name]}" / "onnx-int8"
        made.mkdir(parents=True)
        (made / "model.onnx").write_bytes(bytes(1_000_000))
    assert prune(config).bytes_freed >= 1_000_000
    (left,) = config.storage.runtimes.iterdir()
    assert left.name == f"b@{revisions['b']}"


def running(config: Config, name: str) -> str:
    """The id of the model's encoder, which answers now."""
    assert switch(config, name).answers
    return held_sets(config)[-1]


def test_photos_that_are_nowhere_else_are_told(
    config: Config, models: Models, pictures: Path
) -> None:
    config = without_thumbnails(config)
    delete(pictures, 2)
    assert switch(config, models["b"]).answers
    notes = Notes()
    assert len(prune(config, notes).dropped) == 1
    assert notes.heard("2 photos are only in clip:a@")


def test_a_disk_without_room_for_copies_is_left_as_it_is(
    config: Config, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch(config, models["b"])
    used = shutil.disk_usage(config.storage.data_dir)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: used._replace(free=0))
    assert len(prune(config).dropped) == 1
    assert answering(config) == ("b", PHOTOS)


def test_it_does_not_wait_for_who_is_at_work(config: Config, tmp_path: Path) -> None:
    with exclusive(tmp_path / "data" / "lock", purpose="sync"), pytest.raises(Locked, match="sync"):
        prune(config)
