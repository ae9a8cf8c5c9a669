"""Which picked photo is the same as one of an export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gphotos_search import linking
from gphotos_search.catalog import items, sources, twins, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.linking import CLEAR, SIMILAR, browser_url, link_picked, twin_of
from gphotos_search.media import MediaItem, StoredItem
from tests.catalog.filled import ENCODER, fresh

TAKEN = datetime(2024, 5, 1, 10, 11, 12, 345_678, tzinfo=UTC)
PICKED = StoredItem(
    media_id=1,
    source="picker",
    item=MediaItem(source_id="p", taken_at=TAKEN, width=4032, height=3024, mime_type="image/jpeg"),
)


def other(media_id: int = 2, **changes: Any) -> StoredItem:
    item = replace(PICKED.item, source_id=f"sha-{media_id}", **changes)
    return StoredItem(media_id=media_id, source="takeout", item=item)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"taken_at": TAKEN.replace(microsecond=0)},
        {"width": 3024, "height": 4032},  # stored as the camera held it
        {"width": 1000, "height": 751},
    ],
)
def test_the_same_photo_is_found(changes: dict[str, Any]) -> None:
    assert twin_of(PICKED, [other(**changes)], [0.99]) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"taken_at": TAKEN + timedelta(seconds=1)},
        {"taken_at": TAKEN - timedelta(seconds=1)},
        {"taken_at": None},
        {"width": 0},
        {"width": 4032, "height": 2268},
        {"mime_type": "video/mp4"},
    ],
)
def test_another_time_shape_or_kind_is_another_photo(changes: dict[str, Any]) -> None:
    assert twin_of(PICKED, [other(**changes)], [1.0]) is None


def test_it_must_be_similar_and_stand_clear_of_the_next_of_its_burst() -> None:
    burst = [other(2), other(3)]
    assert twin_of(PICKED, [other()], [SIMILAR - 0.001]) is None
    assert twin_of(PICKED, burst, [0.9999, 0.9946]) == 2
    assert twin_of(PICKED, burst, [0.98, 0.9999]) == 3
    assert twin_of(PICKED, burst, [0.9920, 0.9920 + CLEAR / 2]) is None
    assert twin_of(PICKED, [], []) is None


def test_equal_bytes_in_two_sources_are_no_rivals() -> None:
    same = replace(other(3), item=other(2).item)
    assert twin_of(PICKED, [same, other(2)], [0.99, 0.99]) == 2


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = fresh(tmp_path)
    yield opened
    opened.close()


def put(catalog: Catalog, type_: str, item: MediaItem, angle: float | None) -> int:
    with catalog.transaction() as tx:
        row = sources.ensure(tx, type_, type_, "default")
        media_id = items.apply(tx, row.id, add=[item], listing=1, now=TAKEN)[item.source_id]
        if angle is not None:
            vector = np.array([np.cos(angle), np.sin(angle), 0, 0], np.float32)
            vectors.put(tx, ENCODER, [(media_id, vector)], TAKEN)
    return media_id


def test_picks_are_linked_when_their_export_comes(catalog: Catalog) -> None:
    picked = put(catalog, "google_picker", PICKED.item, 0.0)
    put(catalog, "google_picker", replace(PICKED.item, source_id="p2"), 0.01)
    put(catalog, "google_library", other(5).item, 0.0)  # no original, and no link to gain
    assert link_picked(catalog, ENCODER) == 0
    put(catalog, "takeout", replace(other(6).item, trashed=True), 0.0)
    put(catalog, "takeout", replace(other(7).item, url="https://elsewhere"), 1.0)
    assert link_picked(catalog, ENCODER) == 0
    late = put(catalog, "takeout", replace(other(8).item, url="https://photos/AF1Q"), None)
    assert link_picked(catalog, ENCODER) == 0  # not embedded yet
    with catalog.transaction() as tx:
        vectors.put(tx, ENCODER, [(late, np.array([1, 0, 0, 0], np.float32))], TAKEN)
    assert link_picked(catalog, ENCODER) == 2
    assert link_picked(catalog, ENCODER) == 0
    with catalog.reading() as tx:
        stored = items.get(tx, picked)
        assert stored is not None
        assert stored.twin_of == late
        assert browser_url(tx, stored) == "https://photos/AF1Q"


def test_a_twin_that_is_gone_is_looked_for_again(catalog: Catalog) -> None:
    picked = put(catalog, "google_picker", PICKED.item, 0.0)
    first = put(catalog, "takeout", other(2).item, 0.0)
    assert link_picked(catalog, ENCODER) == 1
    with catalog.transaction() as tx:
        items.remove(tx, [first])
        lonely = items.get(tx, picked)
        assert lonely is not None
        assert browser_url(tx, lonely) == ""
    second = put(catalog, "folder", other(3).item, 0.0)
    assert link_picked(catalog, ENCODER) == 1
    with catalog.reading() as tx:
        found = items.get(tx, picked)
        assert found is not None
        assert found.twin_of == second


def test_a_new_description_of_a_pick_keeps_its_twin(catalog: Catalog) -> None:
    picked = put(catalog, "google_picker", PICKED.item, 0.0)
    twin = put(catalog, "takeout", other().item, 0.0)
    link_picked(catalog, ENCODER)
    with catalog.transaction() as tx:
        row = sources.ensure(tx, "google_picker", "google_picker", "default")
        again = replace(PICKED.item, filename="renamed.jpg")
        items.apply(tx, row.id, update=[(picked, again)], listing=2, now=TAKEN)
        stored = items.get(tx, picked)
        assert stored is not None
        assert (stored.item.filename, stored.twin_of) == ("renamed.jpg", twin)


def test_only_what_may_be_the_same_is_compared(catalog: Catalog) -> None:
    put(catalog, "google_picker", PICKED.item, 0.0)
    put(catalog, "takeout", other(2).item, 0.0)
    put(catalog, "takeout", other(3, taken_at=TAKEN + timedelta(seconds=2)).item, 0.0)
    with catalog.reading() as tx:
        found = twins.candidates(tx, ENCODER, picked=linking.PICKED, others=linking.ORIGINALS)
    assert [[one.item.source_id for one in others] for _, others in found] == [["sha-2"]]
