"""Which city a point belongs to: an exact search over a grid of cells, with numpy alone.

A city reaches as far as its population fills at DENSITY, and a point belongs to the city whose
edge is nearest (an additively weighted Voronoi diagram): a photo in the middle of a big city is
not given to a hamlet that happens to have its point next door, while a town at the rim of a big
city keeps its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gphotos_search.places import DATA

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

EARTH_KM = 6371.0088  # mean radius
DENSITY = 6000.0  # people per km² of a city: Berlin reaches 13 km, a town of 10,000 0.7 km
WIDEST_KM = 25.0
NEAR_KM = 50.0  # from a city's edge: farther away a photo is in no city
FAR_KM = 150.0  # from a city's edge: farther away, say on the open sea, also in no country
REACHES = (8.0, NEAR_KM, FAR_KM)  # most points are done after the first, with fewer cities to see
AT_ONCE = 256  # points compared with all cities around at a time

# Sorted by cell_of, then by id. `area` is a row of areas.json; `part`: of a larger city.
CITY = np.dtype(
    [
        ("id", "<u4"),  # of GeoNames
        ("population", "<u4"),
        ("latitude", "<f4"),
        ("longitude", "<f4"),
        ("area", "<u2"),
        ("part", "?"),
    ]
)
_COLUMNS = 360


def cell_of(latitude: float, longitude: float) -> int:
    """The cell of one degree by one degree, row by row from the south."""
    return _row(latitude) * _COLUMNS + int(np.floor(longitude + 180)) % _COLUMNS


def _row(latitude: float) -> int:
    return min(179, max(0, int(np.floor(latitude + 90))))


class Grid:
    """The cities of the gazetteer, mapped into memory: a few milliseconds to open."""

    def __init__(self, cities: NDArray[np.void] | None = None) -> None:
        self.cities = np.load(DATA / "cities.npy", mmap_mode="r") if cities is None else cities

    @cached_property
    def _starts(self) -> Indices:
        """Where in `cities` each cell begins."""
        rows = np.clip(np.floor(self.cities["latitude"].astype(float) + 90), 0, 179)
        columns = np.floor(self.cities["longitude"].astype(float) + 180) % _COLUMNS
        cells = (rows * _COLUMNS + columns).astype(np.int64)
        return np.searchsorted(cells, np.arange(180 * _COLUMNS + 1))

    def nearest(self, points: Sequence[tuple[float, float]]) -> tuple[Indices, Floats]:
        """For each (latitude, longitude) the row of its city and the distance to its edge in km.

        The distance is negative inside of a city; the row is -1 where no edge is within FAR_KM, and
        for what is no point of the earth.
        """
        found = np.full(len(points), -1, np.int64)
        edges = np.full(len(points), np.inf)
        for reach in REACHES:
            for cell, members in self._by_cell(points, np.flatnonzero(found < 0)).items():
                around = self._around(cell, reach + WIDEST_KM)
                for start in range(0, len(members) if len(around) else 0, AT_ONCE):
                    some = members[start : start + AT_ONCE]
                    rows, distances = self._choose([points[each] for each in some], around)
                    within = distances <= reach
                    chosen = np.asarray(some)[within]
                    found[chosen], edges[chosen] = rows[within], distances[within]
        return found, edges

    @staticmethod
    def _by_cell(points: Sequence[tuple[float, float]], wanted: Indices) -> dict[int, list[int]]:
        cells: dict[int, list[int]] = {}
        for each in wanted.tolist():
            latitude, longitude = points[each]
            if -90 <= latitude <= 90 and -180 <= longitude <= 180:  # NaN is neither
                cells.setdefault(cell_of(latitude, longitude), []).append(each)
        return cells

    def _around(self, cell: int, reach_km: float) -> Indices:
        """Rows of all whole cities that may lie within `reach_km` of a point of the cell."""
        south, west = divmod(cell, _COLUMNS)
        reach = np.degrees(reach_km / EARTH_KM)
        first, last = _row(south - 90 - reach), _row(south - 89 + reach)
        steepest = max(abs(south - 90), abs(south - 89))
        slices: list[Indices] = []
        for row in range(first, last + 1):
            for left, right in _columns(west, steepest, reach):
                start, end = self._starts[[row * _COLUMNS + left, row * _COLUMNS + right]]
                slices.append(np.arange(start, end))
        around: Indices = np.concatenate(slices)
        whole: Indices = around[~self.cities["part"][around]]
        return whole

    def _choose(
        self, points: Sequence[tuple[float, float]], around: Indices
    ) -> tuple[Indices, Floats]:
        cities = self.cities[around]
        places = unit(cities["latitude"].astype(float), cities["longitude"].astype(float))
        here = np.array(points, float)
        cosines = unit(here[:, 0], here[:, 1]) @ places.T
        edges = EARTH_KM * np.arccos(np.clip(cosines, -1, 1)) - radius_km(cities["population"])
        best = np.argmin(edges, axis=1)
        return around[best], edges[np.arange(len(points)), best]


def _columns(west: int, steepest: float, reach: float) -> Iterator[tuple[int, int]]:
    """Half-open ranges of columns within `reach` degrees of arc of a cell, around the globe."""
    if steepest + reach >= 90:
        yield 0, _COLUMNS
        return
    aside = np.degrees(np.arcsin(np.sin(np.radians(reach)) / np.cos(np.radians(steepest))))
    first, end = int(np.floor(west - aside)), int(np.floor(west + 1 + aside)) + 1
    if end - first >= _COLUMNS:
        yield 0, _COLUMNS
        return
    yield max(first, 0), min(end, _COLUMNS)
    if first < 0:
        yield first % _COLUMNS, _COLUMNS
    if end > _COLUMNS:
        yield 0, end - _COLUMNS


def unit(latitudes: Floats, longitudes: Floats) -> Floats:
    """Points of the unit sphere, one in a row, of degrees."""
    up, around = np.radians(latitudes), np.radians(longitudes)
    return np.stack([np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)], axis=1)


def radius_km(populations: NDArray[np.integer]) -> Floats:
    return np.minimum(np.sqrt(populations.astype(float) / (np.pi * DENSITY)), WIDEST_KM)
