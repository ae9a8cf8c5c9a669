"""The cities, regions and countries that items lie in, and which item lies where."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, exists, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from gphotos_search.catalog.columns import among
from gphotos_search.catalog.schema import items
from gphotos_search.catalog.schema_search import places_known
from gphotos_search.media import MediaId
from gphotos_search.places.names import is_common, spellings

if TYPE_CHECKING:
    from gphotos_search.places.atlas import Place

NOWHERE = 0  # the place_id of an item whose coordinates are near no place; no row has this id


@dataclass(frozen=True, slots=True, eq=False)
class KnownPlaces:
    """What a sentence may name. Keys are folded (places.names.fold), in every spelling."""

    ids: Mapping[str, tuple[int, ...]]  # of any kind: city, region, country
    where: Mapping[str, tuple[float, float]]  # of the city of that name, else of what has it
    within: Mapping[int, Collection[int]]  # id -> ids of the region and the country it lies in
    common: Collection[str]  # keys of `ids` that are words too: only after "in" and the like


def without_place(tx: Connection, after: MediaId, limit: int) -> list[tuple[MediaId, float, float]]:
    """Items with coordinates that were not located yet, in the order of their ids."""
    query = (
        select(items.c.media_id, items.c.latitude, items.c.longitude)
        .where(
            items.c.latitude.is_not(None),
            items.c.longitude.is_not(None),
            items.c.place_id.is_(None),
            items.c.media_id > after,
        )
        .order_by(items.c.media_id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in tx.execute(query)]


def unknown(tx: Connection, ids: Iterable[int]) -> set[int]:
    """Those of the ids that have no row."""
    wanted = set(ids)
    rows = tx.execute(select(places_known.c.id).where(among(places_known.c.id, wanted)))
    return wanted - set(rows.scalars())


def put(tx: Connection, places: Iterable[Place]) -> None:
    """Write rows; one that is there is replaced, so that a newer gazetteer's names are taken."""
    rows = [
        {
            "id": place.id,
            "kind": place.kind,
            "name": place.name,
            "names": json.dumps(_names(place), ensure_ascii=False),
            "country": place.country,
            "region": place.region,
            "latitude": place.latitude,
            "longitude": place.longitude,
        }
        for place in places
    ]
    if rows:
        statement = insert(places_known)
        fresh = {name: statement.excluded[name] for name in rows[0] if name != "id"}
        tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_=fresh), rows)


def _names(place: Place) -> dict[str, object]:
    """Every spelling is made here, once, and not at each search."""
    keys = sorted({*spellings([place.name, *chain.from_iterable(place.names.values())])})
    common = [key for key in keys if is_common(key)]
    return {"languages": place.names, "keys": keys, "common": common}


def assign(tx: Connection, located: Iterable[tuple[MediaId, float, float, int | None]]) -> None:
    """Say where items lie, unless they moved since: (media id, latitude, longitude, place)."""
    rows = [
        {"item": media_id, "lat": latitude, "lon": longitude, "place": place or NOWHERE}
        for media_id, latitude, longitude, place in located
    ]
    if rows:
        tx.execute(_ASSIGN, rows)


_ASSIGN = (
    update(items)
    .where(
        items.c.media_id == bindparam("item"),
        items.c.latitude == bindparam("lat"),
        items.c.longitude == bindparam("lon"),
    )
    .values(place_id=bindparam("place"))
)


def forget_unused(tx: Connection) -> None:
    """Delete places in which no item lies any more."""
    inner = places_known.alias("inner")
    of_items = exists().where(items.c.place_id == places_known.c.id)
    of_places = (
        exists().where(column == places_known.c.id) for column in (inner.c.region, inner.c.country)
    )
    empty = ~or_(of_items, *of_places)
    for kind in _KINDS:  # a region is empty only after its cities are gone
        tx.execute(delete(places_known).where(places_known.c.kind == kind, empty))


def known(tx: Connection) -> KnownPlaces:
    """Every place in which an item lies, by all of its names."""
    ids: dict[str, list[int]] = defaultdict(list)
    where: dict[str, tuple[float, float]] = {}
    within: dict[int, tuple[int, ...]] = {}
    common: set[str] = set()
    rows = tx.execute(select(places_known).order_by(places_known.c.id)).all()
    for row in sorted(rows, key=lambda row: _KINDS.index(row.kind)):
        within[row.id] = tuple(id for id in (row.region, row.country) if id is not None)
        names = json.loads(row.names)
        common.update(names["common"])
        id, point = row.id, (row.latitude, row.longitude)
        for key in names["keys"]:
            ids[key].append(id)
            where.setdefault(key, point)
    return KnownPlaces(
        ids={key: tuple(found) for key, found in ids.items()},
        where=where,
        within=within,
        common=common,
    )


_KINDS = ("city", "region", "country")
