"""The values of operators as exact conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import get_args

from gphotos_search.errors import UsageError
from gphotos_search.media import Circle, DayRange, Filters, Flag, Kind
from gphotos_search.search.understand import calendars
from gphotos_search.search.understand.lexicon import lexicon
from gphotos_search.search.understand.moment import Clock
from gphotos_search.search.understand.names import names_of, same
from gphotos_search.search.understand.operators import FLAGS, KINDS, NO, YES
from gphotos_search.search.understand.periods import whole
from gphotos_search.search.understand.pieces import Said
from gphotos_search.search.understand.places import RADIUS_KM, inside
from gphotos_search.search.understand.tokens import fold, tokenize
from gphotos_search.search.understand.told import Known
from gphotos_search.search.understand.when import NO_DAYS, When

_STRICT = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_RADIUS = re.compile(r"(\d{1,5}(?:[.,]\d{1,3})?) ?(km|kilometers?|kilometres?|m|mi|miles?|)")
_POINT = re.compile(r"(-?\d{1,3}(?:\.\d{1,12})?)")
_KM = {"k": 1.0, "": 1.0, "m": 0.001, "mi": 1.609344}
LARGEST_KM = 20_038.0  # half the way round the earth
TIMES = ("after", "before", "year", "month", "day")


@dataclass(frozen=True, slots=True)
class Context:
    """What values are read against. `radius_km` is that of every circle of the question."""

    known: Known
    clock: Clock
    radius_km: float = RADIUS_KM


def trouble(said: Said, value: str, what: str, advice: str = "") -> UsageError:
    """The error of a value that cannot be read."""
    return UsageError(f'{said.operator}: "{value}" {what}', advice=advice)


def condition(said: Said, context: Context) -> Filters:
    """What one operator asks for, as filters of which any value may hold. Raises UsageError."""
    if not said.values:
        raise UsageError(f"{said.operator}: needs a value.")
    return _READERS[said.operator](said, context)


def time(said: Said, clock: Clock) -> When:
    """The union of the times of one operator. Raises UsageError."""
    found = [_time(said, value, clock) for value in said.values]
    return When(
        tuple(each for when in found for each in when.days),
        tuple(dict.fromkeys(month for when in found for month in when.months)),
        tuple(dict.fromkeys(day for when in found for day in when.weekdays)),
    )


def _time(said: Said, value: str, clock: Clock) -> When:
    if said.operator == "month":
        return _month(said, value, clock)
    when = day_or_period(value, clock)
    if when is None or (not when.days and said.operator != "day"):
        raise trouble(
            said, value, "is no date.",
            'Write YYYY, YYYY-MM or YYYY-MM-DD, or words as in after:"last summer".',
        )  # fmt: skip
    if said.operator == "after":
        return When((DayRange(when.days[0].start, None),))
    if said.operator == "before":
        return When((DayRange(None, when.days[0].start),))
    return when


def day_or_period(value: str, clock: Clock) -> When | None:
    """The days of "2019", "2019-06", "June 2019", "last summer"; None where it is none of these."""
    if match := _STRICT.fullmatch(value):
        year, month, day = (int(part) if part else None for part in match.groups())
        if year is None or not calendars.FIRST <= year <= calendars.LAST:
            return None
        if day:
            return calendars.day(year, month or 1, day)
        if month:
            return calendars.month(month, year) if 1 <= month <= 12 else None
        return calendars.year(year)
    return whole(value, clock)


def _month(said: Said, value: str, clock: Clock) -> When:
    if value.isascii() and value.isdigit() and 1 <= int(value[:3]) <= 12 and len(value) <= 2:
        return When(months=(int(value),))
    tokens = tokenize(value)
    for kind in ("months", "short_months"):
        for entry in lexicon().entries(kind, tokens, 0) if tokens else ():
            if len(entry.keys) == len(tokens):
                return When(months=(int(entry.value),))
    when = whole(value, clock)
    if when and (when.months or (when.days and len(value) > 4)):
        return when
    raise trouble(said, value, "is no month.", "Write 1 to 12, or a name, as in month:12,1.")


def _times(said: Said, context: Context) -> Filters:
    when = time(said, context.clock)
    return Filters(days=when.days or (() if when.months or when.weekdays else (NO_DAYS,)),
                   months=when.months, weekdays=when.weekdays)  # fmt: skip


def _albums(said: Said, context: Context) -> Filters:
    return Filters(albums=tuple(_each(said, context, _titles)))


def _people(said: Said, context: Context) -> Filters:
    return Filters(people=tuple(_each(said, context, _bearers)))


def _each(
    said: Said, context: Context, read: Callable[[str, Known], tuple[str, ...]]
) -> Iterator[str]:
    seen: dict[str, None] = {}
    for value in said.values:
        seen.update(dict.fromkeys(read(value, context.known) or (value,)))
    yield from seen


def _titles(value: str, known: Known) -> tuple[str, ...]:
    return same(known.albums, value)


def _bearers(value: str, known: Known) -> tuple[str, ...]:
    """The people of this name; of a first name, everyone who bears it."""
    return same(known.people, value) or names_of(known).given.get(fold(value), ())


def place_names(value: str, known: Known) -> tuple[str, ...]:
    """How the catalogue calls a place that is named so."""
    plain = " ".join(value.split()).casefold()
    return (plain,) if plain in known.places else same(known.places, value)


def _places(said: Said, context: Context) -> Filters:
    ids: dict[int, None] = {}
    for value in said.values:
        found = _place_ids(value, context.known)
        if not found:
            raise _no_place(said, value, context.known)
        ids.update(dict.fromkeys(found))
    return Filters(places=tuple(ids))


def _place_ids(value: str, known: Known) -> tuple[int, ...]:
    """The places of this name; of "Lyon, France" those that lie in the other one."""
    name, _, outer = (part.strip() for part in value.partition(","))
    ids = tuple(each for key in place_names(name, known) for each in known.places[key])
    return inside(ids, _place_ids(outer, known), known) if outer else ids


def _no_place(said: Said, value: str, known: Known) -> UsageError:
    likely = get_close_matches(value.casefold(), [*known.places, *known.where], n=1, cutoff=0.7)
    guess = f' Did you mean "{likely[0].title()}"?' if likely else ""
    return trouble(said, value, f"is no place that photos here were taken at.{guess}")


def _near(said: Said, context: Context) -> Filters:
    circles = []
    values = list(said.values)
    while values:
        value = values.pop(0)
        if _POINT.fullmatch(value) and values and _POINT.fullmatch(values[0]):
            latitude, longitude = float(value), float(values.pop(0))
        else:
            latitude, longitude = _centre(said, value, context.known)
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise trouble(said, f"{latitude:g},{longitude:g}", "is nowhere on the earth.")
        circles.append(Circle(latitude, longitude, context.radius_km))
    return Filters(near=tuple(circles))


def _centre(said: Said, value: str, known: Known) -> tuple[float, float]:
    coordinates = [part.strip() for part in value.split(",")]
    if len(coordinates) == 2 and all(_POINT.fullmatch(part) for part in coordinates):
        return float(coordinates[0]), float(coordinates[1])
    plain = " ".join(value.split()).casefold()
    for name in (plain, *same(known.where, value)):
        if name in known.where:
            return known.where[name]
    raise _no_place(said, value, known)


def radius_of(said: Said) -> float:
    """Kilometres of "20km", "500 m", "3mi"; a bare number is kilometres. Raises UsageError."""
    match = _RADIUS.fullmatch(said.values[-1].casefold()) if said.values else None
    if match is None:
        value = said.values[-1] if said.values else ""
        raise trouble(said, value, "is no distance.", "Write radius:20km, radius:500m or 3mi.")
    unit = match[2]
    scale = _KM["mi"] if unit.startswith("mi") else _KM[unit[:1]]
    kilometres = float(match[1].replace(",", ".")) * scale
    if not 0 < kilometres <= LARGEST_KM:
        raise trouble(said, said.values[-1], f"is outside 0 to {LARGEST_KM:g} km.")
    return kilometres


def _cameras(said: Said, _context: Context) -> Filters:
    return Filters(cameras=tuple(dict.fromkeys(value.casefold() for value in said.values)))


def _sources(said: Said, context: Context) -> Filters:
    names = (
        name for value in said.values for name in same(context.known.sources, value) or (value,)
    )
    return Filters(sources=tuple(dict.fromkeys(names)))


def _kinds(said: Said, _context: Context) -> Filters:
    found: set[str] = set()
    for value in said.values:
        if (kind := KINDS.get(fold(value))) is None:
            raise trouble(said, value, "is neither photo nor video.")
        found.add(kind)
    kinds: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind in found)
    return Filters(kinds=() if len(kinds) == len(get_args(Kind)) else kinds)


def _flags(said: Said, _context: Context) -> Filters:
    found: set[str] = set()
    for value in said.values:
        if (flag := FLAGS.get(fold(value))) is None:
            listed = ", ".join(get_args(Flag))
            raise trouble(said, value, f"is not known; there are: {listed}.")
        found.add(flag)
    return Filters(flags=tuple(flag for flag in get_args(Flag) if flag in found))


def _favorite(said: Said, _context: Context) -> Filters:
    answer = fold(said.values[-1])
    if answer not in YES | NO:
        raise trouble(said, said.values[-1], "is neither yes nor no.")
    favorites = Filters(flags=("favorite",))
    return favorites if answer in YES else Filters(excluded=(favorites,))


_READERS: dict[str, Callable[[Said, Context], Filters]] = {
    **dict.fromkeys(TIMES, _times),
    "album": _albums,
    "person": _people,
    "place": _places,
    "near": _near,
    "camera": _cameras,
    "source": _sources,
    "type": _kinds,
    "is": _flags,
    "fav": _favorite,
}
