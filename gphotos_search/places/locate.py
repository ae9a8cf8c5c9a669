"""The step that gives every item with coordinates its place."""

from __future__ import annotations

import threading

from gphotos_search.catalog import places_known
from gphotos_search.catalog.store import Catalog

AT_ONCE = 2_000  # items of one transaction


def locate(catalog: Catalog, stop: threading.Event | None = None) -> int:
    """Give each item that has coordinates and no place its city; how many were located.

    Coordinates far from everything are marked as such and not looked at again until they change.
    Each chunk is one transaction: killed anywhere, the next run goes on where this one was.
    """
    count, last = 0, 0
    while not (stop is not None and stop.is_set()):
        with catalog.reading() as tx:
            some = places_known.without_place(tx, last, AT_ONCE)
        if not some:
            break
        last = some[-1][0]
        _place(catalog, some)
        count += len(some)
    return count


def forget_unused(catalog: Catalog) -> None:
    """Forget the places in which nothing lies any more, so that no sentence names them."""
    with catalog.transaction() as tx:
        places_known.forget_unused(tx)


def _place(catalog: Catalog, some: list[tuple[int, float, float]]) -> None:
    from gphotos_search.places.atlas import atlas  # numpy and the gazetteer, where they are needed

    ids = atlas().place_ids([(latitude, longitude) for _, latitude, longitude in some])
    with catalog.transaction() as tx:
        fresh = places_known.unknown(tx, (id for id in ids if id is not None))
        places_known.put(tx, atlas().with_parents(sorted(fresh)))
        places_known.assign(tx, [(*item, id) for item, id in zip(some, ids, strict=True)])
