"""Days as unions of half-open ranges: made, cut with one another, and told."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from gphotos_search.media import DayRange

DAY = timedelta(days=1)
NO_DAYS = DayRange(date(1970, 1, 1), date(1970, 1, 1))  # holds no day


@dataclass(frozen=True, slots=True)
class When:
    """A condition on the day: inside one of `days`, in one of `months`, on one of `weekdays`.

    What is empty is no condition.
    """

    days: tuple[DayRange, ...] = ()
    months: tuple[int, ...] = ()  # 1-12
    weekdays: tuple[int, ...] = ()  # 1-7, Monday is 1

    def __and__(self, other: When) -> When:
        """What is in both; where nothing can be, `days` is NO_DAYS."""
        months = _common(self.months, other.months)
        weekdays = _common(self.weekdays, other.weekdays)
        days = cut(self.days, other.days)
        return When(days if months is not None and weekdays is not None else (NO_DAYS,),
                    months or (), weekdays or ())  # fmt: skip

    @property
    def impossible(self) -> bool:
        return self.days == (NO_DAYS,)


def _common(ours: tuple[int, ...], theirs: tuple[int, ...]) -> tuple[int, ...] | None:
    """None where both say something and nothing is in common."""
    if not (ours and theirs):
        return ours or theirs
    return tuple(value for value in ours if value in theirs) or None


def cut(ours: tuple[DayRange, ...], theirs: tuple[DayRange, ...]) -> tuple[DayRange, ...]:
    """The days in both unions; an empty one holds every day."""
    if not (ours and theirs):
        return ours or theirs
    ours, theirs = joined(ours), joined(theirs)
    found = []
    i = k = 0
    while i < len(ours) and k < len(theirs):
        one, other = ours[i], theirs[k]
        start = max(filter(None, (one.start, other.start)), default=None)
        end = min(filter(None, (one.end, other.end)), default=None)
        if start is None or end is None or start < end:
            found.append(DayRange(start, end))
        if (one.end or date.max) <= (other.end or date.max):
            i += 1
        else:
            k += 1
    return tuple(found) or (NO_DAYS,)


def joined(ranges: Iterable[DayRange]) -> tuple[DayRange, ...]:
    """The same days as sorted ranges that neither meet nor overlap."""
    found: list[DayRange] = []
    for each in sorted(ranges, key=lambda r: (r.start or date.min, r.end or date.max)):
        last = found[-1] if found else None
        if last and (last.end is None or each.start is None or each.start <= last.end):
            end = None if last.end is None or each.end is None else max(last.end, each.end)
            found[-1] = DayRange(last.start, end)
        else:
            found.append(each)
    return tuple(found)


def span(first: date, last: date) -> When:
    """From one day to another, which is included."""
    return When((DayRange(first, last + DAY),))


def told(when: When) -> str:
    """The condition in words: "taken 2026-06-01 to 2026-08-31"."""
    parts = []
    if len(when.days) > 6:
        parts.append(f"on {_monthday(when.days[-1])} of any year")
    elif when.days:
        parts.append(" or ".join(_range(each) for each in when.days))
    if when.months:
        parts.append("in " + _listed([calendar.month_name[month] for month in when.months]))
    if when.weekdays:
        parts.append("on " + _listed([f"{calendar.day_name[day - 1]}s" for day in when.weekdays]))
    return "taken " + ", ".join(parts)


def _monthday(each: DayRange) -> str:
    return f"{each.start:%d %B}" if each.start else ""


def _range(each: DayRange) -> str:
    if each.start is None and each.end is None:
        return "on any day"
    if each.start is None:
        return f"before {each.end}"
    if each.end is None:
        return f"on or after {each.start}"
    last = each.end - DAY
    if last < each.start:
        return "on no day"
    return f"on {each.start}" if last == each.start else f"{each.start} to {last}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
