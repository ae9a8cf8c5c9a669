"""Neighbours in time are looked up, never scanned for, whatever other indexes there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from gphotos_search.catalog import folds
from gphotos_search.catalog.store import Catalog
from tests.catalog.test_plans import plan_of

NOON = datetime(2024, 1, 20, 12, tzinfo=UTC)


def test_moments_are_found_by_the_index_of_times(tmp_path: Path) -> None:
    spans = [(NOON + timedelta(days=day), NOON + timedelta(days=day, hours=1)) for day in range(3)]
    catalog = Catalog.open(tmp_path)
    try:
        steps = plan_of(catalog, lambda tx: folds.taken_within(tx, spans))
    finally:
        catalog.close()
    assert "span" in steps[0]
    assert "taken_at>? AND taken_at<?" in steps[1], steps
