"""Dates as options give them: days, years and months. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from gphotos_search.errors import UsageError
from gphotos_search.media import DayRange

FIRST_YEAR, LAST_YEAR = 1826, 2100  # the oldest photograph that survives; a sane end
NOTHING = DayRange(date(1970, 1, 1), date(1970, 1, 1))

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


def day(text: str, option: str) -> date:
    """The first day of YYYY, YYYY-MM or YYYY-MM-DD. Raises UsageError that names the option."""
    match = _DATE.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        year, month, number = (int(part or 1) for part in match.groups())
        found = date(year, month, number)
    except ValueError:
        raise UsageError(
            f'{option}: "{text}" is no date.', advice="Write YYYY, YYYY-MM or YYYY-MM-DD."
        ) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise UsageError(f"{option}: the year must be from {FIRST_YEAR} to {LAST_YEAR}.")
    return found


def numbers(texts: Iterable[str], option: str, low: int, high: int) -> tuple[int, ...]:
    """All numbers of comma-separated lists, in order, once each. Raises UsageError."""
    found: dict[int, None] = {}
    for word in (word.strip() for text in texts for word in text.split(",")):
        if not (word.isascii() and word.isdigit() and low <= int(word[:9]) <= high):
            raise UsageError(
                f'{option}: "{word}" is not a number from {low} to {high}.',
                advice=f"Several are separated by commas, as in {option} {low},{high}.",
            )
        found[int(word)] = None
    return tuple(found)


def of_years(years: Sequence[int]) -> tuple[DayRange, ...]:
    """All days of these years."""
    return tuple(DayRange(date(year, 1, 1), date(year + 1, 1, 1)) for year in sorted(set(years)))


def within(ranges: Iterable[DayRange], bounds: DayRange) -> tuple[DayRange, ...]:
    """Each range cut to the bounds; NOTHING alone when nothing is left."""
    cut = []
    for each in ranges:
        start = max((day for day in (each.start, bounds.start) if day), default=None)
        end = min((day for day in (each.end, bounds.end) if day), default=None)
        if start is None or end is None or start < end:
            cut.append(DayRange(start, end))
    return tuple(cut) or (NOTHING,)
