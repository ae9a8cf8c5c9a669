"""What calendar words mean on a given day: seasons, holidays, weeks, decades."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from gphotos_search.media import DayRange
from gphotos_search.search.understand.when import DAY, When, joined, span

Hemisphere = Literal["north", "south"]
OfYear = Callable[[int], When]
FIRST, LAST = 1826, 2100  # years: the oldest photograph that survives; a sane end
EARLIEST_RECURRING = 1950  # "12 June" without a year is looked for from here on
DAY_UNIT, WEEK, MONTH, YEAR = 1, 2, 3, 4
SPRING, SUMMER, AUTUMN, WINTER = 1, 2, 3, 4


def year(number: int) -> When:
    return span(date(number, 1, 1), date(number, 12, 31))


def years(first: int, last: int) -> When:
    return span(date(first, 1, 1), date(last, 12, 31))


def month(number: int, of_year: int) -> When:
    last = calendar.monthrange(of_year, number)[1]
    return span(date(of_year, number, 1), date(of_year, number, last))


def day(of_year: int, of_month: int, number: int) -> When | None:
    """None where the calendar has no such day."""
    if not (FIRST <= of_year <= LAST and 1 <= of_month <= 12):
        return None
    if not 1 <= number <= calendar.monthrange(of_year, of_month)[1]:
        return None
    found = date(of_year, of_month, number)
    return span(found, found)


@lru_cache(maxsize=64)
def every(of_month: int, number: int, today: date) -> When | None:
    """A day of each year up to this one."""
    found = [day(each, of_month, number) for each in range(EARLIEST_RECURRING, today.year + 1)]
    return When(tuple(when.days[0] for when in found if when)) if any(found) else None


def season_months(season: int, hemisphere: Hemisphere) -> tuple[int, ...]:
    """The three months of meteorology, in order: the northern winter is 12, 1, 2."""
    first = (3, 6, 9, 12)[(season - 1 + (2 if hemisphere == "south" else 0)) % 4]
    return tuple((first + k - 1) % 12 + 1 for k in range(3))


def season_from(season: int, of_year: int, hemisphere: Hemisphere) -> When:
    """The season that begins in a year."""
    months = season_months(season, hemisphere)
    last_year = of_year + (1 if months[2] < months[0] else 0)
    last = calendar.monthrange(last_year, months[2])[1]
    return span(date(of_year, months[0], 1), date(last_year, months[2], last))


def season(number: int, of_year: int, hemisphere: Hemisphere) -> When:
    """A season "of 2018". One that spans New Year may mean either, so both are meant."""
    begun = season_from(number, of_year, hemisphere)
    if season_months(number, hemisphere) != (12, 1, 2):
        return begun
    early = span(date(of_year, 1, 1), date(of_year, 3, 1) - DAY)
    return When(joined((*early.days, *begun.days)))


def latest(of_year: OfYear, today: date, *, over: bool) -> When:
    """The latest that has begun by today or, with `over`, has ended before it."""
    for number in range(today.year, today.year - 9, -1):
        each = of_year(number).days[0]
        if each.start and each.end and (each.end <= today if over else each.start <= today):
            return When((each,))
    return of_year(today.year - 1)


def back(unit: int, count: int, today: date) -> When:
    """The calendar day, week, month or year that lies `count` of them ago."""
    if unit == DAY_UNIT:
        found = today - timedelta(days=count)
        return span(found, found)
    if unit == WEEK:
        monday = today - timedelta(days=today.weekday(), weeks=count)
        return span(monday, monday + 6 * DAY)
    if unit == MONTH:
        months = today.year * 12 + today.month - 1 - count
        return month(months % 12 + 1, months // 12)
    return year(today.year - count)


def rolling(unit: int, count: int, today: date) -> When:
    """The last `count` days, weeks, months or years, today included."""
    if unit in (DAY_UNIT, WEEK):
        return span(today - timedelta(days=count * (7 if unit == WEEK else 1)), today)
    months = today.year * 12 + today.month - 1 - count * (12 if unit == YEAR else 1)
    last = calendar.monthrange(months // 12, months % 12 + 1)[1]
    return span(date(months // 12, months % 12 + 1, min(today.day, last)), today)


def weekday(number: int, today: date, *, over: bool) -> When:
    """The latest such weekday before today; without `over`, that of this week."""
    behind = (today.isoweekday() - number - 1) % 7 + 1
    found = today - timedelta(days=behind if over else today.isoweekday() - number)
    return span(found, found)


def weekend(today: date, *, over: bool) -> When:
    """Saturday and Sunday of this week, or with `over` the latest that are both behind us."""
    monday = today - timedelta(days=today.weekday() + (7 if over else 0))
    return span(monday + 5 * DAY, monday + 6 * DAY)


def decade(number: int) -> When | None:
    """The decade of "90" or "1990"."""
    if number < 100:
        number += 2000 if number <= 20 else 1900
    in_range = FIRST <= number <= LAST - 9 and number % 10 == 0
    return years(number, number + 9) if in_range else None


def easter(of_year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Butcher's rule)."""
    a, b, c = of_year % 19, of_year // 100, of_year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    in_month, on = divmod(h + k - 7 * m + 114, 31)
    return date(of_year, in_month, on + 1)


_FIXED: dict[str, tuple[int, int, int]] = {  # month, first day, number of days
    "christmas": (12, 24, 3),
    "christmas eve": (12, 24, 1),
    "new year's eve": (12, 31, 2),
    "halloween": (10, 31, 1),
    "valentine": (2, 14, 1),
    "sinterklaas": (12, 5, 2),
    "king's day": (4, 27, 1),
}
_AROUND_EASTER = {"easter": (-2, 1), "carnival": (-52, -46), "pentecost": (49, 50)}  # days


def holiday(name: str, of_year: int) -> When:
    """The days of a holiday; New Year of 2020 begins on the last day of 2019."""
    if name in _AROUND_EASTER:
        first, last = _AROUND_EASTER[name]
        return span(easter(of_year) + first * DAY, easter(of_year) + last * DAY)
    if name == "new year":
        return span(date(of_year, 1, 1) - DAY, date(of_year, 1, 1))
    if name == "thanksgiving":  # the fourth Thursday of November, as in the United States
        november = date(of_year, 11, 1)
        found = november + timedelta(days=(3 - november.weekday()) % 7 + 21)
        return span(found, found)
    in_month, on, count = _FIXED[name]
    start = date(of_year, in_month, on)
    return When((DayRange(start, start + count * DAY),))
