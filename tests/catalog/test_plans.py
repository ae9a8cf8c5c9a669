"""The statements that run once a page use an index, however large the library is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from gphotos_search.catalog import (
    arrays,
    changes,
    folds,
    items,
    members,
    observations,
    vectors,
)
from gphotos_search.catalog.filters import matching
from gphotos_search.catalog.store import Catalog
from gphotos_search.media import DayRange, Filters
from tests.catalog.filled import ENCODER, add, embed


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(tmp_path)
    yield opened
    opened.close()


def plan_of(catalog: Catalog, ask: Callable[[Connection], object]) -> list[str]:
    """The steps by which SQLite answers."""
    steps: list[str] = []

    def explain(_connection, cursor, statement, parameters, _context, _many) -> None:  # type: ignore[no-untyped-def]
        told = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps.extend(row[3] for row in told)

    with catalog.reading() as tx:
        event.listen(tx, "before_cursor_execute", explain)
        ask(tx)
    return steps


def test_a_walk_goes_on_where_it_was(catalog: Catalog) -> None:
    steps = plan_of(catalog, lambda tx: observations.walk(tx, 1, 1000, 500))

    assert steps[0] == "SEARCH files USING INTEGER PRIMARY KEY (rowid>?)"
    assert not [step for step in steps if "TEMP B-TREE" in step]


@pytest.mark.parametrize(
    "ask, index",
    [
        (lambda tx: observations.by_sha(tx, 1, ["ab"]), "files_sha256"),
        (lambda tx: observations.everywhere(tx, "ab"), "files_sha256"),
        (lambda tx: observations.about(tx, [1]), "sidecars_speaks_of"),
        (lambda tx: observations.with_url(tx, 1, "https://…"), "sidecars_url"),
        (
            lambda tx: observations.named(tx, 1, "e", ["a"], "n"),
            "sqlite_autoindex_files_1 (archive=? AND directory=? AND name=?)",
        ),
        (lambda tx: members.directory(tx, 1, "e", "a"), "files_directory"),
    ],
)
def test_what_belongs_together_is_found_by_index(
    catalog: Catalog, ask: Callable[[Connection], object], index: str
) -> None:
    steps = plan_of(catalog, ask)

    assert any(index in step for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN files")]


NOW = datetime(2024, 7, 1, tzinfo=UTC)
HOT: list[tuple[str, Callable[[Connection], object]]] = [
    ("the queue", lambda tx: vectors.pending(tx, ENCODER, now=NOW, limit=16, sources=["photos"])),
    ("the queue, further on", lambda tx: vectors.pending(tx, ENCODER, now=NOW, limit=16, after=3)),
    ("the queue of a new encoder", lambda tx: vectors.pending(tx, "new@1", now=NOW, limit=16)),
    ("counts", lambda tx: items.counts(tx, ENCODER)),
    ("counts by source", items.counts_by_source),
    ("vectors", lambda tx: vectors.count(tx, ENCODER)),
    ("a page", lambda tx: items.known(tx, 1, ["id-1"])),
    ("ids of a page", lambda tx: items.ids_of(tx, 1, ["id-1"])),
    ("rows", lambda tx: items.by_ids(tx, [1, 2])),
    ("what lacks a vector", lambda tx: vectors.lacking(tx, ENCODER, [1, 2], now=NOW)),
    ("vectors of some", lambda tx: vectors.read(tx, ENCODER, [1, 2])),
    ("equal bytes", lambda tx: folds.showing(tx, ["id-1"], [1])),
    ("pointers", lambda tx: items.pointing_on(tx, ["id-1"])),
    ("changes", lambda tx: changes.since(tx, ENCODER, 3, 100)),
    ("the state of arrays", arrays.state),
    (
        "a year",
        lambda tx: matching(
            tx,
            Filters(
                days=(
                    DayRange(
                        date(2015, 1, 1),
                    ),
                )
            ),
            UTC,
        ),
    ),
]


@pytest.mark.parametrize("ask", [ask for _, ask in HOT], ids=[name for name, _ in HOT])
def test_hot_statements_read_no_table_of_the_size_of_the_library(
    catalog: Catalog, ask: Callable[[Connection], object]
) -> None:
    with catalog.transaction() as tx:
        embed(tx, add(tx, range(20))[:10])
    steps = plan_of(catalog, ask)

    large = ("items", "vectors", "pending", "labels", "item_changes")
    # What lies in the trash has an index of its own, and is little.
    scans = [step for step in steps if step.startswith("SCAN") and "items_trashed" not in step]
    assert not [step for step in scans if step.split()[1] in large], steps


def test_the_counts_of_status_are_kept(catalog: Catalog) -> None:
    """Failures are the only rows that are counted."""
    steps = plan_of(catalog, lambda tx: items.counts(tx, ENCODER))

    assert {step.split()[1] for step in steps if step.startswith("SCAN")} <= {"sources", "failures"}
