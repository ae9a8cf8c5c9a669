"""Exact filters are what a look at every item finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from math import asin, cos, hypot, radians, sin
from typing import Any
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gphotos_search.catalog import arrays, items, sources
from gphotos_search.catalog.around import EARTH_KM
from gphotos_search.catalog.filters import matching
from gphotos_search.catalog.store import Catalog
from gphotos_search.media import Circle, DayRange, Filters, Flag, Kind, MediaItem
from tests.catalog.filled import NOW, fresh
from tests.catalog.test_local_dates import instants, zones

Library = list[tuple[str, MediaItem, tuple[float, float] | None, int | None]]

days = st.dates(date(1899, 1, 1), date(2042, 1, 1)) | st.dates(date(2018, 11, 1), date(2018, 11, 7))
ranges = st.builds(DayRange, st.none() | days, st.none() | days) | st.integers(1900, 2030).map(
    lambda year: DayRange(date(year, 1, 1), date(year + 2, 3, 1))
)
flags: st.SearchStrategy[Flag] = st.sampled_from(["favorite", "archived", "trashed"])
kinds: st.SearchStrategy[Kind] = st.sampled_from(["photo", "video"])
latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)
positions = st.tuples(latitudes, longitudes) | st.tuples(
    st.sampled_from([-90.0, -89.9, 0.0, 45.75, 45.76, 90.0]),
    st.sampled_from([-180.0, -179.95, 0.0, 4.84, 4.85, 179.95, 180.0]),
)
circles = st.builds(
    lambda position, radius: Circle(position[0], position[1], radius),
    positions,
    st.floats(0.01, 20_000) | st.sampled_from([1.0, 20.0]),
)
# Of the table of known places: 1 and 2 are cities of region 10, 3 of country 20, 99 is unknown.
PLACES = {1: (1, 10, 20), 2: (2, 10, 20), 3: (3, 20), 99: ()}
PHRASES = (
    *("beach", "THE BEACH", "beach at", "1234", "img 1234 jpg", "ete", "ÉTÉ", "plage d'ete"),
    *("trip to rome", "trip", 'say "cheese"', "cheese*", "zoe", "", "!!!", "a OR b", "last trip"),
)


def some(names: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), max_size=2, unique=True).map(
        lambda chosen: tuple(sorted(chosen))
    )


photos = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.builds(
        MediaItem,
        source_id=st.just(""),
        mime_type=st.sampled_from(["image/jpeg", "video/mp4", ""]),
        taken_at=st.none() | instants,
        taken_from=st.sampled_from(["source", "folder"]),
        utc_offset_min=st.none() | st.integers(-14 * 60, 14 * 60),
        favorite=st.booleans(),
        archived=st.booleans(),
        trashed=st.sampled_from([False, False, True]),
        filename=st.sampled_from(["IMG_1234.jpg", "plage d'été.heic", ""]),
        description=st.sampled_from(["", "The Beach,\nat last", 'say "cheese"']),
        albums=some(["Trip", "TRIP", "to Rome", "Été", "the beach"]),
        people=some(["Ana", "Zoë", "Zoe\u0308", "ana at"]),
        camera_make=st.sampled_from(["", "Google", "SONY"]),
        camera_model=st.sampled_from(["", "Pixel 7"]),
    ),
    st.none() | positions,
    st.none() | st.sampled_from([1, 2, 3, 99]),
)


def lists(of: st.SearchStrategy[Any], at_most: int = 2) -> st.SearchStrategy[Any]:
    return st.lists(of, max_size=at_most).map(tuple)


CONDITIONS: dict[str, st.SearchStrategy[Any]] = {
    "days": lists(ranges, 3),
    "months": lists(st.integers(1, 12)) | st.just(tuple(range(1, 13))),
    "weekdays": lists(st.integers(1, 7), 3),
    "sources": lists(st.sampled_from(["a", "b", "nobody"])),
    "kinds": lists(kinds),
    "flags": lists(flags, 1),
    "albums": lists(st.sampled_from(["trip", "ÉTÉ", "E\u0301te\u0301", "rome"])),
    "people": lists(st.sampled_from(["ana", "ZOË", "nobody"])),
    "places": lists(st.sampled_from([1, 2, 3, 10, 20, 99, 100])),
    "near": lists(circles),
    "cameras": lists(st.sampled_from(["pixel", "google pixel 7", "Sony", "nikon"])),
    "phrases": lists(st.sampled_from(PHRASES)),
}
# A few at a time: all together nothing would match.
plain = (
    st.lists(st.sampled_from(list(CONDITIONS)), max_size=3, unique=True)
    .flatmap(lambda names: st.fixed_dictionaries({name: CONDITIONS[name] for name in names}))
    .map(lambda conditions: Filters(**conditions))
)
nested = st.builds(
    lambda base, also, excluded: replace(base, also=also, excluded=excluded),
    plain | st.just(Filters()),
    lists(plain, 1),
    lists(plain),
)


@dataclass(frozen=True)
class Held:
    source: str
    item: MediaItem
    place: int | None


def meets(held: Held, filters: Filters, zone: tzinfo) -> bool:
    one, source = held.item, held.source
    camera = f"{one.camera_make} {one.camera_model}".strip()
    return (
        _dated(one, filters, zone)
        and (not filters.albums or bool(folded(one.albums) & folded(filters.albums)))
        and (not filters.people or bool(folded(one.people) & folded(filters.people)))
        and (not filters.cameras or any(part.lower() in camera.lower() for part in filters.cameras))
        and (not filters.places or bool(set(PLACES.get(held.place or 0, ())) & set(filters.places)))
        and (not filters.near or any(near(one, circle) for circle in filters.near))
        and all(says(one, phrase) for phrase in filters.phrases)
        and (not filters.sources or source in filters.sources)
        and (not filters.kinds or one.kind in filters.kinds)
        and all(getattr(one, flag) for flag in filters.flags)
        and all(meets(held, each, zone) for each in filters.also)
        and not any(meets(held, each, zone) for each in filters.excluded)
    )


def folded(names: tuple[str, ...]) -> set[str]:
    return {normalize("NFC", name).casefold() for name in names}


def near(one: MediaItem, circle: Circle) -> bool:
    """By the angle between two directions, where the code under test has the haversine."""
    if one.latitude is None or one.longitude is None:
        return False
    here, there = (
        (cos(north) * cos(east), cos(north) * sin(east), sin(north))
        for north, east in (
            (radians(one.latitude), radians(one.longitude)),
            (radians(circle.latitude), radians(circle.longitude)),
        )
    )
    across = hypot(*(a - b for a, b in zip(here, there, strict=True)))
    return 2 * EARTH_KM * asin(min(across / 2, 1.0)) <= circle.radius_km


def words(text: str) -> list[str]:
    plain = "".join(each for each in normalize("NFD", text.casefold()) if not combining(each))
    return re.findall(r"[^\W_]+", plain)


def says(one: MediaItem, phrase: str) -> bool:
    wanted = words(phrase)
    return bool(wanted) and any(
        words(text)[at : at + len(wanted)] == wanted
        for text in (one.filename, one.description, *one.albums, *one.people)
        for at in range(len(words(text)))
    )


def _dated(one: MediaItem, filters: Filters, zone: tzinfo) -> bool:
    if not (filters.days or filters.months or filters.weekdays):
        return True
    if one.taken_at is None:
        return False
    day = local_day(one, zone)
    if one.taken_from == "folder":
        year = [date(day.year, 1, 1) + timedelta(days=n) for n in range(366)]
        whole = all(inside(filters, each) for each in year if each.year == day.year)
        finer = len(set(filters.months)) % 12 or len(set(filters.weekdays)) % 7
        return whole and not finer
    return (
        inside(filters, day)
        and (not filters.months or day.month in filters.months)
        and (not filters.weekdays or day.isoweekday() in filters.weekdays)
    )


def local_day(one: MediaItem, zone: tzinfo) -> date:
    assert one.taken_at is not None
    if one.utc_offset_min is None:
        return one.taken_at.astimezone(zone).date()
    return (one.taken_at + timedelta(minutes=one.utc_offset_min)).date()


def inside(filters: Filters, day: date) -> bool:
    return not filters.days or any(
        (each.start is None or each.start <= day) and (each.end is None or day < each.end)
        for each in filters.days
    )


def asks_for_trash(filters: Filters) -> bool:
    return "trashed" in filters.flags or any(map(asks_for_trash, filters.also))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    catalog = fresh(tmp_path_factory.mktemp("shared"))
    known: list[tuple[int, str, int | None, int | None]] = [
        (1, "city", 10, 20),
        (2, "city", 10, 20),
        (3, "city", None, 20),
    ]
    known += [(10, "region", None, 20), (20, "country", None, None)]
    with catalog.transaction() as tx:
        for id_, kind, region, country in known:
            row = "INSERT INTO places_known VALUES (?, ?, '', '{}', ?, ?, 0, 0)"
            tx.exec_driver_sql(row, (id_, kind, country, region))
    yield catalog
    catalog.close()


@settings(max_examples=100, deadline=None)
@given(
    library=st.lists(photos, max_size=12),
    asked=st.lists(plain | nested, min_size=1, max_size=4),
    zone=zones,
)
def test_matching_is_exactly_brute_force(
    shared: Catalog, library: Library, asked: list[Filters], zone: ZoneInfo
) -> None:
    held = fill(shared, library)
    with shared.reading() as tx:
        for filters in asked:
            trash = asks_for_trash(filters)
            expected = sorted(
                key
                for key, one in held.items()
                if meets(one, filters, zone) and (trash or not one.item.trashed)
            )
            assert matching(tx, filters, zone).tolist() == expected


@settings(max_examples=100, deadline=None)
@given(
    library=st.lists(photos, max_size=12),
    asked=st.lists(plain | nested, min_size=1, max_size=4),
    zone=zones,
    anew=st.booleans(),
)
def test_arrays_select_what_the_catalogue_selects(
    shared: Catalog,
    held: dict[str, arrays.Arrays],
    library: Library,
    asked: list[Filters],
    zone: ZoneInfo,
    anew: bool,
) -> None:
    """Read at once, or brought from library to library."""
    fill(shared, library)
    with shared.reading() as tx:
        old = held.get(zone.key)
        now = None if anew or old is None else arrays.advanced(tx, old)
        held[zone.key] = now = now or arrays.read(tx, zone)
        for filters in asked:
            plainly = matching(tx, filters, zone).tolist()
            assert matching(tx, filters, zone, now).tolist() == plainly


@pytest.fixture(scope="module")
def held() -> dict[str, arrays.Arrays]:
    return {}


def fill(catalog: Catalog, library: Library) -> dict[int, Held]:
    held = {}
    with catalog.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM items")
        for number, (source, one, position, place) in enumerate(library):
            latitude, longitude = position or (None, None)
            listed = replace(one, source_id=str(number), latitude=latitude, longitude=longitude)
            row = sources.ensure(tx, source, "folder", "default")
            (media_id,) = items.apply(tx, row.id, add=[listed], listing=1, now=NOW).values()
            put = "UPDATE items SET place_id = ? WHERE media_id = ?"
            tx.exec_driver_sql(put, (place, media_id))
            held[media_id] = Held(source, listed, place)
    return held
