"""Dates of options as ranges of days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.errors import UsageError
from gphotos_search.media import DayRange
from gphotos_search.search import dates, query

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 30))


def inside(ranges: tuple[DayRange, ...], moment: date) -> bool:
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


@given(
    DAYS,
    st.none() | DAYS,
    st.none() | DAYS,
    st.lists(st.integers(1990, 2030), max_size=3),
)
def test_days_are_those_of_the_years_between_the_bounds(
    day: date, after: date | None, before: date | None, years: list[int]
) -> None:
    built = query.build(
        "x",
        after=after.isoformat() if after else "",
        before=before.isoformat() if before else "",
        years=[",".join(map(str, years))] if years else [],
    )
    expected = (
        (after is None or day >= after)
        and (before is None or day < before)
        and (not years or day.year in years)
    )
    ranges = built.filters.days
    assert (inside(ranges, day) if ranges else True) == expected
    assert bool(ranges) == bool(after or before or years)


def test_filters_that_exclude_each_other_match_nothing() -> None:
    ranges = query.build("x", after="2022", before="2021").filters.days
    assert ranges == (dates.NOTHING,)
    assert not inside(ranges, date(1970, 1, 1))
