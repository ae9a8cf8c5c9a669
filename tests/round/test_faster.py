"""A sync, and a reindex, end with what makes searches of a large library faster."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gphotos_search.app import App
from gphotos_search.config import Config
from gphotos_search.encoders._two_towers import TwoTowers
from gphotos_search.engines import _training, faiss
from gphotos_search.errors import ModelUnavailable
from gphotos_search.media import Query
from tests.library import sync
from tests.round.conftest import PHOTOS


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of some photos is a large one here, whatever lists find."""
    monkeypatch.setattr(faiss, "LISTS_FROM", PHOTOS)
    monkeypatch.setattr(_training, "PAYS", 1.0)


def told(config: Config) -> dict[str, Any]:
    with App(config) as app:
        index: dict[str, Any] = app.status()["index"]
    return index


def test_lists_are_made_and_searches_use_them(config: Config) -> None:
    with App(config) as app:
        app.sync()
        first = app.search(Query(text="red"))
    index = told(config)
    assert not index["exact"]
    assert index["recall"]["words"] >= 0.98
    with App(config) as app:
        assert app.search(Query(text="red")).hits == first.hits


def test_reindex_makes_them_again(config: Config) -> None:
    sync(config)
    with App(config) as app:
        app.reindex(rebuild=True, say=lambda line: None)
    assert not told(config)["exact"]


def test_without_words_the_index_stays_exact(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: object) -> np.ndarray:
        raise ModelUnavailable("The text tower is gone.", advice="Get it back.")

    with monkeypatch.context() as patch:
        patch.setattr(TwoTowers, "encode_texts", gone)
        report = sync(config)
    assert (report.indexed, report.exit_code) == (PHOTOS, 0)
    assert told(config)["exact"]
    sync(config)
    assert not told(config)["exact"]
