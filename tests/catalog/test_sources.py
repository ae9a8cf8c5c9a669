"""Listings: their place, their end, and what may be concluded from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from gphotos_search.catalog import items, sources
from gphotos_search.catalog.sources import ListingKind, SourceRow
from tests.catalog.filled import NOW, item


@pytest.fixture
def source(tx: Connection) -> SourceRow:
    return sources.ensure(tx, "photos", "google_library", "default")


def test_a_new_source_has_listed_nothing(source: SourceRow) -> None:
    assert (source.state, source.attached, source.cursor) == ("new", True, None)
    assert (source.listing, source.listing_open, source.completed_listings) == (0, False, 0)


def test_ensure_again_keeps_what_is_known(tx: Connection, source: SourceRow) -> None:
    row = sources.begin_listing(tx, source.id, "full", NOW)
    sources.save_page(tx, row.id, "c1", True)
    again = sources.ensure(tx, "photos", "google_library", "default")
    assert (again.id, again.cursor, again.listing_open) == (source.id, "c1", True)


def test_another_account_under_the_name_starts_over(tx: Connection, source: SourceRow) -> None:
    listing(tx, source, [1, 2])
    listing(tx, source, [1, 2])
    changed = sources.ensure(tx, "photos", "google_library", "other")
    assert (changed.id, changed.account, changed.state) == (source.id, "other", "new")
    assert changed.completed_listings == 0
    assert listing(tx, source, [3]) == []  # one listing of the new account proves nothing yet
    assert listing(tx, source, [3]) == [1, 2]


def test_sources_that_left_the_config_are_shown_as_detached(
    tx: Connection, source: SourceRow
) -> None:
    sources.ensure(tx, "old", "folder", "default")
    sources.detach_others(tx, ["photos", "unknown"])
    assert [(row.name, row.attached) for row in sources.all_rows(tx)] == [
        ("photos", True),
        ("old", False),
    ]
    assert sources.ensure(tx, "old", "folder", "default").attached
    assert sources.get(tx, "nobody") is None


def test_a_page_moves_the_cursor(tx: Connection, source: SourceRow) -> None:
    row = sources.begin_listing(tx, source.id, "full", NOW)
    assert (row.listing, row.listing_kind, row.listing_open) == (1, "full", True)
    sources.save_page(tx, row.id, "c1", True)
    sources.save_page(tx, row.id, "c2", False)
    sources.save_page(tx, row.id, "c3", True)
    row = sources.by_id(tx, row.id)
    assert (row.cursor, row.listing_pages, row.listing_complete) == ("c3", 3, False)
    sources.end_listing(tx, row.id, NOW)
    row = sources.by_id(tx, row.id)
    assert (row.cursor, row.listing_open, row.completed_listings) == (None, False, 0)
    assert (row.last_full_at, row.last_full_pages) == (NOW, 3)


def test_a_new_listing_gives_the_open_one_up(tx: Connection, source: SourceRow) -> None:
    row = sources.begin_listing(tx, source.id, "full", NOW)
    sources.save_page(tx, row.id, "c1", True)
    row = sources.begin_listing(tx, row.id, "full", NOW)
    assert (row.listing, row.cursor, row.listing_open, row.listing_pages) == (2, None, True, 0)


def test_a_head_listing_is_no_full_one(tx: Connection, source: SourceRow) -> None:
    listing(tx, source, [1], kind="head")
    row = sources.by_id(tx, source.id)
    assert (row.last_full_at, row.completed_listings) == (None, 0)


def test_states_and_times(tx: Connection, source: SourceRow) -> None:
    later = NOW + timedelta(hours=6, microseconds=1)
    sources.set_state(tx, source.id, "try-later", "Quota.", retry_at=later)
    sources.plan_next(tx, source.id, later)
    row = sources.by_id(tx, source.id)
    assert (row.state, row.message, row.retry_at) == ("try-later", "Quota.", later)
    assert row.next_sync_at == later
    sources.synced(tx, source.id, NOW)
    row = sources.by_id(tx, source.id)
    assert (row.state, row.message, row.retry_at, row.last_sync_at) == ("ok", "", None, NOW)
    assert sources.last_run(tx) == NOW


def listing(
    tx: Connection,
    source: SourceRow,
    numbers: Sequence[int],
    *,
    kind: ListingKind = "full",
    complete: bool = True,
    ends: bool = True,
) -> list[int]:
    """A listing that sees those items; the numbers of the items it proves absent."""
    row = sources.begin_listing(tx, source.id, kind, NOW)
    listed = [item(number) for number in numbers]
    known = items.known(tx, row.id, [each.source_id for each in listed])
    items.apply(
        tx,
        row.id,
        add=[each for each in listed if each.source_id not in known],
        seen=[stored.media_id for stored in known.values()],
        listing=row.listing,
        now=NOW,
    )
    sources.save_page(tx, row.id, None, complete)
    if ends:
        sources.end_listing(tx, row.id, NOW)
    gone = items.by_ids(tx, items.absent(tx, row.id, row.listing))
    return [int(stored.item.source_id.removeprefix("id-")) for stored in gone.values()]


def test_absent_from_two_complete_listings(tx: Connection, source: SourceRow) -> None:
    assert listing(tx, source, [1, 2, 3]) == []
    assert listing(tx, source, [1, 2]) == []
    assert listing(tx, source, [1]) == [3]
    assert listing(tx, source, [1]) == [2, 3]


def test_seen_again_in_between_counts_from_the_start(tx: Connection, source: SourceRow) -> None:
    listing(tx, source, [1, 2])
    assert listing(tx, source, [1]) == []
    assert listing(tx, source, [1, 2]) == []
    assert listing(tx, source, [1]) == []
    assert listing(tx, source, [1]) == [2]


@pytest.mark.parametrize("seen", [[2], []])
def test_head_and_incomplete_listings_prove_presence_but_not_absence(
    tx: Connection, source: SourceRow, seen: list[int]
) -> None:
    listing(tx, source, [1, 2])
    assert listing(tx, source, [1]) == []
    assert listing(tx, source, [1, *seen], kind="head") == []
    assert listing(tx, source, [1, *seen], complete=False) == []
    assert listing(tx, source, [1, *seen], ends=False, complete=False) == []
    assert listing(tx, source, [1]) == ([] if seen else [2])


def test_an_item_added_by_a_head_listing_needs_two_full_ones(
    tx: Connection, source: SourceRow
) -> None:
    listing(tx, source, [1])
    listing(tx, source, [9, 1], kind="head")
    assert listing(tx, source, [1]) == []
    assert listing(tx, source, [1]) == [9]


def test_a_given_up_listing_proves_nothing(tx: Connection, source: SourceRow) -> None:
    listing(tx, source, [1, 2])
    row = sources.begin_listing(tx, source.id, "full", NOW)
    sources.save_page(tx, row.id, "c1", True)
    sources.begin_listing(tx, source.id, "full", NOW)
    assert items.absent(tx, source.id, row.listing) == []
    assert listing(tx, source, [1]) == []


def test_a_listing_proves_nothing_before_its_end(tx: Connection, source: SourceRow) -> None:
    listing(tx, source, [1, 2])
    listing(tx, source, [1])
    assert listing(tx, source, [1], ends=False) == []


def test_other_sources_are_none_of_its_business(tx: Connection, source: SourceRow) -> None:
    other = sources.ensure(tx, "other", "folder", "default")
    listing(tx, other, [7])
    listing(tx, source, [1])
    listing(tx, source, [1])
    assert listing(tx, source, []) == []
    assert listing(tx, source, []) == [1]
