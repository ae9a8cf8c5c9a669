"""Calendar words as exact UTC ranges. Pure: a zone comes in, ranges go out.

A local day begins at the first instant whose local date is that day. Where a clock change repeats
midnight itself (a few zones, one minute), the first midnight counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo

from gphotos_search.errors import UsageError
from gphotos_search.media import TimeRange

FIRST_YEAR, LAST_YEAR = 1826, 2100  # the oldest photograph that survives; a sane end
NOTHING = TimeRange(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC))

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


def start_of(local_day: date, zone: tzinfo | None) -> datetime:
    """The instant a local day begins, in UTC; zone None is the system's."""
    midnight = datetime(local_day.year, local_day.month, local_day.day)
    first = _utc(midnight, zone)
    second = _utc(midnight.replace(fold=1), zone)
    if second >= first:  # midnight exists, once or twice
        return first
    # The clock was put forward over midnight: the day begins with the change, between the two.
    low, high = second, first
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        low, high = (low, middle) if middle.astimezone(zone).date() >= local_day else (middle, high)
    return high.replace(microsecond=0)


def _utc(naive: datetime, zone: tzinfo | None) -> datetime:
    if zone is not None:
        return naive.replace(tzinfo=zone).astimezone(UTC)
    # To timestamp() a naive time is the system's, and unlike astimezone() it minds `fold` in a gap.
    return datetime.fromtimestamp(naive.timestamp(), UTC)


def calendar(
    years: Sequence[int], months: Sequence[int], zone: tzinfo | None
) -> tuple[TimeRange, ...]:
    """The union of these months of these years; no years mean every one, no months all twelve."""
    spans = []
    for year in sorted(years) or range(FIRST_YEAR, LAST_YEAR + 1):
        if not months:
            spans.append((date(year, 1, 1), date(year + 1, 1, 1)))
        for month in sorted(months):
            after = date(year + month // 12, month % 12 + 1, 1)
            spans.append((date(year, month, 1), after))
    joined: list[tuple[date, date]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            start = joined.pop()[0]  # noqa: PLW2901
        joined.append((start, end))
    return tuple(TimeRange(start_of(start, zone), start_of(end, zone)) for start, end in joined)


def within(ranges: Iterable[TimeRange], bounds: TimeRange) -> tuple[TimeRange, ...]:
    """Each range cut to the bounds; NOTHING alone when nothing is left."""
    cut = []
    for each in ranges:
        start = max((t for t in (each.start, bounds.start) if t), default=None)
        end = min((t for t in (each.end, bounds.end) if t), default=None)
        if start is None or end is None or start < end:
            cut.append(TimeRange(start, end))
    return tuple(cut) or (NOTHING,)
