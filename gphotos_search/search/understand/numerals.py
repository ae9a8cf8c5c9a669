"""Dates written in digits. Where day and month could be either, the day comes first."""

from __future__ import annotations

import re

from gphotos_search.search.understand import calendars
from gphotos_search.search.understand.when import When

_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?")
_LOCAL = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_MONTH = re.compile(r"(?:(\d{1,2})/|(\d{2})[-.])(\d{4})")
_YEARS = re.compile(r"(\d{4})[-/–—](\d{4}|\d{2})")


def numeral(text: str) -> When | None:
    """The days of "2021-06-12", "2021-06", "12.06.2019", "06/2019", "2018-2020"; else None."""
    if not text.isascii() and "–" not in text and "—" not in text:
        return None
    if match := _ISO.fullmatch(text):
        when = _date(int(match[1]), int(match[3]), match[4])
        if when or match[4]:
            return when
    if match := _LOCAL.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        return calendars.day(year, second, first) or calendars.day(year, first, second)
    if match := _MONTH.fullmatch(text):
        return _date(int(match[3]), int(match[1] or match[2]), None)
    if match := _YEARS.fullmatch(text):
        return _years(match[1], match[2])
    return None


def _date(year: int, month: int, day: str | None) -> When | None:
    if day:
        return calendars.day(year, month, int(day))
    if calendars.FIRST <= year <= calendars.LAST and 1 <= month <= 12:
        return calendars.month(month, year)
    return None


def _years(first: str, last: str) -> When | None:
    begin = int(first)
    end = int(last) if len(last) == 4 else begin // 100 * 100 + int(last)
    in_range = calendars.FIRST <= begin < end <= calendars.LAST
    return calendars.years(begin, end) if in_range else None
