"""Places by name and by id: what the gazetteer says of a city, its region and its country."""

from __future__ import annotations

import gettext
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gphotos_search.places import DATA
from gphotos_search.places.gazetteer import NEAR_KM, Grid
from gphotos_search.places.names import LANGUAGES, fold, spellings, without_accents

if TYPE_CHECKING:
    from numpy.typing import NDArray

PlaceKind = Literal["city", "region", "country"]
# A name that a place has in some language counts less than the one by which it is best known:
# York is York although Toronto was called so, and Firenze is Florence.
BY_OTHER_NAME = 1 / 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`names` are by language, and under "" where that is unknown. Degrees are WGS 84."""

    id: int  # of GeoNames
    kind: PlaceKind
    name: str
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    region: int | None = None  # ids of the places that this one lies in
    country: int | None = None
    latitude: float
    longitude: float


class Atlas:
    """Reads each of its files when it is first needed."""

    def __init__(self) -> None:
        self.grid = Grid()

    def place_ids(self, points: Sequence[tuple[float, float]]) -> list[int | None]:
        """Of each (latitude, longitude) the city, far from any city the country, else None."""
        rows, edges = self.grid.nearest(points)
        ids = self.grid.cities["id"]
        return [
            None if row < 0 else int(ids[row]) if edge <= NEAR_KM else self._country_id(row)
            for row, edge in zip(rows.tolist(), edges.tolist(), strict=True)
        ]

    def with_parents(self, ids: Iterable[int]) -> list[Place]:
        """The cities and countries of these ids, and every region and country they lie in."""
        found: dict[int, Place] = {}
        codes = {country["id"]: code for code, country in self._countries.items()}
        for id in ids:
            if id in codes:
                found[id] = self._country(codes[id])
                continue
            row = int(np.flatnonzero(self.grid.cities["id"] == id)[0])
            number = int(self.grid.cities["area"][row])
            area = self._areas[number]
            found[id] = self._city(row)
            if self._country_id(row) not in found:
                found[self._country_id(row)] = self._country(area["country"])
            if "id" in area and area["id"] not in found:
                found[area["id"]] = self._region(number)
        return list(found.values())

    def where(self, name: str) -> tuple[float, float] | None:
        """Latitude and longitude of the best known place of this name: of a city its centre, of a
        country or region that of its largest city.

        Parts after a comma say where it lies: "Springfield, Illinois", "Lyon, FR".
        """
        key, *around = (fold(part) for part in name.split(","))
        found = [*self._cities_named(key)]
        for other in (without_accents(key), key.replace(" ", "-"), key.replace("-", " ")):
            if not found and other != key:
                found += self._cities_named(other)
        if around:
            found = [each for each in found if self._lies_in(each[0], around)]
        else:
            found += [*self._regions_named(key), *self._countries_named(key)]
        return self._position(max(found, key=lambda each: each[1])[0]) if found else None

    def _cities_named(self, key: str) -> Iterator[tuple[int, float]]:
        """Rows of cities, and how well each is known by this name."""
        wanted, row, passed = f"\t{key}\t".encode(), 0, 0
        at = self._keys.find(wanted) if key else -1
        while at >= 0:
            row += self._keys.count(b"\n", passed, at)
            first = at == 0 or self._keys[at - 1] == ord("\n")
            population = float(self.grid.cities["population"][row])
            yield row, population if first else population * BY_OTHER_NAME
            passed = self._keys.find(b"\n", at)
            at = self._keys.find(wanted, passed)

    def _regions_named(self, key: str) -> Iterator[tuple[int, float]]:
        """Of each region of this name the row of its largest city."""
        for number, area in enumerate(self._areas):
            if "id" in area and (key in area["also"] or key == fold(area["name"])):
                row = self._largest([number])
                yield row, float(self.grid.cities["population"][row]) * BY_OTHER_NAME

    def _countries_named(self, key: str) -> Iterator[tuple[int, float]]:
        """Of a country the row of its largest city; its English name is known better than all."""
        if code := self._country_codes.get(key):
            row = self._largest_of(code)
            english = key == fold(self._countries[code]["names"]["en"])
            yield row, float("inf") if english else float(self.grid.cities["population"][row])

    def _lies_in(self, row: int, around: Iterable[str]) -> bool:
        area = self._areas[self.grid.cities["area"][row]]
        code = area["country"]
        names = {*spellings([area.get("name", ""), *area.get("also", ())])}
        names |= {fold(area.get("code", "")), code.casefold()}
        return all(part in names or self._country_codes.get(part) == code for part in around)

    def _city(self, row: int) -> Place:
        city = self.grid.cities[row]
        area = self._areas[city["area"]]
        latitude, longitude = self._position(row)
        known = self._files["cities"].get(str(city["id"]), {})
        keys = self._keys[self._key_lines[row] : self._key_lines[row + 1]].decode()
        return Place(
            id=int(city["id"]),
            kind="city",
            name=self._names[row],
            names=_by_language(known) | {"": tuple(keys.strip().split("\t"))},
            region=area.get("id"),
            country=self._country_id(row),
            latitude=latitude,
            longitude=longitude,
        )

    def _region(self, number: int) -> Place:
        area = self._areas[number]
        latitude, longitude = self._position(self._largest([number]))
        return Place(
            id=area["id"],
            kind="region",
            name=area["name"],
            names=_region_names(area["iso"]) | {"": tuple(area["also"])},
            country=self._countries[area["country"]]["id"],
            latitude=latitude,
            longitude=longitude,
        )

    def _country(self, code: str) -> Place:
        country = self._countries[code]
        latitude, longitude = self._position(self._largest_of(code))
        return Place(
            id=country["id"],
            kind="country",
            name=country["names"]["en"],
            names=_by_language(country["names"]) | {"": tuple(country["also"])},
            latitude=latitude,
            longitude=longitude,
        )

    def _country_id(self, row: int) -> int:
        area = self._areas[self.grid.cities["area"][row]]
        return int(self._countries[area["country"]]["id"])

    def _position(self, row: int) -> tuple[float, float]:
        city = self.grid.cities[row]
        return round(float(city["latitude"]), 5), round(float(city["longitude"]), 5)

    def _largest_of(self, country: str) -> int:
        numbers = [i for i, area in enumerate(self._areas) if area["country"] == country]
        return self._largest(numbers)

    def _largest(self, areas: Sequence[int]) -> int:
        """The row of the largest city of these areas."""
        rows = np.flatnonzero(np.isin(self.grid.cities["area"], areas))
        return int(rows[np.argmax(self.grid.cities["population"][rows])])

    @cached_property
    def _files(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads((DATA / "areas.json").read_bytes())
        return data

    @property
    def _areas(self) -> list[dict[str, Any]]:
        areas: list[dict[str, Any]] = self._files["areas"]
        return areas

    @property
    def _countries(self) -> dict[str, dict[str, Any]]:
        countries: dict[str, dict[str, Any]] = self._files["countries"]
        return countries

    @cached_property
    def _country_codes(self) -> dict[str, str]:
        return {
            key: code
            for code, country in self._countries.items()
            for key in spellings([*country["also"], *country["names"].values()])
        }

    @cached_property
    def _names(self) -> list[str]:
        return (DATA / "names.txt").read_text("utf-8").split("\n")

    @cached_property
    def _keys(self) -> bytes:
        """A line for each city: its folded names, each between tabs, the best known one first."""
        return (DATA / "keys.txt").read_bytes()

    @cached_property
    def _key_lines(self) -> NDArray[np.int64]:
        """Where each line begins, and where the last one ends."""
        ends = np.flatnonzero(np.frombuffer(self._keys, np.uint8) == ord("\n"))
        return np.append(0, ends + 1)


@cache
def atlas() -> Atlas:
    """The one of this process."""
    return Atlas()


@lru_cache(maxsize=256)
def where(name: str) -> tuple[float, float] | None:
    """Latitude and longitude of a place of the whole gazetteer; see Atlas.where."""
    return atlas().where(name)


def _by_language(names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {language: (name,) for language, name in names.items()}


def _region_names(iso: str) -> dict[str, tuple[str, ...]]:
    """In the languages into which the ISO 3166-2 names of the Debian iso-codes are translated."""
    if not (name := _iso_names().get(iso)):
        return {}
    translated = {language: _translations(language).gettext(name) for language in LANGUAGES}
    return _by_language({key: other for key, other in translated.items() if other != name})


@cache
def _iso_names() -> dict[str, str]:
    """Read here, because pycountry builds an object of each: half a second."""
    import pycountry

    rows = json.loads(Path(pycountry.DATABASE_DIR, "iso3166-2.json").read_bytes())["3166-2"]
    return {row["code"]: row["name"] for row in rows}


@cache
def _translations(language: str) -> gettext.NullTranslations:
    import pycountry

    return gettext.translation(
        "iso3166-2", pycountry.LOCALES_DIR, languages=[language], fallback=True
    )
