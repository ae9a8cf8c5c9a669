"""`reindex --model`: a second set is filled while the first answers, and then takes over."""

from __future__ import annotations

import random
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from gphotos_search import models as model_choice
from gphotos_search.app import App
from gphotos_search.catalog import settings, store
from gphotos_search.config import Config
from gphotos_search.errors import GphotosError, Locked, ModelUnavailable, TryLater, UsageError
from gphotos_search.lock import exclusive
from tests.library import assert_same, held, sync
from tests.switching.conftest import ANYTHING, PHOTOS, Notes, add, answering, named, switch

Models = dict[str, str]


def test_the_old_set_answers_all_the_while_and_the_new_one_takes_over(
    config: Config, models: Models
) -> None:
    seen: set[tuple[str, int]] = set()
    with App(config) as running:  # as in a service: never opened anew
        before = running.search(ANYTHING)

        def look() -> None:
            answer = running.search(ANYTHING)
            seen.add((answer.encoder, len(answer.hits)))
            seen.add((before.encoder, answering(config)[1]))

        notes = Notes(look)
        told = switch(config, models["b"], notes)
        after = running.search(ANYTHING)
    assert seen == {(before.encoder, PHOTOS)}
    assert (told.answers, told.changed, told.exit_code) == (True, True, 0)
    assert (told.round.embedded, told.round.indexed) == (PHOTOS, PHOTOS)
    assert after.encoder != before.encoder
    assert len(after.hits) == PHOTOS
    assert answering(config) == ("b", PHOTOS)
    assert {total for _, total, _ in notes.told} == {PHOTOS}  # known from the beginning


def test_it_is_what_a_sync_with_that_model_would_have_made(
    config: Config, models: Models, tmp_path: Path
) -> None:
    calm = replace(
        named(config, models["b"]),
        storage=replace(config.storage, data_dir=tmp_path / "calm"),
    )
    sync(calm)
    switch(config, models["b"])
    assert_same(held(calm), held(config))


def test_the_choice_outlives_the_command(config: Config, models: Models, pictures: Path) -> None:
    switch(config, models["b"])
    add(pictures, 90, random.Random(9))
    for _ in range(2):
        assert sync(config, scheduled=True).exit_code == 0
        assert answering(config) == ("b", PHOTOS + 1)


def test_a_changed_config_wins_and_is_not_forgotten(config: Config, models: Models) -> None:
    switch(config, models["b"])
    sync(named(config, models["c"]))
    assert answering(config) == ("c", PHOTOS)
    assert sync(config).embedded == 0
    assert answering(config) == ("a", PHOTOS)


def test_the_model_of_the_config_by_name_ends_the_choice(config: Config, models: Models) -> None:
    switch(config, models["b"])
    with App(config) as app:
        assert model_choice.chosen(app.catalog, config.model).name == models["b"]
    assert switch(config, models["a"]).round.embedded == 0
    with App(config) as app:
        assert model_choice.chosen(app.catalog, config.model) == config.model
    sync(config)
    assert answering(config) == ("a", PHOTOS)


def test_back_to_the_former_model_only_what_is_new_is_embedded(
    config: Config, models: Models, pictures: Path
) -> None:
    switch(config, models["b"])
    add(pictures, 90, random.Random(9))
    sync(config)
    told = switch(config, models["a"])
    assert (told.round.embedded, told.answers) == (1, True)
    assert answering(config) == ("a", PHOTOS + 1)


def stopped_midway(config: Config, name: str) -> None:
    stop = threading.Event()
    told = switch(config, name, Notes(stop.set), stop=stop)
    assert told.round.stopped
    assert not told.answers
    assert 0 < told.round.embedded < PHOTOS


def test_stopped_it_goes_on_where_it_was(config: Config, models: Models) -> None:
    stopped_midway(config, models["b"])
    assert answering(config) == ("a", PHOTOS)
    told = switch(config, models["b"])
    assert told.answers
    assert told.round.embedded < PHOTOS
    assert answering(config) == ("b", PHOTOS)


def test_a_scheduled_sync_goes_on_with_it(config: Config, models: Models) -> None:
    stopped_midway(config, models["b"])
    assert 0 < sync(config, scheduled=True).embedded < PHOTOS
    assert answering(config) == ("b", PHOTOS)


