"""Conditions as questions.tsv writes them.

Parted by "; ": a time (`2019`, `2019-06..2019-08`, `2020..`, `in 6,7` for months, `on 6,7` for
weekdays, `every 06-12`), people (`A & B` both, `A / B` either), `@place`, `20 km of lyon`, kinds,
flags, `album T`, `camera c`, `source s`, `phrase p`, and `not …` for what is excluded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from gphotos_search.media import Circle, DayRange, Filters, Term
from tests.search.understand.catalogue import WHERE

NAMES = {1: "lyon", 2: "paris", 3: "paris2", 4: "rome", 5: "new-york", 6: "nice", 7: "reading",
         8: "orange", 9: "florence", 10: "france", 11: "texas", 12: "turkey", 13: "china",
         14: "barcelona", 15: "san-francisco", 16: "essen", 18: "lisbon", 19: "amsterdam",
         21: "london"}  # fmt: skip


def conditions(filters: Filters) -> set[str]:
    return set(_conditions(filters))


def excluded(terms: tuple[Term, ...], content: str) -> str:
    """The terms beside the content: the words alone where their weight is -1."""
    beside = [term for term in terms if not (term.value == content and term.weight == 1)]
    return " ".join(t.value if t.weight == -1 else f"{t.weight:g}:{t.value}" for t in beside)


def _conditions(filters: Filters) -> Iterator[str]:
    if len(filters.days) > 6:
        yield f"every {filters.days[-1].start:%m-%d}"
    elif filters.days:
        yield " or ".join(_range(each) for each in filters.days)
    if filters.months:
        yield "in " + ",".join(map(str, filters.months))
    if filters.weekdays:
        yield "on " + ",".join(map(str, filters.weekdays))
    people = [group.people for group in (filters, *filters.also) if group.people]
    if people:
        yield " & ".join(" / ".join(group) for group in people)
    albums = [group.albums for group in (filters, *filters.also) if group.albums]
    if albums:
        yield "album " + " & ".join(" / ".join(group) for group in albums)
    if filters.places:
        both = {2, 3} <= set(filters.places)
        names = [NAMES[each] for each in sorted(filters.places) if not (both and each == 3)]
        yield " ".join(f"@{name}" for name in names)
    yield from (_circle(each) for each in filters.near)
    if filters.kinds:
        yield " ".join(filters.kinds)
    yield from filters.flags
    yield from (f"camera {each}" for each in filters.cameras)
    yield from (f"source {each}" for each in filters.sources)
    yield from (f"phrase {each}" for each in filters.phrases)
    yield from (f"not {'; '.join(_conditions(each))}" for each in filters.excluded)


def _circle(circle: Circle) -> str:
    point = (circle.latitude, circle.longitude)
    named = [name for name, where in WHERE.items() if where == point]
    return f"{circle.radius_km:g} km of {named[0] if named else f'{point[0]:g},{point[1]:g}'}"


def _range(each: DayRange) -> str:
    last = each.end - timedelta(days=1) if each.end else None
    if each.start is None or last is None:
        return f"{_edge(each.start, 1, 1)}..{_edge(last, 12, 31)}"
    if (each.start.month, each.start.day, last.month, last.day) == (1, 1, 12, 31):
        return _pair(f"{each.start:%Y}", f"{last:%Y}")
    if each.start.day == 1 and (last + timedelta(days=1)).day == 1:
        return _pair(f"{each.start:%Y-%m}", f"{last:%Y-%m}")
    return _pair(f"{each.start}", f"{last}")


def _edge(day: date | None, month: int, number: int) -> str:
    if day is None:
        return ""
    return f"{day:%Y}" if (day.month, day.day) == (month, number) else f"{day}"


def _pair(first: str, last: str) -> str:
    return first if first == last else f"{first}..{last}"
