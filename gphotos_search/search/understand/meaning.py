"""Filters in words, for telling a person what was understood."""

from __future__ import annotations

from gphotos_search.media import Filters
from gphotos_search.search.understand.when import When, told

_FLAGS = {"favorite": "favourites"}


def meaning(filters: Filters) -> str:
    """ "taken 2019-01-01 to 2019-12-31, album Trip to Rome"; "anything" where nothing is asked."""
    parts = []
    when = When(filters.days, filters.months, filters.weekdays)
    if when != When():
        parts.append(told(when))
    for name, values in (
        ("source", filters.sources),
        ("album", filters.albums),
        ("person", filters.people),
        ("camera", filters.cameras),
    ):
        if values:
            parts.append(f"{name} {' or '.join(values)}")
    if filters.places:
        parts.append("taken there")
    parts += [f"within {c.radius_km:g} km of {c.latitude:g},{c.longitude:g}" for c in filters.near]
    parts += [f"{kind}s only" for kind in filters.kinds]
    parts += [f"{_FLAGS.get(flag, flag)} only" for flag in filters.flags]
    parts += [f"not: {meaning(each)}" for each in filters.excluded]
    return ", ".join(parts) or "anything"