def test_another_one_while_one_is_half_done(config: Config, models: Models) -> None:
    stopped_midway(config, models["b"])
    notes = Notes()
    assert switch(config, models["c"], notes).round.embedded == PHOTOS
    assert notes.heard(f'"{models["b"]}" was being filled')
    assert answering(config) == ("c", PHOTOS)
    with App(config) as app:
        told = app.status()["models"]
    assert [one["role"] for one in told] == ["answers", "former", "former"]


def test_the_model_that_answers_ends_what_is_half_done(
    config: Config, models: Models, pictures: Path
) -> None:
    stopped_midway(config, models["b"])
    add(pictures, 90, random.Random(9))
    told = switch(config, models["a"])
    assert (told.answers, told.changed, told.round.embedded) == (True, False, 0)
    assert sync(config).embedded == 1
    assert answering(config) == ("a", PHOTOS + 1)
    with App(config) as app:
        assert [one["role"] for one in app.status()["models"]] == ["answers", "former"]


def test_status_shows_both_sets(config: Config, models: Models) -> None:
    stopped_midway(config, models["b"])
    with App(config) as app:
        old, new = app.status()["models"]
    assert (old["role"], old["name"], old["vectors"]) == ("answers", models["a"], PHOTOS)
    assert (new["role"], new["name"]) == ("filling", models["b"])
    assert new["vectors"] + new["pending"] == PHOTOS
    assert old["lost"] == {"count": 0, "first": []}


def test_a_model_of_another_width(config: Config, models: Models) -> None:
    with App(config) as running:
        narrow = running.search(ANYTHING)
        assert switch(config, models["wide"]).answers
        wide = running.search(ANYTHING)
    assert len(narrow.hits) == len(wide.hits) == PHOTOS
    assert wide.encoder.startswith("siglip:")


@pytest.mark.parametrize("name", ["no/such model", "/no/such/folder", "./nowhere"])
def test_a_model_that_is_not_there_changes_nothing(name: str, config: Config) -> None:
    with pytest.raises(ModelUnavailable):
        switch(config, name)
    assert sync(config).embedded == 0
    assert answering(config) == ("a", PHOTOS)


def test_a_model_that_makes_no_vectors_changes_nothing(
    config: Config, models: Models, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(models["b"], broken)
    tensors = load_file(broken / "model.safetensors")
    tensors["visual_projection.weight"] = np.full_like(tensors["visual_projection.weight"], np.nan)
    save_file(tensors, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(GphotosError, match="not numbers"):
        switch(config, str(broken))
    assert sync(config).embedded == 0


def test_before_anything_is_indexed_there_is_nothing_to_switch(
    config: Config, models: Models, tmp_path: Path
) -> None:
    empty = replace(config, storage=replace(config.storage, data_dir=tmp_path / "empty"))
    with pytest.raises(UsageError, match="Nothing is indexed"):
        switch(empty, models["b"])


def test_a_folder_is_remembered_by_its_whole_path(
    config: Config, models: Models, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(Path(models["b"]).parent)
    assert switch(config, "b").name == models["b"]
    monkeypatch.chdir(tmp_path)
    assert sync(config).embedded == 0
    monkeypatch.chdir(Path(models["b"]).parent)
    assert switch(config, "./a").name == models["a"]
    with App(config) as app:
        assert model_choice.chosen(app.catalog, config.model) == config.model


def test_two_at_once_is_said(config: Config, models: Models) -> None:
    lock = config.storage.data_dir / "lock"
    with exclusive(lock, purpose="reindex --model"), pytest.raises(Locked, match="--model"):
        switch(config, models["b"])


def test_a_full_disk_keeps_what_was_made(
    config: Config, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(store, "PRAGMAS", ("PRAGMA max_page_count=1", *store.PRAGMAS))
        with pytest.raises(TryLater, match="disk is full"):
            fill_free_pages(config)
        with pytest.raises(TryLater, match="disk is full"):
            switch(config, models["b"])
    assert answering(config) == ("a", PHOTOS)
    assert switch(config, models["b"]).answers
    assert answering(config) == ("b", PHOTOS)


def fill_free_pages(config: Config) -> None:
    with App(config) as app:
        for number in range(10_000):
            with app.catalog.transaction() as tx:
                settings.put(tx, f"filler {number}", "x" * 500)
