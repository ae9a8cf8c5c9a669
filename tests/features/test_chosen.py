"""Which model photos that come later are embedded with, after an import of features."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from gphotos_search import forgetting, models
from gphotos_search.catalog import items, sources, vectors
from gphotos_search.errors import UsageError
from gphotos_search.features import pair as pairs
from gphotos_search.features.pair import open_pair
from gphotos_search.media import MediaItem
from tests import tiny
from tests.features.library import MODEL, Heard, Library, opened, rows_of, write_pair


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """Its config names a model that is on this machine."""
    monkeypatch.setattr(pairs, "AT_ONCE", 4)
    with opened(tmp_path, str(tiny.clip(tmp_path / "configured"))) as one:
        yield one


class StopsAt(Heard):
    """Sets `event` once so many rows were read."""

    def __init__(self, row: int) -> None:
        super().__init__([])
        self.row, self.event = row, threading.Event()

    def rows(self, did: str, done: int, total: int) -> None:
        if done == self.row:
            self.event.set()


def chosen(library: Library) -> str:
    return models.chosen(library.catalog, library.config.model).name


def forget(library: Library) -> None:
    forgetting.forget(library.config, library.catalog, library.source())


def test_an_import_that_brings_nothing_chooses_nothing(library: Library, tmp_path: Path) -> None:
    matrix, ids = write_pair(tmp_path, range(9))
    before = StopsAt(0)
    assert library.take_in((matrix, ids), progress=before, stop=before.event).stopped

    changed = open_pair(matrix, ids)
    ids.write_text("photo_id\np0\n")
    with pytest.raises(UsageError, match="changed while it was read"):
        library.take_in(changed)

    write_pair(tmp_path, range(9))
    rows = np.load(matrix)
    rows[:4] = 0
    np.save(matrix, rows)
    first = StopsAt(4)  # behind a page without a row that can be used
    assert library.take_in((matrix, ids), progress=first, stop=first.event).stopped

    assert models.active(library.catalog) is None
    assert chosen(library) == library.config.model.name
    encoder = models.for_indexing(library.catalog, library.config.model, say=library.said.append)
    assert encoder.id.startswith("clip:configured@")


def test_its_first_page_chooses(library: Library, tmp_path: Path) -> None:
    first = StopsAt(4)
    pair = write_pair(tmp_path, range(9))
    assert library.take_in(pair, progress=first, stop=first.event).added == 4
    assert chosen(library) == MODEL
    library.take_in(pair)
    assert chosen(library) == MODEL


def test_forgotten_features_choose_no_more(library: Library, tmp_path: Path) -> None:
    library.take_in(write_pair(tmp_path, range(5)))
    forget(library)
    assert chosen(library) == library.config.model.name
    encoder = models.for_indexing(library.catalog, library.config.model, say=library.said.append)
    active = models.active(library.catalog)
    assert active is not None
    assert (active.id, active.name) == (encoder.id, library.config.model.name)
    library.take_in(write_pair(tmp_path, range(5)))
    assert chosen(library) == MODEL


def test_photos_that_joined_them_keep_their_model(library: Library, tmp_path: Path) -> None:
    library.take_in(write_pair(tmp_path, range(5)))
    active = models.active(library.catalog)
    assert active is not None
    with library.catalog.transaction() as tx:
        now = datetime.now(UTC)
        row = sources.ensure(tx, "pictures", "folder", "default")
        new = items.apply(tx, row.id, add=[MediaItem(source_id="own")], listing=1, now=now)
        vectors.put(tx, active.id, [(new["own"], rows_of([77])[0] / 3)], now)
    forget(library)
    assert chosen(library) == MODEL


def test_a_choice_by_hand_outlives_them(library: Library, tmp_path: Path) -> None:
    library.take_in(write_pair(tmp_path, range(5)))
    models.choose(library.catalog, library.config.model, "by/hand")
    forget(library)
    assert chosen(library) == "by/hand"
