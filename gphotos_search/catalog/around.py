"""Items near a point: a box by the index of positions, then the exact distance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from gphotos_search.catalog.columns import among
from gphotos_search.catalog.schema import items
from gphotos_search.media import Circle

EARTH_KM = 6371.0088  # mean radius, IUGG
SLACK = 1e-9  # degrees; the box must not lose what rounding puts outside


def distance_km(latitude: float, longitude: float, circle: Circle) -> float:
    """Over the ground from the middle of the circle, on a sphere (haversine)."""
    north, south = math.radians(latitude), math.radians(circle.latitude)
    turn = math.sin(math.radians(longitude - circle.longitude) / 2)
    rise = math.sin((north - south) / 2)
    part = rise * rise + math.cos(north) * math.cos(south) * turn * turn
    return 2 * EARTH_KM * math.asin(math.sqrt(min(part, 1.0)))


def any_of(tx: Connection, circles: Sequence[Circle]) -> Select[Any]:
    """The ids of items in any of the circles."""
    found: set[int] = set()
    for circle in circles:
        position = (items.c.media_id, items.c.latitude, items.c.longitude)
        boxed = select(*position).where(items.c.latitude.is_not(None), or_(*_boxes(circle)))
        found.update(
            media_id
            for media_id, latitude, longitude in tx.execute(boxed)
            if longitude is not None
            and distance_km(latitude, longitude, circle) <= circle.radius_km
        )
    return select(items.c.media_id).where(among(items.c.media_id, sorted(found)))


def _boxes(circle: Circle) -> Iterator[ColumnElement[bool]]:
    """One box, or two where it reaches over the date line; all longitudes where over a pole."""
    high = math.degrees(circle.radius_km / EARTH_KM) + SLACK
    south, north = circle.latitude - high, circle.latitude + high
    inside = items.c.latitude.between(south, north)
    if south <= -90 or north >= 90:
        yield inside
        return
    # The meridian that touches the circle does so nearer to the pole than its middle.
    sine = math.sin(math.radians(high)) / math.cos(math.radians(circle.latitude))
    wide = math.degrees(math.asin(min(sine, 1.0))) + SLACK
    west, east = circle.longitude - wide, circle.longitude + wide
    yield and_(inside, items.c.longitude.between(max(west, -180), min(east, 180)))
    if west < -180:
        yield and_(inside, items.c.longitude >= west + 360)
    if east > 180:
        yield and_(inside, items.c.longitude <= east - 360)
