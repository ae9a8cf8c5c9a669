"""Exact filters are what a look at every item finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gphotos_search.catalog import items, sources
from gphotos_search.catalog.filters import matching
from gphotos_search.catalog.local_dates import offsets
from gphotos_search.catalog.store import Catalog
from gphotos_search.media import DayRange, Filters, Flag, Kind, MediaItem
from tests.catalog.filled import NOW, fresh

# Summer time that skips midnight, begins before midnight, skips a whole day, repeats midnight,
# shifts by half an hour; and none of it.
ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "America/Toronto"),
    *("Pacific/Apia", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Beirut"),
    *("Africa/Cairo", "America/Asuncion", "Pacific/Kiritimati"),
)
Library = list[tuple[str, MediaItem]]

zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.datetimes(
    datetime(1900, 1, 1), datetime(2040, 12, 30), timezones=st.just(UTC)
) | st.datetimes(datetime(2018, 10, 30), datetime(2018, 11, 6), timezones=st.just(UTC))
days = st.dates(date(1899, 1, 1), date(2042, 1, 1)) | st.dates(date(2018, 11, 1), date(2018, 11, 7))
ranges = st.builds(DayRange, st.none() | days, st.none() | days) | st.integers(1900, 2030).map(
    lambda year: DayRange(date(year, 1, 1), date(year + 2, 3, 1))
)
flags: st.SearchStrategy[Flag] = st.sampled_from(["favorite", "archived", "trashed"])
kinds: st.SearchStrategy[Kind] = st.sampled_from(["photo", "video"])
photos = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.builds(
        MediaItem,
        source_id=st.just(""),
        mime_type=st.sampled_from(["image/jpeg", "video/mp4", ""]),
        taken_at=st.none() | instants,
        taken_from=st.sampled_from(["source", "folder"]),
        utc_offset_min=st.none() | st.integers(-14 * 60, 14 * 60),
        favorite=st.booleans(),
        archived=st.booleans(),
        trashed=st.sampled_from([False, False, True]),
    ),
)


def lists(of: st.SearchStrategy[object], at_most: int = 2) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(of, max_size=at_most).map(tuple)


plain = st.builds(
    Filters,
    days=lists(ranges, 3),
    months=lists(st.integers(1, 12)) | st.just(tuple(range(1, 13))),
    weekdays=lists(st.integers(1, 7), 3),
    sources=lists(st.sampled_from(["a", "b", "nobody"])),
    kinds=lists(kinds),
    flags=lists(flags, 1),
)
nested = st.builds(
    lambda base, also, excluded: replace(base, also=also, excluded=excluded),
    plain | st.just(Filters()),
    lists(plain, 1),
    lists(plain),
)


def meets(one: MediaItem, source: str, filters: Filters, zone: tzinfo) -> bool:
    return (
        _dated(one, filters, zone)
        and (not filters.sources or source in filters.sources)
        and (not filters.kinds or one.kind in filters.kinds)
        and all(getattr(one, flag) for flag in filters.flags)
        and all(meets(one, source, each, zone) for each in filters.also)
        and not any(meets(one, source, each, zone) for each in filters.excluded)
    )


def _dated(one: MediaItem, filters: Filters, zone: tzinfo) -> bool:
    if not (filters.days or filters.months or filters.weekdays):
        return True
    if one.taken_at is None:
        return False
    day = local_day(one, zone)
    if one.taken_from == "folder":
        year = [date(day.year, 1, 1) + timedelta(days=n) for n in range(366)]
        whole = all(inside(filters, each) for each in year if each.year == day.year)
        finer = len(set(filters.months)) % 12 or len(set(filters.weekdays)) % 7
        return whole and not finer
    return (
        inside(filters, day)
        and (not filters.months or day.month in filters.months)
        and (not filters.weekdays or day.isoweekday() in filters.weekdays)
    )


def local_day(one: MediaItem, zone: tzinfo) -> date:
    assert one.taken_at is not None
    if one.utc_offset_min is None:
        return one.taken_at.astimezone(zone).date()
    return (one.taken_at + timedelta(minutes=one.utc_offset_min)).date()


def inside(filters: Filters, day: date) -> bool:
    return not filters.days or any(
        (each.start is None or each.start <= day) and (each.end is None or day < each.end)
        for each in filters.days
    )


def asks_for_trash(filters: Filters) -> bool:
    return "trashed" in filters.flags or any(map(asks_for_trash, filters.also))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    catalog = fresh(tmp_path_factory.mktemp("shared"))
    yield catalog
    catalog.close()


@settings(max_examples=100, deadline=None)
@given(
    library=st.lists(photos, max_size=12),
    asked=st.lists(plain | nested, min_size=1, max_size=4),
    zone=zones,
)
def test_matching_is_exactly_brute_force(
    shared: Catalog, library: Library, asked: list[Filters], zone: ZoneInfo
) -> None:
    held = fill(shared, library)
    with shared.reading() as tx:
        for filters in asked:
            trash = asks_for_trash(filters)
            expected = sorted(
                key
                for key, (one, source) in held.items()
                if meets(one, source, filters, zone) and (trash or not one.trashed)
            )
            assert matching(tx, filters, zone).tolist() == expected


def fill(catalog: Catalog, library: Library) -> dict[int, tuple[MediaItem, str]]:
    held = {}
    with catalog.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM items")
        for number, (source, one) in enumerate(library):
            listed = replace(one, source_id=str(number))
            row = sources.ensure(tx, source, "folder", "default")
            (media_id,) = items.apply(tx, row.id, add=[listed], listing=1, now=NOW).values()
            held[media_id] = (listed, source)
    return held


@given(instants, zones)
@example(datetime(2018, 11, 4, 3, tzinfo=UTC), ZoneInfo("America/Sao_Paulo"))
@example(datetime(2011, 12, 30, 10, tzinfo=UTC), ZoneInfo("Pacific/Apia"))
def test_the_offset_of_a_zone_at_any_instant(moment: datetime, zone: ZoneInfo) -> None:
    known = offsets(zone, moment, moment)
    microseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    in_force = [offset for since, offset in known if since <= microseconds][-1]
    expected = moment.astimezone(zone).utcoffset()
    assert timedelta(microseconds=in_force) == expected
