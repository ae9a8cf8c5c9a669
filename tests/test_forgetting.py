"""Forgetting a source may be interrupted anywhere and repeated."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from gphotos_search import forgetting
from gphotos_search.app import App
from gphotos_search.catalog import items, sources
from gphotos_search.errors import Locked, UsageError
from gphotos_search.lock import exclusive
from tests.exports import Library as Drawn
from tests.exports import lay_out, write_tgzs
from tests.local import NAME, Library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    folder = tmp_path / "export"
    write_tgzs(lay_out(Drawn.typical(8)), folder)
    for path in folder.iterdir():
        os.utime(path, (1_750_000_000, 1_750_000_000))
    made = Library(tmp_path / "data", folder)
    made.sync()
    with made.catalog.transaction() as tx:
        sources.ensure(tx, NAME, "takeout", "default", remembered=True)
    return made


def left(library: Library) -> int:
    with library.catalog.reading() as tx:
        return items.counts_by_source(tx).get(NAME, -1)


def test_a_killed_run_is_ended_by_the_next(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "REMOVE_AT_ONCE", 2)
    points = library.config.storage.data_dir / "seek-points"
    assert list(points.iterdir())
    whole = left(library)
    with App(replace(library.config, sources=())) as app:
        remove, calls = items.remove, [0]

        def killed(tx: object, ids: list[int]) -> None:
            calls[0] += 1
            if calls[0] == 3:
                raise KeyboardInterrupt
            remove(tx, ids)  # type: ignore[arg-type]

        monkeypatch.setattr(items, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            app.forget(NAME)
        assert left(library) == whole - 4
        assert app.sync().sources == []  # it is paused: no run brings back what was removed
        assert app.forget(NAME) == whole - 4
        assert left(library) == -1
        assert list(points.iterdir()) == []
        with pytest.raises(UsageError):
            app.forget(NAME)
    assert list(library.path.iterdir())


def test_it_waits_for_no_writer(library: Library) -> None:
    with (
        App(replace(library.config, sources=())) as app,
        exclusive(app.lock_file, purpose="sync"),
        pytest.raises(Locked),
    ):
        app.forget(NAME)
    assert left(library) > 0
