"""A search that is under way when the set of vectors that answers gets another id."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gphotos_search import index, live, models, renamed
from gphotos_search.app import App
from gphotos_search.catalog import last_results
from gphotos_search.catalog.features import rename_set
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.media import Query
from gphotos_search.search.query import Request
from tests.library import sync
from tests.switching.conftest import ANYTHING, PHOTOS


def rename(catalog: Catalog) -> str:
    """As a trial does it; the new id."""
    active = models.active(catalog)
    assert active is not None
    new = active.id.replace(":fp32", ":int8")
    encoder = SimpleNamespace(id=new, dim=active.dim, pin=active.pin.replace(":fp32", ":int8"))
    with catalog.transaction() as tx:
        assert rename_set(tx, active.id, new, active.dim)
        renamed.carry(tx, active.id, new)
        models.renamed(tx, active.id, cast("Any", encoder))
    return new


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_it_finds_all_photos(config: Config, warm: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    place: Any = live.Index if warm else index
    step = "refresh" if warm else "for_search"
    real: Any = getattr(place, step)
    new: list[str] = []
    with App(config) as app:
        if warm:
            app.search(ANYTHING)

        def later(*given: Any) -> Any:
            """It knows the former id, and the catalogue another one."""
            if not new:
                new.append(rename(app.catalog))
            return real(*given)

        monkeypatch.setattr(place, step, later)
        answer = app.search(ANYTHING)
        assert [answer.encoder] == new
        assert len(answer.hits) == PHOTOS
        assert not answer.warnings
        assert app.status()["index"]["count"] == PHOTOS


def test_the_last_list_is_still_of_this_space(config: Config) -> None:
    with App(config) as app:
        app.search(Query.of("a red thing"), remember=True)
        before = app.ask(Request(more=("2",))).hits
        new = rename(app.catalog)
        with app.catalog.reading() as tx:
            assert last_results.query(tx, new) is not None
        assert app.ask(Request(more=("2",))).hits == before


def test_a_photo_to_be_like_is_found(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its vector is read under the id that the search began with."""
    real: Any = live.Index.refresh
    new: list[str] = []
    with App(config) as app:
        first = app.search(ANYTHING).hits[0].media_id

        def later(*given: Any) -> Any:
            if not new:
                new.append(rename(app.catalog))
            return real(*given)

        monkeypatch.setattr(live.Index, "refresh", later)
        answer = app.ask(Request(like=(f"id:{first}",)))
        assert answer.encoder == new[0]
        assert answer.hits


def test_a_model_in_a_folder_that_moved_goes_on(config: Config, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / Path(config.model.name).name
    shutil.copytree(config.model.name, moved)
    there = replace(config, model=replace(config.model, name=str(moved)))
    assert sync(there).embedded == 0
    with App(there) as app:
        active = models.active(app.catalog)
        assert active is not None
        assert active.name == str(moved)
        assert len(app.search(ANYTHING).hits) == PHOTOS
