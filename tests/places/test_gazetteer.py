"""Which city a point belongs to."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gphotos_search.places.atlas import atlas
from gphotos_search.places.gazetteer import FAR_KM, Grid, radius_km, unit

CENTRES = """
Paris FR 48.8566 2.3522; Lyon FR 45.764 4.8357; Nice FR 43.7034 7.2663; Marseille FR 43.2965 5.3698
Munich DE 48.1374 11.5755; Berlin DE 52.52 13.405; Köln DE 50.9375 6.9603; Hamburg DE 53.55 9.993
Vienna AT 48.2082 16.3738; Salzburg AT 47.8 13.045; Zürich CH 47.3769 8.5417; Geneva CH 46.2 6.15
Rome IT 41.89 12.492; Milan IT 45.4642 9.19; Naples IT 40.85 14.268; Florence IT 43.77 11.2558
Madrid ES 40.4168 -3.7038; Barcelona ES 41.3874 2.1686; Sevilla ES 37.389 -5.984
Lisbon PT 38.7223 -9.1393; Porto PT 41.1496 -8.611; Amsterdam NL 52.3676 4.9041
Rotterdam NL 51.92 4.48; Brussels BE 50.8503 4.3517; London GB 51.5074 -0.1278
Edinburgh GB 55.9533 -3.1883; Dublin IE 53.3498 -6.2603; Copenhagen DK 55.6761 12.5683
Oslo NO 59.9139 10.7522; Stockholm SE 59.3293 18.0686; Helsinki FI 60.1699 24.9384
Reykjavík IS 64.1466 -21.9426; Warsaw PL 52.2297 21.0122; Prague CZ 50.0755 14.4378
Budapest HU 47.4979 19.0402; Athens GR 37.9838 23.7275; Istanbul TR 41.0082 28.9784
Moscow RU 55.7558 37.6173; Cairo EG 30.0444 31.2357; Nairobi KE -1.2921 36.8219
Cape_Town ZA -33.9249 18.4241; Marrakesh MA 31.6295 -7.9811; Lagos NG 6.455 3.394
Doha QA 25.2854 51.531; Jerusalem IL 31.778 35.235; Mumbai IN 19.076 72.8777
Bangkok TH 13.7563 100.5018; Singapore SG 1.3521 103.8198; Tokyo JP 35.6762 139.6503
Kyoto JP 35.0116 135.7681; Seoul KR 37.5665 126.978; Shanghai CN 31.2304 121.4737
Hong_Kong HK 22.3193 114.1694; Sydney AU -33.8688 151.2093; Melbourne AU -37.8136 144.9631
Auckland NZ -36.8509 174.7645; New_York_City US 40.7128 -74.006; Los_Angeles US 34.0522 -118.2437
San_Francisco US 37.7749 -122.4194; Chicago US 41.8781 -87.6298; Honolulu US 21.3069 -157.8583
Toronto CA 43.6532 -79.3832; Vancouver CA 49.2827 -123.1207; Mexico_City MX 19.4326 -99.1332
Havana CU 23.1136 -82.3666; Lima PE -12.0464 -77.0428; Buenos_Aires AR -34.6037 -58.3816
Rio_de_Janeiro BR -22.9068 -43.1729; São_Paulo BR -23.5505 -46.6333; Ushuaia AR -54.8019 -68.303
"""

DECIDED = [
    ("in a big city, beside a district", (48.166, 11.586), "Munich", "DE"),
    ("the airport of a big city", (51.47, -0.4543), "London", "GB"),
    ("a part of the city with a name of its own", (40.78, -73.966), "New York City", "US"),
    ("a town at the rim of a big city", (48.0649, 11.6633), "Ottobrunn bei München", "DE"),
    ("another town beside it", (48.9356, 2.3539), "Saint-Denis", "FR"),
    ("a village that many visit", (47.562, 13.649), "Hallstatt", "AT"),
    ("a mountain, nearer to the other village", (45.9763, 7.6586), "Breuil-Cervinia", "IT"),
    ("this side of a border", (47.559, 7.588), "Basel", "CH"),
    ("that side of a border", (47.595, 7.61), "Weil am Rhein", "DE"),
    ("a state within a city's reach", (43.738, 7.424), "Monaco", "MC"),
    ("west of the antimeridian", (-17.8, 177.42), "Nadi", "FJ"),
    ("east of the antimeridian", (-13.83, -171.76), "Apia", "WS"),
    ("far north", (78.22, 15.64), "Longyearbyen", "SJ"),
]


def named(point: tuple[float, float]) -> tuple[str, str] | None:
    """City and ISO code of its country."""
    rows, _ = atlas().grid.nearest([point])
    if rows[0] < 0:
        return None
    area = atlas()._areas[atlas().grid.cities["area"][rows[0]]]
    return atlas()._names[rows[0]], area["country"]


@pytest.mark.parametrize("line", CENTRES.replace("\n", ";").strip(";").split(";"))
def test_the_middle_of_a_city_is_the_city(line: str) -> None:
    name, country, latitude, longitude = line.split()
    assert named((float(latitude), float(longitude))) == (name.replace("_", " "), country)


@pytest.mark.parametrize("why, point, city, country", DECIDED)
def test_what_a_point_belongs_to(
    why: str, point: tuple[float, float], city: str, country: str
) -> None:
    assert named(point) == (city, country), why


@pytest.mark.parametrize("point", [(40.0, -40.0), (0.0, 0.0), (90.0, 0.0), (-90.0, 10.0)])
def test_the_open_sea_and_the_poles_are_nowhere(point: tuple[float, float]) -> None:
    assert atlas().place_ids([point]) == [None]


def test_far_from_any_city_only_the_country_is_known() -> None:
    [sahara] = atlas().place_ids([(24.0, 5.0)])
    assert sahara is not None
    assert [(place.kind, place.name) for place in atlas().with_parents([sahara])] == [
        ("country", "Algeria")
    ]


@pytest.mark.parametrize(
    "point", [(math.nan, 0.0), (0.0, math.nan), (math.inf, 3.0), (90.1, 0.0), (0.0, 180.5)]
)
def test_what_is_no_point_of_the_earth_is_nowhere(point: tuple[float, float]) -> None:
    assert atlas().place_ids([point, (48.8566, 2.3522)])[0] is None


anywhere = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@settings(max_examples=60, deadline=None)
@given(st.lists(anywhere, min_size=1, max_size=5))
@example([(89.99, 12.0), (-89.99, 3.0), (12.0, 180.0), (12.0, -180.0), (66.0, 179.9)])
@example([(-16.8, 179.99), (-16.8, -179.99), (90.0, 180.0), (-90.0, -180.0)])
def test_the_grid_finds_what_a_look_at_every_city_finds(points: list[tuple[float, float]]) -> None:
    rows, edges = atlas().grid.nearest(points)
    cities = atlas().grid.cities
    here = np.array(points)
    cosines = unit(here[:, 0], here[:, 1]) @ every_city().T
    distances = 6371.0088 * np.arccos(np.clip(cosines, -1, 1)) - radius_km(cities["population"])
    distances[:, cities["part"]] = np.inf
    best = distances.min(axis=1)
    for row, edge, expected in zip(rows, edges, best, strict=True):
        if expected > FAR_KM:
            assert row == -1
        else:
            assert row >= 0
            assert edge == pytest.approx(expected, abs=0.01)


def every_city() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    cities = atlas().grid.cities
    return unit(cities["latitude"].astype(float), cities["longitude"].astype(float))


def test_a_batch_is_what_its_points_are_one_by_one() -> None:
    seeded = np.random.default_rng(5)
    points = [
        (float(a), float(b))
        for a, b in zip(seeded.uniform(35, 60, 600), seeded.uniform(-10, 30, 600), strict=True)
    ]
    together = atlas().place_ids(points)
    assert together == [atlas().place_ids([point])[0] for point in points]


def test_the_cities_are_in_the_order_that_the_grid_needs() -> None:
    grid = Grid()
    assert grid._starts[0] == 0
    assert grid._starts[-1] == len(grid.cities)
    assert len(np.unique(grid.cities["id"])) == len(grid.cities)
