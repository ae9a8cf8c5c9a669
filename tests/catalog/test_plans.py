"""The statements that run once a page use an index, however large the library is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from gphotos_search.catalog import (
    arrays,
    changes,
    folds,
    items,
    known,
    members,
    observations,
    places_known,
    spent,
    twins,
    vectors,
)
from gphotos_search.catalog.filters import matching
from gphotos_search.catalog.store import Catalog
from gphotos_search.media import DayRange, Filters, MediaItem, StoredItem
from tests.catalog.filled import ENCODER, add, embed, item


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

    with catalog.transaction() as tx:
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
YEAR = Filters(days=(DayRange(date(2015, 1, 1), date(2016, 1, 1)),))
PHOTO = StoredItem(media_id=1, source="photos", item=MediaItem(source_id="id-1"))


def picks(tx: Connection) -> object:
    return twins.candidates(tx, ENCODER, picked="google_picker", others=("takeout", "folder"))


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
    ("a year", lambda tx: matching(tx, YEAR, UTC)),
    ("what goes with one", lambda tx: known.related(tx, PHOTO)),
    ("twins of picks", picks),
    ("vectors of equal bytes", lambda tx: vectors.adopt(tx, ENCODER, [11, 12], NOW)),
    ("archives to let go", lambda tx: spent.archives(tx, "photos", ENCODER, tries=3)),
    ("a new page", lambda tx: apply(tx, add=[item(30)])),
    ("a page again", lambda tx: apply(tx, update=[(1, item(0))], seen=[2, 3])),
    ("new vectors", lambda tx: embed(tx, [13])),
    ("new places", lambda tx: places_known.assign(tx, [(1, 45.0, 4.0, None)])),
    ("what is gone", lambda tx: items.remove(tx, [19, 20])),
]


def apply(tx: Connection, **page: Any) -> object:
    return items.apply(tx, 1, listing=1, now=NOW, **page)


@pytest.mark.parametrize(
    "ask, step",
    [
        (picks, "SEARCH other USING INDEX items_taken (taken_at>? AND taken_at<?)"),
        (lambda tx: matching(tx, YEAR, UTC), "items_taken (taken_at>? AND taken_at<?)"),
        (lambda tx: known.related(tx, PHOTO), "items_edited_of (edited_of=?)"),
        (
            lambda tx: vectors.adopt(tx, ENCODER, [11], NOW),
            "SEARCH held USING INDEX sqlite_autoindex_vectors_1 (media_id=? AND encoder=?)",
        ),
        (
            lambda tx: spent.archives(tx, "photos", ENCODER, tries=3),
            "SEARCH pending USING PRIMARY KEY (encoder=? AND source=? AND taken=? AND media_id=?)",
        ),
    ],
    ids=["picks", "a year", "edited copies", "equal bytes", "archives"],
)
def test_the_narrowest_index_is_used(
    catalog: Catalog, ask: Callable[[Connection], object], step: str
) -> None:
    with catalog.transaction() as tx:
        embed(tx, add(tx, range(20))[:10])

    steps = plan_of(catalog, ask)

    assert any(step in one for one in steps), steps


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


@pytest.mark.parametrize("encoder", [ENCODER, "new@1"])
@pytest.mark.parametrize("after", [None, 3])
def test_work_is_taken_in_the_order_of_an_index(
    catalog: Catalog, encoder: str, after: int | None
) -> None:
    """Neither a scan nor a sort, however many items there are."""
    with catalog.transaction() as tx:
        embed(tx, add(tx, range(20))[10:])

    steps = plan_of(catalog, lambda tx: vectors.pending(tx, encoder, now=NOW, limit=3, after=after))

    assert {step.split()[1] for step in steps if step.startswith("SCAN")} <= {
        "sources",
        "json_each",
    }
    # Items of one instant only are brought into the order of their ids.
    sorts = [step for step in steps if "TEMP B-TREE" in step]
    assert all(re.search("FOR (LAST TERM|RIGHT PART)", step) for step in sorts), steps
