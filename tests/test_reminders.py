"""A late export is mentioned once, and a search neither fails nor waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gphotos_search.catalog import archives, sources
from gphotos_search.catalog.store import Catalog
from gphotos_search.reminders import Once


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """It knows two exports of a schedule that was given up years ago."""
    opened = Catalog.open(tmp_path)
    with opened.transaction() as tx:
        source = sources.ensure(tx, "takeout", "takeout", "default").id
    for month in (1, 3):
        export(opened, source, datetime(2020, month, 1, tzinfo=UTC))
    yield opened
    opened.close()


def export(catalog: Catalog, source: int, made: datetime) -> None:
    with catalog.transaction() as tx:
        archives.begin(
            tx,
            source,
            f"/exports/{made:%Y%m%d}.zip",
            kind="zip",
            export=f"{made:%Y%m%d}",
            exported_at=made,
            size=1,
            stamp=1,
        )


def test_it_is_told_once_by_whoever_answers_first(catalog: Catalog) -> None:
    service, terminal = Once(catalog), Once(catalog)
    (told,) = service.take()
    assert "takeout.google.com" in told
    assert (service.take(), terminal.take(), Once(catalog).take()) == ((), (), ())


def test_the_next_occurrence_is_told_again(catalog: Catalog) -> None:
    Once(catalog).take()
    with catalog.reading() as tx:
        (row,) = sources.all_rows(tx)
    for month in (1, 3):
        export(catalog, row.id, datetime(2022, month, 1, tzinfo=UTC))
    assert len(Once(catalog).take()) == 1


def test_a_writer_is_not_waited_for(catalog: Catalog, tmp_path: Path) -> None:
    other, once = Catalog.open(tmp_path), Once(catalog)
    with other.transaction():
        began = time.monotonic()
        assert once.take() == ()
        assert time.monotonic() - began < 2
    assert len(once.take()) == 1  # it was not forgotten
    other.close()


def test_a_paused_source_is_not_mentioned(catalog: Catalog) -> None:
    with catalog.transaction() as tx:
        (row,) = sources.all_rows(tx)
        sources.pause(tx, row.id, True)
    assert Once(catalog).take() == ()
