"""Decisions, without network, disk or model."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.catalog.items import StoredRow
from gphotos_search.catalog.sources import SourceRow
from gphotos_search.media import MediaItem
from gphotos_search.sync.plan import (
    SMALL_LISTING_PAGES,
    ListingKind,
    ListingPlan,
    chunks,
    plan_listing,
    plan_page,
    removals_allowed,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FRESH = SourceRow(
    id=1,
    name="photos",
    type="google_library",
    account="default",
    attached=True,
    state="new",
    message="",
    cursor=None,
    listing=0,
    listing_kind="full",
    listing_open=False,
    listing_complete=True,
    listing_pages=0,
    listing_began_at=None,
    last_full=None,
    previous_full=None,
    completed_listings=0,
    last_full_at=None,
    last_full_pages=0,
    last_sync_at=None,
    next_sync_at=None,
    retry_at=None,
)
LARGE = replace(FRESH, last_full_pages=SMALL_LISTING_PAGES + 1, last_full_at=NOW)


def test_the_first_listing_is_of_everything() -> None:
    assert plan_listing(FRESH, NOW) == ListingPlan("full")


def test_a_large_library_is_listed_whole_once_a_day() -> None:
    hours = [6, 12, 18, 24]
    kinds = [plan_listing(LARGE, NOW + timedelta(hours=hour)).kind for hour in hours]
    assert kinds == ["head", "head", "head", "full"]


def test_a_listing_from_the_future_counts_for_nothing() -> None:
    assert plan_listing(LARGE, NOW - timedelta(days=400)).kind == "full"


def test_a_small_library_is_always_listed_whole() -> None:
    small = replace(LARGE, last_full_pages=SMALL_LISTING_PAGES)
    assert plan_listing(small, NOW).kind == "full"


@pytest.mark.parametrize("kind", ["full", "head"])
def test_an_interrupted_listing_goes_on_where_it_was(kind: ListingKind) -> None:
    row = replace(LARGE, listing_open=True, listing_kind=kind, cursor="page 7")
    assert plan_listing(row, NOW) == ListingPlan(kind, "page 7")


def test_a_person_who_asks_for_all_gets_a_full_listing() -> None:
    head = replace(LARGE, listing_open=True, listing_kind="head", cursor="page 7")
    assert plan_listing(head, NOW, ask_all=True) == ListingPlan("full")
    assert plan_listing(replace(head, listing_kind="full"), NOW, ask_all=True).cursor == "page 7"


ids = st.integers(0, 12)
things = st.builds(
    lambda number, text: MediaItem(source_id=f"id{number}", description=text),
    ids,
    st.sampled_from(["", "a", "b"]),
)


@given(page=st.lists(things, max_size=20), stored=st.lists(things, max_size=20))
def test_every_item_of_a_page_is_added_updated_or_seen(
    page: list[MediaItem], stored: list[MediaItem]
) -> None:
    known = {
        item.source_id: StoredRow(number, item, 1) for number, item in enumerate(stored, start=1)
    }
    plan = plan_page(page, known)
    added = [item.source_id for item in plan.add]
    assert len(set(added)) == len(added)
    assert set(added) == {item.source_id for item in page} - known.keys()
    seen = {known[item.source_id].media_id for item in page if item.source_id in known}
    assert set(plan.seen) == seen
    by_id = {row.media_id: row.item for row in known.values()}
    assert all(by_id[media_id] != item for media_id, item in plan.update)
    assert plan.all_known == (bool(page) and not added)


@given(absent=st.integers(0, 10_000), total=st.integers(0, 10_000), share=st.floats(0, 1))
def test_never_more_than_the_share_is_removed_unasked(
    absent: int, total: int, share: float
) -> None:
    if removals_allowed(absent, total, share):
        assert absent <= max(5, share * total)
    else:
        assert absent > 5


@given(st.lists(st.integers()), st.integers(1, 9))
def test_chunks_are_the_list_again(numbers: list[int], size: int) -> None:
    parts = list(chunks(numbers, size))
    assert [number for part in parts for number in part] == numbers
    assert all(0 < len(part) <= size for part in parts)
