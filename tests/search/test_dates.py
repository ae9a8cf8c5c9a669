"""Dates against a brute-force look at a local calendar, clock changes included."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gphotos_search.errors import UsageError
from gphotos_search.media import TimeRange
from gphotos_search.search import dates, query

# Summer time that skips midnight, begins before midnight, skips a whole day, repeats midnight,
# shifts by half an hour; and none of it.
ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "America/Toronto"),
    *("Pacific/Apia", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Beirut"),
    *("Africa/Cairo", "America/Asuncion", "Pacific/Kiritimati"),
)
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 30), timezones=st.just(UTC))
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 30))


def inside(ranges: tuple[TimeRange, ...], moment: datetime) -> bool:
    return any(
        (each.start is None or each.start <= moment) and (each.end is None or moment < each.end)
        for each in ranges
    )


def test_a_date_may_be_a_year_a_month_or_a_day() -> None:
    assert dates.day("2021", "--after") == date(2021, 1, 1)
    assert dates.day("2021-07", "--after") == date(2021, 7, 1)
    assert dates.day(" 2021-07-09 ", "--after") == date(2021, 7, 9)


@pytest.mark.parametrize("text", ["", "21", "2021-13", "2021-02-30", "2021/01/01", "1700", "9999"])
def test_what_is_no_date_is_refused_by_its_option(text: str) -> None:
    with pytest.raises(UsageError, match="--before"):
        dates.day(text, "--before")


@given(DAYS, st.sampled_from(ZONES))
@example(date(2018, 11, 4), "America/Sao_Paulo")
@example(date(1919, 3, 31), "America/Toronto")
@example(date(2011, 12, 30), "Pacific/Apia")
@example(date(2011, 12, 31), "Pacific/Apia")
@example(date(2022, 11, 6), "America/Havana")
def test_a_day_begins_at_its_first_instant(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    start = dates.start_of(day, zone)
    assert start.astimezone(zone).date() >= day
    assert (start - timedelta(seconds=1)).astimezone(zone).date() < day


@settings(max_examples=300)
@given(
    INSTANTS,
    st.sampled_from(ZONES),
    st.none() | DAYS,
    st.none() | DAYS,
    st.lists(st.integers(1990, 2030), max_size=3),
    st.lists(st.integers(1, 12), max_size=3),
)
def test_filters_mean_what_the_local_calendar_says(
    moment: datetime,
    name: str,
    after: date | None,
    before: date | None,
    years: list[int],
    months: list[int],
) -> None:
    zone = ZoneInfo(name)
    built = query.build(
        "x",
        after=after.isoformat() if after else "",
        before=before.isoformat() if before else "",
        years=[",".join(map(str, years))] if years else [],
        months=[str(month) for month in months],
        timezone=zone,
    )
    local = moment.astimezone(zone).date()
    expected = (
        (after is None or local >= after)
        and (before is None or local < before)
        and (not years or local.year in years)
        and (not months or local.month in months)
    )
    ranges = built.filters.taken
    assert (inside(ranges, moment) if ranges else True) == expected
    assert bool(ranges) == bool(after or before or years or months)


def test_filters_that_exclude_each_other_match_nothing() -> None:
    ranges = query.build("x", after="2022", before="2021", timezone=UTC).filters.taken
    assert ranges == (dates.NOTHING,)
    assert not inside(ranges, dates.NOTHING.start or datetime.now(UTC))


def test_neighbouring_months_and_years_are_one_range() -> None:
    utc = ZoneInfo("UTC")
    assert len(dates.calendar([2021, 2022], [12, 1], utc)) == 3
    assert len(dates.calendar([2023, 2022, 2021], [], utc)) == 1
    assert len(dates.calendar([], [5], utc)) == dates.LAST_YEAR - dates.FIRST_YEAR + 1


@contextmanager
def system_zone(name: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


@given(st.dates(date(1975, 1, 1), date(2035, 1, 1)), st.sampled_from(ZONES))
@example(date(2018, 11, 4), "America/Sao_Paulo")
def test_no_zone_means_the_systems(day: date, name: str) -> None:
    with system_zone(name):
        assert dates.start_of(day, None) == dates.start_of(day, ZoneInfo(name))
