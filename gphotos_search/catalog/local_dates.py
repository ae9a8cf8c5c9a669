"""Conditions on local dates as ranges of instants, so that an index of instants answers them. Pure.

The local time of an item is its instant plus an offset: its own where it knows one, else that of
the configured zone at that instant. A zone's offset is constant between its changes, so each range
of local days becomes one range of instants for every offset in force.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from gphotos_search.catalog.columns import EPOCH, MICROSECOND, microseconds
from gphotos_search.media import DayRange, Filters

HOUR = 3_600_000_000  # microseconds, as everything here
DAY = 24 * HOUR
CYCLE = 146_097 * DAY  # 400 years: the calendar repeats, weekdays too
EVER, NEVER = -(2**62), 2**62
FIRST_YEAR, LAST_YEAR = 2, 9998  # a year inside what datetime can hold

Local = tuple[int, int]  # half-open, microseconds of the local clock since 1970


class Span(NamedTuple):
    """Instants in [start, end) of items whose local time is in [since, until)."""

    start: int
    end: int
    offset: int  # in force then, of items that do not know their own
    folder: bool | None  # whether it is about items whose time came from a folder; None: about all
    since: int
    until: int


def spans(filters: Filters, zone: tzinfo, first: datetime, last: datetime) -> list[Span]:
    """What meets `filters.days` and `filters.months`; weekdays are left to the caller, but where
    months or weekdays name some only, items of a folder are out. `first` and `last` bound the
    instants there are.
    """
    days, years = wanted_days(filters)
    if filters.months:
        days = _both(days, joined(_months(set(filters.months), first.year - 1, last.year + 1)))
    segments = offsets(zone, first, last)
    return [
        span
        for since, until in sorted({*days, *years})
        for span in _of_range(since, until, _about(since, until, days, years), segments)
    ]


def wanted_days(filters: Filters) -> tuple[list[Local], list[Local]]:
    """What `filters.days` names, for items that know their day and for those of a folder, which
    know their year; none for these where months or weekdays name some only."""
    days = joined(filters.days) if filters.days else [(EVER, NEVER)]
    years = days if not filters.days else list(_whole_years(days))
    if 0 < len(set(filters.months)) < 12 or 0 < len(set(filters.weekdays)) < 7:
        years = []
    return days, years


def _of_range(
    since: int, until: int, folder: bool | None, segments: Sequence[tuple[int, int]]
) -> Iterable[Span]:
    """A day more at both ends: no clock is further from Greenwich's."""
    first, last = since - DAY, until + DAY
    begins = [begin for begin, _ in segments]
    for at in range(max(bisect_right(begins, first) - 1, 0), bisect_left(begins, last)):
        begin, offset = segments[at]
        end = begins[at + 1] if at + 1 < len(segments) else last
        yield Span(max(begin, first), min(end, last), offset, folder, since, until)


def _about(since: int, until: int, days: Sequence[Local], years: Sequence[Local]) -> bool | None:
    """Which items one of the ranges is for, as in Span: most are for all, and read once."""
    of_days, of_years = (since, until) in days, (since, until) in years
    return None if of_days and of_years else of_years


def joined(days: Iterable[DayRange]) -> list[Local]:
    """The ranges in order, without overlap; the empty ones are gone."""
    found: list[Local] = []
    for since, until in sorted((_moment(one.start, EVER), _moment(one.end, NEVER)) for one in days):
        if since >= until:
            continue
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(until, found[-1][1]))
        else:
            found.append((since, until))
    return found


def _months(months: Collection[int], first: int, last: int) -> Iterable[DayRange]:
    for year in range(max(first, 1), min(last, 9999) + 1):
        for month in months:
            after = (year + month // 12, month % 12 + 1)
            yield DayRange(date(year, month, 1), date(*after, 1) if after[0] < 10_000 else None)


def _both(left: Sequence[Local], right: Sequence[Local]) -> list[Local]:
    """What two ordered lists of disjoint ranges have in common."""
    found: list[Local] = []
    mine, theirs = 0, 0
    while mine < len(left) and theirs < len(right):
        since = max(left[mine][0], right[theirs][0])
        until = min(left[mine][1], right[theirs][1])
        if since < until:
            found.append((since, until))
        if left[mine][1] < right[theirs][1]:
            mine += 1
        else:
            theirs += 1
    return found


def _moment(day: date | None, unbounded: int) -> int:
    return unbounded if day is None else (day - EPOCH.date()).days * DAY


def _whole_years(days: Iterable[Local]) -> Iterable[Local]:
    for since, until in days:
        first = since if since == EVER else _new_year(since - 1, 1)
        last = until if until == NEVER else _new_year(until, 0)
        if first < last:
            yield first, last


def _new_year(moment: int, later: int) -> int:
    year = (EPOCH + moment * MICROSECOND).year + later
    return _moment(date(min(year, 9999), 1, 1), NEVER)


def offsets(zone: tzinfo, first: datetime, last: datetime) -> list[tuple[int, int]]:
    """(since when, offset) of the zone, from the year of `first` to that of `last`, in order."""
    found: list[tuple[int, int]] = []
    for year in range(max(first.year, FIRST_YEAR), min(last.year, LAST_YEAR) + 1):
        for since, offset in _changes(zone, year):
            if not found or found[-1][1] != offset:
                found.append((since, offset))
    if found:
        found[0] = (EVER, found[0][1])
    return found


@lru_cache(maxsize=1024)
def _changes(zone: tzinfo, year: int) -> tuple[tuple[int, int], ...]:
    """The offset at the year's begin and at each change in it; a day has one change at most."""
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    found = [(microseconds(start - EPOCH), _offset(zone, start))]
    while start < end:
        after = min(start + timedelta(days=1), end)
        if _offset(zone, after) != found[-1][1]:
            found.append(_change(zone, start, after))
        start = after
    return tuple(found)


def _change(zone: tzinfo, low: datetime, high: datetime) -> tuple[int, int]:
    new = _offset(zone, high)
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (low, middle) if _offset(zone, middle) == new else (middle, high)
    return microseconds(high - EPOCH), new


def _offset(zone: tzinfo, moment: datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return microseconds(offset)
