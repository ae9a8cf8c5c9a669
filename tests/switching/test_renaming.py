"""A search that is under way when the set of vectors that answers gets another id."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gphotos_search import index, live, models, renamed
from gphotos_search.app import App
from gphotos_search.catalog.features import rename_set
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
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
