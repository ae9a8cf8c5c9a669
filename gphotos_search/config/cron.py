"""The five fields of cron, read as cron reads them (crontab(5)) and expanded to plain values.

Schedulers differ: APScheduler counts weekdays from Monday and wants both day fields to match, cron
counts from Sunday and takes either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Cron:
    """Each field as the sorted values it allows; `either_day`: days or weekdays, not both."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]  # 0 is Sunday
    either_day: bool

    @property
    def day_pairs(self) -> tuple[tuple[Sequence[int], Sequence[int]], ...]:
        """(days, weekdays) such that a date matches when it is in both parts of any pair."""
        if self.either_day:
            return (self.days, range(7)), (range(1, 32), self.weekdays)
        return ((self.days, self.weekdays),)


def parse(expression: str) -> Cron:
    """Reads "minute hour day month weekday". Raises ValueError with a sentence."""
    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(f'"{expression}" has {len(fields)} fields; cron has five')
    minutes = _values(fields[0], 0, 59)
    hours = _values(fields[1], 0, 23)
    days = _values(fields[2], 1, 31)
    months = _values(fields[3], 1, 12, dict(zip(MONTHS, range(1, 13), strict=True)))
    named = _values(fields[4], 0, 7, dict(zip(WEEKDAYS, range(7), strict=True)))
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    if not either and not any(days[0] <= LONGEST[month - 1] for month in months):
        raise ValueError(f'"{expression}" names a date that no year has')
    weekdays = tuple(sorted({day % 7 for day in named}))
    return Cron(minutes, hours, days, months, weekdays, either)


def _values(
    field: str, low: int, high: int, names: dict[str, int] | None = None
) -> tuple[int, ...]:
    found: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        start = low if span == "*" else _number(first, names)
        open_ended = span == "*" or (bool(step) and not dash)
        end = high if open_ended else _number(last if dash else first, names)
        stride = _number(step) if "/" in part else 1
        if not low <= start <= end <= high or stride < 1:
            raise ValueError(f'"{part}" is not within {low}-{high}')
        found.update(range(start, end + 1, stride))
    return tuple(sorted(found))


def _number(text: str, names: dict[str, int] | None = None) -> int:
    if names and text in names:
        return names[text]
    if not (text.isascii() and text.isdigit() and len(text) <= 2):
        raise ValueError(f'"{text}" is not a number that cron knows')
    return int(text)
