"""The statements that run once a page use an index, however large the library is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from gphotos_search.catalog import members, observations
from gphotos_search.catalog.store import Catalog


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
